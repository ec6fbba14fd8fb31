//! What travels between Amanah's clients and relay, and what anyone can check of it without a key.
//!
//! The specification is `docs/protocol.md`. This crate holds no secret, does no I/O and reads no clock.

pub mod absence;
pub mod account;
pub mod api;
pub mod attestation;
pub mod bundle;
mod bytes;
pub mod card;
pub mod cbor;
pub mod centre;
pub mod consent;
pub mod erasure;
pub mod escrow;
pub mod evidence;
pub mod hash;
pub mod history;
pub mod ids;
mod labels;
pub mod letter;
pub mod log;
pub mod manifest;
pub mod padding;
pub mod policy;
pub mod record;
pub mod release;
pub mod signature;
pub mod statement;

pub use bytes::NotHex;
