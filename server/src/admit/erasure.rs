//! Erasure (docs/protocol.md §8.8): the root's tombstone is stored, and what was sealed in its session is deleted.

use amanah_protocol::api::ProblemCode;
use amanah_protocol::erasure::Tombstone;
use amanah_protocol::hash::Hash;
use amanah_protocol::record::Kind;

use super::{Admitted, Context, Scene};
use crate::store::{Connection, Place, asked_in, erase, place_of, standing, touch};

impl Scene {
    /// A tombstone. No session is erased before it was told of every release that was asked for in it.
    pub(crate) async fn tombstone(&self, connection: &mut Connection, wire: &[u8]) -> Admitted<(Hash, Place)> {
        let signed = self.by_root::<Tombstone>(wire)?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        let Tombstone { session, time, .. } = *signed.body();
        self.on_time(time)?;
        standing(connection, session).await?.ok_or(ProblemCode::UnknownReference)?;
        self.announce_due(connection, session).await?;
        if asked_in(connection, session).await?.iter().any(|asked| !asked.noticed) {
            return Err(ProblemCode::NoticePending.into());
        }
        let context = Context::of_session(session);
        let stored = self.store(connection, Kind::Tombstone, &signed, context, Vec::new()).await?;
        erase(connection, session).await?;
        touch(connection, session, stored.1).await?;
        Ok(stored)
    }
}
