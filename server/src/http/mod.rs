//! The relay's addresses, all on one screen (docs/api.md), and what surrounds every request.

mod account;
mod audit;
mod centre;
mod consent;
mod escrow;
mod events;
mod extract;
mod health;
mod log;
mod posted;
mod problem;
mod session;
mod sign_in;
mod web;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::SignedRoot;
use amanah_protocol::ids::Timestamp;
use amanah_protocol::log::SignedCheckpoint;
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admit::Scene;
use crate::keys::RelayKey;
use crate::opaque::Opaque;
use crate::store::{Due, LogHead, Store, StoreError};
use crate::throttle::Throttle;
use crate::web::WebClient;
use problem::Refusal;

/// Everything a handler works with.
pub(crate) struct Relay {
    pub(crate) store: Store,
    pub(crate) root: SignedRoot,
    pub(crate) key: Arc<RelayKey>,
    pub(crate) opaque: Opaque,
    pub(crate) throttle: Throttle,
    pub(crate) behind_proxy: bool,
    pub(crate) web_client: Option<WebClient>,
    pub(crate) closing: tokio::sync::watch::Receiver<bool>,
}

impl Relay {
    /// The relay's time.
    #[expect(clippy::unused_self, reason = "the time is the relay's")]
    fn now(&self) -> Timestamp {
        now()
    }

    fn scene(&self) -> Scene {
        let web_client = self.web_client.as_ref().map(|web_client| web_client.hash);
        Scene { root: self.root.clone(), key: self.key.clone(), web_client, now: self.now() }
    }

    /// The checkpoint of the log that goes so far, signed by the relay's key.
    fn checkpoint(&self, head: LogHead) -> SignedCheckpoint {
        crate::bundle::checkpoint(&self.root, self.key.as_ref(), head)
    }

    /// Says in the log which web client is served.
    pub(crate) async fn log_web_client(&self) -> Result<(), StoreError> {
        let scene = self.scene();
        self.store.change(move |connection| Box::pin(async move { scene.log_web_client(connection).await })).await
    }

    /// Tells sessions of the releases of which they are to hear by now, so that nobody is served one without the other.
    pub(crate) async fn announce(&self, due: Due) -> Result<(), StoreError> {
        for session in self.store.due(due, self.now()).await? {
            let scene = self.scene();
            let change = self
                .store
                .change(move |connection| Box::pin(async move { scene.announce_due(connection, session).await }));
            change.await?;
        }
        Ok(())
    }
}

/// The clock on the wall.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The greatest body of any request: a vault of 1 MiB as base64url in JSON.
const MAX_BODY: usize = 1_500_000;
/// How long a request may take to come in and be answered.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How many requests are worked on at once.
const MAX_CONCURRENT: usize = 512;

/// How long what never changes may be kept.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What may change is asked for again.
const FOR_NOW: &str = "no-cache";

#[derive(OpenApi)]
#[openapi(info(title = "Amanah relay", description = "Stores ciphertext and what anyone can check of it."))]
struct Description;

fn described() -> OpenApiRouter<Arc<Relay>> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(centre::record))
        .routes(routes!(centre::relay_certificate))
        .routes(routes!(centre::appointment))
        .routes(routes!(centre::dismissal))
        .routes(routes!(centre::document))
        .routes(routes!(centre::policy))
        .routes(routes!(centre::tombstone))
        .routes(routes!(centre::succession))
        .routes(routes!(centre::policy_acceptance))
        .routes(routes!(centre::absence))
        .routes(routes!(sign_in::registration_start))
        .routes(routes!(sign_in::registration_finish))
        .routes(routes!(sign_in::start))
        .routes(routes!(sign_in::finish))
        .routes(routes!(sign_in::sign_out))
        .routes(routes!(sign_in::recovery_start))
        .routes(routes!(sign_in::recovery_finish))
        .routes(routes!(account::vault, account::update_vault))
        .routes(routes!(account::credential_start))
        .routes(routes!(account::credential_finish))
        .routes(routes!(account::cards))
        .routes(routes!(account::next_card))
        .routes(routes!(consent::grant))
        .routes(routes!(consent::revocation))
        .routes(routes!(consent::guardianship))
        .routes(routes!(consent::of_case))
        .routes(routes!(session::list))
        .routes(routes!(session::record))
        .routes(routes!(session::head))
        .routes(routes!(session::manifest))
        .routes(routes!(session::answer))
        .routes(routes!(session::letter))
        .routes(routes!(session::history))
        .routes(routes!(escrow::of_session, escrow::escrow_step))
        .routes(routes!(escrow::parts))
        .routes(routes!(escrow::deposits))
        .routes(routes!(log::checkpoint))
        .routes(routes!(log::all_cosigned, log::cosign))
        .routes(routes!(log::tile))
        .routes(routes!(log::map))
        .routes(routes!(audit::bundle))
        .routes(routes!(events::stream))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
}

/// The OpenAPI document, generated from the handlers.
pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = described().into_openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document
}

/// The whole relay as one service.
pub(crate) fn router(relay: Arc<Relay>) -> Router {
    let document = openapi();
    let routes = described()
        .split_for_parts()
        .0
        .route("/openapi.json", axum::routing::get(move || std::future::ready(axum::Json(document.clone()))))
        .method_not_allowed_fallback(|| std::future::ready(Refusal::from(ProblemCode::MethodNotAllowed)))
        .fallback(web::file_or_page)
        .layer(middleware::from_fn(in_time))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(GlobalConcurrencyLimitLayer::new(MAX_CONCURRENT))
        .layer(CatchPanicLayer::custom(|_| Refusal::from(ProblemCode::Internal).into_response()))
        .layer(middleware::from_fn(say));
    let headers = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    headers
        .into_iter()
        .fold(routes, |routes, (name, value)| {
            routes.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)))
        })
        // only the web client's pages may do something
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        ))
        // only the log and the web client say otherwise
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .with_state(relay)
}

async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::from(ProblemCode::Timeout).into_response(),
    }
}

/// Status, route and duration; never a person, an id, an address or a body.
async fn say(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let start = std::time::Instant::now();
    let response = next.run(request).await;
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%method, route, status = response.status().as_u16(), milliseconds, "answered");
    response
}

/// CBOR as an answer.
fn cbor(status: StatusCode, bytes: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/cbor")], bytes).into_response()
}
