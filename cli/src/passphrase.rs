//! Secrets of the person at the terminal: asked for without showing them, or read from a file descriptor.

use std::fs::File;
use std::io::Read;

use amanah_client_sdk::{Passphrase, RecoveryCode, Sheet};
use zeroize::Zeroizing;

use crate::args::Global;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// No secret is longer.
const MAX_SECRET: u16 = 4096;

/// The passphrase that somebody has.
///
/// # Errors
/// [`Problem`]: nothing to read it from, or too short.
pub(crate) fn current(global: &Global, texts: Texts) -> Result<Passphrase, Problem> {
    let text = match global.passphrase_fd {
        Some(number) => from_descriptor(number)?,
        None => ask(&texts.say("ask-passphrase"))?,
    };
    passphrase(text)
}

/// The passphrase that somebody chooses; at a terminal asked for twice.
///
/// # Errors
/// [`Problem`]: nothing to read it from, too short, or not the same twice.
pub(crate) fn chosen(descriptor: Option<u32>, texts: Texts) -> Result<Passphrase, Problem> {
    if let Some(number) = descriptor {
        return passphrase(from_descriptor(number)?);
    }
    let first = ask(&texts.say("ask-new-passphrase"))?;
    let second = ask(&texts.say("ask-again"))?;
    if *first != *second {
        return Err(Case::PassphrasesDiffer.into());
    }
    passphrase(first)
}

/// The sheet, if there is a file descriptor for it.
///
/// # Errors
/// [`Problem`]: not readable, or mistyped.
pub(crate) fn sheet(global: &Global) -> Result<Option<Sheet>, Problem> {
    global.sheet_fd.map(|number| parse_sheet(&from_descriptor(number)?)).transpose()
}

/// The sheet, asked for at the terminal.
///
/// # Errors
/// [`Case::NeedsSheet`] without a terminal; mistyped.
pub(crate) fn ask_sheet(texts: Texts) -> Result<Sheet, Problem> {
    parse_sheet(&ask(&texts.say("ask-sheet")).map_err(|_| Case::NeedsSheet)?)
}

/// The recovery code.
///
/// # Errors
/// [`Problem`]: nothing to read it from, or mistyped.
pub(crate) fn recovery_code(descriptor: Option<u32>, texts: Texts) -> Result<RecoveryCode, Problem> {
    let text = match descriptor {
        Some(number) => from_descriptor(number)?,
        None => ask(&texts.say("ask-recovery-code"))?,
    };
    RecoveryCode::parse(text.trim()).map_err(|_| Case::RecoveryCodeMistyped.into())
}

/// Code words, asked for without showing them.
///
/// # Errors
/// [`Problem`]: nothing to read them from.
pub(crate) fn code_words(descriptor: Option<u32>, texts: Texts) -> Result<Zeroizing<String>, Problem> {
    match descriptor {
        Some(number) => from_descriptor(number),
        None => ask(&texts.say("ask-code-words")),
    }
}

fn parse_sheet(text: &str) -> Result<Sheet, Problem> {
    Sheet::parse(text.trim()).map_err(|_| Case::SheetMistyped.into())
}

fn passphrase(mut text: Zeroizing<String>) -> Result<Passphrase, Problem> {
    Ok(Passphrase::new(std::mem::take(&mut *text))?)
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, Problem> {
    rpassword::prompt_password(format!("{prompt}: ")).map(Zeroizing::new).map_err(|_| Case::NoTerminal.into())
}

/// Everything up to the end, without one line end.
fn from_descriptor(number: u32) -> Result<Zeroizing<String>, Problem> {
    let unreadable = || Problem::naming(Case::DescriptorUnreadable, "id", &number);
    let mut text = Zeroizing::new(String::with_capacity(usize::from(MAX_SECRET) + 1));
    let file = File::open(format!("/dev/fd/{number}")).map_err(|_| unreadable())?;
    file.take(MAX_SECRET.into()).read_to_string(&mut text).map_err(|_| unreadable())?;
    let kept = text.strip_suffix('\n').map_or(text.len(), |line| line.strip_suffix('\r').unwrap_or(line).len());
    text.truncate(kept);
    Ok(text)
}
