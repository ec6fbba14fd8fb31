//! Keys, spelled bytes and a small world for the tests of this crate; everything in it is repeatable.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod escrowed;
pub(crate) mod samples;
pub(crate) mod spelling;
pub(crate) mod story;
pub(crate) mod world;

use amanah_protocol::card::XWingKey;
use amanah_protocol::cbor::{ByteString, encode};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::Timestamp;
use amanah_protocol::signature::{Signature, Signer, SigningInput, VerifyingKey};
use ed25519_dalek::Signer as _;
use ml_kem::{DecapsulationKey768, KeyExport};

/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_767_225_600_000);
/// 2027-01-01T00:00:00Z.
pub(crate) const LATER: Timestamp = Timestamp(1_798_761_600_000);

/// A key that signs, told from others by one number.
pub(crate) struct Key(pub(crate) ed25519_dalek::SigningKey);

impl Key {
    pub(crate) fn new(number: u8) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&[number; 32]))
    }

    /// `Sig(sk, tag, body)` as docs/protocol.md §2.1 spells it, for any tag.
    pub(crate) fn sign_as(&self, tag: &str, body: &[u8]) -> Signature {
        let input = [b"amanah/v1/sign/", tag.as_bytes(), &[0], body].concat();
        Signature(self.0.sign(&input).to_bytes())
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

/// The wire form of a signed structure.
pub(crate) fn wire(body: &[u8], signature: Signature) -> Vec<u8> {
    encode(&(ByteString(body.to_vec()), signature))
}

/// The wire form of a card or a root.
pub(crate) fn chained_wire(body: &[u8], own: Signature, previous: Option<Signature>) -> Vec<u8> {
    encode(&(ByteString(body.to_vec()), own, previous))
}

/// A hash that is the hash of nothing.
pub(crate) const fn hash(byte: u8) -> Hash {
    Hash([byte; 32])
}

/// A sound X-Wing key, told from others by one number.
pub(crate) fn x_wing_key(number: u8) -> XWingKey {
    let ml_kem = DecapsulationKey768::from_seed([number; 64].into());
    let x25519 = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from([number; 32]));
    let bytes = [&ml_kem.encapsulation_key().to_bytes()[..], x25519.as_bytes()].concat();
    XWingKey::from_slice(&bytes).unwrap()
}
