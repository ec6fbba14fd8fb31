//! Being away, for everybody to see, and being back.

use amanah_client_sdk::centre::Centre;
use amanah_client_sdk::neutral;
use amanah_client_sdk::protocol::centre::Appointment;
use amanah_client_sdk::protocol::ids::{AccountId, Timestamp};
use amanah_client_sdk::protocol::signature::Signed;
use amanah_client_sdk::transport::Clock;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::show;
use crate::confirm;
use crate::invocation::Invocation;
use crate::moment::{self, Wall};
use crate::output::Answer;
use crate::problem::Problem;
use crate::texts::Texts;

/// Commands of `absence`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say that you are away from now on; it takes the place of what you said before
    Set(Set),
    /// Say that you are back
    End,
}

/// Arguments of `absence set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The last day on which you are away
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = moment::end_of_day)]
    until: Timestamp,
    /// A note that everybody can read, of at most 500 characters
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

/// Runs a command of `absence`.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<Answer, Problem> {
    match command {
        Command::Set(set) => announce(invocation, set).await,
        Command::End => end(invocation).await,
    }
}

async fn announce(invocation: &Invocation, set: Set) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    let Set { until, note } = set;
    let said = lines(texts, until, &note);
    confirm::before(invocation, &[&said[..], &[texts.say("absence-is-public")]].concat())?;
    let json = json!({ "until": moment::exact(until), "note": note });
    invocation.signed_in(async |account, _| Ok(account.announce_absence(None, until, note).await?)).await?;
    let mut answer = Answer::new(json).line(texts.say("absence-announced"));
    answer.extend(said);
    Ok(answer.line(texts.say("absence-is-public")))
}

async fn end(invocation: &Invocation) -> Result<Answer, Problem> {
    invocation.signed_in(async |account, _| Ok(account.end_absence().await?)).await?;
    Ok(Answer::new(json!({ "until": null })).line(invocation.texts.say("absence-ended")))
}

/// That somebody is away now, as lines; none if they are not.
pub(crate) fn absence_lines(texts: Texts, centre: &Centre, somebody: &AccountId) -> Vec<String> {
    let absence = centre.absence(somebody, Wall.now());
    absence.map(|absence| lines(texts, absence.until, &absence.note)).unwrap_or_default()
}

/// That somebody is away now, as JSON; null if they are not.
pub(crate) fn absence_json(centre: &Centre, somebody: &AccountId) -> Value {
    let absence = centre.absence(somebody, Wall.now());
    absence.map_or(Value::Null, |absence| json!({ "until": moment::exact(absence.until), "note": absence.note }))
}

/// Somebody appointed as JSON, with whether they are away.
pub(crate) fn staff_json(centre: &Centre, signed: &Signed<Appointment>) -> Value {
    let mut shown = show::appointment_json(signed);
    if let Value::Object(shown) = &mut shown {
        shown.insert("away".to_owned(), absence_json(centre, &signed.body().account));
    }
    shown
}

/// Somebody appointed as lines, with whether they are away.
pub(crate) fn staff_lines(texts: Texts, centre: &Centre, signed: &Signed<Appointment>) -> Vec<String> {
    let away = absence_lines(texts, centre, &signed.body().account);
    let away = away.into_iter().map(|line| format!("  {line}"));
    show::appointment_lines(texts, signed).into_iter().chain(away).collect()
}

fn lines(texts: Texts, until: Timestamp, note: &str) -> Vec<String> {
    let away = texts.fill("away-line", vec![("date", moment::date(until).into())]);
    let note = (!note.trim().is_empty()).then(|| texts.fill("away-note", vec![("note", neutral::line(note).into())]));
    [away].into_iter().chain(note).collect()
}
