//! What an account signs about itself (docs/protocol.md §3): its vault's head, a recovery, and its succession.

use crate::cbor::ByteString;
use crate::hash::Hash;
use crate::ids::{AccountId, CentreId, Handle, Timestamp};
use crate::{code, structure};

/// The greatest sealed vault: 1 MiB.
pub const MAX_VAULT: usize = 1_048_576;

structure! {
    /// The newest version of an account's vault, so that an old one is noticed.
    pub struct VaultHead = "vault-head", at most 256 => {
        /// The account.
        account: AccountId,
        /// 1, 2, 3 …
        version: u64,
        /// `H("vault", sealed vault)`.
        vault: Hash,
        /// When, by the owner's clock.
        time: Timestamp,
    }
}

/// The address of a sealed vault: `H("vault", bytes)`.
pub fn vault_hash(vault: &[u8]) -> Hash {
    crate::hash::tagged("vault", &[vault])
}

structure! {
    /// The holder of a recovery code asks for the vault. Signed by the key derived from that code.
    pub struct RecoveryRequest = "recovery-request", at most 1024 => {
        /// The centre.
        centre: CentreId,
        /// Whose account.
        handle: Handle,
        /// The relay's challenge.
        challenge: ByteString,
    }
}

code! {
    /// Why an account follows another.
    pub enum SuccessionGround {
        /// All keys of the old account are lost.
        KeysLost = 1,
        /// The old account is in somebody else's hands.
        KeysStolen = 2,
    }
}

structure! {
    /// Somebody appointed has checked that one person holds both accounts. Signed by that somebody.
    pub struct Succession = "succession", at most 512 => {
        /// The centre.
        centre: CentreId,
        /// The account that ends.
        old: AccountId,
        /// The account that follows.
        new: AccountId,
        /// Who checked the code words.
        checked_by: AccountId,
        /// Why.
        ground: SuccessionGround,
        /// When.
        time: Timestamp,
    }
}
