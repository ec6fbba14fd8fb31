//! What an appointed auditor is given: everything that is stored, in one bundle.

use std::convert::Infallible;
use std::sync::Arc;

use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::Role;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::sync::mpsc;

use super::Relay;
use super::extract::SignedIn;
use super::problem::Refusal;

/// How many frames wait for whoever reads.
const WAITING: usize = 2;

/// The whole store as an audit bundle (docs/protocol.md §9), for an appointed auditor.
#[utoipa::path(get, path = "/v1/audit/bundle", responses((status = 200, content_type = "application/octet-stream")))]
pub(super) async fn bundle(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
) -> Result<Response, Refusal> {
    let scene = relay.scene();
    let asked = relay.store.view(move |connection| {
        Box::pin(async move { scene.is_appointed(connection, account, &[Role::Auditor]).await })
    });
    if !asked.await? {
        return Err(ProblemCode::NotAppointed.into());
    }
    let (to, frames) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let sent = crate::bundle::send(&relay.store, (relay.root.clone(), relay.key.clone()), relay.now(), to).await;
        if let Err(error) = sent {
            tracing::error!(%error, "an audit bundle was not sent to its end");
        }
    });
    let frames = unfold(frames, async |mut frames| Some((Ok::<_, Infallible>(frames.recv().await?), frames)));
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], Body::from_stream(frames)).into_response())
}
