//! Fingerprints (docs/protocol.md §3): an account or centre as words that two people compare.
//!
//! Twelve words of the English BIP-39 list carry the first 128 bits of the id and four bits of checksum. An id is a
//! SHA-256 value, so making another account with a given fingerprint takes 2^128 work. Two accounts of one's own that
//! share a fingerprint take 2^64, and deceive nobody about somebody else's.

use amanah_protocol::ids::{AccountId, CentreId};
use bip39::{Language, Mnemonic};

/// Something with a fingerprint: its id is a hash of public keys.
pub trait Fingerprinted {
    /// The id.
    fn id_bytes(&self) -> &[u8; 32];
}

impl Fingerprinted for AccountId {
    fn id_bytes(&self) -> &[u8; 32] {
        self.as_bytes()
    }
}

impl Fingerprinted for CentreId {
    fn id_bytes(&self) -> &[u8; 32] {
        self.as_bytes()
    }
}

/// The fingerprint as twelve English words.
pub fn words(of: &impl Fingerprinted) -> String {
    let (start, _) = of.id_bytes().split_at(16);
    Mnemonic::from_entropy_in(Language::English, start).map(|words| words.to_string()).unwrap_or_default()
}

/// Whether these words, in any case and spacing, are the fingerprint of this account or centre.
pub fn matches(of: &impl Fingerprinted, words_given: &str) -> bool {
    let given = words_given.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    !given.is_empty() && given == words(of)
}

/// The whole id as 16 groups of four lower-case hexadecimal digits, for a QR code or a poster.
pub fn groups(of: &impl Fingerprinted) -> String {
    let (pairs, _) = of.id_bytes().as_chunks::<2>();
    pairs.iter().map(|[first, second]| format!("{first:02x}{second:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_published_list() {
        assert_eq!(words(&AccountId([0; 32])), format!("{}about", "abandon ".repeat(11)));
        assert_eq!(
            words(&CentreId([0x7f; 32])),
            format!("{}yellow", "legal winner thank year wave sausage worth useful legal winner thank ")
                .replace("  ", " ")
        );
    }

    #[test]
    fn case_and_spacing_do_not_matter_but_words_do() {
        let account = AccountId([7; 32]);
        let text = words(&account);
        assert!(matches(&account, &format!("  {}\n", text.to_uppercase().replace(' ', "   "))));
        assert!(!matches(&account, &words(&AccountId([8; 32]))));
        assert!(!matches(&account, ""));
        assert!(!matches(&account, text.rsplit_once(' ').unwrap().0));
    }

    #[test]
    fn every_bit_of_the_first_half_changes_the_words_and_every_bit_the_groups() {
        let account = AccountId([7; 32]);
        for bit in 0..256 {
            let mut other = [7; 32];
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(groups(&account), groups(&AccountId(other)), "{bit}");
            assert_eq!(words(&account) == words(&AccountId(other)), bit >= 128, "{bit}");
        }
    }
}
