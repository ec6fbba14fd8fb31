//! The account map (docs/protocol.md §8.6): of every account the newest card and vault head, under one root.
//!
//! The log proves that something is in it, never that nothing newer is. The map proves the newest: its root stands in
//! each checkpoint, and auditors make it again from the log.

use std::ops::Range;

use crate::cbor::ByteString;
use crate::hash::{Hash, tagged};
use crate::ids::AccountId;
use crate::log::tree::{BadProof, TreeHead, check_inclusion, inclusion_path, leaf_hash, root};
use crate::structure;

/// One account in the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapEntry {
    /// The account.
    pub account: AccountId,
    /// Hash of its newest card.
    pub card: Hash,
    /// Hash of its newest vault head, if it has one.
    pub vault_head: Option<Hash>,
}

/// The entries are not in ascending order of their accounts, or an account is there twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the accounts are not in ascending order, each once")]
pub struct NotAscending;

structure! {
    /// Shows that an entry is in the map of a checkpoint.
    ///
    /// Index and size only say which hash stands on which side. A root does not bind them, so a proof may lie about
    /// both, and nothing follows from them. That the entry is under the root suffices: a map has each account once, in
    /// ascending order, with what is newest in the log. Auditors replay the log and make the same root; a relay that
    /// put two entries of one account under it, or an old one, has signed a root that nobody can make again.
    pub struct MapProof = "map-proof", at most 2048 => {
        /// Which entry it is said to be, from 0.
        index: u64,
        /// How many entries the map is said to have.
        size: u64,
        /// The audit path, nearest first (RFC 6962 §2.1.1).
        path: Vec<Hash>,
    }
}

structure! {
    /// What the account map of a checkpoint says of an account.
    pub struct MapAnswer = "map-answer", at most 262_144 => {
        /// The checkpoint, as a signed note.
        checkpoint: ByteString,
        /// Hash of the account's newest card.
        card: Hash,
        /// Hash of its newest vault head, if it has one.
        vault_head: Option<Hash>,
        /// Shows that this is in the map.
        proof: MapProof,
    }
}

impl MapEntry {
    /// The data of its leaf: `H("map-leaf", account ‖ card ‖ vault head)`, with 32 zero bytes where there is no vault
    /// head.
    fn leaf_data(&self) -> Hash {
        let vault_head = self.vault_head.unwrap_or(Hash([0; 32]));
        tagged("map-leaf", &[&self.account.0, &self.card.0, &vault_head.0])
    }
}

/// The root of the map with these entries, in ascending order of their accounts; that of the empty tree if there are
/// none.
///
/// # Errors
/// [`NotAscending`].
pub fn map_root(entries: impl IntoIterator<Item = MapEntry>) -> Result<Hash, NotAscending> {
    Ok(root(leaves(entries)?.into_iter().map(|(_, leaf)| leaf)))
}

/// The proof for one account in the map with these entries; nothing if it is not among them.
///
/// # Errors
/// [`NotAscending`].
pub fn map_proof(
    entries: impl IntoIterator<Item = MapEntry>,
    account: AccountId,
) -> Result<Option<MapProof>, NotAscending> {
    let leaves = leaves(entries)?;
    let Ok(place) = leaves.binary_search_by_key(&account, |(account, _)| *account) else {
        return Ok(None);
    };
    let hashes: Vec<_> = leaves.into_iter().map(|(_, leaf)| leaf).collect();
    Ok(prove(&hashes, place))
}

impl MapProof {
    /// Checks that this entry is in the map with this root, which a checkpoint names.
    ///
    /// # Errors
    /// [`BadProof`].
    pub fn check(&self, map: &Hash, entry: &MapEntry) -> Result<(), BadProof> {
        let head = TreeHead { size: self.size, root: *map };
        check_inclusion(&head, self.index, &leaf_hash(&entry.leaf_data()), &self.path)
    }
}

/// The audit path of one of these leaves.
fn prove(leaves: &[Hash], place: usize) -> Option<MapProof> {
    let (index, size) = (u64::try_from(place).ok()?, u64::try_from(leaves.len()).ok()?);
    let under = |beside: Range<u64>| {
        let beside = usize::try_from(beside.start).ok()?..usize::try_from(beside.end).ok()?;
        Some(root(leaves.get(beside)?.iter().copied()))
    };
    let path = inclusion_path(size, index)?.into_iter().map(under).collect::<Option<_>>()?;
    Some(MapProof { index, size, path })
}

/// The hashes of the leaves, if the accounts ascend.
fn leaves(entries: impl IntoIterator<Item = MapEntry>) -> Result<Vec<(AccountId, Hash)>, NotAscending> {
    let leaf = |entry: MapEntry| (entry.account, leaf_hash(&entry.leaf_data()));
    let leaves: Vec<_> = entries.into_iter().map(leaf).collect();
    if leaves.is_sorted_by(|(one, _), (next, _)| one < next) { Ok(leaves) } else { Err(NotAscending) }
}
