//! The relay's addresses as typed calls (docs/api.md). What comes back is parsed, not yet trusted.

use amanah_protocol::api::{self, ProblemCode};
use amanah_protocol::cbor::Structure;
use amanah_protocol::ids::{AccountId, CaseId, Handle, SessionId};
use amanah_protocol::log::{CosignedCheckpoints, MapAnswer, Tile};
use amanah_protocol::record::{EscrowUpload, HistoryUpload, LetterUpload, ManifestUpload, Page};
use amanah_protocol::signature::Unverified;
use amanah_protocol::statement::{HeadStatement, Receipt};
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::transport::{Method, Request, Transport, TransportError, whole};

/// Why a call to the relay failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// There was no answer; whether the relay received the request is not known.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The relay refused, and said why.
    #[error("the relay refused: {}", .0.title())]
    Refused(ProblemCode),
    /// The relay's answer is not one of this protocol.
    #[error("the relay's answer is not one of this protocol")]
    Answer,
}

impl RelayError {
    /// Whether the relay refused for this reason.
    pub fn is(&self, code: ProblemCode) -> bool {
        *self == Self::Refused(code)
    }
}

/// The token of a signed-in account.
pub(crate) type Token = str;

const CBOR: &str = "application/cbor";
const JSON: &str = "application/json";
const NOTE: &str = "text/plain";

const COSIGNED: &str = "/v1/log/cosigned";

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Why the relay refused, as its answer says.
fn refused(body: &[u8]) -> RelayError {
    let problem = serde_json::from_slice::<api::Problem>(body).ok();
    let code = problem.and_then(|problem| ProblemCode::from_type(&problem.r#type));
    code.map_or(RelayError::Answer, RelayError::Refused)
}

/// The relay behind a transport.
#[derive(Debug)]
pub(crate) struct Relay<T> {
    pub(crate) transport: T,
}

impl<T: Transport> Relay<T> {
    async fn call(
        &self,
        method: Method,
        path: String,
        token: Option<&Token>,
        body: Option<(&'static str, Vec<u8>)>,
    ) -> Result<Vec<u8>, RelayError> {
        let (content_type, body) = body.map_or((None, Vec::new()), |(kind, body)| (Some(kind), body));
        let request = Request { method, path, content_type, body, bearer: token.map(str::to_owned) };
        let response = self.transport.send(request).await?;
        if is_success(response.status) { Ok(response.body) } else { Err(refused(&response.body)) }
    }

    async fn json<A: Serialize, B: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&Token>,
        message: &A,
    ) -> Result<B, RelayError> {
        let body = serde_json::to_vec(message).map_err(|_| RelayError::Answer)?;
        let answer = self.call(Method::Post, path.to_owned(), token, Some((JSON, body))).await?;
        serde_json::from_slice(&answer).map_err(|_| RelayError::Answer)
    }

    async fn get_json<B: DeserializeOwned>(&self, path: &str, token: &Token) -> Result<B, RelayError> {
        let answer = self.call(Method::Get, path.to_owned(), Some(token), None).await?;
        serde_json::from_slice(&answer).map_err(|_| RelayError::Answer)
    }

    async fn page(&self, path: String, token: Option<&Token>) -> Result<Page, RelayError> {
        let answer = self.call(Method::Get, path, token, None).await?;
        Page::parse(&answer).map_err(|_| RelayError::Answer)
    }

    /// Posts a signed structure and leaves it to the caller what the relay said of it.
    pub(crate) async fn post(
        &self,
        path: &str,
        token: Option<&Token>,
        wire: Vec<u8>,
    ) -> Result<api::Stored, RelayError> {
        let answer = self.call(Method::Post, path.to_owned(), token, Some((CBOR, wire))).await?;
        serde_json::from_slice(&answer).map_err(|_| RelayError::Answer)
    }

    pub(crate) async fn centre(&self, after: u64) -> Result<Page, RelayError> {
        self.page(format!("/v1/centre?after={after}"), None).await
    }

    /// The newest checkpoint of the log, as a signed note.
    pub(crate) async fn checkpoint(&self) -> Result<Vec<u8>, RelayError> {
        self.call(Method::Get, "/v1/log/checkpoint".to_owned(), None, None).await
    }

    /// What witnesses have cosigned, as signed notes.
    pub(crate) async fn cosigned(&self) -> Result<CosignedCheckpoints, RelayError> {
        let answer = self.call(Method::Get, COSIGNED.to_owned(), None, None).await?;
        CosignedCheckpoints::parse(&answer).map_err(|_| RelayError::Answer)
    }

    /// Gives the relay a note with the line of this account beside the relay's.
    pub(crate) async fn post_cosigned(&self, note: String) -> Result<(), RelayError> {
        self.call(Method::Post, COSIGNED.to_owned(), None, Some((NOTE, note.into_bytes()))).await.map(|_| ())
    }

    pub(crate) async fn audit_bundle(
        &self,
        token: &Token,
        mut take: impl AsyncFnMut(Vec<u8>) -> bool,
    ) -> Result<(), RelayError> {
        let request = Request {
            method: Method::Get,
            path: "/v1/audit/bundle".to_owned(),
            content_type: None,
            body: Vec::new(),
            bearer: Some(token.to_owned()),
        };
        let (status, mut pieces) = self.transport.stream(request).await?;
        if !is_success(status) {
            return Err(refused(&whole(pieces).await?));
        }
        while let Some(piece) = pieces.next().await {
            if !take(piece?).await {
                break;
            }
        }
        Ok(())
    }

    /// The manifest of the web client that the relay serves, asked for as a browser would; `None` if it serves none.
    pub(crate) async fn web_manifest(&self) -> Result<Option<Vec<u8>>, RelayError> {
        match self.call(Method::Get, "/bundle.json".to_owned(), None, None).await {
            Ok(manifest) => Ok(Some(manifest)),
            Err(error) if error.is(ProblemCode::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn tile(&self, tile: &Tile) -> Result<Vec<u8>, RelayError> {
        self.call(Method::Get, format!("/v1/log/{}", tile.path()), None, None).await
    }

    /// What the log's account map says of an account.
    pub(crate) async fn map(&self, token: &Token, account: AccountId) -> Result<MapAnswer, RelayError> {
        let answer = self.call(Method::Get, format!("/v1/log/map/{account}"), Some(token), None).await?;
        MapAnswer::parse(&answer).map_err(|_| RelayError::Answer)
    }

    pub(crate) async fn registration_start(
        &self,
        handle: &Handle,
        request: Vec<u8>,
    ) -> Result<api::RegistrationAnswer, RelayError> {
        let message = api::RegistrationStart { handle: handle.as_str().to_owned(), request: api::Bytes(request) };
        self.json("/v1/registration/start", None, &message).await
    }

    pub(crate) async fn registration_finish(
        &self,
        message: &api::RegistrationFinish,
    ) -> Result<api::Registered, RelayError> {
        self.json("/v1/registration/finish", None, message).await
    }

    pub(crate) async fn sign_in_start(
        &self,
        handle: &Handle,
        request: Vec<u8>,
    ) -> Result<api::SignInAnswer, RelayError> {
        let message = api::SignInStart { handle: handle.as_str().to_owned(), request: api::Bytes(request) };
        self.json("/v1/sign-in/start", None, &message).await
    }

    pub(crate) async fn sign_in_finish(&self, message: &api::SignInFinish) -> Result<api::SignedIn, RelayError> {
        self.json("/v1/sign-in/finish", None, message).await
    }

    pub(crate) async fn sign_out(&self, token: &Token) -> Result<(), RelayError> {
        self.call(Method::Delete, "/v1/sign-in".to_owned(), Some(token), None).await.map(|_| ())
    }

    pub(crate) async fn recovery_start(&self, handle: &Handle) -> Result<api::RecoveryAnswer, RelayError> {
        let message = api::RecoveryStart { handle: handle.as_str().to_owned() };
        self.json("/v1/recovery/start", None, &message).await
    }

    pub(crate) async fn recovery_finish(&self, request: Vec<u8>) -> Result<api::SignedIn, RelayError> {
        self.json("/v1/recovery/finish", None, &api::RecoveryFinish { request: api::Bytes(request) }).await
    }

    pub(crate) async fn vault(&self, token: &Token) -> Result<api::Vault, RelayError> {
        self.get_json("/v1/vault", token).await
    }

    pub(crate) async fn update_vault(&self, token: &Token, message: &api::VaultUpdate) -> Result<(), RelayError> {
        let body = serde_json::to_vec(message).map_err(|_| RelayError::Answer)?;
        self.call(Method::Put, "/v1/vault".to_owned(), Some(token), Some((JSON, body))).await.map(|_| ())
    }

    pub(crate) async fn credential_start(
        &self,
        token: &Token,
        request: Vec<u8>,
    ) -> Result<api::RegistrationAnswer, RelayError> {
        self.json("/v1/credential/start", Some(token), &api::CredentialStart { request: api::Bytes(request) }).await
    }

    pub(crate) async fn credential_finish(&self, token: &Token, message: &api::Credential) -> Result<(), RelayError> {
        let body = serde_json::to_vec(message).map_err(|_| RelayError::Answer)?;
        let path = "/v1/credential/finish".to_owned();
        self.call(Method::Post, path, Some(token), Some((JSON, body))).await.map(|_| ())
    }

    pub(crate) async fn cards(&self, token: Option<&Token>, account: AccountId) -> Result<Page, RelayError> {
        self.page(format!("/v1/accounts/{account}/cards"), token).await
    }

    pub(crate) async fn sessions(&self, token: &Token) -> Result<api::Sessions, RelayError> {
        self.get_json("/v1/sessions", token).await
    }

    pub(crate) async fn consent(&self, token: &Token, case: CaseId, after: u64) -> Result<Page, RelayError> {
        self.page(format!("/v1/cases/{case}/consent?after={after}"), Some(token)).await
    }

    pub(crate) async fn record(&self, token: &Token, session: SessionId, after: u64) -> Result<Page, RelayError> {
        self.page(format!("/v1/sessions/{session}/record?after={after}"), Some(token)).await
    }

    pub(crate) async fn post_manifest(
        &self,
        token: &Token,
        session: SessionId,
        upload: &ManifestUpload,
    ) -> Result<Unverified<HeadStatement>, RelayError> {
        let path = format!("/v1/sessions/{session}/manifests");
        let answer = self.call(Method::Post, path, Some(token), Some((CBOR, upload.to_bytes()))).await?;
        Unverified::parse(&answer).map_err(|_| RelayError::Answer)
    }

    pub(crate) async fn post_answer(&self, token: &Token, session: SessionId, wire: Vec<u8>) -> Result<(), RelayError> {
        self.post(&format!("/v1/sessions/{session}/answers"), Some(token), wire).await.map(|_| ())
    }

    pub(crate) async fn post_history(
        &self,
        token: &Token,
        session: SessionId,
        upload: &HistoryUpload,
    ) -> Result<api::Stored, RelayError> {
        self.post(&format!("/v1/sessions/{session}/history"), Some(token), upload.to_bytes()).await
    }

    pub(crate) async fn escrow_record(
        &self,
        token: &Token,
        session: SessionId,
        after: u64,
    ) -> Result<Page, RelayError> {
        self.page(format!("/v1/sessions/{session}/escrow?after={after}"), Some(token)).await
    }

    pub(crate) async fn post_escrow(
        &self,
        token: &Token,
        session: SessionId,
        upload: &EscrowUpload,
    ) -> Result<api::Stored, RelayError> {
        self.post(&format!("/v1/sessions/{session}/escrow"), Some(token), upload.to_bytes()).await
    }

    pub(crate) async fn escrow_items(&self, token: &Token) -> Result<api::EscrowItems, RelayError> {
        self.get_json("/v1/escrow", token).await
    }

    pub(crate) async fn deposit_report(&self, token: &Token) -> Result<api::DepositReport, RelayError> {
        self.get_json("/v1/escrow/deposits", token).await
    }

    pub(crate) async fn post_letter(
        &self,
        token: &Token,
        session: SessionId,
        upload: &LetterUpload,
    ) -> Result<Unverified<Receipt>, RelayError> {
        let path = format!("/v1/sessions/{session}/letters");
        let answer = self.call(Method::Post, path, Some(token), Some((CBOR, upload.to_bytes()))).await?;
        Unverified::parse(&answer).map_err(|_| RelayError::Answer)
    }
}
