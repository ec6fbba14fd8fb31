//! A person at a terminal is shown what they are about to sign or hand over, and asked. Programs have decided already.

use std::io::{BufRead, IsTerminal, stdin, stdout};

use crate::invocation::Invocation;
use crate::output;
use crate::problem::{Case, Problem};

/// Shows these lines, and goes on only after a yes in either language.
///
/// # Errors
/// [`Case::NotConfirmed`]: anything else was typed. Nothing was signed.
pub(crate) fn before(invocation: &Invocation, lines: &[String]) -> Result<(), Problem> {
    if invocation.global.json || !stdin().is_terminal() || !stdout().is_terminal() {
        return Ok(());
    }
    output::raw(format!("{}\n\n{} ", lines.join("\n"), invocation.texts.say("ask-yes")).as_bytes())?;
    let mut typed = String::new();
    stdin().lock().read_line(&mut typed).map_err(|_| Case::NotConfirmed)?;
    if is_yes(&typed) { Ok(()) } else { Err(Case::NotConfirmed.into()) }
}

fn is_yes(typed: &str) -> bool {
    ["ya", "yes"].iter().any(|yes| typed.trim().eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_yes_in_either_language_counts() {
        for yes in ["ya", "yes\n", " YES ", "Ya"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "y", "no", "tidak", "yes please", "yaa"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
