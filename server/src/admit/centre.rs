//! What the centre's root signed, and successions (docs/protocol.md §3).

use amanah_protocol::account::Succession;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::{Appointment, Dismissal, SignedByRoot};
use amanah_protocol::consent::Document;
use amanah_protocol::escrow::Policy;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::AccountId;
use amanah_protocol::record::{DocumentUpload, Kind};
use amanah_protocol::signature::{Signed, Unverified};

use super::{Admitted, Context, Scene, malformed};
use crate::store::{Connection, Place, StoreError, place_of, wire_of};

impl Scene {
    /// A certificate of the relay's key or an appointment, which the root alone answers for.
    pub(crate) async fn root_statement<S: SignedByRoot>(
        &self,
        connection: &mut Connection,
        kind: Kind,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_root::<S>(wire)?;
        self.store(connection, kind, &signed, Context::default(), Vec::new()).await
    }

    /// A dismissal of an appointment that is stored.
    pub(crate) async fn dismissal(&self, connection: &mut Connection, wire: &[u8]) -> Admitted<(Hash, Place)> {
        let signed = self.by_root::<Dismissal>(wire)?;
        let appointment = wire_of(connection, &signed.body().appointment).await?;
        self.by_root::<Appointment>(&appointment.ok_or(ProblemCode::UnknownReference)?)?;
        self.store(connection, Kind::Dismissal, &signed, Context::default(), Vec::new()).await
    }

    /// A consent document with its texts.
    pub(crate) async fn document(&self, connection: &mut Connection, upload: &[u8]) -> Admitted<(Hash, Place)> {
        let upload = DocumentUpload::parse(upload).map_err(malformed)?;
        let signed = self.by_root::<Document>(&upload.document.0)?;
        let texts: Vec<Vec<u8>> = upload.texts.into_iter().map(|text| text.0).collect();
        signed.body().check().map_err(|_| ProblemCode::NotAdmitted)?;
        signed.body().check_texts(&texts).map_err(|_| ProblemCode::NotAdmitted)?;
        if let Some(policy) = &signed.body().escrow_policy {
            self.policy_named(connection, policy).await?;
        }
        self.store(connection, Kind::Document, &signed, Context::default(), texts).await
    }

    /// An escrow policy that says everything that it must.
    pub(crate) async fn policy(&self, connection: &mut Connection, wire: &[u8]) -> Admitted<(Hash, Place)> {
        let signed = self.by_root::<Policy>(wire)?;
        signed.body().check().map_err(|_| ProblemCode::NotAdmitted)?;
        self.store(connection, Kind::Policy, &signed, Context::default(), Vec::new()).await
    }

    /// The stored escrow policy with this hash.
    pub(super) async fn policy_named(&self, connection: &mut Connection, hash: &Hash) -> Admitted<Signed<Policy>> {
        let wire = wire_of(connection, hash).await?.ok_or(ProblemCode::UnknownReference)?;
        let policy = Unverified::<Policy>::parse(&wire).map_err(|_| ProblemCode::UnknownReference)?;
        self.root.verify(policy).map_err(|_| StoreError::Unavailable)
    }

    /// A succession by somebody appointed who is signed in.
    pub(crate) async fn succession(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<Succession>(connection, account, wire).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        let body = signed.body();
        self.on_time(body.time)?;
        if body.checked_by != account || body.centre != self.root.centre() || body.old == body.new {
            return Err(ProblemCode::NotAdmitted.into());
        }
        self.newest_card(connection, body.old).await?;
        self.newest_card(connection, body.new).await?;
        let evidence = self.of_centre(connection).await?;
        if !evidence.may_attest(&account, self.latest()) {
            return Err(ProblemCode::NotAppointed.into());
        }
        let who = |body: &Succession| (body.old, body.new, body.checked_by);
        if evidence.successions.iter().any(|attested| who(attested.signed.body()) == who(body)) {
            return Err(ProblemCode::AlreadyExists.into());
        }
        self.store(connection, Kind::Succession, &signed, Context::default(), Vec::new()).await
    }
}
