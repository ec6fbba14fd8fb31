//! The centre as the pinned root shows it (docs/protocol.md §3): staff, documents, and the relay's key.

use std::collections::{BTreeMap, BTreeSet};

use amanah_protocol::absence::Absence;
use amanah_protocol::account::Succession;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::{
    Appointment, Dismissal, RelayCertificate, Role, SignedByRoot, SignedRoot, UnverifiedRoot,
};
use amanah_protocol::consent::Document;
use amanah_protocol::erasure::Tombstone;
use amanah_protocol::escrow::{Policy, PolicyAcceptance, is_ready};
use amanah_protocol::evidence::{Evidence, Moment, Placed, Published};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CentreId, Timestamp};
use amanah_protocol::record::{Entry, Kind, RecordMark};
use amanah_protocol::signature::{Signed, Unverified, VerifyingKey};
use amanah_protocol::statement::WebBundle;

use crate::cards::{Cards, CardsError};
use crate::log::LogError;
use crate::reading::Reading;
use crate::relay::{Relay, RelayError, Token};
use crate::transport::Transport;

/// Why the relay's account of the centre is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CentreError {
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The relay serves another centre than the one that is pinned, or none.
    #[error("this relay does not serve the centre of your invitation")]
    OtherCentre,
    /// Something is not signed by the centre's root, or not in order.
    #[error("the relay shows something that the centre has not signed")]
    NotSigned,
    /// The relay shows less of the centre's record than it showed before, or something else.
    #[error("the relay shows less of the centre's record than it showed before, or something else")]
    RolledBack,
    /// What the relay shows does not fit its log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The root has not certified the relay's key, or not for this time.
    #[error("the centre has not certified this relay")]
    RelayNotCertified,
}

/// The centre that a relay says it serves. Nobody has checked it: join only a centre that you know by another way.
///
/// It is enough to sign in to an account that exists: OPAQUE and the vault both name the centre that the account joined,
/// so under another one nothing opens.
///
/// # Errors
/// [`CentreError::Relay`]; [`CentreError::OtherCentre`] if the relay shows no centre at all.
pub async fn claimed_centre(transport: impl Transport) -> Result<CentreId, CentreError> {
    let page = Relay { transport }.centre(0).await?;
    let first = page.entries.first().ok_or(CentreError::OtherCentre)?;
    let root = UnverifiedRoot::parse(&first.body.0).map_err(|_| CentreError::OtherCentre)?;
    Ok(root.claimed_centre())
}

/// A consent document with its full texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownDocument {
    /// The signed document.
    pub signed: Signed<Document>,
    /// The full texts in the order of its wordings.
    pub texts: Vec<String>,
}

/// What stands in the centre's record and is signed by somebody's card, which has to be fetched first.
#[derive(Debug, Clone)]
enum ByCard {
    Succession(Moment, Unverified<Succession>),
    PolicyAcceptance(Moment, Unverified<PolicyAcceptance>),
    Absence(Moment, Unverified<Absence>),
}

impl ByCard {
    /// Who says it, and when.
    fn said(&self) -> (AccountId, Moment) {
        match self {
            Self::Succession(moment, unverified) => (unverified.claimed().checked_by, *moment),
            Self::PolicyAcceptance(moment, unverified) => (unverified.claimed().trustee, *moment),
            Self::Absence(moment, unverified) => (unverified.claimed().account, *moment),
        }
    }
}

/// Everything that the pinned root has signed, as far as the relay shows it.
#[derive(Debug, Clone)]
pub struct Centre {
    roots: Vec<(u64, SignedRoot)>,
    certificates: Vec<Signed<RelayCertificate>>,
    documents: Vec<ShownDocument>,
    unverified: Vec<ByCard>,
    evidence: Evidence,
    /// The newest of each account.
    absences: BTreeMap<AccountId, Signed<Absence>>,
    position: u64,
    reading: Reading,
}

impl Centre {
    /// Fetches and checks the centre's record against the pinned centre.
    pub(crate) async fn fetch<T: Transport>(relay: &Relay<T>, pinned: CentreId) -> Result<Self, CentreError> {
        let page = relay.centre(0).await?;
        let (first, rest) = page.entries.split_first().ok_or(CentreError::OtherCentre)?;
        let root = UnverifiedRoot::parse(&first.body.0).map_err(|_| CentreError::OtherCentre)?;
        let root = root.verify_first(pinned).map_err(|_| CentreError::OtherCentre)?;
        let mut reading = Reading::start(pinned.as_bytes());
        reading.take(first).map_err(|_| CentreError::NotSigned)?;
        let mut centre = Self {
            roots: vec![(first.position, root)],
            certificates: Vec::new(),
            documents: Vec::new(),
            unverified: Vec::new(),
            evidence: Evidence::default(),
            absences: BTreeMap::new(),
            position: first.position,
            reading,
        };
        centre.take_in(rest)?;
        if page.more {
            centre.read_on(relay).await?;
        }
        Ok(centre)
    }

    /// Reads what the record holds since.
    pub(crate) async fn read_on<T: Transport>(&mut self, relay: &Relay<T>) -> Result<(), CentreError> {
        loop {
            let page = relay.centre(self.position).await?;
            self.take_in(&page.entries)?;
            if !page.more {
                return Ok(());
            }
            if page.entries.is_empty() {
                return Err(CentreError::NotSigned);
            }
        }
    }

    fn take_in(&mut self, entries: &[Entry]) -> Result<(), CentreError> {
        entries.iter().try_for_each(|entry| {
            self.apply(entry)?;
            self.reading.take(entry).map_err(|_| CentreError::NotSigned)
        })
    }

    /// What was read, and is still to be found in the log.
    pub(crate) fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    /// How far the record was read.
    pub(crate) fn mark(&self) -> &RecordMark {
        self.reading.mark()
    }

    /// Compares what was read with what an account remembers having read.
    pub(crate) fn compare_mark(&self, remembered: &RecordMark) -> Result<(), CentreError> {
        if self.reading.continues(remembered) { Ok(()) } else { Err(CentreError::RolledBack) }
    }

    fn apply(&mut self, entry: &Entry) -> Result<(), CentreError> {
        if entry.position <= self.position {
            return Err(CentreError::NotSigned);
        }
        self.position = entry.position;
        match entry.kind {
            Kind::Root => self.apply_root(entry)?,
            Kind::RelayCertificate => self.certificates.push(self.signed_by_root(entry)?),
            Kind::Appointment => {
                let signed = self.signed_by_root(entry)?;
                self.evidence.appointments.push(Placed { position: entry.position, signed });
            }
            Kind::Dismissal => {
                let signed = self.signed_by_root::<Dismissal>(entry)?;
                self.evidence.dismissals.push(Placed { position: entry.position, signed });
            }
            Kind::Document => self.apply_document(entry)?,
            Kind::Policy => {
                let signed = self.signed_by_root::<Policy>(entry)?;
                signed.body().check().map_err(|_| CentreError::NotSigned)?;
                self.evidence.policies.push(Placed { position: entry.position, signed });
            }
            Kind::Succession => {
                let unverified = Unverified::parse(&entry.body.0).map_err(|_| CentreError::NotSigned)?;
                self.unverified.push(ByCard::Succession(Moment::of(entry), unverified));
            }
            Kind::PolicyAcceptance => {
                let unverified = Unverified::parse(&entry.body.0).map_err(|_| CentreError::NotSigned)?;
                self.unverified.push(ByCard::PolicyAcceptance(Moment::of(entry), unverified));
            }
            Kind::Absence => {
                let unverified = Unverified::parse(&entry.body.0).map_err(|_| CentreError::NotSigned)?;
                self.unverified.push(ByCard::Absence(Moment::of(entry), unverified));
            }
            Kind::WebBundle => self.check_web_bundle(entry)?,
            _ => return Err(CentreError::NotSigned),
        }
        Ok(())
    }

    fn apply_root(&mut self, entry: &Entry) -> Result<(), CentreError> {
        let next = UnverifiedRoot::parse(&entry.body.0).map_err(|_| CentreError::NotSigned)?;
        let (_, newest) = self.roots.last().ok_or(CentreError::NotSigned)?;
        let next = next.verify_next(newest).map_err(|_| CentreError::NotSigned)?;
        self.roots.push((entry.position, next));
        Ok(())
    }

    fn apply_document(&mut self, entry: &Entry) -> Result<(), CentreError> {
        let signed: Signed<Document> = self.signed_by_root(entry)?;
        let parts: Vec<&[u8]> = entry.parts.iter().map(|part| part.0.as_slice()).collect();
        signed.body().check().map_err(|_| CentreError::NotSigned)?;
        signed.body().check_texts(&parts).map_err(|_| CentreError::NotSigned)?;
        let texts = parts.into_iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
        let published = Published { position: entry.position, time: entry.time, signed: signed.clone() };
        self.evidence.documents.push(published);
        self.documents.push(ShownDocument { signed, texts });
        Ok(())
    }

    /// What the relay says of its web client is for auditors; here it only has to be the relay's.
    fn check_web_bundle(&self, entry: &Entry) -> Result<(), CentreError> {
        let unverified = Unverified::<WebBundle>::parse(&entry.body.0).map_err(|_| CentreError::NotSigned)?;
        let signed = self.signed_by_relay(&unverified, entry.time).map_err(|_| CentreError::NotSigned)?;
        let own = signed.filter(|signed| Some(signed.body().centre) == self.id());
        own.map(|_| ()).ok_or(CentreError::NotSigned)
    }

    /// What stands after a root in the order was signed by that root, the newest before it.
    fn signed_by_root<S: SignedByRoot>(&self, entry: &Entry) -> Result<Signed<S>, CentreError> {
        let (_, root) = self.roots.last().ok_or(CentreError::NotSigned)?;
        let unverified = Unverified::parse(&entry.body.0).map_err(|_| CentreError::NotSigned)?;
        root.verify(unverified).map_err(|_| CentreError::NotSigned)
    }

    /// The tombstone of a session, if the newest root before it has signed it.
    pub(crate) fn tombstone(&self, entry: &Entry) -> Option<Signed<Tombstone>> {
        let before = self.roots.iter().rev().find(|(position, _)| *position < entry.position);
        let unverified = Unverified::parse(&entry.body.0).ok().filter(|_| entry.kind == Kind::Tombstone)?;
        before?.1.verify(unverified).ok()
    }

    /// The keys with which the relay may sign at this time.
    pub(crate) fn relay_keys(&self, now: Timestamp) -> Result<Vec<VerifyingKey>, CentreError> {
        let certified = self.certificates.iter().map(Signed::body).filter(|certificate| certificate.in_force(now));
        let keys: Vec<_> = certified.map(|certificate| certificate.key).collect();
        if keys.is_empty() { Err(CentreError::RelayNotCertified) } else { Ok(keys) }
    }

    /// A statement that one of the keys with which the relay may sign at this time has signed; `None` if none has.
    pub(crate) fn signed_by_relay<S: Structure + Clone>(
        &self,
        statement: &Unverified<S>,
        time: Timestamp,
    ) -> Result<Option<Signed<S>>, CentreError> {
        Ok(self.relay_keys(time)?.iter().find_map(|key| statement.clone().verify(key).ok()))
    }

    /// Checks what was signed by cards since the last time. Who has not signed what the relay shows has not said it, nor
    /// has anybody whose cards are not believed.
    ///
    /// # Errors
    /// [`RelayError`]: somebody's cards could not be fetched.
    pub(crate) async fn check_by_cards<T: Transport>(
        &mut self,
        cards: &mut Cards,
        relay: &Relay<T>,
        token: Option<&Token>,
    ) -> Result<(), RelayError> {
        // who has signed something new may have newer cards
        self.unverified.iter().for_each(|by_card| cards.forget_one(&by_card.said().0));
        while let Some(next) = self.unverified.first().cloned() {
            let (by, moment) = next.said();
            let card = match cards.learn(relay, token, by).await {
                Ok(chain) => chain.newest_before(moment.position),
                Err(CardsError::Card(_)) => None,
                Err(CardsError::Relay(error)) => return Err(error),
            };
            let position = moment.position;
            let key = card.map(|card| card.card().verifying_key);
            match next {
                ByCard::Succession(_, unverified) => {
                    let signed = key.and_then(|key| unverified.verify(&key).ok());
                    let signed = signed.filter(|_| self.evidence.may_attest(&by, moment));
                    self.evidence.successions.extend(signed.map(|signed| Placed { position, signed }));
                }
                ByCard::PolicyAcceptance(_, unverified) => {
                    let signed = key.and_then(|key| unverified.verify(&key).ok());
                    self.evidence.policy_acceptances.extend(signed.map(|signed| Placed { position, signed }));
                }
                ByCard::Absence(_, unverified) => {
                    let signed = key.and_then(|key| unverified.verify(&key).ok());
                    let said = signed.filter(|signed| self.may_say(signed.body(), moment));
                    self.absences.extend(said.map(|signed| (by, signed)));
                }
            }
            self.unverified.remove(0);
        }
        Ok(())
    }

    fn may_say(&self, absence: &Absence, moment: Moment) -> bool {
        let appointed = self.evidence.may_be_absent(&absence.account, moment);
        appointed && Some(absence.centre) == self.id() && absence.check().is_ok()
    }

    /// Checks only who is away, for somebody without an account.
    ///
    /// # Errors
    /// [`RelayError`]: somebody's cards could not be fetched.
    pub(crate) async fn check_absences<T: Transport>(&mut self, relay: &Relay<T>) -> Result<(), RelayError> {
        self.unverified.retain(|by_card| matches!(by_card, ByCard::Absence(..)));
        self.check_by_cards(&mut Cards::default(), relay, None).await
    }

    /// What the centre's record says, for the policy functions.
    pub(crate) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// The centre's id, which is its root's fingerprint.
    pub fn id(&self) -> Option<CentreId> {
        self.roots.first().map(|(_, root)| root.centre())
    }

    /// The newest consent document.
    pub fn newest_document(&self) -> Option<&ShownDocument> {
        self.documents.iter().max_by_key(|document| document.signed.body().number)
    }

    /// All consent documents, oldest first.
    pub fn documents(&self) -> &[ShownDocument] {
        &self.documents
    }

    /// The consent document with this hash.
    pub fn document(&self, hash: &Hash) -> Option<&ShownDocument> {
        self.documents.iter().find(|document| document.signed.hash() == *hash)
    }

    /// The escrow policy with this hash.
    pub fn policy(&self, hash: &Hash) -> Option<&Signed<Policy>> {
        self.evidence.policy(hash)
    }

    /// All escrow policies, oldest first.
    pub fn policies(&self) -> impl Iterator<Item = &Signed<Policy>> {
        self.evidence.policies.iter().map(|placed| &placed.signed)
    }

    /// Whether a trustee has accepted a policy.
    pub fn has_accepted_policy(&self, policy: &Hash, trustee: &AccountId) -> bool {
        let said = |placed: &Placed<PolicyAcceptance>| {
            placed.signed.body().policy == *policy && placed.signed.body().trustee == *trustee
        };
        self.evidence.policy_acceptances.iter().any(said)
    }

    /// The policy that clients may choose now: the one that the newest document names, once all its trustees have
    /// accepted it and are appointed.
    pub fn policy_on_offer(&self, now: Timestamp) -> Option<&Signed<Policy>> {
        let named = self.newest_document()?.signed.body().escrow_policy?;
        self.policy(&named).filter(|policy| is_ready(policy, Moment::latest(now), &self.evidence))
    }

    /// Until when what was granted under a document holds; `None` while that document is the newest.
    pub fn replaced_at(&self, document: &Hash, now: Timestamp) -> Option<Timestamp> {
        self.evidence.replaced_at(document, Moment::latest(now)).filter(|end| *end != Timestamp(u64::MAX))
    }

    /// The accounts that may be witnesses now: those appointed as auditors.
    pub fn auditors(&self, now: Timestamp) -> BTreeSet<AccountId> {
        self.staff(Role::Auditor, now).into_iter().map(|signed| signed.body().account).collect()
    }

    /// The appointments of this role that are in force.
    pub fn staff(&self, role: Role, now: Timestamp) -> Vec<&Signed<Appointment>> {
        let moment = Moment::latest(now);
        let held = |appointment: &&Signed<Appointment>| {
            let body = appointment.body();
            body.role == role && body.in_force(now) && !self.evidence.dismissed(&appointment.hash(), moment)
        };
        self.evidence.appointments.iter().map(|placed| &placed.signed).filter(held).collect()
    }

    /// The appointment of this account in this role, if it is in force.
    pub fn appointment(&self, account: &AccountId, role: Role, now: Timestamp) -> Option<&Signed<Appointment>> {
        self.staff(role, now).into_iter().find(|appointment| appointment.body().account == *account)
    }

    /// That an account is away now, if it says so.
    pub fn absence(&self, account: &AccountId, now: Timestamp) -> Option<&Absence> {
        self.newest_absence(account).filter(|absence| absence.is_away(now))
    }

    /// What an account has said last of being away: now, later, or before.
    pub fn newest_absence(&self, account: &AccountId) -> Option<&Absence> {
        self.absences.get(account).map(Signed::body)
    }

    /// The wire forms of the roots, from the first to the one that signed this appointment.
    pub(crate) fn roots_up_to(&self, appointment: &Signed<Appointment>) -> Vec<ByteString> {
        let signed = |(_, root): &(u64, SignedRoot)| {
            let appointment = Unverified::<Appointment>::parse(appointment.wire());
            appointment.is_ok_and(|appointment| root.verify(appointment).is_ok())
        };
        let until = self.roots.iter().position(signed).map_or(0, |last| last + 1);
        self.roots.iter().take(until).map(|(_, root)| ByteString(root.wire().to_vec())).collect()
    }

    /// The name under which the centre appointed this account, in force or not.
    pub fn name_of(&self, account: &AccountId) -> Option<&str> {
        let of_account = self.evidence.appointments.iter().rev().map(|placed| placed.signed.body());
        of_account.into_iter().find(|body| body.account == *account).map(|body| body.name.as_str())
    }

    /// The newest succession of an account, attested by somebody who was appointed for it.
    pub(crate) fn succession_of(&self, old: &AccountId) -> Option<&Signed<Succession>> {
        self.evidence.successions.iter().rev().map(|placed| &placed.signed).find(|signed| signed.body().old == *old)
    }
}
