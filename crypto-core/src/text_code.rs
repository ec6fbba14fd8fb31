//! Secrets of 128 bits as text for people (docs/protocol.md §2): Crockford's base32 in groups, with a checksum.
//!
//! `K-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`: a letter for the kind, then 30 digits: 128 bits of secret and the first 22
//! bits of `H(kind, secret)`. A mistyped or mixed-up code is told from a wrong one, but for one in four million.
//! Reading and writing are constant-time in the secret (no tables: see RUSTSEC-2024-0354).

use amanah_protocol::hash::tagged;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::secret::Secret;

/// Length of a secret that people write down.
pub(crate) const LENGTH: usize = 16;
/// Digits of five bits: 128 bits of secret and 22 of checksum.
const DIGITS: usize = 30;
/// Digits in a group.
const GROUP: usize = 5;

/// A text is not a code of this kind. No secret is in the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// It begins like the other kind of code, or like none.
    #[error("this is not the kind of code that is asked for")]
    Kind,
    /// Too many or too few letters and digits, or one that codes do not have.
    #[error("a code has 30 letters and digits after its first letter")]
    Form,
    /// It is mistyped.
    #[error("the code is mistyped")]
    Checksum,
}

/// One kind of code.
pub(crate) struct Kind {
    /// The letter that it begins with.
    pub(crate) letter: char,
    /// The tag of its checksum.
    pub(crate) tag: &'static str,
}

impl Kind {
    /// Fresh random bytes for a code.
    pub(crate) fn generate(rng: &mut impl CryptoRng) -> Secret<LENGTH> {
        Secret::generate(rng)
    }

    /// The text of a secret.
    pub(crate) fn text(&self, secret: &Secret<LENGTH>) -> Zeroizing<String> {
        let mut digits = self.digits(secret);
        let mut text = Zeroizing::new(String::with_capacity(1 + DIGITS + DIGITS / GROUP));
        text.push(self.letter);
        for (index, digit) in digits.iter().enumerate() {
            if index % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(symbol(*digit)));
        }
        digits.zeroize();
        text
    }

    /// Reads a text; case, spaces and hyphens do not matter, and O, I, L are read as 0, 1, 1.
    ///
    /// # Errors
    /// [`CodeError`].
    pub(crate) fn parse(&self, text: &str) -> Result<Secret<LENGTH>, CodeError> {
        let mut characters = text.bytes().filter(|byte| !matches!(byte, b'-' | b' ' | b'\t' | b'\r' | b'\n'));
        let first = characters.next().map(|byte| char::from(byte.to_ascii_uppercase()));
        if first != Some(self.letter) {
            return Err(CodeError::Kind);
        }
        let mut digits = Zeroizing::new([0_u8; DIGITS]);
        let mut wrong = 0;
        for digit in digits.iter_mut() {
            let value = value(characters.next().ok_or(CodeError::Form)?);
            wrong |= value & 0xe0;
            *digit = value & 0x1f;
        }
        if wrong != 0 || characters.next().is_some() {
            return Err(CodeError::Form);
        }
        let secret = Secret::fill(|bytes| join(&digits, bytes));
        let expected = Zeroizing::new(self.digits(&secret));
        if bool::from(expected.as_slice().ct_eq(digits.as_slice())) { Ok(secret) } else { Err(CodeError::Checksum) }
    }

    /// All digits: the secret's 25 and three bits, then the checksum's.
    fn digits(&self, secret: &Secret<LENGTH>) -> [u8; DIGITS] {
        let checksum = tagged(self.tag, &[secret.expose()]);
        let mut bits = Zeroizing::new([0_u8; 19]);
        let source = secret.expose().iter().chain(checksum.as_bytes());
        bits.iter_mut().zip(source).for_each(|(bit, byte)| *bit = *byte);
        let mut digits = [0; DIGITS];
        let (mut held, mut count) = (0_u16, 0_u32);
        let mut rest = bits.iter();
        for digit in &mut digits {
            if count < 5 {
                held = held << 8 | u16::from(rest.next().copied().unwrap_or_default());
                count += 8;
            }
            count -= 5;
            *digit = u8::try_from(held >> count & 0x1f).unwrap_or_default();
        }
        digits
    }
}

/// The first 128 bits of the digits.
fn join(digits: &[u8; DIGITS], secret: &mut [u8; LENGTH]) {
    let (mut held, mut count) = (0_u16, 0_u32);
    let mut rest = digits.iter();
    for byte in secret {
        while count < 8 {
            held = held << 5 | u16::from(rest.next().copied().unwrap_or_default());
            count += 5;
        }
        count -= 8;
        *byte = u8::try_from(held >> count & 0xff).unwrap_or_default();
    }
}

/// All bits set if `a < b`, otherwise none; both below 0x8000.
fn below(a: i16, b: i16) -> i16 {
    (a - b) >> 15
}

/// The digit's character in Crockford's alphabet `0-9 A-H J K M N P-T V-Z`.
fn symbol(digit: u8) -> u8 {
    let digit = i16::from(digit);
    let mut symbol = digit + 0x30;
    // after 9 come A…, and then I, L, O and U are left out
    for (from, skip) in [(10, 7), (18, 1), (20, 1), (22, 1), (27, 1)] {
        symbol += skip & !below(digit, from);
    }
    u8::try_from(symbol).unwrap_or_default()
}

/// The value of a character, or 0xff.
fn value(character: u8) -> u8 {
    let character = i16::from(character.to_ascii_uppercase());
    let mut value = 0xff_i16;
    let mut range = |first: u8, last: u8, start: i16, step: i16| {
        let (first, last) = (i16::from(first), i16::from(last));
        let inside = !below(character, first) & !below(last, character);
        let digit = start + (character - first) * step;
        value = value & !inside | digit & inside;
    };
    range(b'0', b'9', 0, 1);
    range(b'A', b'H', 10, 1);
    range(b'J', b'K', 18, 1);
    range(b'M', b'N', 20, 1);
    range(b'P', b'T', 22, 1);
    range(b'V', b'Z', 27, 1);
    range(b'I', b'I', 1, 0);
    range(b'L', b'L', 1, 0);
    range(b'O', b'O', 0, 0);
    u8::try_from(value & 0xff).unwrap_or(0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind { letter: 'R', tag: "recovery-code" };
    const OTHER: Kind = Kind { letter: 'S', tag: "sheet" };

    fn secret(byte: u8) -> Secret<LENGTH> {
        Secret::fill(|bytes| bytes.iter_mut().zip(3..).for_each(|(b, factor)| *b = byte.wrapping_mul(factor)))
    }

    #[test]
    fn the_alphabet_is_crockfords() {
        let alphabet: String = (0..32).map(|digit| char::from(symbol(digit))).collect();
        assert_eq!(alphabet, "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
        for (digit, character) in alphabet.bytes().enumerate() {
            assert_eq!(usize::from(value(character)), digit);
            assert_eq!(usize::from(value(character.to_ascii_lowercase())), digit);
        }
        let known = |byte: u8| alphabet.as_bytes().contains(&byte.to_ascii_uppercase()) || b"ILOilo".contains(&byte);
        assert!((0..=255).all(|byte| known(byte) == (value(byte) < 32)));
    }

    #[test]
    fn every_code_reads_back() {
        for byte in 0..=255 {
            let text = KIND.text(&secret(byte));
            assert_eq!(text.len(), 1 + 36);
            assert_eq!(KIND.parse(&text).ok().map(|s| *s.expose()), Some(*secret(byte).expose()));
        }
    }

    #[test]
    fn people_may_write_it_their_way() {
        let text = KIND.text(&secret(77)).to_string();
        let loose = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert!(KIND.parse(&format!("  {loose}\n")).is_ok());
    }

    #[test]
    fn every_single_typo_and_neighbouring_swap_is_found() {
        let text = KIND.text(&secret(201)).to_string();
        for at in 2..text.len() {
            for other in b"0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
                let mut typo = text.clone().into_bytes();
                if typo[at] == b'-' || typo[at] == *other {
                    continue;
                }
                typo[at] = *other;
                assert_eq!(KIND.parse(std::str::from_utf8(&typo).unwrap()).err(), Some(CodeError::Checksum));
            }
            let mut swapped = text.clone().into_bytes();
            if at + 1 < swapped.len()
                && swapped[at] != swapped[at + 1]
                && ![swapped[at], swapped[at + 1]].contains(&b'-')
            {
                swapped.swap(at, at + 1);
                assert_eq!(KIND.parse(std::str::from_utf8(&swapped).unwrap()).err(), Some(CodeError::Checksum));
            }
        }
    }

    #[test]
    fn one_kind_is_not_read_as_the_other() {
        let text = KIND.text(&secret(5)).to_string();
        assert_eq!(OTHER.parse(&text).err(), Some(CodeError::Kind));
        assert_eq!(OTHER.parse(&text.replacen('R', "S", 1)).err(), Some(CodeError::Checksum));
        assert_eq!(KIND.parse("").err(), Some(CodeError::Kind));
        assert_eq!(KIND.parse(&text[..text.len() - 1]).err(), Some(CodeError::Form));
        assert_eq!(KIND.parse(&format!("{text}0")).err(), Some(CodeError::Form));
        assert_eq!(KIND.parse(&text.replace('-', "")[..30].replacen('R', "RU", 1)).err(), Some(CodeError::Form));
    }
}
