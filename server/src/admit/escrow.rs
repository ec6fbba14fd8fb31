//! Escrow in use: trustees accept a policy and confirm their shares, and each step in a session finds its rule.

use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::Role;
use amanah_protocol::escrow::{DepositReceipt, PolicyAcceptance, check_deposit_receipt};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, SessionId};
use amanah_protocol::record::{EscrowUpload, Kind};

use super::{Admitted, Context, Scene, malformed};
use crate::store::{Connection, Place, confirm_deposit, place_of, touch};

impl Scene {
    /// A trustee accepts a policy that names it.
    pub(crate) async fn policy_acceptance(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<PolicyAcceptance>(connection, account, wire).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        let body = signed.body();
        self.on_time(body.time)?;
        let policy = self.policy_named(connection, &body.policy).await?;
        if body.trustee != account || policy.body().trustee(&account).is_none() {
            return Err(ProblemCode::NotAdmitted.into());
        }
        let evidence = self.of_centre(connection).await?;
        if !evidence.appointed(&account, Role::Trustee, self.latest()) {
            return Err(ProblemCode::NotAppointed.into());
        }
        let who = |body: &PolicyAcceptance| (body.policy, body.trustee);
        if evidence.policy_acceptances.iter().any(|accepted| who(accepted.signed.body()) == who(body)) {
            return Err(ProblemCode::AlreadyExists.into());
        }
        self.store(connection, Kind::PolicyAcceptance, &signed, Context::default(), Vec::new()).await
    }

    /// A step of escrow in a session: a deposit receipt, a request, or what answers one.
    pub(crate) async fn escrow_step(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        upload: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let EscrowUpload { kind, step, parts } = EscrowUpload::parse(upload).map_err(malformed)?;
        let parts: Vec<Vec<u8>> = parts.into_iter().map(|part| part.0).collect();
        if !parts.is_empty() && !matches!(kind, Kind::Request | Kind::Approval) {
            return Err(ProblemCode::NotAdmitted.into());
        }
        match kind {
            Kind::DepositReceipt => self.deposit_receipt(connection, account, session, &step.0).await,
            Kind::Request => self.request(connection, account, session, &step.0, parts).await,
            _ => self.release_step(connection, account, session, kind, (&step.0, parts)).await,
        }
    }

    /// A trustee's receipt for a share that it holds, once for each share.
    async fn deposit_receipt(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<DepositReceipt>(connection, account, wire).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        let body = signed.body();
        if body.trustee != account || body.session != session {
            return Err(ProblemCode::NotAdmitted.into());
        }
        self.on_time(body.time)?;
        let manifest = self.manifest_named(connection, &body.manifest).await?;
        let manifest = manifest.ok_or(ProblemCode::UnknownReference)?;
        check_deposit_receipt(body, &manifest).map_err(|_| ProblemCode::NotAdmitted)?;
        let context = Context::of_session(session);
        let stored = self.store(connection, Kind::DepositReceipt, &signed, context, Vec::new()).await?;
        confirm_deposit(connection, &body.manifest, body.x, stored.1).await?;
        touch(connection, session, stored.1).await?;
        Ok(stored)
    }
}
