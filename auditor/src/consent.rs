//! What decisions rest on (docs/protocol.md §4): what the root signed, what was attested, and what clients allow.

use std::collections::BTreeMap;

use amanah_protocol::account::Succession;
use amanah_protocol::centre::{Appointment, Dismissal};
use amanah_protocol::consent::{ConsentError, Document, Grant, Guardianship, Revocation};
use amanah_protocol::evidence::{Evidence, Moment, Placed, Published};
use amanah_protocol::ids::{CaseId, CentreId};
use amanah_protocol::policy::{Denied, may_grant};
use amanah_protocol::signature::Signed;

use crate::check::Check;
use crate::claimed::part_bytes;
use crate::place::Place;

/// How many grants one account may put into one case (docs/protocol.md §5.7).
const MAX_GRANTS: usize = 250;

/// Why a statement of consent, or of what was attested, must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum NotAllowed {
    /// The document, the grant or the revocation itself.
    #[error(transparent)]
    Unfit(#[from] ConsentError),
    /// The client may not put a grant into this case.
    #[error("the client may not grant in this case: {0}")]
    Denied(#[from] Denied),
    /// The document was not published before.
    #[error("the grant is under a document that is not there")]
    NoDocument,
    /// There are too many.
    #[error("an account has more than 250 grants in a case")]
    TooMany,
    /// The grant was not proven.
    #[error("it takes back a grant that is not proven")]
    NoGrant,
    /// Nothing is taken back that was not taken back before.
    #[error("it takes back what was taken back before")]
    Nothing,
    /// The appointment is not there.
    #[error("it ends an appointment that is not there")]
    NoAppointment,
    /// Whoever attests it may not.
    #[error("whoever attests it is not appointed for that")]
    NotAppointed,
    /// It is of another centre, of one account twice, or of an account that is not there.
    #[error("it does not name this centre and two different accounts that are there")]
    People,
    /// No grant of the minor names the guardian.
    #[error("no grant of the minor names this guardian")]
    NotNamed,
    /// The same was attested before by the same person.
    #[error("the same person attested the same before")]
    Twice,
}

/// What the clients of a case allow.
#[derive(Debug, Default)]
struct OfCase {
    grants: Vec<Placed<Grant>>,
    revocations: Vec<Placed<Revocation>>,
    guardianships: Vec<Placed<Guardianship>>,
}

impl OfCase {
    /// Exchanges what is in here with what is in the evidence.
    fn exchange(&mut self, evidence: &mut Evidence) {
        std::mem::swap(&mut self.grants, &mut evidence.grants);
        std::mem::swap(&mut self.revocations, &mut evidence.revocations);
        std::mem::swap(&mut self.guardianships, &mut evidence.guardianships);
    }
}

/// The evidence of the centre and of all cases. Only what passed its checks is in it.
pub(crate) struct Consent {
    centre: CentreId,
    evidence: Evidence,
    cases: BTreeMap<CaseId, OfCase>,
}

impl Consent {
    pub(crate) fn of(centre: CentreId) -> Self {
        Self { centre, evidence: Evidence::default(), cases: BTreeMap::new() }
    }

    /// Asks something of the evidence of a case. It is lent for that, so that asking costs the same for every case.
    pub(crate) fn ask<T>(&mut self, case: CaseId, question: impl FnOnce(&Evidence) -> T) -> T {
        let Self { evidence, cases, .. } = self;
        let Some(own) = cases.get_mut(&case) else {
            return question(evidence);
        };
        own.exchange(evidence);
        let answer = question(evidence);
        own.exchange(evidence);
        answer
    }

    /// What belongs to no case.
    pub(crate) fn centre(&mut self) -> &mut Evidence {
        &mut self.evidence
    }

    pub(crate) fn take_appointment(&mut self, place: &mut Place<'_>, signed: Signed<Appointment>) {
        place.count(Check::Consent);
        self.evidence.appointments.push(Placed { position: place.entry.position, signed });
    }

    pub(crate) fn take_dismissal(&mut self, place: &mut Place<'_>, signed: Signed<Dismissal>) {
        place.count(Check::Consent);
        let ends = signed.body().appointment;
        if self.evidence.appointments.iter().all(|placed| placed.signed.hash() != ends) {
            place.found(Check::Consent, &NotAllowed::NoAppointment);
        }
        self.evidence.dismissals.push(Placed { position: place.entry.position, signed });
    }

    pub(crate) fn take_document(&mut self, place: &mut Place<'_>, signed: Signed<Document>) {
        place.count(Check::Consent);
        let body = signed.body();
        let texts = || if place.whole { body.check_texts(&part_bytes(place.entry)) } else { Ok(()) };
        match body.check().and_then(|()| texts()) {
            Ok(()) => {
                let Moment { position, time } = place.moment();
                self.evidence.documents.push(Published { position, time, signed });
            }
            Err(error) => place.found(Check::Consent, &error),
        }
    }

    pub(crate) fn take_succession(&mut self, place: &mut Place<'_>, signed: Signed<Succession>) {
        place.count(Check::Consent);
        match self.check_succession(place, signed.body()) {
            Ok(()) => self.evidence.successions.push(Placed { position: place.entry.position, signed }),
            Err(error) => place.found(Check::Consent, &error),
        }
    }

    fn check_succession(&self, place: &Place<'_>, body: &Succession) -> Result<(), NotAllowed> {
        let there = [body.old, body.new].iter().all(|account| place.newest_card(account).is_some());
        if body.centre != self.centre || body.old == body.new || !there {
            return Err(NotAllowed::People);
        }
        if !self.evidence.may_attest(&body.checked_by, place.moment()) {
            return Err(NotAllowed::NotAppointed);
        }
        let who = |body: &Succession| (body.old, body.new, body.checked_by);
        let twice = self.evidence.successions.iter().any(|attested| who(attested.signed.body()) == who(body));
        if twice { Err(NotAllowed::Twice) } else { Ok(()) }
    }

    pub(crate) fn take_grant(&mut self, place: &mut Place<'_>, signed: Signed<Grant>) {
        place.count(Check::Consent);
        let moment = place.moment();
        let case = signed.body().case;
        match self.ask(case, |evidence| check_grant(signed.body(), moment, evidence)) {
            Ok(()) => {
                let own = self.cases.entry(case).or_default();
                own.grants.push(Placed { position: moment.position, signed });
            }
            Err(error) => place.found(Check::Consent, &error),
        }
    }

    pub(crate) fn take_revocation(&mut self, place: &mut Place<'_>, signed: Signed<Revocation>) {
        place.count(Check::Consent);
        let case = place.signers.grant(&signed.body().grant).map(|given| given.case);
        let own = case.and_then(|case| self.cases.get_mut(&case));
        let outcome = own.ok_or(NotAllowed::NoGrant).and_then(|own| {
            check_revocation(signed.body(), own)?;
            own.revocations.push(Placed { position: place.entry.position, signed });
            Ok(())
        });
        place.check(Check::Consent, outcome);
    }

    pub(crate) fn take_guardianship(&mut self, place: &mut Place<'_>, signed: Signed<Guardianship>) {
        place.count(Check::Consent);
        let (moment, centre, case) = (place.moment(), self.centre, signed.body().case);
        match self.ask(case, |evidence| check_guardianship(signed.body(), centre, moment, evidence)) {
            Ok(()) => {
                let own = self.cases.entry(case).or_default();
                own.guardianships.push(Placed { position: moment.position, signed });
            }
            Err(error) => place.found(Check::Consent, &error),
        }
    }
}

fn check_grant(grant: &Grant, moment: Moment, evidence: &Evidence) -> Result<(), NotAllowed> {
    let document = evidence.documents.iter().find(|published| published.signed.hash() == grant.document);
    let document = &document.ok_or(NotAllowed::NoDocument)?.signed;
    grant.check(document.body(), &document.hash())?;
    may_grant(grant, moment, evidence)?;
    let own = evidence.grants.iter().filter(|given| given.signed.body().client == grant.client);
    if own.count() < MAX_GRANTS { Ok(()) } else { Err(NotAllowed::TooMany) }
}

fn check_revocation(revocation: &Revocation, own: &OfCase) -> Result<(), NotAllowed> {
    let grant = own.grants.iter().find(|given| given.signed.hash() == revocation.grant);
    let grant = &grant.ok_or(NotAllowed::NoGrant)?.signed;
    revocation.check(grant.body(), &grant.hash())?;
    let before = own.revocations.iter().map(|placed| placed.signed.body());
    let before: Vec<_> = before.filter(|before| before.grant == revocation.grant).collect();
    let stood = |purpose| !before.iter().any(|before| before.purposes.contains(purpose));
    if revocation.purposes.iter().any(stood) { Ok(()) } else { Err(NotAllowed::Nothing) }
}

fn check_guardianship(
    body: &Guardianship,
    centre: CentreId,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), NotAllowed> {
    if body.centre != centre || body.minor == body.guardian {
        return Err(NotAllowed::People);
    }
    if !evidence.may_attest(&body.checked_by, moment) {
        return Err(NotAllowed::NotAppointed);
    }
    let names = |grant: &Grant| grant.client == body.minor && grant.guardian == Some(body.guardian);
    if !evidence.grants.iter().any(|given| names(given.signed.body())) {
        return Err(NotAllowed::NotNamed);
    }
    let who = |body: &Guardianship| (body.minor, body.guardian, body.checked_by);
    let twice = evidence.guardianships.iter().any(|attested| who(attested.signed.body()) == who(body));
    if twice { Err(NotAllowed::Twice) } else { Ok(()) }
}
