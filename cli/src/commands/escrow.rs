//! Escrow: what trustees, those who ask, those who get something, clients and the director do with it.

use std::path::PathBuf;

use amanah_client_sdk::escrow::SeenRequest;
use amanah_client_sdk::protocol::escrow::GroundCode;
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::{AccountId, SessionId};
use clap::{Args, Subcommand};

use super::show;
use crate::args::account_id;
use crate::invocation::{Device, Invocation};
use crate::output::Answer;
use crate::problem::{Case, Problem};

mod ask;
mod deposits;
mod open;
mod requests;
mod shown;
mod told;
mod trustee;

pub(crate) use shown::{release_json, standing_line, trustees_json, trustees_named};
pub(crate) use told::{told_json, told_lines};

/// Commands of `escrow`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Trustee: take on the rules of an escrow
    AcceptPolicy(AcceptPolicy),
    /// Trustee: check your shares, confirm them, and see the requests that wait
    Check,
    /// The requests to open something, and what came of them
    Requests(Requests),
    /// Trustee: hand your shares to whoever is to get them
    Approve(Which),
    /// Trustee: say no to a request; it is closed then
    Veto(Which),
    /// Client: stop a request, where the rules allow that
    Cancel(Which),
    /// Ask the trustees to open a part of a session
    Request(Request),
    /// Read what was released to you
    Open(Which),
    /// Director: which trustees have confirmed their shares
    Deposits,
    /// Practise: ask for the release of an empty session of your own
    Drill,
}

/// Arguments of `escrow accept-policy`.
#[derive(Debug, Args)]
pub(crate) struct AcceptPolicy {
    /// The rules, as `centre show` prints them
    #[arg(value_name = "POLICY")]
    policy: Hash,
}

/// Arguments of `escrow requests`.
#[derive(Debug, Args)]
pub(crate) struct Requests {
    /// The session; everywhere without it
    #[arg(long, value_name = "SESSION")]
    session: Option<SessionId>,
}

/// A request.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Which {
    /// The session
    #[arg(long, value_name = "SESSION")]
    session: SessionId,
    /// The request, as `escrow requests` prints it
    #[arg(long, value_name = "HEX")]
    request: Hash,
}

/// Arguments of `escrow request`.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// The session
    #[arg(long, value_name = "SESSION")]
    session: SessionId,
    /// Why it may be opened: imminent-danger, court-order or account-recovery
    #[arg(long, value_name = "GROUND", value_parser = show::parse_ground)]
    ground: GroundCode,
    /// Who gets it
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    recipient: AccountId,
    /// The first part of the session; from the beginning without it
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    from_epoch: u32,
    /// The last part of the session; to the end without it
    #[arg(long, value_name = "N", default_value_t = u32::MAX, hide_default_value = true)]
    to_epoch: u32,
    /// For how many days it stays open after the waiting time
    #[arg(long, value_name = "N", default_value_t = ask::OPEN_DAYS, value_parser = open_days())]
    open_days: u64,
    /// Why it is needed, as plain text, for the trustees alone; - reads standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    reason_file: PathBuf,
}

/// From one day to as long as a request may stay open.
fn open_days() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(1..=90)
}

/// Runs a command of `escrow`.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<Answer, Problem> {
    match command {
        Command::AcceptPolicy(accept) => trustee::accept(invocation, &accept).await,
        Command::Check => trustee::check(invocation).await,
        Command::Requests(requests) => requests::requests(invocation, &requests).await,
        Command::Approve(which) => trustee::approve(invocation, which).await,
        Command::Veto(which) => trustee::veto(invocation, which).await,
        Command::Cancel(which) => requests::cancel(invocation, which).await,
        Command::Request(request) => ask::request(invocation, request).await,
        Command::Open(which) => open::open(invocation, which).await,
        Command::Deposits => deposits::deposits(invocation).await,
        Command::Drill => ask::drill(invocation).await,
    }
}

/// A request as it stands now.
///
/// # Errors
/// [`Case::NoRequest`]; [`Problem`]: the escrow of the session could not be read.
async fn find(account: &mut Device, which: Which) -> Result<SeenRequest, Problem> {
    let seen = account.see_requests(which.session).await?;
    let found = seen.into_iter().find(|seen| seen.release.request().hash() == which.request);
    found.ok_or_else(|| Case::NoRequest.into())
}

/// What was done with a request, and how it stands since.
async fn outcome(invocation: &Invocation, account: &mut Device, which: Which, done: String) -> Result<Answer, Problem> {
    let seen = find(account, which).await?;
    let mut answer = Answer::new(shown::request_json(account, &seen)).line(done).line("");
    answer.extend(shown::request_lines(invocation.texts, account, &seen));
    Ok(answer)
}
