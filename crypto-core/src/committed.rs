//! Key-committing sealing under a symmetric key (docs/protocol.md §2, `CAEAD`): one ciphertext opens under one key only.
//!
//! `K ‖ C = KDF(Extract(salt, key), use, header, 64)`; output `salt(32) ‖ C(32) ‖ ChaCha20-Poly1305(K, 0^12, header, text)`.
//! A plain AEAD would let one ciphertext open under two keys (Len, Grubbs, Ristenpart 2021), for example two passphrases.

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce, Tag};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::kdf::Prk;
use crate::secret::Secret;

/// What sealing adds: salt, commitment, tag.
pub(crate) const OVERHEAD: usize = 32 + 32 + TAG;
/// Length of the authentication tag.
pub(crate) const TAG: usize = 16;

/// It does not open: another key, use or header, or altered bytes. It does not say which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("does not open")]
pub struct OpenError;

/// Key and commitment of one sealing: `K ‖ C`. Used once, then gone.
pub(crate) struct OneTimeKey(Secret<64>);

impl OneTimeKey {
    /// `KDF(prk, label, header, 64)`.
    pub(crate) fn derive(prk: &Prk, label: &str, header: &[u8]) -> Self {
        Self(prk.derive(label, &[header]))
    }

    /// `C`, which commits a ciphertext to this key.
    pub(crate) fn commitment(&self) -> [u8; 32] {
        let mut commitment = [0; 32];
        commitment.copy_from_slice(self.0.expose().split_at(32).1);
        commitment
    }

    /// Encrypts in place and gives the tag.
    #[expect(clippy::expect_used, reason = "ChaCha20-Poly1305 takes 256 GiB; everything sealed here is far below")]
    pub(crate) fn encrypt(self, header: &[u8], text: &mut [u8]) -> Tag {
        self.cipher().encrypt_inout_detached(&Nonce::default(), header, text.into()).expect("below 256 GiB")
    }

    /// Decrypts in place, after comparing the commitment in constant time.
    pub(crate) fn decrypt(
        self,
        commitment: &[u8; 32],
        header: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), OpenError> {
        if !bool::from(self.commitment().ct_eq(commitment)) {
            return Err(OpenError);
        }
        let tag = Tag::from(*tag);
        self.cipher().decrypt_inout_detached(&Nonce::default(), header, text.into(), &tag).map_err(|_| OpenError)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        let (key, _) = self.0.expose().split_at(32);
        let mut copy = Zeroizing::new([0; 32]);
        copy.copy_from_slice(key);
        ChaCha20Poly1305::new(<&Key>::from(&*copy))
    }
}

/// `CAEAD(key, use, header, text)`; the parts of the key are joined.
pub(crate) fn seal(rng: &mut impl CryptoRng, key: &[&[u8]], label: &str, header: &[u8], text: &[u8]) -> Vec<u8> {
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let key = OneTimeKey::derive(&Prk::extract(&salt, key), label, header);
    let mut sealed = Vec::with_capacity(text.len() + OVERHEAD);
    sealed.extend_from_slice(&salt);
    sealed.extend_from_slice(&key.commitment());
    sealed.extend_from_slice(text);
    let tag = key.encrypt(header, sealed.split_at_mut(64).1);
    sealed.extend_from_slice(&tag);
    sealed
}

/// Opens what [`seal`] made with the same key, use and header.
///
/// # Errors
/// [`OpenError`].
pub(crate) fn open(key: &[&[u8]], label: &str, header: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (salt, rest) = sealed.split_first_chunk::<32>().ok_or(OpenError)?;
    let (commitment, rest) = rest.split_first_chunk::<32>().ok_or(OpenError)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or(OpenError)?;
    let key = OneTimeKey::derive(&Prk::extract(salt, key), label, header);
    let mut text = Zeroizing::new(ciphertext.to_vec());
    key.decrypt(commitment, header, &mut text, tag)?;
    Ok(text)
}
