//! Epochs (docs/protocol.md §5): one secret for all readers, which every reader checks for all the others.
//!
//! The coins of every wrap follow from the secret, so whoever opens one wrap makes all of them again and compares
//! them byte for byte. Nobody can be given another secret, or none, unnoticed.

use amanah_protocol::card::{SignedCard, XWingKey};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::SessionId;
use amanah_protocol::manifest::{Manifest, Member, Outline, RefusalCode};
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use crate::identity::{Identity, Keyring};
use crate::kdf::Prk;
use crate::labels;
use crate::person_seal::{self, PersonSealError, Purpose};
use crate::secret::Secret;

/// The keys of an epoch that was accepted, or made here. Wiped on drop.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::epoch::Epoch>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::epoch::Epoch>();
/// ```
/// ```compile_fail,E0277
/// fn needs_eq<T: PartialEq>() {}
/// needs_eq::<amanah_crypto_core::epoch::Epoch>();
/// ```
pub struct Epoch {
    session: SessionId,
    number: u32,
    manifest: Hash,
    secret: Secret<32>,
    prk: Prk,
    messages: Prk,
}

/// Why no epoch was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorError {
    /// The author is not the one in the outline, or a card is not that of its member.
    #[error("author or cards are not those of the outline")]
    Outline,
    /// The outline asks for escrow, which this version does not make.
    #[error("escrow is not made by this version")]
    Escrow,
    /// A member has keys that nobody may use.
    #[error(transparent)]
    Seal(#[from] PersonSealError),
}

/// What a reader found wrong with an epoch. It seals nothing in it, and says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the epoch is not the same for all its readers")]
pub struct EpochError {
    /// What is wrong.
    pub code: RefusalCode,
    /// Which member it concerns, from 0.
    pub index: Option<u32>,
}

impl EpochError {
    fn new(code: RefusalCode) -> Self {
        Self { code, index: None }
    }

    fn at(code: RefusalCode, index: usize) -> Self {
        Self { code, index: u32::try_from(index).ok() }
    }
}

/// `ES`, from which everything of the epoch follows, and `PRK = Extract(ctx, ES)`.
pub(crate) struct EpochSecret {
    secret: Secret<32>,
    context: Hash,
    prk: Prk,
}

impl EpochSecret {
    pub(crate) fn new(secret: Secret<32>, outline: &Outline) -> Self {
        let context = outline.context();
        Self { prk: Prk::extract(context.as_bytes(), &[secret.expose()]), secret, context }
    }

    fn commitment(&self) -> Hash {
        Hash(*self.prk.derive::<32>(labels::EPOCH_COMMIT, &[]).expose())
    }

    /// Whether this is the secret to which a manifest commits.
    pub(crate) fn is_of(&self, manifest: &Manifest) -> bool {
        self.commitment().as_bytes().ct_eq(manifest.commitment.as_bytes()).into()
    }

    /// The one wrap of this secret for this card.
    fn wrap(&self, key: &XWingKey, card: &Hash) -> Result<Vec<u8>, PersonSealError> {
        let coins = self.prk.derive(labels::EPOCH_WRAP, &[card.as_bytes()]);
        person_seal::seal(key, purpose(&self.context, card), self.secret.expose(), coins)
    }

    pub(crate) fn into_epoch(self, manifest: &Signed<Manifest>) -> Epoch {
        let outline = &manifest.body().outline;
        let manifest = manifest.hash();
        let base = self.prk.derive::<32>(labels::EPOCH_MESSAGES, &[manifest.as_bytes()]);
        let messages = Prk::extract(b"", &[base.expose()]);
        let Self { secret, prk, .. } = self;
        Epoch { session: outline.session, number: outline.epoch, manifest, secret, prk, messages }
    }
}

fn purpose<'a>(context: &'a Hash, card: &'a Hash) -> Purpose<'a> {
    Purpose { label: labels::USE_EPOCH, context, card }
}

/// Makes an epoch: a fresh secret, its wraps for all members, and the signed manifest.
///
/// `cards` are the members' cards in the order of the outline. The wraps come in the same order.
///
/// # Errors
/// [`AuthorError`]; nothing is signed then.
pub fn author_epoch(
    rng: &mut impl CryptoRng,
    author: &Identity,
    outline: Outline,
    cards: &[&SignedCard],
) -> Result<(Signed<Manifest>, Vec<Vec<u8>>), AuthorError> {
    if outline.escrow.is_some() {
        return Err(AuthorError::Escrow);
    }
    if outline.author != author.account() || !are_the_cards_of(&outline.members, cards) {
        return Err(AuthorError::Outline);
    }
    let secret = EpochSecret::new(Secret::generate(rng), &outline);
    let wraps =
        cards.iter().map(|card| secret.wrap(&card.card().kem_key, &card.hash())).collect::<Result<Vec<_>, _>>()?;
    let hashes = wraps.iter().map(|wrap| of_bytes(wrap)).collect();
    let manifest = Manifest { outline, commitment: secret.commitment(), wraps: hashes, deposits: Vec::new() };
    Ok((Signed::sign(manifest, author), wraps))
}

/// Opens an epoch and checks it for all its readers (§5): own wrap, commitment, then every wrap made again.
///
/// Signature, chain, author and policy were checked before (`amanah_protocol::manifest::check_manifest`).
/// `wraps` and `cards` are in the order of the members.
///
/// # Errors
/// [`EpochError`] with the code of the refusal that this reader owes the others.
pub fn open_epoch<W: AsRef<[u8]>>(
    keyring: &Keyring,
    manifest: &Signed<Manifest>,
    wraps: &[W],
    cards: &[&SignedCard],
) -> Result<Epoch, EpochError> {
    let outline = &manifest.body().outline;
    check_form(manifest.body(), wraps, cards)?;
    let (own, identity, wrap) = own_wrap(keyring, &outline.members, wraps)?;
    let refuse_own = || EpochError::at(RefusalCode::OwnWrap, own);
    let context = outline.context();
    let opened = identity.kem().open(purpose(&context, &identity.card_hash()), wrap).map_err(|_| refuse_own())?;
    let secret = Secret::from_slice(&opened).ok_or_else(refuse_own)?;
    let secret = EpochSecret::new(secret, outline);
    if !secret.is_of(manifest.body()) {
        return Err(EpochError::new(RefusalCode::Commitment));
    }
    for (index, (card, wrap)) in cards.iter().zip(wraps).enumerate() {
        let same = secret.wrap(&card.card().kem_key, &card.hash()).is_ok_and(|expected| expected == wrap.as_ref());
        if !same {
            let code = if index == own { RefusalCode::OwnWrap } else { RefusalCode::OtherWrap };
            return Err(EpochError::at(code, index));
        }
    }
    Ok(secret.into_epoch(manifest))
}

/// Wraps and cards are those of the manifest, one for each member; no escrow, which no grant of this version names.
fn check_form<W: AsRef<[u8]>>(manifest: &Manifest, wraps: &[W], cards: &[&SignedCard]) -> Result<(), EpochError> {
    let members = &manifest.outline.members;
    if manifest.outline.escrow.is_some() || !manifest.deposits.is_empty() {
        return Err(EpochError::new(RefusalCode::Deposit));
    }
    let counted = wraps.len() == members.len() && manifest.wraps.len() == members.len();
    if !counted || !are_the_cards_of(members, cards) {
        return Err(EpochError::new(RefusalCode::Manifest));
    }
    let other = wraps.iter().zip(&manifest.wraps).position(|(wrap, hash)| of_bytes(wrap.as_ref()) != *hash);
    other.map_or(Ok(()), |index| Err(EpochError::at(RefusalCode::Manifest, index)))
}

fn are_the_cards_of(members: &[Member], cards: &[&SignedCard]) -> bool {
    let fits = |(member, card): (&Member, &&SignedCard)| member.account == card.account() && member.card == card.hash();
    members.len() == cards.len() && members.iter().zip(cards).all(fits)
}

fn own_wrap<'a, W: AsRef<[u8]>>(
    keyring: &'a Keyring,
    members: &[Member],
    wraps: &'a [W],
) -> Result<(usize, &'a Identity, &'a [u8]), EpochError> {
    let own = members.iter().position(|member| member.account == keyring.account());
    let index = own.ok_or(EpochError::new(RefusalCode::Manifest))?;
    let identity = members.get(index).and_then(|member| keyring.by_card(&member.card));
    let identity = identity.ok_or(EpochError::at(RefusalCode::OwnWrap, index))?;
    let wrap = wraps.get(index).ok_or(EpochError::new(RefusalCode::Manifest))?;
    Ok((index, identity, wrap.as_ref()))
}

impl Epoch {
    /// The session.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The epoch's number.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The manifest's hash.
    pub fn manifest(&self) -> Hash {
        self.manifest
    }

    pub(crate) fn secret(&self) -> &Secret<32> {
        &self.secret
    }

    pub(crate) fn prk(&self) -> &Prk {
        &self.prk
    }

    /// `Extract("", base)`, from which message keys are derived.
    pub(crate) fn messages(&self) -> &Prk {
        &self.messages
    }
}
