//! Consent (docs/protocol.md §4): granting under the newest document, looking at what was granted, taking it back.

use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{ConsentError, Document, Grant, Permission, Purpose, Revocation};
use amanah_protocol::evidence::{Evidence, Moment};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, SessionId};
use amanah_protocol::manifest::Reason;
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;

use crate::account::Account;
use crate::centre::CentreError;
use crate::relay::RelayError;
use crate::session::{SendError, SyncError};
use crate::thread::Fault;
use crate::transport::{Clock, Transport};

/// Why consent was neither given nor taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentFlowError {
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The centre's record is not believed.
    #[error(transparent)]
    Centre(#[from] CentreError),
    /// The centre has published no consent document.
    #[error("the centre has published no consent document")]
    NoDocument,
    /// The centre has published another document since these terms were shown. Nothing was signed.
    #[error("the centre has published another document meanwhile")]
    OtherDocument,
    /// The counsellor is not appointed.
    #[error("the centre has not appointed this counsellor")]
    NotAppointed,
    /// The grant does not fit the document.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// There is no such grant of this account.
    #[error("there is no such grant of yours")]
    NoGrant,
    /// It is taken back, but the new epoch without the readers of before could not be begun yet. Until it is, the relay
    /// takes no letter in the session.
    #[error("it is taken back, but the session has no new keys yet: {0}")]
    NewEpoch(SendError),
    /// The relay said that it took the revocation, and does not show it.
    #[error("the relay does not show what you have taken back")]
    NotKept,
    /// The relay shows a consent that nobody who may has signed.
    #[error("the relay shows a consent that nobody who may has signed")]
    NotSigned,
    /// The consent of the case could not be read.
    #[error(transparent)]
    Sync(SyncError),
    /// The centre offers no escrow now, or another policy than the one that was chosen.
    #[error("the centre does not offer this escrow policy now")]
    NoPolicy,
    /// Nobody has asked this account to consent in this case.
    #[error("nobody has asked you to consent in this case")]
    NotAsked,
}

impl From<SyncError> for ConsentFlowError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Relay(error) => Self::Relay(error),
            SyncError::Centre(error) => Self::Centre(error),
            SyncError::Consent(Fault::Signature | Fault::Consent | Fault::Order | Fault::Unreadable) => Self::NotSigned,
            other => Self::Sync(other),
        }
    }
}

/// What a client agrees to, besides the counsellor. It is signed under the document that was shown, or not at all.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The document that was shown.
    pub document: Hash,
    /// What else is allowed, and to whom.
    pub further: Vec<Permission>,
    /// The escrow policy that was chosen; none without it.
    pub escrow: Option<Hash>,
    /// A minor's guardian, who must allow the same.
    pub guardian: Option<AccountId>,
    /// The language in which the document was shown.
    pub locale: String,
}

impl Terms {
    /// Counselling and nothing else, under this document as shown in this language.
    pub fn under(document: &Signed<Document>, locale: &str) -> Self {
        let (document, locale) = (document.hash(), locale.to_owned());
        Self { document, further: Vec::new(), escrow: None, guardian: None, locale }
    }

    /// The same, and counselling by a new counsellor who takes a session over, with what was written before or without.
    #[must_use]
    pub fn of_transfer(self, to: AccountId, history: bool) -> Self {
        let purposes = [Purpose::Counselling, Purpose::History].into_iter().take(if history { 2 } else { 1 });
        self.and(purposes.map(|purpose| Permission { purpose, named: Some(to) }))
    }

    /// The same, and these.
    #[must_use]
    pub fn and(mut self, permissions: impl IntoIterator<Item = Permission>) -> Self {
        self.further.extend(permissions);
        self
    }

    /// The same with counselling by this counsellor before everything else.
    #[must_use]
    pub fn with_counselling(mut self, counsellor: AccountId) -> Self {
        self.further.insert(0, Permission { purpose: Purpose::Counselling, named: Some(counsellor) });
        self
    }

    /// The same, and what these grants of one client allow together, and was not taken back: each permission once. Escrow
    /// is as the newest grant says that speaks of it, which is the one that counts (docs/protocol.md §7).
    fn remaining(self, given: &[GivenGrant]) -> Self {
        let is_escrow = |permission: &Permission| permission.purpose == Purpose::Escrow;
        let newest = given.iter().rev().find(|given| given.signed.body().permissions.iter().any(is_escrow));
        let escrow = newest.filter(|given| given.remaining().any(is_escrow));
        let escrow = escrow.and_then(|given| given.signed.body().escrow_policy);
        let mut further: Vec<Permission> = given.iter().flat_map(GivenGrant::remaining).cloned().collect();
        tidy(&mut further);
        Self { further, escrow, ..self }
    }
}

/// A case in which this account has granted counselling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedCase {
    /// The case.
    pub case: CaseId,
    /// The grant.
    pub grant: Hash,
}

/// A grant and what was taken back of it.
#[derive(Debug, Clone)]
pub struct GivenGrant {
    /// The grant.
    pub signed: Signed<Grant>,
    /// What is no longer allowed.
    pub revoked: Vec<Purpose>,
}

impl GivenGrant {
    /// What was not taken back, in the order of the grant.
    pub fn remaining(&self) -> impl Iterator<Item = &Permission> {
        self.signed.body().permissions.iter().filter(|permission| !self.revoked.contains(&permission.purpose))
    }
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// Terms under the newest document that this account has read, with nothing in them yet but this language.
    ///
    /// # Errors
    /// [`ConsentFlowError::NoDocument`].
    pub fn terms(&self, locale: &str) -> Result<Terms, ConsentFlowError> {
        let document = self.centre.newest_document().ok_or(ConsentFlowError::NoDocument)?;
        Ok(Terms::under(&document.signed, locale))
    }

    /// Signs the newest consent document for counselling by one counsellor, and for what else is allowed.
    ///
    /// Begins a new case. Show the document, what each purpose means, and what escrow means, before calling this.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn grant(&mut self, counsellor: AccountId, terms: &Terms) -> Result<GrantedCase, ConsentFlowError> {
        self.refresh_centre().await?;
        let now = self.clock.now();
        self.centre.appointment(&counsellor, Role::Counsellor, now).ok_or(ConsentFlowError::NotAppointed)?;
        let case = CaseId::from_random_bytes(self.random());
        self.sign_grant(case, &terms.clone().with_counselling(counsellor), None).await
    }

    /// Signs the newest consent document for a practice of escrow, in a case of its own in which nobody counsels.
    ///
    /// # Errors
    /// [`ConsentFlowError`]; [`ConsentFlowError::NoPolicy`] if the centre offers no escrow now.
    pub async fn grant_practice(&mut self, locale: &str) -> Result<GrantedCase, ConsentFlowError> {
        self.refresh_centre().await?;
        let policy = self.centre.policy_on_offer(self.clock.now()).map(Signed::hash);
        let escrow = Some(policy.ok_or(ConsentFlowError::NoPolicy)?);
        let case = CaseId::from_random_bytes(self.random());
        self.sign_grant(case, &Terms { escrow, ..self.terms(locale)? }, None).await
    }

    /// Signs the newest consent document for something more in a case: a supervisor, another counsellor, research.
    ///
    /// Show what each purpose means, and whom it lets read, before calling this. A named person reads once
    /// [`Account::add_reader`] has made them a reader. A minor's guardian stays the one who was named before.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn grant_further(&mut self, case: CaseId, terms: &Terms) -> Result<GrantedCase, ConsentFlowError> {
        self.refresh_centre().await?;
        let given = self.grants(case).await?;
        let previous = &given.last().ok_or(ConsentFlowError::NoGrant)?.signed;
        let guardian = terms.guardian.or(previous.body().guardian);
        let terms = Terms { guardian, ..terms.clone() };
        self.sign_grant(case, &terms, Some(previous.hash())).await
    }

    /// Turns escrow on, under these terms, or off for everything that follows in a case, and begins a new epoch in the
    /// same action.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn choose_escrow(&mut self, case: CaseId, on: Option<&Terms>) -> Result<(), ConsentFlowError> {
        let Some(terms) = on else {
            for given in self.grants(case).await? {
                if given.remaining().any(|permission| permission.purpose == Purpose::Escrow) {
                    self.revoke(case, given.signed.hash(), &[Purpose::Escrow]).await?;
                }
            }
            return Ok(());
        };
        self.renew_consent(case, terms).await.map(|_| ())
    }

    /// Everything that was granted before in a case and not taken back. Show it, and the new document, before calling
    /// [`Account::renew_consent`].
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn to_renew(&mut self, case: CaseId, locale: &str) -> Result<Terms, ConsentFlowError> {
        self.refresh_centre().await?;
        let given = self.grants(case).await?;
        let guardian = given.last().ok_or(ConsentFlowError::NoGrant)?.signed.body().guardian;
        Ok(Terms { guardian, ..self.terms(locale)?.remaining(&given) })
    }

    /// Signs the newest consent document again in a case, and begins a new epoch under it.
    ///
    /// # Errors
    /// [`ConsentFlowError`]; [`ConsentFlowError::NoPolicy`] if escrow was agreed to under a policy that the new
    /// document does not offer: choose anew first.
    pub async fn renew_consent(&mut self, case: CaseId, terms: &Terms) -> Result<GrantedCase, ConsentFlowError> {
        let granted = self.grant_further(case, terms).await?;
        self.renew_sessions(case).await?;
        Ok(granted)
    }

    /// What a minor's guardian is asked to allow in a case: what the minor has granted and not taken back. Show it, and
    /// the document, before calling [`Account::consent_beside`].
    ///
    /// # Errors
    /// [`ConsentFlowError`]; [`ConsentFlowError::NotAsked`] if no grant of the case names this account as guardian.
    pub async fn asked_as_guardian(&mut self, case: CaseId, locale: &str) -> Result<Terms, ConsentFlowError> {
        self.refresh_centre().await?;
        let record = self.case_record(case).await?;
        let (own, evidence) = (self.id(), record.evidence());
        let minors = evidence.grants.iter().map(|placed| given(&placed.signed, evidence));
        let minors: Vec<GivenGrant> = minors.filter(|given| given.signed.body().guardian == Some(own)).collect();
        let terms = self.terms(locale)?.remaining(&minors);
        if terms.further.is_empty() { Err(ConsentFlowError::NotAsked) } else { Ok(terms) }
    }

    /// What another client of a case is asked to allow: the counsellors who are there, and everybody who is a client
    /// there already. Show it, and the document, before calling [`Account::consent_beside`].
    ///
    /// # Errors
    /// [`ConsentFlowError`]; [`ConsentFlowError::NotAsked`] unless a client of the case has named this account.
    pub async fn asked_jointly(&mut self, case: CaseId, locale: &str) -> Result<Terms, ConsentFlowError> {
        self.refresh_centre().await?;
        let record = self.case_record(case).await?;
        let (own, evidence) = (self.id(), record.evidence());
        let moment = Moment::latest(self.clock.now());
        let others = evidence.grants.iter().map(|placed| &placed.signed).filter(|grant| grant.body().client != own);
        let asks = |grant: &&Signed<Grant>| evidence.consents(grant, Purpose::Joint, Some(&own), moment).is_ok();
        let asking = others.clone().filter(asks).map(|grant| grant.body().client);
        let joint: Vec<Permission> =
            asking.map(|named| Permission { purpose: Purpose::Joint, named: Some(named) }).collect();
        if joint.is_empty() {
            return Err(ConsentFlowError::NotAsked);
        }
        let counselling = others.flat_map(|grant| {
            let counsels = grant.body().permissions.iter().filter(|p| p.purpose == Purpose::Counselling);
            let held = counsels.filter(|p| evidence.consents(grant, p.purpose, p.named.as_ref(), moment).is_ok());
            held.cloned().collect::<Vec<_>>()
        });
        let mut further: Vec<Permission> = counselling.chain(joint).collect();
        tidy(&mut further);
        Ok(Terms { further, ..self.terms(locale)? })
    }

    /// Consents beside somebody else of a case, as a guardian or as another client.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn consent_beside(&mut self, case: CaseId, terms: &Terms) -> Result<GrantedCase, ConsentFlowError> {
        self.refresh_centre().await?;
        self.sign_grant(case, terms, None).await
    }

    /// Signs and posts a grant under the newest document, with the escrow policy of the terms if there is one.
    async fn sign_grant(
        &mut self,
        case: CaseId,
        terms: &Terms,
        previous: Option<Hash>,
    ) -> Result<GrantedCase, ConsentFlowError> {
        let now = self.clock.now();
        let document = self.centre.newest_document().ok_or(ConsentFlowError::NoDocument)?;
        if document.signed.hash() != terms.document {
            return Err(ConsentFlowError::OtherDocument);
        }
        let mut permissions = terms.further.clone();
        if let Some(policy) = terms.escrow {
            let offered = self.centre.policy_on_offer(now).map(Signed::hash);
            offered.filter(|offered| *offered == policy).ok_or(ConsentFlowError::NoPolicy)?;
            permissions.push(Permission { purpose: Purpose::Escrow, named: None });
        }
        let grant = Grant {
            document: document.signed.hash(),
            client: self.id(),
            case,
            permissions,
            escrow_policy: terms.escrow,
            locale: terms.locale.clone(),
            issued: now,
            expires: None,
            previous,
            guardian: terms.guardian,
        };
        grant.check(document.signed.body(), &document.signed.hash())?;
        let signed = Signed::sign(grant, self.keyring.newest());
        self.relay.post("/v1/grants", Some(&self.token), signed.wire().to_vec()).await?;
        Ok(GrantedCase { case, grant: signed.hash() })
    }

    /// This account's grants of a case, with what was taken back. Everything in the case is checked.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn grants(&mut self, case: CaseId) -> Result<Vec<GivenGrant>, ConsentFlowError> {
        let record = self.case_record(case).await?;
        let evidence = record.evidence();
        let own = evidence.grants.iter().map(|placed| &placed.signed).filter(|grant| grant.body().client == self.id());
        Ok(own.map(|grant| given(grant, evidence)).collect())
    }

    /// Takes back purposes of a grant, and begins a new epoch without whoever may no longer read, in the same action.
    ///
    /// From the revocation on the relay takes nothing that is sealed to them. The sessions of the case are read
    /// afterwards, so that the vault remembers it and no relay can hide it later.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn revoke(&mut self, case: CaseId, grant: Hash, purposes: &[Purpose]) -> Result<(), ConsentFlowError> {
        let given = self.grants(case).await?;
        let given = given.iter().find(|given| given.signed.hash() == grant).ok_or(ConsentFlowError::NoGrant)?;
        let revocation = Revocation { grant, purposes: purposes.to_vec(), issued: self.clock.now() };
        revocation.check(given.signed.body(), &grant)?;
        // what was taken back before needs only the new epochs
        if !purposes.iter().all(|purpose| given.revoked.contains(purpose)) {
            let signed = Signed::sign(revocation, self.keyring.newest());
            self.relay.post("/v1/revocations", Some(&self.token), signed.wire().to_vec()).await?;
        }
        let given = self.grants(case).await?;
        let taken_back = given.iter().find(|given| given.signed.hash() == grant).map(|given| &given.revoked);
        if !taken_back.is_some_and(|revoked| purposes.iter().all(|purpose| revoked.contains(purpose))) {
            return Err(ConsentFlowError::NotKept);
        }
        let left = SendError::Sync(SyncError::Relay(RelayError::Refused(ProblemCode::GrantRevoked)));
        match self.renew_sessions(case).await {
            // who leaves other clients makes no keys for them: they begin the next epoch themselves
            Err(ConsentFlowError::NewEpoch(error)) if error == left && purposes.contains(&Purpose::Joint) => Ok(()),
            other => other,
        }
    }

    /// Begins a new epoch in every session of a case in which something is not as it was agreed to. What was erased stays so.
    async fn renew_sessions(&mut self, case: CaseId) -> Result<(), ConsentFlowError> {
        let mut outcome = Ok(());
        for session in self.sessions_of(case).await? {
            let begun = match self.begin_epoch(session, Reason::Members, None).await {
                Err(SendError::Erased(_)) => Ok(()),
                other => other.map_err(ConsentFlowError::NewEpoch),
            };
            outcome = outcome.and(begun);
        }
        outcome
    }

    /// Moves a session to another counsellor: allows them, lets them read, and takes back counselling by whoever had it.
    ///
    /// If the terms say so ([`Terms::of_transfer`]), they also get what was written before. Name both to the client before
    /// calling this. If it fails half way, nothing is stored that the one before may not read; call it again.
    ///
    /// # Errors
    /// [`ConsentFlowError`]; [`ConsentFlowError::NotAppointed`] if the centre has not appointed the new one.
    pub async fn transfer(
        &mut self,
        case: CaseId,
        session: SessionId,
        to: AccountId,
        terms: &Terms,
    ) -> Result<GrantedCase, ConsentFlowError> {
        self.refresh_centre().await?;
        self.centre.appointment(&to, Role::Counsellor, self.clock.now()).ok_or(ConsentFlowError::NotAppointed)?;
        let before = self.grants(case).await?;
        let granted = self.grant_further(case, terms).await?;
        let reader = self.add_reader(session, to, Role::Counsellor, granted.grant).await;
        reader.map_err(ConsentFlowError::NewEpoch)?;
        if terms.further.iter().any(|permission| permission.purpose == Purpose::History) {
            let handed = self.hand_over_history(session, to, granted.grant).await;
            handed.map_err(ConsentFlowError::NewEpoch)?;
        }
        for given in &before {
            if given.remaining().any(|permission| permission.purpose == Purpose::Counselling) {
                self.revoke(case, given.signed.hash(), &[Purpose::Counselling]).await?;
            }
        }
        Ok(granted)
    }
}

/// A grant, and what its client took back of it.
fn given(grant: &Signed<Grant>, evidence: &Evidence) -> GivenGrant {
    let revocations = evidence.revocations.iter().map(|placed| placed.signed.body());
    let revoked = revocations.filter(|revocation| revocation.grant == grant.hash());
    GivenGrant { signed: grant.clone(), revoked: revoked.flat_map(|r| r.purposes.clone()).collect() }
}

/// Each permission once, in order, without the one for escrow, which the terms name by its policy.
fn tidy(permissions: &mut Vec<Permission>) {
    permissions.retain(|permission| permission.purpose != Purpose::Escrow);
    permissions.sort_by_key(|permission| (permission.purpose, permission.named));
    permissions.dedup();
}
