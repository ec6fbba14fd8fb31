//! How a request is shown: everything that a trustee must know before approving it, and everybody else afterwards.

use amanah_client_sdk::escrow::SeenRequest;
use amanah_client_sdk::neutral;
use amanah_client_sdk::protocol::ids::AccountId;
use amanah_client_sdk::protocol::release::{Outcome, Release, Standing};
use amanah_client_sdk::transport::Clock;
use amanah_client_sdk::words::standing;
use serde_json::{Value, json};

use crate::commands::show;
use crate::invocation::Device;
use crate::moment::{self, Wall};
use crate::texts::Texts;

/// A request as its signed steps tell it, without what only some may read.
pub(crate) fn release_json(account: &Device, release: &Release) -> Value {
    let (outline, now) = (release.outline(), Wall.now());
    let people = |people: Vec<&AccountId>| {
        people.into_iter().map(|somebody| show::person_json(account, somebody)).collect::<Vec<_>>()
    };
    let ended = release.ended();
    json!({
        "request": release.request().hash().to_string(),
        "session": outline.session.to_string(),
        "policy": outline.policy.to_string(),
        "ground": show::ground(outline.ground),
        "standing": standing(release.standing(now)),
        "open": release.is_open(now),
        "requester": show::compared_json(account, &outline.requester),
        "recipient": show::compared_json(account, &outline.recipient),
        "clients": people(release.clients().iter().collect()),
        "asked": moment::exact(release.moment().time),
        "closes": moment::exact(outline.expires),
        "tell_by": moment::exact(release.notice_due()),
        "cancellable": release.ground().cancellable,
        "needed": release.policy().body().threshold,
        "seen": people(release.seen().keys().collect()),
        "approved": people(approvers(release).collect()),
        "ended_by": ended.map(|(_, by, _)| show::person_json(account, &by)),
        "ended": ended.map(|(_, _, time)| moment::exact(time)),
        "released": release.released_at().map(|at| moment::exact(at.time)),
    })
}

/// A request as somebody with a part in it sees it.
pub(super) fn request_json(account: &Device, seen: &SeenRequest) -> Value {
    let mut shown = release_json(account, &seen.release);
    let from = seen.release.may_approve_from(&account.id());
    if let Value::Object(fields) = &mut shown {
        fields.insert("epochs".to_owned(), json!(seen.epochs));
        fields.insert("reason".to_owned(), json!(seen.reason.as_ref().map(|reason| reason.as_str())));
        fields.insert("told".to_owned(), seen.told.into());
        let since = seen.release.seen().get(&account.id()).map(|seen| moment::exact(seen.own));
        fields.insert("seen_since".to_owned(), json!(since));
        fields.insert("may_approve_from".to_owned(), json!(from.map(|from| moment::exact(from.plus(999)))));
    }
    shown
}

fn approvers(release: &Release) -> impl Iterator<Item = &AccountId> {
    release.approvals().iter().map(|approved| &approved.signed.body().trustee)
}

/// A request as lines.
pub(super) fn request_lines(texts: Texts, account: &Device, seen: &SeenRequest) -> Vec<String> {
    let release = &seen.release;
    let outline = release.outline();
    let ground = format!("{} ({})", show::ground_text(texts, outline.ground), show::ground(outline.ground));
    let epochs = seen.epochs.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let mut lines = vec![
        texts.fill("request-line", vec![("request", release.request().hash().to_string().into())]),
        texts.fill("session-line", vec![("session", outline.session.to_string().into())]),
        texts.fill("request-ground", vec![("ground", ground.into())]),
        texts.fill("request-asked", vec![("time", moment::readable(release.moment().time).into())]),
    ];
    lines.extend(labelled(&texts.say("request-by"), show::compared_lines(texts, account, &outline.requester)));
    lines.extend(labelled(&texts.say("request-for"), show::compared_lines(texts, account, &outline.recipient)));
    let clients = show::people(texts, account, release.clients());
    lines.push(texts.fill("request-clients", vec![("names", clients.into())]));
    lines.push(texts.fill("request-epochs", vec![("epochs", epochs.into())]));
    if let Some(reason) = &seen.reason {
        lines.push(texts.say("request-reason"));
        lines.extend(neutral::lines(reason.trim_end()).lines().map(|line| format!("  {line}")));
    }
    lines.push(told_line(texts, seen));
    if let Some(own) = release.seen().get(&account.id()) {
        lines.push(texts.fill("request-seen-by-you", vec![("time", moment::readable(own.own).into())]));
    }
    lines.extend(step_lines(texts, account, release));
    lines
}

fn labelled(label: &str, mut lines: Vec<String>) -> Vec<String> {
    if let Some(first) = lines.first_mut() {
        *first = format!("{label} {first}");
    }
    lines
}

fn told_line(texts: Texts, seen: &SeenRequest) -> String {
    let due = seen.release.notice_due();
    if seen.told {
        texts.say("request-told")
    } else if Wall.now() < due {
        texts.fill("request-told-later", vec![("time", moment::readable(due).into())])
    } else {
        texts.say("request-not-told")
    }
}

/// Who has seen and approved it, how it stands, and what this account can do now.
fn step_lines(texts: Texts, account: &Device, release: &Release) -> Vec<String> {
    let mut lines = Vec::new();
    if !release.seen().is_empty() {
        let names = show::people(texts, account, release.seen().keys());
        lines.push(texts.fill("request-seen", vec![("names", names.into())]));
    }
    let mut counts = vec![("needed", u64::from(release.policy().body().threshold).into())];
    if release.approvals().is_empty() {
        lines.push(texts.fill("request-not-approved", counts));
    } else {
        let names = show::people(texts, account, approvers(release));
        counts.extend([("count", release.approvals().len().into()), ("names", names.into())]);
        lines.push(texts.fill("request-approved", counts));
    }
    lines.push(standing_line(texts, account, release));
    lines.extend(own_lines(texts, account, release));
    lines
}

/// How a request stands, in a sentence.
pub(crate) fn standing_line(texts: Texts, account: &Device, release: &Release) -> String {
    let now = Wall.now();
    let closes = || vec![("time", moment::readable(release.outline().expires).into())];
    let ended = release.ended();
    let by = ended.map(|(_, by, _)| show::person(texts, account, &by)).unwrap_or_default();
    let by = || vec![("name", by.clone().into())];
    match release.standing(now) {
        Standing::Waiting => texts.fill("standing-waiting", closes()),
        Standing::Released if release.is_open(now) => texts.fill("standing-released", closes()),
        Standing::Released => texts.fill("standing-over", closes()),
        Standing::Vetoed => texts.fill("standing-vetoed", by()),
        Standing::Cancelled => texts.fill("standing-cancelled", by()),
        Standing::Expired => texts.say("standing-expired"),
    }
}

/// What this account can do with it now.
fn own_lines(texts: Texts, account: &Device, release: &Release) -> Vec<String> {
    let (own, now) = (account.id(), Wall.now());
    let mut lines = Vec::new();
    let waiting = release.standing(now) == Standing::Waiting;
    let approved = approvers(release).any(|trustee| *trustee == own);
    match release.may_approve_from(&own) {
        Some(from) if waiting && !approved && now < from => {
            lines.push(texts.fill("you-approve-from", vec![("time", moment::readable_from(from).into())]));
        }
        Some(_) if waiting && !approved => lines.push(texts.say("you-approve-now")),
        _ => {}
    }
    if waiting && release.ground().cancellable && release.clients().contains(&own) {
        lines.push(texts.say("you-can-cancel"));
    }
    if release.is_open(now) && release.outline().recipient == own {
        lines.push(texts.say("you-can-open"));
    }
    lines
}

/// The trustees with these numbers, as JSON with the number.
pub(crate) fn trustees_json(account: &Device, release: &Release, numbers: &[u8]) -> Vec<Value> {
    let trustees = release.policy().body().trustees.iter().filter(|trustee| numbers.contains(&trustee.x));
    let shown = trustees.map(|trustee| {
        let mut shown = show::person_json(account, &trustee.account);
        if let Value::Object(fields) = &mut shown {
            fields.insert("x".to_owned(), trustee.x.into());
        }
        shown
    });
    shown.collect()
}

/// The names of the trustees with these numbers.
pub(crate) fn trustees_named(texts: Texts, account: &Device, release: &Release, numbers: &[u8]) -> String {
    let trustees = release.policy().body().trustees.iter().filter(|trustee| numbers.contains(&trustee.x));
    show::people(texts, account, trustees.map(|trustee| &trustee.account))
}

/// Whose shares fitted and whose did not, as lines.
pub(super) fn outcome_lines(texts: Texts, account: &Device, release: &Release, outcome: &Outcome) -> Vec<String> {
    let names = |numbers: &[u8]| vec![("names", trustees_named(texts, account, release, numbers).into())];
    let mut lines = Vec::new();
    if !outcome.used.is_empty() {
        lines.push(texts.fill("shares-used", names(&outcome.used)));
    }
    if !outcome.bad.is_empty() {
        lines.push(texts.fill("shares-bad", names(&outcome.bad)));
    }
    lines
}
