//! Absences (docs/protocol.md §3.8): a counsellor or supervisor says until when they are away, for everybody to see.

use crate::ids::{AccountId, CentreId, Timestamp};
use crate::structure;

/// One day in milliseconds.
const DAY: u64 = 86_400_000;

/// The longest note, in characters.
pub const MAX_NOTE: usize = 500;
/// How long after it was signed an absence may end: 366 days.
pub const MAX_AHEAD_MS: u64 = 366 * DAY;
/// How many absences an account may announce within [`WITHIN_MS`].
pub const MAX_ABSENCES: usize = 32;
/// 30 days.
pub const WITHIN_MS: u64 = 30 * DAY;

structure! {
    /// Somebody of the staff is away. It stands in clear in the centre's record. The newest of an account counts.
    pub struct Absence = "absence", at most 4096 => {
        /// The centre.
        centre: CentreId,
        /// Who is away.
        account: AccountId,
        /// Away from.
        from: Timestamp,
        /// Back from. The same time as `from` says that the account is there.
        until: Timestamp,
        /// A note for everybody, of at most [`MAX_NOTE`] characters.
        note: String,
        /// When it was signed.
        time: Timestamp,
    }
}

/// Why an absence says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AbsenceError {
    /// It ends before it begins, or too late.
    #[error("an absence ends after it begins, and at most 366 days ahead")]
    Times,
    /// The note is too long.
    #[error("the note of an absence has at most 500 characters")]
    Note,
}

impl Absence {
    /// Checks what it says, without asking who says it.
    ///
    /// # Errors
    /// [`AbsenceError`].
    pub fn check(&self) -> Result<(), AbsenceError> {
        if self.until < self.from || self.until > self.time.plus(MAX_AHEAD_MS) {
            return Err(AbsenceError::Times);
        }
        if self.note.chars().count() > MAX_NOTE { Err(AbsenceError::Note) } else { Ok(()) }
    }

    /// Whether the account is away at `time`.
    pub fn is_away(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.until
    }
}

/// Whether an account that had absences stored at these times may have no other one stored at `time`.
pub fn is_limit_reached(stored: impl IntoIterator<Item = Timestamp>, time: Timestamp) -> bool {
    stored.into_iter().filter(|before| before.plus(WITHIN_MS) > time).count() >= MAX_ABSENCES
}
