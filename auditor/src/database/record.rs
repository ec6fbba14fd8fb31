//! The record in the database, row by row beside the entries of the bundle.

use std::cmp::Ordering;
use std::io::Read;

use amanah_protocol::cbor::ByteString;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::Timestamp;
use amanah_protocol::log::Salt;
use amanah_protocol::record::{Entry, Kind, Page};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::derived::{Columns, Derived};
use super::items::Items;
use super::tiles::Tiles;
use super::view::{Value, View, unsigned};
use super::{Found, LookError};
use crate::audit::Audit;

/// Longer bytes are read so far and no further: no body or part of a relay is so long, so that a longer one is found.
const STRUCTURES: &str = "select position, kind, substr(hash, 1, 64) as hash, substr(account, 1, 64) as account, \
     substr(case_id, 1, 64) as case_id, substr(session, 1, 64) as session, substr(body, 1, 131072) as body, at, \
     substr(salt, 1, 64) as salt from structures where position > $1 order by position limit 128";
const PARTS: &str = "select place, substr(bytes, 1, 2097152) as bytes from parts where position = $1 \
     order by place limit 1000";
/// How many bytes are audited at once, about.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Where the record is read.
pub(super) struct Record<'a, R> {
    pub(super) bundle: &'a mut Items<R>,
    /// How many entries the bundle's checkpoint has.
    pub(super) size: u64,
    pub(super) audit: &'a mut Audit,
    pub(super) derived: &'a mut Derived,
    pub(super) tiles: &'a mut Tiles,
}

impl<R: Read> Record<'_, R> {
    /// Reads all of it.
    ///
    /// # Errors
    /// [`LookError`].
    pub(super) async fn read(mut self, view: &mut View, found: &mut Found) -> Result<(), LookError> {
        let mut shown = self.bundle.entry()?;
        // positions begin with 1; what stands before is found too
        let (mut after, mut structures, mut parts, mut newer, mut missing) = (i64::MIN, 0, 0, 0_u64, 0_u64);
        let (mut entries, mut bytes) = (Vec::new(), 0);
        loop {
            let rows = view.rows(STRUCTURES, &[Value::Number(after)]).await?;
            for row in &rows {
                after = row.try_get("position")?;
                structures += 1;
                let Some((entry, columns)) = self.entry(view, row, &mut parts, found).await? else { continue };
                while shown.as_ref().is_some_and(|shown| shown.position < entry.position) {
                    missing += 1;
                    shown = self.bundle.entry()?;
                }
                match shown.as_ref().map(|shown| shown.position.cmp(&entry.position)) {
                    Some(Ordering::Equal) => {
                        compare(shown.as_ref(), &entry, found);
                        shown = self.bundle.entry()?;
                    }
                    _ if entry.position > self.size => newer += 1,
                    _ => found.at("structures", entry.position, "a row that the bundle does not have"),
                }
                self.derived.take(view, &entry, &columns, found).await?;
                bytes += entry.parts.iter().map(|part| part.0.len()).sum::<usize>() + entry.body.0.len();
                entries.push(entry);
                if bytes > PAGE_BYTES {
                    bytes = 0;
                    self.take(view, std::mem::take(&mut entries), found).await?;
                }
            }
            if rows.is_empty() {
                break;
            }
        }
        self.take(view, entries, found).await?;
        while shown.is_some() {
            missing += 1;
            shown = self.bundle.entry()?;
        }
        if missing > 0 {
            found.table("structures", &format!("{missing} entries of the bundle are not there"));
        }
        found.looked.newer_entries = newer;
        found.rows(view, "structures", structures).await?;
        found.rows(view, "parts", parts).await
    }

    async fn take(&mut self, view: &mut View, entries: Vec<Entry>, found: &mut Found) -> Result<(), LookError> {
        self.tiles.take(view, &entries, found).await?;
        self.audit.page(&Page { entries, more: true, head: None, erased: None });
        Ok(())
    }

    /// The entry of a row; nothing if it has not even the form of one.
    async fn entry(
        &mut self,
        view: &mut View,
        row: &AnyRow,
        parts: &mut u64,
        found: &mut Found,
    ) -> Result<Option<(Entry, Columns)>, LookError> {
        let position: i64 = row.try_get("position")?;
        let beside = view.rows(PARTS, &[Value::Number(position)]).await?;
        *parts += u64::try_from(beside.len()).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        for (index, part) in (0_i64..).zip(&beside) {
            if part.try_get::<i64, _>("place")? != index {
                found.at("parts", unsigned(position), "the places are not 0, 1, 2 …");
            }
            bytes.push(ByteString(part.try_get("bytes")?));
        }
        let read = || -> Option<(Entry, Columns)> {
            let column = |name: &str| row.try_get::<Option<Vec<u8>>, _>(name).ok();
            let entry = Entry {
                position: u64::try_from(position).ok()?,
                time: Timestamp(u64::try_from(row.try_get::<i64, _>("at").ok()?).ok()?),
                kind: Kind::from_number(u8::try_from(row.try_get::<i64, _>("kind").ok()?).ok()?)?,
                salt: Salt::from_slice(&column("salt")??)?,
                body: ByteString(column("body")??),
                parts: bytes,
            };
            let columns = Columns {
                hash: Hash::from_slice(&column("hash")??)?,
                account: column("account")?,
                case: column("case_id")?,
                session: column("session")?,
            };
            Some((entry, columns))
        };
        let read = read();
        if read.is_none() {
            found.at("structures", unsigned(position), "a row that has not the form of one");
        }
        Ok(read)
    }
}

/// Compares a row and its parts with the entry of the bundle at the same position. What may have been erased since the
/// bundle was made is missing; whether it had to, the audit of the rows says.
fn compare(shown: Option<&Entry>, entry: &Entry, found: &mut Found) {
    fn signed(entry: &Entry) -> (u64, Timestamp, Kind, Salt, &ByteString) {
        (entry.position, entry.time, entry.kind, entry.salt, &entry.body)
    }
    if shown.is_some_and(|shown| shown.parts != entry.parts) && !entry.is_erased() {
        found.at("parts", entry.position, "what stands beside the structure is not what the bundle shows");
    } else if shown.map(signed) != Some(signed(entry)) {
        found.at("structures", entry.position, "the row is not the bundle's entry");
    }
}
