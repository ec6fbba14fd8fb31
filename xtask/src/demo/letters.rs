//! One client and the counsellor: consent, a letter, its answer, and both again from other computers.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::amanah::{Answer, Person, shown};
use super::checks::Checks;
use super::story::step;
use crate::run;

/// The language of a letter, its answer and its consent text.
#[derive(Clone, Copy)]
pub(super) enum Language {
    /// Indonesian.
    Id,
    /// English.
    En,
}

/// A client, the letter that they write and the answer to it.
pub(super) struct Exchange {
    /// Who writes first.
    pub(super) client: Person,
    language: Language,
    session: String,
    counsellor: String,
    grant: String,
    letter: Option<Stored>,
}

/// Where the relay stored a letter.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Stored {
    /// Id of the letter.
    pub(super) id: String,
    /// Its position in the record.
    pub(super) position: u64,
}

impl Exchange {
    /// An exchange that has not begun.
    pub(super) fn new(client: Person, language: Language) -> Self {
        let empty = String::new;
        Self { client, language, session: empty(), counsellor: empty(), grant: empty(), letter: None }
    }

    /// The heading of its chapter.
    pub(super) fn title(&self) -> &'static str {
        match self.language {
            Language::Id => "Bunga writes in Indonesian",
            Language::En => "A second client writes in English",
        }
    }

    /// The session.
    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// Where the first letter is stored.
    ///
    /// # Errors
    /// Before it was sent.
    pub(super) fn stored(&self) -> Result<&Stored> {
        self.letter.as_ref().context("no letter was sent")
    }

    /// The first letter.
    ///
    /// # Errors
    /// When the example is missing.
    pub(super) fn letter(&self) -> Result<String> {
        read(&self.example("letters/first-letter"))
    }

    /// The answer.
    ///
    /// # Errors
    /// When the example is missing.
    pub(super) fn answer(&self) -> Result<String> {
        read(&self.example("letters/answer"))
    }

    fn example(&self, name: &str) -> PathBuf {
        let language = match self.language {
            Language::Id => "id",
            Language::En => "en",
        };
        run::root().join(format!("examples/{name}.{language}.txt"))
    }

    /// The client joins, agrees and writes; the counsellor reads and answers; the client reads the answer.
    ///
    /// # Errors
    /// The first check that does not hold, or a command that fails.
    pub(super) fn play(&mut self, link: &str, counsellor: &Person, checks: &mut Checks) -> Result<()> {
        self.join(link, counsellor, checks)?;
        self.agree(checks)?;
        self.write(checks)?;
        self.answered(counsellor, checks)
    }

    fn join(&mut self, link: &str, counsellor: &Person, checks: &mut Checks) -> Result<()> {
        let client = &self.client;
        let paper = client.profile.with_extension("paper.json");
        client.joins(link, &["--secrets-out", shown(&paper)?])?;
        step(&format!("She joins with the link, as `{}`; nobody asks for her name.", client.handle));
        let listed = client.does(&["counsellors"])?;
        listed.text("/counsellors/0/account")?.clone_into(&mut self.counsellor);
        checks.equal("She sees who is appointed.", "Rini Lestari", listed.text("/counsellors/0/name")?)?;
        let own = counsellor.does(&["fingerprint"])?;
        let words: Vec<&str> = own.text("/fingerprint")?.split(' ').collect();
        step(&format!(
            "Rini tells her the twelve words of her fingerprint: {} …",
            words.get(..4).unwrap_or_default().join(" ")
        ));
        let reversed: Vec<&str> = words.iter().rev().copied().collect();
        let other = client.tries(&[&["verify", &self.counsellor], &reversed[..]].concat())?;
        checks.equal("Other words are refused.", "exit code 4, fingerprint-differs", &other.refusal())?;
        let same = client.does(&[&["verify", &self.counsellor], &words[..]].concat())?;
        checks.equal("The words are those of the account that she sees.", "true", &same.at("/verified")?.to_string())
    }

    fn agree(&mut self, checks: &mut Checks) -> Result<()> {
        let client = &self.client;
        let file = self.example("letters/first-letter");
        let early = client.tries(&["write", "--to", &self.counsellor, "--file", shown(&file)?])?;
        checks.equal("Without her consent no letter goes out.", "exit code 1, no-session-with", &early.refusal())?;
        let document = client.runs(&["consent", "show"], &[])?;
        let text = read(&self.example("consent/consent"))?;
        checks.same_text(
            "She reads the consent text, to the last byte as the director wrote it.",
            &text,
            document.text("/text")?,
        )?;
        let signed = client.does(&["consent", "sign", "--counsellor", &self.counsellor])?;
        step("She signs it for Rini, and for nobody else.");
        signed.text("/session")?.clone_into(&mut self.session);
        signed.text("/grant")?.clone_into(&mut self.grant);
        Ok(())
    }

    fn write(&mut self, checks: &mut Checks) -> Result<()> {
        let file = self.example("letters/first-letter");
        let sent = self.client.does(&["write", "--session", &self.session, "--file", shown(&file)?])?;
        let stored = Stored { id: sent.text("/id")?.to_owned(), position: sent.number("/position")? };
        step(&format!("She writes. The relay stores the letter as entry {} of its record.", stored.position));
        let wrong = Person { passphrase: "perahu kertas menyeberang banjir", ..self.client.clone() };
        let refused = wrong.tries(&["read", &self.session])?;
        checks.equal("A wrong passphrase opens nothing.", "exit code 1, wrong-secret", &refused.refusal())?;
        self.letter = Some(stored);
        Ok(())
    }

    fn answered(&self, counsellor: &Person, checks: &mut Checks) -> Result<()> {
        let waiting = self.waiting(counsellor)?;
        checks.equal("One letter waits for Rini.", &1, &waiting)?;
        let read = counsellor.does(&["read", &self.session])?;
        checks.same_text("Rini reads exactly what she wrote.", &self.letter()?, read.text("/letters/0/text")?)?;
        let file = self.example("letters/answer");
        let answer = counsellor.does(&["reply", &self.session, "--file", shown(&file)?])?;
        step("Rini answers.");
        checks.equal("It is an answer to that letter.", self.stored()?.id.as_str(), answer.text("/reply_to")?)?;
        checks.equal("No letter waits for Rini any more.", &0, &self.waiting(counsellor)?)?;
        let read = self.client.does(&["read", &self.session])?;
        checks.same_text("She reads exactly what Rini answered.", &self.answer()?, read.text("/letters/1/text")?)
    }

    /// How many letters of this session wait for the counsellor.
    fn waiting(&self, counsellor: &Person) -> Result<u64> {
        let inbox = counsellor.does(&["inbox"])?;
        let sessions = inbox.list("/sessions")?;
        let id =
            |session: &serde_json::Value| session.pointer("/session").and_then(|id| id.as_str()).map(str::to_owned);
        let mine = sessions.iter().find(|session| id(session).as_deref() == Some(&self.session));
        let waiting = mine.and_then(|session| session.pointer("/unanswered")).and_then(serde_json::Value::as_u64);
        waiting.context("the session is not in the inbox")
    }

    /// The same letter once more with the same id, as after a line that broke.
    ///
    /// # Errors
    /// When it is stored twice, or a command fails.
    pub(super) fn send_again(&self, checks: &mut Checks) -> Result<()> {
        let (file, first) = (self.example("letters/first-letter"), self.stored()?);
        let again = ["write", "--session", &self.session, "--file", shown(&file)?, "--id", &first.id];
        let sent = self.client.does(&again)?;
        let handle = self.client.handle;
        step(&format!("`{handle}` sends the first letter once more, as after a line that broke."));
        checks.equal("The relay names the place where it already is.", &first.position, &sent.number("/position")?)?;
        let read = self.client.does(&["read", &self.session])?;
        checks.equal("There are two letters, the first and its answer.", &2, &read.list("/letters")?.len())
    }

    /// Both read everything from other computers.
    ///
    /// # Errors
    /// When a letter is not what was written, or a command fails.
    pub(super) fn read_elsewhere(&self, link: &str, counsellor: &Person, checks: &mut Checks) -> Result<()> {
        let handle = self.client.handle;
        let there = self.client.at_another_computer();
        there.signs_in(link)?;
        step(&format!("`{handle}` signs in elsewhere, with the passphrase alone."));
        let read = there.does(&["read", &self.session])?;
        self.same_letters(&format!("`{handle}` reads"), &read, checks)?;
        let compared = read.at("/letters/1/from/verified")?.to_string();
        checks.equal("She sees there, too, that she has compared Rini's words.", "true", &compared)?;
        self.same_letters("Rini reads", &counsellor.does(&["read", &self.session])?, checks)
    }

    fn same_letters(&self, who: &str, read: &Answer, checks: &mut Checks) -> Result<()> {
        let (letter, answer) = (read.text("/letters/0/text")?, read.text("/letters/1/text")?);
        checks.same_text(&format!("{who} the letter to the last byte."), &self.letter()?, letter)?;
        checks.same_text(&format!("{who} the answer to the last byte."), &self.answer()?, answer)
    }

    /// The client takes consent back; then nothing can be written.
    ///
    /// # Errors
    /// When somebody can still write, or a command fails.
    pub(super) fn end_consent(&self, counsellor: &Person, checks: &mut Checks) -> Result<()> {
        self.client.does(&["consent", "revoke", "--grant", &self.grant])?;
        step(&format!("`{}` takes consent back, without a reason.", self.client.handle));
        let file = self.example("letters/answer");
        let written = self.client.tries(&["write", "--session", &self.session, "--file", shown(&file)?])?;
        checks.equal("Her next letter is refused.", "exit code 1, consent-revoked", &written.refusal())?;
        let answered = counsellor.tries(&["reply", &self.session, "--file", shown(&file)?])?;
        checks.equal("Rini no longer reads, and cannot answer.", "exit code 1, no-longer-reader", &answered.refusal())
    }
}

impl Person {
    /// Makes an account with an invitation link.
    ///
    /// # Errors
    /// When it fails.
    pub(super) fn joins(&self, link: &str, more: &[&str]) -> Result<Answer> {
        let join = [&["join", link, "--handle", self.handle], more].concat();
        self.runs(&join, &[("--new-passphrase-fd", self.passphrase)])?.accepted(&join)
    }

    /// Makes an account of staff, and keeps its sheet. Returns the account.
    ///
    /// # Errors
    /// When it fails, or there is no sheet.
    pub(super) fn joins_as_staff(&mut self, link: &str) -> Result<String> {
        let paper = self.profile.with_extension("paper.json");
        let joined = self.joins(link, &["--staff", "--secrets-out", shown(&paper)?])?;
        let paper: serde_json::Value = serde_json::from_slice(&std::fs::read(&paper)?)?;
        let sheet = paper.pointer("/sheet").and_then(serde_json::Value::as_str);
        self.sheet = Some(sheet.context("staff gets a sheet")?.to_owned());
        Ok(joined.text("/account")?.to_owned())
    }

    /// Signs in at a new computer.
    ///
    /// # Errors
    /// When it fails.
    pub(super) fn signs_in(&self, link: &str) -> Result<Answer> {
        self.does(&["sign-in", link, "--handle", self.handle])
    }
}

fn read(path: &std::path::Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
