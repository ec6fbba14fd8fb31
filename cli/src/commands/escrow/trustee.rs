//! What a trustee does: takes the rules on, checks shares, sees requests, approves or says no.

use amanah_client_sdk::Erased;
use amanah_client_sdk::escrow::{CheckedDeposits, EscrowFlowError, SeenRequest};
use amanah_client_sdk::protocol::ids::SessionId;
use amanah_client_sdk::protocol::release::Standing;
use amanah_client_sdk::transport::Clock;
use serde_json::{Value, json};

use super::shown::{request_json, request_lines};
use super::{AcceptPolicy, Which, find, outcome};
use crate::commands::policy::ShownPolicy;
use crate::commands::sessions::pair_json;
use crate::commands::show;
use crate::confirm;
use crate::invocation::{Device, Invocation};
use crate::moment::Wall;
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// Takes the rules of an escrow on.
pub(super) async fn accept(invocation: &Invocation, accept: &AcceptPolicy) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            account.accept_policy(accept.policy).await?;
            let centre = account.centre();
            let signed = centre.policy(&accept.policy).ok_or(Case::NoPolicy)?;
            let shown = ShownPolicy { centre, signed, checked: true, to_client: false };
            let mut answer = Answer::new(shown.json()).line(texts.say("policy-taken-on")).line("");
            answer.extend(shown.lines(texts));
            Ok(answer)
        })
        .await
}

/// What was found in one session: as JSON, as lines, and what was wrong.
struct Checked {
    json: Value,
    lines: Vec<String>,
    waiting: Vec<SeenRequest>,
    problem: Option<Problem>,
}

/// Checks this trustee's shares everywhere, and shows the requests that wait.
pub(super) async fn check(invocation: &Invocation) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let mut checked = Vec::new();
            let sessions = account.escrow_sessions().await?.into_iter();
            for (session, _) in sessions.filter(|(_, as_trustee)| *as_trustee) {
                checked.push(check_session(texts, account, session).await?);
            }
            let sessions: Vec<&Value> = checked.iter().map(|checked| &checked.json).collect();
            let waiting = || checked.iter().flat_map(|checked| &checked.waiting);
            let requests: Vec<Value> = waiting().map(|seen| request_json(account, seen)).collect();
            let mut answer = Answer::new(json!({ "sessions": sessions, "requests": requests }));
            if checked.is_empty() {
                answer.push(texts.say("no-shares-yet"));
            }
            answer.extend(checked.iter().flat_map(|checked| checked.lines.clone()));
            for seen in waiting() {
                answer.push("");
                answer.extend(request_lines(texts, account, seen));
            }
            if !checked.is_empty() && requests.is_empty() {
                answer.push(texts.say("no-requests-wait"));
            }
            answer.problem = checked.into_iter().find_map(|checked| checked.problem);
            Ok(answer)
        })
        .await
}

/// Checks one session. What does not fit in it is said, and the others are looked at all the same.
async fn check_session(texts: Texts, account: &mut Device, session: SessionId) -> Result<Checked, Problem> {
    let found = match account.check_deposits(session).await {
        Ok(found) => found,
        Err(error @ EscrowFlowError::Record(_)) => return Ok(broken(texts, session, error.into())),
        Err(EscrowFlowError::Erased(erased)) => return Ok(gone(texts, session, erased)),
        Err(error) => return Err(error.into()),
    };
    let mut waiting = account.see_requests(session).await?;
    waiting.retain(|seen| seen.release.standing(Wall.now()) == Standing::Waiting);
    let CheckedDeposits { right, bad } = found;
    let problem = (!bad.is_empty()).then(|| Problem::from(Case::BadShare));
    let counts = vec![("right", right.into()), ("bad", bad.len().into())];
    let lines = vec![
        texts.fill("session-line", vec![("session", session.to_string().into())]),
        format!("  {}", texts.fill("shares-checked", counts)),
    ];
    let json = json!({ "session": session.to_string(), "right": right, "bad": bad, "erased": null, "fault": null });
    Ok(Checked { json, lines, waiting, problem })
}

fn broken(texts: Texts, session: SessionId, problem: Problem) -> Checked {
    let fault = pair_json(texts, &problem);
    let json = json!({ "session": session.to_string(), "right": 0, "bad": [], "erased": null, "fault": fault });
    let lines = vec![
        texts.fill("session-line", vec![("session", session.to_string().into())]),
        format!("  !! {}", problem.what(texts)),
    ];
    Checked { json, lines, waiting: Vec::new(), problem: Some(problem) }
}

/// A session that was erased: the trustees' shares went with it.
fn gone(texts: Texts, session: SessionId, erased: Erased) -> Checked {
    let shown = show::erased_json(Some(erased));
    let json = json!({ "session": session.to_string(), "right": 0, "bad": [], "erased": shown, "fault": null });
    let lines = vec![
        texts.fill("session-line", vec![("session", session.to_string().into())]),
        format!("  {}", show::erased_line(texts, erased)),
    ];
    Checked { json, lines, waiting: Vec::new(), problem: None }
}

/// Hands this trustee's shares to the recipient.
pub(super) async fn approve(invocation: &Invocation, which: Which) -> Result<Answer, Problem> {
    invocation
        .signed_in(async |account, _| {
            let seen = find(account, which).await?;
            confirm::before(invocation, &request_lines(invocation.texts, account, &seen))?;
            account.approve(which.session, which.request).await?;
            outcome(invocation, account, which, invocation.texts.say("request-you-approved")).await
        })
        .await
}

/// Ends a request.
pub(super) async fn veto(invocation: &Invocation, which: Which) -> Result<Answer, Problem> {
    invocation
        .signed_in(async |account, _| {
            account.veto(which.session, which.request).await?;
            outcome(invocation, account, which, invocation.texts.say("request-you-vetoed")).await
        })
        .await
}
