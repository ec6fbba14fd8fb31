//! Release (docs/protocol.md §7): a request, what its trustees and clients answer, and what came of it.
//!
//! [`Release`] is the whole of one request as anybody can follow it without a key: the relay before it stores a step,
//! every client of the SDK when it reads, an auditor later. Each step is a signed structure.

use std::collections::{BTreeMap, BTreeSet};

use crate::centre::Role;
use crate::escrow::{Ground, GroundCode, Policy};
use crate::evidence::{Evidence, Moment};
use crate::hash::{Hash, of_bytes, tagged};
use crate::ids::{AccountId, SessionId, Timestamp};
use crate::letter::Transcript;
use crate::manifest::{Manifest, WRAP_LENGTH};
use crate::padding;
use crate::signature::Signed;
use crate::statement::CLOCK_SKEW_MS;
use crate::structure;

/// How many epochs one request may name.
pub const MAX_EPOCHS: usize = 100;
/// How long a request may stay open after its delay, in milliseconds: 90 days.
pub const MAX_OPEN_MS: u64 = 90 * 86_400_000;
/// The greatest padded justification, in bytes.
pub const MAX_JUSTIFICATION: usize = 16_384;

/// Length of what sealing to a person adds: an encapsulation and a tag.
const OVERHEAD: usize = 1120 + 16;

structure! {
    /// What is asked for. The justifications are bound to it.
    pub struct RequestOutline = "release-context", at most 8192 => {
        /// The session.
        session: SessionId,
        /// The policy under which all these epochs are escrowed.
        policy: Hash,
        /// The manifests of the epochs to open, oldest first.
        epochs: Vec<Hash>,
        /// On which ground.
        ground: GroundCode,
        /// Who asks.
        requester: AccountId,
        /// Who gets it.
        recipient: AccountId,
        /// The recipient's card, to which the shares are sealed again.
        card: Hash,
        /// When, by the requester's clock.
        created: Timestamp,
        /// When it closes by itself.
        expires: Timestamp,
    }
}

structure! {
    /// Why it is asked for, sealed to one trustee.
    pub part Justification => {
        /// The trustee.
        trustee: AccountId,
        /// The card to which it is sealed.
        card: Hash,
        /// SHA-256 of what is sealed, which is stored beside the request.
        sealed: Hash,
    }
}

structure! {
    /// A request to open escrowed epochs for one recipient, signed by the requester.
    pub struct Request = "release-request", at most 16_384 => {
        /// What is asked for.
        outline: RequestOutline,
        /// Why, to each trustee of the policy in its order.
        justifications: Vec<Justification>,
    }
}

structure! {
    /// A trustee has seen a request; the delay of its ground counts from here for this trustee. Signed by the trustee.
    pub struct Sighting = "release-sighting", at most 256 => {
        /// The request.
        request: Hash,
        /// Who has seen it.
        trustee: AccountId,
        /// When, by the trustee's clock.
        time: Timestamp,
    }
}

structure! {
    /// A trustee hands its shares to the recipient, signed by the trustee.
    pub struct Approval = "release-approval", at most 8192 => {
        /// The request.
        request: Hash,
        /// Who approves.
        trustee: AccountId,
        /// The number of its shares.
        x: u8,
        /// SHA-256 of each share, sealed again to the recipient, in the order of the request's epochs.
        reseals: Vec<Hash>,
        /// When, by the trustee's clock.
        time: Timestamp,
    }
}

structure! {
    /// A trustee ends a request, signed by the trustee.
    pub struct Veto = "release-veto", at most 256 => {
        /// The request.
        request: Hash,
        /// Who ends it.
        trustee: AccountId,
        /// When, by the trustee's clock.
        time: Timestamp,
    }
}

structure! {
    /// A client ends a request where its ground allows that, signed by the client.
    pub struct Cancellation = "release-cancellation", at most 256 => {
        /// The request.
        request: Hash,
        /// Who ends it.
        client: AccountId,
        /// When, by the client's clock.
        time: Timestamp,
    }
}

structure! {
    /// The recipient says whose shares fitted, signed by the recipient.
    pub struct Outcome = "release-outcome", at most 512 => {
        /// The request.
        request: Hash,
        /// Who tried to open.
        recipient: AccountId,
        /// The numbers of the shares that fitted their commitments.
        used: Vec<u8>,
        /// The numbers of the shares that did not.
        bad: Vec<u8>,
        /// When, by the recipient's clock.
        time: Timestamp,
    }
}

structure! {
    /// The session is told that a release is asked for, signed by the relay's key. It stands in the transcript.
    pub struct Notice = "release-notice", at most 512 => {
        /// The session.
        session: SessionId,
        /// The request.
        request: Hash,
        /// The session's letters and notices before this one.
        transcript: Transcript,
        /// When, by the relay's clock.
        time: Timestamp,
    }
}

/// Why a request is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No epochs, too many, one twice or out of order, of another session, or not escrowed under this policy.
    #[error("the epochs are not escrowed epochs of this session, under one policy")]
    Epochs,
    /// The policy has no such ground.
    #[error("the policy has no such ground")]
    Ground,
    /// The requester has no role that may ask on this ground.
    #[error("on this ground somebody else may ask")]
    Requester,
    /// The recipient has no role that may get it, is a trustee, or is not the client's new account.
    #[error("on this ground somebody else may get it")]
    Recipient,
    /// A card is not the newest.
    #[error("a card is not the newest")]
    Card,
    /// It would close before anybody could approve it, or stay open for too long, or was not asked for now.
    #[error("the request would close too early or too late")]
    Times,
    /// The justifications are not one for each trustee, or not those that are named.
    #[error("the justifications are not one for each trustee")]
    Justifications,
}

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
    /// The same trustee did this before.
    #[error("this trustee has done this already")]
    Twice,
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

/// A step, signed by the person whom it names.
#[derive(Debug, Clone)]
pub enum Step {
    /// A trustee has seen the request.
    Seen(Signed<Sighting>),
    /// A trustee approves, with its shares sealed to the recipient.
    Approved(Signed<Approval>, Vec<Vec<u8>>),
    /// A trustee ends the request.
    Vetoed(Signed<Veto>),
    /// A client ends the request.
    Cancelled(Signed<Cancellation>),
    /// The recipient has tried to open.
    Tried(Signed<Outcome>),
}

/// An approval that was accepted.
#[derive(Debug, Clone)]
pub struct Approved {
    /// The approval.
    pub signed: Signed<Approval>,
    /// The shares beside it.
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

/// What a request is checked against.
pub struct Requested<'a> {
    /// The policy that it names.
    pub policy: &'a Signed<Policy>,
    /// The manifests that it names, in its order.
    pub manifests: &'a [&'a Signed<Manifest>],
    /// The sealed justifications beside it.
    pub justifications: &'a [Vec<u8>],
    /// Where it stands.
    pub moment: Moment,
}

/// Checks a request whose signature is already known to be its requester's.
///
/// `newest_card` gives the hash of an account's newest card before the moment.
///
/// # Errors
/// [`RequestError`], the first that is found.
pub fn check_request(
    request: Signed<Request>,
    against: &Requested<'_>,
    newest_card: impl Fn(&AccountId) -> Option<Hash>,
    evidence: &Evidence,
) -> Result<Release, RequestError> {
    let outline = &request.body().outline;
    check_epochs(outline, against)?;
    let policy = against.policy.body();
    let ground = policy.ground(outline.ground).ok_or(RequestError::Ground)?;
    let clients = against.manifests.iter().flat_map(|m| m.body().outline.clients()).copied().collect();
    check_people(outline, ground, &clients, against, evidence)?;
    if newest_card(&outline.recipient) != Some(outline.card) {
        return Err(RequestError::Card);
    }
    let earliest = outline.created.plus(ground.delay_ms);
    let now = outline.created.distance(against.moment.time) <= CLOCK_SKEW_MS;
    if !now || outline.expires <= earliest || outline.expires > earliest.plus(MAX_OPEN_MS) {
        return Err(RequestError::Times);
    }
    check_justifications(&request, against, newest_card)?;
    Ok(Release {
        ground: ground.clone(),
        policy: against.policy.clone(),
        request,
        clients,
        moment: against.moment,
        seen: BTreeMap::new(),
        approvals: Vec::new(),
        ended: None,
        outcomes: Vec::new(),
    })
}

fn check_epochs(outline: &RequestOutline, against: &Requested<'_>) -> Result<(), RequestError> {
    let named = against.manifests.iter().map(|manifest| manifest.hash()).eq(outline.epochs.iter().copied());
    let rising = against.manifests.is_sorted_by(|a, b| a.body().outline.epoch < b.body().outline.epoch);
    let escrowed = against.manifests.iter().all(|manifest| {
        let of = &manifest.body().outline;
        of.session == outline.session && of.escrow.as_ref().is_some_and(|escrow| escrow.policy == outline.policy)
    });
    let counted = (1..=MAX_EPOCHS).contains(&outline.epochs.len()) && outline.policy == against.policy.hash();
    if named && rising && escrowed && counted { Ok(()) } else { Err(RequestError::Epochs) }
}

fn check_people(
    outline: &RequestOutline,
    ground: &Ground,
    clients: &BTreeSet<AccountId>,
    against: &Requested<'_>,
    evidence: &Evidence,
) -> Result<(), RequestError> {
    let (policy, moment) = (against.policy.body(), against.moment);
    let has_role = |roles: &[Role], account: &AccountId| {
        roles.iter().any(|role| match role {
            Role::Client => clients.contains(account),
            other => evidence.appointed(account, *other, moment),
        })
    };
    if !has_role(&ground.requesters, &outline.requester) || policy.trustee(&outline.requester).is_some() {
        return Err(RequestError::Requester);
    }
    let gets = match outline.ground {
        GroundCode::ImminentDanger | GroundCode::CourtOrder => has_role(&ground.recipients, &outline.recipient),
        GroundCode::AccountRecovery => evidence.successions.iter().any(|placed| {
            let body = placed.signed.body();
            placed.position < moment.position && clients.contains(&body.old) && body.new == outline.recipient
        }),
        GroundCode::Drill => {
            let alone = |manifest: &&Signed<Manifest>| manifest.body().outline.members.len() == 1;
            outline.recipient == outline.requester && against.manifests.iter().all(alone)
        }
    };
    if gets && policy.trustee(&outline.recipient).is_none() { Ok(()) } else { Err(RequestError::Recipient) }
}

fn check_justifications(
    request: &Signed<Request>,
    against: &Requested<'_>,
    newest_card: impl Fn(&AccountId) -> Option<Hash>,
) -> Result<(), RequestError> {
    let given = &request.body().justifications;
    let trustees = against.policy.body().trustees.iter().map(|trustee| trustee.account);
    if !given.iter().map(|justification| justification.trustee).eq(trustees)
        || given.len() != against.justifications.len()
    {
        return Err(RequestError::Justifications);
    }
    if given.iter().any(|justification| newest_card(&justification.trustee) != Some(justification.card)) {
        return Err(RequestError::Card);
    }
    let fits = given.iter().zip(against.justifications).all(|(justification, sealed)| {
        let padded = sealed.len().checked_sub(OVERHEAD);
        let bucket = padded.is_some_and(|length| length <= MAX_JUSTIFICATION && padding::is_padded_length(length));
        bucket && of_bytes(sealed) == justification.sealed
    });
    if fits { Ok(()) } else { Err(RequestError::Justifications) }
}

/// The context under which a share is sealed again: `H("release-share", request ‖ manifest)`.
pub fn reseal_context(request: &Hash, manifest: &Hash) -> Hash {
    tagged("release-share", &[request.as_bytes(), manifest.as_bytes()])
}

impl Release {
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

    /// Takes the next step, whose signature is already known to be that of the person whom it names.
    ///
    /// # Errors
    /// [`StepError`]; nothing is changed then.
    pub fn take(&mut self, step: Step, moment: Moment) -> Result<(), StepError> {
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
        self.policy.body().trustee(&sighting.trustee).ok_or(StepError::Person)?;
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
        reseals: Vec<Vec<u8>>,
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
        let same = reseals.len() == self.outline().epochs.len()
            && reseals.iter().map(|reseal| of_bytes(reseal)).eq(approval.reseals.iter().copied())
            && reseals.iter().all(|reseal| reseal.len() == WRAP_LENGTH);
        if !same {
            return Err(StepError::Shares);
        }
        self.approvals.push(Approved { signed, reseals, moment });
        Ok(())
    }

    fn end(
        &mut self,
        standing: Standing,
        (request, by, time): (Hash, AccountId, Timestamp),
        moment: Moment,
    ) -> Result<(), StepError> {
        self.concerns(&request, time, moment)?;
        let person = match standing {
            Standing::Vetoed => self.policy.body().trustee(&by).is_some(),
            _ => self.clients.contains(&by),
        };
        if !person {
            return Err(StepError::Person);
        }
        if standing == Standing::Cancelled && !self.ground.cancellable {
            return Err(StepError::NotCancellable);
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
