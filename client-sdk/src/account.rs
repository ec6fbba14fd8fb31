//! Accounts (docs/protocol.md §3): registering, signing in, recovering, changing secrets, and keeping the vault.

use std::collections::BTreeMap;

use amanah_crypto_core::identity::{Identity, Keyring};
use amanah_crypto_core::opaque::{ExportKey, Registration, SignIn};
use amanah_crypto_core::recovery::RecoveryCode;
use amanah_crypto_core::sheet::Sheet;
use amanah_crypto_core::vault::{Pin, SessionMark, Vault, VaultHeader, VaultKey};
use amanah_protocol::account::{RecoveryRequest, VaultHead, vault_hash};
use amanah_protocol::api::{self, Bytes, ProblemCode};
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, CentreId, Handle, SessionId, Timestamp};
use amanah_protocol::log::{Quorum, SignedCheckpoint, TreeHead};
use amanah_protocol::manifest::Member;
use amanah_protocol::signature::{Signed, Signer, Unverified};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::cards::Cards;
use crate::centre::{Centre, CentreError};
use crate::log::{Leaf, Log, LogError};
use crate::passphrase::Passphrase;
use crate::relay::{Relay, RelayError};
use crate::thread::{Fault, ReadLetter, Thread};
use crate::transport::{Clock, Transport};

/// The world outside: the way to the relay, the time, and randomness.
#[derive(Debug)]
pub struct Environment<T, C, R> {
    /// The way to the relay.
    pub transport: T,
    /// The time.
    pub clock: C,
    /// Randomness of the operating system or the browser.
    pub rng: R,
}

/// Why somebody is not signed in, or a secret was not changed. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The centre's record is not believed.
    #[error(transparent)]
    Centre(#[from] CentreError),
    /// Handle and passphrase, or handle and recovery code, do not fit together.
    #[error("the handle and the secret do not fit together")]
    WrongSecret,
    /// This account needs its sheet too.
    #[error("this account needs its sheet too")]
    NeedsSheet,
    /// The vault is not one that this account made, or an old one.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Why the vault could not be opened or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The vault does not open, is not signed by its account, or belongs to another centre.
    #[error("the vault is not the one that this account stored")]
    NotOurs,
    /// Other devices stored newer vaults each time.
    #[error("other devices were faster each time")]
    Contended,
}

/// Secrets that are shown once and kept by a person.
pub struct Issued {
    /// Opens the account without the passphrase.
    pub recovery: RecoveryCode,
    /// The second secret of staff, needed with the passphrase on every new device.
    pub sheet: Option<Sheet>,
}

impl Issued {
    /// Secrets for a new account, with a sheet for staff. They open nothing before [`Account::register`], so that whoever is
    /// to keep them can have them first.
    pub fn generate(rng: &mut impl CryptoRng, staff: bool) -> Self {
        Self { recovery: RecoveryCode::generate(rng), sheet: staff.then(|| Sheet::generate(rng)) }
    }
}

/// New secrets of an account of which it is not known whether the relay took them, since its answer was lost.
struct Unsettled {
    issued: Issued,
    vault_key: VaultKey,
    version: u64,
    hash: Hash,
}

/// How often the vault is stored again when other devices were faster.
const MAX_ATTEMPTS: usize = 32;

/// A signed-in account on this device. Dropping it wipes its keys.
pub struct Account<T, C, R> {
    pub(crate) relay: Relay<T>,
    pub(crate) clock: C,
    pub(crate) rng: R,
    pub(crate) token: Zeroizing<String>,
    pub(crate) keyring: Keyring,
    pub(crate) centre: Centre,
    pub(crate) cards: Cards,
    pub(crate) log: Log,
    pub(crate) threads: BTreeMap<SessionId, Thread>,
    handle: Handle,
    pinned: CentreId,
    pub(crate) vault: Vault,
    vault_key: VaultKey,
    vault_version: u64,
    vault_hash: Hash,
    unsettled: Option<Unsettled>,
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// Registers a new account with the pinned centre and signs it in. Whoever calls again with the same secrets, because an
    /// answer was lost, gets the same account.
    ///
    /// # Errors
    /// [`AccountError`]; `HandleTaken` of the relay if somebody else has the handle.
    pub async fn register(
        environment: Environment<T, C, R>,
        pinned: CentreId,
        handle: &Handle,
        passphrase: &Passphrase,
        issued: &Issued,
    ) -> Result<Self, AccountError> {
        let Environment { transport, clock, mut rng } = environment;
        let relay = Relay { transport };
        Centre::fetch(&relay, pinned).await?.relay_keys(clock.now())?;
        let (identity, card) = Identity::generate(&mut rng, clock.now());
        let mut vault = Vault::new(pinned, identity, &issued.recovery);
        vault.set_sheet(issued.sheet.as_ref());
        let (registration, request) = Registration::start(&mut rng, passphrase.as_bytes());
        let answer = relay.registration_start(handle, request).await?;
        let (upload, export_key) = registration
            .finish(&mut rng, passphrase.as_bytes(), &answer.response.0, handle, &pinned)
            .map_err(|_| RelayError::Answer)?;
        let secrets = Secrets { export_key, sheet: issued.sheet.as_ref() };
        let header = VaultHeader { account: card.account(), version: 1, previous: None };
        let sealed = seal_credential(&mut rng, &vault, &header, upload, &secrets, clock.now());
        let finish = api::RegistrationFinish {
            handle: handle.as_str().to_owned(),
            card: Bytes(card.wire().to_vec()),
            credential: sealed.message,
        };
        let finished = relay.registration_finish(&finish).await;
        let taken = finished.as_ref().is_err_and(|error| error.is(ProblemCode::HandleTaken));
        if !taken {
            finished?;
        }
        let environment = Environment { transport: relay.transport, clock, rng };
        match Self::sign_in(environment, pinned, handle, passphrase, issued.sheet.as_ref()).await {
            Ok(account) if *account.vault.recovery_code().to_text() == *issued.recovery.to_text() => Ok(account),
            Err(error) if !taken => Err(error),
            _ => Err(RelayError::Refused(ProblemCode::HandleTaken).into()),
        }
    }

    /// Signs in, on this or another device. The passphrase never leaves it.
    ///
    /// # Errors
    /// [`AccountError::WrongSecret`] for a wrong passphrase and for an unknown handle alike;
    /// [`AccountError::NeedsSheet`] when staff signs in without the sheet.
    pub async fn sign_in(
        environment: Environment<T, C, R>,
        pinned: CentreId,
        handle: &Handle,
        passphrase: &Passphrase,
        sheet: Option<&Sheet>,
    ) -> Result<Self, AccountError> {
        let Environment { transport, clock, mut rng } = environment;
        let relay = Relay { transport };
        let (attempt, request) = SignIn::start(&mut rng, passphrase.as_bytes());
        let answer = relay.sign_in_start(handle, request).await?;
        let (finalization, export_key) = attempt
            .finish(passphrase.as_bytes(), &answer.response.0, handle, &pinned)
            .map_err(|_| AccountError::WrongSecret)?;
        let message = api::SignInFinish { attempt: answer.attempt, finalization: Bytes(finalization) };
        let signed_in = relay.sign_in_finish(&message).await.map_err(wrong_secret)?;
        let token = Zeroizing::new(signed_in.token);
        let stored = relay.vault(&token).await?;
        let vault_key = VaultKey::open_passphrase_wrap(&stored.passphrase_wrap.0, &export_key, sheet)
            .map_err(|error| if error.needs_sheet() { AccountError::NeedsSheet } else { AccountError::WrongSecret })?;
        let environment = Environment { transport: relay.transport, clock, rng };
        Self::open(environment, pinned, handle, token, vault_key, &stored).await
    }

    /// Opens the account with its recovery code, and gives it a new passphrase, recovery code and sheet.
    ///
    /// The old passphrase and recovery code open nothing any more.
    ///
    /// # Errors
    /// Those of [`Account::open_by_code`] and [`Account::renew`].
    pub async fn recover(
        environment: Environment<T, C, R>,
        pinned: CentreId,
        handle: &Handle,
        code: &RecoveryCode,
        passphrase: &Passphrase,
    ) -> Result<(Self, Issued), AccountError> {
        let mut account = Self::open_by_code(environment, pinned, handle, code).await?;
        let issued = account.new_secrets();
        account.renew(passphrase, &issued).await?;
        Ok((account, issued))
    }

    /// Opens the account with its recovery code, and changes nothing: whoever does it gives it new secrets next
    /// ([`Account::new_secrets`], [`Account::renew`]).
    ///
    /// # Errors
    /// [`AccountError::WrongSecret`] for a wrong code and for an unknown handle alike.
    pub async fn open_by_code(
        environment: Environment<T, C, R>,
        pinned: CentreId,
        handle: &Handle,
        code: &RecoveryCode,
    ) -> Result<Self, AccountError> {
        let Environment { transport, clock, rng } = environment;
        let relay = Relay { transport };
        let challenge = relay.recovery_start(handle).await?.challenge;
        let request = RecoveryRequest { centre: pinned, handle: handle.clone(), challenge: ByteString(challenge.0) };
        let request = Signed::sign(request, &code.signer());
        let signed_in = relay.recovery_finish(request.wire().to_vec()).await.map_err(wrong_secret)?;
        let token = Zeroizing::new(signed_in.token);
        let stored = relay.vault(&token).await?;
        let vault_key =
            VaultKey::open_recovery_wrap(&stored.recovery_wrap.0, code).map_err(|_| AccountError::WrongSecret)?;
        let environment = Environment { transport: relay.transport, clock, rng };
        Self::open(environment, pinned, handle, token, vault_key, &stored).await
    }

    /// A new recovery code, and a new sheet if the account has one. They open nothing before [`Account::renew`].
    pub fn new_secrets(&mut self) -> Issued {
        let staff = self.vault.sheet().is_some();
        Issued::generate(&mut self.rng, staff)
    }

    /// A new recovery code beside the sheet that the account has. It opens nothing before [`Account::renew`].
    pub fn new_recovery_code(&mut self) -> Issued {
        Issued { recovery: RecoveryCode::generate(&mut self.rng), sheet: self.vault.sheet() }
    }

    /// Changes the passphrase. Recovery code and sheet stay; other devices are signed out; the vault gets a new key.
    ///
    /// # Errors
    /// [`AccountError`]; `SignInStale` of the relay if the sign-in is older than ten minutes.
    pub async fn change_passphrase(&mut self, passphrase: &Passphrase) -> Result<(), AccountError> {
        let kept = Issued { recovery: self.vault.recovery_code(), sheet: self.vault.sheet() };
        self.renew(passphrase, &kept).await
    }

    /// Makes a new recovery code; the old one opens nothing any more. The vault gets a new key.
    ///
    /// The account gets this passphrase, which is to be the one with which it signed in.
    ///
    /// # Errors
    /// [`AccountError`]; `SignInStale` of the relay if the sign-in is older than ten minutes.
    pub async fn renew_recovery_code(&mut self, passphrase: &Passphrase) -> Result<RecoveryCode, AccountError> {
        let issued = self.new_recovery_code();
        self.renew(passphrase, &issued).await?;
        Ok(issued.recovery)
    }

    /// Ends the sign-in at the relay and wipes the keys.
    ///
    /// # Errors
    /// [`RelayError`]; the keys are wiped all the same.
    pub async fn sign_out(self) -> Result<(), RelayError> {
        self.relay.sign_out(&self.token).await
    }

    async fn open(
        environment: Environment<T, C, R>,
        pinned: CentreId,
        handle: &Handle,
        token: Zeroizing<String>,
        vault_key: VaultKey,
        stored: &api::Vault,
    ) -> Result<Self, AccountError> {
        let Environment { transport, clock, rng } = environment;
        let relay = Relay { transport };
        let head = Unverified::<VaultHead>::parse(&stored.vault_head.0).map_err(|_| VaultError::NotOurs)?;
        let (vault, header) = open_vault(&vault_key, &stored.vault.0, head, pinned)?;
        let centre = Centre::fetch(&relay, pinned).await?;
        centre.compare_mark(vault.centre_mark())?;
        let log = Log::remembered(vault.log());
        let mut account = Self {
            log,
            relay,
            clock,
            rng,
            token,
            keyring: vault.keyring(),
            centre,
            cards: Cards::default(),
            threads: BTreeMap::new(),
            handle: handle.clone(),
            pinned,
            vault_hash: vault_hash(&stored.vault.0),
            vault_version: header.version,
            vault,
            vault_key,
            unsettled: None,
        };
        // without the witnesses: whoever demands too many must be able to say so
        account.check_leaves(&[]).await?;
        account.check_own_vault(&stored.vault_head.0).await?;
        Ok(account)
    }

    /// Whether this account has the second secret of staff.
    pub fn has_sheet(&self) -> bool {
        self.vault.sheet().is_some()
    }

    /// The newest tree of the log that this account has checked.
    pub fn checked_log(&self) -> TreeHead {
        self.log.head()
    }

    /// Hands everything that the relay stores, as a bundle, piece by piece to `take` as long as that returns true. For an
    /// appointed auditor. The vault remembers the log that was checked before, so that no relay can show another one next
    /// time.
    ///
    /// # Errors
    /// [`VaultError`]; `NotAppointed` of the relay for anybody else.
    pub async fn audit_bundle(&mut self, take: impl AsyncFnMut(Vec<u8>) -> bool) -> Result<(), VaultError> {
        self.relay.audit_bundle(&self.token, take).await?;
        self.keep_vault().await
    }

    /// The hash of the manifest of the web client that the relay serves, as `cargo xtask web` prints it; `None` if it serves
    /// none. Asked without saying who asks.
    ///
    /// # Errors
    /// [`RelayError`].
    pub async fn served_web_client(&self) -> Result<Option<Hash>, RelayError> {
        Ok(self.relay.web_manifest().await?.map(|manifest| of_bytes(&manifest)))
    }

    /// Checks that the vault that was opened is the newest in the log; one that another device stored meanwhile is taken
    /// in first.
    async fn check_own_vault(&mut self, vault_head: &[u8]) -> Result<(), AccountError> {
        let hash = |head: &[u8]| Unverified::<VaultHead>::parse(head).map(|head| head.claimed().hash()).ok();
        let mut shown = hash(vault_head);
        for _ in 0..MAX_ATTEMPTS {
            let now = self.clock.now();
            let newest = self.log.newest(&self.relay, &self.token, &self.centre, now, self.keyring.account()).await?;
            if newest.vault_head == shown {
                return Ok(());
            }
            let stored = self.relay.vault(&self.token).await?;
            if hash(&stored.vault_head.0) == shown {
                return Err(CentreError::Log(LogError::NotNewest).into());
            }
            shown = hash(&stored.vault_head.0);
            self.take_in_newer_vault().await?;
        }
        Err(VaultError::Contended.into())
    }

    /// Checks that enough witnesses have cosigned the log, that it has only grown, and that it has what was read of the
    /// centre's record and these leaves.
    pub(crate) async fn check_log(&mut self, leaves: &[Leaf]) -> Result<(), CentreError> {
        Box::pin(self.check_witnesses()).await?;
        Box::pin(self.check_leaves(leaves)).await.map(drop)
    }

    /// The same, whatever witnesses say.
    pub(crate) async fn check_leaves(&mut self, leaves: &[Leaf]) -> Result<SignedCheckpoint, CentreError> {
        let remembered = self.vault.centre_mark().count;
        let all = [self.centre.reading().unlogged(remembered), leaves].concat();
        let checkpoint = self.log.check(&self.relay, &self.centre, self.clock.now(), &all).await?;
        self.centre.reading().is_logged();
        self.vault.set_log(self.log.head());
        Ok(checkpoint)
    }

    /// Checks that a card is the newest of its account in the log. If it is not, whoever calls looks at the cards once
    /// more: somebody may have made a new one in this moment.
    pub(crate) async fn is_newest_card(&mut self, account: AccountId, card: Hash) -> Result<bool, CentreError> {
        if self.log.is_newest(&account, &card) {
            return Ok(true);
        }
        let now = self.clock.now();
        let newest = self.log.newest(&self.relay, &self.token, &self.centre, now, account).await?;
        Ok(newest.card == card)
    }

    /// Gives the account this passphrase and these secrets: seals the vault under a new key for them, and stores all of it at
    /// once. If the relay's answer is lost, whoever calls again gets them too.
    ///
    /// # Errors
    /// [`AccountError`]; `SignInStale` of the relay if the sign-in is older than ten minutes.
    pub async fn renew(&mut self, passphrase: &Passphrase, issued: &Issued) -> Result<(), AccountError> {
        self.settle().await?;
        for _ in 0..MAX_ATTEMPTS {
            let (registration, request) = Registration::start(&mut self.rng, passphrase.as_bytes());
            let answer = self.relay.credential_start(&self.token, request).await?;
            let (upload, export_key) = registration
                .finish(&mut self.rng, passphrase.as_bytes(), &answer.response.0, &self.handle, &self.pinned)
                .map_err(|_| RelayError::Answer)?;
            let secrets = Secrets { export_key, sheet: issued.sheet.as_ref() };
            let header = self.next_header();
            let before = Issued { recovery: self.vault.recovery_code(), sheet: self.vault.sheet() };
            self.set_secrets(issued);
            let sealed = seal_credential(&mut self.rng, &self.vault, &header, upload, &secrets, self.clock.now());
            match self.relay.credential_finish(&self.token, &sealed.message).await {
                Ok(()) => {
                    self.vault_hash = vault_hash(&sealed.message.vault.0);
                    self.vault_version = header.version;
                    self.vault_key = sealed.vault_key;
                    return Ok(());
                }
                Err(error) => {
                    let issued = Issued { recovery: self.vault.recovery_code(), sheet: self.vault.sheet() };
                    self.set_secrets(&before);
                    if matches!(error, RelayError::Transport(_)) {
                        let (vault_key, hash) = (sealed.vault_key, vault_hash(&sealed.message.vault.0));
                        self.unsettled = Some(Unsettled { issued, vault_key, version: header.version, hash });
                    }
                    if !error.is(ProblemCode::VersionConflict) {
                        return Err(error.into());
                    }
                    self.take_in_newer_vault().await?;
                }
            }
        }
        Err(VaultError::Contended.into())
    }

    /// Finds out whether the relay took the secrets for which its answer was lost.
    async fn settle(&mut self) -> Result<(), RelayError> {
        if let Some(unsettled) = &self.unsettled {
            let stored = self.relay.vault(&self.token).await?;
            let taken = vault_hash(&stored.vault.0) == unsettled.hash;
            if let Some(Unsettled { issued, vault_key, version, hash }) = self.unsettled.take().filter(|_| taken) {
                self.set_secrets(&issued);
                (self.vault_key, self.vault_version, self.vault_hash) = (vault_key, version, hash);
            }
        }
        Ok(())
    }

    fn set_secrets(&mut self, issued: &Issued) {
        self.vault.set_recovery(&issued.recovery);
        self.vault.set_sheet(issued.sheet.as_ref());
    }

    fn next_header(&self) -> VaultHeader {
        VaultHeader {
            account: self.id(),
            version: self.vault_version.saturating_add(1),
            previous: Some(self.vault_hash),
        }
    }

    /// Stores the vault; if another device was faster, takes in what that one stored, and tries again.
    pub(crate) async fn keep_vault(&mut self) -> Result<(), VaultError> {
        self.settle().await?;
        for _ in 0..MAX_ATTEMPTS {
            let header = self.next_header();
            let sealed = self.vault_key.seal(&mut self.rng, &header, &self.vault);
            let head = vault_head(&header, &sealed, self.clock.now());
            let head = Signed::sign(head, self.keyring.newest());
            let message = api::VaultUpdate { vault: Bytes(sealed.clone()), vault_head: Bytes(head.wire().to_vec()) };
            match self.relay.update_vault(&self.token, &message).await {
                Ok(()) => {
                    self.vault_hash = vault_hash(&sealed);
                    self.vault_version = header.version;
                    return Ok(());
                }
                Err(RelayError::Refused(ProblemCode::VersionConflict)) => {
                    if !self.take_in_newer_vault().await? {
                        return Ok(());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(VaultError::Contended)
    }

    /// Says whether this device knows something that is not stored.
    async fn take_in_newer_vault(&mut self) -> Result<bool, VaultError> {
        let stored = self.relay.vault(&self.token).await?;
        let head = Unverified::<VaultHead>::parse(&stored.vault_head.0).map_err(|_| VaultError::NotOurs)?;
        let (newer, header) = open_vault(&self.vault_key, &stored.vault.0, head, self.pinned)?;
        if header.version <= self.vault_version {
            return Err(VaultError::NotOurs);
        }
        self.vault_hash = vault_hash(&stored.vault.0);
        self.vault_version = header.version;
        self.log.also(newer.log());
        Ok(self.vault.merge(&newer))
    }

    /// Remembers in the vault how far the centre's record and a thread were read, so that no relay can show less later.
    pub(crate) async fn remember(&mut self, thread: &Thread) -> Result<(), VaultError> {
        let (session, record) = (thread.session(), thread.mark().clone());
        let known = self.vault.mark(&session) == Some(&record) && self.vault.centre_mark() == self.centre.mark();
        if known {
            return Ok(());
        }
        // whoever is met here for the first time is known by the card that was read
        for Member { account, card, .. } in thread.manifest().into_iter().flat_map(|m| &m.body().outline.members) {
            if *account != self.id() && self.vault.pin(account).is_none() {
                self.vault.set_pin(Pin { account: *account, card: *card, verified: false, succession: None });
            }
        }
        self.vault.set_mark(SessionMark { session, record, shown: 0 });
        self.vault.set_centre_mark(self.centre.mark().clone());
        self.keep_vault().await
    }

    /// Letters of others in a session that was read and that were not shown to the person before, on any device.
    pub fn unread(&self, session: &SessionId) -> usize {
        let (own, shown) = (self.id(), self.vault.shown(session));
        let new = |letter: &&ReadLetter| letter.sender != own && letter.position > shown;
        self.thread(session).map_or(0, |thread| thread.written().filter(new).count())
    }

    /// Up to which position the letters of a session were shown to the person.
    pub fn shown(&self, session: &SessionId) -> u64 {
        self.vault.shown(session)
    }

    /// Remembers that everything that was read of a session was shown to the person.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn remember_shown(&mut self, session: SessionId) -> Result<(), VaultError> {
        let Some(thread) = self.thread(&session).filter(|_| self.unread(&session) > 0) else { return Ok(()) };
        let (record, shown) = (thread.mark().clone(), thread.position());
        self.vault.set_mark(SessionMark { session, record, shown });
        self.keep_vault().await
    }

    /// How many entries of a session this account remembers having read.
    pub(crate) fn remembered(&self, session: &SessionId) -> u64 {
        self.vault.mark(session).map_or(0, |mark| mark.count)
    }

    pub(crate) fn compare_with_vault(&self, thread: &mut Thread) {
        if let Some(mark) = self.vault.mark(&thread.session()) {
            thread.compare_mark(mark);
        }
        let members = thread.manifest().map(|manifest| manifest.body().outline.members.clone()).unwrap_or_default();
        for member in members {
            let pinned = self.vault.pin(&member.account).map(|pin| pin.card);
            let chain = self.cards.get(&member.account);
            if pinned.is_some_and(|card| chain.is_none_or(|chain| chain.find(&card).is_none())) {
                thread.halt(Fault::CardRolledBack);
            }
        }
    }

    /// Which witnesses this account demands.
    pub fn quorum(&self) -> Option<&Quorum> {
        self.vault.quorum()
    }

    pub(crate) fn set_quorum(&mut self, quorum: Option<Quorum>) {
        self.vault.set_quorum(quorum);
    }

    pub(crate) fn pin_of(&self, account: &AccountId) -> Option<&Pin> {
        self.vault.pin(account)
    }

    pub(crate) fn set_pin(&mut self, pin: Pin) {
        self.vault.set_pin(pin);
    }

    pub(crate) fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// Reads what the centre's record holds since it was last read.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn refresh_centre(&mut self) -> Result<(), CentreError> {
        self.read_centre().await?;
        self.check_log(&[]).await
    }

    /// The same; what was read is still to be found in the log ([`Account::check_log`]).
    pub(crate) async fn read_centre(&mut self) -> Result<(), CentreError> {
        self.centre.read_on(&self.relay).await?;
        self.centre.compare_mark(self.vault.centre_mark())?;
        Ok(self.centre.check_by_cards(&mut self.cards, &self.relay, Some(&self.token)).await?)
    }

    /// The account.
    pub fn id(&self) -> AccountId {
        self.keyring.account()
    }

    /// The name under which it signs in.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The centre as its root shows it.
    pub fn centre(&self) -> &Centre {
        &self.centre
    }
}

struct Secrets<'a> {
    export_key: ExportKey,
    sheet: Option<&'a Sheet>,
}

struct SealedCredential {
    message: api::Credential,
    vault_key: VaultKey,
}

/// Seals a vault under a new key, and that key under both of its owner's secrets.
fn seal_credential(
    rng: &mut impl CryptoRng,
    vault: &Vault,
    header: &VaultHeader,
    upload: Vec<u8>,
    secrets: &Secrets<'_>,
    now: Timestamp,
) -> SealedCredential {
    let vault_key = VaultKey::generate(rng);
    let sealed = vault_key.seal(rng, header, vault);
    let recovery = vault.recovery_code();
    let head = Signed::sign(vault_head(header, &sealed, now), vault.keyring().newest());
    let message = api::Credential {
        upload: Bytes(upload),
        vault_head: Bytes(head.wire().to_vec()),
        passphrase_wrap: Bytes(vault_key.passphrase_wrap(rng, header, &secrets.export_key, secrets.sheet)),
        recovery_wrap: Bytes(vault_key.recovery_wrap(rng, header, &recovery)),
        recovery_key: Bytes(recovery.signer().verifying_key().0.to_vec()),
        vault: Bytes(sealed),
    };
    SealedCredential { message, vault_key }
}

fn vault_head(header: &VaultHeader, sealed: &[u8], time: Timestamp) -> VaultHead {
    VaultHead { account: header.account, version: header.version, vault: vault_hash(sealed), time }
}

/// Opens a vault and checks that its own account stored it, in this version, for this centre.
fn open_vault(
    key: &VaultKey,
    sealed: &[u8],
    head: Unverified<VaultHead>,
    pinned: CentreId,
) -> Result<(Vault, VaultHeader), VaultError> {
    let (vault, header) = key.open(sealed).map_err(|_| VaultError::NotOurs)?;
    let keyring = vault.keyring();
    let head = head.verify(&keyring.newest().verifying_key()).map_err(|_| VaultError::NotOurs)?;
    let same = head.body().account == keyring.account()
        && header.account == keyring.account()
        && head.body().version == header.version
        && head.body().vault == vault_hash(sealed)
        && vault.centre() == pinned;
    if same { Ok((vault, header)) } else { Err(VaultError::NotOurs) }
}

fn wrong_secret(error: RelayError) -> AccountError {
    if error.is(ProblemCode::SignInFailed) { AccountError::WrongSecret } else { error.into() }
}
