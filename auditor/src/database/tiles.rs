//! The log's tiles and head as the database has them (docs/protocol.md §8.3), computed from the record once more.

use std::collections::BTreeMap;

use amanah_protocol::hash::Hash;
use amanah_protocol::log::{Edge, TreeHead, leaf_data, leaf_hash};
use amanah_protocol::record::Entry;

use super::view::{Value, View};
use super::{Found, LookError};

const TILE: &str = "select count(*) from log_tiles where level = $1 and place = $2 and hashes = $3";
const HEAD: &str = "select count(*) from log_head where one = 1 and size = $1 and root = $2 and map = $3";

/// The log so far.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    edge: Edge,
    /// Tiles above the leaves that still grow.
    open: BTreeMap<(u8, u64), Vec<u8>>,
    full: u64,
    missing: u64,
}

impl Tiles {
    /// Takes the next entries; full tiles are looked for at once.
    pub(super) async fn take(
        &mut self,
        view: &mut View,
        entries: &[Entry],
        found: &mut Found,
    ) -> Result<(), LookError> {
        let leaf = |entry: &Entry| {
            let hash = entry.structure_hash().ok()?;
            Some(leaf_hash(&leaf_data(entry.kind, &entry.salt, &hash)))
        };
        let leaves: Vec<Hash> = entries.iter().filter_map(leaf).collect();
        let Ok(growth) = self.edge.with(&leaves) else {
            found.table("log_tiles", "the log has no room for so many entries");
            return Ok(());
        };
        self.edge = growth.edge;
        for (tile, bytes) in growth.tiles {
            if tile.is_full() {
                self.open.remove(&(tile.level(), tile.index()));
                self.full += 1;
                self.look_for(view, tile.level(), tile.index(), &bytes).await?;
            } else if tile.level() > 0 {
                self.open.insert((tile.level(), tile.index()), bytes);
            }
        }
        Ok(())
    }

    /// Looks for the tiles that still grow, and compares the head.
    pub(super) async fn finish(
        mut self,
        view: &mut View,
        map: Option<Hash>,
        found: &mut Found,
    ) -> Result<(), LookError> {
        let open = std::mem::take(&mut self.open);
        for ((level, index), bytes) in &open {
            self.look_for(view, *level, *index, bytes).await?;
        }
        if self.missing > 0 {
            found.table("log_tiles", &format!("{} tiles are missing or are not those of the record", self.missing));
        }
        let expected = self.full.saturating_add(u64::try_from(open.len()).unwrap_or(u64::MAX));
        found.rows(view, "log_tiles", expected).await?;
        let TreeHead { size, root } = self.edge.head();
        let row = [size.into(), (&root.0).into(), map.map_or(Value::Bytes(Vec::new()), |map| (&map.0).into())];
        let heads = u64::from(size > 0);
        if size > 0 && !view.has(HEAD, &row).await? {
            found.table("log_head", "size, root or map are not those of the record");
        }
        found.rows(view, "log_head", heads).await
    }

    async fn look_for(&mut self, view: &mut View, level: u8, index: u64, bytes: &[u8]) -> Result<(), LookError> {
        let row = [u64::from(level).into(), index.into(), bytes.into()];
        self.missing += u64::from(!view.has(TILE, &row).await?);
        Ok(())
    }
}
