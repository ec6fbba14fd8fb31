//! What can go wrong, as a pair for the person at the terminal: what happened, and what to do.

use amanah_client_sdk::account::{AccountError, VaultError};
use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::consent::ConsentFlowError;
use amanah_client_sdk::director::DirectorError;
use amanah_client_sdk::people::{FingerprintError, SuccessionError};
use amanah_client_sdk::protocol::api::ProblemCode;
use amanah_client_sdk::protocol::consent::ConsentError;
use amanah_client_sdk::protocol::ids::NotAHandle;
use amanah_client_sdk::protocol::policy::Denied;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::thread::Fault;
use amanah_client_sdk::transport::TransportError;
use amanah_client_sdk::{CardsError, PassphraseError, RelayError, invitation};

use crate::neutral;
use crate::texts::{Texts, Variable};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something was refused or failed.
    Failed = 1,
    /// The command was not understood.
    Usage = 2,
    /// The relay cannot be reached.
    Unreachable = 3,
    /// A check failed: somebody may have tampered.
    Check = 4,
}

macro_rules! cases {
    ( $( $exit:ident { $( $case:ident = $code:literal ),* $(,)? } )* ) => {
        /// Everything that can go wrong, each with a text in each language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Case { $( $( $case ),* ),* }

        impl Case {
            /// Every case.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[ $( $( Self::$case ),* ),* ];

            /// The name of the case: the id of its text, and the code in JSON.
            pub(crate) const fn code(self) -> &'static str {
                match self { $( $( Self::$case => $code ),* ),* }
            }

            /// How the program ends after it.
            pub(crate) const fn exit(self) -> Exit {
                match self { $( $( Self::$case )|* => Exit::$exit ),* }
            }
        }
    };
}

cases! {
    Unreachable {
        RelayOffline = "relay-offline",
        RelaySlow = "relay-slow",
    }
    Usage {
        NotAnInvitation = "not-an-invitation",
        NotAHandle = "not-a-handle",
        NoTerminal = "no-terminal",
        SecretsOutNeeded = "secrets-out-needed",
        RelayAndCentreNeeded = "relay-and-centre-needed",
        SameDescriptor = "same-descriptor",
    }
    Check {
        OtherCentre = "other-centre",
        CentreNotSigned = "centre-not-signed",
        CentreRolledBack = "centre-rolled-back",
        RelayNotCertified = "relay-not-certified",
        CardNotBelieved = "card-not-believed",
        VaultNotOurs = "vault-not-ours",
        Statement = "statement-not-signed",
        Receipt = "no-receipt",
        ConsentNotSigned = "consent-not-signed",
        RevocationNotKept = "revocation-not-kept",
        FingerprintDiffers = "fingerprint-differs",
        KeysChanged = "keys-changed",
        AccountFollowed = "account-followed",
        SessionRefused = "session-refused",
        UnusableKeys = "unusable-keys",
        FaultOrder = "fault-order",
        FaultUnreadable = "fault-unreadable",
        FaultSignature = "fault-signature",
        FaultConsent = "fault-consent",
        FaultReaders = "fault-readers",
        FaultKeys = "fault-keys",
        FaultLetter = "fault-letter",
        FaultDoubled = "fault-doubled",
        FaultStatement = "fault-statement",
        FaultRolledBack = "fault-rolled-back",
        FaultKeysRolledBack = "fault-keys-rolled-back",
    }
    Failed {
        RelayAnswer = "relay-answer",
        RelayVersion = "relay-version",
        RelayBusy = "relay-busy",
        RelayTrouble = "relay-trouble",
        BadSignature = "bad-signature",
        NotSignedIn = "not-signed-in",
        SignInStale = "sign-in-stale",
        Forbidden = "forbidden",
        NotFound = "not-found",
        HandleTaken = "handle-taken",
        Overtaken = "overtaken",
        AlreadyStored = "already-stored",
        NoConsent = "no-consent",
        ConsentRevoked = "consent-revoked",
        ConsentExpired = "consent-expired",
        NotAppointed = "not-appointed",
        WrongTime = "wrong-time",
        UnknownReference = "unknown-reference",
        WrongSecret = "wrong-secret",
        NeedsSheet = "needs-sheet",
        NoKeys = "no-keys",
        LetterTooLong = "letter-too-long",
        LetterEmpty = "letter-empty",
        LetterIdTaken = "letter-id-taken",
        LetterUnsure = "letter-unsure",
        NoDocument = "no-document",
        DocumentIncomplete = "document-incomplete",
        PermissionNotOffered = "permission-not-offered",
        PermissionNamed = "permission-named",
        RevocationEmpty = "revocation-empty",
        NoGrant = "no-such-grant",
        MayNotAttest = "may-not-attest",
        NoSuccessor = "no-successor",
        RootFile = "root-file",
        PassphraseLength = "passphrase-length",
        PassphrasesDiffer = "passphrases-differ",
        DescriptorUnreadable = "descriptor-unreadable",
        RecoveryCodeMistyped = "recovery-code-mistyped",
        SheetMistyped = "sheet-mistyped",
        NoProfile = "no-profile",
        ProfileExists = "profile-exists",
        ProfileBroken = "profile-broken",
        NoHome = "no-home",
        FileUnreadable = "file-unreadable",
        FileUnwritable = "file-unwritable",
        FileExists = "file-exists",
        FileNotText = "file-not-text",
        DocumentFile = "document-file",
        CertificateFile = "certificate-file",
        TlsSetup = "tls-setup",
        UnknownCounsellor = "unknown-counsellor",
        SeveralCounsellors = "several-counsellors",
        NoSessionWith = "no-session-with",
        NoSuchSession = "no-such-session",
        NoLongerReader = "no-longer-reader",
        Output = "output",
        Runtime = "runtime",
    }
}

/// One problem as it occurred.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    case: Case,
    variables: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem whose text names something.
    pub(crate) fn naming(case: Case, name: &'static str, value: &impl ToString) -> Self {
        Self { case, variables: vec![(name, neutral::line(&value.to_string()))] }
    }

    /// A problem with a file.
    pub(crate) fn with_file(case: Case, path: &std::path::Path) -> Self {
        Self::naming(case, "file", &path.display())
    }

    /// What kind of problem it is.
    pub(crate) const fn case(&self) -> Case {
        self.case
    }

    /// What happened.
    pub(crate) fn what(&self, texts: Texts) -> String {
        texts.fill(self.case.code(), self.variables())
    }

    /// What to do.
    pub(crate) fn remedy(&self, texts: Texts) -> String {
        texts.fill(&format!("{}.do", self.case.code()), self.variables())
    }

    fn variables(&self) -> Vec<Variable> {
        self.variables.iter().map(|(name, value)| (*name, value.clone().into())).collect()
    }
}

impl From<Case> for Problem {
    fn from(case: Case) -> Self {
        Self { case, variables: Vec::new() }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::from(match fault {
            Fault::Order => Case::FaultOrder,
            Fault::Unreadable => Case::FaultUnreadable,
            Fault::Signature => Case::FaultSignature,
            Fault::Consent => Case::FaultConsent,
            Fault::Manifest(_) | Fault::History(_) => Case::FaultReaders,
            Fault::Epoch(_) => Case::FaultKeys,
            Fault::Letter(_) => Case::FaultLetter,
            Fault::Doubled => Case::FaultDoubled,
            Fault::Head => Case::FaultStatement,
            Fault::RolledBack => Case::FaultRolledBack,
            Fault::CardRolledBack => Case::FaultKeysRolledBack,
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
        ProblemCode::TooLarge => Case::LetterTooLong,
        ProblemCode::NotAMember => Case::NoLongerReader,
        ProblemCode::NoGrant => Case::NoConsent,
        ProblemCode::GrantRevoked => Case::ConsentRevoked,
        ProblemCode::GrantExpired => Case::ConsentExpired,
        ProblemCode::NotAppointed => Case::NotAppointed,
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
            RelayError::Transport(TransportError::TooLarge) | RelayError::Answer => Case::RelayAnswer,
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
            ConsentFlowError::NotAppointed => Case::UnknownCounsellor.into(),
            ConsentFlowError::Consent(error) => error.into(),
            ConsentFlowError::NoGrant => Case::NoGrant.into(),
            ConsentFlowError::NewEpoch(error) => error.into(),
            ConsentFlowError::NotKept => Case::RevocationNotKept.into(),
            ConsentFlowError::NotSigned => Case::ConsentNotSigned.into(),
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
            SendError::KeysChanged(account) => Self::naming(Case::KeysChanged, "account", &account),
            SendError::Succeeded(account) => Self::naming(Case::AccountFollowed, "account", &account),
            SendError::Refused => Case::SessionRefused.into(),
            SendError::NoEpoch => Case::NoKeys.into(),
            SendError::NotAppointed => Case::UnknownCounsellor.into(),
            SendError::TooLong => Case::LetterTooLong.into(),
            SendError::Empty => Case::LetterEmpty.into(),
            SendError::OtherLetter => Case::LetterIdTaken.into(),
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
        }
    }
}

impl From<DirectorError> for Problem {
    fn from(error: DirectorError) -> Self {
        match error {
            DirectorError::RootFile(_) => Case::RootFile.into(),
            DirectorError::OtherCentre => Case::OtherCentre.into(),
            DirectorError::Consent(error) => error.into(),
            DirectorError::Relay(error) => error.into(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn every_problem_says_what_happened_and_what_to_do_in_both_languages() {
        for case in Case::ALL {
            for language in [Language::Id, Language::En] {
                let problem = Problem {
                    case: *case,
                    variables: ["file", "account", "id", "name", "folder"].map(|name| (name, "x".to_owned())).to_vec(),
                };
                for text in [problem.what(Texts::new(language)), problem.remedy(Texts::new(language))] {
                    assert!(!text.contains("Unknown localization"), "{text}");
                    assert!(text.ends_with(['.', '!', '?']) && !text.contains("{$"), "{text}");
                }
            }
        }
    }

    #[test]
    fn no_two_problems_have_one_code() {
        let mut codes: Vec<_> = Case::ALL.iter().map(|case| case.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Case::ALL.len());
    }

    #[test]
    fn tampering_and_distance_end_the_program_differently() {
        let exit = |problem: Problem| problem.case().exit();
        assert_eq!(exit(SendError::Halted(Fault::RolledBack).into()), Exit::Check);
        assert_eq!(exit(SendError::Receipt.into()), Exit::Check);
        assert_eq!(exit(FingerprintError::Different.into()), Exit::Check);
        assert_eq!(exit(SyncError::Statement.into()), Exit::Check);
        assert_eq!(exit(SyncError::Relay(TransportError::Offline.into()).into()), Exit::Unreachable);
        assert_eq!(exit(AccountError::WrongSecret.into()), Exit::Failed);
    }

    #[test]
    fn what_a_problem_names_cannot_command_the_terminal() {
        let problem = Problem::naming(Case::FileUnreadable, "file", &"a\u{1b}[2J");
        assert!(problem.what(Texts::new(Language::En)).contains("a␛[2J"));
    }
}
