//! Sessions (docs/protocol.md §5, §6): opening one, reading it up to now, sending, and beginning a new epoch.

use std::collections::BTreeMap;

use amanah_crypto_core::epoch::{AuthoredEpoch, EpochCards, author_epoch};
use amanah_crypto_core::history::seal_history;
use amanah_crypto_core::letter::seal_letter;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::card::SignedCard;
use amanah_protocol::cbor::ByteString;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::Purpose;
use amanah_protocol::escrow::{check_escrow, policy_due};
use amanah_protocol::evidence::{Evidence, Moment};
use amanah_protocol::hash::Hash;
use amanah_protocol::history::{HistoryOutline, MAX_EPOCHS};
use amanah_protocol::ids::{AccountId, CaseId, LetterId, SessionId, Timestamp};
use amanah_protocol::letter::LetterHeader;
use amanah_protocol::manifest::{
    Acceptance, Capabilities, Escrow, Manifest, Member, Outline, Reason, Refusal, Trustee,
};
use amanah_protocol::policy::{Action, Denied, may};
use amanah_protocol::record::{HistoryUpload, LetterUpload, ManifestUpload};
use amanah_protocol::signature::{Signed, Unverified};
use amanah_protocol::statement::{CLOCK_SKEW_MS, HEAD_VALID_MS, HeadStatement, Receipt};
use rand_core::CryptoRng;

use crate::account::{Account, VaultError};
use crate::cards::CardsError;
use crate::case_record::CaseRecord;
use crate::centre::CentreError;
use crate::consent::GrantedCase;
use crate::content::{Draft, MAX_TEXT, compose};
use crate::escrow_record::EscrowRecord;
use crate::relay::RelayError;
use crate::thread::{Fault, Known, Owed, Thread};
use crate::transport::{Clock, Transport};

/// How often a send is sealed again when other devices or members were faster.
const MAX_ATTEMPTS: usize = 16;
/// An epoch that is older gets a successor before the next letter: 7 days.
const EPOCH_MS: u64 = 7 * 86_400_000;
/// An epoch with so many letters gets a successor before the next one.
const EPOCH_LETTERS: u64 = 100;

/// Why a session could not be read up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The centre's record is not believed.
    #[error(transparent)]
    Centre(#[from] CentreError),
    /// Somebody's cards are not believed.
    #[error(transparent)]
    Cards(#[from] CardsError),
    /// The vault could not be kept.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The consent of a case does not fit together.
    #[error("the consent of this case does not fit together: {0}")]
    Consent(#[from] Fault),
    /// The relay's statement is not signed by a key of this centre, or not of this time.
    #[error("the relay's statement is not signed for this centre, or not of this time")]
    Statement,
}

/// Why a letter was not sent, or an epoch not begun. Nothing left this device unsealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The session could not be read up to now.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The relay did not answer or refused. If it did not answer, send the same draft again: it is stored once.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The session is halted.
    #[error("the session is halted: {0}")]
    Halted(Fault),
    /// A member has refused the current epoch.
    #[error("a member has found something wrong with the keys of this session")]
    Refused,
    /// This account may not write.
    #[error("you may not write here: {0}")]
    Denied(#[from] Denied),
    /// The session has no epoch that this account can read.
    #[error("this session has no keys for you")]
    NoEpoch,
    /// A member has new keys that this account has not acknowledged.
    #[error("somebody in this session has new keys")]
    KeysChanged(AccountId),
    /// Another account follows a member's, and this account has not acknowledged it.
    #[error("somebody in this session has a new account")]
    Succeeded(AccountId),
    /// The counsellor is not appointed, or not named in the grant.
    #[error("the centre has not appointed this counsellor")]
    NotAppointed,
    /// The text is longer than a letter may be.
    #[error("the letter is too long")]
    TooLong,
    /// The text is empty.
    #[error("the letter is empty")]
    Empty,
    /// Another letter with this id was sent before.
    #[error("another letter was sent with this id")]
    OtherLetter,
    /// Others were faster each time.
    #[error("others were faster each time")]
    Contended,
    /// The relay's receipt is not one.
    #[error("the relay did not confirm that it stored the letter")]
    Receipt,
    /// The keys could not be made.
    #[error("a member has keys that nobody may use")]
    Keys,
}

/// A letter that the relay has confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Its id.
    pub id: LetterId,
    /// Its hash.
    pub letter: Hash,
    /// Its place in the relay's order.
    pub position: u64,
    /// When the relay stored it.
    pub stored: Timestamp,
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// The sessions of this account, oldest first.
    ///
    /// # Errors
    /// [`RelayError`].
    pub async fn sessions(&mut self) -> Result<Vec<SessionId>, RelayError> {
        let sessions = self.relay.sessions(&self.token).await?.sessions;
        sessions.iter().map(|item| item.session.parse().map_err(|_| RelayError::Answer)).collect()
    }

    /// The sessions of one case.
    pub(crate) async fn sessions_of(&mut self, case: CaseId) -> Result<Vec<SessionId>, RelayError> {
        let case = case.to_string();
        let sessions = self.relay.sessions(&self.token).await?.sessions;
        let of_case = sessions.iter().filter(|item| item.case == case);
        of_case.map(|item| item.session.parse().map_err(|_| RelayError::Answer)).collect()
    }

    /// Opens a session with an appointed counsellor under a grant that names them. It is escrowed if that was agreed to.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::Denied`] with [`Denied::Guardian`] while a minor's guardian has not allowed the same.
    pub async fn open_session(&mut self, granted: GrantedCase, counsellor: AccountId) -> Result<SessionId, SendError> {
        self.refresh_centre().await.map_err(SyncError::from)?;
        self.cards.forget();
        let now = self.clock.now();
        self.centre.appointment(&counsellor, Role::Counsellor, now).ok_or(SendError::NotAppointed)?;
        let theirs = self.pinned_card(counsellor).await?.hash();
        let (capabilities, grant) = (Capabilities::MANAGE, Some(granted.grant));
        let counsellor = Member { account: counsellor, card: theirs, role: Role::Counsellor, capabilities, grant };
        self.open_with(granted, vec![counsellor]).await
    }

    /// Opens a session in which nobody else is, to practise a release on it.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn open_practice_session(&mut self, granted: GrantedCase) -> Result<SessionId, SendError> {
        self.refresh_centre().await.map_err(SyncError::from)?;
        self.cards.forget();
        self.open_with(granted, Vec::new()).await
    }

    async fn open_with(&mut self, granted: GrantedCase, others: Vec<Member>) -> Result<SessionId, SendError> {
        let session = SessionId::from_random_bytes(self.random());
        let own = Member {
            account: self.id(),
            card: self.keyring.newest().card_hash(),
            role: Role::Client,
            capabilities: Capabilities::MANAGE,
            grant: Some(granted.grant),
        };
        let mut members = others;
        members.push(own);
        members.sort_by_key(|member| member.account);
        let evidence = self.case_record(granted.case).await?.evidence().clone();
        let moment = Moment { position: u64::MAX, time: self.clock.now() };
        let mut outline = self.outline(granted.case, session, members, Reason::Opened, None);
        for member in &outline.members {
            may(Action::Read, member, &outline, moment, &evidence)?;
        }
        outline.escrow = self.escrow_due(&outline, moment, &evidence).await?;
        self.post_epoch(outline).await?;
        self.sync(session).await?;
        Ok(session)
    }

    /// The escrow section that an epoch of these members must have now, with the trustees' newest cards.
    async fn escrow_due(
        &mut self,
        outline: &Outline,
        moment: Moment,
        evidence: &Evidence,
    ) -> Result<Option<Escrow>, SendError> {
        let Some(policy) = policy_due(outline, moment, evidence) else {
            return Ok(None);
        };
        let mut trustees = Vec::with_capacity(policy.body().trustees.len());
        for trustee in &policy.body().trustees {
            self.check_known(trustee.account).await?;
            let card = self.pinned_card(trustee.account).await?.hash();
            trustees.push(Trustee { x: trustee.x, account: trustee.account, card });
        }
        Ok(Some(Escrow { policy: policy.hash(), threshold: policy.body().threshold, trustees }))
    }

    /// Begins a new epoch: new keys for everything that follows. Whoever may no longer read is left out.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::Contended`] if others were faster each time.
    pub async fn rotate(&mut self, session: SessionId) -> Result<(), SendError> {
        self.begin_epoch(session, Reason::Requested, None).await
    }

    /// Lets one more person read from now on, whom a grant of each client names for it.
    ///
    /// What was written before stays closed to them. Under a grant for consultation a counsellor only reads.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::NotAppointed`] if the centre has not appointed them in this role.
    pub async fn add_reader(
        &mut self,
        session: SessionId,
        account: AccountId,
        role: Role,
        grant: Hash,
    ) -> Result<(), SendError> {
        self.sync(session).await?;
        if role != Role::Client {
            self.centre.appointment(&account, role, self.clock.now()).ok_or(SendError::NotAppointed)?;
        }
        let thread = self.threads.get(&session).ok_or(SendError::NoEpoch)?;
        let signed = thread.grants().find(|given| given.hash() == grant).ok_or(Denied::NoGrant)?;
        let counsels = signed.body().allows(Purpose::Counselling, Some(&account));
        let capabilities = match role {
            Role::Client => Capabilities::MANAGE,
            Role::Counsellor if counsels => Capabilities::MANAGE,
            _ => Capabilities::READ,
        };
        let card = self.pinned_card(account).await?.hash();
        let reader = Member { account, card, role, capabilities, grant: Some(grant) };
        self.begin_epoch(session, Reason::Members, Some(reader)).await
    }

    /// Hands a member everything that was written before, in a bundle that only they open.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::Denied`] unless the grant names them for history.
    pub async fn hand_over_history(&mut self, session: SessionId, to: AccountId, grant: Hash) -> Result<(), SendError> {
        for _ in 0..MAX_ATTEMPTS {
            let manifest = self.ready(session, Action::Manage).await?;
            let card = self.pinned_card(to).await?;
            let own = manifest.body().outline.member(&self.id()).ok_or(SendError::NoEpoch)?;
            let identity = self.keyring.by_card(&own.card).ok_or(SendError::NoEpoch)?;
            let thread = self.threads.get(&session).ok_or(SendError::NoEpoch)?;
            let mut stale = false;
            for epochs in thread.earlier_epochs().chunks(MAX_EPOCHS) {
                let outline = HistoryOutline {
                    session,
                    manifest: manifest.hash(),
                    to,
                    card: card.hash(),
                    grant,
                    epochs: epochs.iter().map(|epoch| epoch.manifest()).collect(),
                    author: self.keyring.account(),
                    time: self.clock.now(),
                };
                let sealed = seal_history(&mut self.rng, identity, outline, &card, epochs);
                let sealed = sealed.map_err(|_| SendError::Keys)?;
                let history = ByteString(sealed.history.wire().to_vec());
                let upload = HistoryUpload { history, bundle: ByteString(sealed.bundle) };
                match self.relay.post_history(&self.token, session, &upload).await {
                    Ok(_) => {}
                    Err(RelayError::Refused(ProblemCode::StaleManifest)) => {
                        stale = true;
                        break;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            if !stale {
                return Ok(());
            }
        }
        Err(SendError::Contended)
    }

    /// Begins a new epoch with everybody who may still read, with their newest cards and grants, and with whoever joins.
    /// Where another member has done so meanwhile, nothing is left to do.
    pub(crate) async fn begin_epoch(
        &mut self,
        session: SessionId,
        reason: Reason,
        joining: Option<Member>,
    ) -> Result<(), SendError> {
        for _ in 0..MAX_ATTEMPTS {
            let manifest = self.ready(session, Action::Manage).await?;
            let outline = &manifest.body().outline;
            let sound = self.is_sound(session, outline);
            let done = match reason {
                Reason::Members => sound.is_ok() && joining.is_none(),
                Reason::Schedule | Reason::Release => sound.is_ok() && self.epoch_due(session, &manifest)?.is_none(),
                _ => false,
            };
            if done {
                return Ok(());
            }
            let reason = if sound.is_ok() { reason } else { Reason::Members };
            let mut members = outline.members.clone();
            members.retain(|member| joining.as_ref().is_none_or(|joining| joining.account != member.account));
            members.extend(joining.clone());
            members.sort_by_key(|member| member.account);
            let mut next = self.outline(outline.case, session, members, reason, Some(&manifest));
            next.members = self.seated(session, &next);
            for member in &mut next.members {
                self.check_known(member.account).await?;
                member.card = self.pinned_card(member.account).await?.hash();
            }
            let evidence = self.threads.get(&session).ok_or(SendError::NoEpoch)?.evidence().clone();
            let moment = Moment { position: u64::MAX, time: self.clock.now() };
            let own = next.member(&self.id()).ok_or(Denied::NotNamed)?;
            may(Action::Read, own, &next, moment, &evidence)?;
            if let Some(joining) = &joining {
                may(Action::Read, joining, &next, moment, &evidence)?;
            }
            next.escrow = self.escrow_due(&next, moment, &evidence).await?;
            match self.post_epoch(next).await {
                Err(SendError::Relay(RelayError::Refused(ProblemCode::StaleManifest | ProblemCode::EscrowDiffers))) => {
                }
                other => return other,
            }
        }
        Err(SendError::Contended)
    }

    /// Those members who may read now, each under the newest grant that allows it. Clients who may no longer read
    /// beside the others are left out first.
    fn seated(&self, session: SessionId, outline: &Outline) -> Vec<Member> {
        let Some(thread) = self.threads.get(&session) else {
            return Vec::new();
        };
        let (evidence, mut outline) = (thread.evidence(), outline.clone());
        let moment = Moment { position: u64::MAX, time: self.clock.now() };
        let seat = |member: &Member, outline: &Outline, action| {
            let newest = thread.grants().collect::<Vec<_>>().into_iter().rev().map(Signed::hash);
            let mut seats = newest.map(|grant| Member { grant: Some(grant), ..member.clone() });
            seats.find(|seat| may(action, seat, outline, moment, evidence).is_ok())
        };
        loop {
            let before = outline.members.len();
            let kept = outline
                .members
                .iter()
                .filter(|member| member.role != Role::Client || seat(member, &outline, Action::Read).is_some());
            outline.members = kept.cloned().collect();
            if outline.members.len() == before {
                break;
            }
        }
        let seats = outline.members.iter().filter_map(|member| {
            // a client's entry names the newest grant under which it writes, or else the newest one
            let writes = seat(member, &outline, Action::Write).filter(|_| member.role == Role::Client);
            writes.or_else(|| seat(member, &outline, Action::Read))
        });
        seats.collect()
    }

    /// Whether everybody in an epoch may read, under the grants that it names, and it is escrowed as agreed.
    fn is_sound(&self, session: SessionId, outline: &Outline) -> Result<(), Denied> {
        let Some(thread) = self.threads.get(&session) else {
            return Err(Denied::NoGrant);
        };
        let moment = Moment { position: u64::MAX, time: self.clock.now() };
        for member in &outline.members {
            may(Action::Read, member, outline, moment, thread.evidence())?;
        }
        check_escrow(outline, moment, thread.evidence()).map_err(|_| Denied::NoGrant)
    }

    /// Whether the next letter needs a new epoch first: somebody may no longer read, escrow was agreed to or taken
    /// back, keys were released, or the epoch is old or long.
    fn epoch_due(&self, session: SessionId, manifest: &Signed<Manifest>) -> Result<Option<Reason>, SendError> {
        let thread = self.threads.get(&session).ok_or(SendError::NoEpoch)?;
        let outline = &manifest.body().outline;
        if let Err(denied) = self.is_sound(session, outline) {
            // a letter that nobody else would read is not sent
            let others = self.seated(session, outline).iter().any(|member| member.account != self.id());
            return if others { Ok(Some(Reason::Members)) } else { Err(denied.into()) };
        }
        let manages = outline.member(&self.id()).is_some_and(|own| own.capabilities.allow(Action::Manage));
        if thread.is_released() && manages {
            return Ok(Some(Reason::Release));
        }
        let worn = is_worn(outline.created, self.clock.now(), thread.letters_in_epoch());
        Ok((worn && manages).then_some(Reason::Schedule))
    }

    fn outline(
        &self,
        case: CaseId,
        session: SessionId,
        members: Vec<Member>,
        reason: Reason,
        previous: Option<&Signed<Manifest>>,
    ) -> Outline {
        let thread = self.threads.get(&session);
        Outline {
            case,
            session,
            epoch: previous.map_or(0, |manifest| manifest.body().outline.epoch.saturating_add(1)),
            previous: previous.map(Signed::hash),
            transcript: previous.and(thread).map(|thread| thread.transcript().clone()),
            members,
            escrow: None,
            reason,
            author: self.id(),
            created: self.clock.now(),
        }
    }

    async fn post_epoch(&mut self, outline: Outline) -> Result<(), SendError> {
        let session = outline.session;
        let members = self.pinned_cards(outline.members.iter().map(|member| member.account).collect()).await?;
        let trustees = self.pinned_cards(outline.trustees().iter().map(|trustee| trustee.account).collect()).await?;
        let (members, trustees) = (members.iter().collect::<Vec<_>>(), trustees.iter().collect::<Vec<_>>());
        let cards = EpochCards { members: &members, trustees: &trustees };
        let authored = author_epoch(&mut self.rng, self.keyring.newest(), outline, cards);
        let AuthoredEpoch { manifest, wraps, seals } = authored.map_err(|_| SendError::Keys)?;
        let upload = ManifestUpload {
            manifest: ByteString(manifest.wire().to_vec()),
            wraps: wraps.into_iter().map(ByteString).collect(),
            seals: seals.into_iter().map(ByteString).collect(),
        };
        let head = self.relay.post_manifest(&self.token, session, &upload).await?;
        let head = self.verify_statement(&head)?;
        if head.body().manifest == manifest.hash() { Ok(()) } else { Err(SendError::Receipt) }
    }

    async fn pinned_cards(&mut self, accounts: Vec<AccountId>) -> Result<Vec<SignedCard>, SendError> {
        let mut cards = Vec::with_capacity(accounts.len());
        for account in accounts {
            cards.push(self.pinned_card(account).await?);
        }
        Ok(cards)
    }

    /// A draft with an id of its own.
    ///
    /// # Errors
    /// [`SendError::Empty`], [`SendError::TooLong`].
    pub fn draft(&mut self, text: String, reply_to: Option<LetterId>) -> Result<Draft, SendError> {
        let id = LetterId::from_random_bytes(self.random());
        let draft = Draft { id, text, reply_to };
        check_text(&draft)?;
        Ok(draft)
    }

    /// Seals and sends a draft. Sending the same draft again, from any device, stores it once.
    ///
    /// # Errors
    /// [`SendError`]. After [`SendError::Relay`] without an answer, send the same draft again.
    pub async fn send(&mut self, session: SessionId, draft: &Draft) -> Result<Sent, SendError> {
        check_text(draft)?;
        for _ in 0..MAX_ATTEMPTS {
            let manifest = self.ready(session, Action::Write).await?;
            if let Some(sent) = self.already_sent(session, draft)? {
                return Ok(sent);
            }
            if let Some(reason) = self.epoch_due(session, &manifest)? {
                self.begin_epoch(session, reason, None).await?;
                continue;
            }
            let sealed = self.seal(session, &manifest, draft)?;
            match self.relay.post_letter(&self.token, session, &sealed.upload).await {
                Ok(receipt) => return self.confirm(draft.id, sealed.letter, &receipt),
                Err(RelayError::Refused(
                    ProblemCode::StaleManifest
                    | ProblemCode::StaleSequence
                    | ProblemCode::NewEpochNeeded
                    | ProblemCode::DuplicateId,
                )) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(SendError::Contended)
    }

    fn already_sent(&self, session: SessionId, draft: &Draft) -> Result<Option<Sent>, SendError> {
        let thread = self.threads.get(&session).ok_or(SendError::NoEpoch)?;
        let Some(letter) = thread.letters().iter().find(|letter| letter.id == draft.id) else {
            return Ok(None);
        };
        let same = letter.sender == self.id() && letter.content.as_ref().is_some_and(|content| draft.is(content));
        let sent = Sent { id: draft.id, letter: letter.hash, position: letter.position, stored: letter.stored };
        if same { Ok(Some(sent)) } else { Err(SendError::OtherLetter) }
    }

    fn seal(
        &mut self,
        session: SessionId,
        manifest: &Signed<Manifest>,
        draft: &Draft,
    ) -> Result<SealedUpload, SendError> {
        let content = compose(&draft.content(self.clock.now()));
        let own = self.id();
        let thread = self.threads.get(&session).ok_or(SendError::NoEpoch)?;
        let member = manifest.body().outline.member(&own).ok_or(SendError::NoEpoch)?;
        let identity = self.keyring.by_card(&member.card).ok_or(SendError::NoEpoch)?;
        let state = thread.sender_state();
        let header = LetterHeader {
            session,
            epoch: manifest.body().outline.epoch,
            manifest: manifest.hash(),
            sender: own,
            card: member.card,
            id: draft.id,
            sequence: state.next,
            previous_own: state.last,
            seen: thread.last_foreign(),
            salt: Hash([0; 32]),
        };
        let epoch = thread.epoch().ok_or(SendError::NoEpoch)?;
        let sealed = seal_letter(&mut self.rng, epoch, identity, header, &content).map_err(|_| SendError::TooLong)?;
        let upload = LetterUpload {
            letter: ByteString(sealed.letter.wire().to_vec()),
            ciphertext: ByteString(sealed.ciphertext),
        };
        Ok(SealedUpload { letter: sealed.letter.hash(), upload })
    }

    fn confirm(&self, id: LetterId, letter: Hash, receipt: &Unverified<Receipt>) -> Result<Sent, SendError> {
        let now = self.clock.now();
        let keys = self.centre.relay_keys(now).map_err(SyncError::from)?;
        let receipt = keys.iter().find_map(|key| receipt.clone().verify(key).ok()).ok_or(SendError::Receipt)?;
        let body = receipt.body();
        if body.letter != letter {
            return Err(SendError::Receipt);
        }
        Ok(Sent { id, letter, position: body.position, stored: body.time })
    }

    /// Reads the session up to now and makes sure that this account may do `action` in it.
    async fn ready(&mut self, session: SessionId, action: Action) -> Result<Signed<Manifest>, SendError> {
        self.sync(session).await?;
        let thread = self.threads.get(&session).ok_or(SendError::NoEpoch)?;
        if let Some(fault) = thread.fault() {
            return Err(SendError::Halted(fault));
        }
        // A new epoch is what mends a refused one.
        if action == Action::Write && !thread.refusals().is_empty() {
            return Err(SendError::Refused);
        }
        let manifest = thread.manifest().filter(|_| thread.epoch().is_some()).ok_or(SendError::NoEpoch)?.clone();
        let outline = &manifest.body().outline;
        let own = outline.member(&self.id()).ok_or(SendError::NoEpoch)?;
        let moment = Moment { position: u64::MAX, time: self.clock.now() };
        may(action, own, outline, moment, thread.evidence())?;
        if action == Action::Write {
            for member in self.seated(session, outline) {
                self.check_known(member.account).await?;
            }
        }
        Ok(manifest)
    }

    /// Reads a session up to now, checks everything, and remembers how far it was.
    ///
    /// # Errors
    /// [`SyncError`]: nothing could be read. What does not fit is a [`Fault`] of the thread instead.
    pub async fn sync(&mut self, session: SessionId) -> Result<&Thread, SyncError> {
        let mut thread = match self.threads.remove(&session) {
            Some(thread) => thread,
            None => Thread::new(session, self.id()),
        };
        let mut outcome = self.read_on(&mut thread).await;
        if outcome.is_ok() && thread.inherits() && thread.fault().is_none() {
            // what was closed before opens now
            thread = thread.again();
            outcome = self.read_on(&mut thread).await;
        }
        if outcome.is_ok() && thread.fault().is_none() && !thread.notices().is_empty() {
            outcome = self.read_releases(&mut thread).await;
        }
        if outcome.is_ok() && thread.fault().is_none() {
            self.remember(&thread).await?;
        }
        let thread = self.threads.entry(session).insert_entry(thread).into_mut();
        outcome.map(|()| &*thread)
    }

    /// What was read of a session so far.
    pub fn thread(&self, session: &SessionId) -> Option<&Thread> {
        self.threads.get(session)
    }

    /// Reads what became of the requests of which the relay told.
    async fn read_releases(&mut self, thread: &mut Thread) -> Result<(), SyncError> {
        match self.escrow_record(thread.session()).await? {
            Ok(record) => thread.set_releases(record.into_releases()),
            Err(_) => thread.halt(Fault::Escrow),
        }
        Ok(())
    }

    /// Reads a session's escrow from its beginning, or says what does not fit in it.
    pub(crate) async fn escrow_record(&mut self, session: SessionId) -> Result<Result<EscrowRecord, Fault>, SyncError> {
        let mut record = EscrowRecord::new(session, self.centre.evidence());
        loop {
            let page = self.relay.escrow_record(&self.token, session, record.position()).await?;
            for entry in &page.entries {
                self.learn_cards(&EscrowRecord::accounts_of(entry), entry.position).await?;
                let known = Known { cards: &self.cards, centre: &self.centre, keyring: &self.keyring };
                if let Err(fault) = record.take(entry, &known) {
                    return Ok(Err(fault));
                }
            }
            if !page.more {
                return Ok(Ok(record));
            }
            if page.entries.is_empty() {
                return Ok(Err(Fault::Order));
            }
        }
    }

    /// Reads the consent of a case from its beginning.
    pub(crate) async fn case_record(&mut self, case: CaseId) -> Result<CaseRecord, SyncError> {
        let mut record = CaseRecord::default();
        record.set_centre(self.centre.evidence());
        let mut after = 0;
        loop {
            let page = self.relay.consent(&self.token, case, after).await?;
            for entry in &page.entries {
                self.learn_cards(&CaseRecord::accounts_of(entry).into_iter().collect::<Vec<_>>(), entry.position)
                    .await?;
                let known = Known { cards: &self.cards, centre: &self.centre, keyring: &self.keyring };
                let in_order = entry.position > after;
                record.take(entry, &known).and_then(|()| in_order.then_some(()).ok_or(Fault::Order))?;
                after = entry.position;
            }
            if !page.more {
                break;
            }
            if page.entries.is_empty() {
                return Err(Fault::Order.into());
            }
        }
        if record.case().is_some_and(|found| found != case) { Err(Fault::Order.into()) } else { Ok(record) }
    }

    pub(crate) async fn read_on(&mut self, thread: &mut Thread) -> Result<(), SyncError> {
        self.refresh_centre().await?;
        self.cards.forget();
        thread.set_centre(self.centre.evidence());
        self.learn_members(thread).await?;
        let mut owed: BTreeMap<Hash, Owed> = BTreeMap::new();
        loop {
            let page = self.relay.record(&self.token, thread.session(), thread.position()).await?;
            let before = thread.position();
            for entry in &page.entries {
                self.learn_cards(&Thread::accounts_of(entry), entry.position).await?;
                let known = Known { cards: &self.cards, centre: &self.centre, keyring: &self.keyring };
                if let Some(debt) = thread.apply(entry, &known) {
                    let (Owed::Acceptance(manifest) | Owed::Refusal(manifest, ..)) = debt;
                    owed.insert(manifest, debt);
                }
            }
            if thread.fault().is_some() {
                break;
            }
            if page.more {
                if thread.position() == before {
                    thread.halt(Fault::Order);
                    break;
                }
                continue;
            }
            let head = page.head.ok_or(SyncError::Statement)?;
            let head = Unverified::parse(&head.0).map_err(|_| SyncError::Statement)?;
            let head = self.verify_statement(&head)?;
            thread.compare(head.body());
            self.compare_with_vault(thread);
            break;
        }
        self.answer(thread, owed.into_values()).await;
        Ok(())
    }

    /// Posts what this reader owes. If that fails, the next reading owes it again.
    async fn answer(&mut self, thread: &Thread, owed: impl Iterator<Item = Owed>) {
        let time = self.clock.now();
        let (session, account) = (thread.session(), self.id());
        for debt in owed {
            let identity = self.keyring.newest();
            let wire = match debt {
                Owed::Acceptance(manifest) if thread.has_accepted(&manifest) => continue,
                Owed::Acceptance(manifest) => {
                    let card = identity.card_hash();
                    let acceptance = Acceptance { session, manifest, account, card, time };
                    Signed::sign(acceptance, identity).wire().to_vec()
                }
                Owed::Refusal(manifest, code, index) => {
                    let refusal = Refusal { session, manifest, account, code, index, time };
                    Signed::sign(refusal, identity).wire().to_vec()
                }
            };
            let _unsent_is_owed_again = self.relay.post_answer(&self.token, session, wire).await;
        }
    }

    /// The cards of the members so far: what was fetched before may have been forgotten since.
    async fn learn_members(&mut self, thread: &Thread) -> Result<(), SyncError> {
        let members = thread.manifest().map(|manifest| manifest.body().outline.members.as_slice()).unwrap_or_default();
        for member in members {
            self.cards.learn(&self.relay, &self.token, member.account).await?;
        }
        Ok(())
    }

    async fn learn_cards(&mut self, accounts: &[AccountId], position: u64) -> Result<(), SyncError> {
        for account in accounts {
            let known = self.cards.get(account).is_some_and(|chain| chain.newest_before(position).is_some());
            if !known {
                self.cards.learn(&self.relay, &self.token, *account).await?;
            }
        }
        Ok(())
    }

    fn verify_statement(&self, head: &Unverified<HeadStatement>) -> Result<Signed<HeadStatement>, SyncError> {
        let now = self.clock.now();
        let keys = self.centre.relay_keys(now)?;
        let head = keys.iter().find_map(|key| head.clone().verify(key).ok()).ok_or(SyncError::Statement)?;
        let limit = HEAD_VALID_MS.min(CLOCK_SKEW_MS);
        if head.body().time.distance(now) > limit {
            return Err(SyncError::Statement);
        }
        Ok(head)
    }
}

/// Whether an epoch is old or long enough for a successor.
fn is_worn(created: Timestamp, now: Timestamp, letters: u64) -> bool {
    created.plus(EPOCH_MS) <= now || letters >= EPOCH_LETTERS
}

struct SealedUpload {
    letter: Hash,
    upload: LetterUpload,
}

fn check_text(draft: &Draft) -> Result<(), SendError> {
    if draft.text.trim().is_empty() {
        return Err(SendError::Empty);
    }
    if draft.text.len() > MAX_TEXT { Err(SendError::TooLong) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_lasts_seven_days_or_a_hundred_letters() {
        let created = Timestamp(1_000);
        let week = 7 * 24 * 60 * 60 * 1000;
        assert!(!is_worn(created, created.plus(week - 1), 99));
        assert!(is_worn(created, created.plus(week), 0));
        assert!(is_worn(created, created, 100));
        assert!(!is_worn(created.plus(5), created, 0), "a clock that is behind");
    }
}
