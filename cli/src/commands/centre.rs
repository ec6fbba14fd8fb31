//! The director's commands: the root stays in a file, and signs for relay, staff, consent document and erasures.

use std::path::PathBuf;

use amanah_client_sdk::centre::Centre;
use amanah_client_sdk::director::{self, Director};
use amanah_client_sdk::fingerprint;
use amanah_client_sdk::protocol::centre::{Appointment, Dismissal, Licence, RelayCertificate, Role};
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::{AccountId, CentreId, Timestamp};
use amanah_client_sdk::protocol::signature::VerifyingKey;
use amanah_client_sdk::transport::Clock;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::absence::{staff_json, staff_lines};
use super::policy::ShownPolicy;
use super::{consent, show};
use crate::args::{Place, account_id, relay_address};
use crate::files::{self, NewFile};
use crate::invocation::{Invocation, rng};
use crate::moment::{self, DAY, HOUR, Wall};
use crate::output::Answer;
use crate::passphrase;
use crate::problem::Problem;
use crate::texts::Texts;

mod document;
mod erase;
mod policy;

/// Commands of `centre`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the root of a new centre, offline
    Create(Create),
    /// Certify the key of the relay, which `amanah-server init` prints
    CertifyRelay(CertifyRelay),
    /// Appoint somebody
    Appoint(Appoint),
    /// End an appointment
    Dismiss(Dismiss),
    /// Publish the consent document
    PublishDocument(PublishDocument),
    /// Publish the rules of an escrow, which a consent document can then offer
    PublishPolicy(policy::PublishPolicy),
    /// Erase a session for good
    Erase(erase::Erase),
    /// Show the centre as anybody sees it
    Show(Place),
}

/// Arguments of `centre create`.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// New file for the root key, sealed under a passphrase; keep it offline
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// New file for the public root, which the relay needs
    #[arg(long, value_name = "FILE")]
    root_out: PathBuf,
}

/// The root key and the relay that it speaks to.
#[derive(Debug, Args)]
pub(crate) struct Office {
    /// File of the root key
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Address of the relay
    #[arg(long, value_name = "URL", value_parser = relay_address)]
    relay: String,
}

/// Arguments of `centre certify-relay`.
#[derive(Debug, Args)]
pub(crate) struct CertifyRelay {
    #[command(flatten)]
    office: Office,
    /// The relay's key
    #[arg(long, value_name = "HEX")]
    key: VerifyingKey,
    /// For how many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
}

/// What somebody can be appointed as.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Post {
    Counsellor,
    Supervisor,
    Registrar,
    Director,
    Trustee,
    Auditor,
}

impl From<Post> for Role {
    fn from(post: Post) -> Self {
        match post {
            Post::Counsellor => Self::Counsellor,
            Post::Supervisor => Self::Supervisor,
            Post::Registrar => Self::Registrar,
            Post::Director => Self::Director,
            Post::Trustee => Self::Trustee,
            Post::Auditor => Self::Auditor,
        }
    }
}

/// Arguments of `centre appoint`.
#[derive(Debug, Args)]
pub(crate) struct Appoint {
    #[command(flatten)]
    office: Office,
    /// The account
    #[arg(long, value_name = "HEX", value_parser = account_id)]
    account: AccountId,
    /// As what
    #[arg(long)]
    role: Post,
    /// The name that clients see
    #[arg(long)]
    name: String,
    /// For how many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    #[command(flatten)]
    licence: Option<LicenceArguments>,
}

/// A licence to practise; all of it or none.
#[derive(Debug, Args)]
#[group(multiple = true)]
pub(crate) struct LicenceArguments {
    /// Number of the licence to practise
    #[arg(long = "licence-number", value_name = "TEXT", required = false, requires = "board")]
    number: String,
    /// Who gave it
    #[arg(long = "licence-board", value_name = "TEXT", required = false, requires = "jurisdiction")]
    board: String,
    /// Where it is valid
    #[arg(long = "licence-jurisdiction", value_name = "TEXT", required = false, requires = "link")]
    jurisdiction: String,
    /// Where anyone can check it
    #[arg(long = "licence-link", value_name = "URL", required = false, requires = "expires")]
    link: String,
    /// Its last day
    #[arg(long = "licence-expires", value_name = "YYYY-MM-DD", value_parser = moment::end_of_day, required = false, requires = "number")]
    expires: Timestamp,
}

/// Arguments of `centre dismiss`.
#[derive(Debug, Args)]
pub(crate) struct Dismiss {
    #[command(flatten)]
    office: Office,
    /// The appointment, as `centre show` prints it
    #[arg(long, value_name = "HEX")]
    appointment: Hash,
}

/// Arguments of `centre publish-document`.
#[derive(Debug, Args)]
pub(crate) struct PublishDocument {
    #[command(flatten)]
    office: Office,
    /// The document: a TOML file that names a text file for each language
    #[arg(long, value_name = "FILE")]
    document: PathBuf,
}

/// Runs a command of `centre`.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<Answer, Problem> {
    match command {
        Command::Create(create) => self::create(invocation, &create),
        Command::CertifyRelay(certify) => certify_relay(invocation, certify).await,
        Command::Appoint(appoint) => self::appoint(invocation, appoint).await,
        Command::Dismiss(dismiss) => self::dismiss(invocation, dismiss).await,
        Command::PublishDocument(publish) => publish_document(invocation, publish).await,
        Command::PublishPolicy(publish) => policy::publish(invocation, publish).await,
        Command::Erase(erase) => self::erase::erase(invocation, erase).await,
        Command::Show(place) => self::show(invocation, &place).await,
    }
}

fn create(invocation: &Invocation, create: &Create) -> Result<Answer, Problem> {
    let global = &invocation.global;
    let passphrase = passphrase::chosen(global.new_passphrase_fd.or(global.passphrase_fd), invocation.texts)?;
    let (key_file, root_file) = (NewFile::create(&create.file)?, NewFile::create(&create.root_out)?);
    let (director, sealed) = Director::create(&mut rng(), &passphrase);
    key_file.write(&sealed)?;
    root_file.write(director.root().wire())?;
    let (centre, words) = (director.centre().to_string(), fingerprint::words(&director.centre()));
    let json = json!({
        "centre": centre,
        "fingerprint": words,
        "groups": fingerprint::groups(&director.centre()),
    });
    let texts = invocation.texts;
    Ok(Answer::new(json)
        .line(texts.say("centre-created"))
        .line(texts.fill("centre-line", vec![("centre", centre.into())]))
        .line(texts.fill("fingerprint-line", vec![("words", words.into())]))
        .line("")
        .line(texts.say("root-keep")))
}

impl Office {
    fn director(&self, invocation: &Invocation) -> Result<Director, Problem> {
        let file = files::read(&self.file)?;
        Ok(Director::open(&file, &passphrase::current(&invocation.global, invocation.texts)?)?)
    }
}

async fn certify_relay(invocation: &Invocation, certify: CertifyRelay) -> Result<Answer, Problem> {
    let director = certify.office.director(invocation)?;
    let (from, until) = term(certify.days);
    let certificate = RelayCertificate { centre: director.centre(), key: certify.key, from, until };
    director.certify_relay(invocation.transport(&certify.office.relay)?, certificate).await?;
    let json = json!({
        "centre": director.centre().to_string(),
        "key": certify.key.to_string(),
        "until": moment::exact(until),
    });
    let text = invocation.texts.fill("relay-certified", vec![("until", moment::date(until).into())]);
    Ok(Answer::new(json).line(text))
}

async fn appoint(invocation: &Invocation, appoint: Appoint) -> Result<Answer, Problem> {
    let director = appoint.office.director(invocation)?;
    let (from, until) = term(appoint.days);
    let licence = appoint.licence.map(|licence| Licence {
        number: licence.number,
        board: licence.board,
        jurisdiction: licence.jurisdiction,
        link: licence.link,
        expires: licence.expires,
    });
    let appointment = Appointment {
        centre: director.centre(),
        account: appoint.account,
        role: appoint.role.into(),
        name: appoint.name,
        licence,
        from,
        until,
    };
    let signed = director.appoint(invocation.transport(&appoint.office.relay)?, appointment).await?;
    let mut answer = Answer::new(show::appointment_json(&signed)).line(invocation.texts.say("appointed"));
    answer.extend(show::appointment_lines(invocation.texts, &signed));
    Ok(answer)
}

async fn dismiss(invocation: &Invocation, dismiss: Dismiss) -> Result<Answer, Problem> {
    let director = dismiss.office.director(invocation)?;
    let dismissal = Dismissal { centre: director.centre(), appointment: dismiss.appointment, from: Wall.now() };
    let from = dismissal.from;
    director.dismiss(invocation.transport(&dismiss.office.relay)?, dismissal).await?;
    let json = json!({ "appointment": dismiss.appointment.to_string(), "from": moment::exact(from) });
    Ok(Answer::new(json).line(invocation.texts.say("dismissed")))
}

async fn publish_document(invocation: &Invocation, publish: PublishDocument) -> Result<Answer, Problem> {
    let draft = document::Draft::read(&publish.document)?;
    let director = publish.office.director(invocation)?;
    let (document, texts) = draft.document(director.centre());
    let signed = director.publish_document(invocation.transport(&publish.office.relay)?, document, &texts).await?;
    let body = signed.body();
    let json = json!({
        "document": signed.hash().to_string(),
        "number": body.number,
        "locales": body.wordings.iter().map(|wording| wording.locale.as_str()).collect::<Vec<_>>(),
    });
    let text = invocation.texts.fill("document-published", vec![("number", body.number.to_string().into())]);
    Ok(Answer::new(json).line(text))
}

/// Whoever names a place sees what anybody sees. Who has accepted an escrow is checked with the account of the profile.
async fn show(invocation: &Invocation, place: &Place) -> Result<Answer, Problem> {
    let (relay, pinned) = invocation.place(place)?;
    let centre = director::look(invocation.transport(&relay)?, pinned).await?;
    if place.centre.is_some() || centre.policies().next().is_none() {
        return Ok(shown(invocation.texts, &relay, pinned, &centre, false));
    }
    invocation
        .signed_in(async |account, _| {
            account.refresh_centre().await?;
            Ok(shown(invocation.texts, &relay, pinned, account.centre(), true))
        })
        .await
}

fn shown(texts: Texts, relay: &str, pinned: CentreId, centre: &Centre, checked: bool) -> Answer {
    let now = Wall.now();
    let staff: Vec<_> = Role::ALL.iter().flat_map(|role| centre.staff(*role, now)).collect();
    let document = centre.newest_document().map(|document| consent::document_json(document, texts.language().tag()));
    let policies = || centre.policies().map(|signed| ShownPolicy { centre, signed, checked, to_client: false });
    let json = json!({
        "relay": relay,
        "centre": pinned.to_string(),
        "fingerprint": fingerprint::words(&pinned),
        "staff": staff.iter().map(|signed| staff_json(centre, signed)).collect::<Vec<_>>(),
        "document": document.unwrap_or(Value::Null),
        "policies": policies().map(ShownPolicy::json).collect::<Vec<_>>(),
    });
    let mut answer = Answer::new(json)
        .line(texts.fill("centre-line", vec![("centre", pinned.to_string().into())]))
        .line(texts.fill("fingerprint-line", vec![("words", fingerprint::words(&pinned).into())]));
    for signed in staff {
        answer.push("");
        answer.extend(staff_lines(texts, centre, signed));
    }
    answer.push("");
    match centre.newest_document() {
        Some(document) => answer.extend(consent::document_lines(texts, document)),
        None => answer.push(texts.say("no-document-yet")),
    }
    for policy in policies() {
        answer.push("");
        answer.extend(policy.lines(texts));
    }
    answer
}

/// From an hour ago, because clocks differ, for so many days.
fn term(days: u32) -> (Timestamp, Timestamp) {
    let now = Wall.now();
    (Timestamp(now.0.saturating_sub(HOUR)), now.plus(DAY.saturating_mul(days.into())))
}
