//! The centre's root key (docs/protocol.md §3): made and kept offline, sealed under the director's passphrase.
//!
//! File: CBOR `[1, salt(16), CAEAD(Argon2id(passphrase, salt), "root", header, seed)]`, header = CBOR `[1, salt]`.

use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::signature::{Signature, Signer, SigningInput, VerifyingKey};
use amanah_protocol::structure;
use rand_core::CryptoRng;

use crate::committed;
use crate::identity::SigningKey;
use crate::labels;
use crate::secret::Secret;
use crate::stretch::{StretchError, stretch};

structure! {
    /// What a sealed root key is bound to.
    pub struct RootFileHeader = "root-file-header", at most 64 => {
        /// Salt of the passphrase, 16 bytes.
        salt: ByteString,
    }
}

structure! {
    /// The file of a sealed root key.
    pub struct RootFile = "root-file", at most 256 => {
        /// Salt of the passphrase, 16 bytes.
        salt: ByteString,
        /// The sealed seed.
        sealed: ByteString,
    }
}

/// Why the file of a root key does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RootFileError {
    /// Not such a file.
    #[error("this is not the file of a root key")]
    NotAFile,
    /// Another passphrase, or an altered file.
    #[error("the root key does not open with this passphrase")]
    DoesNotOpen,
}

/// The root key of a centre. Wiped on drop.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::root::RootKey>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::root::RootKey>();
/// ```
/// ```compile_fail,E0277
/// fn needs_eq<T: PartialEq>() {}
/// needs_eq::<amanah_crypto_core::root::RootKey>();
/// ```
pub struct RootKey {
    seed: Secret<32>,
    signing: SigningKey,
}

impl RootKey {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::from_seed(Secret::generate(rng))
    }

    fn from_seed(seed: Secret<32>) -> Self {
        Self { signing: SigningKey::from_seed(&seed), seed }
    }

    /// The bytes of a file that only this passphrase opens.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "fails only where 64 MiB cannot be allocated")]
    pub fn seal(&self, rng: &mut impl CryptoRng, passphrase: &[u8]) -> Vec<u8> {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let key = file_key(passphrase, &salt).expect("64 MiB of memory");
        let salt = ByteString(salt.to_vec());
        let header = RootFileHeader { salt: salt.clone() }.to_bytes();
        let sealed = committed::seal(rng, &[key.expose()], labels::ROOT, &header, self.seed.expose());
        RootFile { salt, sealed: ByteString(sealed) }.to_bytes()
    }

    /// Opens the bytes of a file.
    ///
    /// # Errors
    /// [`RootFileError`].
    pub fn open(file: &[u8], passphrase: &[u8]) -> Result<Self, RootFileError> {
        let RootFile { salt, sealed } = RootFile::parse(file).map_err(|_| RootFileError::NotAFile)?;
        if salt.0.len() != 16 {
            return Err(RootFileError::NotAFile);
        }
        let key = file_key(passphrase, &salt.0).map_err(|_| RootFileError::DoesNotOpen)?;
        let header = RootFileHeader { salt }.to_bytes();
        let seed = committed::open(&[key.expose()], labels::ROOT, &header, &sealed.0)
            .map_err(|_| RootFileError::DoesNotOpen)?;
        Secret::from_slice(&seed).map(Self::from_seed).ok_or(RootFileError::DoesNotOpen)
    }
}

impl Signer for RootKey {
    fn verifying_key(&self) -> VerifyingKey {
        self.signing.verifying_key()
    }

    fn sign(&self, input: &SigningInput) -> Signature {
        self.signing.sign(input)
    }
}

fn file_key(passphrase: &[u8], salt: &[u8]) -> Result<Secret<32>, StretchError> {
    let mut outcome = Ok(());
    let key = Secret::fill(|bytes| outcome = stretch(passphrase, salt, bytes));
    outcome.map(|()| key)
}
