//! The requests of one session or of all, and a client who stops one.

use amanah_client_sdk::escrow::EscrowFlowError;
use amanah_client_sdk::protocol::ids::SessionId;
use serde_json::{Value, json};

use super::shown::{request_json, request_lines};
use super::{Requests, Which, outcome};
use crate::invocation::{Device, Invocation};
use crate::output::Answer;
use crate::problem::Problem;

/// The sessions in which there may be a request that this account can see.
async fn concerned(account: &mut Device) -> Result<Vec<SessionId>, Problem> {
    let held = account.escrow_sessions().await?;
    let mut sessions: Vec<SessionId> = held.into_iter().map(|(session, _)| session).collect();
    for session in account.sessions().await? {
        let shown = !sessions.contains(&session) && account.look(session).await?;
        if shown && account.thread(&session).is_some_and(|thread| !thread.notices().is_empty()) {
            sessions.push(session);
        }
    }
    Ok(sessions)
}

/// Shows the requests.
pub(super) async fn requests(invocation: &Invocation, requests: &Requests) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let sessions = match requests.session {
                Some(session) => vec![session],
                None => concerned(account).await?,
            };
            let (mut json, mut lines): (Vec<Value>, Vec<String>) = (Vec::new(), Vec::new());
            for session in sessions {
                let seen = match account.see_requests(session).await {
                    // nothing is left that could be asked for
                    Err(EscrowFlowError::Erased(_)) if requests.session.is_none() => continue,
                    seen => seen?,
                };
                for seen in seen {
                    json.push(request_json(account, &seen));
                    lines.extend(request_lines(texts, account, &seen));
                    lines.push(String::new());
                }
            }
            if lines.is_empty() {
                lines.push(texts.say("no-requests"));
            }
            let mut answer = Answer::new(json!({ "requests": json }));
            answer.extend(lines);
            Ok(answer)
        })
        .await
}

/// Ends a request as a client.
pub(super) async fn cancel(invocation: &Invocation, which: Which) -> Result<Answer, Problem> {
    invocation
        .signed_in(async |account, _| {
            account.cancel(which.session, which.request).await?;
            outcome(invocation, account, which, invocation.texts.say("request-you-cancelled")).await
        })
        .await
}
