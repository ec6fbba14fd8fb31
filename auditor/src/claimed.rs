//! The structure of an entry: what it claims, and what is left once its signature was checked.

use amanah_protocol::absence::Absence;
use amanah_protocol::account::{Succession, VaultHead};
use amanah_protocol::card::UnverifiedCard;
use amanah_protocol::cbor::{ParseError, Structure};
use amanah_protocol::centre::{Appointment, Dismissal, RelayCertificate, UnverifiedRoot};
use amanah_protocol::consent::{Document, Grant, Guardianship, Revocation};
use amanah_protocol::erasure::Tombstone;
use amanah_protocol::escrow::{DepositReceipt, Policy, PolicyAcceptance};
use amanah_protocol::history::History;
use amanah_protocol::ids::{AccountId, Timestamp};
use amanah_protocol::letter::Letter;
use amanah_protocol::manifest::{Acceptance, Manifest, Refusal};
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::release::{Notice, Request, Step, UnverifiedStep};
use amanah_protocol::signature::{BadSignature, Signed, Unverified, VerifyingKey};
use amanah_protocol::statement::WebBundle;

use crate::erasure::Belongs;

/// Declares the structures that have a signature and no chain of their own.
macro_rules! structures {
    ( $( $name:ident ),* ) => {
        /// A structure whose signature nobody has checked yet.
        #[derive(Clone)]
        pub(crate) enum Claimed {
            Root(UnverifiedRoot),
            Card(Box<UnverifiedCard>),
            Step(UnverifiedStep),
            $( $name(Unverified<$name>) ),*
        }

        /// A structure whose signature was checked.
        pub(crate) enum Proven {
            Root,
            Card,
            Step(Step),
            $( $name(Signed<$name>) ),*
        }

        impl Claimed {
            /// Reads the structure of an entry.
            ///
            /// # Errors
            /// [`ParseError`]: it is none of its kind, or not in its one spelling.
            pub(crate) fn parse(entry: &Entry) -> Result<Self, ParseError> {
                let wire = &entry.body.0;
                Ok(match entry.kind {
                    Kind::Root => Self::Root(UnverifiedRoot::parse(wire)?),
                    Kind::Card => Self::Card(Box::new(UnverifiedCard::parse(wire)?)),
                    Kind::Sighting | Kind::Approval | Kind::Veto | Kind::Cancellation | Kind::Outcome => {
                        Self::Step(UnverifiedStep::parse(entry.kind, wire)?.ok_or(ParseError::Malformed)?)
                    }
                    $( Kind::$name => Self::$name(Unverified::parse(wire)?) ),*
                })
            }

            /// Checks the signature under one key. Roots and cards are checked by their chains instead.
            fn verify_with(self, key: &VerifyingKey, entry: &Entry) -> Result<Proven, BadSignature> {
                match self {
                    Self::Root(_) | Self::Card(_) => Err(BadSignature),
                    Self::Step(step) => {
                        let parts = (!entry.is_erased()).then(|| part_bytes(entry));
                        Ok(Proven::Step(step.verify(key, parts)?))
                    }
                    $( Self::$name(structure) => Ok(Proven::$name(structure.verify(key)?)) ),*
                }
            }
        }
    };
}

structures!(
    RelayCertificate,
    Appointment,
    Dismissal,
    Document,
    Policy,
    VaultHead,
    Succession,
    Grant,
    Revocation,
    Manifest,
    Acceptance,
    Refusal,
    Letter,
    History,
    PolicyAcceptance,
    Guardianship,
    DepositReceipt,
    Request,
    Notice,
    Tombstone,
    WebBundle,
    Absence
);

impl Claimed {
    /// Checks the signature strictly, under any of these keys. The shares of an approval stand beside it in the entry.
    ///
    /// # Errors
    /// [`BadSignature`]: it fits none of them.
    pub(crate) fn verify(self, keys: &[VerifyingKey], entry: &Entry) -> Result<Proven, BadSignature> {
        let (last, others) = keys.split_last().ok_or(BadSignature)?;
        let proven = others.iter().find_map(|key| self.clone().verify_with(key, entry).ok());
        proven.map_or_else(|| self.verify_with(last, entry), Ok)
    }

    /// The time that its author wrote into it; what the root signs has none but a tombstone, nor has a letter.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        Some(match self {
            Self::Root(_)
            | Self::RelayCertificate(_)
            | Self::Appointment(_)
            | Self::Dismissal(_)
            | Self::Document(_)
            | Self::Policy(_)
            | Self::Letter(_) => return None,
            Self::Card(card) => card.claimed().created,
            Self::VaultHead(head) => head.claimed().time,
            Self::Succession(succession) => succession.claimed().time,
            Self::Grant(grant) => grant.claimed().issued,
            Self::Revocation(revocation) => revocation.claimed().issued,
            Self::Manifest(manifest) => manifest.claimed().outline.created,
            Self::Acceptance(acceptance) => acceptance.claimed().time,
            Self::Refusal(refusal) => refusal.claimed().time,
            Self::History(history) => history.claimed().outline.time,
            Self::PolicyAcceptance(acceptance) => acceptance.claimed().time,
            Self::Guardianship(guardianship) => guardianship.claimed().time,
            Self::DepositReceipt(receipt) => receipt.claimed().time,
            Self::Request(request) => request.claimed().outline.created,
            Self::Notice(notice) => notice.claimed().time,
            Self::Tombstone(tombstone) => tombstone.claimed().time,
            Self::WebBundle(bundle) => bundle.claimed().time,
            Self::Absence(absence) => absence.claimed().time,
            Self::Step(step) => match step {
                UnverifiedStep::Seen(step) => step.claimed().time,
                UnverifiedStep::Approved(step) => step.claimed().time,
                UnverifiedStep::Vetoed(step) => step.claimed().time,
                UnverifiedStep::Cancelled(step) => step.claimed().time,
                UnverifiedStep::Tried(step) => step.claimed().time,
            },
        })
    }

    /// The account whose newest card must have signed it, where that is how its signer is found.
    pub(crate) fn author(&self) -> Option<AccountId> {
        Some(match self {
            Self::VaultHead(head) => head.claimed().account,
            Self::Succession(succession) => succession.claimed().checked_by,
            Self::Grant(grant) => grant.claimed().client,
            Self::Manifest(manifest) => manifest.claimed().outline.author,
            Self::Acceptance(acceptance) => acceptance.claimed().account,
            Self::Refusal(refusal) => refusal.claimed().account,
            Self::History(history) => history.claimed().outline.author,
            Self::PolicyAcceptance(acceptance) => acceptance.claimed().trustee,
            Self::Guardianship(guardianship) => guardianship.claimed().checked_by,
            Self::DepositReceipt(receipt) => receipt.claimed().trustee,
            Self::Request(request) => request.claimed().outline.requester,
            Self::Absence(absence) => absence.claimed().account,
            Self::Step(step) => step.author(),
            Self::Root(_)
            | Self::Card(_)
            | Self::RelayCertificate(_)
            | Self::Appointment(_)
            | Self::Dismissal(_)
            | Self::Document(_)
            | Self::Policy(_)
            | Self::Revocation(_)
            | Self::Letter(_)
            | Self::Notice(_)
            | Self::WebBundle(_)
            | Self::Tombstone(_) => return None,
        })
    }

    /// The session to which it belongs.
    pub(crate) fn belongs(&self) -> Belongs {
        match self {
            Self::Manifest(manifest) => Belongs::To(manifest.claimed().outline.session),
            Self::Acceptance(acceptance) => Belongs::To(acceptance.claimed().session),
            Self::Refusal(refusal) => Belongs::To(refusal.claimed().session),
            Self::Letter(letter) => Belongs::To(letter.claimed().header.session),
            Self::History(history) => Belongs::To(history.claimed().outline.session),
            Self::DepositReceipt(receipt) => Belongs::To(receipt.claimed().session),
            Self::Request(request) => Belongs::Asks(request.claimed().outline.session, request.claimed().hash()),
            Self::Notice(notice) => Belongs::To(notice.claimed().session),
            Self::Tombstone(tombstone) => Belongs::To(tombstone.claimed().session),
            Self::Step(step) => Belongs::Answers(step.request()),
            Self::Root(_)
            | Self::Card(_)
            | Self::RelayCertificate(_)
            | Self::Appointment(_)
            | Self::Dismissal(_)
            | Self::Document(_)
            | Self::Policy(_)
            | Self::PolicyAcceptance(_)
            | Self::VaultHead(_)
            | Self::Succession(_)
            | Self::Grant(_)
            | Self::Revocation(_)
            | Self::Guardianship(_)
            | Self::WebBundle(_)
            | Self::Absence(_) => Belongs::Nowhere,
        }
    }
}

/// The bytes of what stands beside an entry.
pub(crate) fn part_bytes(entry: &Entry) -> Vec<Vec<u8>> {
    entry.parts.iter().map(|part| part.0.clone()).collect()
}
