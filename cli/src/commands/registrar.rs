//! The registrar's commands: inviting, and saying that one person holds two accounts.

use amanah_client_sdk::fingerprint;
use amanah_client_sdk::invitation::Invitation;
use amanah_client_sdk::protocol::account::SuccessionGround;
use amanah_client_sdk::protocol::ids::{AccountId, CaseId, SessionId};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::args::{Place, account_id};
use crate::invocation::Invocation;
use crate::output::Answer;
use crate::passphrase;
use crate::problem::Problem;

/// Commands of `registrar`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the invitation link of the centre
    Invite(Place),
    /// Say that one person holds both accounts, after checking who it is
    AttestSuccession(AttestSuccession),
    /// Say that an account is a minor's guardian's, after checking who they are
    AttestGuardian(AttestGuardian),
}

/// Why a new account follows an old one.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Ground {
    KeysLost,
    KeysStolen,
}

/// Arguments of `registrar attest-succession`.
#[derive(Debug, Args)]
pub(crate) struct AttestSuccession {
    /// The old account
    #[arg(value_name = "OLD", value_parser = account_id)]
    old: AccountId,
    /// The new account
    #[arg(value_name = "NEW", value_parser = account_id)]
    new: AccountId,
    /// Why
    #[arg(long)]
    ground: Ground,
    /// Counsellor: a session with the old account, whose code words the person has to say
    #[arg(long, value_name = "SESSION")]
    session: Option<SessionId>,
    /// Read the code words that the person says from this file descriptor
    #[arg(long, value_name = "N", requires = "session")]
    code_words_fd: Option<u32>,
}

/// Arguments of `registrar attest-guardian`.
#[derive(Debug, Args)]
pub(crate) struct AttestGuardian {
    /// The minor's case
    #[arg(long, value_name = "CASE")]
    case: CaseId,
    /// The minor's account
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    minor: AccountId,
    /// The guardian's account
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    guardian: AccountId,
}

/// Runs a command of `registrar`.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<Answer, Problem> {
    match command {
        Command::Invite(place) => invite(invocation, &place),
        Command::AttestSuccession(attest) => attest_succession(invocation, &attest).await,
        Command::AttestGuardian(attest) => attest_guardian(invocation, &attest).await,
    }
}

fn invite(invocation: &Invocation, place: &Place) -> Result<Answer, Problem> {
    let (relay, centre) = invocation.place(place)?;
    let link = Invitation { relay, centre }.to_string();
    let json = json!({ "link": link, "centre": centre.to_string(), "fingerprint": fingerprint::words(&centre) });
    Ok(Answer::new(json).line(link))
}

async fn attest_succession(invocation: &Invocation, attest: &AttestSuccession) -> Result<Answer, Problem> {
    let ground = match attest.ground {
        Ground::KeysLost => SuccessionGround::KeysLost,
        Ground::KeysStolen => SuccessionGround::KeysStolen,
    };
    invocation
        .signed_in(async |account, _| {
            let AttestSuccession { old, new, session, .. } = *attest;
            match session {
                Some(session) => {
                    let said = passphrase::code_words(attest.code_words_fd, invocation.texts)?;
                    account.attest_succession_by_code_words(session, old, new, ground, &said).await?;
                }
                None => account.attest_succession(old, new, ground).await?,
            }
            let json = json!({ "old": attest.old.to_string(), "new": attest.new.to_string() });
            Ok(Answer::new(json).line(invocation.texts.say("succession-attested")))
        })
        .await
}

async fn attest_guardian(invocation: &Invocation, attest: &AttestGuardian) -> Result<Answer, Problem> {
    invocation
        .signed_in(async |account, _| {
            account.attest_guardianship(attest.case, attest.minor, attest.guardian).await?;
            let json = json!({
                "case": attest.case.to_string(),
                "minor": attest.minor.to_string(),
                "guardian": attest.guardian.to_string(),
            });
            Ok(Answer::new(json).line(invocation.texts.say("guardian-attested")))
        })
        .await
}
