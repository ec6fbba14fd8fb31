//! The JSON of sign-in, vault and session lists (docs/api.md), and the problems that the relay answers with (RFC 9457).

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes as base64url text without padding (RFC 4648 §5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Base64UrlUnpadded::decode_vec(&text).map(Self).map_err(|_| serde::de::Error::custom("base64url"))
    }
}

macro_rules! message {
    ( $( $(#[$doc:meta])* $name:ident { $( $(#[$fdoc:meta])* $field:ident : $ty:ty ),* $(,)? } )* ) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name { $( $(#[$fdoc])* pub $field: $ty ),* }
    )* };
}

message! {
    /// First step of registration: an OPAQUE registration request (RFC 9807 §5).
    RegistrationStart {
        /// The pseudonym.
        handle: String,
        /// OPAQUE registration request.
        request: Bytes,
    }
    /// Answer to the first step of a registration or of a change of passphrase.
    RegistrationAnswer {
        /// OPAQUE registration response.
        response: Bytes,
    }
    /// What a registration and a change of passphrase store together.
    Credential {
        /// OPAQUE registration record.
        upload: Bytes,
        /// The sealed vault.
        vault: Bytes,
        /// The signed vault head.
        vault_head: Bytes,
        /// The vault key, sealed under the passphrase.
        passphrase_wrap: Bytes,
        /// The vault key, sealed under the recovery code.
        recovery_wrap: Bytes,
        /// Verifies a recovery request.
        recovery_key: Bytes,
    }
    /// Last step of registration.
    RegistrationFinish {
        /// The pseudonym.
        handle: String,
        /// The signed first card.
        card: Bytes,
        /// Everything else.
        credential: Credential,
    }
    /// The account that a registration made.
    Registered {
        /// The account id in hexadecimal.
        account: String,
    }
    /// First step of sign-in: OPAQUE KE1.
    SignInStart {
        /// The pseudonym.
        handle: String,
        /// OPAQUE KE1.
        request: Bytes,
    }
    /// Answer to the first step of sign-in.
    SignInAnswer {
        /// To be sent back unchanged.
        attempt: Bytes,
        /// OPAQUE KE2.
        response: Bytes,
    }
    /// Last step of sign-in: OPAQUE KE3.
    SignInFinish {
        /// As received.
        attempt: Bytes,
        /// OPAQUE KE3.
        finalization: Bytes,
    }
    /// A signed-in session.
    SignedIn {
        /// Bearer token; the relay keeps only its hash.
        token: String,
        /// The account id in hexadecimal.
        account: String,
        /// When the token dies, in milliseconds since 1970.
        expires: u64,
    }
    /// First step of recovery.
    RecoveryStart {
        /// The pseudonym.
        handle: String,
    }
    /// Answer to the first step of recovery, whether or not there is such an account.
    RecoveryAnswer {
        /// To be signed and sent back.
        challenge: Bytes,
    }
    /// Last step of recovery.
    RecoveryFinish {
        /// The signed recovery request (wire form).
        request: Bytes,
    }
    /// First step of a change of passphrase.
    CredentialStart {
        /// OPAQUE registration request.
        request: Bytes,
    }
    /// The vault as the relay keeps it.
    Vault {
        /// The sealed vault.
        vault: Bytes,
        /// The signed vault head.
        vault_head: Bytes,
        /// The vault key, sealed under the passphrase.
        passphrase_wrap: Bytes,
        /// The vault key, sealed under the recovery code.
        recovery_wrap: Bytes,
    }
    /// A new version of the vault under the same vault key.
    VaultUpdate {
        /// The sealed vault.
        vault: Bytes,
        /// The signed vault head.
        vault_head: Bytes,
    }
    /// One session of the signed-in account.
    SessionItem {
        /// Session id.
        session: String,
        /// Case id.
        case: String,
        /// Position of its newest structure.
        position: u64,
    }
    /// All sessions of the signed-in account.
    Sessions {
        /// Oldest first.
        sessions: Vec<SessionItem>,
    }
    /// One session in whose escrow the signed-in account has a part.
    EscrowItem {
        /// Session id.
        session: String,
        /// As what: `trustee`, `requester` or `recipient`.
        part: String,
        /// How many shares the account holds there without having posted a receipt.
        deposits: u64,
        /// How many requests have not expired.
        requests: u64,
    }
    /// Where the signed-in account has a part in escrow.
    EscrowItems {
        /// Each session once for each part.
        items: Vec<EscrowItem>,
    }
    /// How many shares one trustee of a policy holds, and for how many a receipt is stored.
    DepositItem {
        /// The policy's hash in hexadecimal.
        policy: String,
        /// The trustee's account id in hexadecimal.
        trustee: String,
        /// Shares in all epochs.
        deposits: u64,
        /// Receipts for them.
        receipts: u64,
        /// When the oldest share without a receipt was stored, in milliseconds since 1970.
        oldest_missing: Option<u64>,
    }
    /// What an appointed director sees of the trustees' receipts.
    DepositReport {
        /// By policy and trustee.
        trustees: Vec<DepositItem>,
    }
    /// One message of the event stream: something new is in this session.
    Event {
        /// Session id.
        session: String,
        /// Position of its newest structure.
        position: u64,
    }
    /// Where a posted structure was placed.
    Stored {
        /// Its hash in hexadecimal.
        hash: String,
        /// Its position in the relay's order.
        position: u64,
    }
    /// Problem details (RFC 9457).
    Problem {
        /// `urn:amanah:problem:` and a [`ProblemCode`].
        r#type: String,
        /// The fixed sentence of that code.
        title: String,
        /// HTTP status.
        status: u16,
        /// `urn:uuid:` of the request, to find it in the relay's log.
        instance: String,
    }
}

macro_rules! problems {
    ( $( $variant:ident = $code:literal, $status:literal, $title:literal; )* ) => {
        /// Every problem that the relay answers with.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode { $( #[doc = $title] $variant ),* }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[ $( Self::$variant ),* ];

            /// The last part of the problem's type.
            pub const fn code(self) -> &'static str {
                match self { $( Self::$variant => $code ),* }
            }

            /// HTTP status.
            pub const fn status(self) -> u16 {
                match self { $( Self::$variant => $status ),* }
            }

            /// The fixed sentence.
            pub const fn title(self) -> &'static str {
                match self { $( Self::$variant => $title ),* }
            }
        }
    };
}

problems! {
    BadRequest = "bad-request", 400, "The request is not one that this address understands.";
    NotCanonical = "not-canonical", 400, "The bytes are not a structure in its one canonical form.";
    BadSignature = "bad-signature", 403, "A signature does not fit.";
    NotSignedIn = "not-signed-in", 401, "Sign in first.";
    SignInFailed = "sign-in-failed", 401, "The handle and the secret do not fit together.";
    SignInStale = "sign-in-stale", 403, "This needs a sign-in of the last ten minutes.";
    Forbidden = "forbidden", 403, "This account may not do this.";
    NotFound = "not-found", 404, "There is nothing here.";
    MethodNotAllowed = "method-not-allowed", 405, "This address does not know this method.";
    Timeout = "timeout", 408, "The request took too long.";
    HandleTaken = "handle-taken", 409, "This handle is taken.";
    StaleManifest = "stale-manifest", 409, "The session has a newer manifest; read it and seal again.";
    StaleSequence = "stale-sequence", 409, "Another letter of this account came first; read it and seal again.";
    NewEpochNeeded = "new-epoch-needed", 409, "A reader may no longer read; begin a new epoch and seal again.";
    DuplicateId = "duplicate-id", 409, "Another letter with this id is stored.";
    VersionConflict = "version-conflict", 409, "A newer version is stored; read it and try again.";
    AlreadyExists = "already-exists", 409, "Something else is stored in this place.";
    LimitReached = "limit-reached", 409, "This account has stored as many of these as it may.";
    TooLarge = "too-large", 413, "The body is larger than this address takes.";
    UnsupportedType = "unsupported-type", 415, "The content type is not the one that this address takes.";
    NotAMember = "not-a-member", 403, "This account is not a member of this epoch.";
    NoGrant = "no-grant", 403, "No grant allows this.";
    GrantRevoked = "grant-revoked", 403, "The client has taken this consent back.";
    GrantExpired = "grant-expired", 403, "The grant has expired.";
    DocumentReplaced = "document-replaced", 403, "The consent document was replaced; the new one is to be signed.";
    GuardianNeeded = "guardian-needed", 403, "The guardian has not allowed this, or was not checked.";
    EscrowDiffers = "escrow-differs", 409, "The epoch is not escrowed as its clients agreed to.";
    TooEarly = "too-early", 409, "The delay of this ground is not over yet.";
    ReleaseClosed = "release-closed", 409, "This request is closed.";
    NotCancellable = "not-cancellable", 403, "This ground does not let clients cancel.";
    NotAppointed = "not-appointed", 403, "The centre has not appointed this account, or no longer.";
    SessionErased = "session-erased", 409, "This session was erased; nothing is added to it any more.";
    NoticePending = "notice-pending", 409, "This session has yet to hear of a release; it can be erased after that.";
    NotAdmitted = "not-admitted", 422, "The structure breaks a rule of the protocol.";
    WrongTime = "wrong-time", 422, "The time in the structure is more than ten minutes off.";
    UnknownReference = "unknown-reference", 422, "The structure refers to something that is not stored here.";
    TooManyRequests = "too-many-requests", 429, "Too many requests; wait a little.";
    Internal = "internal", 500, "Something went wrong in the relay.";
    Unavailable = "unavailable", 503, "The relay cannot store anything just now; try again soon.";
}

/// What stands before the code in a problem's type.
pub const PROBLEM_PREFIX: &str = "urn:amanah:problem:";

impl ProblemCode {
    /// The code of a problem's type, if it is one of ours.
    pub fn from_type(text: &str) -> Option<Self> {
        let code = text.strip_prefix(PROBLEM_PREFIX)?;
        Self::ALL.iter().copied().find(|known| known.code() == code)
    }
}
