//! Secret bytes of a fixed length (docs/protocol.md §2): on the heap, wiped on drop, exposed only inside this crate.

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes on the heap. Moving it leaves no copy behind.
pub(crate) struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Fresh random bytes.
    pub(crate) fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::fill(|bytes| rng.fill_bytes(bytes))
    }

    /// Bytes that `write` puts into place.
    pub(crate) fn fill(write: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self(Box::new([0; N]));
        write(&mut secret.0);
        secret
    }

    /// A copy of bytes of exactly this length.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; N] = bytes.try_into().ok()?;
        Some(Self::fill(|secret| secret.copy_from_slice(bytes)))
    }

    /// A second copy, for the few places where a secret has two owners.
    pub(crate) fn duplicate(&self) -> Self {
        Self::fill(|secret| secret.copy_from_slice(self.expose()))
    }

    /// The bytes.
    pub(crate) fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for Secret<N> {}
