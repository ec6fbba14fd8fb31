//! Reading what was released to this account.

use amanah_client_sdk::escrow::EscrowFlowError;
use amanah_client_sdk::protocol::release::Outcome;
use amanah_client_sdk::thread::Thread;
use serde_json::{Value, json};

use super::shown::{outcome_lines, trustees_json};
use super::{Which, find};
use crate::commands::letters::{thread_json, thread_lines, trouble};
use crate::invocation::{Device, Invocation};
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// Opens it and shows the letters, then whose shares fitted. Where too few did, only the latter.
pub(super) async fn open(invocation: &Invocation, which: Which) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let (thread, problem) = match account.open_released(which.session, which.request).await {
                Ok(thread) => (Some(thread), None),
                Err(EscrowFlowError::TooFewShares) => (None, Some(Case::TooFewShares.into())),
                Err(error) => return Err(error.into()),
            };
            let seen = find(account, which).await?;
            let outcome = seen.release.outcomes().last().map(|(outcome, _)| outcome);
            let numbers = |of: fn(&Outcome) -> &Vec<u8>| {
                trustees_json(account, &seen.release, outcome.map(of).map(Vec::as_slice).unwrap_or_default())
            };
            let mut json = opened_json(texts, account, which, thread.as_ref());
            if let Value::Object(fields) = &mut json {
                fields.insert("request".to_owned(), which.request.to_string().into());
                fields.insert("used".to_owned(), numbers(|outcome| &outcome.used).into());
                fields.insert("bad".to_owned(), numbers(|outcome| &outcome.bad).into());
            }
            let mut answer = Answer::new(json);
            if let Some(thread) = &thread {
                answer.extend(thread_lines(texts, account, thread, &texts.say("letter-not-released")));
                answer.push("");
            }
            if let Some(outcome) = outcome {
                answer.extend(outcome_lines(texts, account, &seen.release, outcome));
            }
            Ok(answer.with_problem(problem.or_else(|| thread.as_ref().and_then(trouble))))
        })
        .await
}

fn opened_json(texts: Texts, account: &Device, which: Which, thread: Option<&Thread>) -> Value {
    match thread {
        Some(thread) => thread_json(texts, account, thread),
        None => json!({ "session": which.session.to_string(), "letters": [] }),
    }
}
