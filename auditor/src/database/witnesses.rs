//! What witnesses have cosigned, as the database has it (docs/protocol.md §8.5): each a beginning of this very log.

use amanah_protocol::ids::AccountId;
use amanah_protocol::log::{Checkpoint, SignedCheckpoint, UnverifiedCheckpoint, Witness};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::view::View;
use super::{Found, LookError};
use crate::audit::Audit;

const TABLE: &str = "cosignatures";
/// Longer bytes are read so far and no further: no note with two lines is so long.
const COSIGNED: &str = "select substr(account, 1, 64) as account, substr(note, 1, 4096) as note from cosignatures";

/// The notes of all witnesses, before the log is read.
#[derive(Debug, Default)]
pub(super) struct Witnesses(Vec<(AccountId, UnverifiedCheckpoint)>);

impl Witnesses {
    /// Reads them; one that is no checkpoint is found.
    pub(super) async fn read(view: &mut View, found: &mut Found) -> Result<Self, LookError> {
        let rows = view.rows(COSIGNED, &[]).await?;
        let read: Vec<_> = rows.iter().filter_map(cosigned).collect();
        if read.len() < rows.len() {
            found.table(TABLE, "a row that has not the form of one");
        }
        found.rows(view, TABLE, u64::try_from(rows.len()).unwrap_or(u64::MAX)).await?;
        Ok(Self(read))
    }

    /// The sizes at which the root of the log is asked.
    pub(super) fn sizes(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|(_, note)| note.claimed().size)
    }

    /// Compares them with the log that was read, and checks who signed.
    pub(super) fn finish(self, audit: &Audit, found: &mut Found) {
        for (account, note) in self.0 {
            let Checkpoint { size, root, .. } = *note.claimed();
            if audit.root_at(size) != Some(root) {
                found.table(TABLE, &format!("a witness has cosigned another log, of {size} entries"));
            }
            let signed = note.verify(audit.centre(), &audit.relay_keys_ever());
            if signed.is_err() {
                found.table(TABLE, "a checkpoint that the relay has not signed");
            }
            if signed.is_ok_and(|signed| !is_by(&signed, account, audit)) {
                found.table(TABLE, "a note that is not the account's own, or has more in it");
            }
        }
    }
}

fn is_by(signed: &SignedCheckpoint, account: AccountId, audit: &Audit) -> bool {
    let keys = audit.keys_ever(&account).into_iter();
    let mut witnesses = keys.filter_map(|key| Witness::of(account, key).ok());
    signed.lines().len() == 2 && witnesses.any(|witness| witness.cosigned(signed).is_some())
}

fn cosigned(row: &AnyRow) -> Option<(AccountId, UnverifiedCheckpoint)> {
    let bytes = |column: &str| row.try_get::<Vec<u8>, _>(column).ok();
    let note = UnverifiedCheckpoint::parse(&bytes("note")?).ok()?;
    Some((AccountId::from_slice(&bytes("account")?)?, note))
}
