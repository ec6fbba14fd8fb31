//! How bytes reach the relay: the one door between this crate and the network, and the one clock.

use std::future::Future;

use amanah_protocol::ids::Timestamp;
use futures_util::{Stream, StreamExt};

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Adds.
    Post,
    /// Replaces.
    Put,
    /// Ends.
    Delete,
}

/// One request to the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, from the first slash on.
    pub path: String,
    /// Content type of the body; none without a body.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: Vec<u8>,
    /// The token of the signed-in account.
    pub bearer: Option<String>,
}

/// The relay's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a request brought no answer. Whether the relay received it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The relay could not be reached, or the connection broke.
    #[error("the relay cannot be reached")]
    Offline,
    /// No answer came in time.
    #[error("the relay did not answer in time")]
    TimedOut,
    /// The relay does not know the sign-in, or no longer.
    #[error("the relay does not know this sign-in")]
    NotSignedIn,
    /// The answer is larger than any that the protocol knows.
    #[error("the relay's answer is too large")]
    TooLarge,
}

/// The greatest answer that a client reads: one page of the record.
pub const MAX_RESPONSE: usize = 17 * 1024 * 1024;

/// All pieces of an answer together.
///
/// # Errors
/// [`TransportError::TooLarge`] above [`MAX_RESPONSE`]; [`TransportError`] of a piece.
pub(crate) async fn whole(
    mut pieces: impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin,
) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        if body.len().saturating_add(piece.len()) > MAX_RESPONSE {
            return Err(TransportError::TooLarge);
        }
        body.extend(piece);
    }
    Ok(body)
}

/// Something that carries requests to one relay.
pub trait Transport {
    /// Sends a request and waits for the answer, whatever its status.
    ///
    /// # Errors
    /// [`TransportError`]: there was no answer.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>>;

    /// Sends a request, and gives the status and the answer's bytes as they come, however many they are.
    ///
    /// # Errors
    /// [`TransportError`]: there was no answer.
    fn stream(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<(u16, impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin), TransportError>>;

    /// Opens the relay's event stream after a position. Each item is the JSON of one event. The stream borrows nothing,
    /// so that its listener can go on working with the transport.
    ///
    /// # Errors
    /// [`TransportError`]: the stream could not be opened; [`TransportError::NotSignedIn`] if the relay answered 401. A stream that ends is opened again by the caller.
    fn events(
        &self,
        bearer: &str,
        after: u64,
    ) -> impl Future<Output = Result<impl Stream<Item = Result<String, TransportError>> + Unpin + use<Self>, TransportError>>;
}

/// Something that knows the time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;
}
