//! The main job as people type it, with a real relay: every word that they see, in both languages.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use amanah_client_sdk::Passphrase;
use amanah_client_sdk::director::Director;
use amanah_protocol::ids::AccountId;
use amanah_tests::people::{Centre, PASSPHRASE, read};
use amanah_tests::relay::{Relay, Store, binary};
use serde_json::Value;
use snapbox::{Data, assert_data_eq};
use tempfile::TempDir;

/// A terminal: a folder with everybody's profiles and papers, a language, and everything that was shown.
struct Terminal {
    centre: Centre,
    folder: TempDir,
    language: &'static str,
    shown: String,
}

/// The letters and the consent document that come with the source.
fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

impl Terminal {
    async fn new(language: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("passphrase"), PASSPHRASE).unwrap();
        std::fs::write(folder.path().join("wrong"), "not the passphrase").unwrap();
        let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
        let (director, root_key) = Director::create(&mut amanah_tests::people::rng(), &passphrase);
        std::fs::write(folder.path().join("root-key.cbor"), root_key).unwrap();
        let relay = Relay::start(Store::Sqlite, director.root());
        let centre = Centre::begin(director, relay).await;
        Self { centre, folder, language, shown: String::new() }
    }

    fn paper(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command for somebody; descriptor 3 gives the passphrase, 4 the sheet where there is one.
    fn run(&self, who: &str, json: bool, words: &[&str], passphrase: &str) -> Output {
        let sheet = self.paper(&format!("{who}.sheet"));
        let sheet = if sheet.exists() { sheet } else { PathBuf::from("/dev/null") };
        let mut command = Command::new("sh");
        command.args(["-c", "exec 3<\"$0\" 4<\"$1\"; shift; exec \"$@\""]);
        command.arg(self.paper(passphrase)).arg(&sheet).arg(binary("amanah"));
        command.args(words).arg("--profile").arg(self.paper(who));
        command.arg("--relay-certificate").arg(self.centre.relay.folder().join("tls.crt"));
        match words[0] {
            "join" => command.args(["--new-passphrase-fd", "3"]),
            _ => command.args(["--passphrase-fd", "3"]),
        };
        if sheet != Path::new("/dev/null") {
            command.args(["--sheet-fd", "4"]);
        }
        if json {
            command.arg("--json");
        }
        command.env("AMANAH_LANG", self.language).env_remove("AMANAH_PROFILE").stdin(Stdio::null()).output().unwrap()
    }

    /// Runs a command and keeps what was typed and shown.
    fn types(&mut self, who: &str, words: &[&str]) -> Output {
        self.types_with(who, words, "passphrase")
    }

    fn types_with(&mut self, who: &str, words: &[&str], passphrase: &str) -> Output {
        let output = self.run(who, false, words, passphrase);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let typed = words.join(" ").replace(&*examples().to_string_lossy(), "examples");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let code = output.status.code().unwrap();
        write!(self.shown, "{who}$ amanah {typed}\n{out}{err}[{code}]\n\n").unwrap();
        output
    }

    /// What a command answers to a program.
    fn ask(&self, who: &str, words: &[&str]) -> Value {
        let output = self.run(who, true, words, "passphrase");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Everything that was shown, with what is another each time replaced by its name.
    fn transcript(&self) -> String {
        let url = &self.centre.relay.url;
        let text = self.shown.replace(url, "[RELAY]").replace(&*self.folder.path().to_string_lossy(), "[FOLDER]");
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

async fn main_job(language: &'static str, letter: &str, answer: &str) -> String {
    let mut terminal = Terminal::new(language).await;
    let [letter, answer] = [letter, answer].map(|name| examples().join("letters").join(name).display().to_string());
    let (relay, centre) = (terminal.centre.relay.url.clone(), terminal.centre.id.to_string());
    let root_key = terminal.paper("root-key.cbor").display().to_string();
    let document = examples().join("consent/document.toml").display().to_string();
    terminal.types(
        "pimpinan",
        &["centre", "publish-document", "--file", &root_key, "--relay", &relay, "--document", &document],
    );
    terminal.types("pimpinan", &["registrar", "invite", "--relay", &relay, "--centre", &centre]);
    let link = format!("{relay}/join#{centre}");

    let joined = terminal.types("rini", &["join", &link, "--handle", "bu-rini", "--staff"]);
    let shown = String::from_utf8(joined.stdout).unwrap();
    let sheet = shown.lines().map(str::trim).find(|line| line.starts_with("S-")).unwrap();
    std::fs::write(terminal.paper("rini.sheet"), sheet).unwrap();
    let rini = terminal.ask("rini", &["account", "show"])["account"].as_str().unwrap().to_owned();
    let name = "Rini Wulandari, M.Psi.";
    let appoint = ["centre", "appoint", "--file", &root_key, "--relay", &relay, "--account", &rini];
    let as_what = ["--role", "counsellor", "--name", name, "--days", "365"];
    terminal.types("pimpinan", &[appoint.as_slice(), &as_what].concat());

    terminal.types("bunga", &["join", &link, "--handle", "bunga-3"]);
    terminal.types("bunga", &["counsellors"]);
    terminal.types("bunga", &["consent", "show"]);
    terminal.types("bunga", &["write", "--to", name, "--file", &letter]);
    terminal.types("bunga", &["consent", "sign", "--counsellor", &rini]);
    terminal.types("bunga", &["write", "--to", name, "--file", &letter]);
    terminal.types("rini", &["inbox"]);
    let session = terminal.ask("rini", &["inbox"])["sessions"][0]["session"].as_str().unwrap().to_owned();
    terminal.types("rini", &["read", &session]);
    terminal.types("rini", &["reply", &session, "--file", &answer]);
    terminal.types("bunga", &["read", &session]);
    terminal.types_with("bunga", &["inbox"], "wrong");

    terminal.types("budi", &["join", &link, "--handle", "pak-budi"]);
    let budi = terminal.ask("budi", &["account", "show"])["account"].as_str().unwrap().to_owned();
    let appoint = ["centre", "appoint", "--file", &root_key, "--relay", &relay, "--account", &budi];
    let as_what = ["--role", "supervisor", "--name", "Budi Santoso, M.Psi.", "--days", "365"];
    terminal.types("pimpinan", &[appoint.as_slice(), &as_what].concat());
    let supervision = format!("supervision={budi}");
    terminal.types("bunga", &["consent", "allow", &session, "--permission", &supervision]);
    terminal.types("rini", &["reply", &session, "--file", &answer]);
    terminal.types("budi", &["read", &session]);
    let grants = terminal.ask("bunga", &["consent", "list"])["grants"].clone();
    let [grant, further] = [0, 1].map(|n| grants[n]["grant"].as_str().unwrap().to_owned());
    terminal.types("bunga", &["consent", "revoke", "--grant", &further]);
    terminal.types("budi", &["inbox"]);
    terminal.types("rini", &["renew-keys", &session]);
    let erase = ["centre", "erase", "--file", &root_key, "--relay", &relay, "--session", &session];
    terminal.types("pimpinan", &[&erase[..], &["--basis", "client-asked"]].concat());
    terminal.types("pimpinan", &[&erase[..], &["--basis", "law"]].concat());
    terminal.types("bunga", &["read", &session]);
    terminal.types("rini", &["inbox"]);
    terminal.types("rini", &["reply", &session, "--file", &answer]);
    let erased = terminal.ask("bunga", &["read", &session]);
    assert_eq!((&erased["erased"]["basis"], &erased["fault"]), (&"client-asked".into(), &Value::Null));
    terminal.types("bunga", &["consent", "list"]);
    terminal.types("bunga", &["consent", "revoke", "--grant", &grant]);
    terminal.types("bunga", &["write", "--session", &session, "--file", &letter]);
    terminal.types("rini", &["inbox"]);
    terminal.types("rini", &["reply", &session, "--file", &answer]);
    terminal.transcript()
}

fn stored(name: &str) -> Data {
    Data::read_from(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name), None)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_reads_well_in_indonesian() {
    assert_data_eq!(main_job("id", "first-letter.id.txt", "answer.id.txt").await, stored("main-job.id.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_reads_well_in_english() {
    assert_data_eq!(main_job("en", "first-letter.en.txt", "answer.en.txt").await, stored("main-job.en.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_library_writes_a_letter() {
    let centre = Centre::found(Store::Sqlite).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let link = format!("{}/join#{}", centre.relay.url, centre.id);
    let mut example = Command::new(binary("examples/letter"))
        .arg(link)
        .arg(centre.relay.folder().join("tls.crt"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = format!("bunga-3\n{PASSPHRASE}\nSelamat malam, Bu.\n");
    example.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = example.wait_with_output().unwrap();
    assert!(output.status.success());
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("Selamat malam, Bu."), "{shown}");
    let session = counsellor.sessions().await.unwrap()[0];
    assert_eq!(read(&mut counsellor, session).await, ["Selamat malam, Bu."]);
}
