//! How many witnesses a client demands (docs/protocol.md §8.5), and what they must have cosigned.

use std::collections::BTreeSet;

use crate::cbor::ByteString;
use crate::ids::{AccountId, Timestamp};
use crate::log::checkpoint::SignedCheckpoint;
use crate::log::cosignature::Witness;
use crate::log::tree::TreeHead;
use crate::signature::VerifyingKey;
use crate::statement::CLOCK_SKEW_MS;
use crate::structure;

/// How old a cosignature may be that still counts: 24 hours.
pub const COSIGNATURE_AGE_MS: u64 = 24 * 3_600_000;
/// The most witnesses of one log.
pub const MAX_WITNESSES: usize = 32;

structure! {
    /// The newest checkpoint that each witness has cosigned, as signed notes.
    pub struct CosignedCheckpoints = "cosigned-checkpoints", at most 65_536 => {
        /// One for each witness, with the relay's line and the witness's.
        notes: Vec<ByteString>,
    }
}

structure! {
    /// So many of these accounts must have cosigned the log.
    pub part Quorum => {
        /// How many.
        needed: u32,
        /// Who counts as a witness, ascending.
        witnesses: Vec<AccountId>,
    }
}

/// More witnesses are demanded than there are, or none, or there are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quorum needs from 1 to {MAX_WITNESSES} witnesses, and demands at the most all of them")]
pub struct NotAQuorum;

/// Too few witnesses have cosigned this log lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too few witnesses have cosigned the log: {found} of {needed}")]
pub struct TooFewWitnesses {
    /// How many have.
    pub found: u32,
    /// How many must have.
    pub needed: u32,
}

impl Quorum {
    /// Demands that so many of these accounts have cosigned.
    ///
    /// # Errors
    /// [`NotAQuorum`].
    pub fn new(needed: u32, witnesses: BTreeSet<AccountId>) -> Result<Self, NotAQuorum> {
        let all = u32::try_from(witnesses.len()).map_err(|_| NotAQuorum)?;
        let sound = witnesses.len() <= MAX_WITNESSES && (1..=all).contains(&needed);
        let witnesses = witnesses.into_iter().collect();
        if sound { Ok(Self { needed, witnesses }) } else { Err(NotAQuorum) }
    }

    /// Checks that enough witnesses have cosigned one of these checkpoints in the last 24 hours, and gives the trees that
    /// they cosigned: the log must begin with each of them.
    ///
    /// A key counts once, whatever accounts have it. A cosignature of more than ten minutes ahead does not count.
    ///
    /// # Errors
    /// [`TooFewWitnesses`].
    pub fn check(
        &self,
        checkpoints: &[SignedCheckpoint],
        key_of: impl Fn(&AccountId) -> Option<VerifyingKey>,
        now: Timestamp,
    ) -> Result<Vec<TreeHead>, TooFewWitnesses> {
        let lately = |time: Timestamp| time.plus(COSIGNATURE_AGE_MS) >= now && time <= now.plus(CLOCK_SKEW_MS);
        let (mut keys, mut trees) = (Vec::new(), Vec::new());
        for account in &self.witnesses {
            let key = key_of(account).filter(|key| !keys.contains(key));
            let Some(witness) = key.and_then(|key| Witness::of(*account, key).ok()) else { continue };
            let cosigned = checkpoints.iter().filter(|checkpoint| witness.cosigned(checkpoint).is_some_and(lately));
            if let Some(newest) = cosigned.map(SignedCheckpoint::head).max_by_key(|head| head.size) {
                keys.push(*witness.key());
                trees.push(newest);
            }
        }
        let found = u32::try_from(trees.len()).unwrap_or(u32::MAX);
        if found >= self.needed { Ok(trees) } else { Err(TooFewWitnesses { found, needed: self.needed }) }
    }
}
