//! Bundles of earlier epochs (docs/protocol.md §5.9): sealed to one reader, who checks each secret by its manifest.

use amanah_protocol::card::SignedCard;
use amanah_protocol::cbor::Structure;
use amanah_protocol::hash::of_bytes;
use amanah_protocol::history::{History, HistoryOutline};
use amanah_protocol::manifest::Manifest;
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::OpenError;
use crate::epoch::{Epoch, EpochSecret};
use crate::identity::{Identity, Keyring};
use crate::labels;
use crate::person_seal::{self, PersonSealError, Purpose};
use crate::secret::Secret;

/// A history and its bundle, not yet posted.
#[derive(Debug)]
pub struct SealedHistory {
    /// The signed history.
    pub history: Signed<History>,
    /// The bundle beside it.
    pub bundle: Vec<u8>,
}

/// Why no bundle was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandOverError {
    /// Author, card or epochs are not those of the outline.
    #[error("author, card or epochs are not those of the outline")]
    Outline,
    /// The reader has keys that nobody may use.
    #[error(transparent)]
    Seal(#[from] PersonSealError),
}

/// Seals the secrets of `epochs`, in the order of the outline, to the card of the outline's reader, and signs.
///
/// # Errors
/// [`HandOverError`]; nothing is signed then.
pub fn seal_history(
    rng: &mut impl CryptoRng,
    author: &Identity,
    outline: HistoryOutline,
    card: &SignedCard,
    epochs: &[&Epoch],
) -> Result<SealedHistory, HandOverError> {
    let same = outline.author == author.account()
        && outline.to == card.account()
        && outline.card == card.hash()
        && outline.epochs.iter().eq(epochs.iter().map(|epoch| epoch.manifest()).collect::<Vec<_>>().iter());
    if !same {
        return Err(HandOverError::Outline);
    }
    let secrets = Zeroizing::new(epochs.iter().flat_map(|epoch| *epoch.secret().expose()).collect::<Vec<u8>>());
    let context = outline.hash();
    let purpose = Purpose { label: labels::USE_HISTORY, context: &context, card: &outline.card };
    let bundle = person_seal::seal(&card.card().kem_key, purpose, &secrets, Secret::generate(rng))?;
    let history = History { bundle: of_bytes(&bundle), outline };
    Ok(SealedHistory { history: Signed::sign(history, author), bundle })
}

/// Opens a bundle that was handed to this reader, and checks each secret by the manifest that commits to it.
///
/// Signature and policy were checked before (`amanah_protocol::history::check_history`). `manifests` are those of the
/// outline's epochs, in its order.
///
/// # Errors
/// [`OpenError`]: it does not open, or a secret is not that of its epoch.
pub fn open_history(
    keyring: &Keyring,
    history: &Signed<History>,
    bundle: &[u8],
    manifests: &[&Signed<Manifest>],
) -> Result<Vec<Epoch>, OpenError> {
    let outline = &history.body().outline;
    let identity = keyring.by_card(&outline.card).ok_or(OpenError)?;
    let context = outline.hash();
    let purpose = Purpose { label: labels::USE_HISTORY, context: &context, card: &outline.card };
    let secrets = identity.kem().open(purpose, bundle)?;
    let (secrets, rest) = secrets.as_chunks::<32>();
    if !rest.is_empty() || secrets.len() != manifests.len() {
        return Err(OpenError);
    }
    let open = |(secret, manifest): (&[u8; 32], &&Signed<Manifest>)| {
        let secret = Secret::from_slice(secret).ok_or(OpenError)?;
        let secret = EpochSecret::new(secret, &manifest.body().outline);
        if secret.is_of(manifest.body()) { Ok(secret.into_epoch(manifest)) } else { Err(OpenError) }
    };
    secrets.iter().zip(manifests).map(open).collect()
}
