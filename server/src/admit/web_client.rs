//! The web client that the relay serves, in the log (docs/protocol.md §8.9).

use amanah_protocol::centre::RelayCertificate;
use amanah_protocol::hash::Hash;
use amanah_protocol::record::Kind;
use amanah_protocol::signature::Signed;
use amanah_protocol::statement::WebBundle;

use super::{Admitted, Context, Scene, parse};
use crate::store::{Connection, Filter, Place, whole};

impl Scene {
    /// A certificate of the relay's key. With the first one the log also tells which web client is served.
    pub(crate) async fn relay_certificate(&self, connection: &mut Connection, wire: &[u8]) -> Admitted<(Hash, Place)> {
        let placed = self.root_statement::<RelayCertificate>(connection, Kind::RelayCertificate, wire).await?;
        self.log_web_client(connection).await?;
        Ok(placed)
    }

    /// Stores which web client is served, unless the newest that is stored is the same. As long as the centre's root has
    /// not certified the relay's key, nobody would believe it.
    pub(crate) async fn log_web_client(&self, connection: &mut Connection) -> Admitted<()> {
        let Some(manifest) = self.web_client else { return Ok(()) };
        let stored = whole(connection, Filter::Centre).await?;
        if let Some(newest) = stored.iter().rfind(|entry| entry.kind == Kind::WebBundle)
            && parse::<WebBundle>(&newest.body.0)?.claimed().manifest == manifest
        {
            return Ok(());
        }
        if !self.is_certified(connection).await? {
            tracing::warn!("the web client is not in the log: run `amanah centre certify-relay`");
            return Ok(());
        }
        let bundle = WebBundle { centre: self.root.centre(), manifest, time: self.now };
        let signed = Signed::sign(bundle, self.key.as_ref());
        self.store(connection, Kind::WebBundle, &signed, Context::default(), Vec::new()).await?;
        Ok(())
    }
}
