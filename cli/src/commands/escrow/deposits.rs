//! Which trustees have confirmed their shares, for the director.

use amanah_client_sdk::RelayError;
use amanah_client_sdk::protocol::api::DepositItem;
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::{AccountId, Timestamp};
use serde_json::{Value, json};

use crate::commands::show;
use crate::invocation::{Device, Invocation};
use crate::moment;
use crate::output::Answer;
use crate::problem::Problem;
use crate::texts::Texts;

/// Shows it by policy and trustee.
pub(super) async fn deposits(invocation: &Invocation) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            account.refresh_centre().await?;
            let report = account.deposit_report().await?;
            let (mut json, mut lines): (Vec<Value>, Vec<String>) = (Vec::new(), Vec::new());
            for item in &report.trustees {
                let (shown, line) = item_shown(texts, account, item)?;
                json.push(shown);
                lines.push(line);
            }
            if lines.is_empty() {
                lines.push(texts.say("no-shares-anywhere"));
            }
            let mut answer = Answer::new(json!({ "trustees": json }));
            answer.extend(lines);
            Ok(answer)
        })
        .await
}

fn item_shown(texts: Texts, account: &Device, item: &DepositItem) -> Result<(Value, String), Problem> {
    let policy: Hash = item.policy.parse().map_err(|_| RelayError::Answer)?;
    let trustee: AccountId = item.trustee.parse().map_err(|_| RelayError::Answer)?;
    let number = account.centre().policy(&policy).map(|signed| signed.body().number);
    let missing = item.deposits.saturating_sub(item.receipts);
    let oldest = item.oldest_missing.map(Timestamp);
    let json = json!({
        "policy": item.policy,
        "number": number,
        "trustee": show::person_json(account, &trustee),
        "deposits": item.deposits,
        "receipts": item.receipts,
        "missing": missing,
        "oldest_missing": oldest.map(moment::exact),
    });
    let mut variables = vec![
        ("number", number.unwrap_or_default().to_string().into()),
        ("name", show::person(texts, account, &trustee).into()),
        ("receipts", item.receipts.into()),
        ("deposits", item.deposits.into()),
    ];
    let line = match oldest {
        Some(oldest) => {
            variables.push(("time", moment::readable(oldest).into()));
            texts.fill("shares-missing", variables)
        }
        None => texts.fill("shares-complete", variables),
    };
    Ok((json, line))
}
