//! Sheets (docs/protocol.md §3): the second secret of staff, 128 bits on paper, without which a passphrase opens nothing.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::labels;
use crate::secret::Secret;
pub use crate::text_code::CodeError;
use crate::text_code::{Kind, LENGTH};

const KIND: Kind = Kind { letter: 'S', tag: labels::CHECK_SHEET };

/// A sheet. Joined with the export key, so that a guessed passphrase alone opens no vault.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::sheet::Sheet>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::sheet::Sheet>();
/// ```
/// ```compile_fail,E0277
/// fn needs_eq<T: PartialEq>() {}
/// needs_eq::<amanah_crypto_core::sheet::Sheet>();
/// ```
pub struct Sheet(Secret<LENGTH>);

impl Sheet {
    /// A new sheet.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Kind::generate(rng))
    }

    /// Reads the text that a person kept.
    ///
    /// # Errors
    /// [`CodeError`]: not a sheet, or mistyped.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        KIND.parse(text).map(Self)
    }

    /// The text to print: `S-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`.
    pub fn to_text(&self) -> Zeroizing<String> {
        KIND.text(&self.0)
    }

    pub(crate) fn from_secret(secret: Secret<LENGTH>) -> Self {
        Self(secret)
    }

    pub(crate) fn secret(&self) -> &Secret<LENGTH> {
        &self.0
    }
}
