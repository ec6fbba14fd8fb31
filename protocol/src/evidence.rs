//! Evidence (docs/protocol.md §4.2): the signed structures on which a decision rests, each at its place in the order.

use crate::account::Succession;
use crate::centre::{Appointment, Dismissal, Role};
use crate::consent::{Document, Grant, Guardianship, Purpose, Revocation};
use crate::escrow::{Policy, PolicyAcceptance};
use crate::hash::Hash;
use crate::ids::{AccountId, CaseId, Timestamp};
use crate::policy::Denied;
use crate::record::Entry;
use crate::signature::Signed;

/// One day in milliseconds.
const DAY: u64 = 86_400_000;

/// When a question is asked: after everything with a smaller position, at this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Position in the relay's order of structures.
    pub position: u64,
    /// Time of that position.
    pub time: Timestamp,
}

impl Moment {
    /// The moment at which an entry of the record was stored.
    pub fn of(entry: &Entry) -> Self {
        Self { position: entry.position, time: entry.time }
    }

    /// After everything that is there, at this time.
    pub fn latest(time: Timestamp) -> Self {
        Self { position: u64::MAX, time }
    }
}

/// A signed structure at its place in the relay's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// Position in the relay's order.
    pub position: u64,
    /// The structure.
    pub signed: Signed<T>,
}

/// A consent document, and when it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Position in the relay's order.
    pub position: u64,
    /// The relay's time when it was stored.
    pub time: Timestamp,
    /// The document.
    pub signed: Signed<Document>,
}

/// Everything on which a decision rests. Nothing but what is in here counts.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Appointments, each checked against the centre's root.
    pub appointments: Vec<Placed<Appointment>>,
    /// Dismissals, each checked against the centre's root.
    pub dismissals: Vec<Placed<Dismissal>>,
    /// Consent documents, each checked against the centre's root.
    pub documents: Vec<Published>,
    /// Escrow policies, each checked against the centre's root.
    pub policies: Vec<Placed<Policy>>,
    /// Acceptances of escrow policies, each checked against its trustee's card.
    pub policy_acceptances: Vec<Placed<PolicyAcceptance>>,
    /// Successions, each checked against the card of whoever attested it.
    pub successions: Vec<Placed<Succession>>,
    /// Guardianships of the case, each checked against the card of whoever attested it.
    pub guardianships: Vec<Placed<Guardianship>>,
    /// Grants of the case, each checked against its client's card.
    pub grants: Vec<Placed<Grant>>,
    /// Revocations of the case, each checked against its client's card.
    pub revocations: Vec<Placed<Revocation>>,
}

impl Evidence {
    /// The grant with this hash, if it stands before the moment.
    ///
    /// # Errors
    /// [`Denied::NoGrant`].
    pub fn grant(&self, hash: &Hash, moment: Moment) -> Result<&Signed<Grant>, Denied> {
        let known = self.grants.iter().find(|g| g.signed.hash() == *hash && g.position < moment.position);
        known.map(|g| &g.signed).ok_or(Denied::NoGrant)
    }

    /// Whether a grant allows this now: it says so, nobody took it back, its time and its document's are not over, and
    /// a minor's guardian allows the same. Whoever has named a guardian in the case needs one for all of their grants.
    ///
    /// # Errors
    /// [`Denied`], with the first reason found.
    pub fn consents(
        &self,
        grant: &Signed<Grant>,
        purpose: Purpose,
        named: Option<&AccountId>,
        moment: Moment,
    ) -> Result<(), Denied> {
        self.holds(grant, purpose, named, moment)?;
        let case = grant.body().case;
        let by_same = |given: &&Placed<Grant>| {
            let body = given.signed.body();
            given.position < moment.position && body.client == grant.body().client && body.case == case
        };
        let once_named = || self.grants.iter().rev().filter(by_same).find_map(|given| given.signed.body().guardian);
        let Some(guardian) = grant.body().guardian.or_else(once_named) else {
            return Ok(());
        };
        let attested = self.guardianships.iter().any(|placed| {
            let body = placed.signed.body();
            placed.position < moment.position
                && (body.case, body.minor, body.guardian) == (case, grant.body().client, guardian)
        });
        let beside = |given: &&Placed<Grant>| {
            let body = given.signed.body();
            // who agrees to escrow agrees to one policy
            let same = purpose != Purpose::Escrow || body.escrow_policy == grant.body().escrow_policy;
            given.position < moment.position && body.client == guardian && body.case == case && same
        };
        let mut beside = self.grants.iter().filter(beside);
        let allowed = beside.any(|given| self.holds(&given.signed, purpose, named, moment).is_ok());
        if attested && allowed { Ok(()) } else { Err(Denied::Guardian) }
    }

    /// Whether any grant of this client in the case allows this now.
    ///
    /// # Errors
    /// [`Denied`]: that of the newest grant that says so, or [`Denied::NotNamed`].
    pub fn client_consents(
        &self,
        client: &AccountId,
        case: CaseId,
        purpose: Purpose,
        named: Option<&AccountId>,
        moment: Moment,
    ) -> Result<(), Denied> {
        let given = self.grants.iter().filter(|given| {
            let body = given.signed.body();
            given.position < moment.position && body.client == *client && body.case == case
        });
        let answers = given.filter(|given| given.signed.body().allows(purpose, named));
        let mut outcome = Err(Denied::NotNamed);
        for given in answers {
            outcome = self.consents(&given.signed, purpose, named, moment);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn holds(
        &self,
        grant: &Signed<Grant>,
        purpose: Purpose,
        named: Option<&AccountId>,
        moment: Moment,
    ) -> Result<(), Denied> {
        if !grant.body().allows(purpose, named) {
            return Err(Denied::NotNamed);
        }
        let revoked = self.revocations.iter().any(|r| {
            let body = r.signed.body();
            r.position < moment.position && body.grant == grant.hash() && body.purposes.contains(&purpose)
        });
        if revoked {
            return Err(Denied::Revoked);
        }
        if grant.body().expires.is_some_and(|expires| expires <= moment.time) {
            return Err(Denied::Expired);
        }
        match self.replaced_at(&grant.body().document, moment) {
            Some(end) if moment.time < end => Ok(()),
            _ => Err(Denied::Document),
        }
    }

    /// Until when grants under a document hold: for ever while it is the newest, then for its days of grace. `None` if
    /// there is no such document.
    pub fn replaced_at(&self, document: &Hash, moment: Moment) -> Option<Timestamp> {
        let own = self.documents.iter().find(|published| published.signed.hash() == *document)?.signed.body();
        let later = |published: &&Published| {
            published.position < moment.position && published.signed.body().number > own.number
        };
        let successor = self.documents.iter().filter(later).map(|published| published.time).min();
        let grace = DAY.saturating_mul(own.grace_days.into());
        Some(successor.map_or(Timestamp(u64::MAX), |time| time.plus(grace)))
    }

    /// Whether an account is appointed in this role at the moment, and not dismissed.
    pub fn appointed(&self, account: &AccountId, role: Role, moment: Moment) -> bool {
        self.appointments.iter().any(|appointment| {
            let body = appointment.signed.body();
            appointment.position < moment.position
                && body.account == *account
                && body.role == role
                && body.in_force(moment.time)
                && !self.dismissed(&appointment.signed.hash(), moment)
        })
    }

    /// Whether an account may attest at the moment what somebody is to somebody: after looking at papers, or at a face
    /// that they know.
    pub fn may_attest(&self, account: &AccountId, moment: Moment) -> bool {
        [Role::Registrar, Role::Counsellor].into_iter().any(|role| self.appointed(account, role, moment))
    }

    /// Whether an account may say at the moment that it is away: whoever reads and answers clients.
    pub fn may_be_absent(&self, account: &AccountId, moment: Moment) -> bool {
        [Role::Counsellor, Role::Supervisor].into_iter().any(|role| self.appointed(account, role, moment))
    }

    /// The escrow policy with this hash.
    pub fn policy(&self, hash: &Hash) -> Option<&Signed<Policy>> {
        self.policies.iter().map(|placed| &placed.signed).find(|policy| policy.hash() == *hash)
    }

    /// Whether a dismissal ended this appointment at the moment asked about.
    pub fn dismissed(&self, appointment: &Hash, moment: Moment) -> bool {
        self.dismissals.iter().any(|d| {
            let body = d.signed.body();
            d.position < moment.position && body.appointment == *appointment && body.from <= moment.time
        })
    }
}
