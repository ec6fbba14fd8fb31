//! Letters that are still being written (docs/protocol.md §6.8), sealed by their writer for the writer alone.
//!
//! `CAEAD(KDF(Extract("", seed), "card/draft", "", 32), "draft", account, padded)`, under the seed of the newest card.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::committed::{self, OpenError};
use crate::identity::Identity;
use crate::kdf::Prk;
use crate::labels;
use crate::letter::SealError;
use crate::padded::{Padded, unpad};
use crate::secret::Secret;

fn key(writer: &Identity) -> Secret<32> {
    Prk::extract(b"", &[writer.seed().expose()]).derive(labels::CARD_DRAFT, &[])
}

/// Seals drafts for the account that writes them, so that their length tells little.
///
/// # Errors
/// [`SealError::TooLong`].
pub fn seal_drafts(rng: &mut impl CryptoRng, writer: &Identity, content: &[u8]) -> Result<Vec<u8>, SealError> {
    let padded = Padded::new(content, 0).ok_or(SealError::TooLong)?;
    let account = writer.account();
    Ok(committed::seal(rng, &[key(writer).expose()], labels::DRAFT, account.as_bytes(), padded.as_bytes()))
}

/// Opens what [`seal_drafts`] made with the same card.
///
/// # Errors
/// [`OpenError`]: of somebody else, of another card, or altered.
pub fn open_drafts(writer: &Identity, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let account = writer.account();
    let mut padded = committed::open(&[key(writer).expose()], labels::DRAFT, account.as_bytes(), sealed)?;
    let length = unpad(&padded).ok_or(OpenError)?.len();
    padded.truncate(length);
    Ok(padded)
}
