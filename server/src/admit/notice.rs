//! Notices: the relay tells a session that a release is asked for (docs/protocol.md §7).

use amanah_protocol::centre::RelayCertificate;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::SessionId;
use amanah_protocol::record::Kind;
use amanah_protocol::release::Notice;
use amanah_protocol::signature::{Signed, Signer};

use super::{Admitted, Context, Scene};
use crate::store::{Connection, Filter, StoreError, advance, due_requests, mark_noticed, standing, whole};

impl Scene {
    /// Appends every notice of a session that is due, whatever became of its request. As long as the centre's root has
    /// not certified the relay's key, nobody would believe one: then it stays due, and no trustee approves.
    pub(crate) async fn announce_due(&self, connection: &mut Connection, session: SessionId) -> Admitted<()> {
        let due = due_requests(connection, session, self.now).await?;
        if !due.is_empty() && !self.is_certified(connection).await? {
            tracing::error!("a notice is due, and the relay's key is not certified: run `amanah centre certify-relay`");
            return Ok(());
        }
        for request in due {
            self.announce(connection, session, request).await?;
        }
        Ok(())
    }

    /// Whether the root has certified the relay's key for now.
    pub(super) async fn is_certified(&self, connection: &mut Connection) -> Admitted<bool> {
        let key = self.key.verifying_key();
        for entry in whole(connection, Filter::Centre).await? {
            if entry.kind == Kind::RelayCertificate {
                let signed = self.by_root::<RelayCertificate>(&entry.body.0)?;
                if signed.body().key == key && signed.body().in_force(self.now) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
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
