//! Secrets that are shown once: on the terminal to be written on paper, or in a file that only its owner reads.

use std::io::{BufRead, IsTerminal, stdin, stdout};
use std::path::{Path, PathBuf};

use amanah_client_sdk::account::Issued;
use clap::Args;
use zeroize::Zeroizing;

use crate::files::NewFile;
use crate::invocation::Invocation;
use crate::output::{self, Answer};
use crate::problem::{Case, Problem};

/// How often somebody may mistype the end of a secret.
const TRIES: u32 = 3;

/// Where secrets go that are shown once.
#[derive(Debug, Clone, Args)]
pub(crate) struct SecretsOut {
    /// Write the secrets to a new file, as JSON, instead of showing them
    #[arg(long, value_name = "FILE")]
    pub(crate) secrets_out: Option<PathBuf>,
}

/// A place that is ready before the secrets exist, so that none is lost.
pub(crate) struct Prepared<'a> {
    file: Option<(&'a Path, NewFile<'a>)>,
}

impl SecretsOut {
    /// Makes the place ready.
    ///
    /// # Errors
    /// [`Case::SecretsOutNeeded`] with JSON and no file; [`Case::FileExists`], [`Case::FileUnwritable`].
    pub(crate) fn prepare(&self, invocation: &Invocation) -> Result<Prepared<'_>, Problem> {
        match &self.secrets_out {
            Some(path) => Ok(Prepared { file: Some((path, NewFile::create(path)?)) }),
            None if invocation.global.json => Err(Case::SecretsOutNeeded.into()),
            None => Ok(Prepared { file: None }),
        }
    }
}

impl Prepared<'_> {
    /// Writes the secrets to the file, or adds them to the answer.
    ///
    /// # Errors
    /// [`Case::FileUnwritable`].
    pub(crate) fn hand_over(
        self,
        invocation: &Invocation,
        issued: &Issued,
        answer: &mut Answer,
    ) -> Result<(), Problem> {
        let texts = invocation.texts;
        let recovery = issued.recovery.to_text();
        let sheet = issued.sheet.as_ref().map(amanah_client_sdk::Sheet::to_text);
        let Some((path, file)) = self.file else {
            answer.push("");
            answer.push(texts.say("secret-recovery-code"));
            answer.push(format!("    {}", recovery.as_str()));
            if let Some(sheet) = &sheet {
                answer.push(texts.say("secret-sheet"));
                answer.push(format!("    {}", sheet.as_str()));
            }
            answer.push("");
            answer.push(texts.say("secret-paper"));
            answer.to_confirm = Some(recovery);
            return Ok(());
        };
        file.write(as_json(&recovery, sheet.as_deref().map(String::as_str)).as_bytes())?;
        answer.push(texts.fill("secrets-written", vec![("file", path.display().to_string().into())]));
        Ok(())
    }
}

/// Asks a person at a terminal to type back the end of a secret. After three tries it lets them go on: they were told.
///
/// # Errors
/// [`Case::Output`].
pub(crate) fn confirm(invocation: &Invocation, secret: &str) -> Result<(), Problem> {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        return Ok(());
    }
    let last = secret.rsplit('-').next().unwrap_or_default();
    for _ in 0..TRIES {
        output::raw(format!("\n{}: ", invocation.texts.say("ask-last-five")).as_bytes())?;
        let mut typed = Zeroizing::new(String::new());
        if stdin().lock().read_line(&mut typed).map_err(|_| Case::Output)? == 0 {
            return Ok(());
        }
        let right = typed.trim().eq_ignore_ascii_case(last);
        let said =
            if right { invocation.texts.say("last-five-right") } else { invocation.texts.say("last-five-wrong") };
        output::raw(format!("{said}\n").as_bytes())?;
        if right {
            return Ok(());
        }
    }
    Ok(())
}

/// Codes hold letters, digits and hyphens only, so they need no escapes.
fn as_json(recovery: &str, sheet: Option<&str>) -> Zeroizing<String> {
    let sheet = sheet.map_or_else(|| "null".to_owned(), |sheet| format!("\"{sheet}\""));
    Zeroizing::new(format!("{{\"recovery_code\":\"{recovery}\",\"sheet\":{sheet}}}\n"))
}
