//! Sessions (docs/protocol.md §5, §6): opening one, reading it up to now, sending, and beginning a new epoch.

use amanah_crypto_core::letter::seal_letter;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::ByteString;
use amanah_protocol::centre::Role;
use amanah_protocol::evidence::Moment;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, LetterId, SessionId, Timestamp};
use amanah_protocol::letter::LetterHeader;
use amanah_protocol::manifest::{Capabilities, Manifest, Member, Reason};
use amanah_protocol::policy::{Action, Denied, may};
use amanah_protocol::record::LetterUpload;
use amanah_protocol::signature::{Signed, Unverified};
use amanah_protocol::statement::Receipt;
use rand_core::CryptoRng;

use crate::account::{Account, VaultError};
use crate::cards::CardsError;
use crate::centre::CentreError;
use crate::consent::GrantedCase;
use crate::content::{Body, Draft, Intake, Stage, compose};
use crate::erasure::Erased;
use crate::log::Leaf;
use crate::people::NewKeys;
use crate::relay::RelayError;
use crate::thread::Fault;
use crate::transport::{Clock, Transport};

/// How often a send is sealed again when other devices or members were faster.
pub(crate) const MAX_ATTEMPTS: usize = 16;

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

impl SyncError {
    /// Whether the relay no longer shows the session to this account, which is no reason not to show the others.
    pub fn is_closed(&self) -> bool {
        matches!(
            self,
            Self::Relay(RelayError::Refused(
                ProblemCode::NotAMember
                    | ProblemCode::NoGrant
                    | ProblemCode::GrantRevoked
                    | ProblemCode::GrantExpired
                    | ProblemCode::DocumentReplaced
                    | ProblemCode::GuardianNeeded
                    | ProblemCode::NotAppointed
                    | ProblemCode::Forbidden
                    | ProblemCode::NotFound
            ))
        )
    }
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
    /// The session was erased.
    #[error("this session was erased")]
    Erased(Erased),
    /// A member has refused the current epoch.
    #[error("a member has found something wrong with the keys of this session")]
    Refused,
    /// This account may not write.
    #[error("you may not write here: {0}")]
    Denied(#[from] Denied),
    /// The session has no epoch that this account can read.
    #[error("this session has no keys for you")]
    NoEpoch,
    /// A member has new keys that this account has not acknowledged; the log has them.
    #[error("somebody in this session has new keys")]
    KeysChanged(NewKeys),
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
    /// Code words and intake are a client's to say, and the stage a counsellor's.
    #[error("this is not yours to say here")]
    NotYours,
    /// An intake that does not say where the client is.
    #[error("an intake says at least where you are")]
    NoPlace,
    /// Too few code words.
    #[error("these code words are too few or too short")]
    CodeWords,
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
        let moment = Moment::latest(self.clock.now());
        let mut outline = self.outline(granted.case, session, members, Reason::Opened, None);
        for member in &outline.members {
            may(Action::Read, member, &outline, moment, &evidence)?;
        }
        outline.escrow = self.escrow_due(&outline, moment, &evidence).await?;
        self.post_epoch(outline).await?;
        self.sync(session).await?;
        Ok(session)
    }

    /// A draft with an id of its own.
    ///
    /// # Errors
    /// [`SendError::Empty`], [`SendError::TooLong`].
    pub fn draft(&mut self, text: String, reply_to: Option<LetterId>) -> Result<Draft, SendError> {
        self.checked(Body::Letter(text), reply_to)
    }

    fn checked(&mut self, body: Body, reply_to: Option<LetterId>) -> Result<Draft, SendError> {
        let draft = Draft { id: LetterId::from_random_bytes(self.random()), body, reply_to };
        draft.check()?;
        Ok(draft)
    }

    /// A draft of the code words that a client agrees on with the readers of a session. The newest ones count.
    ///
    /// # Errors
    /// [`SendError::CodeWords`] unless these are at least two words with eight letters or digits together.
    pub fn code_words_draft(&mut self, words: &str) -> Result<Draft, SendError> {
        self.checked(Body::CodeWords(words.trim().to_owned()), None)
    }

    /// A draft of a client's intake. The newest one counts.
    ///
    /// # Errors
    /// [`SendError::NoPlace`], [`SendError::TooLong`].
    pub fn intake_draft(&mut self, intake: Intake) -> Result<Draft, SendError> {
        self.checked(Body::Intake(intake), None)
    }

    /// A draft of the stage, as a counsellor of the session sees it. The newest one counts.
    pub fn stage_draft(&mut self, stage: Stage) -> Draft {
        Draft { id: LetterId::from_random_bytes(self.random()), body: Body::Stage(stage), reply_to: None }
    }

    /// Seals and sends a draft. Sending the same draft again, from any device, stores it once.
    ///
    /// # Errors
    /// [`SendError`]. After [`SendError::Relay`] without an answer, send the same draft again.
    pub async fn send(&mut self, session: SessionId, draft: &Draft) -> Result<Sent, SendError> {
        draft.check()?;
        for _ in 0..MAX_ATTEMPTS {
            let manifest = self.ready(session, Action::Write).await?;
            let own = manifest.body().outline.member(&self.id()).ok_or(SendError::NoEpoch)?;
            if !draft.body.is_for(own.role) {
                return Err(SendError::NotYours);
            }
            if let Some(sent) = self.already_sent(session, draft)? {
                return Ok(sent);
            }
            if let Some(reason) = self.epoch_due(session, &manifest)? {
                self.begin_epoch(session, reason, None).await?;
                continue;
            }
            let sealed = self.seal(session, &manifest, draft)?;
            match self.relay.post_letter(&self.token, session, &sealed.upload).await {
                Ok(receipt) => return self.confirm(draft.id, sealed.letter, &receipt).await,
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

    /// Checks the relay's receipt, and that the log has the letter.
    async fn confirm(&mut self, id: LetterId, letter: Hash, receipt: &Unverified<Receipt>) -> Result<Sent, SendError> {
        let now = self.clock.now();
        let receipt = self.centre.signed_by_relay(receipt, now).map_err(SyncError::from)?.ok_or(SendError::Receipt)?;
        let body = receipt.body();
        if body.letter != letter {
            return Err(SendError::Receipt);
        }
        let sent = Sent { id, letter, position: body.position, stored: body.time };
        let leaf = Leaf::promised(body).ok_or(SendError::Receipt)?;
        self.check_log(&[leaf]).await.map_err(SyncError::from)?;
        Ok(sent)
    }

    /// Reads the session up to now and makes sure that this account may do `action` in it.
    pub(crate) async fn ready(&mut self, session: SessionId, action: Action) -> Result<Signed<Manifest>, SendError> {
        self.sync(session).await?;
        let thread = self.threads.get(&session).ok_or(SendError::NoEpoch)?;
        if let Some(fault) = thread.fault() {
            return Err(SendError::Halted(fault));
        }
        if let Some(erased) = thread.erased() {
            return Err(SendError::Erased(erased));
        }
        // A new epoch is what mends a refused one.
        if action == Action::Write && !thread.refusals().is_empty() {
            return Err(SendError::Refused);
        }
        // The next epoch needs no keys of this one.
        let keys = action == Action::Manage || thread.epoch().is_some();
        let manifest = thread.manifest().filter(|_| keys).ok_or(SendError::NoEpoch)?.clone();
        let outline = &manifest.body().outline;
        let own = outline.member(&self.id()).ok_or(SendError::NoEpoch)?;
        let moment = Moment::latest(self.clock.now());
        may(action, own, outline, moment, thread.evidence())?;
        if action == Action::Write {
            for member in self.seated(session, outline) {
                self.check_known(member.account).await?;
            }
        }
        Ok(manifest)
    }
}

struct SealedUpload {
    letter: Hash,
    upload: LetterUpload,
}
