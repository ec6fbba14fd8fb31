//! News from the relay (docs/api.md, events): that something is new in a session, never what.

use amanah_protocol::api::{self, ProblemCode};
use amanah_protocol::ids::SessionId;
use futures_util::{Stream, StreamExt};

use crate::account::Account;
use crate::relay::RelayError;
use crate::transport::{Transport, TransportError};

/// Something is new in a session. Read it with [`Account::sync`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// The session.
    pub session: SessionId,
    /// Position of its newest structure; listen after it to go on where this stream ended.
    pub position: u64,
}

impl<T: Transport + Clone, C, R> Account<T, C, R> {
    /// Listens for news after a position. A stream that ends is opened again with the last position. It borrows nothing
    /// of the account, which can read and write meanwhile, also while the relay lets whoever listens wait.
    ///
    /// # Errors
    /// [`RelayError`]: the stream could not be opened, or brought something else than news.
    pub fn news(
        &self,
        after: u64,
    ) -> impl Future<Output = Result<impl Stream<Item = Result<News, RelayError>> + Unpin + use<T, C, R>, RelayError>>
    + use<T, C, R> {
        let (transport, token) = (self.relay.transport.clone(), self.token.clone());
        async move {
            let opened = transport.events(&token, after).await;
            let events = opened.map_err(|error| match error {
                TransportError::NotSignedIn => RelayError::Refused(ProblemCode::NotSignedIn),
                other => other.into(),
            })?;
            Ok(events.map(|event| {
                let event: api::Event = serde_json::from_str(&event?).map_err(|_| RelayError::Answer)?;
                let session = event.session.parse().map_err(|_| RelayError::Answer)?;
                Ok(News { session, position: event.position })
            }))
        }
    }
}
