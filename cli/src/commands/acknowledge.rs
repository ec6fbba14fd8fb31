//! Going on after somebody has new keys or a new account, once its owner was asked by another way.

use amanah_client_sdk::fingerprint;
use amanah_client_sdk::protocol::ids::AccountId;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::args::account_id;
use crate::invocation::Invocation;
use crate::moment;
use crate::output::Answer;
use crate::problem::Problem;

/// Commands of `acknowledge`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take an account's new keys for its own
    NewKeys(Whose),
    /// Take notice of the account that follows this one
    NewAccount(Whose),
}

/// Whose keys or account.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The account
    #[arg(value_name = "ACCOUNT", value_parser = account_id)]
    account: AccountId,
}

/// Runs a command of `acknowledge`.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| match command {
            Command::NewKeys(Whose { account: somebody }) => {
                let keys = account.acknowledge_keys(somebody).await?;
                let (position, time) = (keys.position.to_string(), moment::readable(keys.time));
                let json = json!({
                    "account": somebody.to_string(),
                    "verified": false,
                    "position": keys.position,
                    "time": moment::exact(keys.time),
                });
                let place = vec![("position", position.into()), ("time", time.into())];
                Ok(Answer::new(json).line(texts.fill("keys-acknowledged", place)))
            }
            Command::NewAccount(Whose { account: somebody }) => {
                let new = account.acknowledge_succession(somebody).await?;
                let words = fingerprint::words(&new);
                let json = json!({ "account": somebody.to_string(), "new": new.to_string(), "fingerprint": words });
                Ok(Answer::new(json)
                    .line(texts.fill("account-acknowledged", vec![("account", new.to_string().into())]))
                    .line(texts.fill("fingerprint-line", vec![("words", words.into())])))
            }
        })
        .await
}
