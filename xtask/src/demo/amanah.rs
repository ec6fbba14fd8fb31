//! Runs the command line `amanah` for one person: secrets go through pipes, answers come as JSON.

use std::io::{PipeReader, Write, pipe};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::io::{FdFlags, fcntl_setfd};
use serde_json::Value;

use super::relay;
use crate::run;

/// Somebody with a profile folder of their own, as on a computer of their own.
#[derive(Clone)]
pub(super) struct Person {
    /// How the demo calls them.
    pub(super) name: &'static str,
    /// Their name at the relay.
    pub(super) handle: &'static str,
    /// Language of their answers.
    pub(super) language: &'static str,
    /// What they type to sign in. The account lives as long as the demo.
    pub(super) passphrase: &'static str,
    /// The sheet of staff.
    pub(super) sheet: Option<String>,
    /// Their profile folder.
    pub(super) profile: PathBuf,
    /// The relay's certificate, which they trust.
    pub(super) certificate: PathBuf,
}

/// What a command answered.
pub(super) struct Answer {
    /// The JSON object, or the one of the error.
    json: Value,
    /// How the command ended.
    pub(super) exit: i32,
}

impl Person {
    /// Runs a command that signs in, and must succeed.
    ///
    /// # Errors
    /// When it fails, with what it said.
    pub(super) fn does(&self, arguments: &[&str]) -> Result<Answer> {
        self.tries(arguments)?.accepted(arguments)
    }

    /// Runs a command that signs in and may fail.
    ///
    /// # Errors
    /// When it cannot be run.
    pub(super) fn tries(&self, arguments: &[&str]) -> Result<Answer> {
        let sheet = self.sheet.as_deref().map(|sheet| ("--sheet-fd", sheet));
        let secrets: Vec<_> = [("--passphrase-fd", self.passphrase)].into_iter().chain(sheet).collect();
        self.runs(arguments, &secrets)
    }

    /// Runs a command with these secrets, each by the option that names its file descriptor.
    ///
    /// # Errors
    /// When it cannot be run or does not answer with JSON.
    pub(super) fn runs(&self, arguments: &[&str], secrets: &[(&str, &str)]) -> Result<Answer> {
        let mut command = program("amanah");
        command.args(["--json", "--lang", self.language, "--profile"]).arg(&self.profile);
        if self.certificate.exists() {
            command.arg("--relay-certificate").arg(&self.certificate);
        }
        let pipes = secrets.iter().map(|(option, secret)| hand_over(&mut command, option, secret));
        let open_until_it_ends: Vec<PipeReader> = pipes.collect::<Result<_>>()?;
        let output = run::output(command.args(arguments))?;
        drop(open_until_it_ends);
        let exit = output.status.code().context("the command line was ended by a signal")?;
        let said = if exit == 0 { &output.stdout } else { &output.stderr };
        let json = serde_json::from_slice(said).with_context(|| {
            format!("`amanah {}` did not answer with JSON: {}", arguments.join(" "), String::from_utf8_lossy(said))
        })?;
        Ok(Answer { json, exit })
    }

    /// The same person at another computer, who knows only what is in their head and on paper.
    pub(super) fn at_another_computer(&self) -> Self {
        let mut profile = self.profile.clone().into_os_string();
        profile.push("-elsewhere");
        Self { profile: profile.into(), ..self.clone() }
    }
}

impl Answer {
    /// This answer, if the command succeeded.
    ///
    /// # Errors
    /// When it did not, with what it said.
    pub(super) fn accepted(self, arguments: &[&str]) -> Result<Self> {
        if self.exit != 0 {
            bail!("`amanah {}` ended with {}: {}", arguments.join(" "), self.exit, self.json);
        }
        Ok(self)
    }

    /// The text at a JSON pointer such as `/letters/0/text`.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn text(&self, pointer: &str) -> Result<&str> {
        self.at(pointer)?.as_str().with_context(|| format!("{pointer} is no text"))
    }

    /// The number at a JSON pointer.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn number(&self, pointer: &str) -> Result<u64> {
        self.at(pointer)?.as_u64().with_context(|| format!("{pointer} is no number"))
    }

    /// The list at a JSON pointer.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn list(&self, pointer: &str) -> Result<&[Value]> {
        Ok(self.at(pointer)?.as_array().with_context(|| format!("{pointer} is no list"))?)
    }

    /// The value at a JSON pointer.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn at(&self, pointer: &str) -> Result<&Value> {
        self.json.pointer(pointer).with_context(|| format!("the answer has no {pointer}: {}", self.json))
    }

    /// How a command was refused, in one line: its exit code and the code of its error.
    pub(super) fn refusal(&self) -> String {
        let code = self.json.pointer("/error/code").and_then(Value::as_str).unwrap_or("no error");
        format!("exit code {}, {code}", self.exit)
    }
}

/// One of the programs that the demo built, without the settings of this terminal.
pub(super) fn program(name: &str) -> Command {
    let mut command = run::program(relay::built(name));
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("AMANAH_") {
            command.env_remove(variable);
        }
    }
    command
}

/// Puts a secret into a pipe that the command inherits, and names the pipe in its arguments.
fn hand_over(command: &mut Command, option: &str, secret: &str) -> Result<PipeReader> {
    let (reader, mut writer) = pipe()?;
    writer.write_all(secret.as_bytes())?;
    fcntl_setfd(&reader, FdFlags::empty())?;
    command.arg(option).arg(reader.as_raw_fd().to_string());
    Ok(reader)
}

/// A path as an argument.
///
/// # Errors
/// When it is not UTF-8.
pub(super) fn shown(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
