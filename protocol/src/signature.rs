//! Signatures by purpose (docs/protocol.md §2): `Sig(sk, tag, x) = Ed25519(sk, "amanah/v1/sign/" ‖ tag ‖ 0x00 ‖ x)`.
//!
//! Verification is strict (RFC 8032 with small-order parts refused) and never batched. A structure is
//! [`Unverified`] until a key has checked it; only that check, or signing it oneself, gives a [`Signed`] one.

use ed25519_dalek as ed25519;

use crate::bytes::fixed_bytes;
use crate::cbor::{ByteString, ParseError, Structure, encode, is_encoding_of};
use crate::hash::{Hash, tagged};
use crate::labels;

fixed_bytes! {
    /// An Ed25519 public key (RFC 8032). Not checked until it verifies something.
    pub struct VerifyingKey(32)
}

fixed_bytes! {
    /// An Ed25519 signature (RFC 8032).
    pub struct Signature(64)
}

/// The signature does not fit: another key, another purpose, other bytes, or a key that nobody may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit")]
pub struct BadSignature;

/// What is signed: the purpose and the encoding, or a text of the log. Only this crate makes one, so that nobody signs anything else.
#[derive(Debug)]
pub struct SigningInput(Vec<u8>);

impl SigningInput {
    /// The input for a structure under the purpose `tag`.
    pub(crate) fn new(tag: &str, body: &[u8]) -> Self {
        Self([labels::SIGN.as_bytes(), tag.as_bytes(), &[0], body].concat())
    }

    /// The input for a text of the log, without a purpose before it, because foreign tools verify it as a note (C2SP
    /// signed-note, docs/protocol.md §8.4).
    ///
    /// There are two such texts, and neither is an input for a structure, nor the other one: every input for a
    /// structure begins with `amanah/v1/sign/`, a checkpoint with `amanah/`, 64 hexadecimal digits (`v` is none) and a
    /// line end, and what a witness signs with `cosignature/v1` and a line end.
    pub(crate) fn note(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }

    /// The bytes that Ed25519 signs.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Whoever holds a signing key.
pub trait Signer {
    /// The key that verifies what this one signs.
    fn verifying_key(&self) -> VerifyingKey;
    /// Signs (RFC 8032).
    fn sign(&self, input: &SigningInput) -> Signature;
}

impl VerifyingKey {
    /// Whether this is a point that a signer may have: on the curve and not of small order.
    pub fn is_sound(&self) -> bool {
        ed25519::VerifyingKey::from_bytes(&self.0).is_ok_and(|key| !key.is_weak())
    }

    /// Checks one signature strictly.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub(crate) fn check(&self, input: &SigningInput, signature: &Signature) -> Result<(), BadSignature> {
        let key = ed25519::VerifyingKey::from_bytes(&self.0).map_err(|_| BadSignature)?;
        if key.is_weak() {
            return Err(BadSignature);
        }
        key.verify_strict(input.as_bytes(), &ed25519::Signature::from_bytes(&signature.0)).map_err(|_| BadSignature)
    }
}

/// A structure with a signature that nobody has checked yet.
///
/// Wire form: CBOR `[body as byte string, signature(64)]`.
#[derive(Debug, Clone)]
pub struct Unverified<T> {
    body: T,
    wire: Vec<u8>,
    body_bytes: Vec<u8>,
    signature: Signature,
}

/// A structure whose signature was checked, or that was signed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<T> {
    body: T,
    hash: Hash,
    wire: Vec<u8>,
}

/// Bytes that the wire form adds to a body at the most.
pub const SIGNATURE_OVERHEAD: usize = 80;

impl<T: Structure> Unverified<T> {
    /// Reads the wire form.
    ///
    /// # Errors
    /// [`ParseError`] of the wire form or of the body.
    pub fn parse(wire: &[u8]) -> Result<Self, ParseError> {
        if wire.len() > T::MAX.saturating_add(SIGNATURE_OVERHEAD) {
            return Err(ParseError::TooLarge);
        }
        let (ByteString(body_bytes), signature): (ByteString, Signature) =
            minicbor::decode(wire).map_err(|_| ParseError::Malformed)?;
        let body_bytes = ByteString(body_bytes);
        if !is_encoding_of(&(&body_bytes, signature), wire) {
            return Err(ParseError::NotCanonical);
        }
        let ByteString(body_bytes) = body_bytes;
        Ok(Self { body: T::parse(&body_bytes)?, wire: wire.to_vec(), body_bytes, signature })
    }

    /// What the structure claims, to find the key that must have signed it. Nothing else may be done with it.
    pub fn claimed(&self) -> &T {
        &self.body
    }

    /// Checks the signature under `key` for the purpose of this structure.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(self, key: &VerifyingKey) -> Result<Signed<T>, BadSignature> {
        key.check(&SigningInput::new(T::NAME, &self.body_bytes), &self.signature)?;
        // the body's bytes are its one encoding
        Ok(Signed { hash: tagged(T::NAME, &[&self.body_bytes]), body: self.body, wire: self.wire })
    }
}

impl<T: Structure> Signed<T> {
    /// Signs a structure for its own purpose.
    pub fn sign(body: T, signer: &impl Signer) -> Self {
        let body_bytes = body.to_bytes();
        let signature = signer.sign(&SigningInput::new(T::NAME, &body_bytes));
        Self { hash: body.hash(), body, wire: encode(&(ByteString(body_bytes), signature)) }
    }

    /// The structure.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// `H(NAME, body)`.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The wire form: CBOR `[body, signature]`.
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }
}
