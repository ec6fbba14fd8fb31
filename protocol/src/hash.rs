//! Tagged hashes (docs/protocol.md §2): `H(tag, x) = SHA-256("amanah/v1/hash/" ‖ tag ‖ 0x00 ‖ x)`.

use sha2::{Digest, Sha256};

use crate::bytes::fixed_bytes;
use crate::labels;

fixed_bytes! {
    /// A SHA-256 value that addresses a structure or other bytes.
    pub struct Hash(32)
}

/// `H(tag, parts joined)`.
pub fn tagged(tag: &str, parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(labels::HASH);
    hasher.update(tag);
    hasher.update([0]);
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

/// Plain SHA-256, the address of bytes that are stored beside a structure: a wrap or a ciphertext.
pub fn of_bytes(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}
