//! Leaves (docs/protocol.md §8.1): what one entry of the record is in the log.

use crate::bytes::fixed_bytes;
use crate::cbor::encode;
use crate::hash::{Hash, tagged};
use crate::record::Kind;

fixed_bytes! {
    /// 16 random bytes that the author of a structure adds to its leaf, so that nobody else can tell by guessing what
    /// a leaf stands for. Once it is erased, the leaf tells nothing.
    pub struct Salt(16)
}

/// The data of a leaf, `H("leaf", [kind, salt, hash of the structure])`: 32 bytes, which the tree hashes once more.
pub fn leaf_data(kind: Kind, salt: &Salt, structure: &Hash) -> Hash {
    tagged("leaf", &[&encode(&(kind, salt, structure))])
}

/// The index in the log of the entry at this position of the record: positions count from 1 without gaps, indices
/// from 0. There is none at position 0.
pub const fn index_of(position: u64) -> Option<u64> {
    position.checked_sub(1)
}
