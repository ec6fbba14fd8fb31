//! How hard a passphrase is to guess, judged as if the guesser knew how it was made.
//!
//! Every run of letters counts as one word of a list of three thousand, whatever language it is in, so that no list of words
//! has to travel to the browser, and a word that no list has does not count for more. Which libraries were tried instead is in
//! docs/decisions/0032.

use std::collections::BTreeSet;

use amanah_client_sdk::Passphrase;

/// One word out of three thousand.
const WORD: f64 = 11.5;

/// One letter out of twenty-six.
const LETTER: f64 = 4.7;

/// One digit out of ten.
const DIGIT: f64 = 3.3;

/// One sign out of sixteen.
const SIGN: f64 = 4.0;

/// What anybody tries first: once more the same, the next in a row, one's own name.
const OBVIOUS: f64 = 1.5;

/// From how many bits on a passphrase is easy, fair, strong and very strong; below, very easy to guess.
const STEPS: [f64; 4] = [30.0, 38.0, 46.0, 57.0];

/// How hard a passphrase is to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Strength {
    /// 0 (very easy) to 4 (very hard).
    pub(crate) score: usize,
    /// Whether it is long enough to be taken at all.
    pub(crate) long_enough: bool,
}

impl Strength {
    /// Whether it may be taken.
    pub(crate) const fn is_enough(self) -> bool {
        self.long_enough && self.score >= 2
    }
}

/// How hard a passphrase is to guess for somebody who knows the pseudonym.
pub(crate) fn measure(passphrase: &str, handle: &str) -> Strength {
    let bits = bits(passphrase, handle);
    Strength {
        score: STEPS.iter().filter(|step| bits >= **step).count(),
        long_enough: Passphrase::new(passphrase.to_owned()).is_ok(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letters,
    Digits,
    Gap,
    Sign(char),
}

fn kind(sign: char) -> Kind {
    match sign {
        _ if sign.is_alphabetic() => Kind::Letters,
        _ if sign.is_numeric() => Kind::Digits,
        _ if sign.is_whitespace() || matches!(sign, '-' | '_' | '.' | ',') => Kind::Gap,
        _ => Kind::Sign(sign),
    }
}

fn bits(passphrase: &str, handle: &str) -> f64 {
    let mut known: BTreeSet<String> = runs(handle).into_iter().map(|(_, run)| run).collect();
    known.insert("amanah".to_owned());
    let count = |(kind, run): (Kind, String)| {
        let worth = worth(kind, &run);
        if known.insert(run) { worth } else { worth.min(OBVIOUS) }
    };
    runs(passphrase).into_iter().map(count).sum()
}

/// The longest parts of one kind, in small letters.
fn runs(text: &str) -> Vec<(Kind, String)> {
    let mut runs: Vec<(Kind, String)> = Vec::new();
    for sign in text.chars() {
        match runs.last_mut() {
            Some((last, run)) if *last == kind(sign) => run.extend(sign.to_lowercase()),
            _ => runs.push((kind(sign), sign.to_lowercase().collect())),
        }
    }
    runs
}

fn worth(kind: Kind, run: &str) -> f64 {
    let length = f64::from(u16::try_from(run.chars().count()).unwrap_or(u16::MAX));
    match kind {
        Kind::Gap => 0.0,
        Kind::Sign(_) => SIGN,
        _ if length > 2.0 && is_row(run) => OBVIOUS + DIGIT,
        Kind::Letters => (LETTER * length).min(WORD + (length - 8.0).max(0.0) / 2.0),
        // a year, a day or a telephone number is not as free as its digits
        Kind::Digits => (DIGIT * length).min(2.0 * DIGIT + length),
    }
}

/// Whether each sign is the one before, or follows it in one direction.
fn is_row(run: &str) -> bool {
    let numbers: Vec<i64> = run.chars().map(|sign| i64::from(u32::from(sign))).collect();
    let steps: BTreeSet<i64> = numbers.iter().zip(numbers.iter().skip(1)).map(|(one, next)| next - one).collect();
    steps.len() == 1 && steps.iter().all(|step| (-1..=1).contains(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_words_of_any_language_are_strong() {
        for strong in ["ombak mangga dermaga senter", "seven rivers under winter", "perahu-kertas-menyeberang-hujan"] {
            assert_eq!(measure(strong, "bunga-3").score, 3, "{strong}");
        }
        assert_eq!(measure("ombak mangga dermaga senter lemari", "bunga-3").score, 4);
        assert!(measure("xK9$vQz2pL", "bunga-3").is_enough());
    }

    #[test]
    fn what_everybody_tries_first_is_not_taken() {
        let weak = [
            "password1234",
            "bismillah123",
            "indonesia1945",
            "qwertyuiop",
            "aaaaaaaaaaaa",
            "abcdefghijkl",
            "081234567890",
            "bunga bunga bunga bunga bunga",
            "bunga-3 amanah bunga-3",
            "Jakarta2024!",
            "Indonesia1945!",
            "sayang sayang 17081945",
            "------------",
            "            ",
            "1234567890123456",
        ];
        for weak in weak {
            assert!(!measure(weak, "bunga-3").is_enough(), "{weak}");
        }
    }

    #[test]
    fn more_of_something_new_never_makes_it_weaker() {
        let long = "ombak 7 mangga dermaga! senter lemari 4092 ketupat";
        let ends = long.char_indices().map(|(end, _)| end);
        let all: Vec<f64> = ends.map(|end| bits(&long[..end], "x")).collect();
        assert!(all.iter().zip(all.iter().skip(1)).all(|(shorter, longer)| longer + 1e-9 >= *shorter), "{all:?}");
    }

    #[test]
    fn a_short_one_is_not_taken_however_strange() {
        assert!(!measure("x$K9vQ!2p", "bunga-3").long_enough);
    }
}
