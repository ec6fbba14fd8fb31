//! What can go wrong, as a pair for the person at the terminal: what happened, and what to do.

use amanah_client_sdk::neutral;

use crate::texts::{Texts, Variable};

mod causes;

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
        EscrowChoiceNeeded = "escrow-choice-needed",
    }
    Check {
        OtherCentre = "other-centre",
        CentreNotSigned = "centre-not-signed",
        CentreRolledBack = "centre-rolled-back",
        RelayNotCertified = "relay-not-certified",
        LogBroken = "log-broken",
        LogForked = "log-forked",
        LogMissing = "log-missing",
        LogNotNewest = "log-not-newest",
        TooFewWitnesses = "too-few-witnesses",
        WatchRefused = "watch-refused",
        BundleBroken = "bundle-broken",
        ReportBroken = "report-broken",
        ReportNotSigned = "report-not-signed",
        AuditFailed = "audit-failed",
        CardNotBelieved = "card-not-believed",
        VaultNotOurs = "vault-not-ours",
        Statement = "statement-not-signed",
        Receipt = "no-receipt",
        ConsentNotSigned = "consent-not-signed",
        RevocationNotKept = "revocation-not-kept",
        FingerprintDiffers = "fingerprint-differs",
        CodeWordsDiffer = "code-words-differ",
        KeysChanged = "keys-changed",
        AccountFollowed = "account-followed",
        SessionRefused = "session-refused",
        UnusableKeys = "unusable-keys",
        FaultOrder = "fault-order",
        FaultUnreadable = "fault-unreadable",
        FaultSignature = "fault-signature",
        FaultConsent = "fault-consent",
        FaultReaders = "fault-readers",
        FaultLetter = "fault-letter",
        FaultDoubled = "fault-doubled",
        FaultStatement = "fault-statement",
        FaultRolledBack = "fault-rolled-back",
        FaultKeysRolledBack = "fault-keys-rolled-back",
        FaultEscrow = "fault-escrow",
        FaultErasure = "fault-erasure",
        ConsentBroken = "consent-broken",
        EscrowBroken = "escrow-broken",
        NotTold = "not-told",
        RecipientKeys = "recipient-keys",
        BadShare = "bad-share",
        TooFewShares = "too-few-shares",
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
        LimitReached = "limit-reached",
        NoConsent = "no-consent",
        ConsentRevoked = "consent-revoked",
        ConsentExpired = "consent-expired",
        DocumentReplaced = "document-replaced",
        GuardianNeeded = "guardian-needed",
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
        OtherDocument = "other-document",
        DocumentIncomplete = "document-incomplete",
        PermissionNotOffered = "permission-not-offered",
        PermissionNamed = "permission-named",
        RevocationEmpty = "revocation-empty",
        NoGrant = "no-such-grant",
        NotAsked = "not-asked",
        NotJoined = "not-joined",
        OtherClientNeeded = "other-client-needed",
        EscrowNotOffered = "escrow-not-offered",
        EscrowDiffers = "escrow-differs",
        NotEscrowed = "not-escrowed",
        NoPolicy = "no-such-policy",
        NoGround = "no-such-ground",
        NoReason = "no-reason",
        NoRequest = "no-such-request",
        NotATrustee = "not-a-trustee",
        TooEarly = "too-early",
        DelayNotOver = "delay-not-over",
        ReleaseWaits = "release-waits",
        ReleaseClosed = "release-closed",
        ReleaseOver = "release-over",
        ReleaseVetoed = "release-vetoed",
        ReleaseCancelled = "release-cancelled",
        ReleaseExpired = "release-expired",
        NotCancellable = "not-cancellable",
        MayNotAttest = "may-not-attest",
        MayNotBeAway = "may-not-be-away",
        AbsenceTimes = "absence-times",
        AbsenceNote = "absence-note",
        NotAway = "not-away",
        CodeWordsWeak = "code-words-weak",
        IntakeNoPlace = "intake-no-place",
        NotYours = "not-yours",
        NoCodeWords = "no-code-words-agreed",
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
        NoQuorum = "no-such-quorum",
        WatchFile = "watch-file",
        NotAnAuditor = "not-an-auditor",
        ReportNeedsAccount = "report-needs-account",
        DatabaseUrl = "database-url",
        DatabaseUnreadable = "database-unreadable",
        FileUnreadable = "file-unreadable",
        FileUnwritable = "file-unwritable",
        FileExists = "file-exists",
        FileNotText = "file-not-text",
        DocumentFile = "document-file",
        PolicyFile = "policy-file",
        PolicyTrustees = "policy-trustees",
        PolicyGrounds = "policy-grounds",
        PolicyNumber = "policy-number",
        CertificateFile = "certificate-file",
        TlsSetup = "tls-setup",
        UnknownCounsellor = "unknown-counsellor",
        SeveralCounsellors = "several-counsellors",
        NoSessionWith = "no-session-with",
        NoSuchSession = "no-such-session",
        SessionErased = "session-erased",
        ErasureUnsure = "erasure-unsure",
        NoticePending = "notice-pending",
        NoLongerReader = "no-longer-reader",
        NotConfirmed = "not-confirmed",
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

    /// The same, and something else.
    #[must_use]
    pub(crate) fn and(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.variables.push((name, neutral::line(&value.to_string())));
        self
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

#[cfg(test)]
mod tests {
    use amanah_client_sdk::account::AccountError;
    use amanah_client_sdk::escrow::EscrowFlowError;
    use amanah_client_sdk::people::FingerprintError;
    use amanah_client_sdk::protocol::ids::Timestamp;
    use amanah_client_sdk::session::{SendError, SyncError};
    use amanah_client_sdk::thread::Fault;
    use amanah_client_sdk::transport::TransportError;

    use super::*;
    use crate::texts::Language;

    #[test]
    fn every_problem_says_what_happened_and_what_to_do_in_both_languages() {
        for case in Case::ALL {
            for language in [Language::Id, Language::En] {
                let problem = Problem {
                    case: *case,
                    variables: ["file", "account", "id", "name", "folder", "time", "position"]
                        .map(|name| (name, "x".to_owned()))
                        .to_vec(),
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
        assert_eq!(exit(EscrowFlowError::NotTold.into()), Exit::Check);
        assert_eq!(exit(EscrowFlowError::Record(Fault::Escrow).into()), Exit::Check);
        assert_eq!(exit(AccountError::WrongSecret.into()), Exit::Failed);
    }

    #[test]
    fn who_is_too_early_is_told_from_when() {
        let problem = Problem::from(EscrowFlowError::TooEarly(Timestamp(1_709_164_800_000)));
        for language in [Language::Id, Language::En] {
            assert!(problem.remedy(Texts::new(language)).contains("2024-02-29 00:00 UTC"));
        }
    }

    #[test]
    fn what_a_problem_names_cannot_command_the_terminal() {
        let problem = Problem::naming(Case::FileUnreadable, "file", &"a\u{1b}[2J");
        assert!(problem.what(Texts::new(Language::En)).contains("a␛[2J"));
    }
}
