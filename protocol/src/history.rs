//! History (docs/protocol.md §5.9): the secrets of earlier epochs, handed to one reader whom a grant names for it.
//!
//! It is never a link that others could follow: the bundle is sealed to one card, and the structure says to whom.

use crate::evidence::{Evidence, Moment};
use crate::hash::{Hash, of_bytes};
use crate::ids::{AccountId, SessionId, Timestamp};
use crate::manifest::{Manifest, Outline};
use crate::policy::{Action, Denied, may, may_have_history};
use crate::signature::Signed;
use crate::structure;

/// How many epochs one bundle may hold.
pub const MAX_EPOCHS: usize = 100;

/// Length of a bundle without the secrets in it: an encapsulation and a tag.
const OVERHEAD: usize = 1120 + 16;
/// Length of the secret of an epoch.
const SECRET: usize = 32;

structure! {
    /// To whom which epochs are handed over. The bundle is bound to it.
    pub struct HistoryOutline = "history-context", at most 4096 => {
        /// The session.
        session: SessionId,
        /// The manifest that is current when it is handed over.
        manifest: Hash,
        /// Who gets it, a member of that manifest.
        to: AccountId,
        /// The card to which the bundle is sealed, the one in that manifest.
        card: Hash,
        /// The grant that names this account for history.
        grant: Hash,
        /// The manifests of the epochs whose secrets are in the bundle, oldest first.
        epochs: Vec<Hash>,
        /// Who hands over.
        author: AccountId,
        /// When, by the author's clock.
        time: Timestamp,
    }
}

structure! {
    /// Earlier epochs for one reader, signed by a member who may manage.
    pub struct History = "history", at most 8192 => {
        /// To whom, and what.
        outline: HistoryOutline,
        /// SHA-256 of the bundle, which is stored beside it.
        bundle: Hash,
    }
}

/// Why a history is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// The session has another current manifest: hand over again.
    #[error("the session has moved on")]
    Stale,
    /// The author is no member, or may not manage.
    #[error("the author may not hand over history")]
    Author,
    /// Who gets it is no member with this card, or no grant names them for history.
    #[error("no grant names this reader for history: {0}")]
    Reader(#[from] Denied),
    /// No epochs, too many, one twice, or one that is not of this session.
    #[error("the epochs are not those of the session")]
    Epochs,
    /// The bundle is not the one that is named, or not of its length.
    #[error("the bundle is not the one that is named")]
    Bundle,
}

/// Checks a history whose signature is already known to be its author's.
///
/// `epoch` gives the outline of a manifest of this session before the current one. The clients of each epoch must have
/// allowed it, whoever they are: also those who have left since.
///
/// # Errors
/// [`HistoryError`]; `Stale` can be mended by handing over again.
pub fn check_history<'a>(
    history: &Signed<History>,
    bundle: &[u8],
    current: &Signed<Manifest>,
    epoch: impl Fn(&Hash) -> Option<&'a Outline>,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), HistoryError> {
    check_erased_history(history, current, epoch, moment, evidence)?;
    let length = SECRET.saturating_mul(history.body().outline.epochs.len()).saturating_add(OVERHEAD);
    let named = bundle.len() == length && of_bytes(bundle) == history.body().bundle;
    if named { Ok(()) } else { Err(HistoryError::Bundle) }
}

/// Everything of [`check_history`] but the bundle, for a history of a session that was erased.
///
/// # Errors
/// [`HistoryError`].
pub fn check_erased_history<'a>(
    history: &Signed<History>,
    current: &Signed<Manifest>,
    epoch: impl Fn(&Hash) -> Option<&'a Outline>,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), HistoryError> {
    let outline = &history.body().outline;
    let now = &current.body().outline;
    if outline.session != now.session || outline.manifest != current.hash() {
        return Err(HistoryError::Stale);
    }
    let author = now.member(&outline.author).ok_or(HistoryError::Author)?;
    may(Action::Manage, author, now, moment, evidence).map_err(|_| HistoryError::Author)?;
    let reader = now.member(&outline.to).filter(|member| member.card == outline.card).ok_or(Denied::NotNamed)?;
    may(Action::Read, reader, now, moment, evidence)?;
    let count = outline.epochs.len();
    let once = outline.epochs.iter().collect::<std::collections::BTreeSet<_>>().len() == count;
    if !(1..=MAX_EPOCHS).contains(&count) || !once {
        return Err(HistoryError::Epochs);
    }
    for hash in &outline.epochs {
        may_have_history(reader, &outline.grant, epoch(hash).ok_or(HistoryError::Epochs)?, moment, evidence)?;
    }
    Ok(())
}
