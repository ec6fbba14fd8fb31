//! Health for whoever watches the process: alive at all, and ready to store.

use std::sync::Arc;

use amanah_protocol::api::ProblemCode;
use axum::extract::State;
use axum::http::StatusCode;

use super::Relay;
use super::problem::Refusal;

/// The process answers.
#[utoipa::path(get, path = "/health/live", responses((status = 204)))]
pub(super) async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The database answers too.
#[utoipa::path(get, path = "/health/ready", responses((status = 204), (status = 503)))]
pub(super) async fn ready(State(relay): State<Arc<Relay>>) -> Result<StatusCode, Refusal> {
    if relay.store.is_ready().await { Ok(StatusCode::NO_CONTENT) } else { Err(ProblemCode::Unavailable.into()) }
}
