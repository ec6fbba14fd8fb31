//! Witnesses: who watches over the log, and on whom somebody counts.

use std::collections::BTreeSet;

use amanah_client_sdk::protocol::ids::AccountId;
use amanah_client_sdk::protocol::log::Quorum;
use amanah_client_sdk::transport::Clock;
use amanah_client_sdk::witness::Standing;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::show;
use crate::args::account_id;
use crate::invocation::{Device, Invocation};
use crate::moment::{self, Wall};
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// Commands about witnesses.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The centre's auditors, how much of the log each has cosigned, and whom you count on
    Show,
    /// From now on rely on the log only if so many witnesses have cosigned it in the last 24 hours
    Require(Require),
    /// Rely on the log without any witness again
    RequireNone,
}

/// Arguments of `witnesses require`.
#[derive(Debug, Args)]
pub(crate) struct Require {
    /// How many
    #[arg(value_name = "K")]
    needed: u32,
    /// Who counts; without it, all auditors whom the centre appoints now
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    of: Vec<AccountId>,
}

/// Runs a command about witnesses.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<Answer, Problem> {
    invocation
        .signed_in(async |account, _| {
            match command {
                Command::Show => {}
                Command::Require(require) => {
                    let named: BTreeSet<AccountId> = require.of.into_iter().collect();
                    let all = || account.centre().auditors(Wall.now());
                    let quorum = Quorum::new(require.needed, if named.is_empty() { all() } else { named });
                    account.demand_witnesses(Some(quorum.map_err(|_| Case::NoQuorum)?)).await?;
                }
                Command::RequireNone => account.demand_witnesses(None).await?,
            }
            shown(invocation.texts, account).await
        })
        .await
}

async fn shown(texts: Texts, account: &mut Device) -> Result<Answer, Problem> {
    let witnesses = account.witnesses().await?;
    let needed = account.quorum().map(|quorum| (quorum.needed, quorum.witnesses.len()));
    let mut answer = Answer::new(json!({
        "needed": needed.map(|(needed, _)| needed),
        "witnesses": witnesses.iter().map(as_json).collect::<Vec<_>>(),
    }));
    answer.push(match needed {
        Some((needed, of)) => {
            texts.fill("witnesses-needed", vec![("needed", needed.to_string().into()), ("of", of.to_string().into())])
        }
        None => texts.say("witnesses-not-needed"),
    });
    if witnesses.is_empty() {
        answer.push(texts.say("no-witnesses"));
    }
    for witness in &witnesses {
        answer.push(String::new());
        answer.push(show::person(texts, account, &witness.account));
        answer.push(format!("  {}", texts.fill("account-line", vec![("account", witness.account.to_string().into())])));
        answer.push(format!("  {}", cosigned(texts, witness)));
        if witness.demanded {
            answer.push(format!("  {}", texts.say("witness-demanded")));
        }
    }
    Ok(answer)
}

fn cosigned(texts: Texts, witness: &Standing) -> String {
    match &witness.cosigned {
        Some((head, time)) => {
            let (size, time) = (head.size.to_string(), moment::readable(*time));
            texts.fill("witness-cosigned", vec![("size", size.into()), ("time", time.into())])
        }
        None => texts.say("witness-silent"),
    }
}

fn as_json(witness: &Standing) -> Value {
    json!({
        "account": witness.account.to_string(),
        "name": witness.name,
        "cosigned": witness.cosigned.map(|(head, time)| {
            json!({ "size": head.size, "root": head.root.to_string(), "time": moment::exact(time) })
        }),
        "demanded": witness.demanded,
    })
}
