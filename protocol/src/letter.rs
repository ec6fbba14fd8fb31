//! Letters (docs/protocol.md §6): a header that anyone can check, a key commitment, and the hash of the ciphertext.

use crate::escrow::check_escrow;
use crate::evidence::{Evidence, Moment};
use crate::hash::{Hash, of_bytes};
use crate::ids::{AccountId, LetterId, SessionId};
use crate::manifest::Manifest;
use crate::padding;
use crate::policy::{Action, Denied, may};
use crate::signature::Signed;
use crate::structure;

/// Length of the authentication tag at the end of a ciphertext.
pub const TAG_LENGTH: usize = 16;

/// The greatest padded content: 256 KiB. Larger things are attachments.
pub const MAX_PADDED: usize = 262_144;

structure! {
    /// The letters and release notices of a session so far: their number and a running hash, in the relay's order.
    pub part Transcript => {
        /// How many.
        count: u64,
        /// `T₀ = H("transcript", session)`, `Tᵢ = H("transcript", Tᵢ₋₁ ‖ hash of the letter or notice)`.
        head: Hash,
    }
}

structure! {
    /// What everyone sees of a letter. The ciphertext is bound to every byte of it.
    pub struct LetterHeader = "letter-header", at most 512 => {
        /// The session.
        session: SessionId,
        /// The epoch.
        epoch: u32,
        /// The epoch's manifest.
        manifest: Hash,
        /// Who sends.
        sender: AccountId,
        /// The sender's card in this epoch.
        card: Hash,
        /// Chosen by the sender; storing it twice stores it once.
        id: LetterId,
        /// Counts the sender's letters in the session from 0 without gaps.
        sequence: u64,
        /// Hash of the sender's letter before; null in the first.
        previous_own: Option<Hash>,
        /// Hash of the last letter of somebody else that the sender had accepted.
        seen: Option<Hash>,
        /// Hedged salt: fresh randomness and the content, so that key and nonce never repeat.
        salt: Hash,
    }
}

structure! {
    /// A sealed letter without its ciphertext, signed by its sender.
    pub struct Letter = "letter", at most 768 => {
        /// The header.
        header: LetterHeader,
        /// Commits the ciphertext to its one key.
        commitment: Hash,
        /// SHA-256 of the ciphertext, which is stored beside the letter.
        ciphertext: Hash,
    }
}

/// Where a sender stands in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SenderState {
    /// The sequence number of the next letter.
    pub next: u64,
    /// Hash of the last letter.
    pub last: Option<Hash>,
}

impl SenderState {
    /// After this letter.
    #[must_use]
    pub fn after(letter: &Signed<Letter>) -> Self {
        Self { next: letter.body().header.sequence.saturating_add(1), last: Some(letter.hash()) }
    }
}

/// Why a letter is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// Sealed under a manifest that is not the current one: seal again.
    #[error("sealed under a manifest that is no longer current")]
    StaleManifest,
    /// Sequence or previous letter does not continue the sender's: another device was faster; seal again.
    #[error("does not continue the sender's letters")]
    StaleSequence,
    /// The sender is no member, or has another card.
    #[error("the sender is not a member of this epoch")]
    NotAMember,
    /// A reader of this epoch may no longer read: begin a new epoch and seal again.
    #[error("a reader of this epoch may no longer read: {0}")]
    Reader(Denied),
    /// The epoch is escrowed, or not, otherwise than its clients agreed to: begin a new epoch and seal again.
    #[error("the epoch is not escrowed as its clients agreed to")]
    Escrow,
    /// The sender may not write.
    #[error("the sender may not write: {0}")]
    Denied(#[from] Denied),
    /// Another session than the one it was sent to.
    #[error("a letter of another session")]
    Session,
    /// Says that its sender has seen a letter that is not there, or is the sender's own.
    #[error("answers a letter that is not there")]
    Seen,
    /// The ciphertext is not the one named, or not of a padded length.
    #[error("the ciphertext is not the one that the letter names")]
    Ciphertext,
}

/// Checks a letter whose signature is already known to be that of its sender's card.
///
/// `seen` is who sent the letter that its header names as seen; `None` if the session has no such letter before it.
///
/// # Errors
/// [`LetterError`]; the two `Stale…` can be mended by sealing again, `Reader` and `Escrow` by a new epoch
/// before that.
pub fn check_letter(
    letter: &Signed<Letter>,
    ciphertext: &[u8],
    manifest: &Signed<Manifest>,
    sender: &SenderState,
    seen: Option<AccountId>,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), LetterError> {
    if letter.body().header.session != manifest.body().outline.session {
        return Err(LetterError::Session);
    }
    check_ciphertext(letter.body(), ciphertext)?;
    check_erased_letter(letter, manifest, sender, seen, moment, evidence)
}

/// Everything of [`check_letter`] but the ciphertext, for a letter of a session that was erased.
///
/// # Errors
/// [`LetterError`].
pub fn check_erased_letter(
    letter: &Signed<Letter>,
    manifest: &Signed<Manifest>,
    sender: &SenderState,
    seen: Option<AccountId>,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), LetterError> {
    let header = &letter.body().header;
    let outline = &manifest.body().outline;
    if header.session != outline.session {
        return Err(LetterError::Session);
    }
    if header.manifest != manifest.hash() || header.epoch != outline.epoch {
        return Err(LetterError::StaleManifest);
    }
    let member = outline.member(&header.sender).filter(|m| m.card == header.card).ok_or(LetterError::NotAMember)?;
    may(Action::Write, member, outline, moment, evidence)?;
    for reader in &outline.members {
        may(Action::Read, reader, outline, moment, evidence).map_err(LetterError::Reader)?;
    }
    check_escrow(outline, moment, evidence).map_err(|_| LetterError::Escrow)?;
    if header.sequence != sender.next || header.previous_own != sender.last {
        return Err(LetterError::StaleSequence);
    }
    let foreign = seen.is_some_and(|author| author != header.sender);
    if header.seen.is_some() && !foreign { Err(LetterError::Seen) } else { Ok(()) }
}

/// Checks the ciphertext beside a letter: its hash, and that its length is a padded one.
///
/// # Errors
/// [`LetterError::Ciphertext`].
pub fn check_ciphertext(letter: &Letter, ciphertext: &[u8]) -> Result<(), LetterError> {
    let padded = ciphertext.len().checked_sub(TAG_LENGTH);
    let bucket = padded.is_some_and(|length| length <= MAX_PADDED && padding::is_padded_length(length));
    if bucket && of_bytes(ciphertext) == letter.ciphertext { Ok(()) } else { Err(LetterError::Ciphertext) }
}
