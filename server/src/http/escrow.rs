//! Escrow: the steps of a session's escrow, and who has a part in which.

use std::sync::Arc;

use amanah_protocol::api::{DepositItem, DepositReport, EscrowItem, EscrowItems, ProblemCode};
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::Role;
use amanah_protocol::ids::SessionId;
use amanah_protocol::record::Page;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::extract::{After, Id, SignedIn};
use super::posted::in_session;
use super::problem::Refusal;
use super::{Relay, cbor};
use crate::store::{Due, Part, PartItem, TrusteeCount, tombstone, trustee_counts};

in_session! {
    /// A deposit receipt, a request to open epochs, or what answers one.
    escrow_step, "/v1/sessions/{session}/escrow";
}

/// The escrow of a session after a position, for whoever has a part in it. Members see a request once they were told.
#[utoipa::path(
    get,
    path = "/v1/sessions/{session}/escrow",
    params(("session" = String, Path, description = "Session id"), After),
    responses((status = 200, content_type = "application/cbor"))
)]
pub(super) async fn of_session(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Id(session): Id<SessionId>,
    After { after }: After,
) -> Result<Response, Refusal> {
    relay.announce(Due::In(session)).await?;
    let scene = relay.scene();
    let read = relay.store.view(move |connection| {
        Box::pin(async move {
            let page = scene.escrow_page(connection, account, session, after).await?;
            Ok((page, tombstone(connection, session).await?))
        })
    });
    let ((entries, more), erased) = read.await?;
    Ok(cbor(StatusCode::OK, Page { entries, more, head: None, erased }.to_bytes()))
}

/// The sessions in whose escrow the signed-in account has a part.
#[utoipa::path(get, path = "/v1/escrow", responses((status = 200, body = EscrowItems)))]
pub(super) async fn parts(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
) -> Result<axum::Json<EscrowItems>, Refusal> {
    let items = relay.store.escrow_parts(account, relay.now()).await?;
    Ok(axum::Json(EscrowItems { items: items.into_iter().map(item).collect() }))
}

fn item(PartItem { session, part, deposits, requests }: PartItem) -> EscrowItem {
    let part = match part {
        Part::Trustee => "trustee",
        Part::Requester => "requester",
        Part::Recipient => "recipient",
    };
    EscrowItem { session: session.to_string(), part: part.to_owned(), deposits, requests }
}

/// How many shares each trustee holds and has confirmed, for a director.
#[utoipa::path(get, path = "/v1/escrow/deposits", responses((status = 200, body = DepositReport)))]
pub(super) async fn deposits(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
) -> Result<axum::Json<DepositReport>, Refusal> {
    let scene = relay.scene();
    let read = relay.store.view(move |connection| {
        Box::pin(async move {
            if !scene.is_appointed(connection, account, &[Role::Director]).await? {
                return Err(ProblemCode::Forbidden.into());
            }
            trustee_counts(connection).await
        })
    });
    Ok(axum::Json(DepositReport { trustees: read.await?.iter().map(count).collect() }))
}

fn count(count: &TrusteeCount) -> DepositItem {
    DepositItem {
        policy: count.policy.to_string(),
        trustee: count.trustee.to_string(),
        deposits: count.deposits,
        receipts: count.receipts,
        oldest_missing: count.oldest_missing.map(|time| time.0),
    }
}
