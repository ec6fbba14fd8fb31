//! What is kept of people beside the record: accounts, vaults, tokens; and the list of applied migrations.

use std::io::Read;

use amanah_protocol::bundle::{VaultItem, VaultPage};
use amanah_protocol::cbor::ByteString;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, Handle};
use amanah_protocol::signature::VerifyingKey;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::items::Items;
use super::view::{Dialect, Value, View};
use super::{Found, LookError};
use crate::audit::Audit;
use crate::randomness::{self, Histogram};

/// An OPAQUE record (RFC 9807 §3.3.2): public key (32), masking key (64), and an envelope of nonce (32) and tag (64).
const OPAQUE: usize = 192;
/// The part of it that is a public key; all other bytes are uniform.
const OPAQUE_KEY: usize = 32;
/// How long a token lives: `TOKEN_MS` in server/src/http/sign_in.rs.
const TOKEN_MS: i64 = 12 * 3_600_000;

const ACCOUNTS: &str = "select account, substr(handle, 1, 64) as handle, \
     substr(opaque, 1, 1024) as opaque, substr(recovery_key, 1, 64) as recovery_key from accounts where account > $1 \
     order by account limit 256";
const TOKENS: &str = "select hash, substr(account, 1, 64) as account, issued, expires \
     from tokens where hash > $1 order by hash limit 256";
const VAULTS: &str = "select account, version, substr(vault, 1, 16777216) as vault, \
     substr(vault_head, 1, 1024) as vault_head, substr(passphrase_wrap, 1, 1024) as passphrase_wrap, \
     substr(recovery_wrap, 1, 1024) as recovery_wrap from vaults where account > $1 order by account limit 1";
const MIGRATIONS: &str = "select cast(version as bigint) as version, substr(description, 1, 64) as description, \
     cast(case when success then 1 else 0 end as bigint) as success, substr(checksum, 1, 64) as checksum \
     from _sqlx_migrations order by 1";
/// In this table, which sqlx makes, SQLite lets each column hold anything.
const MIGRATION_FORMS: &str = "select count(*) from _sqlx_migrations where typeof(version) <> 'integer' \
     or typeof(installed_on) <> 'text' or length(installed_on) <> 19 or typeof(success) <> 'integer' \
     or success <> 1 or typeof(checksum) <> 'blob' or typeof(execution_time) <> 'integer'";
/// The migrations that were applied: those of `migrations/`.
const APPLIED: [(i64, &str); 4] = [(1, "record"), (2, "escrow"), (3, "log"), (4, "witnesses")];
/// A checksum of a migration: SHA-384.
const CHECKSUM: usize = 48;

/// Compares each vault with the bundle's; a newer one is the one that the record names, or the audit finds it.
pub(super) async fn vaults<R: Read>(
    view: &mut View,
    bundle: &mut Items<R>,
    audit: &mut Audit,
    found: &mut Found,
) -> Result<(), LookError> {
    let mut shown = bundle.vault()?;
    let (mut after, mut rows, mut missing, mut newer) = (Vec::new(), 0_u64, 0_u64, 0_u64);
    while let Some(row) = view.rows(VAULTS, &[Value::Bytes(after.clone())]).await?.first() {
        after = row.try_get("account")?;
        rows += 1;
        let Some(item) = vault(row) else {
            found.table("vaults", "a row that has not the form of one");
            continue;
        };
        while shown.as_ref().is_some_and(|shown| shown.account < item.account) {
            missing += 1;
            shown = bundle.vault()?;
        }
        match shown.take_if(|shown| shown.account == item.account) {
            Some(own) => {
                if item.version > own.version {
                    newer += 1;
                } else if item != own {
                    found.table("vaults", "a row is not the bundle's vault, nor a newer one");
                }
                shown = bundle.vault()?;
            }
            None => newer += 1,
        }
        audit.vaults(&VaultPage { vaults: vec![item], more: true });
    }
    while shown.is_some() {
        missing += 1;
        shown = bundle.vault()?;
    }
    if missing > 0 {
        found.table("vaults", &format!("{missing} vaults of the bundle are not there"));
    }
    found.looked.newer_vaults = newer;
    found.rows(view, "vaults", rows).await
}

fn vault(row: &AnyRow) -> Option<VaultItem> {
    let bytes = |column: &str| row.try_get(column).map(ByteString).ok();
    Some(VaultItem {
        account: AccountId::from_slice(&bytes("account")?.0)?,
        version: u64::try_from(row.try_get::<i64, _>("version").ok()?).ok()?,
        vault: bytes("vault")?,
        vault_head: bytes("vault_head")?,
        passphrase_wrap: bytes("passphrase_wrap")?,
        recovery_wrap: bytes("recovery_wrap")?,
    })
}

/// Looks at accounts, tokens and migrations.
pub(super) async fn others(view: &mut View, audit: &Audit, found: &mut Found) -> Result<(), LookError> {
    let (mut after, mut whole) = (Vec::new(), Histogram::default());
    loop {
        let rows = view.rows(ACCOUNTS, &[Value::Bytes(after.clone())]).await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get("account")?;
        for row in &rows {
            if let Err(reason) = check_account(row, audit, &mut whole) {
                found.table("accounts", reason);
            }
        }
    }
    found.rows(view, "accounts", audit.accounts()).await?;
    after.clear();
    let mut tokens = 0;
    loop {
        let rows = view.rows(TOKENS, &[Value::Bytes(after.clone())]).await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get("hash")?;
        for row in &rows {
            tokens += 1;
            if let Err(reason) = check_token(row, audit) {
                found.table("tokens", reason);
            }
        }
    }
    found.rows(view, "tokens", tokens).await?;
    migrations(view, found).await
}

fn check_account(row: &AnyRow, audit: &Audit, whole: &mut Histogram) -> Result<(), &'static str> {
    const FORM: &str = "a row that has not the form of one";
    let bytes = |column: &str| row.try_get::<Vec<u8>, _>(column).map_err(|_| FORM);
    let account = AccountId::from_slice(&bytes("account")?).ok_or("an id of another length")?;
    if !audit.has_account(&account) {
        return Err("an account that has no card in the record");
    }
    let handle: String = row.try_get("handle").map_err(|_| FORM)?;
    handle.parse::<Handle>().map_err(|_| "a handle that is none")?;
    let opaque = bytes("opaque")?;
    let uniform = opaque.get(OPAQUE_KEY..).filter(|_| opaque.len() == OPAQUE);
    let uniform = uniform.ok_or("an OPAQUE record of another length")?;
    randomness::check(uniform, 0, whole).map_err(|_| "an OPAQUE record that is not random")?;
    let key = VerifyingKey::from_slice(&bytes("recovery_key")?).filter(VerifyingKey::is_sound);
    key.map(|_| ()).ok_or("a recovery key that is none")
}

fn check_token(row: &AnyRow, audit: &Audit) -> Result<(), &'static str> {
    const FORM: &str = "a row that has not the form of one";
    let bytes = |column: &str| row.try_get::<Vec<u8>, _>(column).map_err(|_| FORM);
    let number = |column: &str| row.try_get::<i64, _>(column).map_err(|_| FORM);
    Hash::from_slice(&bytes("hash")?).ok_or("a hash of another length")?;
    let account = AccountId::from_slice(&bytes("account")?).filter(|account| audit.has_account(account));
    account.ok_or("an account that has no card in the record")?;
    let (issued, expires) = (number("issued")?, number("expires")?);
    let after = audit.began().is_some_and(|began| u64::try_from(issued).is_ok_and(|issued| issued >= began.0));
    if after && expires.checked_sub(issued) == Some(TOKEN_MS) { Ok(()) } else { Err("times that no token has") }
}

async fn migrations(view: &mut View, found: &mut Found) -> Result<(), LookError> {
    let rows = view.rows(MIGRATIONS, &[]).await?;
    let is = |row: &AnyRow, (version, description): &(i64, &str)| {
        row.try_get::<i64, _>("version").is_ok_and(|is| is == *version)
            && row.try_get::<String, _>("description").is_ok_and(|is| is == *description)
            && row.try_get::<i64, _>("success").is_ok_and(|is| is == 1)
            && row.try_get::<Vec<u8>, _>("checksum").is_ok_and(|is| is.len() == CHECKSUM)
    };
    let mut right = rows.len() == APPLIED.len() && rows.iter().zip(&APPLIED).all(|(row, known)| is(row, known));
    if view.dialect == Dialect::Sqlite {
        right &= view.number(MIGRATION_FORMS, &[]).await? == 0;
    }
    if !right {
        found.table("_sqlx_migrations", "the applied migrations are not those that this auditor knows");
    }
    Ok(())
}
