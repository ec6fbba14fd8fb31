//! The prefixes that separate this protocol's hashes and signatures from everything else (docs/protocol.md §2).

/// Before the tag of a hash.
pub(crate) const HASH: &str = "amanah/v1/hash/";
/// Before the tag of a signature.
pub(crate) const SIGN: &str = "amanah/v1/sign/";
/// Before the centre in the origin of its log, which begins every checkpoint.
pub(crate) const LOG: &str = "amanah/";
/// Before the account in the name of the key with which it cosigns checkpoints.
pub(crate) const WITNESS: &str = "amanah/witness/";
