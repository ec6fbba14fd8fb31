//! Deposits (docs/protocol.md §7): an epoch's secret in shares, each sealed to one trustee, all following from the secret.
//!
//! Shamir's scheme over GF(2^8), byte by byte. Coefficients and coins are derived from the epoch's secret, so that every
//! reader makes the whole deposit again and compares it.

use amanah_protocol::card::SignedCard;
use amanah_protocol::escrow::share_commitment;
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::AccountId;
use amanah_protocol::manifest::{Deposit, Escrow, Manifest};
use amanah_protocol::release::reseal_context;
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use vsss_rs::Gf256;
use zeroize::Zeroizing;

use crate::OpenError;
use crate::epoch::EpochSecret;
use crate::identity::Keyring;
use crate::kdf::Prk;
use crate::labels;
use crate::person_seal::{self, PersonSealError, Purpose};
use crate::secret::Secret;

/// Length of a share, that of an epoch's secret.
pub(crate) const SHARE: usize = 32;

/// A trustee's share of one epoch, opened and found to be the one committed to. Wiped on drop.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::escrow::Share>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::escrow::Share>();
/// ```
/// ```compile_fail,E0277
/// fn needs_eq<T: PartialEq>() {}
/// needs_eq::<amanah_crypto_core::escrow::Share>();
/// ```
pub struct Share {
    manifest: Hash,
    x: u8,
    commitment: Hash,
    secret: Secret<SHARE>,
}

/// One trustee's part of a deposit, and the sealed share that stands beside the manifest.
pub(crate) struct Deposited {
    pub(crate) deposit: Deposit,
    pub(crate) seal: Vec<u8>,
}

/// All shares of an epoch's secret, sealed to the trustees' cards, which come in the order of the escrow section.
pub(crate) fn deposit(
    secret: &EpochSecret,
    escrow: &Escrow,
    cards: &[&SignedCard],
) -> Result<Vec<Deposited>, PersonSealError> {
    let coefficients = coefficients(secret.prk(), &escrow.policy, escrow.threshold);
    let sealed = |(trustee, card): (&amanah_protocol::manifest::Trustee, &&SignedCard)| {
        let share = evaluate(secret.secret(), &coefficients, trustee.x);
        let context = secret.context();
        let purpose = Purpose { label: labels::USE_ESCROW, context, card: &trustee.card };
        let coins = secret.prk().derive(labels::ESCROW_SEAL, &[trustee.card.as_bytes()]);
        let seal = person_seal::seal(&card.card().kem_key, purpose, share.expose(), coins)?;
        let share = share_commitment(context, trustee.x, share.expose());
        Ok(Deposited { deposit: Deposit { share, seal: of_bytes(&seal) }, seal })
    };
    escrow.trustees.iter().zip(cards).map(sealed).collect()
}

/// The coefficients of x¹, x² … up to one less than the threshold.
pub(crate) fn coefficients(prk: &Prk, policy: &Hash, threshold: u8) -> Vec<Secret<SHARE>> {
    (1..threshold).map(|power| prk.derive(labels::ESCROW_COEFFICIENTS, &[policy.as_bytes(), &[power]])).collect()
}

/// Byte by byte, the polynomial with the secret as its constant term, at `x` (Horner).
pub(crate) fn evaluate(secret: &Secret<SHARE>, coefficients: &[Secret<SHARE>], x: u8) -> Secret<SHARE> {
    Secret::fill(|share| {
        for coefficient in coefficients.iter().rev().chain(std::iter::once(secret)) {
            for (byte, next) in share.iter_mut().zip(coefficient.expose()) {
                *byte = (Gf256(*byte) * Gf256(x) + Gf256(*next)).0;
            }
        }
    })
}

/// Opens the share of this trustee in an epoch, and checks that it is the one to which the manifest commits.
///
/// The manifest was checked before; `seals` are the sealed shares beside it, in the order of the trustees.
///
/// # Errors
/// [`OpenError`]: no trustee of this epoch, it does not open, or is another share.
pub fn open_share<S: AsRef<[u8]>>(
    keyring: &Keyring,
    manifest: &Signed<Manifest>,
    seals: &[S],
) -> Result<Share, OpenError> {
    let body = manifest.body();
    let own: AccountId = keyring.account();
    let held = body.deposited().zip(seals).find(|((trustee, _), _)| trustee.account == own);
    let ((trustee, deposit), seal) = held.ok_or(OpenError)?;
    let identity = keyring.by_card(&trustee.card).ok_or(OpenError)?;
    let context = body.outline.context();
    let purpose = Purpose { label: labels::USE_ESCROW, context: &context, card: &trustee.card };
    let opened = identity.kem().open(purpose, seal.as_ref())?;
    let share = Share::checked(&opened, manifest, trustee.x, &deposit.share)?;
    Ok(share)
}

impl Share {
    pub(crate) fn checked(
        opened: &[u8],
        manifest: &Signed<Manifest>,
        x: u8,
        commitment: &Hash,
    ) -> Result<Self, OpenError> {
        let secret = Secret::from_slice(opened).ok_or(OpenError)?;
        let context = manifest.body().outline.context();
        let found = share_commitment(&context, x, secret.expose());
        if !bool::from(found.as_bytes().ct_eq(commitment.as_bytes())) {
            return Err(OpenError);
        }
        Ok(Self { manifest: manifest.hash(), x, commitment: *commitment, secret })
    }

    /// The share's number.
    pub fn x(&self) -> u8 {
        self.x
    }

    /// The commitment that it fits.
    pub fn commitment(&self) -> Hash {
        self.commitment
    }

    /// Seals this share again, to the recipient of a release.
    ///
    /// # Errors
    /// [`PersonSealError`].
    pub fn reseal(
        &self,
        rng: &mut impl CryptoRng,
        request: &Hash,
        recipient: &SignedCard,
    ) -> Result<Vec<u8>, PersonSealError> {
        let (context, card) = (reseal_context(request, &self.manifest), recipient.hash());
        let purpose = Purpose { label: labels::USE_RELEASE, context: &context, card: &card };
        person_seal::seal(&recipient.card().kem_key, purpose, self.secret.expose(), Secret::generate(rng))
    }
}

/// The secret of an epoch from shares with different numbers; `None` if there are too few, or they contradict.
pub(crate) fn combine(shares: &[&Share]) -> Option<Secret<SHARE>> {
    let numbered = Zeroizing::new(
        shares.iter().map(|share| [&[share.x], share.secret.expose().as_slice()].concat()).collect::<Vec<Vec<u8>>>(),
    );
    let secret = Zeroizing::new(Gf256::combine_bytes(numbered.as_slice()).ok()?);
    Secret::from_slice(&secret)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn secret(byte: u8) -> Secret<SHARE> {
        Secret::fill(|bytes| bytes.fill(byte))
    }

    fn share(x: u8, secret: Secret<SHARE>) -> Share {
        Share { manifest: Hash([0; 32]), x, commitment: Hash([0; 32]), secret }
    }

    #[test]
    fn any_threshold_of_shares_gives_the_secret_and_one_less_does_not() {
        let (es, coefficients) = (secret(0x5a), [secret(0x11), secret(0xc3)]);
        let shares: Vec<Share> = (1..=5).map(|x| share(x, evaluate(&es, &coefficients, x))).collect();
        for leave in 0..5 {
            for also in (0..5).filter(|also| *also != leave) {
                let used: Vec<&Share> =
                    shares.iter().enumerate().filter(|(i, _)| *i != leave && *i != also).map(|(_, s)| s).collect();
                assert_eq!(combine(&used).unwrap().expose(), es.expose());
                assert_ne!(combine(&used[..2]).unwrap().expose(), es.expose());
            }
        }
        assert!(combine(&[&shares[0], &shares[0], &shares[1]]).is_none(), "the same share twice");
        assert!(combine(&[&shares[0]]).is_none());
        assert!(combine(&[]).is_none());
    }

    #[test]
    fn one_share_less_excludes_no_secret() {
        // with the share 1 of a threshold of 2 known, every secret byte is possible, with exactly one coefficient each
        let known = evaluate(&secret(7), &[secret(99)], 1).expose()[0];
        let possible: BTreeSet<u8> = (0..=u8::MAX)
            .flat_map(|es| (0..=u8::MAX).map(move |coefficient| (es, coefficient)))
            .filter(|(es, coefficient)| evaluate(&secret(*es), &[secret(*coefficient)], 1).expose()[0] == known)
            .map(|(es, _)| es)
            .collect();
        assert_eq!(possible.len(), 256);
    }
}
