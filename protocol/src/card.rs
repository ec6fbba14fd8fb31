//! Cards (docs/protocol.md §3): the public keys of an account, in a chain that nobody but its owner can continue.

use ml_kem::{EncapsulationKey768, TryKeyInit};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::bytes::fixed_bytes;
use crate::cbor::{ByteString, ParseError, Structure, encode, is_encoding_of};
use crate::hash::Hash;
use crate::ids::{AccountId, Timestamp};
use crate::signature::{BadSignature, Signature, Signer, SigningInput, VerifyingKey};
use crate::structure;

fixed_bytes! {
    /// An X-Wing public key: ML-KEM-768 encapsulation key (1184 bytes) ‖ X25519 public key (32 bytes).
    pub struct XWingKey(1216)
}

structure! {
    /// One version of an account's public keys.
    pub struct Card = "card", at most 2048 => {
        /// The account, or null in the first card, whose hash it is.
        account: Option<AccountId>,
        /// 1 for the first card, and one more for each that follows.
        number: u32,
        /// Verifies what the account signs.
        verifying_key: VerifyingKey,
        /// Secrets are sealed to this key.
        kem_key: XWingKey,
        /// Hash of the card before; null in the first.
        previous: Option<Hash>,
        /// When it was made, by its owner's clock.
        created: Timestamp,
    }
}

/// The purpose under which the previous card signs the next one.
const NEXT: &str = "card-next";

/// Length of the ML-KEM-768 half of an X-Wing key.
const ML_KEM: usize = 1184;

/// Why a card, or a chain of them, is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// A signature does not fit, its own or that of the card before.
    #[error("a signature of the card does not fit")]
    Signature,
    /// A weak Ed25519 key, a small-order X25519 half or an invalid ML-KEM half.
    #[error("the card has a key that nobody may use")]
    Key,
    /// Account, number or previous hash does not continue the chain.
    #[error("the card does not continue the chain")]
    Chain,
}

impl From<BadSignature> for CardError {
    fn from(_: BadSignature) -> Self {
        Self::Signature
    }
}

impl XWingKey {
    /// Whether both halves are keys that a person may have (FIPS 203 §7.2; no small order, RFC 7748 §6.1).
    pub fn is_sound(&self) -> bool {
        let (ml_kem, x25519) = self.0.split_at(ML_KEM);
        EncapsulationKey768::new_from_slice(ml_kem).is_ok()
            && x25519.try_into().is_ok_and(|point: [u8; 32]| !is_small_order(point))
    }
}

/// Whether an X25519 public value is of small order: any clamped scalar maps such a point to zero.
pub fn is_small_order(point: [u8; 32]) -> bool {
    !StaticSecret::from([9; 32]).diffie_hellman(&PublicKey::from(point)).was_contributory()
}

/// A card from outside. Wire form: CBOR `[body, signature, signature of the previous card | null]`.
#[derive(Debug, Clone)]
pub struct UnverifiedCard {
    card: Card,
    wire: Vec<u8>,
    body_bytes: Vec<u8>,
    signature: Signature,
    previous_signature: Option<Signature>,
}

/// A card whose signatures, keys and place in its chain were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCard {
    card: Card,
    account: AccountId,
    hash: Hash,
    wire: Vec<u8>,
}

impl UnverifiedCard {
    /// Reads the wire form.
    ///
    /// # Errors
    /// [`ParseError`] of the wire form or the card.
    pub fn parse(wire: &[u8]) -> Result<Self, ParseError> {
        if wire.len() > Card::MAX {
            return Err(ParseError::TooLarge);
        }
        let parts: (ByteString, Signature, Option<Signature>) =
            minicbor::decode(wire).map_err(|_| ParseError::Malformed)?;
        if !is_encoding_of(&parts, wire) {
            return Err(ParseError::NotCanonical);
        }
        let (ByteString(body_bytes), signature, previous_signature) = parts;
        let card = Card::parse(&body_bytes)?;
        Ok(Self { card, wire: wire.to_vec(), body_bytes, signature, previous_signature })
    }

    /// What the card claims. Nothing may rely on it.
    pub fn claimed(&self) -> &Card {
        &self.card
    }

    /// Checks the first card of an account.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn verify_first(self) -> Result<SignedCard, CardError> {
        let first = self.card.account.is_none() && self.card.number == 1 && self.card.previous.is_none();
        if !first || self.previous_signature.is_some() {
            return Err(CardError::Chain);
        }
        self.verify_own()
    }

    /// Checks the card that follows `previous`.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn verify_next(self, previous: &SignedCard) -> Result<SignedCard, CardError> {
        let follows = self.card.account == Some(previous.account)
            && previous.card.number.checked_add(1) == Some(self.card.number)
            && self.card.previous == Some(previous.hash);
        let (true, Some(signature)) = (follows, &self.previous_signature) else {
            return Err(CardError::Chain);
        };
        previous.card.verifying_key.check(&SigningInput::new(NEXT, &self.body_bytes), signature)?;
        self.verify_own()
    }

    fn verify_own(self) -> Result<SignedCard, CardError> {
        if !self.card.kem_key.is_sound() || !self.card.verifying_key.is_sound() {
            return Err(CardError::Key);
        }
        self.card.verifying_key.check(&SigningInput::new(Card::NAME, &self.body_bytes), &self.signature)?;
        Ok(SignedCard::assemble(self.card, self.wire))
    }
}

impl SignedCard {
    /// Signs the first card of a new account.
    pub fn sign_first(card: Card, signer: &impl Signer) -> Self {
        Self::sign(card, signer, None)
    }

    /// Signs the card that follows, with its own key and with the key of the card before.
    pub fn sign_next(card: Card, signer: &impl Signer, previous: &impl Signer) -> Self {
        let by_previous = previous.sign(&SigningInput::new(NEXT, &card.to_bytes()));
        Self::sign(card, signer, Some(by_previous))
    }

    fn sign(card: Card, signer: &impl Signer, by_previous: Option<Signature>) -> Self {
        let body = card.to_bytes();
        let own = signer.sign(&SigningInput::new(Card::NAME, &body));
        Self::assemble(card, encode(&(ByteString(body), own, by_previous)))
    }

    fn assemble(card: Card, wire: Vec<u8>) -> Self {
        let hash = card.hash();
        Self { account: card.account.unwrap_or(AccountId::from(hash)), card, hash, wire }
    }

    /// The account: the hash of its first card.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The card.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// `H("card", card)`.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The wire form.
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }
}

/// All cards of an account, from the first to the newest, each checked against the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardChain {
    cards: Vec<SignedCard>,
    newest: SignedCard,
}

/// How many cards an account may have, so that its chain fits one answer of the relay.
pub const MAX_CARDS: usize = 100;

impl CardChain {
    /// Checks a whole chain for the account that it must belong to.
    ///
    /// # Errors
    /// [`CardError`]; `Chain` also when it is empty, has more than [`MAX_CARDS`], or belongs to another account.
    pub fn verify(account: AccountId, cards: impl IntoIterator<Item = UnverifiedCard>) -> Result<Self, CardError> {
        let mut cards = cards.into_iter();
        let first = cards.next().ok_or(CardError::Chain)?.verify_first()?;
        if first.account != account {
            return Err(CardError::Chain);
        }
        let mut chain = Self { cards: vec![first.clone()], newest: first };
        for card in cards {
            let next = card.verify_next(&chain.newest)?;
            if chain.is_full() {
                return Err(CardError::Chain);
            }
            chain.cards.push(next.clone());
            chain.newest = next;
        }
        Ok(chain)
    }

    /// Whether no card may follow.
    pub fn is_full(&self) -> bool {
        self.cards.len() >= MAX_CARDS
    }

    /// The newest card.
    pub fn newest(&self) -> &SignedCard {
        &self.newest
    }

    /// All cards, oldest first.
    pub fn cards(&self) -> &[SignedCard] {
        &self.cards
    }

    /// The card with this hash, old or new.
    pub fn find(&self, hash: &Hash) -> Option<&SignedCard> {
        self.cards.iter().find(|card| card.hash == *hash)
    }

    /// The account.
    pub fn account(&self) -> AccountId {
        self.newest.account
    }
}
