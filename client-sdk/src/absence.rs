//! Being away (docs/protocol.md §3.8): a counsellor or supervisor says so, in clear and for everybody.

use amanah_protocol::absence::{Absence, AbsenceError};
use amanah_protocol::evidence::Moment;
use amanah_protocol::ids::Timestamp;
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;

use crate::account::Account;
use crate::centre::CentreError;
use crate::relay::RelayError;
use crate::transport::{Clock, Transport};

/// Why no absence was announced or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AbsenceFlowError {
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The centre's record is not believed.
    #[error(transparent)]
    Centre(#[from] CentreError),
    /// This account is not an appointed counsellor or supervisor.
    #[error("only an appointed counsellor or supervisor is away for everybody to see")]
    NotAppointed,
    /// The times or the note.
    #[error(transparent)]
    Unfit(#[from] AbsenceError),
    /// This account has announced no absence that is not over.
    #[error("this account has announced no absence that is not over")]
    NotAway,
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// Says that this account is away until a time, and from when if not from now on. It takes the place of what was said
    /// before.
    ///
    /// **Everybody reads it**, also without an account, and it stays in the log: show that to its author.
    ///
    /// # Errors
    /// [`AbsenceFlowError`].
    pub async fn announce_absence(
        &mut self,
        from: Option<Timestamp>,
        until: Timestamp,
        note: String,
    ) -> Result<(), AbsenceFlowError> {
        let now = self.clock.now();
        let from = from.unwrap_or(now);
        if until <= from.max(now) {
            return Err(AbsenceError::Times.into());
        }
        self.refresh_centre().await?;
        self.say_absent(from, until, note).await
    }

    /// Says that this account is back, or will not be away.
    ///
    /// # Errors
    /// [`AbsenceFlowError`].
    pub async fn end_absence(&mut self) -> Result<(), AbsenceFlowError> {
        self.refresh_centre().await?;
        let (now, id) = (self.clock.now(), self.id());
        if self.centre.newest_absence(&id).is_none_or(|absence| absence.until <= now) {
            return Err(AbsenceFlowError::NotAway);
        }
        self.say_absent(now, now, String::new()).await
    }

    async fn say_absent(&mut self, from: Timestamp, until: Timestamp, note: String) -> Result<(), AbsenceFlowError> {
        let (account, time) = (self.id(), self.clock.now());
        let appointed = self.centre.evidence().may_be_absent(&account, Moment::latest(time));
        let centre = self.centre.id().filter(|_| appointed).ok_or(AbsenceFlowError::NotAppointed)?;
        let absence = Absence { centre, account, from, until, note, time };
        absence.check()?;
        let signed = Signed::sign(absence, self.keyring.newest());
        self.relay.post("/v1/centre/absences", Some(&self.token), signed.wire().to_vec()).await?;
        Ok(())
    }
}
