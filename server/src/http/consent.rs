//! Grants, revocations and guardianships, and who may see them.

use std::sync::Arc;

use amanah_protocol::cbor::Structure;
use amanah_protocol::ids::CaseId;
use amanah_protocol::record::Page;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::extract::{After, Id, SignedIn};
use super::posted::by_account;
use super::problem::Refusal;
use super::{Relay, cbor};
use crate::store::{Filter, page};

by_account! {
    /// A client grants.
    grant, "/v1/grants";
    /// A client takes a grant back.
    revocation, "/v1/revocations";
    /// An appointed registrar or counsellor says that an account is a minor's guardian's.
    guardianship, "/v1/guardianships";
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
    Ok(cbor(StatusCode::OK, Page { entries, more, head: None, erased: None }.to_bytes()))
}
