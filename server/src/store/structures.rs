//! The record: appending a structure at the next position, and reading pages of it.

use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::ByteString;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, SessionId, Timestamp};
use amanah_protocol::log::Salt;
use amanah_protocol::record::{Entry, Kind};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Connection, Store, StoreError, last_position, signed, unsigned};
use crate::keys::random;

/// A structure that was admitted.
#[derive(Debug, Clone)]
pub(crate) struct NewStructure {
    pub(crate) kind: Kind,
    pub(crate) hash: Hash,
    pub(crate) account: Option<AccountId>,
    pub(crate) case: Option<CaseId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) body: Vec<u8>,
    pub(crate) parts: Vec<Vec<u8>>,
}

/// Where and when a structure was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) position: u64,
    pub(crate) time: Timestamp,
    pub(crate) salt: Salt,
}

/// Which part of the record to read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Filter {
    /// Everything.
    All,
    /// What the root signed, what people signed about accounts, escrow policies and their absence, and what the relay signed
    /// about its web client.
    Centre,
    /// The cards of an account.
    Cards(AccountId),
    /// Grants, revocations and guardianships of a case.
    Consent(CaseId),
    /// A session without its escrow but with its notices and its tombstone, and the consent of its case.
    Session(SessionId, CaseId),
    /// The escrow of a session with its manifests, notices and tombstone, and the consent of its case.
    Escrow(SessionId, CaseId),
}

/// How many bytes of bodies and parts a page holds before it ends.
const PAGE_BYTES: usize = 4 * 1024 * 1024;
/// How many entries a page holds at the most.
const PAGE_ENTRIES: u32 = 1000;

impl Store {
    /// Entries after a position, and whether there are more.
    pub(crate) async fn page(&self, filter: Filter, after: u64) -> Result<(Vec<Entry>, bool), StoreError> {
        let mut connection = self.pool.acquire().await?;
        page(&mut connection, filter, after).await
    }
}

/// Appends a structure, or finds it where it was stored before. To a session that was erased nothing is added.
pub(crate) async fn append(
    connection: &mut Connection,
    new: &NewStructure,
    now: Timestamp,
) -> Result<Place, StoreError> {
    if let Some(place) = place_of(connection, &new.hash).await? {
        return Ok(place);
    }
    if let Some(session) = new.session
        && tombstone(connection, session).await?.is_some()
    {
        return Err(ProblemCode::SessionErased.into());
    }
    let position = last_position(connection).await? + 1;
    let salt = Salt(random().map_err(|_| StoreError::Unavailable)?);
    sqlx::query(
        "insert into structures (position, kind, hash, account, case_id, session, body, at, salt) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(signed(position))
    .bind(i64::from(new.kind.number()))
    .bind(new.hash.0.to_vec())
    .bind(new.account.map(|id| id.0.to_vec()))
    .bind(new.case.map(|id| id.0.as_bytes().to_vec()))
    .bind(new.session.map(|id| id.0.as_bytes().to_vec()))
    .bind(new.body.clone())
    .bind(signed(now.0))
    .bind(salt.0.to_vec())
    .execute(&mut *connection)
    .await?;
    for (place, part) in (0_i64..).zip(&new.parts) {
        sqlx::query("insert into parts (position, place, bytes) values ($1, $2, $3)")
            .bind(signed(position))
            .bind(place)
            .bind(part.clone())
            .execute(&mut *connection)
            .await?;
    }
    Ok(Place { position, time: now, salt })
}

/// Where a structure is stored, if it is.
pub(crate) async fn place_of(connection: &mut Connection, hash: &Hash) -> Result<Option<Place>, StoreError> {
    let row = sqlx::query("select position, at, salt from structures where hash = $1")
        .bind(hash.0.to_vec())
        .fetch_optional(connection)
        .await?;
    row.map(|row| place(&row)).transpose()
}

/// The wire form of a stored structure.
pub(crate) async fn wire_of(connection: &mut Connection, hash: &Hash) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query("select body from structures where hash = $1")
        .bind(hash.0.to_vec())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get("body")).transpose()?)
}

/// Reads a page within a connection, so that it fits what else is read there.
pub(crate) async fn page(
    connection: &mut Connection,
    filter: Filter,
    after: u64,
) -> Result<(Vec<Entry>, bool), StoreError> {
    let query = match filter {
        Filter::All => sqlx::query(
            "select position, kind, salt, body, at from structures where position > $1 order by position limit $2",
        ),
        Filter::Centre => sqlx::query(
            "select position, kind, salt, body, at from structures where kind in (1, 2, 3, 4, 5, 8, 16, 17, 28, 29) \
             and position > $1 order by position limit $2",
        ),
        Filter::Cards(_) => sqlx::query(
            "select position, kind, salt, body, at from structures where position > $1 and account = $3 and kind = 6 \
             order by position limit $2",
        ),
        Filter::Consent(_) => sqlx::query(
            "select position, kind, salt, body, at from structures where position > $1 and case_id = $3 \
             and kind in (9, 10, 18) order by position limit $2",
        ),
        Filter::Session(..) => sqlx::query(
            "select position, kind, salt, body, at from structures where position > $1 \
             and ((session = $3 and kind in (11, 12, 13, 14, 15, 26, 27)) \
             or (case_id = $4 and kind in (9, 10, 18))) order by position limit $2",
        ),
        Filter::Escrow(..) => sqlx::query(
            "select position, kind, salt, body, at from structures where position > $1 \
             and ((session = $3 and kind in (11, 19, 20, 21, 22, 23, 24, 25, 26, 27)) \
             or (case_id = $4 and kind in (9, 10, 18))) order by position limit $2",
        ),
    };
    let query = query.bind(signed(after)).bind(i64::from(PAGE_ENTRIES) + 1);
    let query = match filter {
        Filter::All | Filter::Centre => query,
        Filter::Cards(account) => query.bind(account.0.to_vec()),
        Filter::Consent(case) => query.bind(case.0.as_bytes().to_vec()),
        Filter::Session(session, case) | Filter::Escrow(session, case) => {
            query.bind(session.0.as_bytes().to_vec()).bind(case.0.as_bytes().to_vec())
        }
    };
    let rows = query.fetch_all(&mut *connection).await?;
    let mut entries = Vec::new();
    let mut bytes = 0;
    for row in &rows {
        let entry = entry(connection, row).await?;
        bytes += entry.body.0.len() + entry.parts.iter().map(|part| part.0.len()).sum::<usize>();
        if !entries.is_empty() && (bytes > PAGE_BYTES || entries.len() >= PAGE_ENTRIES as usize) {
            return Ok((entries, true));
        }
        entries.push(entry);
    }
    Ok((entries, false))
}

/// Everything that a filter lets through, however many pages that are.
pub(crate) async fn whole(connection: &mut Connection, filter: Filter) -> Result<Vec<Entry>, StoreError> {
    let mut whole: Vec<Entry> = Vec::new();
    loop {
        let after = whole.last().map_or(0, |entry| entry.position);
        let (entries, more) = page(connection, filter, after).await?;
        whole.extend(entries);
        if !more {
            return Ok(whole);
        }
    }
}

/// The tombstone of a session that was erased. It is the last structure of its session.
pub(crate) async fn tombstone(connection: &mut Connection, session: SessionId) -> Result<Option<Entry>, StoreError> {
    let last = sqlx::query(
        "select position, kind, salt, body, at from structures where session = $1 order by position desc limit 1",
    )
    .bind(session.0.as_bytes().to_vec())
    .fetch_optional(&mut *connection)
    .await?;
    match last {
        Some(row) if row.try_get::<i64, _>("kind")? == i64::from(Kind::Tombstone.number()) => {
            Ok(Some(entry(connection, &row).await?))
        }
        _ => Ok(None),
    }
}

/// Deletes everything that was sealed beside the structures of a session. The structures stay.
pub(crate) async fn erase(connection: &mut Connection, session: SessionId) -> Result<(), StoreError> {
    sqlx::query("delete from parts where position in (select position from structures where session = $1)")
        .bind(session.0.as_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

async fn entry(connection: &mut Connection, row: &AnyRow) -> Result<Entry, StoreError> {
    let Place { position, time, salt } = place(row)?;
    let kind: i64 = row.try_get("kind")?;
    let kind = u8::try_from(kind).ok().and_then(Kind::from_number).ok_or(StoreError::Unavailable)?;
    let body = ByteString(row.try_get("body")?);
    let parts = sqlx::query("select bytes from parts where position = $1 order by place")
        .bind(signed(position))
        .fetch_all(connection)
        .await?;
    let parts = parts.iter().map(|part| part.try_get("bytes").map(ByteString)).collect::<Result<_, _>>()?;
    Ok(Entry { position, time, kind, salt, body, parts })
}

fn place(row: &AnyRow) -> Result<Place, StoreError> {
    let salt: Vec<u8> = row.try_get("salt")?;
    let salt = Salt::from_slice(&salt).ok_or(StoreError::Unavailable)?;
    Ok(Place { position: unsigned(row.try_get("position")?), time: Timestamp(unsigned(row.try_get("at")?)), salt })
}
