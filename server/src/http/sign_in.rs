//! Registration, sign-in and recovery (docs/protocol.md §3): OPAQUE, and tokens of which the relay keeps only the hash.

use std::sync::Arc;

use amanah_protocol::account::{MAX_VAULT, RecoveryRequest, VaultHead, vault_hash};
use amanah_protocol::api::{
    Bytes, Credential, ProblemCode, RecoveryAnswer, RecoveryFinish, RecoveryStart, Registered, RegistrationAnswer,
    RegistrationFinish, RegistrationStart, SignInAnswer, SignInFinish, SignInStart, SignedIn as Token,
};
use amanah_protocol::card::UnverifiedCard;
use amanah_protocol::ids::{AccountId, Handle, Timestamp};
use amanah_protocol::signature::{Signed, VerifyingKey};
use amanah_protocol::statement::CLOCK_SKEW_MS;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode};

use super::Relay;
use super::extract::{Caller, Json, SignedIn, token_hash};
use super::problem::Refusal;
use crate::admit::{card_structure, malformed, parse};
use crate::opaque::{Opaque, OpaqueError};
use crate::store::{self, NewAccount, NewCredential, StoredVault};

/// How long a token lives: 12 hours.
const TOKEN_MS: u64 = 12 * 3_600_000;
/// The greatest wrap of a vault key.
const MAX_WRAP: usize = 256;

impl From<OpaqueError> for Refusal {
    fn from(_: OpaqueError) -> Self {
        ProblemCode::BadRequest.into()
    }
}

pub(super) fn handle(text: &str) -> Result<Handle, Refusal> {
    text.parse().map_err(|_| ProblemCode::BadRequest.into())
}

/// Checks what a registration and a change of passphrase bring besides the card.
pub(super) fn check_credential(
    credential: Credential,
    account: AccountId,
    key: &VerifyingKey,
    now: Timestamp,
) -> Result<(NewCredential, Signed<VaultHead>), Refusal> {
    let head = check_vault(&credential.vault, &credential.vault_head, account, key, now)?;
    if credential.passphrase_wrap.0.len() > MAX_WRAP || credential.recovery_wrap.0.len() > MAX_WRAP {
        return Err(ProblemCode::TooLarge.into());
    }
    let recovery_key = credential.recovery_key.0.as_slice().try_into().map(VerifyingKey);
    let recovery_key = recovery_key.ok().filter(VerifyingKey::is_sound).ok_or(ProblemCode::BadRequest)?;
    let vault = StoredVault {
        version: head.body().version,
        vault: credential.vault.0,
        vault_head: credential.vault_head.0,
        passphrase_wrap: credential.passphrase_wrap.0,
        recovery_wrap: credential.recovery_wrap.0,
    };
    let opaque = Opaque::record(&credential.upload.0)?;
    Ok((NewCredential { opaque, recovery_key: recovery_key.0.to_vec(), vault }, head))
}

/// Checks a sealed vault against the head that its owner signed.
pub(super) fn check_vault(
    vault: &Bytes,
    head: &Bytes,
    account: AccountId,
    key: &VerifyingKey,
    now: Timestamp,
) -> Result<Signed<VaultHead>, Refusal> {
    if vault.0.len() > MAX_VAULT {
        return Err(ProblemCode::TooLarge.into());
    }
    let head = parse::<VaultHead>(&head.0)?.verify(key).map_err(|_| ProblemCode::BadSignature)?;
    let body = head.body();
    if body.account != account || body.vault != vault_hash(&vault.0) {
        return Err(ProblemCode::NotAdmitted.into());
    }
    if body.time.distance(now) > CLOCK_SKEW_MS {
        return Err(ProblemCode::WrongTime.into());
    }
    Ok(head)
}

/// First step of a registration.
#[utoipa::path(
    post,
    path = "/v1/registration/start",
    request_body = RegistrationStart,
    responses((status = 200, body = RegistrationAnswer))
)]
pub(super) async fn registration_start(
    State(relay): State<Arc<Relay>>,
    Caller(address): Caller,
    Json(message): Json<RegistrationStart>,
) -> Result<axum::Json<RegistrationAnswer>, Refusal> {
    relay.throttle.registration(address)?;
    let handle = handle(&message.handle)?;
    let response = relay.opaque.register(&handle, &message.request.0)?;
    Ok(axum::Json(RegistrationAnswer { response: Bytes(response) }))
}

/// Last step of a registration: stores card, credential and vault together.
#[utoipa::path(
    post,
    path = "/v1/registration/finish",
    request_body = RegistrationFinish,
    responses((status = 201, body = Registered))
)]
pub(super) async fn registration_finish(
    State(relay): State<Arc<Relay>>,
    Caller(address): Caller,
    Json(message): Json<RegistrationFinish>,
) -> Result<(StatusCode, axum::Json<Registered>), Refusal> {
    relay.throttle.registration(address)?;
    let now = relay.now();
    let handle = handle(&message.handle)?;
    let card = UnverifiedCard::parse(&message.card.0).map_err(malformed)?;
    if card.claimed().created.distance(now) > CLOCK_SKEW_MS {
        return Err(ProblemCode::WrongTime.into());
    }
    let card = card.verify_first().map_err(|_| ProblemCode::NotAdmitted)?;
    let account = card.account();
    let (credential, head) = check_credential(message.credential, account, &card.card().verifying_key, now)?;
    if head.body().version != 1 {
        return Err(ProblemCode::NotAdmitted.into());
    }
    let new = NewAccount { account, handle, card: card_structure(&card), credential, head };
    relay.store.register(new, now).await?;
    Ok((StatusCode::CREATED, axum::Json(Registered { account: account.to_string() })))
}

/// First step of a sign-in. Answers look the same whether or not there is such an account.
#[utoipa::path(post, path = "/v1/sign-in/start", request_body = SignInStart, responses((status = 200, body = SignInAnswer)))]
pub(super) async fn start(
    State(relay): State<Arc<Relay>>,
    Caller(address): Caller,
    Json(message): Json<SignInStart>,
) -> Result<axum::Json<SignInAnswer>, Refusal> {
    relay.throttle.attempt(address, &message.handle)?;
    let handle = handle(&message.handle)?;
    let known = relay.store.credential(&handle).await?;
    let record = known.as_ref().map(|(_, opaque, _)| opaque.as_slice());
    let (attempt, response) = relay.opaque.sign_in(&handle, record, &message.request.0, relay.now())?;
    Ok(axum::Json(SignInAnswer { attempt: Bytes(attempt), response: Bytes(response) }))
}

/// Last step of a sign-in.
#[utoipa::path(post, path = "/v1/sign-in/finish", request_body = SignInFinish, responses((status = 200, body = Token)))]
pub(super) async fn finish(
    State(relay): State<Arc<Relay>>,
    Json(message): Json<SignInFinish>,
) -> Result<axum::Json<Token>, Refusal> {
    let finished = relay.opaque.finish(&message.attempt.0, &message.finalization.0, relay.now());
    let handle = finished.map_err(|_| ProblemCode::SignInFailed)?;
    let (account, ..) = relay.store.credential(&handle).await?.ok_or(ProblemCode::SignInFailed)?;
    Ok(axum::Json(issue_token(&relay, account).await?))
}

/// What a browser forgets of this relay when somebody signs out.
const FORGET: &str = "\"cache\", \"storage\"";

/// Ends the sign-in whose token comes with the request.
#[utoipa::path(delete, path = "/v1/sign-in", responses((status = 204)))]
pub(super) async fn sign_out(
    State(relay): State<Arc<Relay>>,
    SignedIn { token_hash, .. }: SignedIn,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1]), Refusal> {
    relay.store.remove_token(token_hash).await?;
    Ok((StatusCode::NO_CONTENT, [(HeaderName::from_static("clear-site-data"), FORGET)]))
}

/// First step of a recovery: a challenge, whether or not there is such an account.
#[utoipa::path(
    post,
    path = "/v1/recovery/start",
    request_body = RecoveryStart,
    responses((status = 200, body = RecoveryAnswer))
)]
pub(super) async fn recovery_start(
    State(relay): State<Arc<Relay>>,
    Caller(address): Caller,
    Json(message): Json<RecoveryStart>,
) -> Result<axum::Json<RecoveryAnswer>, Refusal> {
    relay.throttle.attempt(address, &message.handle)?;
    let challenge = relay.opaque.challenge(&handle(&message.handle)?, relay.now())?;
    Ok(axum::Json(RecoveryAnswer { challenge: Bytes(challenge) }))
}

/// Last step of a recovery: the challenge, signed with the key that only the recovery code gives.
#[utoipa::path(post, path = "/v1/recovery/finish", request_body = RecoveryFinish, responses((status = 200, body = Token)))]
pub(super) async fn recovery_finish(
    State(relay): State<Arc<Relay>>,
    Json(message): Json<RecoveryFinish>,
) -> Result<axum::Json<Token>, Refusal> {
    let request = parse::<RecoveryRequest>(&message.request.0)?;
    let claimed = request.claimed().clone();
    let failed = ProblemCode::SignInFailed;
    let known = relay.store.credential(&claimed.handle).await?;
    let in_time = relay.opaque.is_challenge(&claimed.handle, &claimed.challenge.0, relay.now());
    let (account, _, key) = known.filter(|_| in_time && claimed.centre == relay.root.centre()).ok_or(failed)?;
    let key = VerifyingKey(key.as_slice().try_into().map_err(|_| failed)?);
    request.verify(&key).map_err(|_| failed)?;
    Ok(axum::Json(issue_token(&relay, account).await?))
}

async fn issue_token(relay: &Relay, account: AccountId) -> Result<Token, Refusal> {
    let random: [u8; 32] = crate::keys::random().map_err(|_| ProblemCode::Internal)?;
    let token = AccountId(random).to_string();
    let issued = relay.now();
    let expires = issued.plus(TOKEN_MS);
    relay.store.add_token(token_hash(&token), store::Token { account, issued, expires }).await?;
    Ok(Token { token, account: account.to_string(), expires: expires.0 })
}
