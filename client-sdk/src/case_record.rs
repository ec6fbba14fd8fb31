//! The consent of a case as its reader checks it (docs/protocol.md §4, §5.8): grants, revocations, guardianships.

use amanah_protocol::consent::{Grant, Guardianship, Revocation};
use amanah_protocol::evidence::{Evidence, Moment, Placed};
use amanah_protocol::ids::{AccountId, CaseId};
use amanah_protocol::policy::may_grant;
use amanah_protocol::record::{Entry, Kind};

use crate::entry::{by_newest_card, claimed, parse};
use crate::thread::{Fault, Known};

/// What the clients of a case allow, on top of what the centre's root signed.
#[derive(Debug, Default)]
pub(crate) struct CaseRecord {
    evidence: Evidence,
}

impl CaseRecord {
    /// What the centre's record shows now.
    pub(crate) fn set_centre(&mut self, centre: &Evidence) {
        let own = std::mem::take(&mut self.evidence);
        let Evidence { guardianships, grants, revocations, .. } = own;
        self.evidence = Evidence { guardianships, grants, revocations, ..centre.clone() };
    }

    /// Everything on which a decision in this case rests.
    pub(crate) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// The case, once a grant was read.
    pub(crate) fn case(&self) -> Option<CaseId> {
        self.evidence.grants.first().map(|placed| placed.signed.body().case)
    }

    /// Whether an entry is of this record.
    pub(crate) fn holds(kind: Kind) -> bool {
        matches!(kind, Kind::Grant | Kind::Revocation | Kind::Guardianship)
    }

    /// The accounts whose cards must be known before this entry can be checked. A revocation's is that of its grant.
    pub(crate) fn accounts_of(entry: &Entry) -> Option<AccountId> {
        match entry.kind {
            Kind::Grant => claimed::<Grant>(&entry.body.0).map(|grant| grant.client),
            Kind::Guardianship => claimed::<Guardianship>(&entry.body.0).map(|checked| checked.checked_by),
            _ => None,
        }
    }

    /// Checks the next entry and takes it in.
    ///
    /// # Errors
    /// [`Fault`]; nothing is taken in then.
    pub(crate) fn take(&mut self, entry: &Entry, known: &Known<'_>) -> Result<(), Fault> {
        match entry.kind {
            Kind::Grant => self.take_grant(entry, known),
            Kind::Revocation => self.take_revocation(entry, known),
            Kind::Guardianship => self.take_guardianship(entry, known),
            _ => Err(Fault::Order),
        }
    }

    fn take_grant(&mut self, entry: &Entry, known: &Known<'_>) -> Result<(), Fault> {
        let grant = parse::<Grant>(entry)?;
        let client = grant.claimed().client;
        let signed = by_newest_card(grant, &client, entry, known.cards)?;
        if self.case().is_some_and(|case| case != signed.body().case) {
            return Err(Fault::Order);
        }
        let moment = Moment::of(entry);
        may_grant(signed.body(), moment, &self.evidence).map_err(|_| Fault::Consent)?;
        let document = &known.centre.document(&signed.body().document).ok_or(Fault::Consent)?.signed;
        signed.body().check(document.body(), &document.hash()).map_err(|_| Fault::Consent)?;
        self.evidence.grants.push(Placed { position: entry.position, signed });
        Ok(())
    }

    fn take_revocation(&mut self, entry: &Entry, known: &Known<'_>) -> Result<(), Fault> {
        let revocation = parse::<Revocation>(entry)?;
        let grant = self.evidence.grants.iter().find(|g| g.signed.hash() == revocation.claimed().grant);
        let grant = grant.map(|g| g.signed.clone()).ok_or(Fault::Order)?;
        let signed = by_newest_card(revocation, &grant.body().client, entry, known.cards)?;
        signed.body().check(grant.body(), &grant.hash()).map_err(|_| Fault::Order)?;
        self.evidence.revocations.push(Placed { position: entry.position, signed });
        Ok(())
    }

    fn take_guardianship(&mut self, entry: &Entry, known: &Known<'_>) -> Result<(), Fault> {
        let guardianship = parse::<Guardianship>(entry)?;
        let checked_by = guardianship.claimed().checked_by;
        let signed = by_newest_card(guardianship, &checked_by, entry, known.cards)?;
        let body = signed.body();
        let moment = Moment::of(entry);
        let appointed = self.evidence.may_attest(&checked_by, moment);
        if Some(body.centre) != known.centre.id() || self.case() != Some(body.case) || !appointed {
            return Err(Fault::Consent);
        }
        self.evidence.guardianships.push(Placed { position: entry.position, signed });
        Ok(())
    }
}
