//! The record as it travels (docs/protocol.md §5, §6): stored structures in the relay's order, and uploads.

use crate::absence::Absence;
use crate::account::{Succession, VaultHead};
use crate::card::UnverifiedCard;
use crate::cbor::{ByteString, ParseError, Structure, encode};
use crate::centre::{Appointment, Dismissal, RelayCertificate, UnverifiedRoot};
use crate::consent::{Document, Grant, Guardianship, Revocation};
use crate::erasure::Tombstone;
use crate::escrow::{DepositReceipt, Policy, PolicyAcceptance};
use crate::hash::{Hash, of_bytes, tagged};
use crate::history::History;
use crate::ids::Timestamp;
use crate::letter::Letter;
use crate::log::{Salt, leaf_data};
use crate::manifest::{Acceptance, Manifest, Refusal};
use crate::release::{Approval, Cancellation, Notice, Outcome, Request, Sighting, Veto};
use crate::signature::Unverified;
use crate::statement::WebBundle;
use crate::{code, structure};

code! {
    /// Which structure an entry of the record is.
    pub enum Kind {
        /// [`crate::centre::Root`].
        Root = 1,
        /// [`crate::centre::RelayCertificate`].
        RelayCertificate = 2,
        /// [`crate::centre::Appointment`].
        Appointment = 3,
        /// [`crate::centre::Dismissal`].
        Dismissal = 4,
        /// [`crate::consent::Document`]; its parts are the full texts.
        Document = 5,
        /// [`crate::card::Card`].
        Card = 6,
        /// [`crate::account::VaultHead`].
        VaultHead = 7,
        /// [`crate::account::Succession`].
        Succession = 8,
        /// [`crate::consent::Grant`].
        Grant = 9,
        /// [`crate::consent::Revocation`].
        Revocation = 10,
        /// [`crate::manifest::Manifest`]; its parts are the wraps, then the sealed shares.
        Manifest = 11,
        /// [`crate::manifest::Acceptance`].
        Acceptance = 12,
        /// [`crate::manifest::Refusal`].
        Refusal = 13,
        /// [`crate::letter::Letter`]; its part is the ciphertext.
        Letter = 14,
        /// [`crate::history::History`]; its part is the bundle.
        History = 15,
        /// [`crate::escrow::Policy`].
        Policy = 16,
        /// [`crate::escrow::PolicyAcceptance`].
        PolicyAcceptance = 17,
        /// [`crate::consent::Guardianship`].
        Guardianship = 18,
        /// [`crate::escrow::DepositReceipt`].
        DepositReceipt = 19,
        /// [`crate::release::Request`]; its parts are the sealed justifications.
        Request = 20,
        /// [`crate::release::Sighting`].
        Sighting = 21,
        /// [`crate::release::Approval`]; its parts are the shares, sealed again to the recipient.
        Approval = 22,
        /// [`crate::release::Veto`].
        Veto = 23,
        /// [`crate::release::Cancellation`].
        Cancellation = 24,
        /// [`crate::release::Outcome`].
        Outcome = 25,
        /// [`crate::release::Notice`], signed by the relay.
        Notice = 26,
        /// [`crate::erasure::Tombstone`], the last structure of its session.
        Tombstone = 27,
        /// [`crate::statement::WebBundle`], signed by the relay.
        WebBundle = 28,
        /// [`crate::absence::Absence`].
        Absence = 29,
    }
}

structure! {
    /// One stored structure at its place.
    pub part Entry => {
        /// Position in the relay's order, from 1.
        position: u64,
        /// The relay's time when it was stored.
        time: Timestamp,
        /// Which structure.
        kind: Kind,
        /// What keeps its leaf in the log from being guessed.
        salt: Salt,
        /// Its signed wire form.
        body: ByteString,
        /// What is stored beside it, addressed by hash in the body.
        parts: Vec<ByteString>,
    }
}

structure! {
    /// A record as far as somebody has read it, so that nobody can show them less, or something else, later.
    pub part RecordMark => {
        /// How many entries.
        count: u64,
        /// `R₀ = H("record", id)`, `Rᵢ = H("record", Rᵢ₋₁ ‖ SHA-256(position ‖ time ‖ kind ‖ wire form))`.
        head: Hash,
    }
}

structure! {
    /// Entries after a position, in order.
    pub struct Page = "page", at most 16_777_216 => {
        /// The entries.
        entries: Vec<Entry>,
        /// Whether there are more.
        more: bool,
        /// The signed head statement, where the page is of a session.
        head: Option<ByteString>,
        /// The tombstone's entry, where the page is of a session that was erased.
        erased: Option<Entry>,
    }
}

structure! {
    /// A manifest with the wraps and sealed shares that it names.
    pub struct ManifestUpload = "manifest-upload", at most 196_608 => {
        /// The signed manifest.
        manifest: ByteString,
        /// The wraps in the order of the members.
        wraps: Vec<ByteString>,
        /// The sealed shares in the order of the trustees.
        seals: Vec<ByteString>,
    }
}

structure! {
    /// A letter with its ciphertext.
    pub struct LetterUpload = "letter-upload", at most 264_192 => {
        /// The signed letter.
        letter: ByteString,
        /// The ciphertext.
        ciphertext: ByteString,
    }
}

structure! {
    /// A history with its bundle.
    pub struct HistoryUpload = "history-upload", at most 16_384 => {
        /// The signed history.
        history: ByteString,
        /// The bundle.
        bundle: ByteString,
    }
}

structure! {
    /// A step of escrow in a session: a deposit receipt, a request, or what answers one.
    pub struct EscrowUpload = "escrow-upload", at most 524_288 => {
        /// Which structure: a kind from `DepositReceipt` to `Outcome`.
        kind: Kind,
        /// The signed structure.
        step: ByteString,
        /// What stands beside it: sealed justifications of a request, or shares of an approval.
        parts: Vec<ByteString>,
    }
}

structure! {
    /// A consent document with its full texts.
    pub struct DocumentUpload = "document-upload", at most 1_048_576 => {
        /// The signed document.
        document: ByteString,
        /// The full texts in the order of the wordings.
        texts: Vec<ByteString>,
    }
}

impl Entry {
    /// The hash of the structure. Its signature is not checked.
    ///
    /// # Errors
    /// [`ParseError`]: the body is no structure of this kind.
    pub fn structure_hash(&self) -> Result<Hash, ParseError> {
        fn of<S: Structure>(wire: &[u8]) -> Result<Hash, ParseError> {
            Ok(Unverified::<S>::parse(wire)?.claimed().hash())
        }
        let wire = &self.body.0;
        match self.kind {
            Kind::Root => UnverifiedRoot::parse(wire).map(|root| root.claimed().hash()),
            Kind::RelayCertificate => of::<RelayCertificate>(wire),
            Kind::Appointment => of::<Appointment>(wire),
            Kind::Dismissal => of::<Dismissal>(wire),
            Kind::Document => of::<Document>(wire),
            Kind::Card => UnverifiedCard::parse(wire).map(|card| card.claimed().hash()),
            Kind::VaultHead => of::<VaultHead>(wire),
            Kind::Succession => of::<Succession>(wire),
            Kind::Grant => of::<Grant>(wire),
            Kind::Revocation => of::<Revocation>(wire),
            Kind::Manifest => of::<Manifest>(wire),
            Kind::Acceptance => of::<Acceptance>(wire),
            Kind::Refusal => of::<Refusal>(wire),
            Kind::Letter => of::<Letter>(wire),
            Kind::History => of::<History>(wire),
            Kind::Policy => of::<Policy>(wire),
            Kind::PolicyAcceptance => of::<PolicyAcceptance>(wire),
            Kind::Guardianship => of::<Guardianship>(wire),
            Kind::DepositReceipt => of::<DepositReceipt>(wire),
            Kind::Request => of::<Request>(wire),
            Kind::Sighting => of::<Sighting>(wire),
            Kind::Approval => of::<Approval>(wire),
            Kind::Veto => of::<Veto>(wire),
            Kind::Cancellation => of::<Cancellation>(wire),
            Kind::Outcome => of::<Outcome>(wire),
            Kind::Notice => of::<Notice>(wire),
            Kind::Tombstone => of::<Tombstone>(wire),
            Kind::WebBundle => of::<WebBundle>(wire),
            Kind::Absence => of::<Absence>(wire),
        }
    }

    /// The data of its leaf in the log (docs/protocol.md §8.1).
    ///
    /// # Errors
    /// [`ParseError`]: the body is no structure of this kind.
    pub fn leaf_data(&self) -> Result<Hash, ParseError> {
        Ok(leaf_data(self.kind, &self.salt, &self.structure_hash()?))
    }
}

impl RecordMark {
    /// Before the first entry of the record of this session or centre.
    pub fn start(id: &[u8]) -> Self {
        Self { count: 0, head: tagged("record", &[id]) }
    }

    /// After one more entry. What is stored beside it is bound by its wire form.
    #[must_use]
    pub fn with(&self, entry: &Entry) -> Self {
        let entry = of_bytes(&encode(&(entry.position, entry.time, entry.kind, &entry.body)));
        Self { count: self.count.saturating_add(1), head: tagged("record", &[&self.head.0, &entry.0]) }
    }
}
