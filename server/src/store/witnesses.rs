//! What witnesses have cosigned (docs/protocol.md §8.5): for each account its newest note.

use amanah_protocol::ids::AccountId;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Connection, StoreError};

/// The newest note of each witness.
pub(crate) async fn cosigned(connection: &mut Connection) -> Result<Vec<(AccountId, Vec<u8>)>, StoreError> {
    let rows = sqlx::query("select account, note from cosignatures order by account").fetch_all(connection).await?;
    let of = |row: &AnyRow| {
        let account: Vec<u8> = row.try_get("account")?;
        Ok((AccountId::from_slice(&account).ok_or(StoreError::Unavailable)?, row.try_get("note")?))
    };
    rows.iter().map(of).collect()
}

/// Puts a note in the place of the one before.
pub(crate) async fn keep_cosigned(
    connection: &mut Connection,
    account: AccountId,
    note: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into cosignatures (account, note) values ($1, $2) \
         on conflict (account) do update set note = excluded.note",
    )
    .bind(account.0.to_vec())
    .bind(note.as_bytes().to_vec())
    .execute(connection)
    .await?;
    Ok(())
}
