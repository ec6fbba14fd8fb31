//! Admission: what the relay checks before it stores anything (docs/protocol.md §3–§7). The rules are in `protocol`.
//!
//! Every function runs inside the writer's transaction, so that what it checks still holds when it stores.

mod absence;
mod cards;
mod centre;
mod consent;
mod erasure;
mod escrow;
mod evidence;
mod notice;
mod refused;
mod release;
mod session;
mod visible;
mod web_client;
mod witness;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::{ParseError, Structure};
use amanah_protocol::centre::{SignedByRoot, SignedRoot};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{CaseId, SessionId, Timestamp};
use amanah_protocol::record::Kind;
use amanah_protocol::signature::{Signed, Unverified};
use amanah_protocol::statement::CLOCK_SKEW_MS;

use crate::keys::RelayKey;
use crate::store::{Connection, NewStructure, Place, StoreError, append};

pub(crate) use cards::card_structure;

/// What an admission rests on besides the record.
#[derive(Clone)]
pub(crate) struct Scene {
    /// The centre's root.
    pub(crate) root: SignedRoot,
    /// The relay's key, which signs the notices of releases, and which web client is served.
    pub(crate) key: Arc<RelayKey>,
    /// The SHA-256 of the manifest of the web client that is served, if one is.
    pub(crate) web_client: Option<Hash>,
    /// The relay's time.
    pub(crate) now: Timestamp,
}

type Admitted<T> = Result<T, StoreError>;

/// Reads a signed structure from outside.
pub(crate) fn parse<S: Structure>(wire: &[u8]) -> Admitted<Unverified<S>> {
    Unverified::parse(wire).map_err(malformed)
}

pub(crate) fn malformed(error: ParseError) -> StoreError {
    match error {
        ParseError::TooLarge => ProblemCode::TooLarge.into(),
        ParseError::Malformed | ParseError::NotCanonical => ProblemCode::NotCanonical.into(),
    }
}

impl Scene {
    fn on_time(&self, time: Timestamp) -> Admitted<()> {
        if time.distance(self.now) <= CLOCK_SKEW_MS { Ok(()) } else { Err(ProblemCode::WrongTime.into()) }
    }

    fn by_root<S: SignedByRoot>(&self, wire: &[u8]) -> Admitted<Signed<S>> {
        self.root.verify(parse(wire)?).map_err(|_| ProblemCode::BadSignature.into())
    }

    async fn store<S: Structure>(
        &self,
        connection: &mut Connection,
        kind: Kind,
        signed: &Signed<S>,
        context: Context,
        parts: Vec<Vec<u8>>,
    ) -> Admitted<(Hash, Place)> {
        let new = NewStructure {
            kind,
            hash: signed.hash(),
            account: None,
            case: context.case,
            session: context.session,
            body: signed.wire().to_vec(),
            parts,
        };
        Ok((new.hash, append(connection, &new, self.now).await?))
    }
}

/// Where in the record a structure belongs.
#[derive(Default)]
struct Context {
    case: Option<CaseId>,
    session: Option<SessionId>,
}

impl Context {
    fn of_case(case: CaseId) -> Self {
        Self { case: Some(case), session: None }
    }

    fn of_session(session: SessionId) -> Self {
        Self { case: None, session: Some(session) }
    }
}
