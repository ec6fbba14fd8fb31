//! Code words: agreed on between a client and whoever reads the session, to show later who somebody is.

use amanah_client_sdk::protocol::ids::SessionId;
use clap::{Args, Subcommand};
use serde_json::json;

use super::show;
use crate::invocation::Invocation;
use crate::output::Answer;
use crate::passphrase;
use crate::problem::{Case, Problem};

/// Commands of `code-words`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Agree on code words with whoever reads a session
    Set(Set),
    /// Show the code words of the clients of a session
    Show(Show),
}

/// Arguments of `code-words set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// Read the code words from this file descriptor
    #[arg(long, value_name = "N")]
    code_words_fd: Option<u32>,
}

/// Arguments of `code-words show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The session
    #[arg(value_name = "SESSION")]
    session: SessionId,
}

/// Runs a command of `code-words`.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<Answer, Problem> {
    match command {
        Command::Set(set) => self::set(invocation, &set).await,
        Command::Show(show) => self::show(invocation, &show).await,
    }
}

async fn set(invocation: &Invocation, chosen: &Set) -> Result<Answer, Problem> {
    let words = passphrase::code_words(chosen.code_words_fd, invocation.texts)?;
    invocation
        .signed_in(async |account, _| {
            let draft = account.code_words_draft(&words)?;
            let sent = account.send(chosen.session, &draft).await?;
            let json = json!({ "session": chosen.session.to_string(), "id": sent.id.to_string() });
            Ok(Answer::new(json).line(invocation.texts.say("code-words-set")))
        })
        .await
}

async fn show(invocation: &Invocation, shown: &Show) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            if !account.look(shown.session).await? {
                return Err(Case::NoSuchSession.into());
            }
            let thread = account.thread(&shown.session).ok_or(Case::NoSuchSession)?;
            let members = thread.manifest().map(|m| m.body().outline.clients().copied().collect::<Vec<_>>());
            let (mut json, mut lines) = (Vec::new(), Vec::new());
            for client in members.unwrap_or_default() {
                let words = thread.code_words(&client);
                json.push(json!({ "client": show::person_json(account, &client), "code_words": words }));
                let said = words.map_or_else(|| texts.say("no-code-words"), amanah_client_sdk::neutral::line);
                lines.push(format!("{}: {said}", show::person(texts, account, &client)));
            }
            let mut answer = Answer::new(json!({ "session": shown.session.to_string(), "clients": json }));
            answer.extend(lines);
            Ok(answer)
        })
        .await
}
