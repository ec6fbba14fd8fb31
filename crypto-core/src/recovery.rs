//! Recovery codes (docs/protocol.md §3): 128 bits on paper that open the account without its passphrase.

use amanah_protocol::signature::{Signature, Signer, SigningInput, VerifyingKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::identity::SigningKey;
use crate::kdf::Prk;
use crate::labels;
use crate::secret::Secret;
pub use crate::text_code::CodeError;
use crate::text_code::{Kind, LENGTH};

const KIND: Kind = Kind { letter: 'R', tag: labels::CHECK_RECOVERY };

/// A recovery code. It derives a key that wraps the vault key, and a key that signs the request for the vault.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::recovery::RecoveryCode>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::recovery::RecoveryCode>();
/// ```
/// ```compile_fail,E0277
/// fn needs_eq<T: PartialEq>() {}
/// needs_eq::<amanah_crypto_core::recovery::RecoveryCode>();
/// ```
/// ```compile_fail,E0277
/// fn needs_display<T: std::fmt::Display>() {}
/// needs_display::<amanah_crypto_core::recovery::RecoveryCode>();
/// ```
pub struct RecoveryCode(Secret<LENGTH>);

impl RecoveryCode {
    /// A new code.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Kind::generate(rng))
    }

    /// Reads the text that a person kept.
    ///
    /// # Errors
    /// [`CodeError`]: not such a code, or mistyped.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        KIND.parse(text).map(Self)
    }

    /// The text to show once: `R-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`.
    pub fn to_text(&self) -> Zeroizing<String> {
        KIND.text(&self.0)
    }

    /// Signs requests for the vault.
    pub fn signer(&self) -> RecoverySigner {
        RecoverySigner(SigningKey::from_seed(&self.prk().derive(labels::RECOVERY_SIGN, &[])))
    }

    /// The key under which a vault key is wrapped.
    pub(crate) fn wrap_key(&self) -> Secret<32> {
        self.prk().derive(labels::RECOVERY_WRAP, &[])
    }

    pub(crate) fn from_secret(secret: Secret<LENGTH>) -> Self {
        Self(secret)
    }

    pub(crate) fn secret(&self) -> &Secret<LENGTH> {
        &self.0
    }

    fn prk(&self) -> Prk {
        Prk::extract(b"", &[self.0.expose()])
    }
}

/// Signs with the key that a recovery code derives. The relay knows its public half.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::recovery::RecoverySigner>();
/// ```
pub struct RecoverySigner(SigningKey);

impl Signer for RecoverySigner {
    fn verifying_key(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    fn sign(&self, input: &SigningInput) -> Signature {
        self.0.sign(input)
    }
}
