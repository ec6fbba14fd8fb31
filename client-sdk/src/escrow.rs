//! Escrow (docs/protocol.md §7): what trustees, requesters, recipients and clients do with a release.

use amanah_crypto_core::escrow::{Share, open_share};
use amanah_crypto_core::release::{Opened, open_justification, open_release, seal_justification};
use amanah_protocol::api;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::escrow::{DepositReceipt, GroundCode, PolicyAcceptance};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, SessionId, Timestamp};
use amanah_protocol::record::{EscrowUpload, Kind};
use amanah_protocol::release::{
    Approval, Cancellation, Justification, Outcome, Release, Request, RequestOutline, Sighting, Standing, Veto,
};
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::account::Account;
use crate::cards::CardsError;
use crate::centre::CentreError;
use crate::erasure::Erased;
use crate::escrow_record::{Asked, EscrowRecord};
use crate::relay::RelayError;
use crate::session::SyncError;
use crate::thread::{Fault, Thread};
use crate::transport::{Clock, Transport};

/// Why a step of escrow was not taken. Nothing was changed, unless it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EscrowFlowError {
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The session could not be read.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// What the relay shows of this session's escrow does not fit together.
    #[error("what the relay shows of this session's escrow does not fit together: {0}")]
    Record(Fault),
    /// The session was erased, and no share of it is left.
    #[error("this session was erased")]
    Erased(Erased),
    /// There is no such policy, or this account is not one of its trustees.
    #[error("there is no such policy of which you are a trustee")]
    NoPolicy,
    /// No epoch that was named is escrowed, or not all under one policy.
    #[error("these parts of the session are not escrowed under one policy")]
    NotEscrowed,
    /// The policy has no such ground.
    #[error("the policy has no such ground")]
    NoGround,
    /// The reason is empty or too long.
    #[error("the reason is empty or too long")]
    Reason,
    /// There is no such request here.
    #[error("there is no such request here")]
    NoRequest,
    /// This account is not a trustee of the request's policy.
    #[error("you are not a trustee of this request")]
    NotATrustee,
    /// The request is closed.
    #[error("the request is closed")]
    Closed(Standing),
    /// The delay is not over for this trustee.
    #[error("the delay is not over yet")]
    TooEarly(Timestamp),
    /// The clients should have been told by now, and the relay does not show that they were.
    #[error("the clients have not been told of this request")]
    NotTold,
    /// The recipient has newer keys than the request names.
    #[error("the recipient has newer keys than the request names")]
    RecipientKeys,
    /// A share of this account does not open, or is not the one that was committed to.
    #[error("a share of yours is not the one that was promised")]
    BadShare,
    /// This ground does not let clients cancel.
    #[error("this ground does not let clients cancel")]
    NotCancellable,
    /// Fewer shares fitted than are needed.
    #[error("too few shares fitted")]
    TooFewShares,
    /// Somebody's keys are ones that nobody may use.
    #[error("somebody has keys that nobody may use")]
    Keys,
}

impl From<CentreError> for EscrowFlowError {
    fn from(error: CentreError) -> Self {
        Self::Sync(error.into())
    }
}

impl From<CardsError> for EscrowFlowError {
    fn from(error: CardsError) -> Self {
        Self::Sync(error.into())
    }
}

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The session.
    pub session: SessionId,
    /// The first epoch.
    pub from_epoch: u32,
    /// The last epoch.
    pub to_epoch: u32,
    /// On which ground.
    pub ground: GroundCode,
    /// Who gets it.
    pub recipient: AccountId,
    /// Why, for the trustees alone.
    pub reason: Zeroizing<String>,
    /// For how long it stays open after its delay, in milliseconds.
    pub open_ms: u64,
}

/// A request as a trustee sees it.
pub struct SeenRequest {
    /// The session.
    pub session: SessionId,
    /// Everything that is signed.
    pub release: Release,
    /// Why; `None` if it does not open.
    pub reason: Option<Zeroizing<String>>,
    /// Whether the clients were told.
    pub told: bool,
    /// The numbers of the epochs that it would open.
    pub epochs: Vec<u32>,
}

/// What a trustee found in the deposits of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckedDeposits {
    /// Shares that are right, for which a receipt is stored now.
    pub right: usize,
    /// Epochs whose share does not open, or is not the one that was committed to.
    pub bad: Vec<u32>,
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// Accepts an escrow policy as one of its trustees. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`EscrowFlowError::NoPolicy`].
    pub async fn accept_policy(&mut self, policy: Hash) -> Result<(), EscrowFlowError> {
        self.refresh_centre().await?;
        let trustee = self.id();
        let named = self.centre.policy(&policy).and_then(|signed| signed.body().trustee(&trustee));
        named.ok_or(EscrowFlowError::NoPolicy)?;
        if self.centre.has_accepted_policy(&policy, &trustee) {
            return Ok(());
        }
        let acceptance = PolicyAcceptance { policy, trustee, time: self.clock.now() };
        let signed = Signed::sign(acceptance, self.keyring.newest());
        self.relay.post("/v1/centre/policy-acceptances", Some(&self.token), signed.wire().to_vec()).await?;
        Ok(self.refresh_centre().await?)
    }

    /// Where this account has a part in escrow, as the relay says.
    ///
    /// # Errors
    /// [`RelayError`].
    pub async fn escrow_items(&mut self) -> Result<api::EscrowItems, RelayError> {
        self.relay.escrow_items(&self.token).await
    }

    /// The sessions in whose escrow this account has a part, each once, and whether it holds shares there as a trustee.
    ///
    /// # Errors
    /// [`RelayError`].
    pub async fn escrow_sessions(&mut self) -> Result<Vec<(SessionId, bool)>, RelayError> {
        let mut sessions: Vec<(SessionId, bool)> = Vec::new();
        for item in self.escrow_items().await?.items {
            let session = item.session.parse().map_err(|_| RelayError::Answer)?;
            let trustee = item.part == "trustee";
            match sessions.iter_mut().find(|(known, _)| *known == session) {
                Some((_, as_trustee)) => *as_trustee |= trustee,
                None => sessions.push((session, trustee)),
            }
        }
        Ok(sessions)
    }

    /// Which trustees have not posted receipts, as the relay says. For an appointed director.
    ///
    /// # Errors
    /// [`RelayError`].
    pub async fn deposit_report(&mut self) -> Result<api::DepositReport, RelayError> {
        self.relay.deposit_report(&self.token).await
    }

    /// Checks this trustee's shares in a session, and posts a receipt for each that is right.
    ///
    /// # Errors
    /// [`EscrowFlowError`].
    pub async fn check_deposits(&mut self, session: SessionId) -> Result<CheckedDeposits, EscrowFlowError> {
        let record = self.whole_escrow_record(session).await?;
        let (mut checked, trustee) = (CheckedDeposits::default(), self.id());
        for epoch in record.epochs() {
            let outline = &epoch.manifest.body().outline;
            if outline.trustees().iter().all(|held| held.account != trustee) {
                continue;
            }
            let Ok(share) = open_share(&self.keyring, &epoch.manifest, &epoch.seals) else {
                checked.bad.push(outline.epoch);
                continue;
            };
            checked.right = checked.right.saturating_add(1);
            if record.has_receipt(&epoch.manifest.hash(), &trustee) {
                continue;
            }
            let manifest = epoch.manifest.hash();
            let time = self.clock.now();
            let receipt = DepositReceipt { session, manifest, x: share.x(), trustee, share: share.commitment(), time };
            self.post_step(session, Kind::DepositReceipt, receipt, Vec::new()).await?;
        }
        Ok(checked)
    }

    /// Asks the trustees of a session to open a part of it.
    ///
    /// # Errors
    /// [`EscrowFlowError`]; `Forbidden` of the relay if on this ground somebody else may ask, or get it.
    pub async fn request_release(&mut self, asking: &Asking) -> Result<Hash, EscrowFlowError> {
        if asking.reason.trim().is_empty() {
            return Err(EscrowFlowError::Reason);
        }
        let record = self.whole_escrow_record(asking.session).await?;
        let wanted = record.epochs().iter().map(|epoch| &epoch.manifest).filter(|manifest| {
            let epoch = manifest.body().outline.epoch;
            (asking.from_epoch..=asking.to_epoch).contains(&epoch)
        });
        let escrowed: Vec<_> =
            wanted.filter_map(|m| Some((m.hash(), m.body().outline.escrow.as_ref()?.policy))).collect();
        let policy = escrowed.first().ok_or(EscrowFlowError::NotEscrowed)?.1;
        if escrowed.iter().any(|(_, other)| *other != policy) {
            return Err(EscrowFlowError::NotEscrowed);
        }
        let policy = self.centre.policy(&policy).ok_or(EscrowFlowError::NoPolicy)?.clone();
        let delay = policy.body().ground(asking.ground).ok_or(EscrowFlowError::NoGround)?.delay_ms;
        let created = self.clock.now();
        let card = self.cards.learn(&self.relay, Some(&self.token), asking.recipient).await?.newest().hash();
        let outline = RequestOutline {
            session: asking.session,
            policy: policy.hash(),
            epochs: escrowed.iter().map(|(manifest, _)| *manifest).collect(),
            ground: asking.ground,
            requester: self.id(),
            recipient: asking.recipient,
            card,
            created,
            expires: created.plus(delay).plus(asking.open_ms),
        };
        let (mut justifications, mut parts) = (Vec::new(), Vec::new());
        for trustee in &policy.body().trustees {
            let card = self.cards.learn(&self.relay, Some(&self.token), trustee.account).await?.newest();
            let sealed = seal_justification(&mut self.rng, &outline, card, &asking.reason);
            let sealed = sealed.map_err(|_| EscrowFlowError::Reason)?;
            let (card, hash) = (card.hash(), of_bytes(&sealed));
            justifications.push(Justification { trustee: trustee.account, card, sealed: hash });
            parts.push(ByteString(sealed));
        }
        self.post_step(asking.session, Kind::Request, Request { outline, justifications }, parts).await
    }

    /// The requests of a session. For its trustees: each that is open is marked as seen, from which its delay counts.
    ///
    /// # Errors
    /// [`EscrowFlowError`].
    pub async fn see_requests(&mut self, session: SessionId) -> Result<Vec<SeenRequest>, EscrowFlowError> {
        let record = self.seen_escrow_record(session).await?;
        let seen = record.asked().iter().map(|asked| {
            let request = asked.release.request();
            let epochs = asked.release.outline().epochs.iter();
            SeenRequest {
                session,
                reason: open_justification(&self.keyring, request, &asked.justifications).ok(),
                told: record.is_noticed(&request.hash()),
                epochs: epochs.filter_map(|m| Some(record.epoch(m)?.manifest.body().outline.epoch)).collect(),
                release: asked.release.clone(),
            }
        });
        Ok(seen.collect())
    }

    /// A session's escrow, after this account has marked what it sees there for the first time as a trustee.
    async fn seen_escrow_record(&mut self, session: SessionId) -> Result<EscrowRecord, EscrowFlowError> {
        let record = self.whole_escrow_record(session).await?;
        let (own, now) = (self.id(), self.clock.now());
        let unseen = |asked: &&Asked| {
            let release = &asked.release;
            let trustee = release.policy().body().trustee(&own).is_some();
            // also after a release, because a share may be bad and another one needed
            let open = release.standing(now) == Standing::Waiting || release.is_open(now);
            trustee && open && !release.seen().contains_key(&own)
        };
        let unseen: Vec<Hash> = record.asked().iter().filter(unseen).map(|a| a.release.request().hash()).collect();
        for request in &unseen {
            let sighting = Sighting { request: *request, trustee: own, time: self.clock.now() };
            self.post_step(session, Kind::Sighting, sighting, Vec::new()).await?;
        }
        if unseen.is_empty() { Ok(record) } else { self.whole_escrow_record(session).await }
    }

    /// Hands this trustee's shares to the recipient of a request, sealed to them alone.
    ///
    /// # Errors
    /// [`EscrowFlowError`]: closed, too early by this trustee's own sighting and clock, the clients not told though they
    /// should have been, the recipient's keys changed, or a share that is not the one promised.
    pub async fn approve(&mut self, session: SessionId, request: Hash) -> Result<(), EscrowFlowError> {
        let record = self.seen_escrow_record(session).await?;
        let release = &record.find(&request).ok_or(EscrowFlowError::NoRequest)?.release;
        let (own, now) = (self.id(), self.clock.now());
        let trustee = release.policy().body().trustee(&own).ok_or(EscrowFlowError::NotATrustee)?;
        match release.standing(now) {
            Standing::Waiting => {}
            Standing::Released if release.is_open(now) => {}
            closed => return Err(EscrowFlowError::Closed(closed)),
        }
        let from = release.may_approve_from(&own).ok_or(EscrowFlowError::NotATrustee)?;
        if now < from {
            return Err(EscrowFlowError::TooEarly(from));
        }
        if release.notice_due() <= now && !record.is_noticed(&request) {
            return Err(EscrowFlowError::NotTold);
        }
        let outline = release.outline();
        let recipient = self.cards.learn(&self.relay, Some(&self.token), outline.recipient).await?.newest().clone();
        if recipient.hash() != outline.card {
            return Err(EscrowFlowError::RecipientKeys);
        }
        let mut reseals = Vec::with_capacity(outline.epochs.len());
        for manifest in &outline.epochs {
            let epoch = record.epoch(manifest).ok_or(EscrowFlowError::NoRequest)?;
            let share: Share =
                open_share(&self.keyring, &epoch.manifest, &epoch.seals).map_err(|_| EscrowFlowError::BadShare)?;
            let sealed = share.reseal(&mut self.rng, &request, &recipient);
            reseals.push(sealed.map_err(|_| EscrowFlowError::Keys)?);
        }
        let hashes = reseals.iter().map(|reseal| of_bytes(reseal)).collect();
        let approval = Approval { request, trustee: own, x: trustee.x, reseals: hashes, time: now };
        let parts = reseals.into_iter().map(ByteString).collect();
        self.post_step(session, Kind::Approval, approval, parts).await.map(|_| ())
    }

    /// Ends a request as one of its trustees.
    ///
    /// # Errors
    /// [`EscrowFlowError`]; `ReleaseClosed` of the relay if it is closed already.
    pub async fn veto(&mut self, session: SessionId, request: Hash) -> Result<(), EscrowFlowError> {
        let veto = Veto { request, trustee: self.id(), time: self.clock.now() };
        self.post_step(session, Kind::Veto, veto, Vec::new()).await.map(|_| ())
    }

    /// Ends a request as a client of the session, where its ground allows that.
    ///
    /// # Errors
    /// [`EscrowFlowError::NotCancellable`]; `ReleaseClosed` of the relay if it is closed already.
    pub async fn cancel(&mut self, session: SessionId, request: Hash) -> Result<(), EscrowFlowError> {
        let record = self.whole_escrow_record(session).await?;
        let release = &record.find(&request).ok_or(EscrowFlowError::NoRequest)?.release;
        if !release.ground().cancellable {
            return Err(EscrowFlowError::NotCancellable);
        }
        let cancellation = Cancellation { request, client: self.id(), time: self.clock.now() };
        self.post_step(session, Kind::Cancellation, cancellation, Vec::new()).await.map(|_| ())
    }

    /// Opens what was released to this account, says whose shares fitted, and reads the session with these keys alone.
    ///
    /// # Errors
    /// [`EscrowFlowError::TooFewShares`] after having said which shares are bad; [`EscrowFlowError::Closed`].
    pub async fn open_released(&mut self, session: SessionId, request: Hash) -> Result<Thread, EscrowFlowError> {
        let record = self.whole_escrow_record(session).await?;
        let release = &record.find(&request).ok_or(EscrowFlowError::NoRequest)?.release;
        let (own, now) = (self.id(), self.clock.now());
        if release.outline().recipient != own {
            return Err(EscrowFlowError::NoRequest);
        }
        if !release.is_open(now) {
            return Err(EscrowFlowError::Closed(release.standing(now)));
        }
        let manifests = release.outline().epochs.iter().map(|hash| record.epoch(hash).map(|epoch| &epoch.manifest));
        let manifests = manifests.collect::<Option<Vec<_>>>().ok_or(EscrowFlowError::NoRequest)?;
        let opened = open_release(&self.keyring, release, &manifests);
        let Opened { epochs, used, bad } = opened.map_err(|_| EscrowFlowError::TooFewShares)?;
        let said = release.outcomes().last().is_some_and(|(before, _)| before.used == used && before.bad == bad);
        if !said {
            let outcome = Outcome { request, recipient: own, used, bad, time: now };
            self.post_step(session, Kind::Outcome, outcome, Vec::new()).await?;
        }
        let epochs = epochs.ok_or(EscrowFlowError::TooFewShares)?;
        let mut thread = Thread::released_to(session, own, epochs);
        self.read_on(&mut thread).await?;
        Ok(thread)
    }

    /// A session's escrow, of which something is left.
    async fn whole_escrow_record(&mut self, session: SessionId) -> Result<EscrowRecord, EscrowFlowError> {
        let record = self.escrow_record(session).await?.map_err(EscrowFlowError::Record)?;
        record.erased().map_or(Ok(record), |erased| Err(EscrowFlowError::Erased(erased)))
    }

    async fn post_step<S: Structure>(
        &mut self,
        session: SessionId,
        kind: Kind,
        step: S,
        parts: Vec<ByteString>,
    ) -> Result<Hash, EscrowFlowError> {
        let signed = Signed::sign(step, self.keyring.newest());
        let upload = EscrowUpload { kind, step: ByteString(signed.wire().to_vec()), parts };
        self.relay.post_escrow(&self.token, session, &upload).await?;
        Ok(signed.hash())
    }
}
