//! Consent: reading the document, signing it for a counsellor, listing and taking back what was granted.

use amanah_client_sdk::protocol::consent::{Permission, Purpose};
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::{AccountId, CaseId, SessionId};
use clap::{ArgGroup, Args, Subcommand};

use super::show;
use crate::args::account_id;
use crate::invocation::Invocation;
use crate::output::Answer;
use crate::problem::Problem;

mod document;
mod further;
mod given;
mod guardian;
mod joint;
mod renew;
mod sign;

pub(crate) use document::{document_json, document_lines, locale};
pub(crate) use renew::Waiting;
use renew::waiting;

/// Commands of `consent`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the consent document
    Show,
    /// Sign the newest consent document for one counsellor, and open a session with them
    Sign(Sign),
    /// Open the session for which a guardian had to sign first
    Open(Open),
    /// Guardian: sign beside a minor, for what the minor has allowed
    Guardian(Guardian),
    /// Allow something more in a session, such as a supervisor who reads along from now on
    Allow(Allow),
    /// Sign beside another client of a case who has named you
    Join(Join),
    /// Let another client in, who has signed after you named them
    Admit(Admit),
    /// Turn escrow on or off for everything that follows in a session
    Escrow(Escrow),
    /// Move a session to another counsellor; the one before reads nothing new
    Transfer(Transfer),
    /// Sign the newest consent document again for what you have allowed
    Renew(Renew),
    /// What you have granted
    List,
    /// Take consent back
    Revoke(Revoke),
}

/// The answer to an escrow that the centre offers.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Choice {
    /// You want escrow, as `consent show` explains it
    #[arg(long, conflicts_with = "no_escrow")]
    escrow: bool,
    /// You do not want escrow
    #[arg(long)]
    no_escrow: bool,
}

/// Arguments of `consent sign`.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The counsellor's account
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    counsellor: AccountId,
    /// What else you allow: record-keeping, research, recording, email-notice, or
    /// supervision=ACCOUNT, consultation=ACCOUNT, joint=ACCOUNT, history=ACCOUNT
    #[arg(long = "permission", value_name = "PURPOSE", value_parser = permission)]
    permissions: Vec<Permission>,
    #[command(flatten)]
    choice: Choice,
    /// For minors: the guardian's account, who signs too before anything is written
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    guardian: Option<AccountId>,
}

/// Arguments of `consent open`.
#[derive(Debug, Args)]
pub(crate) struct Open {
    /// The case, as `consent sign` prints it
    #[arg(long, value_name = "CASE")]
    case: CaseId,
    /// The counsellor's account
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    counsellor: AccountId,
}

/// Arguments of `consent guardian`.
#[derive(Debug, Args)]
pub(crate) struct Guardian {
    /// The minor's case
    #[arg(long, value_name = "CASE")]
    case: CaseId,
}

/// Arguments of `consent allow`.
#[derive(Debug, Args)]
pub(crate) struct Allow {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// What you allow: record-keeping, research, recording, email-notice, or
    /// supervision=ACCOUNT, consultation=ACCOUNT (a counsellor who only reads), joint=ACCOUNT
    /// (another client), counselling=ACCOUNT, history=ACCOUNT (what was written before)
    #[arg(long = "permission", value_name = "PURPOSE", value_parser = permission, required = true)]
    permissions: Vec<Permission>,
}

/// Arguments of `consent join`.
#[derive(Debug, Args)]
pub(crate) struct Join {
    /// The case, as the other client tells you
    #[arg(long, value_name = "CASE")]
    case: CaseId,
    #[command(flatten)]
    choice: Choice,
}

/// Arguments of `consent admit`.
#[derive(Debug, Args)]
pub(crate) struct Admit {
    /// The session
    #[arg(long, value_name = "SESSION")]
    session: SessionId,
    /// The other client's account
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    account: AccountId,
}

/// Arguments of `consent escrow`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("choice").required(true).args(["on", "off"])))]
pub(crate) struct Escrow {
    /// The session
    #[arg(long, value_name = "SESSION")]
    session: SessionId,
    /// You want escrow from now on, as `consent show` explains it
    #[arg(long)]
    on: bool,
    /// You do not want escrow from now on
    #[arg(long)]
    off: bool,
}

/// Arguments of `consent transfer`.
#[derive(Debug, Args)]
pub(crate) struct Transfer {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// The new counsellor's account
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    to: AccountId,
    /// Let the new counsellor read what was written before, too
    #[arg(long)]
    with_history: bool,
}

/// Arguments of `consent renew`.
#[derive(Debug, Args)]
pub(crate) struct Renew {
    /// The session; everywhere without it
    #[arg(long, value_name = "SESSION")]
    session: Option<SessionId>,
}

/// Arguments of `consent revoke`.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The case, where you have no session in it, as a guardian
    #[arg(long, value_name = "CASE")]
    case: Option<CaseId>,
    /// The grant, as `consent list` prints it
    #[arg(long, value_name = "HEX", required_unless_present = "everything")]
    grant: Option<Hash>,
    /// What you take back; everything without it
    #[arg(long = "purpose", value_name = "PURPOSE", value_parser = show::parse_purpose)]
    purposes: Vec<Purpose>,
    /// Take back all that you allow anywhere, and so end everything
    #[arg(long, conflicts_with_all = ["case", "grant", "purposes"])]
    everything: bool,
}

/// A permission such as `research` or `supervision=ACCOUNT`.
fn permission(text: &str) -> Result<Permission, String> {
    let (word, named) = text.split_once('=').map_or((text, None), |(word, named)| (word, Some(named)));
    Ok(Permission { purpose: show::parse_purpose(word)?, named: named.map(account_id).transpose()? })
}

/// Runs a command of `consent`.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<Answer, Problem> {
    match command {
        Command::Show => document::show(invocation).await,
        Command::Sign(sign) => sign::sign(invocation, sign).await,
        Command::Open(open) => sign::open(invocation, &open).await,
        Command::Guardian(guardian) => guardian::guardian(invocation, &guardian).await,
        Command::Allow(allow) => further::allow(invocation, allow).await,
        Command::Join(join) => joint::join(invocation, &join).await,
        Command::Admit(admit) => joint::admit(invocation, &admit).await,
        Command::Escrow(escrow) => further::escrow(invocation, &escrow).await,
        Command::Transfer(transfer) => further::transfer(invocation, &transfer).await,
        Command::Renew(renew) => renew::renew(invocation, &renew).await,
        Command::List => given::list(invocation).await,
        Command::Revoke(revoke) => given::revoke(invocation, &revoke).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_names_a_reader_after_an_equals_sign() {
        let id = "ab".repeat(32);
        for word in ["supervision", "joint", "consultation"] {
            let named = permission(&format!("{word}={id}")).unwrap();
            assert_eq!(named.named.unwrap().to_string(), id);
        }
        assert_eq!(permission("research").unwrap(), Permission { purpose: Purpose::Research, named: None });
        assert!(permission("everything").is_err());
        assert!(permission("supervision=bu-rini").is_err());
    }
}
