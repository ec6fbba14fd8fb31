//! The checks of an audit, each with its name and what it counts.

/// One check of an audit. docs/auditing.md says of each what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The stored entries give exactly the size and root of the checkpoint.
    LogRoot,
    /// The checkpoint is the centre's, and signed by a relay that the centre's root certified.
    Checkpoint,
    /// The log continues the one that the auditor saw before.
    Consistency,
    /// Every structure is signed by whoever must have signed it.
    Signatures,
    /// Grants, revocations and what was attested are such as the rules allow.
    Consent,
    /// Whoever said to be away is appointed as counsellor or supervisor.
    Absences,
    /// Every reader of every epoch is covered by a grant that was in force.
    Readers,
    /// Every letter is by a member who may write, in its place.
    Letters,
    /// Earlier epochs were handed only to whom a grant names for it.
    Histories,
    /// Epochs are escrowed as their clients agreed to, and otherwise not.
    Escrow,
    /// Every release was asked for, delayed, approved and announced as its policy says.
    Releases,
    /// What is missing was erased under the root's tombstone, and nothing of it is left.
    Erasure,
    /// Every stored byte belongs to a structure.
    ClosedWorld,
    /// Every content has one of the lengths that padding gives.
    Padding,
    /// Every content looks random.
    Randomness,
    /// No key, salt or wrap was used twice.
    UniqueKeys,
    /// The account map of the checkpoint has the newest card and vault head of each account.
    Map,
    /// The times that the relay says fit those that were signed.
    Times,
    /// The web client that is served is the one that the relay has said in the log.
    WebClient,
    /// The database holds what the bundle shows, what follows from it, and nothing else.
    Database,
}

impl Check {
    /// Every check, in the order of a report.
    pub const ALL: [Self; 20] = [
        Self::LogRoot,
        Self::Checkpoint,
        Self::Consistency,
        Self::Signatures,
        Self::Consent,
        Self::Absences,
        Self::Readers,
        Self::Letters,
        Self::Histories,
        Self::Escrow,
        Self::Releases,
        Self::Erasure,
        Self::ClosedWorld,
        Self::Padding,
        Self::Randomness,
        Self::UniqueKeys,
        Self::Map,
        Self::Times,
        Self::WebClient,
        Self::Database,
    ];

    /// The name in a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LogRoot => "log-root",
            Self::Checkpoint => "checkpoint",
            Self::Consistency => "consistency",
            Self::Signatures => "signatures",
            Self::Consent => "consent",
            Self::Absences => "absences",
            Self::Readers => "readers",
            Self::Letters => "letters",
            Self::Histories => "histories",
            Self::Escrow => "escrow",
            Self::Releases => "releases",
            Self::Erasure => "erasure",
            Self::ClosedWorld => "closed-world",
            Self::Padding => "padding",
            Self::Randomness => "randomness",
            Self::UniqueKeys => "unique-keys",
            Self::Map => "map",
            Self::Times => "times",
            Self::WebClient => "web-client",
            Self::Database => "database",
        }
    }

    /// What the check counts, in plain words.
    pub const fn counts(self) -> &'static str {
        match self {
            Self::LogRoot => "entries in the log",
            Self::Checkpoint => "signed checkpoint",
            Self::Consistency => "earlier checkpoint compared",
            Self::Signatures => "signed structures",
            Self::Consent => "statements of consent and of what was attested",
            Self::Absences => "absences of counsellors and supervisors",
            Self::Readers => "lists of readers and answers to them",
            Self::Letters => "letters",
            Self::Histories => "histories handed over",
            Self::Escrow => "policies, acceptances, escrowed epochs and receipts",
            Self::Releases => "requests, steps and notices of releases",
            Self::Erasure => "tombstones of erased sessions",
            Self::ClosedWorld => "entries and vaults without a byte too many",
            Self::Padding => "lengths of sealed content",
            Self::Randomness => "sealed contents that look random",
            Self::UniqueKeys => "keys, salts and wraps, each used once",
            Self::Map => "accounts in the map",
            Self::Times => "times of entries",
            Self::WebClient => "web clients in the log, and served",
            Self::Database => "rows of the database itself",
        }
    }
}
