//! What is known beside the letters: where a client is and whom to call there, and the stage.

use std::path::PathBuf;

use amanah_client_sdk::content::{Draft, Intake as Answers, Stage};
use amanah_client_sdk::neutral;
use amanah_client_sdk::protocol::ids::SessionId;
use amanah_client_sdk::thread::Thread;
use clap::Args;
use serde_json::{Value, json};

use super::show;
use crate::invocation::{Device, Invocation};
use crate::output::Answer;
use crate::problem::Problem;
use crate::texts::Texts;
use crate::{files, moment};

/// Arguments of `intake`.
#[derive(Debug, Args)]
pub(crate) struct Intake {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// A text with a line for each: where you are, whom to call near you in a crisis, how else to reach you, what to
    /// call you; - reads standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

/// Arguments of `stage`.
#[derive(Debug, Args)]
pub(crate) struct SetStage {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// introduction, exploration, interpretation, guidance or evaluation
    #[arg(value_name = "STAGE", value_parser = show::parse_stage)]
    stage: Stage,
}

/// Says where a client is, and whom to call there.
pub(crate) async fn write(invocation: &Invocation, intake: &Intake) -> Result<Answer, Problem> {
    let text = files::read_text(&intake.file)?;
    let mut lines = text.splitn(4, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let answers = Answers::new(next(), next(), next(), next());
    invocation
        .signed_in(async |account, _| {
            let draft = account.intake_draft(answers)?;
            deliver(account, intake.session, &draft, invocation.texts.say("intake-set")).await
        })
        .await
}

/// Says how far the counselling has come.
pub(crate) async fn set_stage(invocation: &Invocation, chosen: &SetStage) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let draft = account.stage_draft(chosen.stage);
            let stage = texts.say(&format!("stage-{}", show::stage(chosen.stage)));
            deliver(account, chosen.session, &draft, texts.fill("stage-line", vec![("stage", stage.into())])).await
        })
        .await
}

async fn deliver(account: &mut Device, session: SessionId, draft: &Draft, line: String) -> Result<Answer, Problem> {
    let sent = account.send(session, draft).await?;
    Ok(Answer::new(json!({ "session": session.to_string(), "id": sent.id.to_string() })).line(line))
}

fn clients(thread: &Thread) -> Vec<amanah_client_sdk::protocol::ids::AccountId> {
    thread.manifest().map(|manifest| manifest.body().outline.clients().copied().collect()).unwrap_or_default()
}

/// The intake of each client as JSON.
pub(crate) fn intakes_json(account: &Device, thread: &Thread) -> Value {
    let one = |client| {
        let said = thread.intake(&client).map(|intake| {
            json!({
                "place": intake.place,
                "crisis": intake.crisis,
                "otherwise": intake.otherwise,
                "called": intake.called,
            })
        });
        json!({ "client": show::person_json(account, &client), "intake": said })
    };
    clients(thread).into_iter().map(one).collect()
}

/// The stage as JSON.
pub(crate) fn stage_json(thread: &Thread) -> Value {
    let stage = thread.stage();
    stage.map_or(Value::Null, |(stage, since)| json!({ "stage": show::stage(stage), "since": moment::exact(since) }))
}

/// Stage and intakes as lines. Whoever has not said where they are is not reminded of it.
pub(crate) fn case_lines(texts: Texts, account: &Device, thread: &Thread) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some((stage, _)) = thread.stage() {
        let stage = texts.say(&format!("stage-{}", show::stage(stage)));
        lines.push(texts.fill("stage-line", vec![("stage", stage.into())]));
    }
    for client in clients(thread) {
        let name = show::person(texts, account, &client);
        let line = |id: &str, text: &str| {
            texts.fill(id, vec![("name", name.clone().into()), ("text", neutral::line(text).into())])
        };
        match thread.intake(&client) {
            Some(intake) => {
                lines.push(line("intake-place", &intake.place));
                lines.extend(intake.crisis.as_ref().map(|text| line("intake-crisis", text)));
                lines.extend(intake.otherwise.as_ref().map(|text| line("intake-otherwise", text)));
                lines.extend(intake.called.as_ref().map(|text| line("intake-called", text)));
            }
            None if client != account.id() => lines.push(line("intake-not-said", "")),
            None => {}
        }
    }
    lines
}
