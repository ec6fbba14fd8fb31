//! Cosignatures of witnesses (docs/protocol.md §8.5).

use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::Role;
use amanah_protocol::ids::AccountId;
use amanah_protocol::log::{SignedCheckpoint, UnverifiedCheckpoint, Witness};
use amanah_protocol::signature::Signer;

use super::{Admitted, Scene};
use crate::store::{Connection, cosigned, head, keep_cosigned};

impl Scene {
    /// A checkpoint of this log with the line of one witness beside the relay's. Whose line it is says who posts it.
    ///
    /// What this relay has signed begins the log, unless its store was put back to an earlier state.
    pub(crate) async fn cosignature(&self, connection: &mut Connection, note: &[u8]) -> Admitted<()> {
        let (account, new) = self.check_cosignature(connection, note).await?;
        keep_cosigned(connection, account, &new.note()).await
    }

    /// Checks a note, and says whose it is.
    pub(crate) async fn check_cosignature(
        &self,
        connection: &mut Connection,
        note: &[u8],
    ) -> Admitted<(AccountId, SignedCheckpoint)> {
        let new = self.signed_here(note)?;
        if new.head().size > head(connection).await?.tree.size {
            tracing::error!("a witness has a checkpoint of this relay that is ahead of its log");
            return Err(ProblemCode::NotAdmitted.into());
        }
        let claimed = new.witnesses_claimed();
        let account = claimed.first().filter(|_| new.lines().len() == 2).ok_or(ProblemCode::NotAdmitted)?;
        if !self.is_appointed(connection, *account, &[Role::Auditor]).await? {
            return Err(ProblemCode::NotAppointed.into());
        }
        let witness = self.witness(connection, *account).await?;
        let time = witness.cosigned(&new).ok_or(ProblemCode::BadSignature)?;
        self.on_time(time)?;
        let known = cosigned(connection).await?.into_iter().filter(|(known, _)| known == account);
        let known = known.filter_map(|(_, note)| self.signed_here(&note).ok());
        let mut known = known.filter_map(|known| Some((known.head().size, witness.cosigned(&known)?)));
        if known.any(|known| known > (new.head().size, time)) {
            return Err(ProblemCode::VersionConflict.into());
        }
        Ok((*account, new))
    }

    /// The newest note of each witness whom the centre appoints now, if it still holds: under the witness's newest card,
    /// and under this relay's key.
    pub(crate) async fn all_cosigned(&self, connection: &mut Connection) -> Admitted<Vec<SignedCheckpoint>> {
        let (stored, mut all) = (cosigned(connection).await?, Vec::new());
        if stored.is_empty() {
            return Ok(all);
        }
        let evidence = self.of_centre(connection).await?;
        for (account, note) in stored {
            if evidence.appointed(&account, Role::Auditor, self.latest()) {
                let witness = self.witness(connection, account).await?;
                all.extend(self.signed_here(&note).ok().filter(|checkpoint| witness.cosigned(checkpoint).is_some()));
            }
        }
        Ok(all)
    }

    fn signed_here(&self, note: &[u8]) -> Admitted<SignedCheckpoint> {
        let unverified = UnverifiedCheckpoint::parse(note).map_err(|_| ProblemCode::NotCanonical)?;
        let own = [self.key.verifying_key()];
        Ok(unverified.verify(self.root.centre(), &own).map_err(|_| ProblemCode::BadSignature)?)
    }

    async fn witness(&self, connection: &mut Connection, account: AccountId) -> Admitted<Witness> {
        let key = self.newest_card(connection, account).await?.card().verifying_key;
        Ok(Witness::of(account, key).map_err(|_| ProblemCode::BadSignature)?)
    }
}
