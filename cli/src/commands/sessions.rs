//! The inbox: every session, how many letters it has and how many wait for an answer.

use amanah_client_sdk::protocol::ids::{AccountId, SessionId};
use amanah_client_sdk::thread::Thread;
use serde_json::{Value, json};

use super::consent::Waiting;
use super::escrow::{told_json, told_lines};
use super::show;
use crate::invocation::{Device, Invocation};
use crate::moment;
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// One session of the inbox: as JSON, as lines, and what was wrong with it.
struct Seat {
    json: Value,
    lines: Vec<String>,
    problem: Option<Problem>,
}

/// Shows all sessions.
pub(crate) async fn inbox(invocation: &Invocation) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let mut seats = Vec::new();
            for session in account.sessions().await? {
                seats.push(seat(texts, account, session).await?);
            }
            let json: Vec<&Value> = seats.iter().map(|seat| &seat.json).collect();
            let mut answer = Answer::new(json!({ "sessions": json }));
            if seats.is_empty() {
                answer.push(texts.say("no-sessions-yet"));
            }
            for seat in seats {
                answer.extend(seat.lines);
                answer.push("");
                answer.problem = answer.problem.or(seat.problem);
            }
            Ok(answer)
        })
        .await
}

async fn seat(texts: Texts, account: &mut Device, session: SessionId) -> Result<Seat, Problem> {
    let outcome = account.sync(session).await.map(|_| ());
    let heading = texts.fill("session-line", vec![("session", session.to_string().into())]);
    match outcome {
        Ok(()) => {
            let renew = account.renew_by(session).await?.and_then(|until| Waiting::until(account, until));
            let thread = account.thread(&session).ok_or(Case::NoSuchSession)?;
            Ok(open_seat(texts, account, thread, heading, renew))
        }
        Err(error) if error.is_closed() => {
            let problem = Problem::from(error);
            let closed = pair_json(texts, &problem);
            let json = json!({
                "session": session.to_string(), "case": null, "with": [], "letters": 0, "unanswered": 0,
                "newest": null, "fault": null, "closed": closed, "erased": null, "requests": [], "renew": null,
            });
            Ok(Seat { json, lines: vec![heading, format!("  {}", problem.what(texts))], problem: None })
        }
        Err(error) => Err(error.into()),
    }
}

fn open_seat(texts: Texts, account: &Device, thread: &Thread, heading: String, renew: Option<Waiting>) -> Seat {
    let problem = thread.fault().map(Problem::from);
    let letters = thread.written().count();
    let newest = thread.written().last().map(|letter| letter.stored);
    let others: Vec<AccountId> = others(account, thread);
    let json = json!({
        "session": thread.session().to_string(),
        "case": thread.case().map(|case| case.to_string()),
        "with": others.iter().map(|other| show::person_json(account, other)).collect::<Vec<_>>(),
        "letters": letters,
        "unanswered": thread.unanswered(),
        "newest": newest.map(moment::exact),
        "fault": problem.as_ref().map(|problem| pair_json(texts, problem)),
        "closed": null,
        "erased": show::erased_json(thread.erased()),
        "requests": told_json(thread),
        "renew": renew.zip(thread.case()).map(|(renew, case)| renew.json(case, thread.session())),
    });
    let names: Vec<String> = others.iter().map(|other| show::person(texts, account, other)).collect();
    let with = match names.as_slice() {
        [] => texts.say("nobody-else"),
        names => texts.fill("with-line", vec![("names", names.join(", ").into())]),
    };
    let counts = vec![("letters", letters.into()), ("unanswered", thread.unanswered().into())];
    let mut lines = vec![heading, format!("  {with}"), format!("  {}", texts.fill("count-line", counts))];
    if let Some(newest) = newest {
        lines.push(format!("  {}", texts.fill("newest-line", vec![("time", moment::readable(newest).into())])));
    }
    lines.extend(thread.erased().map(|erased| format!("  {}", show::erased_line(texts, erased))));
    lines.extend(renew.map(|renew| format!("  ! {}", renew.line(texts, thread.session()))));
    lines.extend(told_lines(texts, thread).into_iter().map(|line| format!("  ! {line}")));
    if let Some(problem) = &problem {
        lines.push(format!("  !! {}", problem.what(texts)));
    }
    Seat { json, lines, problem }
}

/// The members of a session but this account: clients first, then counsellors, then supervisors.
pub(crate) fn others(account: &Device, thread: &Thread) -> Vec<AccountId> {
    let members = thread.manifest().map(|manifest| manifest.body().outline.members.as_slice()).unwrap_or_default();
    let mut others: Vec<_> = members.iter().filter(|member| member.account != account.id()).collect();
    others.sort_by_key(|member| (member.role.number(), member.account));
    others.into_iter().map(|member| member.account).collect()
}

/// What happened and what to do, as JSON.
pub(crate) fn pair_json(texts: Texts, problem: &Problem) -> Value {
    json!({ "what": problem.what(texts), "do": problem.remedy(texts), "code": problem.case().code() })
}
