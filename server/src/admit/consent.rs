//! Consent: grants, revocations and guardianships, and who may see them (docs/protocol.md §4).

use std::collections::BTreeSet;

use amanah_protocol::api::ProblemCode;
use amanah_protocol::consent::{Document, Grant, Guardianship, Purpose, Revocation};
use amanah_protocol::evidence::Moment;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId};
use amanah_protocol::policy::may_grant;
use amanah_protocol::record::Kind;

use super::{Admitted, Context, Scene, parse};
use crate::store::{Connection, Filter, Place, next_position, place_of, touch_case, whole, wire_of};

/// How many grants one account may put into one case.
const MAX_GRANTS: usize = 250;

impl Scene {
    /// A grant of the signed-in client.
    pub(crate) async fn grant(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<Grant>(connection, account, wire).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        let grant = signed.body();
        if grant.client != account {
            return Err(ProblemCode::NotAdmitted.into());
        }
        self.on_time(grant.issued)?;
        let document = wire_of(connection, &grant.document).await?.ok_or(ProblemCode::UnknownReference)?;
        let document = self.by_root::<Document>(&document)?;
        grant.check(document.body(), &document.hash()).map_err(|_| ProblemCode::NotAdmitted)?;
        let evidence = self.evidence(connection, grant.case).await?;
        let moment = Moment { position: next_position(connection).await?, time: self.now };
        may_grant(grant, moment, &evidence).map_err(|_| ProblemCode::NotAdmitted)?;
        let own = evidence.grants.iter().filter(|given| given.signed.body().client == account);
        if own.count() >= MAX_GRANTS {
            return Err(ProblemCode::LimitReached.into());
        }
        let stored = self.store(connection, Kind::Grant, &signed, Context::of_case(grant.case), Vec::new()).await?;
        touch_case(connection, grant.case, stored.1).await?;
        Ok(stored)
    }

    /// A revocation by the signed-in client.
    pub(crate) async fn revocation(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<Revocation>(connection, account, wire).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        self.on_time(signed.body().issued)?;
        let grant = wire_of(connection, &signed.body().grant).await?.ok_or(ProblemCode::UnknownReference)?;
        if parse::<Grant>(&grant)?.claimed().client != account {
            return Err(ProblemCode::NotAdmitted.into());
        }
        let grant = self.by_any_card::<Grant>(connection, account, &grant).await?;
        signed.body().check(grant.body(), &grant.hash()).map_err(|_| ProblemCode::NotAdmitted)?;
        let case = grant.body().case;
        let revoked = self.revoked(connection, case, &grant.hash()).await?;
        if signed.body().purposes.iter().all(|purpose| revoked.contains(purpose)) {
            return Err(ProblemCode::AlreadyExists.into());
        }
        let stored = self.store(connection, Kind::Revocation, &signed, Context::of_case(case), Vec::new()).await?;
        touch_case(connection, case, stored.1).await?;
        Ok(stored)
    }

    /// What was taken back of a grant.
    async fn revoked(&self, connection: &mut Connection, case: CaseId, grant: &Hash) -> Admitted<BTreeSet<Purpose>> {
        let mut revoked = BTreeSet::new();
        for entry in whole(connection, Filter::Consent(case)).await? {
            if entry.kind == Kind::Revocation {
                let revocation = parse::<Revocation>(&entry.body.0)?;
                let own = Some(revocation.claimed()).filter(|claimed| claimed.grant == *grant);
                revoked.extend(own.iter().flat_map(|claimed| claimed.purposes.iter().copied()));
            }
        }
        Ok(revoked)
    }

    /// That an account is a minor's guardian's, by somebody appointed who is signed in. The minor named it first.
    pub(crate) async fn guardianship(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<Guardianship>(connection, account, wire).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        let body = signed.body();
        self.on_time(body.time)?;
        if body.checked_by != account || body.centre != self.root.centre() || body.minor == body.guardian {
            return Err(ProblemCode::NotAdmitted.into());
        }
        let evidence = self.evidence(connection, body.case).await?;
        if !evidence.may_attest(&account, self.latest()) {
            return Err(ProblemCode::NotAppointed.into());
        }
        let names = |grant: &Grant| grant.client == body.minor && grant.guardian == Some(body.guardian);
        if !evidence.grants.iter().any(|given| names(given.signed.body())) {
            return Err(ProblemCode::UnknownReference.into());
        }
        let who = |body: &Guardianship| (body.minor, body.guardian, body.checked_by);
        if evidence.guardianships.iter().any(|attested| who(attested.signed.body()) == who(body)) {
            return Err(ProblemCode::AlreadyExists.into());
        }
        let context = Context::of_case(body.case);
        let stored = self.store(connection, Kind::Guardianship, &signed, context, Vec::new()).await?;
        touch_case(connection, body.case, stored.1).await?;
        Ok(stored)
    }

    /// Whether an account is a client of a case, or named in a grant of it as a reader or guardian. Where there is a
    /// guardian to be checked, whoever may attest that sees it, too.
    pub(crate) async fn may_see_consent(
        &self,
        connection: &mut Connection,
        account: AccountId,
        case: CaseId,
    ) -> Admitted<()> {
        let evidence = self.evidence(connection, case).await?;
        let grants = || evidence.grants.iter().map(|placed| placed.signed.body());
        let concerns = |grant: &Grant| {
            grant.client == account
                || grant.guardian == Some(account)
                || grant.permissions.iter().any(|permission| permission.named == Some(account))
        };
        let guarded = grants().any(|grant| grant.guardian.is_some());
        if grants().any(concerns) || (guarded && evidence.may_attest(&account, self.latest())) {
            Ok(())
        } else {
            Err(ProblemCode::NotFound.into())
        }
    }
}
