//! Grants, revocations and guardianships, and who may see them.

use std::sync::Arc;

use amanah_protocol::api::Stored;
use amanah_protocol::cbor::Structure;
use amanah_protocol::ids::CaseId;
use amanah_protocol::record::Page;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::centre::stored;
use super::extract::{After, Cbor, Id, SignedIn};
use super::problem::Refusal;
use super::{Relay, cbor};
use crate::store::{Filter, page};

/// A client grants.
#[utoipa::path(
    post,
    path = "/v1/grants",
    request_body(content_type = "application/cbor"),
    responses((status = 201, body = Stored))
)]
pub(super) async fn grant(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Cbor(body): Cbor,
) -> Result<Response, Refusal> {
    let scene = relay.scene();
    let change =
        relay.store.change(move |connection| Box::pin(async move { scene.grant(connection, account, &body).await }));
    Ok(stored(change.await?))
}

/// A client takes a grant back.
#[utoipa::path(
    post,
    path = "/v1/revocations",
    request_body(content_type = "application/cbor"),
    responses((status = 201, body = Stored))
)]
pub(super) async fn revocation(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Cbor(body): Cbor,
) -> Result<Response, Refusal> {
    let scene = relay.scene();
    let change = relay
        .store
        .change(move |connection| Box::pin(async move { scene.revocation(connection, account, &body).await }));
    Ok(stored(change.await?))
}

/// An appointed registrar or counsellor says that an account is a minor's guardian's.
#[utoipa::path(
    post,
    path = "/v1/guardianships",
    request_body(content_type = "application/cbor"),
    responses((status = 201, body = Stored))
)]
pub(super) async fn guardianship(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Cbor(body): Cbor,
) -> Result<Response, Refusal> {
    let scene = relay.scene();
    let change = relay
        .store
        .change(move |connection| Box::pin(async move { scene.guardianship(connection, account, &body).await }));
    Ok(stored(change.await?))
}

/// The consent of a case, for its clients, for whom they name, and for whoever checks a guardian.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/consent",
    params(("case" = String, Path, description = "Case id"), After),
    responses((status = 200, content_type = "application/cbor"))
)]
pub(super) async fn of_case(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Id(case): Id<CaseId>,
    After { after }: After,
) -> Result<Response, Refusal> {
    let scene = relay.scene();
    let read = relay.store.view(move |connection| {
        Box::pin(async move {
            scene.may_see_consent(connection, account, case).await?;
            page(connection, Filter::Consent(case), after).await
        })
    });
    let (entries, more) = read.await?;
    Ok(cbor(StatusCode::OK, Page { entries, more, head: None }.to_bytes()))
}
