//! Notices: the relay tells a session that a release is asked for (docs/protocol.md §7).

use amanah_protocol::hash::Hash;
use amanah_protocol::ids::SessionId;
use amanah_protocol::record::Kind;
use amanah_protocol::release::Notice;
use amanah_protocol::signature::Signed;

use super::{Admitted, Context, Scene};
use crate::store::{Connection, StoreError, advance, due_requests, mark_noticed, standing};

impl Scene {
    /// Appends every notice of a session that is due, whatever became of its request.
    pub(crate) async fn announce_due(&self, connection: &mut Connection, session: SessionId) -> Admitted<()> {
        for request in due_requests(connection, session, self.now).await? {
            self.announce(connection, session, request).await?;
        }
        Ok(())
    }

    /// The notice joins the letters in the transcript, so that nobody who reads on can be kept from hearing of it.
    async fn announce(&self, connection: &mut Connection, session: SessionId, request: Hash) -> Admitted<()> {
        let transcript = standing(connection, session).await?.ok_or(StoreError::Unavailable)?.transcript;
        let notice = Notice { session, request, transcript: transcript.clone(), time: self.now };
        let signed = Signed::sign(notice, self.key.as_ref());
        let context = Context::of_session(session);
        let (hash, place) = self.store(connection, Kind::Notice, &signed, context, Vec::new()).await?;
        advance(connection, session, &transcript.with(&hash), place).await?;
        mark_noticed(connection, &request, place).await
    }
}
