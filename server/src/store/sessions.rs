//! Sessions: where each stands, who is or was a member, and which letters a sender has sent.

use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, LetterId, SessionId};
use amanah_protocol::letter::{Letter, SenderState, Transcript};
use amanah_protocol::manifest::Manifest;
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::signature::Signed;
use sqlx::Row;
use uuid::Uuid;

use super::structures::{Filter, Place, page, tombstone};
use super::{Connection, Store, StoreError, last_position, signed, unsigned};

/// Where a session stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) case: CaseId,
    pub(crate) manifest: Hash,
    pub(crate) transcript: Transcript,
}

/// One session in the list of an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    pub(crate) session: SessionId,
    pub(crate) case: CaseId,
    pub(crate) position: u64,
}

/// A page of a session, with the newest position of the whole record when it was read.
#[derive(Debug)]
pub(crate) struct SessionPage {
    pub(crate) entries: Vec<Entry>,
    pub(crate) more: bool,
    pub(crate) position: u64,
    /// The tombstone, if the session was erased.
    pub(crate) erased: Option<Entry>,
}

impl Store {
    /// The sessions in which an account is or was a member, with news after a position, oldest first. The last news of
    /// a former member is that it no longer is one.
    pub(crate) async fn seats(&self, account: AccountId, after: u64) -> Result<Vec<Seat>, StoreError> {
        let rows = sqlx::query(
            "select session, case_id, position from (select s.session as session, s.case_id as case_id, \
             case when m.until < s.position then m.until else s.position end as position \
             from sessions s join members m on m.session = s.session where m.account = $1) as seats \
             where position > $2 order by position",
        )
        .bind(account.0.to_vec())
        .bind(signed(after))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Seat {
                    session: SessionId(uuid(row, "session")?),
                    case: CaseId(uuid(row, "case_id")?),
                    position: unsigned(row.try_get("position")?),
                })
            })
            .collect()
    }
}

/// Reads a page of a session and where it stands, within one view of the database.
pub(crate) async fn session_page(
    connection: &mut Connection,
    session: SessionId,
    standing: &Standing,
    after: u64,
) -> Result<SessionPage, StoreError> {
    let (entries, more) = page(connection, Filter::Session(session, standing.case), after).await?;
    let erased = tombstone(connection, session).await?;
    Ok(SessionPage { entries, more, position: last_position(connection).await?, erased })
}

/// Where a session stands, if it is there.
pub(crate) async fn standing(connection: &mut Connection, session: SessionId) -> Result<Option<Standing>, StoreError> {
    let row = sqlx::query("select case_id, manifest, letters, transcript from sessions where session = $1")
        .bind(session.0.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let transcript = Transcript { count: unsigned(row.try_get("letters")?), head: hash(&row, "transcript")? };
        Ok(Standing { case: CaseId(uuid(&row, "case_id")?), manifest: hash(&row, "manifest")?, transcript })
    })
    .transpose()
}

/// Makes a manifest the current one of its session.
pub(crate) async fn seat(
    connection: &mut Connection,
    manifest: &Signed<Manifest>,
    place: Place,
) -> Result<(), StoreError> {
    let outline = &manifest.body().outline;
    let session = outline.session.0.as_bytes().to_vec();
    let start = Transcript::start(outline.session);
    sqlx::query(
        "insert into sessions (session, case_id, epoch, manifest, letters, transcript, position) \
         values ($1, $2, $3, $4, 0, $5, $6) on conflict (session) do update \
         set epoch = excluded.epoch, manifest = excluded.manifest, position = excluded.position",
    )
    .bind(session.clone())
    .bind(outline.case.0.as_bytes().to_vec())
    .bind(i64::from(outline.epoch))
    .bind(manifest.hash().0.to_vec())
    .bind(start.head.0.to_vec())
    .bind(signed(place.position))
    .execute(&mut *connection)
    .await?;
    sqlx::query("update members set until = $1 where session = $2 and until is null")
        .bind(signed(place.position))
        .bind(session.clone())
        .execute(&mut *connection)
        .await?;
    for member in &outline.members {
        sqlx::query(
            "insert into members (session, account) values ($1, $2) on conflict (session, account) do update \
             set until = null",
        )
        .bind(session.clone())
        .bind(member.account.0.to_vec())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Remembers a letter that was appended as its sender's last.
pub(crate) async fn remember_letter(
    connection: &mut Connection,
    letter: &Signed<Letter>,
    place: Place,
) -> Result<(), StoreError> {
    let header = &letter.body().header;
    sqlx::query("insert into letters (session, id, sender, sequence, hash, position) values ($1, $2, $3, $4, $5, $6)")
        .bind(header.session.0.as_bytes().to_vec())
        .bind(header.id.0.as_bytes().to_vec())
        .bind(header.sender.0.to_vec())
        .bind(signed(header.sequence))
        .bind(letter.hash().0.to_vec())
        .bind(signed(place.position))
        .execute(connection)
        .await?;
    Ok(())
}

/// Moves a session's transcript, after a letter or a notice was appended.
pub(crate) async fn advance(
    connection: &mut Connection,
    session: SessionId,
    transcript: &Transcript,
    place: Place,
) -> Result<(), StoreError> {
    sqlx::query("update sessions set letters = $1, transcript = $2, position = $3 where session = $4")
        .bind(signed(transcript.count))
        .bind(transcript.head.0.to_vec())
        .bind(signed(place.position))
        .bind(session.0.as_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

/// Moves the session's newest position, so that its members hear of something new.
pub(crate) async fn touch(connection: &mut Connection, session: SessionId, place: Place) -> Result<(), StoreError> {
    sqlx::query("update sessions set position = $1 where session = $2")
        .bind(signed(place.position))
        .bind(session.0.as_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

/// The same for every session of a case.
pub(crate) async fn touch_case(connection: &mut Connection, case: CaseId, place: Place) -> Result<(), StoreError> {
    sqlx::query("update sessions set position = $1 where case_id = $2")
        .bind(signed(place.position))
        .bind(case.0.as_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

/// Where a sender stands in a session.
pub(crate) async fn sender_state(
    connection: &mut Connection,
    session: SessionId,
    sender: AccountId,
) -> Result<SenderState, StoreError> {
    let row = sqlx::query(
        "select sequence, hash from letters where session = $1 and sender = $2 order by sequence desc limit 1",
    )
    .bind(session.0.as_bytes().to_vec())
    .bind(sender.0.to_vec())
    .fetch_optional(connection)
    .await?;
    row.map_or(Ok(SenderState::default()), |row| {
        Ok(SenderState { next: unsigned(row.try_get("sequence")?) + 1, last: Some(hash(&row, "hash")?) })
    })
}

/// The answers of one kind that were stored in a session since this manifest, which is its current one.
pub(crate) async fn answers_to(
    connection: &mut Connection,
    manifest: &Hash,
    kind: Kind,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = sqlx::query(
        "select a.body as body from structures m join structures a on a.session = m.session \
         and a.position > m.position and a.kind = $2 where m.hash = $1",
    )
    .bind(manifest.0.to_vec())
    .bind(i64::from(kind.number()))
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok(row.try_get("body")?)).collect()
}

/// Who sent the letter of a session with this hash, if there is one.
pub(crate) async fn author_of_letter(
    connection: &mut Connection,
    session: SessionId,
    letter: &Hash,
) -> Result<Option<AccountId>, StoreError> {
    let row = sqlx::query("select sender from letters where session = $1 and hash = $2")
        .bind(session.0.as_bytes().to_vec())
        .bind(letter.0.to_vec())
        .fetch_optional(connection)
        .await?;
    row.map(|row| hash(&row, "sender").map(|sender| AccountId(sender.0))).transpose()
}

/// The hash of the letter with this id, if there is one.
pub(crate) async fn letter_with_id(
    connection: &mut Connection,
    session: SessionId,
    id: LetterId,
) -> Result<Option<Hash>, StoreError> {
    let row = sqlx::query("select hash from letters where session = $1 and id = $2")
        .bind(session.0.as_bytes().to_vec())
        .bind(id.0.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    row.map(|row| hash(&row, "hash")).transpose()
}

pub(super) fn hash(row: &sqlx::any::AnyRow, column: &str) -> Result<Hash, StoreError> {
    let bytes: Vec<u8> = row.try_get(column)?;
    Hash::from_slice(&bytes).ok_or(StoreError::Unavailable)
}

pub(super) fn uuid(row: &sqlx::any::AnyRow, column: &str) -> Result<Uuid, StoreError> {
    let bytes: Vec<u8> = row.try_get(column)?;
    Uuid::from_slice(&bytes).map_err(|_| StoreError::Unavailable)
}
