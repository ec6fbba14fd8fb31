//! Who is who (docs/protocol.md §3): pins, fingerprints that two people compare, new keys, and accounts that follow others.

use amanah_crypto_core::fingerprint;
use amanah_crypto_core::vault::Pin;
use amanah_protocol::account::{Succession, SuccessionGround};
use amanah_protocol::card::SignedCard;
use amanah_protocol::consent::Guardianship;
use amanah_protocol::evidence::Moment;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, CentreId, SessionId, Timestamp};
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;

use crate::account::{Account, VaultError};
use crate::cards::CardsError;
use crate::centre::CentreError;
use crate::content::same_code_words;
use crate::log::LogError;
use crate::relay::RelayError;
use crate::session::{SendError, SyncError};
use crate::transport::{Clock, Transport};

/// An account's newest keys, and where they stand in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewKeys {
    /// Whose.
    pub account: AccountId,
    /// The position of their entry in the log.
    pub position: u64,
    /// When the relay stored them, by its clock.
    pub time: Timestamp,
}

/// Why a fingerprint was not marked as compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
    /// The words belong to another account: do not write to this one.
    #[error("these words belong to another account")]
    Different,
    /// The account's cards are not believed.
    #[error(transparent)]
    Cards(#[from] CardsError),
    /// The log is not believed, or has newer cards.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The vault could not be kept.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Why a succession was not attested or acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
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
    /// This account is not an appointed registrar or counsellor.
    #[error("only an appointed registrar or counsellor may attest who somebody is")]
    NotAppointed,
    /// No account follows this one.
    #[error("no account follows this one")]
    None,
    /// The session could not be read.
    #[error(transparent)]
    Sync(SyncError),
    /// The old account has agreed on no code words here, or this account cannot read them.
    #[error("the old account has agreed on no code words in this session")]
    NoCodeWords,
    /// These are not the code words on which the old account has agreed.
    #[error("these are not the code words of the old account")]
    OtherCodeWords,
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// Marks an account as compared, if `words` are its fingerprint.
    ///
    /// # Errors
    /// [`FingerprintError`].
    pub async fn verify_fingerprint(&mut self, account: AccountId, words: &str) -> Result<(), FingerprintError> {
        if !fingerprint::matches(&account, words) {
            return Err(FingerprintError::Different);
        }
        self.cards.forget();
        let chain = self.cards.learn(&self.relay, Some(&self.token), account).await?;
        let pin = Pin { account, card: chain.newest().hash(), verified: true, succession: None };
        self.set_pin(pin);
        self.keep_vault().await?;
        Ok(())
    }

    /// Whether this account's fingerprint was compared.
    pub fn is_verified(&self, account: &AccountId) -> bool {
        self.pin_of(account).is_some_and(|pin| pin.verified)
    }

    /// Takes an account's new keys for its own, after its owner was asked. It counts as not compared until it is.
    ///
    /// # Errors
    /// [`FingerprintError`].
    pub async fn acknowledge_keys(&mut self, account: AccountId) -> Result<NewKeys, FingerprintError> {
        self.cards.forget();
        let card = self.newest_card(account).await?.hash();
        let keys = self.logged_keys(account, &card).await?;
        let succession = self.pin_of(&account).and_then(|pin| pin.succession);
        self.set_pin(Pin { account, card, verified: false, succession });
        self.keep_vault().await?;
        Ok(keys)
    }

    /// Says that one person holds both accounts. For appointed registrars and counsellors who checked the code words.
    ///
    /// # Errors
    /// [`SuccessionError`].
    pub async fn attest_succession(
        &mut self,
        old: AccountId,
        new: AccountId,
        ground: SuccessionGround,
    ) -> Result<(), SuccessionError> {
        let (centre, time) = (self.attesting().await?, self.clock.now());
        let succession = Succession { centre, old, new, checked_by: self.id(), ground, time };
        let signed = Signed::sign(succession, self.keyring.newest());
        self.relay.post("/v1/centre/successions", Some(&self.token), signed.wire().to_vec()).await?;
        Ok(())
    }

    /// Says that one person holds both accounts, after comparing the code words that the person says with those on which
    /// the old account had agreed in a session that this account reads.
    ///
    /// # Errors
    /// [`SuccessionError`]; [`SuccessionError::OtherCodeWords`] if they differ. Then nothing is attested.
    pub async fn attest_succession_by_code_words(
        &mut self,
        session: SessionId,
        old: AccountId,
        new: AccountId,
        ground: SuccessionGround,
        said: &str,
    ) -> Result<(), SuccessionError> {
        self.sync(session).await.map_err(SuccessionError::Sync)?;
        let agreed = self.thread(&session).and_then(|thread| thread.code_words(&old));
        if !same_code_words(agreed.ok_or(SuccessionError::NoCodeWords)?, said) {
            return Err(SuccessionError::OtherCodeWords);
        }
        self.attest_succession(old, new, ground).await
    }

    /// The account that follows another, as an appointed person attested it. It is as new as the centre's record.
    pub fn successor(&self, old: &AccountId) -> Option<&Signed<Succession>> {
        self.centre.succession_of(old)
    }

    /// Says that an account is a minor's guardian's. For appointed registrars and counsellors who checked it.
    ///
    /// # Errors
    /// [`SuccessionError`].
    pub async fn attest_guardianship(
        &mut self,
        case: CaseId,
        minor: AccountId,
        guardian: AccountId,
    ) -> Result<(), SuccessionError> {
        let (centre, time) = (self.attesting().await?, self.clock.now());
        let guardianship = Guardianship { centre, case, minor, guardian, checked_by: self.id(), time };
        let signed = Signed::sign(guardianship, self.keyring.newest());
        self.relay.post("/v1/guardianships", Some(&self.token), signed.wire().to_vec()).await?;
        Ok(())
    }

    /// The centre, if this account may attest who somebody is.
    async fn attesting(&mut self) -> Result<CentreId, SuccessionError> {
        self.refresh_centre().await?;
        let appointed = self.centre.evidence().may_attest(&self.id(), Moment::latest(self.clock.now()));
        self.centre.id().filter(|_| appointed).ok_or(SuccessionError::NotAppointed)
    }

    /// Takes notice that another account follows this one; sealing to the session goes on after that.
    ///
    /// # Errors
    /// [`SuccessionError`].
    pub async fn acknowledge_succession(&mut self, old: AccountId) -> Result<AccountId, SuccessionError> {
        self.refresh_centre().await?;
        let succession = self.successor(&old).ok_or(SuccessionError::None)?.clone();
        let chain = self.cards.learn(&self.relay, Some(&self.token), old).await?;
        let card = chain.newest().hash();
        let verified = self.is_verified(&old);
        self.set_pin(Pin { account: old, card, verified, succession: Some(succession.hash()) });
        self.keep_vault().await?;
        Ok(succession.body().new)
    }

    /// The card to which secrets of this account are sealed: the one that is pinned, pinning it at first sight.
    pub(crate) async fn pinned_card(&mut self, account: AccountId) -> Result<SignedCard, SendError> {
        let newest = self.newest_card(account).await?;
        match self.pin_of(&account).map(|pin| pin.card) {
            Some(card) if card == newest.hash() => {}
            Some(_) => {
                let keys = Box::pin(self.logged_keys(account, &newest.hash())).await?;
                return Err(SendError::KeysChanged(keys));
            }
            None => {
                let card = newest.hash();
                self.set_pin(Pin { account, card, verified: false, succession: None });
            }
        }
        Ok(newest)
    }

    /// Where the log has a card of an account.
    async fn logged_keys(&mut self, account: AccountId, card: &Hash) -> Result<NewKeys, SyncError> {
        let placed = self.cards.get(&account).and_then(|chain| chain.place_of(card));
        let placed = placed.ok_or(CentreError::Log(LogError::NotNewest))?;
        self.check_log(&[placed.leaf]).await?;
        Ok(NewKeys { account, position: placed.position, time: placed.time })
    }

    /// The newest card of an account, as the log says.
    async fn newest_card(&mut self, account: AccountId) -> Result<SignedCard, SyncError> {
        for look in [1, 2] {
            let newest = self.cards.learn(&self.relay, Some(&self.token), account).await?.newest().clone();
            if self.is_newest_card(account, newest.hash()).await? {
                return Ok(newest);
            }
            if look == 1 {
                self.cards.forget_one(&account);
            }
        }
        Err(CentreError::Log(LogError::NotNewest).into())
    }

    /// Refuses to go on while a member has new keys, or an account that follows it, without acknowledgement.
    pub(crate) async fn check_known(&mut self, account: AccountId) -> Result<(), SendError> {
        if account == self.id() {
            return Ok(());
        }
        self.pinned_card(account).await?;
        let succession = self.successor(&account).map(Signed::hash);
        if succession.is_some() && self.pin_of(&account).and_then(|pin| pin.succession) != succession {
            return Err(SendError::Succeeded(account));
        }
        Ok(())
    }
}
