//! The Merkle tree of RFC 6962 §2.1 (docs/protocol.md §8.2): its hashes and roots, and proofs that are checked.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::hash::Hash;

/// The most leaves that a log may have: 2^40, one each millisecond for 34 years.
pub const MAX_SIZE: u64 = 1 << 40;

/// The root of a tree without leaves: SHA-256 of nothing (RFC 6962 §2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// A tree, told by its size and root. The root alone does not bind the size; a signature over both does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves.
    pub size: u64,
    /// The root over their hashes.
    pub root: Hash,
}

/// The proof does not show it: another leaf, index, size or root, or too many or too few hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not show that this is in the tree")]
pub struct BadProof;

/// The hash of a leaf: `SHA-256(0x00 ‖ data)` (RFC 6962 §2.1).
pub fn leaf_hash(data: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([0x00]).chain_update(data.0).finalize().into())
}

/// The hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962 §2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([0x01]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root over the hashes of leaves, in their order (RFC 6962 §2.1).
pub fn root(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    join(peaks(leaves))
}

/// Checks that the leaf at `index` has the hash `leaf`, with the audit path of RFC 6962 §2.1.1, nearest hash first.
///
/// # Errors
/// [`BadProof`].
pub fn check_inclusion(head: &TreeHead, index: u64, leaf: &Hash, proof: &[Hash]) -> Result<(), BadProof> {
    let path = inclusion_path(head.size, index).filter(|path| path.len() == proof.len()).ok_or(BadProof)?;
    let root = path.iter().zip(proof).fold(*leaf, |hash, (beside, sibling)| {
        if beside.start > index { node_hash(&hash, sibling) } else { node_hash(sibling, &hash) }
    });
    if root == head.root { Ok(()) } else { Err(BadProof) }
}

/// Checks that `newer` begins with all leaves of `older`, with the proof of RFC 6962 §2.1.2, nearest hash first.
///
/// Between trees of the same size, and from the empty tree, the proof is empty.
///
/// # Errors
/// [`BadProof`].
pub fn check_consistency(older: &TreeHead, newer: &TreeHead, proof: &[Hash]) -> Result<(), BadProof> {
    if older.size == 0 {
        return if older.root == EMPTY_ROOT && proof.is_empty() { Ok(()) } else { Err(BadProof) };
    }
    let (shared, beside) = consistency_path(older.size, newer.size).ok_or(BadProof)?;
    // the older tree as a whole is not in the proof, since its root is known
    let (seed, proof) = if shared.start == 0 { (&older.root, proof) } else { proof.split_first().ok_or(BadProof)? };
    if beside.len() != proof.len() {
        return Err(BadProof);
    }
    let (old, new) = beside.iter().zip(proof).fold((*seed, *seed), |(old, new), (range, sibling)| {
        if range.start >= older.size {
            (old, node_hash(&new, sibling))
        } else {
            (node_hash(sibling, &old), node_hash(sibling, &new))
        }
    });
    if old == older.root && new == newer.root { Ok(()) } else { Err(BadProof) }
}

/// The leaves under each hash of an audit path, nearest first (RFC 6962 §2.1.1); nothing if there is no such leaf.
pub(super) fn inclusion_path(size: u64, index: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let (mut within, mut path) = (0..size, Vec::new());
    while let Some((left, right)) = split(&within) {
        let (next, beside) = if index < left.end { (left, right) } else { (right, left) };
        path.push(beside);
        within = next;
    }
    path.reverse();
    Some(path)
}

/// The leaves that both trees have as one subtree, up to the end of the older one, and those under each further hash
/// of the proof, nearest first (RFC 6962 §2.1.2); nothing if the older tree is empty or greater.
pub(super) fn consistency_path(older: u64, newer: u64) -> Option<(Range<u64>, Vec<Range<u64>>)> {
    if older == 0 || older > newer {
        return None;
    }
    let (mut within, mut path) = (0..newer, Vec::new());
    while within.end != older {
        let (left, right) = split(&within)?;
        let (next, beside) = if older <= left.end { (left, right) } else { (right, left) };
        path.push(beside);
        within = next;
    }
    path.reverse();
    Some((within, path))
}

/// The two subtrees of some leaves: the left one has the greatest power of two that is less than all of them. One leaf
/// has none.
fn split(leaves: &Range<u64>) -> Option<(Range<u64>, Range<u64>)> {
    let most = leaves.end.checked_sub(leaves.start)?.checked_sub(1)?;
    let middle = leaves.start + (1 << most.checked_ilog2()?);
    Some((leaves.start..middle, middle..leaves.end))
}

/// A node that has all its leaves: the `index`-th one with 2^`height` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) height: u32,
    pub(super) index: u64,
}

/// The complete subtrees of which a subtree is made, the greatest first.
pub(super) fn complete(mut leaves: Range<u64>) -> Vec<Node> {
    let mut nodes = Vec::new();
    while let Some(height) = leaves.end.checked_sub(leaves.start).and_then(u64::checked_ilog2) {
        nodes.push(Node { height, index: leaves.start >> height });
        leaves.start += 1 << height;
    }
    nodes
}

/// The hashes of the complete subtrees of a tree with these leaves, the greatest first.
pub(super) fn peaks(leaves: impl IntoIterator<Item = Hash>) -> Vec<Hash> {
    let mut peaks: Vec<(u32, Hash)> = Vec::new();
    for leaf in leaves {
        let (mut height, mut hash) = (0, leaf);
        while let Some((_, left)) = peaks.pop_if(|(of, _)| *of == height) {
            (height, hash) = (height + 1, node_hash(&left, &hash));
        }
        peaks.push((height, hash));
    }
    peaks.into_iter().map(|(_, hash)| hash).collect()
}

/// The root over these complete subtrees, the greatest first.
pub(super) fn join(peaks: Vec<Hash>) -> Hash {
    peaks.into_iter().rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT)
}
