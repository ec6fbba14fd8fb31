//! What the centre's root signed, and what hangs on it: anyone reads it, and whoever brings the root's signature adds to it.

use std::sync::Arc;

use amanah_protocol::api::{ProblemCode, Stored};
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::Appointment;
use amanah_protocol::hash::Hash;
use amanah_protocol::record::{Kind, Page};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::extract::{After, Cbor};
use super::posted::by_account;
use super::problem::Refusal;
use super::{Relay, cbor};
use crate::store::{Filter, Place, StoreError};

/// The answer to a structure that was stored, now or before.
pub(super) fn stored((hash, place): (Hash, Place)) -> Response {
    (StatusCode::CREATED, axum::Json(Stored { hash: hash.to_string(), position: place.position })).into_response()
}

/// What the root signed, acceptances of its escrow policies, successions, absences, and which web clients the relay served,
/// in order.
#[utoipa::path(get, path = "/v1/centre", params(After), responses((status = 200, content_type = "application/cbor")))]
pub(super) async fn record(State(relay): State<Arc<Relay>>, After { after }: After) -> Result<Response, Refusal> {
    let (entries, more) = relay.store.page(Filter::Centre, after).await?;
    Ok(cbor(StatusCode::OK, Page { entries, more, head: None, erased: None }.to_bytes()))
}

macro_rules! by_root {
    ($( $(#[$doc:meta])* $name:ident, $path:literal, $admit:expr; )*) => { $(
        $(#[$doc])*
        #[utoipa::path(
            post,
            path = $path,
            request_body(content_type = "application/cbor"),
            responses((status = 201, body = Stored))
        )]
        pub(super) async fn $name(State(relay): State<Arc<Relay>>, Cbor(body): Cbor) -> Result<Response, Refusal> {
            let scene = relay.scene();
            let placed = relay.store.change(move |connection| Box::pin(async move {
                ($admit)(&scene, connection, &body).await
            })).await?;
            Ok(stored(placed))
        }
    )* };
}

by_root! {
    /// The root certifies the relay's key.
    relay_certificate, "/v1/centre/relay-certificate", async |scene: &crate::admit::Scene, connection, body: &[u8]| {
        scene.relay_certificate(connection, body).await
    };
    /// The root appoints somebody.
    appointment, "/v1/centre/appointments", async |scene: &crate::admit::Scene, connection, body: &[u8]| {
        scene.root_statement::<Appointment>(connection, Kind::Appointment, body).await
    };
    /// The root ends an appointment.
    dismissal, "/v1/centre/dismissals", async |scene: &crate::admit::Scene, connection, body: &[u8]| {
        scene.dismissal(connection, body).await
    };
    /// The root publishes a consent document with its texts.
    document, "/v1/centre/documents", async |scene: &crate::admit::Scene, connection, body: &[u8]| {
        scene.document(connection, body).await
    };
    /// The root publishes an escrow policy.
    policy, "/v1/centre/policies", async |scene: &crate::admit::Scene, connection, body: &[u8]| {
        scene.policy(connection, body).await
    };
}

/// The root erases a session. The answer, also that it was erased before, says that it is gone.
#[utoipa::path(
    post,
    path = "/v1/centre/tombstones",
    request_body(content_type = "application/cbor"),
    responses((status = 201, body = Stored))
)]
pub(super) async fn tombstone(State(relay): State<Arc<Relay>>, Cbor(body): Cbor) -> Result<Response, Refusal> {
    let scene = relay.scene();
    let change =
        relay.store.change(move |connection| Box::pin(async move { scene.tombstone(connection, &body).await }));
    let erased = change.await;
    if matches!(erased, Ok(_) | Err(StoreError::Refused(ProblemCode::SessionErased))) {
        relay.store.forget_deleted().await?;
    }
    Ok(stored(erased?))
}

by_account! {
    /// An appointed registrar or counsellor says that one account follows another.
    succession, "/v1/centre/successions";
    /// A counsellor or supervisor is away, or back.
    absence, "/v1/centre/absences";
    /// A trustee accepts an escrow policy.
    policy_acceptance, "/v1/centre/policy-acceptances";
}
