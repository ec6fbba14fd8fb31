//! What a look at the relay's database asks of the audit beside it.

use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CentreId, Timestamp};
use amanah_protocol::signature::VerifyingKey;

use super::Audit;
use crate::findings::Findings;

impl Audit {
    /// Ends the audit of what no checkpoint is of: a store itself, which may have grown since.
    pub(crate) fn finish_store(mut self) -> Findings {
        self.finish_older();
        self.finish_entries();
        self.findings
    }

    /// The root of the log at this size will be asked. To be said before any page.
    pub(crate) fn ask_root(&mut self, size: u64) {
        self.log.ask(size);
    }

    /// The root that the log had at a size that was asked; nothing if it has not grown so far.
    pub(crate) fn root_at(&self, size: u64) -> Option<Hash> {
        self.log.root_at(size)
    }

    /// The centre that is pinned.
    pub(crate) fn centre(&self) -> CentreId {
        self.centre
    }

    /// The keys that the root has certified for the relay, in force or not.
    pub(crate) fn relay_keys_ever(&self) -> Vec<VerifyingKey> {
        self.signers.relay_keys_ever()
    }

    /// The keys of all cards of an account.
    pub(crate) fn keys_ever(&self, account: &AccountId) -> Vec<VerifyingKey> {
        self.signers.accounts().keys(account)
    }

    /// Whether an account has a card.
    pub(crate) fn has_account(&self, account: &AccountId) -> bool {
        self.signers.accounts().has(account)
    }

    /// The time of the first entry.
    pub(crate) fn began(&self) -> Option<Timestamp> {
        self.times.first()
    }
}
