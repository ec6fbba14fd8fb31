//! What an auditor is given (docs/protocol.md §9): everything that is stored, in pages, without a key to any of it.
//!
//! A bundle is a file of frames: a length as four bytes, most significant first, then so many bytes. The first frame is
//! the [`BundleHeader`]; then come [`crate::record::Page`]s with all entries in order, then [`VaultPage`]s with the vaults
//! of all accounts, in ascending order. A live relay gives the same pages to an appointed auditor.

use crate::cbor::ByteString;
use crate::ids::{AccountId, CentreId, Timestamp};
use crate::structure;

/// The longest frame: that of a page.
pub const MAX_FRAME: usize = 16_777_216;

/// More bytes than a frame may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("longer than a frame may be")]
pub struct FrameTooLong;

/// A frame: the length of these bytes, then the bytes. None of the structures of a bundle is longer than [`MAX_FRAME`].
pub fn frame(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

/// How many bytes follow this head of a frame.
///
/// # Errors
/// [`FrameTooLong`].
pub fn frame_length(head: [u8; 4]) -> Result<usize, FrameTooLong> {
    usize::try_from(u32::from_be_bytes(head)).ok().filter(|length| *length <= MAX_FRAME).ok_or(FrameTooLong)
}

structure! {
    /// What a bundle holds.
    pub struct BundleHeader = "audit-bundle", at most 262_144 => {
        /// The centre.
        centre: CentreId,
        /// The checkpoint up to which it goes, as a signed note.
        checkpoint: ByteString,
        /// How many accounts have a vault in it.
        vaults: u64,
        /// When it was made, by the relay's clock.
        made: Timestamp,
    }
}

structure! {
    /// The sealed vault of one account, as the relay keeps it.
    pub part VaultItem => {
        /// The account.
        account: AccountId,
        /// The version of the vault.
        version: u64,
        /// The sealed vault.
        vault: ByteString,
        /// The signed head.
        vault_head: ByteString,
        /// The vault's key, sealed under the passphrase's key.
        passphrase_wrap: ByteString,
        /// The vault's key, sealed under the recovery code.
        recovery_wrap: ByteString,
    }
}

structure! {
    /// Vaults after an account, in ascending order.
    pub struct VaultPage = "audit-vaults", at most 16_777_216 => {
        /// The vaults.
        vaults: Vec<VaultItem>,
        /// Whether there are more.
        more: bool,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_its_length_and_its_bytes() {
        assert_eq!(frame(b"abc"), [0, 0, 0, 3, b'a', b'b', b'c']);
        assert_eq!(frame_length([0, 0, 1, 2]), Ok(258));
    }

    #[test]
    fn a_frame_has_a_greatest_length() {
        assert_eq!(frame_length([1, 0, 0, 0]), Ok(MAX_FRAME));
        assert_eq!(frame_length([1, 0, 0, 1]), Err(FrameTooLong));
    }
}
