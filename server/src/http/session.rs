//! Sessions: manifests, answers and letters come in; the record goes out to the members, with a signed head.

use std::sync::Arc;

use amanah_protocol::api::{ProblemCode, SessionItem, Sessions};
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::ids::SessionId;
use amanah_protocol::record::Page;
use amanah_protocol::signature::Signed;
use amanah_protocol::statement::{HeadStatement, Receipt};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::extract::{After, Cbor, Id, SignedIn};
use super::posted::in_session;
use super::problem::Refusal;
use super::{Relay, cbor};
use crate::store::{Due, SessionPage, Standing, StoreError, next_position, session_page, standing};

impl Relay {
    /// Signs where a session stands, by the relay's clock after it was read.
    fn head_statement(&self, session: SessionId, standing: Standing, position: u64) -> Vec<u8> {
        let Standing { manifest, transcript, .. } = standing;
        let statement = HeadStatement { session, manifest, position, transcript, time: self.now() };
        Signed::sign(statement, self.key.as_ref()).wire().to_vec()
    }
}

/// The sessions in which the signed-in account is or was a member, oldest news first.
#[utoipa::path(get, path = "/v1/sessions", responses((status = 200, body = Sessions)))]
pub(super) async fn list(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
) -> Result<axum::Json<Sessions>, Refusal> {
    relay.announce(Due::For(account)).await?;
    let seats = relay.store.seats(account, 0).await?;
    let item = |seat: &crate::store::Seat| SessionItem {
        session: seat.session.to_string(),
        case: seat.case.to_string(),
        position: seat.position,
    };
    Ok(axum::Json(Sessions { sessions: seats.iter().map(item).collect() }))
}

/// A session after a position, for a member who may read it now, and for whom it was opened to.
#[utoipa::path(
    get,
    path = "/v1/sessions/{session}/record",
    params(("session" = String, Path, description = "Session id"), After),
    responses((status = 200, content_type = "application/cbor"))
)]
pub(super) async fn record(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Id(session): Id<SessionId>,
    After { after }: After,
) -> Result<Response, Refusal> {
    relay.announce(Due::In(session)).await?;
    let scene = relay.scene();
    let read = relay.store.view(move |connection| {
        Box::pin(async move {
            let standing = standing(connection, session).await?.ok_or(ProblemCode::NotFound)?;
            scene.may_be_served(connection, account, session, &standing).await?;
            let page = session_page(connection, session, &standing, after).await?;
            Ok::<_, StoreError>((standing, page))
        })
    });
    let (standing, SessionPage { entries, more, position, erased }) = read.await?;
    let head = Some(ByteString(relay.head_statement(session, standing, position)));
    Ok(cbor(StatusCode::OK, Page { entries, more, head, erased }.to_bytes()))
}

/// Where a session stands, signed by the relay.
#[utoipa::path(
    get,
    path = "/v1/sessions/{session}/head",
    params(("session" = String, Path, description = "Session id")),
    responses((status = 200, content_type = "application/cbor"))
)]
pub(super) async fn head(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Id(session): Id<SessionId>,
) -> Result<Response, Refusal> {
    relay.announce(Due::In(session)).await?;
    let scene = relay.scene();
    let read = relay.store.view(move |connection| {
        Box::pin(async move {
            let standing = standing(connection, session).await?.ok_or(ProblemCode::NotFound)?;
            scene.may_be_served(connection, account, session, &standing).await?;
            Ok::<_, StoreError>((standing, next_position(connection).await?.saturating_sub(1)))
        })
    });
    let (standing, position) = read.await?;
    Ok(cbor(StatusCode::OK, relay.head_statement(session, standing, position)))
}

/// A manifest with its wraps and sealed shares: the first opens the session, each next one changes its members or keys.
#[utoipa::path(
    post,
    path = "/v1/sessions/{session}/manifests",
    params(("session" = String, Path, description = "Session id")),
    request_body(content_type = "application/cbor"),
    responses((status = 201, content_type = "application/cbor"))
)]
pub(super) async fn manifest(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Id(session): Id<SessionId>,
    Cbor(body): Cbor,
) -> Result<Response, Refusal> {
    let scene = relay.scene();
    let change = relay
        .store
        .change(move |connection| Box::pin(async move { scene.manifest(connection, account, session, &body).await }));
    let (standing, position) = change.await?;
    Ok(cbor(StatusCode::CREATED, relay.head_statement(session, standing, position)))
}

/// A letter with its ciphertext. The answer is a signed receipt, the same again for the identical letter.
#[utoipa::path(
    post,
    path = "/v1/sessions/{session}/letters",
    params(("session" = String, Path, description = "Session id")),
    request_body(content_type = "application/cbor"),
    responses((status = 201, content_type = "application/cbor"))
)]
pub(super) async fn letter(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Id(session): Id<SessionId>,
    Cbor(body): Cbor,
) -> Result<Response, Refusal> {
    let scene = relay.scene();
    let change = relay
        .store
        .change(move |connection| Box::pin(async move { scene.letter(connection, account, session, &body).await }));
    let (letter, place) = change.await?;
    let receipt = Receipt { letter, position: place.position, salt: place.salt, time: place.time };
    Ok(cbor(StatusCode::CREATED, Signed::sign(receipt, relay.key.as_ref()).wire().to_vec()))
}

in_session! {
    /// A member accepts or refuses the current manifest.
    answer, "/v1/sessions/{session}/answers";
    /// A member hands earlier epochs to another one, in a bundle that only that one opens.
    history, "/v1/sessions/{session}/history";
}
