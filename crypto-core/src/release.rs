//! Releases (docs/protocol.md §7): the justification for the trustees, and what the recipient makes of their shares.

use amanah_protocol::card::SignedCard;
use amanah_protocol::cbor::Structure;
use amanah_protocol::manifest::Manifest;
use amanah_protocol::release::{Approved, MAX_JUSTIFICATION, Release, Request, RequestOutline, reseal_context};
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::OpenError;
use crate::epoch::{Epoch, EpochSecret};
use crate::escrow::{Share, combine};
use crate::identity::Keyring;
use crate::labels;
use crate::padded::{Padded, unpad};
use crate::person_seal::{self, PersonSealError, Purpose};
use crate::secret::Secret;

/// Why a justification was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JustificationError {
    /// It is longer than a justification may be.
    #[error("the justification is too long")]
    TooLong,
    /// The trustee has keys that nobody may use.
    #[error(transparent)]
    Seal(#[from] PersonSealError),
}

/// Seals the reason for a request to one trustee's card.
///
/// # Errors
/// [`JustificationError`].
pub fn seal_justification(
    rng: &mut impl CryptoRng,
    outline: &RequestOutline,
    trustee: &SignedCard,
    text: &str,
) -> Result<Vec<u8>, JustificationError> {
    let padded = Padded::new(text.as_bytes(), 0).filter(|padded| padded.as_bytes().len() <= MAX_JUSTIFICATION);
    let padded = padded.ok_or(JustificationError::TooLong)?;
    let (context, card) = (outline.hash(), trustee.hash());
    let purpose = Purpose { label: labels::USE_JUSTIFICATION, context: &context, card: &card };
    Ok(person_seal::seal(&trustee.card().kem_key, purpose, padded.as_bytes(), Secret::generate(rng))?)
}

/// Opens the reason for a request that was sealed to this trustee. Wiped on drop.
///
/// # Errors
/// [`OpenError`]: nothing for this trustee, or it does not open to a text.
pub fn open_justification<S: AsRef<[u8]>>(
    keyring: &Keyring,
    request: &Signed<Request>,
    sealed: &[S],
) -> Result<Zeroizing<String>, OpenError> {
    let Request { outline, justifications } = request.body();
    let mut held = justifications.iter().zip(sealed);
    let (own, sealed) = held.find(|(own, _)| own.trustee == keyring.account()).ok_or(OpenError)?;
    let identity = keyring.by_card(&own.card).ok_or(OpenError)?;
    let context = outline.hash();
    let purpose = Purpose { label: labels::USE_JUSTIFICATION, context: &context, card: &own.card };
    let padded = identity.kem().open(purpose, sealed.as_ref())?;
    let text = unpad(&padded).and_then(|text| std::str::from_utf8(text).ok()).ok_or(OpenError)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// What the recipient found in the shares that it was sent.
pub struct Opened {
    /// The keys of the epochs, in the order of the request, if enough shares fitted.
    pub epochs: Option<Vec<Epoch>>,
    /// The numbers of the shares that were used.
    pub used: Vec<u8>,
    /// The numbers of shares that did not open, or were not those committed to.
    pub bad: Vec<u8>,
}

/// Opens the epochs of a release: every share is checked by its commitment, and the result by the epoch's.
///
/// `manifests` are those of the request, in its order, each checked before.
///
/// # Errors
/// [`OpenError`]: not the recipient, or shares that fit give a secret that does not. Then the deposit was never right.
pub fn open_release(
    keyring: &Keyring,
    release: &Release,
    manifests: &[&Signed<Manifest>],
) -> Result<Opened, OpenError> {
    let outline = release.outline();
    let named = manifests.iter().map(|manifest| manifest.hash()).eq(outline.epochs.iter().copied());
    if outline.recipient != keyring.account() || !named {
        return Err(OpenError);
    }
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for approved in release.approvals() {
        let x = approved.signed.body().x;
        match open_shares(keyring, release, manifests, approved) {
            Ok(shares) => good.push((x, shares)),
            Err(OpenError) => bad.push(x),
        }
    }
    let threshold = usize::from(release.policy().body().threshold);
    good.truncate(threshold);
    if good.len() < threshold {
        return Ok(Opened { epochs: None, used: Vec::new(), bad });
    }
    let open = |(index, manifest): (usize, &&Signed<Manifest>)| {
        let shares: Vec<&Share> = good.iter().filter_map(|(_, shares)| shares.get(index)).collect();
        let secret = EpochSecret::new(combine(&shares).ok_or(OpenError)?, &manifest.body().outline);
        if secret.is_of(manifest.body()) { Ok(secret.into_epoch(manifest)) } else { Err(OpenError) }
    };
    let epochs = manifests.iter().enumerate().map(open).collect::<Result<Vec<_>, _>>()?;
    Ok(Opened { epochs: Some(epochs), used: good.iter().map(|(x, _)| *x).collect(), bad })
}

fn open_shares(
    keyring: &Keyring,
    release: &Release,
    manifests: &[&Signed<Manifest>],
    approved: &Approved,
) -> Result<Vec<Share>, OpenError> {
    let identity = keyring.by_card(&release.outline().card).ok_or(OpenError)?;
    let (request, x, card) = (release.request().hash(), approved.signed.body().x, identity.card_hash());
    let open = |(manifest, reseal): (&&Signed<Manifest>, &Vec<u8>)| {
        let mut deposited = manifest.body().deposited();
        let (_, deposit) = deposited.find(|(trustee, _)| trustee.x == x).ok_or(OpenError)?;
        let context = reseal_context(&request, &manifest.hash());
        let purpose = Purpose { label: labels::USE_RELEASE, context: &context, card: &card };
        Share::checked(&identity.kem().open(purpose, reseal)?, manifest, x, &deposit.share)
    };
    manifests.iter().zip(&approved.reseals).map(open).collect()
}
