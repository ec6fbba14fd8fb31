//! Absences (docs/protocol.md §3.8): somebody of the staff says until when they are away.

use amanah_protocol::absence::{Absence, is_limit_reached};
use amanah_protocol::api::ProblemCode;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::AccountId;
use amanah_protocol::record::Kind;

use super::{Admitted, Context, Scene, parse};
use crate::store::{Connection, Filter, Place, place_of, whole};

impl Scene {
    /// An absence of the signed-in account, which is appointed as counsellor or supervisor.
    pub(crate) async fn absence(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<Absence>(connection, account, wire).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        let body = signed.body();
        self.on_time(body.time)?;
        if body.account != account || body.centre != self.root.centre() || body.check().is_err() {
            return Err(ProblemCode::NotAdmitted.into());
        }
        if !self.of_centre(connection).await?.may_be_absent(&account, self.latest()) {
            return Err(ProblemCode::NotAppointed.into());
        }
        let mut stored = Vec::new();
        for entry in whole(connection, Filter::Centre).await?.iter().filter(|entry| entry.kind == Kind::Absence) {
            if parse::<Absence>(&entry.body.0)?.claimed().account == account {
                stored.push(entry.time);
            }
        }
        if is_limit_reached(stored, self.now) {
            return Err(ProblemCode::LimitReached.into());
        }
        self.store(connection, Kind::Absence, &signed, Context::default(), Vec::new()).await
    }
}
