//! The steps that answer a request, from the bytes that arrive to what a release takes.

use super::{Approval, Cancellation, Outcome, Sighting, Veto};
use crate::cbor::ParseError;
use crate::hash::Hash;
use crate::ids::AccountId;
use crate::record::Kind;
use crate::signature::{BadSignature, Signed, Unverified, VerifyingKey};

/// A step, signed by the person whom it names.
#[derive(Debug, Clone)]
pub enum Step {
    /// A trustee has seen the request.
    Seen(Signed<Sighting>),
    /// A trustee approves, with its shares sealed to the recipient; without them if the session was erased.
    Approved(Signed<Approval>, Option<Vec<Vec<u8>>>),
    /// A trustee ends the request.
    Vetoed(Signed<Veto>),
    /// A client ends the request.
    Cancelled(Signed<Cancellation>),
    /// The recipient has tried to open.
    Tried(Signed<Outcome>),
}

/// A step whose signature nobody has checked yet.
#[derive(Debug, Clone)]
pub enum UnverifiedStep {
    /// A trustee has seen the request.
    Seen(Unverified<Sighting>),
    /// A trustee approves.
    Approved(Unverified<Approval>),
    /// A trustee ends the request.
    Vetoed(Unverified<Veto>),
    /// A client ends the request.
    Cancelled(Unverified<Cancellation>),
    /// The recipient has tried to open.
    Tried(Unverified<Outcome>),
}

impl UnverifiedStep {
    /// Reads the wire form of a step; `None` if a structure of this kind answers no request.
    ///
    /// # Errors
    /// [`ParseError`] of the wire form or of the body.
    pub fn parse(kind: Kind, wire: &[u8]) -> Result<Option<Self>, ParseError> {
        Ok(Some(match kind {
            Kind::Sighting => Self::Seen(Unverified::parse(wire)?),
            Kind::Approval => Self::Approved(Unverified::parse(wire)?),
            Kind::Veto => Self::Vetoed(Unverified::parse(wire)?),
            Kind::Cancellation => Self::Cancelled(Unverified::parse(wire)?),
            Kind::Outcome => Self::Tried(Unverified::parse(wire)?),
            _ => return Ok(None),
        }))
    }

    /// The request that it claims to answer.
    pub fn request(&self) -> Hash {
        match self {
            Self::Seen(step) => step.claimed().request,
            Self::Approved(step) => step.claimed().request,
            Self::Vetoed(step) => step.claimed().request,
            Self::Cancelled(step) => step.claimed().request,
            Self::Tried(step) => step.claimed().request,
        }
    }

    /// Whom it names as the person who must have signed it.
    pub fn author(&self) -> AccountId {
        match self {
            Self::Seen(step) => step.claimed().trustee,
            Self::Approved(step) => step.claimed().trustee,
            Self::Vetoed(step) => step.claimed().trustee,
            Self::Cancelled(step) => step.claimed().client,
            Self::Tried(step) => step.claimed().recipient,
        }
    }

    /// Checks the signature under `key`. `parts` are what stands beside the step, the shares of an approval; nothing if
    /// its session was erased.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(self, key: &VerifyingKey, parts: Option<Vec<Vec<u8>>>) -> Result<Step, BadSignature> {
        Ok(match self {
            Self::Seen(step) => Step::Seen(step.verify(key)?),
            Self::Approved(step) => Step::Approved(step.verify(key)?, parts),
            Self::Vetoed(step) => Step::Vetoed(step.verify(key)?),
            Self::Cancelled(step) => Step::Cancelled(step.verify(key)?),
            Self::Tried(step) => Step::Tried(step.verify(key)?),
        })
    }
}

impl Step {
    /// The hash of the signed structure.
    pub fn hash(&self) -> Hash {
        match self {
            Self::Seen(step) => step.hash(),
            Self::Approved(step, _) => step.hash(),
            Self::Vetoed(step) => step.hash(),
            Self::Cancelled(step) => step.hash(),
            Self::Tried(step) => step.hash(),
        }
    }
}
