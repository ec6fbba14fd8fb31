//! Witnesses of the log (docs/protocol.md §8.5): following it and cosigning what was checked, and demanding that others
//! have done so.

use std::collections::BTreeMap;

use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::Role;
use amanah_protocol::ids::{AccountId, Timestamp};
use amanah_protocol::log::{
    NotACosignature, NotAWitness, Quorum, SignedCheckpoint, TooFewWitnesses, TreeHead, Witness,
};
use amanah_protocol::signature::{Signer, VerifyingKey};
use rand_core::CryptoRng;

use crate::account::{Account, VaultError};
use crate::cards::CardsError;
use crate::centre::CentreError;
use crate::log::{LogError, verified};
use crate::relay::RelayError;
use crate::transport::{Clock, Transport};

/// A checkpoint that was just checked and may be cosigned: the log begins with everything that this account and the other
/// witnesses have seen of it.
#[derive(Debug)]
pub struct Watched(SignedCheckpoint);

/// Why a checkpoint was not cosigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CosignError {
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// This account's key is none that may sign.
    #[error(transparent)]
    Key(#[from] NotAWitness),
    /// The checkpoint has no room for one more line.
    #[error(transparent)]
    Line(#[from] NotACosignature),
}

/// Why this account does not demand witnesses as it was asked to. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuorumError {
    /// The log is not believed, or too few witnesses have cosigned it.
    #[error(transparent)]
    Centre(#[from] CentreError),
    /// The vault could not be kept.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Somebody who may witness the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The account.
    pub account: AccountId,
    /// The name under which the centre appointed it, if it did.
    pub name: Option<String>,
    /// How much of the log it cosigned last, and when.
    pub cosigned: Option<(TreeHead, Timestamp)>,
    /// Whether this account counts on it.
    pub demanded: bool,
}

impl Watched {
    /// The tree that was checked.
    pub fn head(&self) -> TreeHead {
        self.0.head()
    }

    /// The checkpoint as the relay signed it.
    pub fn note(&self) -> String {
        self.0.note()
    }
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// Remembers a tree of the log that this account has seen before, elsewhere than in its vault.
    pub fn remember_log(&mut self, head: TreeHead) {
        self.log.also(head);
    }

    /// The checkpoint that the relay showed last, as a signed note, whether or not it fits with what was seen before: two
    /// that do not fit prove that the relay rewrote the log.
    pub fn shown_checkpoint(&self) -> Option<String> {
        self.log.shown().map(SignedCheckpoint::note)
    }

    /// Checks that the log has only grown since this account last looked, and begins with what each witness has cosigned.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn watch_log(&mut self) -> Result<Watched, CentreError> {
        self.read_centre().await?;
        for cosigned in self.cosigned().await? {
            self.log.also(cosigned.head());
        }
        Ok(Watched(self.check_leaves(&[]).await?.by_relay_alone()))
    }

    /// Says to everybody that this account has seen this checkpoint now. Whoever calls has made sure that it will
    /// remember it, whatever happens ([`Account::remember_log`]).
    ///
    /// # Errors
    /// [`CosignError`]; `NotAppointed` of the relay if this account is no auditor of the centre.
    pub async fn cosign(&self, watched: Watched) -> Result<(), CosignError> {
        let identity = self.keyring.newest();
        let witness = Witness::of(self.id(), identity.verifying_key())?;
        let line = watched.0.cosign(witness.name(), self.clock.now(), identity)?;
        let note = watched.0.with_cosignature(&witness, line)?.note();
        Ok(self.relay.post_cosigned(note).await?)
    }

    /// The centre's auditors and whoever this account counts on, with what they have cosigned.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn witnesses(&mut self) -> Result<Vec<Standing>, CentreError> {
        self.read_centre().await?;
        let demanded = self.quorum().map(|quorum| quorum.witnesses.clone()).unwrap_or_default();
        let now = self.clock.now();
        let appointed = self.centre.staff(Role::Auditor, now).into_iter().map(|signed| signed.body().account);
        let accounts: Vec<_> = appointed.chain(demanded.iter().copied()).collect();
        let notes = self.cosigned().await?;
        let keys = self.keys_of(&accounts).await?;
        self.check_leaves(&[]).await?;
        let standing = |account: AccountId| {
            let witness = keys.get(&account).and_then(|key| Witness::of(account, *key).ok());
            let cosigned = |note: &SignedCheckpoint| Some((note.head(), witness.as_ref()?.cosigned(note)?));
            Standing {
                account,
                name: self.centre.name_of(&account).map(str::to_owned),
                cosigned: notes.iter().find_map(cosigned),
                demanded: demanded.contains(&account),
            }
        };
        let by_account: BTreeMap<_, _> = accounts.into_iter().map(|account| (account, standing(account))).collect();
        Ok(by_account.into_values().collect())
    }

    /// From now on relies on the log only if these witnesses have cosigned it, or on the log alone. They must have by now.
    ///
    /// # Errors
    /// [`QuorumError`].
    pub async fn demand_witnesses(&mut self, quorum: Option<Quorum>) -> Result<(), QuorumError> {
        let before = self.quorum().cloned();
        self.set_quorum(quorum);
        let kept = async {
            self.check_log(&[]).await?;
            Ok(self.keep_vault().await?)
        };
        let kept: Result<(), QuorumError> = kept.await;
        if kept.is_err() {
            self.set_quorum(before);
        }
        kept
    }

    /// Checks that the witnesses on whom this account counts have cosigned the log lately; what they cosigned is what the
    /// log is then to begin with.
    pub(crate) async fn check_witnesses(&mut self) -> Result<(), CentreError> {
        let Some(quorum) = self.quorum().cloned() else { return Ok(()) };
        let notes = self.cosigned().await?;
        let mut cosigned = self.check_quorum(&quorum, &notes).await?;
        if cosigned.is_err() {
            // somebody may have new keys
            for witness in &quorum.witnesses {
                self.cards.forget_one(witness);
            }
            cosigned = self.check_quorum(&quorum, &notes).await?;
        }
        for tree in cosigned.map_err(LogError::from)? {
            self.log.also(tree);
        }
        Ok(())
    }

    async fn check_quorum(
        &mut self,
        quorum: &Quorum,
        notes: &[SignedCheckpoint],
    ) -> Result<Result<Vec<TreeHead>, TooFewWitnesses>, CentreError> {
        let now = self.clock.now();
        let appointed = |account: &&AccountId| self.centre.appointment(account, Role::Auditor, now).is_some();
        let appointed: Vec<AccountId> = quorum.witnesses.iter().filter(appointed).copied().collect();
        let keys = self.keys_of(&appointed).await?;
        Ok(quorum.check(notes, |account| keys.get(account).copied(), now))
    }

    /// What witnesses have cosigned of this log, as far as the relay signed it. What it did not sign is nothing.
    async fn cosigned(&self) -> Result<Vec<SignedCheckpoint>, CentreError> {
        let notes = self.relay.cosigned().await?.notes;
        Ok(notes.iter().filter_map(|note| verified(&note.0, &self.centre, self.clock.now()).ok()).collect())
    }

    /// The newest key of each of these accounts, as the log says; of one whose cards are not believed, none.
    async fn keys_of(&mut self, accounts: &[AccountId]) -> Result<BTreeMap<AccountId, VerifyingKey>, CentreError> {
        let mut keys = BTreeMap::new();
        for account in accounts {
            match self.cards.learn(&self.relay, Some(&self.token), *account).await {
                Ok(chain) => {
                    let (card, key) = (chain.newest().hash(), chain.newest().card().verifying_key);
                    if self.is_newest_card(*account, card).await? {
                        keys.insert(*account, key);
                    }
                }
                Err(CardsError::Card(_) | CardsError::Relay(RelayError::Refused(ProblemCode::NotFound))) => {}
                Err(CardsError::Relay(error)) => return Err(error.into()),
            }
        }
        Ok(keys)
    }
}
