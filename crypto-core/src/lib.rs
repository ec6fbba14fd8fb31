//! Everything of Amanah that touches a secret: identities, vaults, epochs, and the sealing and opening of letters.
//!
//! The specification is `docs/protocol.md`. This crate does no I/O and reads no clock; randomness is an argument
//! everywhere. Secrets live on the heap, are wiped on drop, and leave this crate only as text that a person keeps.

mod coins;
mod committed;
pub mod draft;
pub mod epoch;
pub mod escrow;
pub mod fingerprint;
pub mod history;
pub mod identity;
mod kdf;
mod labels;
pub mod letter;
pub mod opaque;
mod padded;
mod person_seal;
pub mod recovery;
pub mod release;
pub mod root;
mod secret;
pub mod sheet;
mod stretch;
mod text_code;
pub mod vault;
mod vault_content;
mod vault_key;

#[cfg(test)]
mod tests;

pub use committed::OpenError;
pub use person_seal::PersonSealError;
