//! Letters: writing, reading and answering.

use std::path::PathBuf;

use amanah_client_sdk::RelayError;
use amanah_client_sdk::content::{Body, ContentKind, Draft};
use amanah_client_sdk::neutral;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::ids::{AccountId, LetterId, SessionId};
use amanah_client_sdk::session::{SendError, Sent};
use amanah_client_sdk::thread::{ReadLetter, Thread};
use amanah_client_sdk::transport::Clock;
use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use super::absence::absence_lines;
use super::escrow::{told_json, told_lines};
use super::intake::{case_lines, intakes_json, stage_json};
use super::sessions::{others, pair_json};
use super::show;
use crate::files;
use crate::invocation::{Device, Invocation};
use crate::moment;
use crate::moment::Wall;
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// Arguments of `write`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("where").required(true).args(["to", "session"])))]
pub(crate) struct Write {
    /// The counsellor to whom you write, by account or name; the newest session with them
    #[arg(long, value_name = "COUNSELLOR")]
    to: Option<String>,
    /// The session
    #[arg(long, value_name = "ID")]
    session: Option<SessionId>,
    #[command(flatten)]
    words: Words,
}

/// The words of a letter.
#[derive(Debug, Args)]
pub(crate) struct Words {
    /// The letter, as plain text; - reads standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Id of the letter: sending the same letter with the same id again stores it once
    #[arg(long, value_name = "UUID")]
    id: Option<LetterId>,
}

/// Arguments of `read`.
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
}

/// Arguments of `reply`.
#[derive(Debug, Args)]
pub(crate) struct Reply {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    #[command(flatten)]
    words: Words,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The session
    #[arg(value_name = "SESSION")]
    pub(crate) session: SessionId,
    /// New file for the text
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// End after so many news
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// Begin after this position instead of now
    #[arg(long, value_name = "POSITION")]
    pub(crate) after: Option<u64>,
}

/// Arguments of `renew-keys`.
#[derive(Debug, Args)]
pub(crate) struct RenewKeys {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
}

/// Begins new keys for everything that follows in a session.
pub(crate) async fn renew_keys(invocation: &Invocation, renew: &RenewKeys) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            account.rotate(renew.session).await?;
            account.look(renew.session).await?;
            let manifest = account.thread(&renew.session).and_then(Thread::manifest).ok_or(Case::NoSuchSession)?;
            let epoch = manifest.body().outline.epoch;
            let json = json!({ "session": renew.session.to_string(), "epoch": epoch });
            Ok(Answer::new(json).line(texts.say("keys-renewed")))
        })
        .await
}

/// Writes a letter.
pub(crate) async fn write(invocation: &Invocation, write: Write) -> Result<Answer, Problem> {
    let text = files::read_text(&write.words.file)?;
    invocation
        .signed_in(async |account, _| {
            let session = match (write.session, &write.to) {
                (Some(session), _) => session,
                (None, to) => session_with(account, to.as_deref().unwrap_or_default()).await?,
            };
            let mut draft = account.draft(String::clone(&*text), None)?;
            draft.id = write.words.id.unwrap_or(draft.id);
            deliver(invocation.texts, account, session, draft).await
        })
        .await
}

/// Answers the last letter of somebody else.
pub(crate) async fn reply(invocation: &Invocation, reply: Reply) -> Result<Answer, Problem> {
    let text = files::read_text(&reply.words.file)?;
    invocation
        .signed_in(async |account, _| {
            let own = account.id();
            let thread = account.sync(reply.session).await?;
            let mut letters = thread.letters().iter();
            let again = letters.find(|letter| Some(letter.id) == reply.words.id && letter.sender == own);
            let last = thread.to_answer();
            let reply_to = again.and_then(|letter| letter.content.as_ref()).map_or(last, |content| content.reply_to);
            let mut draft = account.draft(String::clone(&*text), reply_to)?;
            draft.id = reply.words.id.unwrap_or(draft.id);
            deliver(invocation.texts, account, reply.session, draft).await
        })
        .await
}

async fn deliver(texts: Texts, account: &mut Device, session: SessionId, draft: Draft) -> Result<Answer, Problem> {
    let sent = account.send(session, &draft).await.map_err(|error| match error {
        SendError::Relay(RelayError::Transport(_)) => Problem::naming(Case::LetterUnsure, "id", &draft.id),
        other => other.into(),
    })?;
    let Sent { id, letter, position, stored } = sent;
    let json = json!({
        "id": id.to_string(),
        "session": session.to_string(),
        "letter": letter.to_string(),
        "position": position,
        "stored": moment::exact(stored),
        "reply_to": draft.reply_to.map(|id| id.to_string()),
    });
    let confirmed = vec![("position", position.to_string().into()), ("time", moment::readable(stored).into())];
    let mut answer = Answer::new(json)
        .line(texts.fill("letter-stored", confirmed))
        .line(texts.fill("letter-line", vec![("id", id.to_string().into())]))
        .line(texts.fill("session-line", vec![("session", session.to_string().into())]));
    for other in account.thread(&session).into_iter().flat_map(|thread| others(account, thread)) {
        if account.centre().absence(&other, Wall.now()).is_some() {
            let names = vec![("names", show::person(texts, account, &other).into())];
            answer.push(texts.fill("with-line", names));
            answer.extend(absence_lines(texts, account.centre(), &other));
        }
    }
    Ok(answer)
}

/// The newest session with a counsellor.
async fn session_with(account: &mut Device, counsellor: &str) -> Result<SessionId, Problem> {
    let wanted = find_counsellor(account, counsellor)?;
    let mut sessions = account.sessions().await?;
    sessions.reverse();
    for session in sessions {
        let shown = account.look(session).await?;
        let thread = account.thread(&session).filter(|thread| shown && thread.erased().is_none());
        if thread.is_some_and(|thread| others(account, thread).contains(&wanted)) {
            return Ok(session);
        }
    }
    Err(Problem::naming(Case::NoSessionWith, "account", &wanted))
}

/// A counsellor by account, or by a name that only one has.
fn find_counsellor(account: &Device, text: &str) -> Result<AccountId, Problem> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let wanted = text.to_lowercase();
    let staff = account.centre().staff(Role::Counsellor, Wall.now());
    let mut named: Vec<AccountId> = staff
        .iter()
        .filter(|signed| signed.body().name.to_lowercase() == wanted)
        .map(|signed| signed.body().account)
        .collect();
    named.dedup();
    match named.as_slice() {
        [one] => Ok(*one),
        [] => Err(Case::UnknownCounsellor.into()),
        _ => Err(Problem::naming(Case::SeveralCounsellors, "name", &text)),
    }
}

/// Shows a session.
pub(crate) async fn read(invocation: &Invocation, read: &Read) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            account.sync(read.session).await?;
            let thread = account.thread(&read.session).ok_or(Case::NoSuchSession)?;
            let mut answer = Answer::new(thread_json(texts, account, thread));
            answer.extend(thread_lines(texts, account, thread, &texts.say("letter-closed")));
            Ok(answer.with_problem(trouble(thread)))
        })
        .await
}

/// What is wrong with a thread, if anything is.
pub(crate) fn trouble(thread: &Thread) -> Option<Problem> {
    let refused = || (thread.erased().is_none() && !thread.refusals().is_empty()).then(|| Case::SessionRefused.into());
    thread.fault().map(Problem::from).or_else(refused)
}

/// A thread as JSON.
pub(crate) fn thread_json(texts: Texts, account: &Device, thread: &Thread) -> Value {
    let members = thread.manifest().map(|manifest| manifest.body().outline.members.as_slice()).unwrap_or_default();
    let escrow = thread.manifest().and_then(|manifest| manifest.body().outline.escrow.as_ref());
    let member = |member: &amanah_client_sdk::protocol::manifest::Member| {
        let mut shown = show::person_json(account, &member.account);
        if let Value::Object(shown) = &mut shown {
            shown.insert("role".to_owned(), show::role(member.role).into());
            shown.insert("accepted".to_owned(), thread.has_member_accepted(&member.account).into());
        }
        shown
    };
    json!({
        "session": thread.session().to_string(),
        "case": thread.case().map(|case| case.to_string()),
        "members": members.iter().map(member).collect::<Vec<_>>(),
        "letters": thread.letters().iter().map(|letter| letter_json(account, letter)).collect::<Vec<_>>(),
        "unanswered": thread.unanswered(),
        "intakes": intakes_json(account, thread),
        "stage": stage_json(thread),
        "policy": escrow.map(|escrow| escrow.policy.to_string()),
        "requests": told_json(thread),
        "erased": show::erased_json(thread.erased()),
        "fault": trouble(thread).map(|problem| pair_json(texts, &problem)),
    })
}

fn letter_json(account: &Device, letter: &ReadLetter) -> Value {
    let content = letter.content.as_ref();
    json!({
        "id": letter.id.to_string(),
        "letter": letter.hash.to_string(),
        "from": show::person_json(account, &letter.sender),
        "position": letter.position,
        "stored": moment::exact(letter.stored),
        "written": content.map(|content| moment::exact(content.written)),
        "reply_to": content.and_then(|content| content.reply_to).map(|id| id.to_string()),
        "kind": match letter.body().map(Body::kind) {
            Some(ContentKind::CodeWords) => "code-words",
            Some(ContentKind::Intake) => "intake",
            Some(ContentKind::Stage) => "stage",
            Some(ContentKind::Letter) | None => "letter",
        },
        "text": letter.words(),
        "closed": letter.closed,
    })
}

/// A thread as lines: its letters, then what was asked of the trustees, then loudly what stopped it.
///
/// `closed` stands for a letter to which this reader has no key.
pub(crate) fn thread_lines(texts: Texts, account: &Device, thread: &Thread, closed: &str) -> Vec<String> {
    let mut lines = vec![texts.fill("session-line", vec![("session", thread.session().to_string().into())])];
    for other in others(account, thread) {
        let compared = if account.is_verified(&other) { texts.say("compared") } else { texts.say("not-compared") };
        let names = vec![("names", show::person(texts, account, &other).into())];
        lines.push(format!("{} ({compared})", texts.fill("with-line", names)));
        lines.extend(absence_lines(texts, account.centre(), &other));
    }
    if let Some(erased) = thread.erased() {
        lines.extend([String::new(), show::erased_line(texts, erased)]);
        return lines;
    }
    lines.extend(case_lines(texts, account, thread));
    for letter in thread.letters() {
        lines.push(String::new());
        lines.push(texts.fill(
            "letter-heading",
            vec![
                ("name", show::person(texts, account, &letter.sender).into()),
                ("time", moment::readable(letter.stored).into()),
                ("id", letter.id.to_string().into()),
            ],
        ));
        lines.push(String::new());
        lines.push(match letter.body() {
            Some(Body::Letter(words)) => neutral::lines(words.trim_end()),
            Some(Body::CodeWords(_)) => texts.say("letter-is-code-words"),
            Some(Body::Intake(_)) => texts.say("letter-is-intake"),
            Some(Body::Stage(stage)) => {
                let stage = texts.say(&format!("stage-{}", show::stage(*stage)));
                texts.fill("stage-line", vec![("stage", stage.into())])
            }
            None if letter.closed => closed.to_owned(),
            None => texts.say("letter-does-not-open"),
        });
    }
    if thread.letters().is_empty() {
        lines.push(texts.say("no-letters-yet"));
    }
    lines.extend(told_lines(texts, thread).into_iter().flat_map(|line| [String::new(), format!("! {line}")]));
    if let Some(problem) = trouble(thread) {
        lines.extend([
            String::new(),
            format!("!! {}", texts.say("thread-stops")),
            format!("!! {}", problem.what(texts)),
        ]);
    }
    lines
}
