//! The access history of a session: who could read it, since when and why, and what was asked of the trustees.

use amanah_client_sdk::access::{Access, access_history};
use amanah_client_sdk::protocol::ids::{AccountId, SessionId, Timestamp};
use amanah_client_sdk::protocol::release::{Release, Standing};
use amanah_client_sdk::thread::Thread;
use amanah_client_sdk::transport::Clock;
use clap::Args;
use serde_json::{Value, json};

use super::letters::trouble;
use super::{escrow, show};
use crate::invocation::{Device, Invocation};
use crate::moment::{self, Wall};
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::{Texts, Variable};

/// Arguments of `access-history`.
#[derive(Debug, Args)]
pub(crate) struct AccessHistory {
    /// The session
    #[arg(long, value_name = "SESSION")]
    session: SessionId,
}

/// Shows the access history.
pub(crate) async fn history(invocation: &Invocation, history: &AccessHistory) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            account.sync(history.session).await?;
            let thread = account.thread(&history.session).ok_or(Case::NoSuchSession)?;
            let accesses = access_history(thread);
            let json: Vec<Value> = accesses.iter().map(|access| access_json(texts, account, thread, access)).collect();
            let mut answer = Answer::new(json!({
                "session": history.session.to_string(), "history": json, "erased": show::erased_json(thread.erased()),
            }));
            answer.push(texts.fill("session-line", vec![("session", history.session.to_string().into())]));
            for access in &accesses {
                answer.push("");
                answer.extend(access_lines(texts, account, thread, access));
            }
            if let Some(erased) = thread.erased() {
                answer.push("");
                answer.push(show::erased_line(texts, erased));
            }
            Ok(answer.with_problem(trouble(thread)))
        })
        .await
}

fn access_json(texts: Texts, account: &Device, thread: &Thread, access: &Access) -> Value {
    match access {
        Access::Reader { account: who, role, grant, from, until } => json!({
            "kind": "reader",
            "who": show::person_json(account, who),
            "role": show::role(*role),
            "grant": grant.map(|grant| grant.to_string()),
            "from": moment::exact(*from),
            "until": until.map(moment::exact),
        }),
        Access::History { to, by, grant, epochs, at } => json!({
            "kind": "history",
            "to": show::person_json(account, to),
            "by": show::person_json(account, by),
            "grant": grant.to_string(),
            "epochs": epochs,
            "at": moment::exact(*at),
        }),
        Access::Release(release) => release_json(texts, account, thread, release),
    }
}

fn release_json(texts: Texts, account: &Device, thread: &Thread, release: &Release) -> Value {
    let mut json = escrow::release_json(account, release);
    let steps = steps(thread, release);
    if let Value::Object(fields) = &mut json {
        fields.insert("kind".to_owned(), "release".into());
        fields.insert("epochs".to_owned(), json!(epochs(thread, release)));
        fields.insert("told".to_owned(), told(thread, release).is_some().into());
        fields.insert("steps".to_owned(), steps.iter().map(|step| step.json(texts, account, release)).collect());
    }
    json
}

/// The numbers of the epochs that a request names.
fn epochs(thread: &Thread, release: &Release) -> Vec<u32> {
    let named = &release.outline().epochs;
    let epochs = thread.epochs().filter(|(_, manifest)| named.contains(&manifest.hash()));
    epochs.map(|(_, manifest)| manifest.body().outline.epoch).collect()
}

/// When the session was told of a request, if it was.
fn told(thread: &Thread, release: &Release) -> Option<Timestamp> {
    thread.notice_of(&release.request().hash()).map(|notice| notice.time)
}

/// What happened to a request.
enum Done {
    Asked,
    Told,
    Seen,
    Approved,
    Vetoed,
    Cancelled,
    Expired,
    Opened { used: Vec<u8>, bad: Vec<u8> },
    NotOpened { bad: Vec<u8> },
}

/// One step of a request: what, when by the relay's clock, and by whom.
struct Step {
    done: Done,
    at: Timestamp,
    by: Option<AccountId>,
}

/// Everything that happened to a request, oldest first.
fn steps(thread: &Thread, release: &Release) -> Vec<Step> {
    let outline = release.outline();
    let mut steps = vec![Step { done: Done::Asked, at: release.moment().time, by: Some(outline.requester) }];
    steps.extend(told(thread, release).map(|at| Step { done: Done::Told, at, by: None }));
    steps.extend(release.seen().iter().map(|(by, seen)| Step { done: Done::Seen, at: seen.stored, by: Some(*by) }));
    steps.extend(release.approvals().iter().map(|approved| {
        let by = Some(approved.signed.body().trustee);
        Step { done: Done::Approved, at: approved.moment.time, by }
    }));
    steps.extend(release.ended().map(|(standing, by, at)| {
        let done = if standing == Standing::Vetoed { Done::Vetoed } else { Done::Cancelled };
        Step { done, at, by: Some(by) }
    }));
    let needed = usize::from(release.policy().body().threshold);
    steps.extend(release.outcomes().map(|(outcome, at)| {
        let (used, bad) = (outcome.used.clone(), outcome.bad.clone());
        let done = if used.len() < needed { Done::NotOpened { bad } } else { Done::Opened { used, bad } };
        Step { done, at, by: Some(outcome.recipient) }
    }));
    if release.standing(Wall.now()) == Standing::Expired {
        steps.push(Step { done: Done::Expired, at: outline.expires, by: None });
    }
    steps.sort_by_key(|step| step.at);
    steps
}

impl Step {
    const fn word(&self) -> &'static str {
        match self.done {
            Done::Asked => "asked",
            Done::Told => "told",
            Done::Seen => "seen",
            Done::Approved => "approved",
            Done::Vetoed => "vetoed",
            Done::Cancelled => "cancelled",
            Done::Expired => "expired",
            Done::Opened { .. } => "opened",
            Done::NotOpened { .. } => "not-opened",
        }
    }

    fn shares(&self) -> (&[u8], &[u8]) {
        match &self.done {
            Done::Opened { used, bad } => (used, bad),
            Done::NotOpened { bad } => (&[], bad),
            _ => (&[], &[]),
        }
    }

    fn json(&self, texts: Texts, account: &Device, release: &Release) -> Value {
        let (used, bad) = self.shares();
        json!({
            "step": self.word(),
            "text": self.text(texts, account, release),
            "at": moment::exact(self.at),
            "by": self.by.map(|by| show::person_json(account, &by)),
            "used": escrow::trustees_json(account, release, used),
            "bad": escrow::trustees_json(account, release, bad),
        })
    }

    fn text(&self, texts: Texts, account: &Device, release: &Release) -> String {
        let name = self.by.map(|by| show::person(texts, account, &by)).unwrap_or_default();
        let name = || -> Vec<Variable> { vec![("name", name.clone().into())] };
        let text = match self.done {
            Done::Asked => texts.fill("step-asked", name()),
            Done::Told => texts.say("step-told"),
            Done::Seen => texts.fill("step-seen", name()),
            Done::Approved => texts.fill("step-approved", name()),
            Done::Vetoed => texts.fill("step-vetoed", name()),
            Done::Cancelled => texts.fill("step-cancelled", name()),
            Done::Expired => texts.say("step-expired"),
            Done::Opened { .. } => texts.fill("step-opened", name()),
            Done::NotOpened { .. } => texts.fill("step-not-opened", name()),
        };
        match self.shares() {
            (_, []) => text,
            (_, bad) => {
                let names = vec![("names", escrow::trustees_named(texts, account, release, bad).into())];
                format!("{text} {}", texts.fill("shares-bad", names))
            }
        }
    }
}

fn access_lines(texts: Texts, account: &Device, thread: &Thread, access: &Access) -> Vec<String> {
    match access {
        Access::Reader { account: who, role, grant, from, until } => {
            let role = texts.say(&format!("role-{}", show::role(*role)));
            let mut variables = vec![
                ("name", show::person(texts, account, who).into()),
                ("role", role.into()),
                ("from", moment::readable(*from).into()),
            ];
            let line = match until {
                Some(until) => {
                    variables.push(("until", moment::readable(*until).into()));
                    texts.fill("access-ended", variables)
                }
                None => texts.fill("access-since", variables),
            };
            let grant = grant.map(|grant| texts.fill("grant-line", vec![("grant", grant.to_string().into())]));
            [line].into_iter().chain(grant.map(|grant| format!("  {grant}"))).collect()
        }
        Access::History { to, by, grant, epochs, at } => {
            let variables = vec![
                ("name", show::person(texts, account, to).into()),
                ("by", show::person(texts, account, by).into()),
                ("count", (*epochs).into()),
                ("time", moment::readable(*at).into()),
            ];
            let grant = texts.fill("grant-line", vec![("grant", grant.to_string().into())]);
            vec![texts.fill("access-history", variables), format!("  {grant}")]
        }
        Access::Release(release) => release_lines(texts, account, thread, release),
    }
}

fn release_lines(texts: Texts, account: &Device, thread: &Thread, release: &Release) -> Vec<String> {
    let outline = release.outline();
    let epochs = epochs(thread, release).iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let variables = vec![
        ("ground", show::ground_text(texts, outline.ground).into()),
        ("recipient", show::person(texts, account, &outline.recipient).into()),
        ("epochs", epochs.into()),
    ];
    let request = vec![("request", release.request().hash().to_string().into())];
    let mut lines = vec![
        texts.fill("access-release", variables),
        format!("  {}", texts.fill("request-line", request)),
        format!("  {}", escrow::standing_line(texts, account, release)),
    ];
    lines.extend(
        steps(thread, release)
            .iter()
            .map(|step| format!("  {}: {}", moment::readable(step.at), step.text(texts, account, release))),
    );
    lines
}
