//! A terminal at which people type commands, with a real relay: everything that they see, in either language.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use amanah_client_sdk::director::Director;
use amanah_protocol::ids::AccountId;
use serde_json::Value;
use tempfile::TempDir;

use crate::people::{Centre, PASSPHRASE};
use crate::relay::{Relay, Store, binary};

/// A terminal: a folder with everybody's profiles and papers, a language, and everything that was shown.
pub struct Terminal {
    /// The centre, and its relay.
    pub centre: Centre,
    folder: TempDir,
    language: &'static str,
    shown: String,
}

/// The letters and the consent document that come with the source.
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

impl Terminal {
    /// A new centre whose director has a root key, and whose relay nobody uses yet.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn new(language: &'static str, store: Store) -> Self {
        Self::before(language, |director| Relay::start(store, director.root())).await
    }

    /// The same, with a relay that serves the web client.
    pub async fn with_web_client(language: &'static str) -> Self {
        Self::before(language, Relay::with_web_client).await
    }

    async fn before(language: &'static str, start: impl FnOnce(&Director) -> Relay) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("passphrase"), PASSPHRASE).expect("written");
        std::fs::write(folder.path().join("wrong"), "not the passphrase").expect("written");
        let (director, root_key) = Director::create(&mut crate::people::rng(), &crate::people::passphrase());
        std::fs::write(folder.path().join("root-key.cbor"), root_key).expect("written");
        let relay = start(&director);
        let centre = Centre::begin(director, relay).await;
        Self { centre, folder, language, shown: String::new() }
    }

    /// Where a file of this name is.
    pub fn paper(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command for somebody; descriptor 3 gives the passphrase, 4 the sheet where there is one.
    ///
    /// # Panics
    /// If the program does not start.
    pub fn run(&self, who: &str, json: bool, words: &[&str], passphrase: &str) -> Output {
        let sheet = self.paper(&format!("{who}.sheet"));
        let sheet = if sheet.exists() { sheet } else { PathBuf::from("/dev/null") };
        let mut command = Command::new("sh");
        command.args(["-c", "exec 3<\"$0\" 4<\"$1\"; shift; exec \"$@\""]);
        command.arg(self.paper(passphrase)).arg(&sheet).arg(binary("amanah"));
        command.args(words).arg("--profile").arg(self.paper(who));
        command.arg("--relay-certificate").arg(self.centre.relay.folder().join("tls.crt"));
        match words.first() {
            Some(&"join") => command.args(["--new-passphrase-fd", "3"]),
            _ => command.args(["--passphrase-fd", "3"]),
        };
        if sheet != Path::new("/dev/null") {
            command.args(["--sheet-fd", "4"]);
        }
        if json {
            command.arg("--json");
        }
        command.env("AMANAH_LANG", self.language).env_remove("AMANAH_PROFILE").stdin(Stdio::null());
        command.output().expect("sh starts")
    }

    /// Runs a line that somebody copied into a shell.
    ///
    /// # Panics
    /// If the shell does not start.
    pub fn pastes(&self, line: &str) -> Output {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec 3<\"$1\"; amanah() {{ \"$0\" --passphrase-fd 3 \"$@\"; }}; relay=$2; set --; {line} --relay-certificate \"$relay\"")]);
        shell.arg(binary("amanah")).arg(self.paper("passphrase")).arg(self.centre.relay.folder().join("tls.crt"));
        shell.env("AMANAH_LANG", self.language).env_remove("AMANAH_PROFILE").stdin(Stdio::null());
        shell.output().expect("sh starts")
    }

    /// Runs a command and keeps what was typed and shown.
    ///
    /// # Panics
    /// If the program does not start.
    pub fn types(&mut self, who: &str, words: &[&str]) -> Output {
        self.types_with(who, words, "passphrase")
    }

    /// The same with the passphrase in this paper.
    ///
    /// # Panics
    /// If the program does not start.
    pub fn types_with(&mut self, who: &str, words: &[&str], passphrase: &str) -> Output {
        let output = self.run(who, false, words, passphrase);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let typed = words.join(" ").replace(&*examples().to_string_lossy(), "examples");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let code = output.status.code().expect("it ended by itself");
        write!(self.shown, "{who}$ amanah {typed}\n{out}{err}[{code}]\n\n").expect("a text takes everything");
        output
    }

    /// What a command answers to a program.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn ask(&self, who: &str, words: &[&str]) -> Value {
        let output = self.run(who, true, words, "passphrase");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Everything that was shown, with what is another each time replaced by its name.
    pub fn transcript(&self) -> String {
        let url = &self.centre.relay.url;
        let text = self.shown.replace(url, "[RELAY]").replace(&*self.folder.path().to_string_lossy(), "[FOLDER]");
        let text = text.replace(&*self.centre.relay.folder().to_string_lossy(), "[RELAY'S FOLDER]");
        let mut plain = String::new();
        for line in text.lines() {
            let words: Vec<String> = line.split(' ').map(neutral).collect();
            let mut line = words.join(" ");
            for name in ["Fingerprint: ", "Kata pengenal: "] {
                if let Some(start) = line.find(name) {
                    line.replace_range(start + name.len().., "[WORDS]");
                }
            }
            plain.push_str(line.trim_end());
            plain.push('\n');
        }
        plain
    }
}

/// An id, a date or a secret by its name; any other word as it is.
fn neutral(word: &str) -> String {
    let core = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase());
    let date = core.len() == 10 && core.split('-').map(str::len).eq([4, 2, 2]) && core.split('-').all(digits);
    let name = if core.parse::<AccountId>().is_ok() {
        "[HEX]"
    } else if core.len() == 36 && core.split('-').map(str::len).eq([8, 4, 4, 4, 12]) {
        "[UUID]"
    } else if date {
        "[DATE]"
    } else if core.len() == 5 && core.split(':').map(str::len).eq([2, 2]) && core.split(':').all(digits) {
        "[TIME]"
    } else if core.len() == 8 && hex(core) && word.contains('…') {
        "[START]"
    } else if core.len() == 37 && (core.starts_with("R-") || core.starts_with("S-")) {
        return format!("{}[SECRET]", &core[..2]);
    } else if let Some((purpose, _)) = word.split_once('=').filter(|(_, id)| id.parse::<AccountId>().is_ok()) {
        return format!("{purpose}=[HEX]");
    } else if let Some((address, _)) = word.split_once("/join#") {
        return format!("{address}/join#[HEX]");
    } else {
        return word.to_owned();
    };
    word.replace(core, name)
}
