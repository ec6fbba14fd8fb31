//! Identities (docs/protocol.md §3): the secrets behind an account's cards, all from one 32-byte seed for each card.

use amanah_protocol::card::{Card, SignedCard, XWingKey};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, Timestamp};
use amanah_protocol::signature::{Signature, Signer, SigningInput, VerifyingKey};
use ed25519_dalek::Signer as _;
use rand_core::CryptoRng;

use crate::kdf::Prk;
use crate::labels;
use crate::person_seal::XWingSecret;
use crate::secret::Secret;

/// A signing key on the heap; wiped on drop by its own type.
pub(crate) struct SigningKey(Box<ed25519_dalek::SigningKey>);

impl SigningKey {
    /// The key with this seed (RFC 8032 §5.1.5).
    pub(crate) fn from_seed(seed: &Secret<32>) -> Self {
        Self(Box::new(ed25519_dalek::SigningKey::from_bytes(seed.expose())))
    }
}

impl Signer for SigningKey {
    fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, input: &SigningInput) -> Signature {
        Signature(self.0.sign(input.as_bytes()).to_bytes())
    }
}

/// The secrets of one card: it signs for the account and opens what is sealed to it.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::identity::Identity>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::identity::Identity>();
/// ```
/// ```compile_fail,E0277
/// fn needs_eq<T: PartialEq>() {}
/// needs_eq::<amanah_crypto_core::identity::Identity>();
/// ```
/// ```compile_fail,E0277
/// fn needs_default<T: Default>() {}
/// needs_default::<amanah_crypto_core::identity::Identity>();
/// ```
pub struct Identity {
    account: AccountId,
    number: u32,
    card: Hash,
    seed: Secret<32>,
    signing: SigningKey,
    kem: XWingSecret,
}

/// The keys that follow from a card seed.
struct CardKeys {
    signing: SigningKey,
    kem: XWingSecret,
}

impl CardKeys {
    fn derive(seed: &Secret<32>) -> Self {
        let prk = Prk::extract(b"", &[seed.expose()]);
        let signing = SigningKey::from_seed(&prk.derive(labels::CARD_SIGN, &[]));
        Self { signing, kem: XWingSecret::new(prk.derive(labels::CARD_KEM, &[])) }
    }

    fn public(&self) -> (VerifyingKey, XWingKey) {
        (self.signing.verifying_key(), self.kem.public_key())
    }
}

impl Identity {
    /// A new account: its first secrets and its first card.
    pub fn generate(rng: &mut impl CryptoRng, now: Timestamp) -> (Self, SignedCard) {
        let seed = Secret::generate(rng);
        let CardKeys { signing, kem } = CardKeys::derive(&seed);
        let (verifying_key, kem_key) = (signing.verifying_key(), kem.public_key());
        let card = Card { account: None, number: 1, verifying_key, kem_key, previous: None, created: now };
        let card = SignedCard::sign_first(card, &signing);
        (Self { account: card.account(), number: 1, card: card.hash(), seed, signing, kem }, card)
    }

    /// New secrets for the same account, and the card that these ones sign for them.
    pub fn next(&self, rng: &mut impl CryptoRng, now: Timestamp) -> (Self, SignedCard) {
        let seed = Secret::generate(rng);
        let keys = CardKeys::derive(&seed);
        let (verifying_key, kem_key) = keys.public();
        let number = self.number.saturating_add(1);
        let previous = Some(self.card);
        let card = Card { account: Some(self.account), number, verifying_key, kem_key, previous, created: now };
        let card = SignedCard::sign_next(card, &keys.signing, &self.signing);
        let CardKeys { signing, kem } = keys;
        (Self { account: self.account, number, card: card.hash(), seed, signing, kem }, card)
    }

    /// The identity that a vault keeps: account, number and hash of its card, and the card's seed.
    pub(crate) fn restore(account: AccountId, number: u32, card: Hash, seed: Secret<32>) -> Self {
        let CardKeys { signing, kem } = CardKeys::derive(&seed);
        Self { account, number, card, seed, signing, kem }
    }

    /// A second copy, for a keyring beside the vault.
    pub(crate) fn duplicate(&self) -> Self {
        Self::restore(self.account, self.number, self.card, self.seed.duplicate())
    }

    /// The account.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The number of its card, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The hash of its card.
    pub fn card_hash(&self) -> Hash {
        self.card
    }

    pub(crate) fn seed(&self) -> &Secret<32> {
        &self.seed
    }

    pub(crate) fn kem(&self) -> &XWingSecret {
        &self.kem
    }
}

impl Signer for Identity {
    fn verifying_key(&self) -> VerifyingKey {
        self.signing.verifying_key()
    }

    fn sign(&self, input: &SigningInput) -> Signature {
        self.signing.sign(input)
    }
}

/// All identities of one account, oldest first: old ones still open the epochs that were wrapped to their cards.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::identity::Keyring>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::identity::Keyring>();
/// ```
pub struct Keyring {
    older: Vec<Identity>,
    newest: Identity,
}

impl Keyring {
    /// The keyring of an account with one card.
    pub fn new(identity: Identity) -> Self {
        Self { older: Vec::new(), newest: identity }
    }

    /// Puts the identity of the next card on the ring, unless it is not the next one of this account.
    pub fn add(&mut self, identity: Identity) -> bool {
        let follows = identity.account == self.newest.account && identity.number > self.newest.number;
        if follows {
            self.older.push(std::mem::replace(&mut self.newest, identity));
        }
        follows
    }

    /// The account.
    pub fn account(&self) -> AccountId {
        self.newest.account
    }

    /// The identity of the newest card, which signs.
    pub fn newest(&self) -> &Identity {
        &self.newest
    }

    /// The identity behind a card.
    pub fn by_card(&self, card: &Hash) -> Option<&Identity> {
        self.iter().find(|identity| identity.card == *card)
    }

    /// All identities, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Identity> {
        self.older.iter().chain(std::iter::once(&self.newest))
    }

    /// A second copy, for a reader beside the vault.
    pub(crate) fn duplicate(&self) -> Self {
        let older = self.older.iter().map(Identity::duplicate).collect();
        Self { older, newest: self.newest.duplicate() }
    }
}
