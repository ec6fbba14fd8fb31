//! Every label of key derivation and sealing (docs/protocol.md §2, §5). No other file spells one.

/// Before the label of a derivation.
pub(crate) const KDF: &str = "amanah/v1/kdf/";
/// Before the use of a secret sealed to a person.
pub(crate) const HPKE: &str = "amanah/v1/hpke/";
/// The context of sign-in.
pub(crate) const OPAQUE: &[u8] = b"amanah/v1/opaque";

/// An Ed25519 seed from a card seed.
pub(crate) const CARD_SIGN: &str = "card/sign";
/// An X-Wing seed from a card seed.
pub(crate) const CARD_KEM: &str = "card/kem";
/// The key of drafts from a card seed.
pub(crate) const CARD_DRAFT: &str = "card/draft";
/// Drafts under that key; context: the account.
pub(crate) const DRAFT: &str = "draft";

/// The commitment to an epoch's secret.
pub(crate) const EPOCH_COMMIT: &str = "epoch/commit";
/// The coins of a wrap; context: the card's hash.
pub(crate) const EPOCH_WRAP: &str = "epoch/wrap";
/// The base of an epoch's message keys; context: the manifest's hash.
pub(crate) const EPOCH_MESSAGES: &str = "epoch/messages";
/// Key and commitment of a letter; context: its header.
pub(crate) const MESSAGE: &str = "message";
/// The hedged salt of a letter; context: fresh randomness and the hash of the padded content.
pub(crate) const MESSAGE_SALT: &str = "message/salt";
/// The tag under which a padded content is hashed for its salt.
pub(crate) const CONTENT: &str = "content";

/// The use of an epoch's wraps.
pub(crate) const USE_EPOCH: &str = "epoch";

/// The coefficients of an epoch's shares; context: the policy's hash and the power as one byte.
pub(crate) const ESCROW_COEFFICIENTS: &str = "escrow/coefficients";
/// The coins of a sealed share; context: the trustee's card.
pub(crate) const ESCROW_SEAL: &str = "escrow/seal";
/// The use of a share, sealed to its trustee.
pub(crate) const USE_ESCROW: &str = "escrow";
/// The use of a share that a trustee seals again, to the recipient of a release.
pub(crate) const USE_RELEASE: &str = "release";
/// The use of the reason for a request.
pub(crate) const USE_JUSTIFICATION: &str = "justification";

/// The use of a bundle of earlier epochs.
pub(crate) const USE_HISTORY: &str = "history";

/// A vault's content under its key; context: its header.
pub(crate) const VAULT: &str = "vault";
/// A vault key under passphrase and sheet; context: the wrap's header.
pub(crate) const VAULT_PASSPHRASE: &str = "vault/passphrase";
/// A vault key under the recovery code; context: the wrap's header.
pub(crate) const VAULT_RECOVERY: &str = "vault/recovery";
/// The key that wraps a vault key, from a recovery code.
pub(crate) const RECOVERY_WRAP: &str = "recovery/wrap";
/// The Ed25519 seed that signs a recovery request, from a recovery code.
pub(crate) const RECOVERY_SIGN: &str = "recovery/sign";
/// A centre's root key under the director's passphrase; context: the file's header.
pub(crate) const ROOT: &str = "root";

/// The tag of a recovery code's checksum.
pub(crate) const CHECK_RECOVERY: &str = "recovery-code";
/// The tag of a sheet's checksum.
pub(crate) const CHECK_SHEET: &str = "sheet";
