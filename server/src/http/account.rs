//! The signed-in account's own things: its vault, its credential, and everybody's cards.

use std::sync::Arc;

use amanah_protocol::api::{
    Bytes, Credential, CredentialStart, ProblemCode, RegistrationAnswer, Stored, Vault, VaultUpdate,
};
use amanah_protocol::cbor::Structure;
use amanah_protocol::ids::AccountId;
use amanah_protocol::record::Page;
use amanah_protocol::signature::VerifyingKey;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::centre::stored;
use super::extract::{Caller, Cbor, Id, Json, SignedIn};
use super::problem::Refusal;
use super::sign_in::{check_credential, check_vault};
use super::{Relay, cbor};
use crate::store::Filter;

/// How fresh a sign-in must be to change the credential: 10 minutes.
const FRESH_MS: u64 = 600_000;

impl Relay {
    async fn newest_key(&self, account: AccountId) -> Result<VerifyingKey, Refusal> {
        let scene = self.scene();
        let read =
            self.store.view(move |connection| Box::pin(async move { scene.newest_card(connection, account).await }));
        Ok(read.await?.card().verifying_key)
    }

    async fn handle_of(&self, account: AccountId) -> Result<amanah_protocol::ids::Handle, Refusal> {
        Ok(self.store.handle(account).await?.ok_or(ProblemCode::NotFound)?)
    }
}

/// The newest sealed vault.
#[utoipa::path(get, path = "/v1/vault", responses((status = 200, body = Vault)))]
pub(super) async fn vault(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
) -> Result<axum::Json<Vault>, Refusal> {
    let vault = relay.store.vault(account).await?.ok_or(ProblemCode::NotFound)?;
    Ok(axum::Json(Vault {
        vault: Bytes(vault.vault),
        vault_head: Bytes(vault.vault_head),
        passphrase_wrap: Bytes(vault.passphrase_wrap),
        recovery_wrap: Bytes(vault.recovery_wrap),
    }))
}

/// The next version of the vault under the same vault key.
#[utoipa::path(put, path = "/v1/vault", request_body = VaultUpdate, responses((status = 204)))]
pub(super) async fn update_vault(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Json(message): Json<VaultUpdate>,
) -> Result<StatusCode, Refusal> {
    let now = relay.now();
    let key = relay.newest_key(account).await?;
    let head = check_vault(&message.vault, &message.vault_head, account, &key, now)?;
    relay.store.update_vault(head, message.vault.0, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// First step of a change of passphrase or recovery code.
#[utoipa::path(
    post,
    path = "/v1/credential/start",
    request_body = CredentialStart,
    responses((status = 200, body = RegistrationAnswer))
)]
pub(super) async fn credential_start(
    State(relay): State<Arc<Relay>>,
    Caller(address): Caller,
    SignedIn { account, .. }: SignedIn,
    Json(message): Json<CredentialStart>,
) -> Result<axum::Json<RegistrationAnswer>, Refusal> {
    let handle = relay.handle_of(account).await?;
    relay.throttle.attempt(address, handle.as_str())?;
    let response = relay.opaque.register(&handle, &message.request.0)?;
    Ok(axum::Json(RegistrationAnswer { response: Bytes(response) }))
}

/// Last step of a change of passphrase or recovery code. Ends every other sign-in of the account.
#[utoipa::path(post, path = "/v1/credential/finish", request_body = Credential, responses((status = 204)))]
pub(super) async fn credential_finish(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, issued, token_hash }: SignedIn,
    Json(message): Json<Credential>,
) -> Result<StatusCode, Refusal> {
    let now = relay.now();
    if issued.distance(now) > FRESH_MS {
        return Err(ProblemCode::SignInStale.into());
    }
    let key = relay.newest_key(account).await?;
    let (credential, head) = check_credential(message, account, &key, now)?;
    relay.store.update_credential(head, credential, token_hash, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All cards of an account, oldest first. Those of whomever the centre has ever appointed are for everybody, who can so check
/// what they say in the centre's record.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/cards",
    params(("account" = String, Path, description = "Account id in hexadecimal")),
    responses((status = 200, content_type = "application/cbor"))
)]
pub(super) async fn cards(
    State(relay): State<Arc<Relay>>,
    signed_in: Result<SignedIn, Refusal>,
    Id(account): Id<AccountId>,
) -> Result<Response, Refusal> {
    if let Err(refused) = signed_in {
        let scene = relay.scene();
        let was_appointed =
            relay.store.view(|connection| Box::pin(async move { scene.was_appointed(connection, account).await }));
        if !was_appointed.await? {
            return Err(refused);
        }
    }
    let (entries, more) = relay.store.page(Filter::Cards(account), 0).await?;
    if entries.is_empty() {
        return Err(ProblemCode::NotFound.into());
    }
    Ok(cbor(StatusCode::OK, Page { entries, more, head: None, erased: None }.to_bytes()))
}

/// The next card of the signed-in account.
#[utoipa::path(
    post,
    path = "/v1/cards",
    request_body(content_type = "application/cbor"),
    responses((status = 201, body = Stored))
)]
pub(super) async fn next_card(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, .. }: SignedIn,
    Cbor(body): Cbor,
) -> Result<Response, Refusal> {
    let scene = relay.scene();
    let change =
        relay.store.change(move |connection| Box::pin(async move { scene.card(connection, account, &body).await }));
    Ok(stored(change.await?))
}
