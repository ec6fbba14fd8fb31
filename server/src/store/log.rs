//! The log (docs/protocol.md §8): every structure becomes a leaf in the transaction that stores it.
//!
//! The writer grows the tiles at the end of each batch, under the lock that orders all changes. So one relay at a time
//! does it, whoever writes; what a killed relay had not committed never was; and no letter waits for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use amanah_protocol::hash::Hash;
use amanah_protocol::ids::AccountId;
use amanah_protocol::log::{
    EMPTY_ROOT, Edge, MapEntry, MapProof, Salt, TILE_HASHES, Tile, TreeHead, leaf_data, leaf_hash, map_proof, map_root,
};
use amanah_protocol::record::Kind;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::sessions::hash;
use super::{Connection, Pending, Store, StoreError, last_position, signed, unsigned};

/// How many structures are taken in at once.
const BATCH: usize = 4096;

/// How far the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogHead {
    /// Size and root of the tree.
    pub(crate) tree: TreeHead,
    /// Root of the account map.
    pub(crate) map: Hash,
}

/// The log as this process has it in memory: what it grows from, and the account map.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    edge: Edge,
    accounts: Arc<BTreeMap<AccountId, Newest>>,
    map: Hash,
}

/// The newest card and vault head of an account.
#[derive(Debug, Clone, Copy, Default)]
struct Newest {
    card: Option<Hash>,
    vault_head: Option<Hash>,
}

/// A structure as the log sees it.
struct Logged {
    kind: Kind,
    salt: Salt,
    hash: Hash,
    account: Option<AccountId>,
}

impl Store {
    /// The bytes of a tile; `None` if the log has none of this name yet.
    pub(crate) async fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>, StoreError> {
        self.view(move |connection| Box::pin(tile_bytes(connection, tile))).await
    }

    /// The data of these leaves; `None` if the log has not all of them.
    pub(crate) async fn leaves(&self, from: u64, to: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        self.view(move |connection| {
            Box::pin(async move {
                if head(connection).await?.tree.size < to {
                    return Ok(None);
                }
                Ok(Some(logged(connection, from, to).await?.iter().map(Logged::leaf).collect()))
            })
        })
        .await
    }

    /// How far the log goes, and what its account map says of an account, with the proof; `None` if it has no card.
    pub(crate) async fn newest_of(
        &self,
        account: AccountId,
    ) -> Result<(LogHead, Option<(MapEntry, MapProof)>), StoreError> {
        let known = self.log.borrow().clone();
        self.view(move |connection| {
            Box::pin(async move {
                let head = head(connection).await?;
                let log = match known {
                    Some(log) if log.edge.head() == head.tree => log,
                    _ => Arc::new(Log::read(connection, &head).await?),
                };
                let entry = log.entries().find(|entry| entry.account == account);
                let proof = map_proof(log.entries(), account).map_err(|_| StoreError::Unavailable)?;
                Ok((head, entry.zip(proof)))
            })
        })
        .await
    }
}

impl LogHead {
    /// That of a log without entries.
    const EMPTY: Self = Self { tree: TreeHead { size: 0, root: EMPTY_ROOT }, map: EMPTY_ROOT };

    fn of(row: &AnyRow) -> Result<Self, StoreError> {
        let tree = TreeHead { size: unsigned(row.try_get("size")?), root: hash(row, "root")? };
        Ok(Self { tree, map: hash(row, "map")? })
    }
}

impl Logged {
    fn of(row: &AnyRow) -> Result<Self, StoreError> {
        let kind: i64 = row.try_get("kind")?;
        let salt: Vec<u8> = row.try_get("salt")?;
        let account: Option<Vec<u8>> = row.try_get("account")?;
        Ok(Self {
            kind: u8::try_from(kind).ok().and_then(Kind::from_number).ok_or(StoreError::Unavailable)?,
            salt: Salt::from_slice(&salt).ok_or(StoreError::Unavailable)?,
            hash: hash(row, "hash")?,
            account: account.as_deref().and_then(AccountId::from_slice),
        })
    }

    fn leaf(&self) -> Hash {
        leaf_data(self.kind, &self.salt, &self.hash)
    }
}

impl Log {
    fn empty() -> Self {
        Self { edge: Edge::empty(), accounts: Arc::default(), map: EMPTY_ROOT }
    }

    /// What the database has of the log.
    async fn read(connection: &mut Connection, head: &LogHead) -> Result<Self, StoreError> {
        let mut tiles = BTreeMap::new();
        for tile in Tile::partial(head.tree.size) {
            let bytes = tile_bytes(connection, tile).await?.ok_or(StoreError::Unavailable)?;
            tiles.insert(tile, bytes);
        }
        let edge = Edge::open(&head.tree, &tiles).map_err(|error| {
            tracing::error!(%error, "the stored tiles do not lead to the stored root of the log");
            StoreError::Unavailable
        })?;
        let mut log = Self { edge, ..Self::empty() };
        let rows = sqlx::query(
            "select kind, salt, hash, account from structures where kind in ($1, $2) and position <= $3 order by position",
        )
        .bind(i64::from(Kind::Card.number()))
        .bind(i64::from(Kind::VaultHead.number()))
        .bind(signed(head.tree.size))
        .fetch_all(connection)
        .await?;
        for row in &rows {
            log.remember(&Logged::of(row)?);
        }
        log.map = log.map_root()?;
        Ok(log)
    }

    /// Takes what is newest of an account; says whether anything is.
    fn remember(&mut self, logged: &Logged) -> bool {
        let Some(account) = logged.account else {
            return false;
        };
        if !matches!(logged.kind, Kind::Card | Kind::VaultHead) {
            return false;
        }
        let newest = Arc::make_mut(&mut self.accounts).entry(account).or_default();
        if logged.kind == Kind::Card {
            newest.card = Some(logged.hash);
        } else {
            newest.vault_head = Some(logged.hash);
        }
        true
    }

    fn head(&self) -> LogHead {
        LogHead { tree: self.edge.head(), map: self.map }
    }

    fn entries(&self) -> impl Iterator<Item = MapEntry> {
        self.accounts.iter().filter_map(|(account, newest)| {
            Some(MapEntry { account: *account, card: newest.card?, vault_head: newest.vault_head })
        })
    }

    fn map_root(&self) -> Result<Hash, StoreError> {
        map_root(self.entries()).map_err(|_| StoreError::Unavailable)
    }

    /// Takes in these structures, and stores the tiles that come of them.
    async fn take_in(&mut self, connection: &mut Connection, new: &[Logged]) -> Result<(), StoreError> {
        let leaves: Vec<Hash> = new.iter().map(|logged| leaf_hash(&logged.leaf())).collect();
        let growth = self.edge.with(&leaves).map_err(|_| StoreError::Unavailable)?;
        for (tile, bytes) in growth.tiles {
            // what is not full yet of the leaves is made of the structures
            if tile.level() > 0 || tile.is_full() {
                keep_tile(connection, tile, bytes).await?;
            }
        }
        self.edge = growth.edge;
        let changed = new.iter().fold(false, |changed, logged| self.remember(logged) | changed);
        if changed {
            self.map = self.map_root()?;
        }
        Ok(())
    }
}

/// What the writer does for the log at the end of each batch: [`grow`].
pub(super) type Grow = for<'c> fn(&'c mut Connection, Option<Arc<Log>>) -> Pending<'c, (u64, Option<Log>)>;

/// Takes everything into the log that was stored since; gives the newest position, and the log if it has grown.
pub(super) async fn grow(
    connection: &mut Connection,
    known: Option<Arc<Log>>,
) -> Result<(u64, Option<Log>), StoreError> {
    let Some((before, mut new)) = unlogged(connection).await? else {
        return Ok((last_position(connection).await?, None));
    };
    let mut log = match known {
        Some(log) if log.edge.head() == before.tree => Arc::unwrap_or_clone(log),
        _ => Log::read(connection, &before).await?,
    };
    loop {
        log.take_in(connection, &new).await?;
        keep_head(connection, log.head()).await?;
        let rest = if new.len() < BATCH { None } else { unlogged(connection).await? };
        match rest {
            Some((_, more)) => new = more,
            None => return Ok((log.edge.head().size, Some(log))),
        }
    }
}

async fn keep_head(connection: &mut Connection, head: LogHead) -> Result<(), StoreError> {
    sqlx::query(
        "insert into log_head (one, size, root, map) values (1, $1, $2, $3) \
         on conflict (one) do update set size = excluded.size, root = excluded.root, map = excluded.map",
    )
    .bind(signed(head.tree.size))
    .bind(head.tree.root.0.to_vec())
    .bind(head.map.0.to_vec())
    .execute(connection)
    .await?;
    Ok(())
}

/// How far the log goes.
pub(crate) async fn head(connection: &mut Connection) -> Result<LogHead, StoreError> {
    let row = sqlx::query("select size, root, map from log_head").fetch_optional(connection).await?;
    row.as_ref().map_or(Ok(LogHead::EMPTY), LogHead::of)
}

/// How far the log goes, and the first structures that it has not; `None` if it has all. One statement, because every
/// batch of changes asks it.
async fn unlogged(connection: &mut Connection) -> Result<Option<(LogHead, Vec<Logged>)>, StoreError> {
    let rows = sqlx::query(
        "select (select size from log_head) as size, (select root from log_head) as root, \
         (select map from log_head) as map, position, kind, salt, hash, account from structures \
         where position > coalesce((select size from log_head), 0) order by position limit $1",
    )
    .bind(i64::try_from(BATCH).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let empty = first.try_get::<Option<i64>, _>("size")?.is_none();
    let head = if empty { LogHead::EMPTY } else { LogHead::of(first)? };
    let positions = rows.iter().map(|row| row.try_get("position").map(unsigned));
    let positions = positions.collect::<Result<Vec<_>, _>>()?;
    if !positions.into_iter().eq((head.tree.size + 1..).take(rows.len())) {
        tracing::error!("the record has a gap");
        return Err(StoreError::Unavailable);
    }
    Ok(Some((head, rows.iter().map(Logged::of).collect::<Result<_, _>>()?)))
}

/// The structures at these indices of the log, all of them.
async fn logged(connection: &mut Connection, from: u64, to: u64) -> Result<Vec<Logged>, StoreError> {
    let rows = sqlx::query(
        "select kind, salt, hash, account from structures where position > $1 and position <= $2 order by position",
    )
    .bind(signed(from))
    .bind(signed(to))
    .fetch_all(connection)
    .await?;
    let all: Vec<Logged> = rows.iter().map(Logged::of).collect::<Result<_, _>>()?;
    if u64::try_from(all.len()) == Ok(to.saturating_sub(from)) {
        Ok(all)
    } else {
        tracing::error!("the record has a gap");
        Err(StoreError::Unavailable)
    }
}

async fn keep_tile(connection: &mut Connection, tile: Tile, bytes: Vec<u8>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into log_tiles (level, place, hashes) values ($1, $2, $3) \
         on conflict (level, place) do update set hashes = excluded.hashes",
    )
    .bind(i64::from(tile.level()))
    .bind(signed(tile.index()))
    .bind(bytes)
    .execute(connection)
    .await?;
    Ok(())
}

/// A tile that is stored as wide or wider, or whose leaves are all there.
async fn tile_bytes(connection: &mut Connection, tile: Tile) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query("select hashes from log_tiles where level = $1 and place = $2")
        .bind(i64::from(tile.level()))
        .bind(signed(tile.index()))
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = row {
        let mut bytes: Vec<u8> = row.try_get("hashes")?;
        let wide = bytes.len() >= tile.length();
        bytes.truncate(tile.length());
        return Ok(wide.then_some(bytes));
    }
    let from = tile.index().saturating_mul(TILE_HASHES);
    let to = from.saturating_add(u64::from(tile.width()));
    if tile.level() > 0 || head(connection).await?.tree.size < to {
        return Ok(None);
    }
    let leaves = logged(connection, from, to).await?;
    Ok(Some(leaves.iter().flat_map(|logged| leaf_hash(&logged.leaf()).0).collect()))
}
