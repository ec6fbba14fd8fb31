//! What the SDK and the relay say, as problems.

use amanah_client_sdk::absence::AbsenceFlowError;
use amanah_client_sdk::account::{AccountError, VaultError};
use amanah_client_sdk::attestation::AttestationError;
use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::consent::ConsentFlowError;
use amanah_client_sdk::director::DirectorError;
use amanah_client_sdk::escrow::EscrowFlowError;
use amanah_client_sdk::log::LogError;
use amanah_client_sdk::people::{FingerprintError, SuccessionError};
use amanah_client_sdk::protocol::absence::AbsenceError;
use amanah_client_sdk::protocol::api::ProblemCode;
use amanah_client_sdk::protocol::consent::ConsentError;
use amanah_client_sdk::protocol::escrow::PolicyError;
use amanah_client_sdk::protocol::ids::NotAHandle;
use amanah_client_sdk::protocol::policy::Denied;
use amanah_client_sdk::protocol::release::Standing;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::thread::Fault;
use amanah_client_sdk::transport::TransportError;
use amanah_client_sdk::witness::{CosignError, QuorumError};
use amanah_client_sdk::{CardsError, PassphraseError, RelayError, invitation};

use super::{Case, Problem};
use crate::moment;

impl From<AbsenceFlowError> for Problem {
    fn from(error: AbsenceFlowError) -> Self {
        match error {
            AbsenceFlowError::Relay(error) => error.into(),
            AbsenceFlowError::Centre(error) => error.into(),
            AbsenceFlowError::NotAppointed => Case::MayNotBeAway.into(),
            AbsenceFlowError::Unfit(AbsenceError::Times) => Case::AbsenceTimes.into(),
            AbsenceFlowError::Unfit(AbsenceError::Note) => Case::AbsenceNote.into(),
            AbsenceFlowError::NotAway => Case::NotAway.into(),
        }
    }
}

impl From<AttestationError> for Problem {
    fn from(error: AttestationError) -> Self {
        match error {
            AttestationError::Centre(error) => error.into(),
            AttestationError::Cards(error) => error.into(),
            AttestationError::NotAppointed => Case::NotAnAuditor.into(),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::from(match fault {
            Fault::Order => Case::FaultOrder,
            Fault::Unreadable => Case::FaultUnreadable,
            Fault::Signature => Case::FaultSignature,
            Fault::Consent => Case::FaultConsent,
            Fault::Escrow => Case::FaultEscrow,
            Fault::Manifest(_) | Fault::History(_) => Case::FaultReaders,
            Fault::Letter(_) => Case::FaultLetter,
            Fault::Doubled => Case::FaultDoubled,
            Fault::Head => Case::FaultStatement,
            Fault::RolledBack => Case::FaultRolledBack,
            Fault::CardRolledBack => Case::FaultKeysRolledBack,
            Fault::Erasure => Case::FaultErasure,
        })
    }
}

const fn of_refusal(code: ProblemCode) -> Case {
    match code {
        ProblemCode::BadRequest
        | ProblemCode::NotCanonical
        | ProblemCode::MethodNotAllowed
        | ProblemCode::UnsupportedType
        | ProblemCode::NotAdmitted => Case::RelayVersion,
        ProblemCode::BadSignature => Case::BadSignature,
        ProblemCode::NotSignedIn => Case::NotSignedIn,
        ProblemCode::SignInFailed => Case::WrongSecret,
        ProblemCode::SignInStale => Case::SignInStale,
        ProblemCode::Forbidden => Case::Forbidden,
        ProblemCode::NotFound => Case::NotFound,
        ProblemCode::Timeout => Case::RelaySlow,
        ProblemCode::HandleTaken => Case::HandleTaken,
        ProblemCode::StaleManifest
        | ProblemCode::StaleSequence
        | ProblemCode::NewEpochNeeded
        | ProblemCode::VersionConflict => Case::Overtaken,
        ProblemCode::DuplicateId => Case::LetterIdTaken,
        ProblemCode::AlreadyExists => Case::AlreadyStored,
        ProblemCode::LimitReached => Case::LimitReached,
        ProblemCode::TooLarge => Case::LetterTooLong,
        ProblemCode::NotAMember => Case::NoLongerReader,
        ProblemCode::NoGrant => Case::NoConsent,
        ProblemCode::GrantRevoked => Case::ConsentRevoked,
        ProblemCode::GrantExpired => Case::ConsentExpired,
        ProblemCode::DocumentReplaced => Case::DocumentReplaced,
        ProblemCode::GuardianNeeded => Case::GuardianNeeded,
        ProblemCode::EscrowDiffers => Case::EscrowDiffers,
        ProblemCode::TooEarly => Case::DelayNotOver,
        ProblemCode::ReleaseClosed => Case::ReleaseClosed,
        ProblemCode::NotCancellable => Case::NotCancellable,
        ProblemCode::NotAppointed => Case::NotAppointed,
        ProblemCode::SessionErased => Case::SessionErased,
        ProblemCode::NoticePending => Case::NoticePending,
        ProblemCode::WrongTime => Case::WrongTime,
        ProblemCode::UnknownReference => Case::UnknownReference,
        ProblemCode::TooManyRequests => Case::RelayBusy,
        ProblemCode::Internal | ProblemCode::Unavailable => Case::RelayTrouble,
    }
}

impl From<RelayError> for Problem {
    fn from(error: RelayError) -> Self {
        Self::from(match error {
            RelayError::Transport(TransportError::Offline) => Case::RelayOffline,
            RelayError::Transport(TransportError::TimedOut) => Case::RelaySlow,
            RelayError::Transport(TransportError::TooLarge | TransportError::NotSignedIn) | RelayError::Answer => {
                Case::RelayAnswer
            }
            RelayError::Refused(code) => of_refusal(code),
        })
    }
}

impl From<CentreError> for Problem {
    fn from(error: CentreError) -> Self {
        match error {
            CentreError::Relay(error) => error.into(),
            CentreError::OtherCentre => Case::OtherCentre.into(),
            CentreError::NotSigned => Case::CentreNotSigned.into(),
            CentreError::RolledBack => Case::CentreRolledBack.into(),
            CentreError::RelayNotCertified => Case::RelayNotCertified.into(),
            CentreError::Log(error) => error.into(),
        }
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        Self::from(match error {
            LogError::Checkpoint | LogError::Hashes => Case::LogBroken,
            LogError::RolledBack | LogError::Forked => Case::LogForked,
            LogError::Missing => Case::LogMissing,
            LogError::TooFewWitnesses(_) => Case::TooFewWitnesses,
            LogError::NotNewest => Case::LogNotNewest,
        })
    }
}

impl From<CosignError> for Problem {
    fn from(error: CosignError) -> Self {
        match error {
            CosignError::Relay(error) => error.into(),
            CosignError::Key(_) | CosignError::Line(_) => Case::UnusableKeys.into(),
        }
    }
}

impl From<QuorumError> for Problem {
    fn from(error: QuorumError) -> Self {
        match error {
            QuorumError::Centre(error) => error.into(),
            QuorumError::Vault(error) => error.into(),
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Relay(error) => error.into(),
            VaultError::NotOurs => Case::VaultNotOurs.into(),
            VaultError::Contended => Case::Overtaken.into(),
        }
    }
}

impl From<CardsError> for Problem {
    fn from(error: CardsError) -> Self {
        match error {
            CardsError::Relay(error) => error.into(),
            CardsError::Card(_) => Case::CardNotBelieved.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Relay(error) => error.into(),
            AccountError::Centre(error) => error.into(),
            AccountError::WrongSecret => Case::WrongSecret.into(),
            AccountError::NeedsSheet => Case::NeedsSheet.into(),
            AccountError::Vault(error) => error.into(),
        }
    }
}

impl From<ConsentError> for Problem {
    fn from(error: ConsentError) -> Self {
        Self::from(match error {
            ConsentError::Incomplete | ConsentError::Text => Case::DocumentIncomplete,
            ConsentError::NotOffered => Case::PermissionNotOffered,
            ConsentError::Named => Case::PermissionNamed,
            ConsentError::Revocation => Case::RevocationEmpty,
        })
    }
}

impl From<ConsentFlowError> for Problem {
    fn from(error: ConsentFlowError) -> Self {
        match error {
            ConsentFlowError::Relay(error) => error.into(),
            ConsentFlowError::Centre(error) => error.into(),
            ConsentFlowError::NoDocument => Case::NoDocument.into(),
            ConsentFlowError::OtherDocument => Case::OtherDocument.into(),
            ConsentFlowError::NotAppointed => Case::UnknownCounsellor.into(),
            ConsentFlowError::Consent(error) => error.into(),
            ConsentFlowError::NoGrant => Case::NoGrant.into(),
            ConsentFlowError::NewEpoch(error) => error.into(),
            ConsentFlowError::NotKept => Case::RevocationNotKept.into(),
            ConsentFlowError::NotSigned => Case::ConsentNotSigned.into(),
            ConsentFlowError::Sync(error) => error.into(),
            ConsentFlowError::NoPolicy => Case::EscrowNotOffered.into(),
            ConsentFlowError::NotAsked => Case::NotAsked.into(),
        }
    }
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Relay(error) => error.into(),
            SyncError::Centre(error) => error.into(),
            SyncError::Cards(error) => error.into(),
            SyncError::Vault(error) => error.into(),
            SyncError::Consent(_) => Case::ConsentBroken.into(),
            SyncError::Statement => Case::Statement.into(),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        Self::from(match denied {
            Denied::NoGrant | Denied::NotNamed => Case::NoConsent,
            Denied::Revoked => Case::ConsentRevoked,
            Denied::Expired => Case::ConsentExpired,
            Denied::Document => Case::DocumentReplaced,
            Denied::Guardian => Case::GuardianNeeded,
            Denied::NotAppointed => Case::NotAppointed,
            Denied::Role | Denied::NotCapable => Case::Forbidden,
        })
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Sync(error) => error.into(),
            SendError::Relay(error) => error.into(),
            SendError::Halted(fault) => fault.into(),
            SendError::Denied(denied) => denied.into(),
            SendError::KeysChanged(keys) => Self::naming(Case::KeysChanged, "account", &keys.account)
                .and("position", &keys.position)
                .and("time", &moment::readable(keys.time)),
            SendError::Succeeded(account) => Self::naming(Case::AccountFollowed, "account", &account),
            SendError::Erased(_) => Case::SessionErased.into(),
            SendError::Refused => Case::SessionRefused.into(),
            SendError::NoEpoch => Case::NoKeys.into(),
            SendError::NotAppointed => Case::UnknownCounsellor.into(),
            SendError::TooLong => Case::LetterTooLong.into(),
            SendError::Empty => Case::LetterEmpty.into(),
            SendError::OtherLetter => Case::LetterIdTaken.into(),
            SendError::CodeWords => Case::CodeWordsWeak.into(),
            SendError::NoPlace => Case::IntakeNoPlace.into(),
            SendError::NotYours => Case::NotYours.into(),
            SendError::Contended => Case::Overtaken.into(),
            SendError::Receipt => Case::Receipt.into(),
            SendError::Keys => Case::UnusableKeys.into(),
        }
    }
}

impl From<FingerprintError> for Problem {
    fn from(error: FingerprintError) -> Self {
        match error {
            FingerprintError::Different => Case::FingerprintDiffers.into(),
            FingerprintError::Cards(error) => error.into(),
            FingerprintError::Sync(error) => error.into(),
            FingerprintError::Vault(error) => error.into(),
        }
    }
}

impl From<SuccessionError> for Problem {
    fn from(error: SuccessionError) -> Self {
        match error {
            SuccessionError::Relay(error) => error.into(),
            SuccessionError::Centre(error) => error.into(),
            SuccessionError::Cards(error) => error.into(),
            SuccessionError::Vault(error) => error.into(),
            SuccessionError::NotAppointed => Case::MayNotAttest.into(),
            SuccessionError::None => Case::NoSuccessor.into(),
            SuccessionError::Sync(error) => error.into(),
            SuccessionError::NoCodeWords => Case::NoCodeWords.into(),
            SuccessionError::OtherCodeWords => Case::CodeWordsDiffer.into(),
        }
    }
}

impl From<DirectorError> for Problem {
    fn from(error: DirectorError) -> Self {
        match error {
            DirectorError::RootFile(_) => Case::RootFile.into(),
            DirectorError::OtherCentre => Case::OtherCentre.into(),
            DirectorError::Consent(error) => error.into(),
            DirectorError::Policy(error) => error.into(),
            DirectorError::Relay(error) => error.into(),
        }
    }
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Self {
        Self::from(match error {
            PolicyError::Trustees => Case::PolicyTrustees,
            PolicyError::Grounds => Case::PolicyGrounds,
            PolicyError::Number => Case::PolicyNumber,
        })
    }
}

impl From<EscrowFlowError> for Problem {
    fn from(error: EscrowFlowError) -> Self {
        match error {
            EscrowFlowError::Relay(error) => error.into(),
            EscrowFlowError::Sync(error) => error.into(),
            EscrowFlowError::Record(_) => Case::EscrowBroken.into(),
            EscrowFlowError::Erased(_) => Case::SessionErased.into(),
            EscrowFlowError::NoPolicy => Case::NoPolicy.into(),
            EscrowFlowError::NotEscrowed => Case::NotEscrowed.into(),
            EscrowFlowError::NoGround => Case::NoGround.into(),
            EscrowFlowError::Reason => Case::NoReason.into(),
            EscrowFlowError::NoRequest => Case::NoRequest.into(),
            EscrowFlowError::NotATrustee => Case::NotATrustee.into(),
            EscrowFlowError::Closed(standing) => standing.into(),
            EscrowFlowError::TooEarly(time) => Self::naming(Case::TooEarly, "time", &moment::readable_from(time)),
            EscrowFlowError::NotTold => Case::NotTold.into(),
            EscrowFlowError::RecipientKeys => Case::RecipientKeys.into(),
            EscrowFlowError::BadShare => Case::BadShare.into(),
            EscrowFlowError::NotCancellable => Case::NotCancellable.into(),
            EscrowFlowError::TooFewShares => Case::TooFewShares.into(),
            EscrowFlowError::Keys => Case::UnusableKeys.into(),
        }
    }
}

/// Why a request takes no further step.
impl From<Standing> for Problem {
    fn from(standing: Standing) -> Self {
        Self::from(match standing {
            Standing::Waiting => Case::ReleaseWaits,
            Standing::Released => Case::ReleaseOver,
            Standing::Vetoed => Case::ReleaseVetoed,
            Standing::Cancelled => Case::ReleaseCancelled,
            Standing::Expired => Case::ReleaseExpired,
        })
    }
}

impl From<invitation::NotAnInvitation> for Problem {
    fn from(_: invitation::NotAnInvitation) -> Self {
        Case::NotAnInvitation.into()
    }
}

impl From<NotAHandle> for Problem {
    fn from(_: NotAHandle) -> Self {
        Case::NotAHandle.into()
    }
}

impl From<PassphraseError> for Problem {
    fn from(_: PassphraseError) -> Self {
        Case::PassphraseLength.into()
    }
}
