//! A relay within the process of a test: the whole service on SQLite, without sockets and TLS.

use std::net::SocketAddr;
use std::sync::Arc;

use amanah_client_sdk::transport::{MAX_RESPONSE, Method, Request, Response, Transport, TransportError};
use amanah_protocol::centre::SignedRoot;
use amanah_protocol::signature::VerifyingKey;
use amanah_server::{App, Settings};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http;
use eventsource_stream::Eventsource;
use futures_util::{Stream, StreamExt};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::people::Reach;

/// The relay and its folder, which is removed with it.
pub struct InProcess {
    service: Router,
    key: VerifyingKey,
    folder: Arc<TempDir>,
}

/// A way to it.
#[derive(Clone)]
pub struct Way {
    service: Router,
    _folder: Arc<TempDir>,
}

impl InProcess {
    /// A new relay for a centre.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn start(root: &SignedRoot) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings {
            data: folder.path().to_path_buf(),
            database: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            names: Vec::new(),
            tls_certificate: None,
            tls_key: None,
            behind_proxy: false,
            web: None,
            sign_in_burst: 10_000,
            registration_burst: 10_000,
        };
        amanah_server::init(&settings, root.wire()).await.expect("made");
        let app = App::open(&settings).await.expect("opened");
        Self { service: app.router(), key: app.key(), folder: Arc::new(folder) }
    }
}

impl Reach for InProcess {
    type Way = Way;

    fn transport(&self) -> Way {
        Way { service: self.service.clone(), _folder: self.folder.clone() }
    }

    fn key(&self) -> VerifyingKey {
        self.key
    }
}

impl Way {
    async fn ask(&self, request: http::request::Builder, body: Vec<u8>) -> http::Response<Body> {
        let caller = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1)));
        let request = request.extension(caller).body(Body::from(body)).expect("a request");
        let Ok(response) = self.service.clone().oneshot(request).await;
        response
    }
}

impl Transport for Way {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Delete => http::Method::DELETE,
        };
        let mut outgoing = http::Request::builder().method(method).uri(request.path);
        if let Some(content_type) = request.content_type {
            outgoing = outgoing.header("content-type", content_type);
        }
        if let Some(token) = request.bearer {
            outgoing = outgoing.header("authorization", format!("Bearer {token}"));
        }
        let response = self.ask(outgoing, request.body).await;
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), MAX_RESPONSE).await.map_err(|_| TransportError::TooLarge)?;
        Ok(Response { status, body: body.to_vec() })
    }

    async fn stream(
        &self,
        request: Request,
    ) -> Result<(u16, impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin), TransportError> {
        let Response { status, body } = self.send(request).await?;
        Ok((status, futures_util::stream::iter([Ok(body)])))
    }

    async fn events(
        &self,
        bearer: &str,
        after: u64,
    ) -> Result<impl Stream<Item = Result<String, TransportError>> + Unpin + use<>, TransportError> {
        let request = http::Request::builder()
            .uri("/v1/events")
            .header("authorization", format!("Bearer {bearer}"))
            .header("last-event-id", after.to_string());
        let response = self.ask(request, Vec::new()).await;
        if !response.status().is_success() {
            return Err(if response.status() == 401 { TransportError::NotSignedIn } else { TransportError::Offline });
        }
        let events = response.into_body().into_data_stream().eventsource();
        Ok(Box::pin(events.map(|event| event.map(|event| event.data).map_err(|_| TransportError::Offline))))
    }
}
