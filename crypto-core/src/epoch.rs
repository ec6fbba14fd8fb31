//! Epochs (docs/protocol.md §5): one secret for all readers, which every reader checks for all the others.
//!
//! The coins of every wrap and every share follow from the secret, so whoever opens one wrap makes all of them again
//! and compares them byte for byte. Nobody can be given another secret or share, or none, unnoticed.

use amanah_protocol::card::{SignedCard, XWingKey};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::SessionId;
use amanah_protocol::manifest::{Manifest, Member, Outline, RefusalCode};
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use crate::escrow::{Deposited, deposit};
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
    /// A member or trustee has keys that nobody may use.
    #[error(transparent)]
    Seal(#[from] PersonSealError),
}

/// What a reader found wrong with an epoch. It seals nothing in it, and says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the epoch is not the same for all its readers")]
pub struct EpochError {
    /// What is wrong.
    pub code: RefusalCode,
    /// Which member, or which trustee if it is about a deposit, it concerns, from 0.
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

    pub(crate) fn secret(&self) -> &Secret<32> {
        &self.secret
    }

    pub(crate) fn context(&self) -> &Hash {
        &self.context
    }

    pub(crate) fn prk(&self) -> &Prk {
        &self.prk
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

/// An epoch that was made here, not yet posted.
#[derive(Debug)]
pub struct AuthoredEpoch {
    /// The signed manifest.
    pub manifest: Signed<Manifest>,
    /// The wraps, in the order of the members.
    pub wraps: Vec<Vec<u8>>,
    /// The sealed shares, in the order of the trustees.
    pub seals: Vec<Vec<u8>>,
}

/// The cards of everybody to whom something of an epoch is sealed.
#[derive(Debug, Clone, Copy)]
pub struct EpochCards<'a> {
    /// The members' cards, in the order of the outline.
    pub members: &'a [&'a SignedCard],
    /// The trustees' cards, in the order of the escrow section; none without one.
    pub trustees: &'a [&'a SignedCard],
}

/// Makes an epoch: a fresh secret, its wraps for all members, its shares for all trustees, and the signed manifest.
///
/// # Errors
/// [`AuthorError`]; nothing is signed then.
pub fn author_epoch(
    rng: &mut impl CryptoRng,
    author: &Identity,
    outline: Outline,
    cards: EpochCards<'_>,
) -> Result<AuthoredEpoch, AuthorError> {
    if outline.author != author.account() || !cards.are_those_of(&outline) {
        return Err(AuthorError::Outline);
    }
    let secret = EpochSecret::new(Secret::generate(rng), &outline);
    let wraps = cards.members.iter().map(|card| secret.wrap(&card.card().kem_key, &card.hash()));
    let wraps = wraps.collect::<Result<Vec<_>, _>>()?;
    let deposited = match &outline.escrow {
        Some(escrow) => deposit(&secret, escrow, cards.trustees)?,
        None => Vec::new(),
    };
    let hashes = wraps.iter().map(|wrap| of_bytes(wrap)).collect();
    let (deposits, seals) = deposited.into_iter().map(|Deposited { deposit, seal }| (deposit, seal)).unzip();
    let manifest = Manifest { outline, commitment: secret.commitment(), wraps: hashes, deposits };
    Ok(AuthoredEpoch { manifest: Signed::sign(manifest, author), wraps, seals })
}

/// Opens an epoch and checks it for all its readers and trustees (§5): own wrap, commitment, then every wrap and every
/// deposit made again.
///
/// Signature, chain, author and policy were checked before (`amanah_protocol::manifest::check_manifest`). `parts` are
/// what stands beside the manifest: the wraps, then the sealed shares.
///
/// # Errors
/// [`EpochError`] with the code of the refusal that this reader owes the others.
pub fn open_epoch<W: AsRef<[u8]>>(
    keyring: &Keyring,
    manifest: &Signed<Manifest>,
    parts: &[W],
    cards: EpochCards<'_>,
) -> Result<Epoch, EpochError> {
    let outline = &manifest.body().outline;
    let (wraps, seals) = check_form(manifest.body(), parts, cards)?;
    let (own, identity, wrap) = own_wrap(keyring, &outline.members, wraps)?;
    let refuse_own = || EpochError::at(RefusalCode::OwnWrap, own);
    let context = outline.context();
    let opened = identity.kem().open(purpose(&context, &identity.card_hash()), wrap).map_err(|_| refuse_own())?;
    let secret = Secret::from_slice(&opened).ok_or_else(refuse_own)?;
    let secret = EpochSecret::new(secret, outline);
    if !secret.is_of(manifest.body()) {
        return Err(EpochError::new(RefusalCode::Commitment));
    }
    for (index, (card, wrap)) in cards.members.iter().zip(wraps).enumerate() {
        let same = secret.wrap(&card.card().kem_key, &card.hash()).is_ok_and(|expected| expected == wrap.as_ref());
        if !same {
            let code = if index == own { RefusalCode::OwnWrap } else { RefusalCode::OtherWrap };
            return Err(EpochError::at(code, index));
        }
    }
    check_deposit(&secret, manifest.body(), seals, cards.trustees)?;
    Ok(secret.into_epoch(manifest))
}

/// Makes the whole deposit again and compares it byte for byte.
fn check_deposit<W: AsRef<[u8]>>(
    secret: &EpochSecret,
    manifest: &Manifest,
    seals: &[W],
    trustees: &[&SignedCard],
) -> Result<(), EpochError> {
    let Some(escrow) = &manifest.outline.escrow else {
        return Ok(());
    };
    let expected = deposit(secret, escrow, trustees).map_err(|_| EpochError::new(RefusalCode::Deposit))?;
    let found = manifest.deposits.iter().zip(seals);
    let wrong = expected
        .iter()
        .zip(found)
        .position(|(expected, (deposit, seal))| expected.deposit != *deposit || expected.seal != seal.as_ref());
    wrong.map_or(Ok(()), |index| Err(EpochError::at(RefusalCode::Deposit, index)))
}

/// Wraps, sealed shares and cards are those of the manifest, one for each member and each trustee.
fn check_form<'a, W: AsRef<[u8]>>(
    manifest: &Manifest,
    parts: &'a [W],
    cards: EpochCards<'_>,
) -> Result<(&'a [W], &'a [W]), EpochError> {
    let outline = &manifest.outline;
    let members = outline.members.len();
    let counted = manifest.wraps.len() == members && cards.are_those_of(outline);
    let (wraps, seals) = parts
        .split_at_checked(members)
        .filter(|(_, seals)| counted && seals.len() == manifest.deposits.len())
        .ok_or(EpochError::new(RefusalCode::Manifest))?;
    if manifest.deposits.len() != outline.trustees().len() {
        return Err(EpochError::new(RefusalCode::Deposit));
    }
    let other = wraps.iter().zip(&manifest.wraps).position(|(wrap, hash)| of_bytes(wrap.as_ref()) != *hash);
    if let Some(index) = other {
        return Err(EpochError::at(RefusalCode::Manifest, index));
    }
    let other = seals.iter().zip(&manifest.deposits).position(|(seal, of)| of_bytes(seal.as_ref()) != of.seal);
    other.map_or(Ok((wraps, seals)), |index| Err(EpochError::at(RefusalCode::Deposit, index)))
}

impl EpochCards<'_> {
    fn are_those_of(&self, outline: &Outline) -> bool {
        let members = outline.members.iter().map(|member| (member.account, member.card));
        let trustees = outline.trustees().iter().map(|trustee| (trustee.account, trustee.card));
        members.eq(self.members.iter().map(|card| (card.account(), card.hash())))
            && trustees.eq(self.trustees.iter().map(|card| (card.account(), card.hash())))
    }
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
