//! The centre (docs/protocol.md §3): its offline root, and whom and what the root signs for.

use crate::cbor::{ByteString, ParseError, Structure, encode, is_encoding_of};
use crate::hash::Hash;
use crate::ids::{AccountId, CentreId, Timestamp};
use crate::signature::{BadSignature, Signature, Signed, Signer, SigningInput, Unverified, VerifyingKey};
use crate::{code, structure};

structure! {
    /// The centre's root key, made and kept offline. The hash of the first root is the [`CentreId`] that clients pin.
    pub struct Root = "root", at most 256 => {
        /// 1 for the first root.
        number: u32,
        /// Verifies what the centre signs.
        verifying_key: VerifyingKey,
        /// Hash of the root before; null in the first.
        previous: Option<Hash>,
    }
}

/// The purpose under which the previous root signs the next one.
const NEXT: &str = "root-next";

code! {
    /// What somebody is to the centre or in a session.
    pub enum Role {
        /// Asks for help. Never appointed.
        Client = 1,
        /// Answers.
        Counsellor = 2,
        /// Advises a counsellor, where the client granted it.
        Supervisor = 3,
        /// Invites, and checks who somebody is.
        Registrar = 4,
        /// Leads the centre and holds its root.
        Director = 5,
        /// Keeps a share of escrowed keys.
        Trustee = 6,
        /// Checks the records from outside.
        Auditor = 7,
    }
}

structure! {
    /// A licence to practise, as anyone can check it.
    pub part Licence => {
        /// Number of the licence.
        number: String,
        /// Who gave it.
        board: String,
        /// Where it is valid.
        jurisdiction: String,
        /// Where anyone can check it.
        link: String,
        /// When it ends.
        expires: Timestamp,
    }
}

structure! {
    /// The root says: this key signs for the relay.
    pub struct RelayCertificate = "relay-certificate", at most 512 => {
        /// The centre.
        centre: CentreId,
        /// Verifies receipts and head statements.
        key: VerifyingKey,
        /// In force from.
        from: Timestamp,
        /// In force until.
        until: Timestamp,
    }
}

structure! {
    /// The root says: this account has this role.
    pub struct Appointment = "appointment", at most 4096 => {
        /// The centre.
        centre: CentreId,
        /// Who is appointed.
        account: AccountId,
        /// As what.
        role: Role,
        /// The name that clients see.
        name: String,
        /// The licence to practise, where the role has one.
        licence: Option<Licence>,
        /// In force from.
        from: Timestamp,
        /// In force until.
        until: Timestamp,
    }
}

structure! {
    /// The root ends an appointment.
    pub struct Dismissal = "dismissal", at most 256 => {
        /// The centre.
        centre: CentreId,
        /// The appointment that ends.
        appointment: Hash,
        /// From when.
        from: Timestamp,
    }
}

impl RelayCertificate {
    /// Whether the key may sign at `time`.
    pub fn in_force(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.until
    }
}

impl Appointment {
    /// Whether the appointment, and the licence if it has one, is in force at `time`.
    pub fn in_force(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.until && self.licence.as_ref().is_none_or(|licence| time < licence.expires)
    }
}

/// Why a root is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RootError {
    /// A signature does not fit.
    #[error("a signature of the root does not fit")]
    Signature,
    /// It does not continue the chain, or begins another centre's.
    #[error("the root does not continue the chain of this centre")]
    Chain,
}

impl From<BadSignature> for RootError {
    fn from(_: BadSignature) -> Self {
        Self::Signature
    }
}

/// A root from outside. Wire form: CBOR `[body, signature, signature of the previous root | null]`.
#[derive(Debug, Clone)]
pub struct UnverifiedRoot {
    root: Root,
    wire: Vec<u8>,
    body_bytes: Vec<u8>,
    signature: Signature,
    previous_signature: Option<Signature>,
}

/// A root whose place in the centre's chain was checked; it verifies what the centre signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRoot {
    root: Root,
    centre: CentreId,
    hash: Hash,
    wire: Vec<u8>,
}

impl UnverifiedRoot {
    /// Reads the wire form.
    ///
    /// # Errors
    /// [`ParseError`] of the wire form or the root.
    pub fn parse(wire: &[u8]) -> Result<Self, ParseError> {
        if wire.len() > 2 * Root::MAX {
            return Err(ParseError::TooLarge);
        }
        let parts: (ByteString, Signature, Option<Signature>) =
            minicbor::decode(wire).map_err(|_| ParseError::Malformed)?;
        if !is_encoding_of(&parts, wire) {
            return Err(ParseError::NotCanonical);
        }
        let (ByteString(body_bytes), signature, previous_signature) = parts;
        let root = Root::parse(&body_bytes)?;
        Ok(Self { root, wire: wire.to_vec(), body_bytes, signature, previous_signature })
    }

    /// What the root claims. Nothing may rely on it.
    pub fn claimed(&self) -> &Root {
        &self.root
    }

    /// The centre that this root claims to begin. Pin it only after comparing it with a fingerprint.
    pub fn claimed_centre(&self) -> CentreId {
        CentreId::from(self.root.hash())
    }

    /// Checks the first root against the centre that is pinned.
    ///
    /// # Errors
    /// [`RootError`].
    pub fn verify_first(self, centre: CentreId) -> Result<SignedRoot, RootError> {
        let first = self.root.number == 1 && self.root.previous.is_none() && self.previous_signature.is_none();
        if !first || self.claimed_centre() != centre {
            return Err(RootError::Chain);
        }
        self.verify_own(centre)
    }

    /// Checks the root that follows `previous`.
    ///
    /// # Errors
    /// [`RootError`].
    pub fn verify_next(self, previous: &SignedRoot) -> Result<SignedRoot, RootError> {
        let follows =
            previous.root.number.checked_add(1) == Some(self.root.number) && self.root.previous == Some(previous.hash);
        let (true, Some(signature)) = (follows, &self.previous_signature) else {
            return Err(RootError::Chain);
        };
        previous.root.verifying_key.check(&SigningInput::new(NEXT, &self.body_bytes), signature)?;
        self.verify_own(previous.centre)
    }

    fn verify_own(self, centre: CentreId) -> Result<SignedRoot, RootError> {
        self.root.verifying_key.check(&SigningInput::new(Root::NAME, &self.body_bytes), &self.signature)?;
        Ok(SignedRoot { hash: self.root.hash(), root: self.root, centre, wire: self.wire })
    }
}

impl SignedRoot {
    /// Signs the first root of a new centre.
    pub fn sign_first(signer: &impl Signer) -> Self {
        let root = Root { number: 1, verifying_key: signer.verifying_key(), previous: None };
        let hash = root.hash();
        Self::sign(root, CentreId::from(hash), signer, None)
    }

    /// Signs the root that follows this one, with its own key and with this one's.
    #[must_use]
    pub fn sign_next(&self, own: &impl Signer, signer: &impl Signer) -> Self {
        let root = Root {
            number: self.root.number.saturating_add(1),
            verifying_key: signer.verifying_key(),
            previous: Some(self.hash),
        };
        let by_previous = own.sign(&SigningInput::new(NEXT, &root.to_bytes()));
        Self::sign(root, self.centre, signer, Some(by_previous))
    }

    fn sign(root: Root, centre: CentreId, signer: &impl Signer, by_previous: Option<Signature>) -> Self {
        let body = root.to_bytes();
        let own = signer.sign(&SigningInput::new(Root::NAME, &body));
        Self { hash: root.hash(), root, centre, wire: encode(&(ByteString(body), own, by_previous)) }
    }

    /// The centre.
    pub fn centre(&self) -> CentreId {
        self.centre
    }

    /// `H("root", root)`.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The wire form.
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// The root's public key.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.root.verifying_key
    }

    /// Checks something that this root signed for its own centre.
    ///
    /// # Errors
    /// [`BadSignature`]: another key, or a structure of another centre.
    pub fn verify<T: SignedByRoot>(&self, structure: Unverified<T>) -> Result<Signed<T>, BadSignature> {
        if structure.claimed().centre() != self.centre {
            return Err(BadSignature);
        }
        structure.verify(&self.root.verifying_key)
    }
}

/// A structure that only the centre's root may sign.
pub trait SignedByRoot: Structure {
    /// The centre for which it speaks.
    fn centre(&self) -> CentreId;
}

macro_rules! signed_by_root {
    ($($name:ty),*) => { $(
        impl SignedByRoot for $name {
            fn centre(&self) -> CentreId {
                self.centre
            }
        }
    )* };
}
signed_by_root!(
    RelayCertificate,
    Appointment,
    Dismissal,
    crate::consent::Document,
    crate::escrow::Policy,
    crate::erasure::Tombstone
);
