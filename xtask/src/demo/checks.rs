//! The checks of the demo: each is said in one sentence, counted when it holds, and ends the demo when it does not.

use std::fmt::Display;

use anyhow::{Result, bail};

/// How many characters are shown where two texts differ, and how many of those are still the same.
const SHOWN: usize = 60;
const BEFORE: usize = 20;

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
    /// When they are not; both are printed around the first difference.
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

/// Where two texts begin to differ: the line, and what both say there, with a little of what goes before.
fn first_difference(expected: &str, found: &str) -> (String, String) {
    let pairs = expected.chars().zip(found.chars());
    let same: String = pairs.take_while(|(one, other)| one == other).map(|(one, _)| one).collect();
    let line = same.matches('\n').count() + 1;
    let from = same.chars().count().saturating_sub(BEFORE);
    let part = |text: &str| text.chars().skip(from).take(SHOWN).collect::<String>();
    let shown = |text: &str| format!("line {line}: {:?}", part(text));
    (shown(expected), shown(found))
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
    fn the_place_where_two_texts_differ_is_shown() {
        let pair = first_difference("Halo\nBunga 🌼", "Halo\nBunga 🌧");
        assert_eq!(pair, (r#"line 2: "Halo\nBunga 🌼""#.to_owned(), r#"line 2: "Halo\nBunga 🌧""#.to_owned()));
        let long = "kata ".repeat(30);
        assert_eq!(first_difference(&long, &format!("{long}.")).1, r#"line 1: "kata kata kata kata .""#);
    }
}
