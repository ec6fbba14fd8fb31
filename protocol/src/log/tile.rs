//! Tiles (docs/protocol.md §8.3): the hashes of the tree in files of 256, as C2SP tlog-tiles names them.

use std::ops::Range;

use crate::hash::Hash;
use crate::log::tree::{MAX_SIZE, Node, complete};

/// How many hashes a full tile has: the leaves of a subtree of height 8.
pub const TILE_HASHES: u64 = 256;

/// The height of the subtree of one tile.
const HEIGHT: u32 = 8;

/// The name of a tile. Its bytes are its hashes, `32 · width`.
///
/// A tile of level 0 has hashes of leaves; one of level l has, at its place i, the root over the i-th 256^l leaves of
/// its own, which is the root of a full tile of the level below. The last tile of each level may be partial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

/// Not the name of a tile that a log can have, or not in its one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a tile")]
pub struct NotATile;

impl Tile {
    /// The tile at this place in a tree of this size, full or as wide as it is there; nothing where it has no hash.
    pub fn in_tree(size: u64, level: u8, index: u64) -> Option<Self> {
        let hashes = size.checked_shr(HEIGHT * u32::from(level))?;
        let width = hashes.checked_sub(index.checked_mul(TILE_HASHES)?)?.min(TILE_HASHES);
        let width = u16::try_from(width).ok().filter(|width| *width > 0)?;
        Some(Self { level, index, width })
    }

    /// The partial tiles of a tree of this size, at the most one of each level, the lowest first. The root follows
    /// from them alone, and with them the tree can grow.
    pub fn partial(size: u64) -> Vec<Self> {
        // level l has ⌊size / 256^l⌋ hashes, so its last tile is as wide as the l-th byte of the size
        let levels = (0u8..).zip(size.to_le_bytes()).filter(|(_, width)| *width > 0);
        let tile = |(level, width)| Self { level, index: Self::open_at(size, level), width: u16::from(width) };
        levels.map(tile).collect()
    }

    /// The index of the first tile of this level that is not full in a tree of this size.
    pub(super) fn open_at(size: u64, level: u8) -> u64 {
        size.checked_shr(HEIGHT * (u32::from(level) + 1)).unwrap_or(0)
    }

    /// Above the leaves: 0 is that of their hashes.
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// Which one of its level, from 0.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes: 1 to 256.
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether it has all its 256 hashes, and so never changes.
    pub const fn is_full(&self) -> bool {
        self.width as u64 == TILE_HASHES
    }

    /// How many bytes it has.
    ///
    /// A narrower tile of the same place is the beginning of a wider one, so that whoever finds only the wider one
    /// takes that many bytes of it.
    pub const fn length(&self) -> usize {
        Hash::LENGTH * self.width as usize
    }

    /// Its address below that of the log: `tile/<level>/<index>[.p/<width>]`, the index in groups of three digits, all
    /// but the last after an `x` (C2SP tlog-tiles, "Merkle Tree").
    pub fn path(&self) -> String {
        let mut index = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            index = format!("x{:03}/{index}", rest % 1000);
            rest /= 1000;
        }
        let partial = if self.is_full() { String::new() } else { format!(".p/{}", self.width) };
        format!("tile/{}/{index}{partial}", self.level)
    }

    /// Reads an address that [`Tile::path`] wrote.
    ///
    /// # Errors
    /// [`NotATile`]: another spelling, or no tile of a log of up to [`MAX_SIZE`] leaves.
    pub fn from_path(path: &str) -> Result<Self, NotATile> {
        let (level, rest) = path.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).ok_or(NotATile)?;
        let (index, width) = rest.split_once(".p/").map_or((rest, None), |(index, width)| (index, Some(width)));
        let level: u8 = level.parse().map_err(|_| NotATile)?;
        let index = index.split('/').try_fold(0u64, |index, group| {
            let group: u64 = group.trim_start_matches('x').parse().ok()?;
            index.checked_mul(1000)?.checked_add(group)
        });
        let widest = Self::in_tree(MAX_SIZE, level, index.ok_or(NotATile)?).ok_or(NotATile)?;
        let width = width.map_or(Ok(256), |width| width.parse().map_err(|_| NotATile))?;
        let tile = Self { width, ..widest };
        if (1..=widest.width).contains(&width) && tile.path() == path { Ok(tile) } else { Err(NotATile) }
    }

    /// Its hashes, if these are as many bytes as it has.
    pub(super) fn hashes(&self, bytes: &[u8]) -> Option<Vec<Hash>> {
        let hashes = || bytes.chunks_exact(Hash::LENGTH).map(Hash::from_slice).collect();
        (bytes.len() == self.length()).then(hashes)?
    }

    /// The tile one level higher that has the root of this one.
    pub(super) fn parent(&self, size: u64) -> Option<Self> {
        Self::in_tree(size, self.level.checked_add(1)?, self.index / TILE_HASHES)
    }

    /// The tile that has a node's leaves, and where in it, for a tree of this size.
    pub(super) fn of_node(size: u64, node: Node) -> Option<(Self, Range<usize>)> {
        let within = node.height % HEIGHT;
        let first = node.index.checked_mul(1 << within)?;
        let tile = Self::in_tree(size, u8::try_from(node.height / HEIGHT).ok()?, first / TILE_HASHES)?;
        let first = usize::try_from(first % TILE_HASHES).ok()?;
        let last = first + (1 << within);
        (last <= usize::from(tile.width)).then_some((tile, first..last))
    }

    /// The tiles that have these leaves' complete subtrees, for a tree of this size.
    pub(super) fn of_leaves(size: u64, leaves: Range<u64>) -> impl Iterator<Item = Self> {
        complete(leaves).into_iter().filter_map(move |node| Some(Self::of_node(size, node)?.0))
    }
}
