//! The transport over HTTPS, the same natively and in the browser.

use std::time::Duration;

use eventsource_stream::Eventsource;
use futures_util::{Stream, StreamExt};

use crate::transport::{Method, Request, Response, Transport, TransportError, whole};

/// How long a whole answer may take. What comes in pieces is only held to the time between them, by `client`.
const PATIENCE: Duration = Duration::from_mins(2);

/// Carries requests to one relay with `reqwest`.
///
/// How TLS is done, and which certificates are trusted, is the caller's choice in `client`.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    base: String,
}

impl HttpTransport {
    /// A transport to the relay at `base`, such as `https://amanah.example:8443`.
    pub fn new(client: reqwest::Client, base: &str) -> Self {
        Self { client, base: base.trim_end_matches('/').to_owned() }
    }

    fn request(&self, method: Method, path: &str, bearer: Option<&str>) -> reqwest::RequestBuilder {
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let request = self.client.request(method, format!("{}{path}", self.base));
        match bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn ask(
        &self,
        request: Request,
        within: Option<Duration>,
    ) -> Result<(u16, impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin + use<>), TransportError> {
        let mut outgoing = self.request(request.method, &request.path, request.bearer.as_deref());
        if let Some(content_type) = request.content_type {
            outgoing = outgoing.header("content-type", content_type).body(request.body);
        }
        if let Some(within) = within {
            outgoing = outgoing.timeout(within);
        }
        let response = outgoing.send().await.map_err(|error| lost(&error))?;
        let status = response.status().as_u16();
        let pieces = response.bytes_stream();
        Ok((status, pieces.map(|piece| piece.map(Vec::from).map_err(|error| lost(&error)))))
    }
}

fn lost(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() { TransportError::TimedOut } else { TransportError::Offline }
}

impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let (status, pieces) = self.ask(request, Some(PATIENCE)).await?;
        Ok(Response { status, body: whole(pieces).await? })
    }

    async fn stream(
        &self,
        request: Request,
    ) -> Result<(u16, impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin), TransportError> {
        self.ask(request, None).await
    }

    async fn events(
        &self,
        bearer: &str,
        after: u64,
    ) -> Result<impl Stream<Item = Result<String, TransportError>> + Unpin + use<>, TransportError> {
        let request = self.request(Method::Get, "/v1/events", Some(bearer)).header("last-event-id", after.to_string());
        let response = request.send().await.map_err(|error| lost(&error))?;
        if !response.status().is_success() {
            return Err(if response.status() == 401 { TransportError::NotSignedIn } else { TransportError::Offline });
        }
        let events = response.bytes_stream().eventsource();
        Ok(Box::pin(events.map(|event| event.map(|e| e.data).map_err(|_| TransportError::Offline))))
    }
}
