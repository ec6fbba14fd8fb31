//! Supervision by consent, and escrow: three trustees, of whom two open one client's letters together, in the open.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::amanah::{Answer, Person, shown};
use super::checks::Checks;
use super::story::{Office, chapter, step};
use crate::run;

/// How long each trustee waits after having seen a request. The policy of the demo says so itself.
const DELAY: Duration = Duration::from_secs(20);
/// How long the demo waits for the delay, at the most.
const PATIENCE: Duration = Duration::from_mins(3);

const BEFORE: &str = "Sudah tiga minggu saya tidak bisa tidur sebelum matahari terbit.";
const WITH_SUPERVISION: &str = "Malam tadi saya sempat berjalan sampai ke tepi jembatan lama itu.";
const AFTERWARDS: &str = "Terima kasih sudah datang; hari ini saya sarapan bersama kakak.";
const REASON: &str = "Klien menulis dari tepi jembatan dan tidak menjawab telepon sejak pagi.";

/// The client who says yes to escrow, and everybody who has to do with it.
pub(super) struct Escrow {
    folder: PathBuf,
    client: Person,
    supervisor: Person,
    trustees: Vec<Person>,
    supervisor_account: String,
    session: String,
}

impl Escrow {
    /// Nobody has joined yet.
    pub(super) fn new(folder: &Path, person: impl Fn(&'static str, &'static str, &'static str) -> Person) -> Self {
        let trustees = [
            ("the notary", "bu-notaris", "peti kayu ulin di loteng rumah"),
            ("the ethics board", "dewan-etik", "sembilan lilin di meja panjang"),
            ("the doctor", "dokter-bagas", "teluk sunyi tempat kapal tidur"),
        ];
        Self {
            folder: folder.to_path_buf(),
            client: person("Melur, a third client", "melur-31", "layang layang putus di sawah"),
            supervisor: person("Budi, the supervisor", "pak-budi", "kacamata tua di laci ketiga"),
            trustees: trustees.map(|(name, handle, passphrase)| person(name, handle, passphrase)).into(),
            supervisor_account: String::new(),
            session: String::new(),
        }
    }

    /// What nobody may find at the relay: the words of this part, and the passphrases.
    pub(super) fn secrets(&self) -> (Vec<String>, Vec<&str>) {
        let words = [BEFORE, WITH_SUPERVISION, AFTERWARDS, REASON].map(str::to_owned).to_vec();
        let people = self.trustees.iter().chain([&self.client, &self.supervisor]);
        (words, people.map(|person| person.passphrase).collect())
    }

    /// The centre offers escrow; a client takes it, allows supervision and takes it back; two of three trustees open
    /// what was asked for.
    ///
    /// # Errors
    /// The first check that does not hold, or a command that fails.
    pub(super) fn play(&mut self, link: &str, office: &Office, counsellor: &Person, checks: &mut Checks) -> Result<()> {
        chapter("The centre offers escrow");
        self.people_join(link, office)?;
        self.offer(office, checks)?;
        chapter("A third client chooses, and lets a supervisor read along");
        self.choose(link, counsellor, checks)?;
        self.supervise(counsellor, checks)?;
        chapter("Danger: two of three trustees open what was asked for");
        let request = self.ask(checks)?;
        self.open(&request, checks)?;
        self.afterwards(&request, counsellor, checks)
    }

    fn people_join(&mut self, link: &str, office: &Office) -> Result<()> {
        self.supervisor_account = self.supervisor.joins_as_staff(link)?;
        office.appoint(&self.supervisor_account, "supervisor", "Budi Santoso")?;
        step("Budi joins as staff, and is appointed as supervisor.");
        for trustee in &mut self.trustees {
            let account = trustee.joins_as_staff(link)?;
            office.appoint(&account, "trustee", trustee.name)?;
        }
        step("A notary, an ethics board and a doctor join, and are appointed as trustees.");
        Ok(())
    }

    fn offer(&self, office: &Office, checks: &mut Checks) -> Result<()> {
        let file = self.folder.join("policy.toml");
        std::fs::write(&file, self.policy()?)?;
        let published = office.does("publish-policy", &["--policy", shown(&file)?])?;
        let policy = published.text("/policy")?;
        step(&format!(
            "The director publishes the rules: two of three, {} s after they have seen it.",
            DELAY.as_secs()
        ));
        for trustee in &self.trustees {
            trustee.does(&["escrow", "accept-policy", policy])?;
        }
        step("Each of the three takes them on.");
        let document = office.does("publish-document", &["--document", shown(&self.document(policy)?)?])?;
        checks.equal("Consent document 2 names them.", &2, &document.number("/number")?)
    }

    fn policy(&self) -> Result<String> {
        let trustee = |trustee: &Person| {
            let shown = trustee.does(&["account", "show"])?;
            let (account, contact) = (shown.text("/account")?, trustee.name);
            Ok(format!("[[trustees]]\naccount = \"{account}\"\ncontact = \"{contact}\"\n"))
        };
        let trustees = self.trustees.iter().map(trustee).collect::<Result<String>>()?;
        let text = format!(
            "number = 1\nthreshold = 2\n{trustees}[[grounds]]\ncode = \"imminent-danger\"\ndelay_seconds = {}\n\
             notice_seconds = 0\nrequesters = [\"supervisor\"]\nrecipients = [\"supervisor\"]\ncancellable = true\n",
            DELAY.as_secs()
        );
        Ok(text)
    }

    /// The example of a consent document as number 2, with escrow.
    fn document(&self, policy: &str) -> Result<PathBuf> {
        let examples = run::root().join("examples/consent");
        for text in ["consent.id.txt", "consent.en.txt"] {
            std::fs::copy(examples.join(text), self.folder.join(text))?;
        }
        let example = std::fs::read_to_string(examples.join("document.toml"))?;
        let second = example
            .replace("number = 1\n", &format!("number = 2\nescrow_policy = \"{policy}\"\n"))
            .replace("\"research\"]", "\"research\", \"escrow\"]");
        let file = self.folder.join("document-2.toml");
        std::fs::write(&file, second)?;
        Ok(file)
    }

    fn choose(&mut self, link: &str, counsellor: &Person, checks: &mut Checks) -> Result<()> {
        let client = &self.client;
        client.joins(link, &["--secrets-out", shown(&client.profile.with_extension("paper.json"))?])?;
        let document = client.does(&["consent", "show"])?;
        checks.equal(
            "She reads that two of three people could open her letters.",
            &2,
            &document.number("/escrow/threshold")?,
        )?;
        checks.equal("She reads who they are.", "the notary", document.text("/escrow/trustees/0/name")?)?;
        let account = counsellor.does(&["account", "show"])?;
        let sign = ["consent", "sign", "--counsellor", account.text("/account")?];
        let silent = client.tries(&sign)?;
        checks.equal("Silence is no answer.", "exit code 2, escrow-choice-needed", &silent.refusal())?;
        let signed = client.does(&[&sign[..], &["--escrow"]].concat())?;
        signed.text("/session")?.clone_into(&mut self.session);
        step("She says yes, and signs.");
        self.writes(&self.client, "write", BEFORE)?;
        for trustee in &self.trustees {
            let checked = trustee.does(&["escrow", "check"])?;
            let sentence = format!("{} has checked one share, and says so.", upper(trustee.name));
            checks.equal(&sentence, &1, &checked.number("/sessions/0/right")?)?;
        }
        Ok(())
    }

    fn supervise(&self, counsellor: &Person, checks: &mut Checks) -> Result<()> {
        let permission = format!("supervision={}", self.supervisor_account);
        let allowed = self.client.does(&["consent", "allow", &self.session, "--permission", &permission])?;
        step("She lets Budi read along, to advise Rini.");
        self.writes(&self.client, "write", WITH_SUPERVISION)?;
        let read = self.supervisor.does(&["read", &self.session])?;
        checks.equal(
            "What she wrote before stays closed to him.",
            "true",
            &read.at("/letters/0/closed")?.to_string(),
        )?;
        checks.same_text("What she writes now he reads.", WITH_SUPERVISION, read.text("/letters/1/text")?)?;
        self.client.does(&["consent", "revoke", "--grant", allowed.text("/grant")?])?;
        step("She takes that back.");
        let refused = self.supervisor.tries(&["read", &self.session])?;
        checks.equal("Budi reads nothing any more.", "exit code 1, no-longer-reader", &refused.refusal())?;
        let read = counsellor.does(&["read", &self.session])?;
        checks.same_text("Rini is not concerned.", WITH_SUPERVISION, read.text("/letters/1/text")?)
    }

    fn ask(&self, checks: &mut Checks) -> Result<String> {
        let reason = self.file("reason", REASON)?;
        let session = ["--session", self.session.as_str()];
        let more = ["--ground", "imminent-danger", "--recipient", &self.supervisor_account, "--reason-file", &reason];
        let asked = self.supervisor.does(&[&["escrow", "request"], &session[..], &more].concat())?;
        step("Budi asks the trustees, and tells them why; the reason is sealed to them.");
        let told = self.client.does(&["read", &self.session])?;
        let newest = told.list("/requests")?.len().saturating_sub(1);
        checks.equal("Melur is told at once.", "waiting", told.text(&format!("/requests/{newest}/standing"))?)?;
        Ok(asked.text("/request")?.to_owned())
    }

    fn open(&self, request: &str, checks: &mut Checks) -> Result<()> {
        let which = ["--session", self.session.as_str(), "--request", request];
        let open = [&["escrow", "open"], &which[..]].concat();
        let approve = [&["escrow", "approve"], &which[..]].concat();
        let [first, _, third] = self.trustees.as_slice() else { bail!("there are three trustees") };
        let seen = first.does(&["escrow", "check"])?;
        checks.same_text("The notary reads the reason.", REASON, seen.text("/requests/0/reason")?)?;
        let early = first.tries(&approve)?;
        checks.equal("Nobody approves before the delay.", "exit code 1, too-early", &early.refusal())?;
        third.does(&["escrow", "check"])?;
        approves(first, &approve)?;
        step("After the delay the notary hands her share to Budi, sealed.");
        let alone = self.supervisor.tries(&open)?;
        checks.equal("One share opens nothing.", "exit code 1, release-waits", &alone.refusal())?;
        approves(third, &approve)?;
        step("The doctor does so, too.");
        let opened = self.supervisor.does(&open)?;
        checks.same_text("Budi reads what she wrote first.", BEFORE, opened.text("/letters/0/text")?)?;
        checks.same_text("And what she wrote then.", WITH_SUPERVISION, opened.text("/letters/1/text")?)?;
        checks.equal("No share was bad.", &0, &opened.list("/bad")?.len())
    }

    fn afterwards(&self, request: &str, counsellor: &Person, checks: &mut Checks) -> Result<()> {
        self.writes(counsellor, "reply", "Saya di bawah, di depan rumahmu.")?;
        self.writes(&self.client, "write", AFTERWARDS)?;
        let which = ["--session", self.session.as_str(), "--request", request];
        let opened = self.supervisor.does(&[&["escrow", "open"], &which[..]].concat())?;
        let newest = opened.list("/letters")?.len().saturating_sub(1);
        let closed = opened.at(&format!("/letters/{newest}/closed"))?.to_string();
        checks.equal("What she writes afterwards stays closed to Budi: there are new keys.", "true", &closed)?;
        let history = self.client.does(&["access-history", "--session", &self.session])?;
        let release = history.list("/history")?.iter().find(|entry| entry.pointer("/kind") == Some(&"release".into()));
        let release = release.context("the history shows no release")?;
        let approved = release.pointer("/approved").and_then(|list| list.as_array()).map_or(0, Vec::len);
        checks.equal("Her access history names both who approved.", &2, &approved)?;
        self.veto(checks)
    }

    fn veto(&self, checks: &mut Checks) -> Result<()> {
        let request = self.ask(checks)?;
        let which = ["--session", self.session.as_str(), "--request", request.as_str()];
        let [first, second, _] = self.trustees.as_slice() else { bail!("there are three trustees") };
        second.does(&[&["escrow", "veto"], &which[..]].concat())?;
        step("A second time the ethics board says no.");
        let refused = first.tries(&[&["escrow", "approve"], &which[..]].concat())?;
        checks.equal("One no closes the request.", "exit code 1, release-vetoed", &refused.refusal())
    }

    fn writes(&self, person: &Person, how: &str, text: &str) -> Result<Answer> {
        let file = self.file(how, text)?;
        let session: &[&str] = if how == "write" { &["--session", &self.session] } else { &[&self.session] };
        person.does(&[&[how], session, &["--file", &file]].concat())
    }

    fn file(&self, name: &str, text: &str) -> Result<String> {
        let path = self.folder.join(format!("{name}.txt"));
        std::fs::write(&path, text)?;
        Ok(shown(&path)?.to_owned())
    }
}

/// Approves as soon as the delay is over: until then the command says from when.
fn approves(trustee: &Person, approve: &[&str]) -> Result<()> {
    let start = Instant::now();
    loop {
        let answer = trustee.tries(approve)?;
        let early = answer.refusal() == "exit code 1, too-early" || answer.refusal() == "exit code 1, delay-not-over";
        if !early || start.elapsed() > PATIENCE {
            return answer.accepted(approve).map(|_| ());
        }
    }
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
