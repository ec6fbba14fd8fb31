//! Passphrases: kept in memory only as long as needed, and never shorter than a person can guess in a day.

use zeroize::Zeroizing;

/// The shortest passphrase in characters.
pub const MIN_CHARACTERS: usize = 10;

/// The longest passphrase in bytes.
pub const MAX_BYTES: usize = 1024;

/// A passphrase as somebody typed it, without the line end. Wiped on drop.
pub struct Passphrase(Zeroizing<String>);

/// The passphrase is too short or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a passphrase has at least {MIN_CHARACTERS} characters and at most {MAX_BYTES} bytes")]
pub struct PassphraseError;

impl Passphrase {
    /// Takes a passphrase.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn new(text: String) -> Result<Self, PassphraseError> {
        let text = Zeroizing::new(text);
        let fits = text.chars().count() >= MIN_CHARACTERS && text.len() <= MAX_BYTES;
        if fits { Ok(Self(text)) } else { Err(PassphraseError) }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_endless_passphrases_are_refused() {
        assert!(Passphrase::new("sembilan9".to_owned()).is_err());
        assert!(Passphrase::new("x".repeat(1025)).is_err());
        assert!(Passphrase::new("sepuluh 10".to_owned()).is_ok());
    }
}
