//! Growing (docs/protocol.md §8.3): new leaves give new tiles and a new root, from the partial tiles alone.

use std::collections::BTreeMap;

use crate::hash::Hash;
use crate::log::reading::TileError;
use crate::log::tile::Tile;
use crate::log::tree::{MAX_SIZE, TreeHead, join, peaks, root};

/// The right edge of a tree: the hashes of its partial tiles. It has at most 8 · 255 of them, however great the tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    levels: [Vec<Hash>; 8],
}

/// A tree that has grown, and what is to be stored of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// The edge of the grown tree.
    pub edge: Edge,
    /// Its tiles that the tree before did not have, full and partial, with their bytes. A partial tile at the same
    /// place with a smaller width is the beginning of the new one and may be dropped once no checkpoint needs it.
    pub tiles: BTreeMap<Tile, Vec<u8>>,
}

/// The log would have more than [`MAX_SIZE`] leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the log has no room for so many entries")]
pub struct LogFull;

impl Edge {
    /// The edge of a tree without leaves.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Reads the edge of this tree from its partial tiles ([`Tile::partial`]); others that are there do not matter.
    ///
    /// # Errors
    /// [`TileError`]: one is missing or has another length, or they do not lead to the root.
    pub fn open(head: &TreeHead, tiles: &BTreeMap<Tile, Vec<u8>>) -> Result<Self, TileError> {
        let mut edge = Self { size: head.size, ..Self::empty() };
        for tile in Tile::partial(head.size) {
            let bytes = tiles.get(&tile).ok_or(TileError::Missing(tile))?;
            let level = edge.levels.get_mut(usize::from(tile.level())).ok_or(TileError::Foreign(tile))?;
            *level = tile.hashes(bytes).ok_or(TileError::Length(tile))?;
        }
        if edge.head() == *head { Ok(edge) } else { Err(TileError::Mismatch) }
    }

    /// Size and root of the tree.
    pub fn head(&self) -> TreeHead {
        let all = self.levels.iter().rev().flat_map(|level| peaks(level.iter().copied()));
        TreeHead { size: self.size, root: join(all.collect()) }
    }

    /// The edge after more leaves, of which these are the hashes ([`crate::log::leaf_hash`]), and the new tiles.
    ///
    /// # Errors
    /// [`LogFull`].
    pub fn with(&self, leaves: &[Hash]) -> Result<Growth, LogFull> {
        let added = u64::try_from(leaves.len()).map_err(|_| LogFull)?;
        let size = self.size.checked_add(added).filter(|size| *size <= MAX_SIZE).ok_or(LogFull)?;
        let mut edge = Self { size, ..self.clone() };
        let (mut tiles, mut new) = (BTreeMap::new(), leaves.to_vec());
        for (level, hashes) in (0u8..).zip(&mut edge.levels) {
            if new.is_empty() {
                break;
            }
            hashes.append(&mut new);
            let first = Tile::open_at(self.size, level);
            for (index, chunk) in (first..).zip(hashes.chunks(256)) {
                let bytes = || chunk.iter().flat_map(|hash| hash.0).collect();
                tiles.extend(Tile::in_tree(size, level, index).map(|tile| (tile, bytes())));
            }
            let (full, open) = hashes.as_chunks::<256>();
            new = full.iter().map(|tile| root(tile.iter().copied())).collect();
            *hashes = open.to_vec();
        }
        Ok(Growth { edge, tiles })
    }
}
