//! Counsellors, fingerprints, and comparing them.

use amanah_client_sdk::fingerprint;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::ids::AccountId;
use amanah_client_sdk::transport::Clock;
use clap::Args;
use serde_json::{Value, json};

use super::absence::{staff_json, staff_lines};
use super::show;
use crate::args::account_id;
use crate::invocation::Invocation;
use crate::moment::Wall;
use crate::output::Answer;
use crate::problem::Problem;

/// Arguments of `fingerprint`.
#[derive(Debug, Args)]
pub(crate) struct Fingerprint {
    /// The account; yours without it
    #[arg(value_name = "ACCOUNT", value_parser = account_id)]
    account: Option<AccountId>,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The account
    #[arg(value_name = "ACCOUNT", value_parser = account_id)]
    account: AccountId,
    /// The twelve words that its owner told you, not by this platform
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<String>,
}

/// Lists the appointed counsellors.
pub(crate) async fn counsellors(invocation: &Invocation) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            account.refresh_centre().await?;
            let (mut json, mut lines) = (Vec::new(), Vec::new());
            for signed in account.centre().staff(Role::Counsellor, Wall.now()) {
                let verified = account.is_verified(&signed.body().account);
                let mut shown = staff_json(account.centre(), signed);
                if let Value::Object(shown) = &mut shown {
                    shown.insert("verified".to_owned(), verified.into());
                }
                json.push(shown);
                lines.extend(staff_lines(texts, account.centre(), signed));
                let text = if verified { texts.say("compared") } else { texts.say("not-compared") };
                lines.extend([format!("  {text}"), String::new()]);
            }
            if lines.is_empty() {
                lines.push(texts.say("no-counsellors-yet"));
            }
            let mut answer = Answer::new(json!({ "counsellors": json }));
            answer.extend(lines);
            Ok(answer)
        })
        .await
}

/// Shows a fingerprint. That of a named account follows from its id alone.
pub(crate) async fn fingerprint(invocation: &Invocation, arguments: &Fingerprint) -> Result<Answer, Problem> {
    let account = match arguments.account {
        Some(account) => account,
        None => invocation.signed_in(async |account, _| Ok(account.id())).await?,
    };
    let (words, groups) = (fingerprint::words(&account), fingerprint::groups(&account));
    let texts = invocation.texts;
    let json = json!({ "account": account.to_string(), "fingerprint": words, "groups": groups });
    Ok(Answer::new(json)
        .line(texts.fill("account-line", vec![("account", account.to_string().into())]))
        .line(texts.fill("fingerprint-line", vec![("words", words.into())]))
        .line(groups))
}

/// Marks an account as compared.
pub(crate) async fn verify(invocation: &Invocation, verify: Verify) -> Result<Answer, Problem> {
    let words = verify.words.join(" ");
    invocation
        .signed_in(async |account, _| {
            account.verify_fingerprint(verify.account, &words).await?;
            let json = json!({ "account": verify.account.to_string(), "verified": true });
            let name = show::person(invocation.texts, account, &verify.account);
            Ok(Answer::new(json).line(invocation.texts.fill("verified", vec![("name", name.into())])))
        })
        .await
}
