//! A secret sealed to a person (docs/protocol.md §2, `SEAL`): HPKE base mode (RFC 9180) with X-Wing, HKDF-SHA-256 and
//! ChaCha20-Poly1305 (draft-ietf-hpke-pq, KEM 0x647a).
//!
//! `info = "amanah/v1/hpke/" ‖ use ‖ 0x00 ‖ ctx ‖ card`, empty aad, output `enc(1120) ‖ ct`.

use amanah_protocol::card::{XWingKey, is_small_order};
use amanah_protocol::hash::Hash;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng};
use zeroize::Zeroizing;

use crate::coins::Coins;
use crate::committed::OpenError;
use crate::labels;
use crate::secret::Secret;

/// Length of an X-Wing encapsulation: ML-KEM-768 ciphertext (1088) ‖ X25519 public value (32).
pub(crate) const ENCAPSULATION: usize = 1120;

/// Nothing was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PersonSealError {
    /// The key, or the encapsulation that follows from it, is one that nobody may use.
    #[error("a key that nobody may use")]
    Key,
    /// The encapsulation did not take its coins in the one way that makes it repeatable.
    #[error("the encapsulation did not use its coins as expected")]
    Coins,
}

/// For what, in which context, and for which card something is sealed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose<'a> {
    /// The use, from [`labels`].
    pub(crate) label: &'a str,
    /// The context.
    pub(crate) context: &'a Hash,
    /// The recipient's card.
    pub(crate) card: &'a Hash,
}

impl Purpose<'_> {
    fn info(&self) -> Vec<u8> {
        [labels::HPKE.as_bytes(), self.label.as_bytes(), &[0], self.context.as_bytes(), self.card.as_bytes()].concat()
    }
}

/// An X-Wing secret key: a seed of 32 bytes.
pub(crate) struct XWingSecret(Secret<32>);

impl XWingSecret {
    /// Takes a seed.
    pub(crate) fn new(seed: Secret<32>) -> Self {
        Self(seed)
    }

    /// The public key.
    pub(crate) fn public_key(&self) -> XWingKey {
        let mut bytes = [0; XWingKey::LENGTH];
        if let Ok(secret) = <XWing as Kem>::PrivateKey::from_bytes(self.0.expose()) {
            XWing::sk_to_pk(&secret).write_exact(&mut bytes);
        }
        XWingKey(bytes)
    }

    /// Opens what was sealed to this key for this purpose.
    ///
    /// # Errors
    /// [`OpenError`], also for a small-order value in the encapsulation, which X-Wing itself would take.
    pub(crate) fn open(&self, purpose: Purpose<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (encapsulation, ciphertext) = sealed.split_at_checked(ENCAPSULATION).ok_or(OpenError)?;
        refuse_small_order(encapsulation).map_err(|_| OpenError)?;
        let secret = <XWing as Kem>::PrivateKey::from_bytes(self.0.expose()).map_err(|_| OpenError)?;
        let encapsulation = <XWing as Kem>::EncappedKey::from_bytes(encapsulation).map_err(|_| OpenError)?;
        single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &secret,
            &encapsulation,
            &purpose.info(),
            ciphertext,
            b"",
        )
        .map(Zeroizing::new)
        .map_err(|_| OpenError)
    }
}

/// `SEAL(key, use, ctx, card, text; coins)`: the same inputs give the same bytes.
///
/// # Errors
/// [`PersonSealError`].
pub(crate) fn seal(
    key: &XWingKey,
    purpose: Purpose<'_>,
    text: &[u8],
    coins: Secret<64>,
) -> Result<Vec<u8>, PersonSealError> {
    refuse_small_order(key.as_bytes())?;
    let key = <XWing as Kem>::PublicKey::from_bytes(key.as_bytes()).map_err(|_| PersonSealError::Key)?;
    let mut coins = Coins::new(coins);
    let (encapsulation, ciphertext) = single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &key,
        &purpose.info(),
        text,
        b"",
        &mut coins,
    )
    .map_err(|_| PersonSealError::Key)?;
    // hpke draws in one call of 64 bytes (0.15.1, kem/xwing.rs); if another version does otherwise, nothing leaves
    if !coins.were_used_right() {
        return Err(PersonSealError::Coins);
    }
    let encapsulation = encapsulation.to_bytes();
    refuse_small_order(&encapsulation)?;
    Ok([encapsulation.as_slice(), ciphertext.as_slice()].concat())
}

/// Refuses an X-Wing key or encapsulation whose X25519 half, its last 32 bytes, is of small order.
fn refuse_small_order(bytes: &[u8]) -> Result<(), PersonSealError> {
    let point = bytes.last_chunk::<32>().ok_or(PersonSealError::Key)?;
    if is_small_order(*point) { Err(PersonSealError::Key) } else { Ok(()) }
}
