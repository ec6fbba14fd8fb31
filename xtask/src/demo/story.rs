//! The story of the demo, chapter by chapter: a centre opens, people join, letters go and come, consent ends.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::amanah::{Answer, Person, shown};
use super::checks::Checks;
use super::escrow::Escrow;
use super::letters::{Exchange, Language};
use super::relay::{self, Relay};
use super::{audit, search, stored};
use crate::run;

/// Name and licence that the director vouches for.
const APPOINTMENT: [&str; 16] = [
    "--role",
    "counsellor",
    "--name",
    "Rini Lestari",
    "--days",
    "365",
    "--licence-number",
    "P-0417",
    "--licence-board",
    "Board of Psychologists",
    "--licence-jurisdiction",
    "ID",
    "--licence-link",
    "https://board.example/P-0417",
    "--licence-expires",
    "2099-12-31",
];

/// Everybody and everything in the demo.
pub(super) struct Story {
    folder: PathBuf,
    relay: Relay,
    link: String,
    centre: String,
    director: Person,
    counsellor: Person,
    exchanges: Vec<Exchange>,
    escrow: Escrow,
}

/// The director at the file of the root key.
pub(super) struct Office {
    director: Person,
    file: PathBuf,
    relay: String,
}

impl Office {
    /// Runs a command of `centre` with the root key.
    ///
    /// # Errors
    /// When it fails.
    pub(super) fn does(&self, command: &str, more: &[&str]) -> Result<Answer> {
        let root = ["centre", command, "--file", shown(&self.file)?, "--relay", &self.relay];
        self.director.does(&[&root[..], more].concat())
    }

    /// Appoints somebody without a licence for a year.
    ///
    /// # Errors
    /// When it fails.
    pub(super) fn appoint(&self, account: &str, role: &str, name: &str) -> Result<()> {
        let who = ["--account", account, "--role", role, "--name", name, "--days", "365"];
        self.does("appoint", &who).map(|_| ())
    }
}

/// Begins a chapter.
pub(super) fn chapter(title: &str) {
    println!("\n{title}");
}

/// Says what somebody does.
pub(super) fn step(sentence: &str) {
    println!("   · {sentence}");
}

impl Story {
    /// The director makes the centre, and the relay opens for it.
    ///
    /// # Errors
    /// When a program does not do its work.
    pub(super) fn begin(folder: &Path, web_client: Option<PathBuf>, checks: &mut Checks) -> Result<Self> {
        chapter("The centre opens");
        let data = folder.join("relay");
        let person = |name, handle, language, passphrase| Person {
            name,
            handle,
            language,
            passphrase,
            sheet: None,
            profile: folder.join(handle),
            certificate: Relay::certificate(&data),
        };
        let director = person("the director", "director", "en", "lemari jati di ruang tamu 1968");
        let counsellor = person("Rini, the counsellor", "bu-rini", "en", "delapan cangkir teh poci hangat");
        let exchanges = vec![
            Exchange::new(person("Bunga, a client", "bunga-27", "id", "perahu kertas menyeberang hujan"), Language::Id),
            Exchange::new(
                person("the second client", "flower-14", "en", "seven slow rivers under the ice"),
                Language::En,
            ),
        ];
        let escrow = Escrow::new(folder, |name, handle, passphrase| person(name, handle, "id", passphrase));
        let (key_file, root) = (folder.join("root.amanah"), folder.join("root.cbor"));
        let create = ["centre", "create", "--file", shown(&key_file)?, "--root-out", shown(&root)?];
        let created = director.runs(&create, &[("--new-passphrase-fd", director.passphrase)])?;
        step("The director makes the root key of the centre, sealed in a file under a passphrase.");
        let key = relay::init(&data, &root)?;
        let relay = Relay::start(&data, &folder.join("log"), web_client)?;
        step(&format!("The relay makes its keys and listens at {} (SQLite, TLS 1.3).", relay.url));

        let office = ["--file", shown(&key_file)?, "--relay", &relay.url];
        director.does(&[&["centre", "certify-relay"], &office[..], &["--key", &key, "--days", "365"]].concat())?;
        step("The director certifies the key of the relay.");
        let document = run::root().join("examples/consent/document.toml");
        let publish = [&["centre", "publish-document"], &office[..], &["--document", shown(&document)?]].concat();
        let published = director.does(&publish)?;
        step("The director publishes the consent document.");
        checks.equal("It is number 1.", &1, &published.number("/number")?)?;
        checks.equal(
            "It is there in Indonesian and English.",
            r#"["id","en"]"#,
            &published.at("/locales")?.to_string(),
        )?;
        let centre = created.text("/centre")?.to_owned();
        let invited = director.does(&["registrar", "invite", "--relay", &relay.url, "--centre", &centre]);
        let link = invited?.text("/link")?.to_owned();
        step("The registrar prints the invitation link.");
        if relay.serves_pages() {
            let (first, invited) = (relay.shows(&relay.url)?, relay.shows(&link)?);
            let opens = first.contains("<title>Amanah</title>");
            checks.holds("The relay shows the web client to a browser.", opens, "the first page", &first)?;
            checks.same_text("So it does at the invitation link.", &first, &invited)?;
        }
        Ok(Self { folder: folder.to_path_buf(), relay, link, centre, director, counsellor, exchanges, escrow })
    }

    /// Everything else.
    ///
    /// # Errors
    /// The first check that does not hold, or a program that does not do its work.
    pub(super) fn play(&mut self, checks: &mut Checks) -> Result<()> {
        self.counsellor_joins(checks)?;
        for exchange in &mut self.exchanges {
            chapter(exchange.title());
            exchange.play(&self.link, &self.counsellor, checks)?;
        }
        self.restart(checks)?;
        self.read_again_elsewhere(checks)?;
        chapter("What the relay stored, beside what the people read");
        for exchange in &self.exchanges {
            stored::show(&self.relay, exchange, checks)?;
        }
        println!("\n   The relay knows who writes to whom, when, and roughly how much. It does not know a word.");
        self.consent_ends(checks)?;
        let office = self.office();
        self.escrow.play(&self.link, &office, &self.counsellor, checks)?;
        chapter("Is any of it readable at the relay?");
        let secrets = self.exchanges.iter().map(|exchange| exchange.client.passphrase);
        let (words, more) = self.escrow.secrets();
        let secrets = secrets.chain([self.counsellor.passphrase]).chain(more);
        search::run(&self.relay, &self.exchanges, words, secrets, checks)?;
        chapter("An outsider audits the relay");
        audit::play(&self.folder, &self.folder.join("relay"), &self.centre, &self.director, checks)
    }

    fn counsellor_joins(&mut self, checks: &mut Checks) -> Result<()> {
        chapter("A counsellor joins");
        let joined = self.counsellor.joins_as_staff(&self.link)?;
        step("Rini joins as staff, and gets a recovery code and a sheet, to keep on paper.");
        self.office().does("appoint", &[&["--account", &joined], &APPOINTMENT[..]].concat())?;
        step("The director appoints her, with the licence that clients can check.");
        let account = self.counsellor.does(&["account", "show"])?;
        checks.equal("She is a counsellor now.", r#"["counsellor"]"#, &account.at("/roles")?.to_string())
    }

    fn office(&self) -> Office {
        Office { director: self.director.clone(), file: self.folder.join("root.amanah"), relay: self.relay.url.clone() }
    }

    fn restart(&mut self, checks: &mut Checks) -> Result<()> {
        chapter("The relay restarts");
        let ended = self.relay.restart()?;
        step("The relay is stopped and started again on the same folder.");
        checks.equal("It ended in order.", "exit status: 0", &ended)?;
        for exchange in &self.exchanges {
            exchange.send_again(checks)?;
        }
        Ok(())
    }

    fn read_again_elsewhere(&self, checks: &mut Checks) -> Result<()> {
        chapter("Everybody reads again, on another computer");
        let counsellor = self.counsellor.at_another_computer();
        counsellor.signs_in(&self.link)?;
        step("Rini signs in elsewhere, with her passphrase and her sheet.");
        for exchange in &self.exchanges {
            exchange.read_elsewhere(&self.link, &counsellor, checks)?;
        }
        Ok(())
    }

    fn consent_ends(&self, checks: &mut Checks) -> Result<()> {
        chapter("Consent ends");
        match self.exchanges.last() {
            Some(exchange) => exchange.end_consent(&self.counsellor, checks),
            None => Ok(()),
        }
    }

    /// The relay.
    pub(super) fn relay(&mut self) -> &mut Relay {
        &mut self.relay
    }

    /// Stops the relay.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub(super) fn end(mut self) -> Result<()> {
        self.relay.end().map(|_| ())
    }

    /// How to be one of the people, for the person at the terminal.
    pub(super) fn print_accounts(&self) {
        if self.relay.serves_pages() {
            println!("\nIn a browser: {}", self.relay.url);
            println!("   It warns of the certificate, which this relay made for itself: go on all the same.");
            println!("   To join as somebody new: {}", self.link);
        }
        println!("\nNow you can be any of them, there or here. The command asks for the passphrase:");
        for exchange in &self.exchanges {
            print_account(&exchange.client, &["read", exchange.session()]);
        }
        print_account(&self.counsellor, &["inbox"]);
        if let Some(sheet) = &self.counsellor.sheet {
            println!("      sheet       {sheet}");
        }
    }
}

fn print_account(person: &Person, command: &[&str]) {
    println!("\n   {} (handle {})", person.name, person.handle);
    println!("      passphrase  {}", person.passphrase);
    let program = relay::built("amanah");
    println!("      {} --lang {} \\", program.display(), person.language);
    println!("        --profile {} {}", person.profile.display(), command.join(" "));
}
