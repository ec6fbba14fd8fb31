//! What handlers take: a body of the right type and size, the caller's address, and the signed-in account.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use amanah_protocol::api::ProblemCode;
use amanah_protocol::ids::AccountId;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Relay;
use super::problem::Refusal;

/// Deterministic CBOR, not yet parsed.
pub(super) struct Cbor(pub(super) Vec<u8>);

/// A signed note (C2SP signed-note), not yet parsed.
pub(super) struct Note(pub(super) Vec<u8>);

/// A JSON message without unknown fields.
pub(super) struct Json<T>(pub(super) T);

async fn body(request: Request, expected: &str) -> Result<Bytes, Refusal> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if content_type != Some(expected) {
        return Err(ProblemCode::UnsupportedType.into());
    }
    Bytes::from_request(request, &()).await.map_err(|rejection| {
        match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::TooLarge,
            _ => ProblemCode::BadRequest,
        }
        .into()
    })
}

impl<S: Send + Sync> FromRequest<S> for Cbor {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        Ok(Self(body(request, "application/cbor").await?.to_vec()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Note {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        Ok(Self(body(request, "text/plain").await?.to_vec()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let body = body(request, "application/json").await?;
        serde_json::from_slice(&body).map(Self).map_err(|_| ProblemCode::BadRequest.into())
    }
}

/// Where to go on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct After {
    /// The last position that is already here.
    #[serde(default)]
    pub(super) after: u64,
}

impl<S: Send + Sync> FromRequestParts<S> for After {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let query = Query::try_from_uri(&parts.uri);
        query.map(|Query(after)| after).map_err(|_| ProblemCode::BadRequest.into())
    }
}

/// The one id in the path.
pub(super) struct Id<T>(pub(super) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let text = Path::<String>::from_request_parts(parts, state).await.map_err(|_| ProblemCode::BadRequest)?;
        text.parse().map(Self).map_err(|_| ProblemCode::BadRequest.into())
    }
}

/// The address from which a request comes; behind a proxy, the one that the proxy added last.
pub(super) struct Caller(pub(super) IpAddr);

impl FromRequestParts<Arc<Relay>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refusal> {
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back();
        let last = forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let address = if relay.behind_proxy { last.or(peer) } else { peer };
        address.map(Self).ok_or(ProblemCode::BadRequest.into())
    }
}

/// The account whose token came with the request.
#[derive(Clone, Copy)]
pub(super) struct SignedIn {
    pub(super) account: AccountId,
    pub(super) issued: amanah_protocol::ids::Timestamp,
    pub(super) token_hash: [u8; 32],
}

/// What the store keeps of a token.
pub(super) fn token_hash(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

impl FromRequestParts<Arc<Relay>> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refusal> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(ProblemCode::NotSignedIn)?;
        let token_hash = token_hash(token);
        let token = relay.store.token(token_hash, relay.now()).await?.ok_or(ProblemCode::NotSignedIn)?;
        Ok(Self { account: token.account, issued: token.issued, token_hash })
    }
}
