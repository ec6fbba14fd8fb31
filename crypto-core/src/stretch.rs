//! Stretching passphrases (docs/protocol.md §2): Argon2id (RFC 9106) with constants that nobody else may choose.

use argon2::{Algorithm, Argon2, Params, Version};

/// Memory in KiB: 64 MiB.
const MEMORY_KIB: u32 = 65_536;
/// Passes over the memory.
const PASSES: u32 = 3;
/// Lanes.
const LANES: u32 = 1;

/// The device has too little memory, or the salt is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StretchError;

/// `Argon2id(secret, salt)` with 64 MiB, t = 3, p = 1, version 0x13, into the whole of `output`.
pub(crate) fn stretch(secret: &[u8], salt: &[u8], output: &mut [u8]) -> Result<(), StretchError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(output.len())).map_err(|_| StretchError)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(secret, salt, output)
        .map_err(|_| StretchError)
}
