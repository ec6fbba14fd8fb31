//! A small store of a relay, made with keys that sign and bytes that only look sealed: an auditor sees no more.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod bundle;
pub(crate) mod erasure;
pub(crate) mod store;
pub(crate) mod story;
pub(crate) mod thread;

use amanah_protocol::card::XWingKey;
use amanah_protocol::hash::of_bytes;
use amanah_protocol::ids::Timestamp;
use amanah_protocol::signature::{Signature, Signer, SigningInput, VerifyingKey};
use ed25519_dalek::Signer as _;
use ml_kem::{DecapsulationKey768, KeyExport};

/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_767_225_600_000);
/// 2027-01-01T00:00:00Z.
pub(crate) const LATER: Timestamp = Timestamp(1_798_761_600_000);
/// One hour in milliseconds.
pub(crate) const HOUR: u64 = 3_600_000;

/// A key that signs, told from others by one number.
pub(crate) struct Key(ed25519_dalek::SigningKey);

impl Key {
    pub(crate) fn new(number: u8) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&[number; 32]))
    }
}

impl Signer for Key {
    fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, input: &SigningInput) -> Signature {
        Signature(self.0.sign(input.as_bytes()).to_bytes())
    }
}

/// A sound X-Wing key, told from others by one number.
pub(crate) fn x_wing_key(number: u8) -> XWingKey {
    let ml_kem = DecapsulationKey768::from_seed([number; 64].into());
    let x25519 = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from([number; 32]));
    let bytes = [&ml_kem.encapsulation_key().to_bytes()[..], x25519.as_bytes()].concat();
    XWingKey::from_slice(&bytes).unwrap()
}

/// Bytes that look random and are always the same for a seed.
pub(crate) fn random(seed: u64, length: usize) -> Vec<u8> {
    let block = |block: u64| of_bytes(&[seed.to_be_bytes(), block.to_be_bytes()].concat()).0;
    (0..).flat_map(block).take(length).collect()
}
