//! The checks of the demo: each is said in one sentence, counted when it holds, and ends the demo when it does not.

use std::fmt::Display;

use anyhow::{Result, bail};

/// How many columns of a text are shown where two texts differ.
const SHOWN: usize = 64;

/// The checks that held so far.
#[derive(Default)]
pub(super) struct Checks {
    held: u32,
}

impl Checks {
    /// How many held.
    pub(super) fn held(&self) -> u32 {
        self.held
    }

    /// Two values are the same.
    ///
    /// # Errors
    /// When they are not; expected and found are printed.
    pub(super) fn equal<T: PartialEq + Display + ?Sized>(
        &mut self,
        sentence: &str,
        expected: &T,
        found: &T,
    ) -> Result<()> {
        let same = expected == found;
        self.note(sentence, same, || (expected.to_string(), found.to_string()))
    }

    /// Two texts are the same to the last byte.
    ///
    /// # Errors
    /// When they are not; both are printed from the first line that differs.
    pub(super) fn same_text(&mut self, sentence: &str, expected: &str, found: &str) -> Result<()> {
        self.note(sentence, expected == found, || first_difference(expected, found))
    }

    /// Something is so.
    ///
    /// # Errors
    /// When it is not; what was found instead is printed.
    pub(super) fn holds(&mut self, sentence: &str, so: bool, expected: &str, found: impl Display) -> Result<()> {
        self.note(sentence, so, || (expected.to_owned(), found.to_string()))
    }

    fn note(&mut self, sentence: &str, holds: bool, pair: impl FnOnce() -> (String, String)) -> Result<()> {
        if holds {
            self.held += 1;
            println!("   ✓ {sentence}");
            return Ok(());
        }
        let (expected, found) = pair();
        println!("   ✗ {sentence}\n       expected: {expected}\n       found:    {found}");
        bail!("a check of the demo did not hold: {sentence}")
    }
}

/// The first lines that differ, shortened, with their number.
fn first_difference(expected: &str, found: &str) -> (String, String) {
    let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    let (expected, found) = (lines(expected), lines(found));
    let same = expected.iter().zip(&found).take_while(|(one, other)| one == other).count();
    let at = |lines: &[String]| {
        lines.get(same).map_or_else(|| "the end of the text".to_owned(), |line| format!("line {}: {line:?}", same + 1))
    };
    let short = |text: String| text.chars().take(SHOWN).collect::<String>();
    (short(at(&expected)), short(at(&found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_checks_that_hold_are_counted() {
        let mut checks = Checks::default();
        checks.equal("two is two", &2, &2).unwrap();
        assert!(checks.equal("two is three", &3, &2).is_err());
        assert!(checks.same_text("a text and its beginning", "Halo,\nBunga", "Halo,").is_err());
        assert_eq!(checks.held(), 1);
    }

    #[test]
    fn the_first_line_that_differs_is_shown() {
        let pair = first_difference("Halo\nBunga 🌼", "Halo\nBunga");
        assert_eq!(pair, ("line 2: \"Bunga 🌼\"".to_owned(), "line 2: \"Bunga\"".to_owned()));
        assert_eq!(first_difference("a\nb", "a").1, "the end of the text");
    }
}
