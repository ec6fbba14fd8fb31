//! What can go wrong, as a pair for the person at the screen: what happened, and what to do.

use amanah_auditor::BundleError;
use amanah_client_sdk::absence::AbsenceFlowError;
use amanah_client_sdk::account::{AccountError, VaultError};
use amanah_client_sdk::attestation::AttestationError;
use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::consent::ConsentFlowError;
use amanah_client_sdk::escrow::EscrowFlowError;
use amanah_client_sdk::log::LogError;
use amanah_client_sdk::people::{FingerprintError, NewKeys, SuccessionError};
use amanah_client_sdk::protocol::api::ProblemCode;
use amanah_client_sdk::protocol::ids::{AccountId, NotAHandle};
use amanah_client_sdk::protocol::policy::Denied;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::templates::TemplateError;
use amanah_client_sdk::thread::Fault;
use amanah_client_sdk::transport::TransportError;
use amanah_client_sdk::witness::QuorumError;
use amanah_client_sdk::{CardsError, PassphraseError, RelayError};
use serde::{Deserialize, Serialize};

macro_rules! troubles {
    ( $( $trouble:ident = $id:literal ),* $(,)? ) => {
        /// Everything that can go wrong, each with a text in each language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum Trouble { $( $trouble ),* }

        impl Trouble {
            /// Every one.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[ $( Self::$trouble ),* ];

            /// The id of its text.
            pub(crate) const fn id(self) -> &'static str {
                match self { $( Self::$trouble => $id ),* }
            }
        }
    };
}

troubles! {
    Offline = "offline",
    Busy = "busy",
    RelayFails = "relay-trouble",
    Version = "version",
    Expired = "expired",
    Stale = "stale",
    WrongClock = "wrong-clock",
    Broken = "broken",
    WrongSecret = "wrong-secret",
    WrongCode = "wrong-code",
    WrongPassphrase = "wrong-passphrase",
    NeedsSheet = "needs-sheet",
    HandleTaken = "handle-taken",
    NotAHandle = "not-a-handle",
    PassphraseLength = "passphrase-length",
    RecoveryCodeMistyped = "recovery-code-mistyped",
    SheetMistyped = "sheet-mistyped",
    NotAnInvitation = "not-an-invitation",
    OtherCentre = "other-centre",
    Tampered = "tampered",
    SessionTampered = "session-tampered",
    SessionRefused = "session-refused",
    SessionErased = "session-erased",
    Unwitnessed = "unwitnessed",
    KeysChanged = "keys-changed",
    AccountFollowed = "account-followed",
    WordsDiffer = "words-differ",
    CodeWordsWeak = "code-words-weak",
    IntakeNoPlace = "intake-no-place",
    TemplateEmpty = "template-empty",
    TemplateTooLong = "template-too-long",
    TooManyTemplates = "too-many-templates",
    NotAllowed = "not-allowed",
    NoLongerReader = "no-longer-reader",
    ConsentOver = "consent-over",
    DocumentReplaced = "document-replaced",
    OtherDocument = "other-document",
    NoDocument = "no-document",
    GuardianNeeded = "guardian-needed",
    NotAppointed = "not-appointed",
    EscrowNotOffered = "escrow-not-offered",
    TakenBackHalf = "taken-back-half",
    LetterEmpty = "letter-empty",
    LetterTooLong = "letter-too-long",
    LetterUnsure = "letter-unsure",
    LimitReached = "limit-reached",
    Overtaken = "overtaken",
    AbsenceWrong = "absence-wrong",
    EscrowTampered = "escrow-tampered",
    RequestClosed = "request-closed",
    RequestWaits = "request-waits",
    ClientsNotTold = "clients-not-told",
    RecipientKeys = "recipient-keys",
    BadShare = "bad-share",
    BundleBroken = "bundle-broken",
    NoQuorum = "no-quorum",
}

/// One problem as it occurred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Problem {
    /// What kind it is.
    pub(crate) trouble: Trouble,
    /// Whom it is about, so that the page can ask what to do. Never shown.
    pub(crate) about: Option<String>,
    /// Since when it is so, in milliseconds since 1970, as the log has it.
    pub(crate) since: Option<u64>,
}

impl Problem {
    fn about(trouble: Trouble, account: AccountId) -> Self {
        Self { trouble, about: Some(account.to_string()), since: None }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, about: None, since: None }
    }
}

impl From<Fault> for Problem {
    fn from(_: Fault) -> Self {
        Trouble::SessionTampered.into()
    }
}

const fn of_refusal(code: ProblemCode) -> Trouble {
    match code {
        ProblemCode::NotSignedIn => Trouble::Expired,
        ProblemCode::SignInFailed => Trouble::WrongSecret,
        ProblemCode::SignInStale => Trouble::Stale,
        ProblemCode::HandleTaken => Trouble::HandleTaken,
        ProblemCode::StaleManifest
        | ProblemCode::StaleSequence
        | ProblemCode::NewEpochNeeded
        | ProblemCode::EscrowDiffers
        | ProblemCode::AlreadyExists
        | ProblemCode::DuplicateId
        | ProblemCode::VersionConflict => Trouble::Overtaken,
        ProblemCode::LimitReached => Trouble::LimitReached,
        ProblemCode::TooLarge => Trouble::LetterTooLong,
        ProblemCode::NotAMember => Trouble::NoLongerReader,
        ProblemCode::SessionErased => Trouble::SessionErased,
        ProblemCode::NoGrant | ProblemCode::GrantRevoked | ProblemCode::GrantExpired => Trouble::ConsentOver,
        ProblemCode::DocumentReplaced => Trouble::DocumentReplaced,
        ProblemCode::GuardianNeeded => Trouble::GuardianNeeded,
        ProblemCode::NotAppointed => Trouble::NotAppointed,
        ProblemCode::WrongTime => Trouble::WrongClock,
        ProblemCode::TooManyRequests => Trouble::Busy,
        ProblemCode::Timeout | ProblemCode::Internal | ProblemCode::Unavailable => Trouble::RelayFails,
        ProblemCode::Forbidden | ProblemCode::NotFound | ProblemCode::NoticePending | ProblemCode::NotCancellable => {
            Trouble::NotAllowed
        }
        ProblemCode::TooEarly => Trouble::RequestWaits,
        ProblemCode::ReleaseClosed => Trouble::RequestClosed,

        ProblemCode::BadRequest
        | ProblemCode::NotCanonical
        | ProblemCode::MethodNotAllowed
        | ProblemCode::UnsupportedType
        | ProblemCode::NotAdmitted
        | ProblemCode::BadSignature
        | ProblemCode::UnknownReference => Trouble::Version,
    }
}

impl From<RelayError> for Problem {
    fn from(error: RelayError) -> Self {
        Self::from(match error {
            RelayError::Transport(TransportError::Offline | TransportError::TimedOut) => Trouble::Offline,
            RelayError::Transport(TransportError::NotSignedIn) => Trouble::Expired,
            RelayError::Transport(TransportError::TooLarge) | RelayError::Answer => Trouble::Version,
            RelayError::Refused(code) => of_refusal(code),
        })
    }
}

impl From<CentreError> for Problem {
    fn from(error: CentreError) -> Self {
        match error {
            CentreError::Relay(error) => error.into(),
            CentreError::OtherCentre => Trouble::OtherCentre.into(),
            CentreError::Log(LogError::TooFewWitnesses(_)) => Trouble::Unwitnessed.into(),
            CentreError::NotSigned | CentreError::RolledBack | CentreError::RelayNotCertified | CentreError::Log(_) => {
                Trouble::Tampered.into()
            }
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Relay(error) => error.into(),
            VaultError::NotOurs => Trouble::Tampered.into(),
            VaultError::Contended => Trouble::Overtaken.into(),
        }
    }
}

impl From<AbsenceFlowError> for Problem {
    fn from(error: AbsenceFlowError) -> Self {
        match error {
            AbsenceFlowError::Relay(error) => error.into(),
            AbsenceFlowError::Centre(error) => error.into(),
            AbsenceFlowError::NotAppointed => Trouble::NotAllowed.into(),
            AbsenceFlowError::Unfit(_) => Trouble::AbsenceWrong.into(),
            // it ended meanwhile
            AbsenceFlowError::NotAway => Trouble::Overtaken.into(),
        }
    }
}

impl From<CardsError> for Problem {
    fn from(error: CardsError) -> Self {
        match error {
            CardsError::Relay(error) => error.into(),
            CardsError::Card(_) => Trouble::Tampered.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Relay(error) => error.into(),
            AccountError::Centre(error) => error.into(),
            AccountError::WrongSecret => Trouble::WrongSecret.into(),
            AccountError::NeedsSheet => Trouble::NeedsSheet.into(),
            AccountError::Vault(error) => error.into(),
        }
    }
}

impl From<ConsentFlowError> for Problem {
    fn from(error: ConsentFlowError) -> Self {
        match error {
            ConsentFlowError::Relay(error) => error.into(),
            ConsentFlowError::Centre(error) => error.into(),
            ConsentFlowError::NoDocument => Trouble::NoDocument.into(),
            ConsentFlowError::OtherDocument | ConsentFlowError::Consent(_) => Trouble::OtherDocument.into(),
            ConsentFlowError::NotAppointed => Trouble::NotAppointed.into(),
            ConsentFlowError::NewEpoch(_) => Trouble::TakenBackHalf.into(),
            ConsentFlowError::NotKept | ConsentFlowError::NotSigned => Trouble::Tampered.into(),
            ConsentFlowError::Sync(error) => error.into(),
            ConsentFlowError::NoPolicy => Trouble::EscrowNotOffered.into(),
            ConsentFlowError::NoGrant | ConsentFlowError::NotAsked => Trouble::NotAllowed.into(),
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
            SyncError::Consent(_) | SyncError::Statement => Trouble::SessionTampered.into(),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        Self::from(match denied {
            Denied::NoGrant | Denied::NotNamed | Denied::Revoked | Denied::Expired => Trouble::ConsentOver,
            Denied::Document => Trouble::DocumentReplaced,
            Denied::Guardian => Trouble::GuardianNeeded,
            Denied::NotAppointed => Trouble::NotAppointed,
            Denied::Role | Denied::NotCapable => Trouble::NotAllowed,
        })
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Sync(error) => error.into(),
            SendError::Relay(error) => error.into(),
            SendError::Halted(fault) => fault.into(),
            SendError::Erased(_) => Trouble::SessionErased.into(),
            SendError::Denied(denied) => denied.into(),
            SendError::KeysChanged(NewKeys { account, time, .. }) => {
                Self { since: Some(time.0), ..Self::about(Trouble::KeysChanged, account) }
            }
            SendError::Succeeded(account) => Self::about(Trouble::AccountFollowed, account),
            SendError::Refused => Trouble::SessionRefused.into(),
            SendError::NoEpoch => Trouble::NoLongerReader.into(),
            SendError::NotAppointed => Trouble::NotAppointed.into(),
            SendError::TooLong => Trouble::LetterTooLong.into(),
            SendError::Empty => Trouble::LetterEmpty.into(),
            SendError::CodeWords => Trouble::CodeWordsWeak.into(),
            SendError::NoPlace => Trouble::IntakeNoPlace.into(),
            SendError::NotYours => Trouble::NotAllowed.into(),
            SendError::OtherLetter | SendError::Contended => Trouble::Overtaken.into(),
            SendError::Receipt => Trouble::LetterUnsure.into(),
            SendError::Keys => Trouble::Tampered.into(),
        }
    }
}

impl From<FingerprintError> for Problem {
    fn from(error: FingerprintError) -> Self {
        match error {
            FingerprintError::Different => Trouble::WordsDiffer.into(),
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
            SuccessionError::Sync(error) => error.into(),
            SuccessionError::NotAppointed
            | SuccessionError::None
            | SuccessionError::NoCodeWords
            | SuccessionError::OtherCodeWords => Trouble::NotAllowed.into(),
        }
    }
}

impl From<TemplateError> for Problem {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::Empty => Trouble::TemplateEmpty.into(),
            TemplateError::TooLong => Trouble::TemplateTooLong.into(),
            TemplateError::TooMany => Trouble::TooManyTemplates.into(),
            TemplateError::Vault(error) => error.into(),
        }
    }
}

impl From<NotAHandle> for Problem {
    fn from(_: NotAHandle) -> Self {
        Trouble::NotAHandle.into()
    }
}

impl From<PassphraseError> for Problem {
    fn from(_: PassphraseError) -> Self {
        Trouble::PassphraseLength.into()
    }
}

impl From<EscrowFlowError> for Problem {
    fn from(error: EscrowFlowError) -> Self {
        match error {
            EscrowFlowError::Relay(error) => error.into(),
            EscrowFlowError::Sync(error) => error.into(),
            EscrowFlowError::Record(_) => Trouble::EscrowTampered.into(),
            EscrowFlowError::Erased(_) => Trouble::SessionErased.into(),
            EscrowFlowError::Closed(_) => Trouble::RequestClosed.into(),
            EscrowFlowError::TooEarly(_) => Trouble::RequestWaits.into(),
            EscrowFlowError::NotTold => Trouble::ClientsNotTold.into(),
            EscrowFlowError::RecipientKeys => Trouble::RecipientKeys.into(),
            EscrowFlowError::BadShare => Trouble::BadShare.into(),
            EscrowFlowError::Keys => Trouble::Tampered.into(),
            EscrowFlowError::NoPolicy
            | EscrowFlowError::NotEscrowed
            | EscrowFlowError::NoGround
            | EscrowFlowError::Reason
            | EscrowFlowError::NoRequest
            | EscrowFlowError::NotATrustee
            | EscrowFlowError::NotCancellable
            | EscrowFlowError::TooFewShares => Trouble::NotAllowed.into(),
        }
    }
}

impl From<BundleError> for Problem {
    fn from(_: BundleError) -> Self {
        Trouble::BundleBroken.into()
    }
}

impl From<AttestationError> for Problem {
    fn from(error: AttestationError) -> Self {
        match error {
            AttestationError::Centre(error) => error.into(),
            AttestationError::Cards(error) => error.into(),
            AttestationError::NotAppointed => Trouble::NotAllowed.into(),
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
