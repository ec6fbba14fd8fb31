//! Waiting for news: one line, or one JSON object, for each.

use std::time::Duration;

use amanah_client_sdk::RelayError;
use amanah_client_sdk::events::News;
use amanah_client_sdk::thread::Thread;
use amanah_client_sdk::transport::TransportError;
use futures_util::StreamExt;
use serde_json::json;

use super::letters::Watch;
use crate::invocation::{Device, Invocation};
use crate::output::Answer;
use crate::problem::Problem;

/// How often in a row a stream may fail to open.
const MAX_FAILURES: u32 = 5;

/// How long to wait before a stream is opened again.
const PAUSE: Duration = Duration::from_secs(2);

/// Prints news until there were enough of them.
///
/// # Errors
/// [`Problem`]: the relay refused, or could not be reached several times in a row.
pub(crate) async fn run(invocation: &Invocation, watch: &Watch) -> Result<(), Problem> {
    invocation
        .signed_in(async |account, _| {
            let mut after = match watch.after {
                Some(after) => after,
                None => newest(account).await?,
            };
            let mut left = watch.count.unwrap_or(u64::MAX);
            let mut failures = 0;
            while left > 0 {
                match listen(invocation, account, &mut after, &mut left).await {
                    Ok(()) => failures = 0,
                    Err(Interrupted::Output(problem)) => return Err(problem),
                    Err(Interrupted::Relay(RelayError::Transport(
                        TransportError::Offline | TransportError::TimedOut,
                    ))) if failures < MAX_FAILURES => {
                        failures += 1;
                    }
                    Err(Interrupted::Relay(error)) => return Err(error.into()),
                }
                if left > 0 {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            Ok(())
        })
        .await
}

enum Interrupted {
    Relay(RelayError),
    Output(Problem),
}

/// Prints the news of one stream, until it ends.
async fn listen(invocation: &Invocation, account: &Device, after: &mut u64, left: &mut u64) -> Result<(), Interrupted> {
    let mut news = account.news(*after).await.map_err(Interrupted::Relay)?;
    while *left > 0 {
        let Some(item) = news.next().await else { return Ok(()) };
        let News { session, position } = item.map_err(Interrupted::Relay)?;
        let text = invocation.texts.fill("news-line", vec![("session", session.to_string().into())]);
        let answer = Answer::new(json!({ "session": session.to_string(), "position": position })).line(text);
        invocation.output().answer(&answer).map_err(Interrupted::Output)?;
        *after = position;
        *left -= 1;
    }
    Ok(())
}

/// The newest position of all sessions. Reading twice takes in what the first reading itself had to answer.
async fn newest(account: &mut Device) -> Result<u64, Problem> {
    let mut newest = 0;
    for session in account.sessions().await? {
        if account.look(session).await? && account.look(session).await? {
            newest = newest.max(account.thread(&session).map_or(0, Thread::position));
        }
    }
    Ok(newest)
}
