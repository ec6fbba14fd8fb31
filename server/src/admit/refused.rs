//! Which problem the relay answers with when the protocol refuses something.

use amanah_protocol::api::ProblemCode;
use amanah_protocol::history::HistoryError;
use amanah_protocol::letter::LetterError;
use amanah_protocol::manifest::ManifestError;
use amanah_protocol::policy::Denied;
use amanah_protocol::release::{RequestError, StepError};

use crate::store::StoreError;

/// Why somebody may not do something.
pub(super) fn denied_code(denied: Denied) -> ProblemCode {
    match denied {
        Denied::NoGrant | Denied::NotNamed => ProblemCode::NoGrant,
        Denied::Revoked => ProblemCode::GrantRevoked,
        Denied::Expired => ProblemCode::GrantExpired,
        Denied::Document => ProblemCode::DocumentReplaced,
        Denied::Guardian => ProblemCode::GuardianNeeded,
        Denied::NotAppointed => ProblemCode::NotAppointed,
        Denied::Role | Denied::NotCapable => ProblemCode::Forbidden,
    }
}

pub(super) fn refused_manifest(error: ManifestError) -> StoreError {
    match error {
        ManifestError::Stale => ProblemCode::StaleManifest,
        ManifestError::Denied(denied) => denied_code(denied),
        ManifestError::Author => ProblemCode::Forbidden,
        ManifestError::Escrow => ProblemCode::EscrowDiffers,
        ManifestError::Members
        | ManifestError::Card
        | ManifestError::Capabilities
        | ManifestError::LeftOut
        | ManifestError::Wraps => ProblemCode::NotAdmitted,
    }
    .into()
}

pub(super) fn refused_history(error: HistoryError) -> StoreError {
    match error {
        HistoryError::Stale => ProblemCode::StaleManifest,
        HistoryError::Author => ProblemCode::Forbidden,
        HistoryError::Reader(denied) => denied_code(denied),
        HistoryError::Epochs | HistoryError::Bundle => ProblemCode::NotAdmitted,
    }
    .into()
}

pub(super) fn refused_letter(error: LetterError) -> StoreError {
    match error {
        LetterError::StaleManifest => ProblemCode::StaleManifest,
        LetterError::StaleSequence => ProblemCode::StaleSequence,
        LetterError::Reader(_) | LetterError::Escrow => ProblemCode::NewEpochNeeded,
        LetterError::NotAMember => ProblemCode::NotAMember,
        LetterError::Denied(denied) => denied_code(denied),
        LetterError::Session | LetterError::Seen | LetterError::Ciphertext => ProblemCode::NotAdmitted,
    }
    .into()
}

pub(super) fn refused_request(error: RequestError) -> StoreError {
    match error {
        RequestError::Requester | RequestError::Recipient => ProblemCode::Forbidden,
        RequestError::Epochs
        | RequestError::Ground
        | RequestError::Card
        | RequestError::Times
        | RequestError::Justifications => ProblemCode::NotAdmitted,
    }
    .into()
}

pub(super) fn refused_step(error: StepError) -> StoreError {
    match error {
        StepError::Closed => ProblemCode::ReleaseClosed,
        StepError::TooEarly | StepError::NotSeen => ProblemCode::TooEarly,
        StepError::Twice => ProblemCode::AlreadyExists,
        StepError::Person => ProblemCode::Forbidden,
        StepError::Role => ProblemCode::NotAppointed,
        StepError::NotCancellable => ProblemCode::NotCancellable,
        StepError::Time => ProblemCode::WrongTime,
        StepError::Request | StepError::Shares | StepError::Outcome => ProblemCode::NotAdmitted,
    }
    .into()
}
