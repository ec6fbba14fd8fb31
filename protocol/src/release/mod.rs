//! Release (docs/protocol.md §7): a request, what its trustees and clients answer, and what came of it.
//!
//! [`Release`] is the whole of one request as anybody can follow it without a key: the relay before it stores a step,
//! every client of the SDK when it reads, an auditor later. Each step is a signed structure.

mod request;
mod standing;
mod step;

pub use request::{RequestError, Requested, check_request};
pub use standing::{Approved, Release, Seen, Standing, StepError};
pub use step::{Step, UnverifiedStep};

use crate::escrow::GroundCode;
use crate::hash::{Hash, tagged};
use crate::ids::{AccountId, SessionId, Timestamp};
use crate::letter::Transcript;
use crate::structure;

/// How many epochs one request may name.
pub const MAX_EPOCHS: usize = 100;
/// How long a request may stay open after its delay, in milliseconds: 90 days.
pub const MAX_OPEN_MS: u64 = 90 * 86_400_000;
/// The greatest padded justification, in bytes.
pub const MAX_JUSTIFICATION: usize = 16_384;

structure! {
    /// What is asked for. The justifications are bound to it.
    pub struct RequestOutline = "release-context", at most 8192 => {
        /// The session.
        session: SessionId,
        /// The policy under which all these epochs are escrowed.
        policy: Hash,
        /// The manifests of the epochs to open, oldest first.
        epochs: Vec<Hash>,
        /// On which ground.
        ground: GroundCode,
        /// Who asks.
        requester: AccountId,
        /// Who gets it.
        recipient: AccountId,
        /// The recipient's card, to which the shares are sealed again.
        card: Hash,
        /// When, by the requester's clock.
        created: Timestamp,
        /// When it closes by itself.
        expires: Timestamp,
    }
}

structure! {
    /// Why it is asked for, sealed to one trustee.
    pub part Justification => {
        /// The trustee.
        trustee: AccountId,
        /// The card to which it is sealed.
        card: Hash,
        /// SHA-256 of what is sealed, which is stored beside the request.
        sealed: Hash,
    }
}

structure! {
    /// A request to open escrowed epochs for one recipient, signed by the requester.
    pub struct Request = "release-request", at most 16_384 => {
        /// What is asked for.
        outline: RequestOutline,
        /// Why, to each trustee of the policy in its order.
        justifications: Vec<Justification>,
    }
}

structure! {
    /// A trustee has seen a request; the delay of its ground counts from here for this trustee. Signed by the trustee.
    pub struct Sighting = "release-sighting", at most 256 => {
        /// The request.
        request: Hash,
        /// Who has seen it.
        trustee: AccountId,
        /// When, by the trustee's clock.
        time: Timestamp,
    }
}

structure! {
    /// A trustee hands its shares to the recipient, signed by the trustee.
    pub struct Approval = "release-approval", at most 8192 => {
        /// The request.
        request: Hash,
        /// Who approves.
        trustee: AccountId,
        /// The number of its shares.
        x: u8,
        /// SHA-256 of each share, sealed again to the recipient, in the order of the request's epochs.
        reseals: Vec<Hash>,
        /// When, by the trustee's clock.
        time: Timestamp,
    }
}

structure! {
    /// A trustee ends a request, signed by the trustee.
    pub struct Veto = "release-veto", at most 256 => {
        /// The request.
        request: Hash,
        /// Who ends it.
        trustee: AccountId,
        /// When, by the trustee's clock.
        time: Timestamp,
    }
}

structure! {
    /// A client ends a request where its ground allows that, signed by the client.
    pub struct Cancellation = "release-cancellation", at most 256 => {
        /// The request.
        request: Hash,
        /// Who ends it.
        client: AccountId,
        /// When, by the client's clock.
        time: Timestamp,
    }
}

structure! {
    /// The recipient says whose shares fitted, signed by the recipient.
    pub struct Outcome = "release-outcome", at most 512 => {
        /// The request.
        request: Hash,
        /// Who tried to open.
        recipient: AccountId,
        /// The numbers of the shares that fitted their commitments.
        used: Vec<u8>,
        /// The numbers of the shares that did not.
        bad: Vec<u8>,
        /// When, by the recipient's clock.
        time: Timestamp,
    }
}

structure! {
    /// The session is told that a release is asked for, signed by the relay's key. It stands in the transcript.
    pub struct Notice = "release-notice", at most 512 => {
        /// The session.
        session: SessionId,
        /// The request.
        request: Hash,
        /// The session's letters and notices before this one.
        transcript: Transcript,
        /// When, by the relay's clock.
        time: Timestamp,
    }
}

/// The context under which a share is sealed again: `H("release-share", request ‖ manifest)`.
pub fn reseal_context(request: &Hash, manifest: &Hash) -> Hash {
    tagged("release-share", &[request.as_bytes(), manifest.as_bytes()])
}
