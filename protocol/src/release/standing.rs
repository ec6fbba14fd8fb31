//! Where a request stands: what each step that is taken makes of it.

use std::collections::{BTreeMap, BTreeSet};

use super::request::check_people;
use super::{Approval, Cancellation, Outcome, Request, RequestOutline, Sighting, Step, Veto};
use crate::centre::Role;
use crate::escrow::{Ground, Policy};
use crate::evidence::{Evidence, Moment};
use crate::hash::{Hash, of_bytes};
use crate::ids::{AccountId, Timestamp};
use crate::manifest::WRAP_LENGTH;
use crate::signature::Signed;
use crate::statement::CLOCK_SKEW_MS;

/// Why a step is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The step is about another request.
    #[error("this is about another request")]
    Request,
    /// Its own time and the relay's differ too much.
    #[error("the step's time is not the relay's")]
    Time,
    /// Whoever signed is not a trustee of the policy, a client of the epochs or the recipient, as the step needs.
    #[error("this person has no part in it")]
    Person,
    /// The request is closed: vetoed, cancelled, expired, or opened already.
    #[error("the request is closed")]
    Closed,
    /// The same person did this before.
    #[error("this person has done this already")]
    Twice,
    /// The trustee, whoever asked, or whoever gets it no longer has the role for it.
    #[error("somebody no longer has the role for it")]
    Role,
    /// The trustee has not signed that it has seen the request.
    #[error("this trustee has not seen the request before")]
    NotSeen,
    /// The delay of the ground is not over for this trustee.
    #[error("the delay is not over for this trustee")]
    TooEarly,
    /// The shares are not one for each epoch, or not those that are named.
    #[error("the shares are not one for each epoch")]
    Shares,
    /// The ground does not let clients cancel.
    #[error("the ground does not let clients cancel")]
    NotCancellable,
    /// The outcome speaks of shares that nobody has sent.
    #[error("the outcome speaks of shares that nobody has sent")]
    Outcome,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Trustees may see, approve or veto it.
    Waiting,
    /// Enough trustees have approved: the recipient can open.
    Released,
    /// A trustee has ended it.
    Vetoed,
    /// A client has ended it.
    Cancelled,
    /// It closed by itself before enough trustees had approved.
    Expired,
}

/// An approval that was accepted.
#[derive(Debug, Clone)]
pub struct Approved {
    /// The approval.
    pub signed: Signed<Approval>,
    /// The shares beside it; none if the session was erased.
    pub reseals: Vec<Vec<u8>>,
    /// Its place and the relay's time.
    pub moment: Moment,
}

/// When a trustee has seen a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// By the trustee's own clock.
    pub own: Timestamp,
    /// By the relay's.
    pub stored: Timestamp,
}

/// A request that was accepted, and everything that answered it so far.
#[derive(Debug, Clone)]
pub struct Release {
    request: Signed<Request>,
    policy: Signed<Policy>,
    ground: Ground,
    clients: BTreeSet<AccountId>,
    moment: Moment,
    seen: BTreeMap<AccountId, Seen>,
    approvals: Vec<Approved>,
    ended: Option<(Standing, AccountId, Moment)>,
    outcomes: Vec<(Signed<Outcome>, Moment)>,
}

impl Release {
    /// A request that was accepted, which nobody has answered yet.
    pub(super) fn asked(
        request: Signed<Request>,
        policy: Signed<Policy>,
        ground: Ground,
        clients: BTreeSet<AccountId>,
        moment: Moment,
    ) -> Self {
        let (seen, approvals, outcomes) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { request, policy, ground, clients, moment, seen, approvals, ended: None, outcomes }
    }

    /// The request.
    pub fn request(&self) -> &Signed<Request> {
        &self.request
    }

    /// What is asked for.
    pub fn outline(&self) -> &RequestOutline {
        &self.request.body().outline
    }

    /// The policy.
    pub fn policy(&self) -> &Signed<Policy> {
        &self.policy
    }

    /// The ground.
    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Where and when the relay stored the request.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// The clients of the epochs that are asked for.
    pub fn clients(&self) -> &BTreeSet<AccountId> {
        &self.clients
    }

    /// When the clients are told of it at the latest, by the relay's clock.
    pub fn notice_due(&self) -> Timestamp {
        self.moment.time.plus(self.ground.notice_ms)
    }

    /// Which trustees have seen it, and when.
    pub fn seen(&self) -> &BTreeMap<AccountId, Seen> {
        &self.seen
    }

    /// The approvals, oldest first.
    pub fn approvals(&self) -> &[Approved] {
        &self.approvals
    }

    /// Who ended it, and when by the relay's clock, if anybody did.
    pub fn ended(&self) -> Option<(Standing, AccountId, Timestamp)> {
        self.ended.map(|(standing, by, moment)| (standing, by, moment.time))
    }

    /// What the recipient said, newest last, with the relay's time.
    pub fn outcomes(&self) -> impl Iterator<Item = (&Outcome, Timestamp)> {
        self.outcomes.iter().map(|(signed, moment)| (signed.body(), moment.time))
    }

    /// Where and when the last approval that was needed was stored.
    pub fn released_at(&self) -> Option<Moment> {
        let needed = usize::from(self.policy.body().threshold).checked_sub(1)?;
        self.approvals.get(needed).map(|approved| approved.moment)
    }

    /// Where the request stands at a time.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match (self.released_at(), self.ended) {
            (Some(_), _) => Standing::Released,
            (None, Some((standing, ..))) => standing,
            (None, None) if self.outline().expires <= now => Standing::Expired,
            (None, None) => Standing::Waiting,
        }
    }

    /// Whether the recipient is served what was released: until the request closes.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.standing(now) == Standing::Released && now < self.outline().expires
    }

    /// From when on a trustee may approve, by its own clock; `None` if it has not seen the request.
    pub fn may_approve_from(&self, trustee: &AccountId) -> Option<Timestamp> {
        self.seen.get(trustee).map(|seen| seen.own.plus(self.ground.delay_ms))
    }

    /// Whether whoever asked and whoever gets it have the roles for it at the moment.
    pub fn has_its_people(&self, moment: Moment, evidence: &Evidence) -> bool {
        check_people(self.outline(), &self.ground, &self.clients, self.policy.body(), moment, evidence).is_ok()
    }

    /// Takes the next step, whose signature is already known to be that of the person whom it names.
    ///
    /// # Errors
    /// [`StepError`]; nothing is changed then.
    pub fn take(&mut self, step: Step, moment: Moment, evidence: &Evidence) -> Result<(), StepError> {
        self.check_roles(&step, moment, evidence)?;
        match step {
            Step::Seen(sighting) => self.take_sighting(sighting.body(), moment),
            Step::Approved(approval, reseals) => self.take_approval(approval, reseals, moment),
            Step::Vetoed(veto) => {
                let Veto { request, trustee, time } = veto.body();
                self.end(Standing::Vetoed, (*request, *trustee, *time), moment)
            }
            Step::Cancelled(cancellation) => {
                let Cancellation { request, client, time } = cancellation.body();
                self.end(Standing::Cancelled, (*request, *client, *time), moment)
            }
            Step::Tried(outcome) => self.take_outcome(outcome, moment),
        }
    }

    /// A trustee acts while appointed, and approves while everybody else has the role for it, too.
    fn check_roles(&self, step: &Step, moment: Moment, evidence: &Evidence) -> Result<(), StepError> {
        let (trustee, approves) = match step {
            Step::Seen(sighting) => (sighting.body().trustee, false),
            Step::Approved(approval, _) => (approval.body().trustee, true),
            Step::Vetoed(veto) => (veto.body().trustee, false),
            Step::Cancelled(_) | Step::Tried(_) => return Ok(()),
        };
        self.policy.body().trustee(&trustee).ok_or(StepError::Person)?;
        let held =
            evidence.appointed(&trustee, Role::Trustee, moment) && (!approves || self.has_its_people(moment, evidence));
        if held { Ok(()) } else { Err(StepError::Role) }
    }

    fn concerns(&self, request: &Hash, time: Timestamp, moment: Moment) -> Result<(), StepError> {
        if *request != self.request.hash() {
            return Err(StepError::Request);
        }
        if time.distance(moment.time) <= CLOCK_SKEW_MS { Ok(()) } else { Err(StepError::Time) }
    }

    /// Trustees act while the request waits; after a release they still may, in case a share is bad, until it closes.
    fn is_open_to_trustees(&self, moment: Moment) -> Result<(), StepError> {
        let open = match self.standing(moment.time) {
            Standing::Waiting => true,
            Standing::Released => moment.time < self.outline().expires,
            Standing::Vetoed | Standing::Cancelled | Standing::Expired => false,
        };
        if open { Ok(()) } else { Err(StepError::Closed) }
    }

    fn take_sighting(&mut self, sighting: &Sighting, moment: Moment) -> Result<(), StepError> {
        self.concerns(&sighting.request, sighting.time, moment)?;
        self.is_open_to_trustees(moment)?;
        if self.seen.contains_key(&sighting.trustee) {
            return Err(StepError::Twice);
        }
        self.seen.insert(sighting.trustee, Seen { own: sighting.time, stored: moment.time });
        Ok(())
    }

    fn take_approval(
        &mut self,
        signed: Signed<Approval>,
        reseals: Option<Vec<Vec<u8>>>,
        moment: Moment,
    ) -> Result<(), StepError> {
        let approval = signed.body();
        self.concerns(&approval.request, approval.time, moment)?;
        let trustee = self.policy.body().trustee(&approval.trustee);
        trustee.filter(|trustee| trustee.x == approval.x).ok_or(StepError::Person)?;
        self.is_open_to_trustees(moment)?;
        if self.approvals.iter().any(|given| given.signed.body().trustee == approval.trustee) {
            return Err(StepError::Twice);
        }
        let seen = self.seen.get(&approval.trustee).ok_or(StepError::NotSeen)?;
        // by the trustee's own clock, and by the relay's
        let delay = self.ground.delay_ms;
        if approval.time < seen.own.plus(delay) || moment.time < seen.stored.plus(delay) {
            return Err(StepError::TooEarly);
        }
        let same = |reseals: &Vec<Vec<u8>>| {
            reseals.iter().map(|reseal| of_bytes(reseal)).eq(approval.reseals.iter().copied())
                && reseals.iter().all(|reseal| reseal.len() == WRAP_LENGTH)
        };
        if approval.reseals.len() != self.outline().epochs.len() || !reseals.as_ref().is_none_or(same) {
            return Err(StepError::Shares);
        }
        self.approvals.push(Approved { signed, reseals: reseals.unwrap_or_default(), moment });
        Ok(())
    }

    fn end(
        &mut self,
        standing: Standing,
        (request, by, time): (Hash, AccountId, Timestamp),
        moment: Moment,
    ) -> Result<(), StepError> {
        self.concerns(&request, time, moment)?;
        if standing == Standing::Cancelled {
            self.clients.get(&by).ok_or(StepError::Person)?;
            if !self.ground.cancellable {
                return Err(StepError::NotCancellable);
            }
        }
        if self.standing(moment.time) != Standing::Waiting {
            return Err(StepError::Closed);
        }
        self.ended = Some((standing, by, moment));
        Ok(())
    }

    fn take_outcome(&mut self, signed: Signed<Outcome>, moment: Moment) -> Result<(), StepError> {
        let outcome = signed.body();
        self.concerns(&outcome.request, outcome.time, moment)?;
        if outcome.recipient != self.outline().recipient {
            return Err(StepError::Person);
        }
        if !self.is_open(moment.time) {
            return Err(StepError::Closed);
        }
        // each try follows an approval
        if self.outcomes.len() >= self.approvals.len() {
            return Err(StepError::Twice);
        }
        let sent: BTreeSet<u8> = self.approvals.iter().map(|approved| approved.signed.body().x).collect();
        let told: Vec<u8> = outcome.used.iter().chain(&outcome.bad).copied().collect();
        let different: BTreeSet<u8> = told.iter().copied().collect();
        let enough = outcome.used.len() == usize::from(self.policy.body().threshold) || !outcome.bad.is_empty();
        if different.len() != told.len() || !different.is_subset(&sent) || !enough {
            return Err(StepError::Outcome);
        }
        self.outcomes.push((signed, moment));
        Ok(())
    }
}
