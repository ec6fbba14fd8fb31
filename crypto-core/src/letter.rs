//! Sealing and opening letters (docs/protocol.md §6), bound to the manifest, hedged, and committed to one key.
//!
//! `K ‖ C = KDF(Extract("", base), "message", header, 64)`; `ct = ChaCha20-Poly1305(K, 0^12, aad = header, padded)`.
//! The salt in the header is `KDF(PRK, "message/salt", random ‖ H("content", padded), 32)`: even if the random source
//! repeats itself, two contents never share a key, and two letters with one header are the same letter.

use amanah_protocol::cbor::Structure;
use amanah_protocol::hash::{Hash, of_bytes, tagged};
use amanah_protocol::letter::{Letter, LetterHeader, check_ciphertext};
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::committed::{OneTimeKey, OpenError, TAG};
use crate::epoch::Epoch;
use crate::identity::Identity;
use crate::labels;
use crate::padded::{Padded, unpad};

/// Why a letter was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The content is longer than a letter may be.
    #[error("the letter is too long")]
    TooLong,
    /// The header is of another session, epoch, manifest or sender than the keys.
    #[error("the header does not fit the keys")]
    Header,
}

/// A letter ready to be sent, and the ciphertext that is stored beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedLetter {
    /// Header, commitment and hash of the ciphertext, signed.
    pub letter: Signed<Letter>,
    /// The ciphertext with its tag.
    pub ciphertext: Vec<u8>,
}

/// The content of a letter that was opened. Wiped on drop.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::letter::Opened>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::letter::Opened>();
/// ```
/// ```compile_fail,E0277
/// fn needs_eq<T: PartialEq>() {}
/// needs_eq::<amanah_crypto_core::letter::Opened>();
/// ```
pub struct Opened {
    padded: Zeroizing<Vec<u8>>,
    length: usize,
}

impl Opened {
    /// The content without its padding.
    pub fn as_bytes(&self) -> &[u8] {
        self.padded.get(..self.length).unwrap_or_default()
    }
}

/// Seals a content under an epoch and signs it by the sender's card. The salt in `header` is filled in here.
///
/// # Errors
/// [`SealError`].
pub fn seal_letter(
    rng: &mut impl CryptoRng,
    epoch: &Epoch,
    sender: &Identity,
    mut header: LetterHeader,
    content: &[u8],
) -> Result<SealedLetter, SealError> {
    if !is_of(&header, epoch) || header.sender != sender.account() || header.card != sender.card_hash() {
        return Err(SealError::Header);
    }
    let padded = Padded::new(content, TAG).ok_or(SealError::TooLong)?;
    header.salt = hedged_salt(rng, epoch, &padded);
    let aad = header.to_bytes();
    let key = OneTimeKey::derive(epoch.messages(), labels::MESSAGE, &aad);
    let commitment = Hash(key.commitment());
    let mut ciphertext = padded.into_bytes();
    let tag = key.encrypt(&aad, &mut ciphertext);
    ciphertext.extend_from_slice(&tag);
    let letter = Letter { header, commitment, ciphertext: of_bytes(&ciphertext) };
    Ok(SealedLetter { letter: Signed::sign(letter, sender), ciphertext })
}

/// Opens a letter whose signature was checked. A letter that does not open changes nothing.
///
/// # Errors
/// [`OpenError`]: any failed check. It does not say which one, so that it teaches an attacker nothing.
pub fn open_letter(epoch: &Epoch, letter: &Signed<Letter>, ciphertext: &[u8]) -> Result<Opened, OpenError> {
    let Letter { header, commitment, .. } = letter.body();
    if !is_of(header, epoch) {
        return Err(OpenError);
    }
    check_ciphertext(letter.body(), ciphertext).map_err(|_| OpenError)?;
    let (sealed, tag) = ciphertext.split_last_chunk::<TAG>().ok_or(OpenError)?;
    let aad = header.to_bytes();
    let key = OneTimeKey::derive(epoch.messages(), labels::MESSAGE, &aad);
    let mut padded = Zeroizing::new(sealed.to_vec());
    key.decrypt(commitment.as_bytes(), &aad, &mut padded, tag)?;
    let length = unpad(&padded).ok_or(OpenError)?.len();
    Ok(Opened { padded, length })
}

fn is_of(header: &LetterHeader, epoch: &Epoch) -> bool {
    header.session == epoch.session() && header.epoch == epoch.number() && header.manifest == epoch.manifest()
}

fn hedged_salt(rng: &mut impl CryptoRng, epoch: &Epoch, padded: &Padded) -> Hash {
    let mut random = [0; 32];
    rng.fill_bytes(&mut random);
    let content = tagged(labels::CONTENT, &[padded.as_bytes()]);
    Hash(*epoch.prk().derive::<32>(labels::MESSAGE_SALT, &[&random, content.as_bytes()]).expose())
}
