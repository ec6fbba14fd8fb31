//! A session as a text file that only its owner reads, with a notice that it is not to be passed on.

use serde_json::json;
use zeroize::Zeroizing;

use super::letters::{Export, thread_lines, trouble};
use crate::files::NewFile;
use crate::invocation::Invocation;
use crate::moment::{self, Wall};
use crate::output::Answer;
use crate::problem::{Case, Problem};
use amanah_client_sdk::transport::Clock;

/// Saves a session. What was read before a fault is saved with the fault in it.
pub(crate) async fn run(invocation: &Invocation, export: &Export) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    let file = NewFile::create(&export.out)?;
    invocation
        .signed_in(async |account, _| {
            account.sync(export.session).await?;
            let thread = account.thread(&export.session).ok_or(Case::NoSuchSession)?;
            let mut text = Zeroizing::new(texts.say("export-notice"));
            text.push('\n');
            text.push_str(&texts.fill("export-made", vec![("time", moment::readable(Wall.now()).into())]));
            text.push_str("\n\n");
            for line in thread_lines(texts, account, thread, &texts.say("letter-closed")) {
                let line = Zeroizing::new(line);
                text.push_str(&line);
                text.push('\n');
            }
            let letters = thread.letters().len();
            let problem = trouble(thread);
            file.write(text.as_bytes())?;
            let json = json!({
                "session": export.session.to_string(),
                "file": export.out.display().to_string(),
                "letters": letters,
                "fault": problem.as_ref().map(|problem| super::sessions::pair_json(texts, problem)),
            });
            let saved = texts
                .fill("exported", vec![("letters", letters.into()), ("file", export.out.display().to_string().into())]);
            Ok(Answer::new(json).line(saved).with_problem(problem))
        })
        .await
}
