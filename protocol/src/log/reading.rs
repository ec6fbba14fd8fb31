//! Reading with proofs (docs/protocol.md §8.3): which tiles to fetch, and what they say once they are checked.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::hash::Hash;
use crate::log::edge::Edge;
use crate::log::tile::{TILE_HASHES, Tile};
use crate::log::tree::{EMPTY_ROOT, Node, TreeHead, complete, consistency_path, inclusion_path, join, root};

/// Why tiles are not those of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// This one is needed to check the others, and is not there.
    #[error("a tile is missing")]
    Missing(Tile),
    /// The tree does not have this one, or not of this width.
    #[error("the tree has no such tile")]
    Foreign(Tile),
    /// This one has too many or too few bytes.
    #[error("a tile has another length than its name says")]
    Length(Tile),
    /// The hashes do not lead to the root.
    #[error("the tiles are not those of this tree")]
    Mismatch,
}

/// Why nothing is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The tree has no such leaf, or is smaller than the one that should be older.
    #[error("the tree is smaller than that")]
    NotInTree,
    /// It was not fetched.
    #[error("a tile is missing")]
    Missing,
}

/// Why a tree is not accepted as the continuation of an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// It cannot be said, because something was not fetched or the older tree is greater.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log was rewritten: it does not begin with what it was before. Both checkpoints together prove it.
    #[error("the log does not begin with what it was before")]
    Forked,
}

/// The tiles of a tree, each checked against its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedTiles {
    head: TreeHead,
    tiles: BTreeMap<Tile, Vec<Hash>>,
}

impl TreeHead {
    /// The tiles from which the hashes of these leaves can be read.
    ///
    /// # Errors
    /// [`ReadError::NotInTree`].
    pub fn tiles_for_leaves(&self, indices: &[u64]) -> Result<BTreeSet<Tile>, ReadError> {
        if indices.iter().any(|index| *index >= self.size) {
            return Err(ReadError::NotInTree);
        }
        Ok(self.with_parents(indices.iter().map(|index| *index..index + 1)))
    }

    /// The tiles that show that this tree begins with one of this size.
    ///
    /// # Errors
    /// [`ReadError::NotInTree`]: it is smaller.
    pub fn tiles_for_older(&self, size: u64) -> Result<BTreeSet<Tile>, ReadError> {
        if size > self.size {
            return Err(ReadError::NotInTree);
        }
        Ok(self.with_parents(std::iter::once(0..size)))
    }

    /// The tiles from which [`CheckedTiles::inclusion_proof`] is made.
    ///
    /// # Errors
    /// [`ReadError::NotInTree`].
    pub fn tiles_for_inclusion_proof(&self, index: u64) -> Result<BTreeSet<Tile>, ReadError> {
        Ok(self.with_parents(inclusion_path(self.size, index).ok_or(ReadError::NotInTree)?))
    }

    /// The tiles from which [`CheckedTiles::consistency_proof`] is made.
    ///
    /// # Errors
    /// [`ReadError::NotInTree`]: it is smaller.
    pub fn tiles_for_consistency_proof(&self, older: u64) -> Result<BTreeSet<Tile>, ReadError> {
        Ok(self.with_parents(consistency_ranges(older, self.size)?))
    }

    /// The tiles that have these leaves, all above them, and those from which the root follows.
    fn with_parents(&self, leaves: impl IntoIterator<Item = Range<u64>>) -> BTreeSet<Tile> {
        let mut tiles = BTreeSet::from_iter(Tile::partial(self.size));
        for tile in leaves.into_iter().flat_map(|leaves| Tile::of_leaves(self.size, leaves)) {
            let mut next = Some(tile);
            while let Some(tile) = next.filter(|tile| tiles.insert(*tile)) {
                next = tile.parent(self.size);
            }
        }
        tiles
    }

    /// Checks every one of these tiles against the root. The partial tiles of the tree must be there, and for each full
    /// one all that are above it.
    ///
    /// # Errors
    /// [`TileError`].
    pub fn check(&self, tiles: &BTreeMap<Tile, Vec<u8>>) -> Result<CheckedTiles, TileError> {
        // all partial tiles of the tree are checked by this
        Edge::open(self, tiles)?;
        let mut checked: BTreeMap<Tile, Vec<Hash>> = BTreeMap::new();
        // the highest first, so that what is above a tile is checked before it
        for (tile, bytes) in tiles.iter().rev() {
            if Tile::in_tree(self.size, tile.level(), tile.index()) != Some(*tile) {
                return Err(TileError::Foreign(*tile));
            }
            let hashes = tile.hashes(bytes).ok_or(TileError::Length(*tile))?;
            if tile.is_full() {
                let parent = tile.parent(self.size).ok_or(TileError::Foreign(*tile))?;
                let above = checked.get(&parent).ok_or(TileError::Missing(parent))?;
                let place = usize::try_from(tile.index() % TILE_HASHES).ok();
                if place.and_then(|place| above.get(place)) != Some(&root(hashes.iter().copied())) {
                    return Err(TileError::Mismatch);
                }
            }
            checked.insert(*tile, hashes);
        }
        Ok(CheckedTiles { head: *self, tiles: checked })
    }
}

impl CheckedTiles {
    /// The tree whose tiles these are.
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// The hash of the leaf at this index ([`crate::log::leaf_hash`]).
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn leaf(&self, index: u64) -> Result<Hash, ReadError> {
        if index >= self.head.size {
            return Err(ReadError::NotInTree);
        }
        self.node(Node { height: 0, index })
    }

    /// The hashes of the leaves at these indices, in their order.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn leaves(&self, indices: &[u64]) -> Result<Vec<Hash>, ReadError> {
        indices.iter().map(|index| self.leaf(*index)).collect()
    }

    /// The root that the tree had at an older size.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn root_at(&self, size: u64) -> Result<Hash, ReadError> {
        match size {
            0 => Ok(EMPTY_ROOT),
            size if size > self.head.size => Err(ReadError::NotInTree),
            size => self.subtree(0..size),
        }
    }

    /// Checks that this tree begins with all leaves of an older one.
    ///
    /// # Errors
    /// [`ForkError`]: above all `Forked`.
    pub fn check_older(&self, older: &TreeHead) -> Result<(), ForkError> {
        if self.root_at(older.size)? == older.root { Ok(()) } else { Err(ForkError::Forked) }
    }

    /// The audit path of a leaf, nearest first (RFC 6962 §2.1.1), for [`crate::log::check_inclusion`].
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn inclusion_proof(&self, index: u64) -> Result<Vec<Hash>, ReadError> {
        let path = inclusion_path(self.head.size, index).ok_or(ReadError::NotInTree)?;
        path.into_iter().map(|leaves| self.subtree(leaves)).collect()
    }

    /// The proof that this tree begins with one of this size (RFC 6962 §2.1.2), for
    /// [`crate::log::check_consistency`] and for witnesses.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn consistency_proof(&self, older: u64) -> Result<Vec<Hash>, ReadError> {
        consistency_ranges(older, self.head.size)?.into_iter().map(|leaves| self.subtree(leaves)).collect()
    }

    fn subtree(&self, leaves: Range<u64>) -> Result<Hash, ReadError> {
        let nodes: Result<Vec<_>, _> = complete(leaves).into_iter().map(|node| self.node(node)).collect();
        nodes.map(join)
    }

    fn node(&self, node: Node) -> Result<Hash, ReadError> {
        let (tile, place) = Tile::of_node(self.head.size, node).ok_or(ReadError::NotInTree)?;
        let hashes = self.tiles.get(&tile).and_then(|hashes| hashes.get(place)).ok_or(ReadError::Missing)?;
        Ok(root(hashes.iter().copied()))
    }
}

/// The leaves under each hash of a consistency proof, nearest first.
fn consistency_ranges(older: u64, newer: u64) -> Result<Vec<Range<u64>>, ReadError> {
    if older == 0 {
        return Ok(Vec::new());
    }
    let (shared, beside) = consistency_path(older, newer).ok_or(ReadError::NotInTree)?;
    // a verifier has the root of the older tree as a whole
    Ok(Some(shared).filter(|shared| shared.start != 0).into_iter().chain(beside).collect())
}
