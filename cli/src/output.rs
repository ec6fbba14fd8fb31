//! What a command answers: lines for a person, or one JSON object for a program; problems go to standard error.

use std::io::{self, Write};

use amanah_client_sdk::neutral;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// The answer of a command.
pub(crate) struct Answer {
    lines: Vec<Zeroizing<String>>,
    json: Value,
    /// A check that failed although there was something to show.
    pub(crate) problem: Option<Problem>,
    /// A secret that was shown once, of which the person types back a part.
    pub(crate) to_confirm: Option<Zeroizing<String>>,
}

impl Answer {
    /// An answer without lines yet.
    pub(crate) const fn new(json: Value) -> Self {
        Self { lines: Vec::new(), json, problem: None, to_confirm: None }
    }

    /// Adds a line.
    #[must_use]
    pub(crate) fn line(mut self, text: impl Into<String>) -> Self {
        self.push(text);
        self
    }

    /// Adds a line.
    pub(crate) fn push(&mut self, text: impl Into<String>) {
        self.lines.push(Zeroizing::new(text.into()));
    }

    /// Adds lines.
    pub(crate) fn extend(&mut self, lines: impl IntoIterator<Item = String>) {
        self.lines.extend(lines.into_iter().map(Zeroizing::new));
    }

    /// Adds a check that failed.
    #[must_use]
    pub(crate) fn with_problem(mut self, problem: Option<Problem>) -> Self {
        self.problem = problem;
        self
    }
}

/// How to write answers and problems.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// One JSON object instead of lines.
    pub(crate) json: bool,
    /// The language.
    pub(crate) texts: Texts,
}

impl Output {
    /// Writes an answer to standard output.
    ///
    /// # Errors
    /// [`Case::Output`].
    pub(crate) fn answer(self, answer: &Answer) -> Result<(), Problem> {
        let mut out = io::stdout().lock();
        let written = if self.json {
            writeln!(out, "{}", neutral::json(&answer.json.to_string()))
        } else {
            answer.lines.iter().try_for_each(|line| writeln!(out, "{}", line.as_str()))
        };
        written.and_then(|()| out.flush()).map_err(|_| Case::Output.into())
    }

    /// Writes a problem to standard error. If that fails too, the exit code still tells.
    pub(crate) fn problem(self, problem: &Problem) {
        let (what, remedy) = (problem.what(self.texts), problem.remedy(self.texts));
        let _nobody_reads = self.pair(&what, &remedy, problem.case().code());
    }

    /// Writes what happened and what to do to standard error.
    pub(crate) fn pair(self, what: &str, remedy: &str, code: &str) -> io::Result<()> {
        let mut out = io::stderr().lock();
        if self.json {
            let error = json!({ "error": { "what": what, "do": remedy, "code": code } });
            return writeln!(out, "{}", neutral::json(&error.to_string()));
        }
        let (error, help) = (self.texts.say("error"), self.texts.say("help"));
        let width = error.chars().count().max(help.chars().count());
        writeln!(out, "{error:>width$}: {what}\n{help:>width$}: {remedy}")
    }
}

/// Writes bytes, such as a completion script, to standard output.
///
/// # Errors
/// [`Case::Output`].
pub(crate) fn raw(bytes: &[u8]) -> Result<(), Problem> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|_| Case::Output.into())
}
