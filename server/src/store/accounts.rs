//! Accounts: what sign-in needs, the sealed vault, and the hashes of tokens.

use amanah_protocol::account::VaultHead;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::bundle::VaultItem;
use amanah_protocol::cbor::ByteString;
use amanah_protocol::ids::{AccountId, Handle, Timestamp};
use amanah_protocol::record::Kind;
use amanah_protocol::signature::Signed;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::structures::{NewStructure, append};
use super::{Connection, Store, StoreError, signed, unsigned};

/// What OPAQUE and recovery keep of an account, and its sealed vault.
#[derive(Debug, Clone)]
pub(crate) struct NewCredential {
    pub(crate) opaque: Vec<u8>,
    pub(crate) recovery_key: Vec<u8>,
    pub(crate) vault: StoredVault,
}

/// A vault as the relay keeps it.
#[derive(Debug, Clone)]
pub(crate) struct StoredVault {
    pub(crate) version: u64,
    pub(crate) vault: Vec<u8>,
    pub(crate) vault_head: Vec<u8>,
    pub(crate) passphrase_wrap: Vec<u8>,
    pub(crate) recovery_wrap: Vec<u8>,
}

/// An account that was admitted.
#[derive(Debug, Clone)]
pub(crate) struct NewAccount {
    pub(crate) account: AccountId,
    pub(crate) handle: Handle,
    pub(crate) card: NewStructure,
    pub(crate) credential: NewCredential,
    pub(crate) head: Signed<VaultHead>,
}

/// A token that is in force.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) account: AccountId,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
}

impl Store {
    /// Stores a new account with its first card and vault.
    pub(crate) async fn register(&self, new: NewAccount, now: Timestamp) -> Result<(), StoreError> {
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    if find_account(connection, new.handle.as_str().to_owned()).await?.is_some() {
                        return Err(ProblemCode::HandleTaken.into());
                    }
                    let taken = sqlx::query("select 1 as one from accounts where account = $1")
                        .bind(new.account.0.to_vec())
                        .fetch_optional(&mut *connection)
                        .await?;
                    if taken.is_some() {
                        return Err(ProblemCode::AlreadyExists.into());
                    }
                    append(connection, &new.card, now).await?;
                    sqlx::query("insert into accounts (account, handle, opaque, recovery_key) values ($1, $2, $3, $4)")
                        .bind(new.account.0.to_vec())
                        .bind(new.handle.as_str().to_owned())
                        .bind(new.credential.opaque)
                        .bind(new.credential.recovery_key)
                        .execute(&mut *connection)
                        .await?;
                    let vault = new.credential.vault;
                    sqlx::query(
                        "insert into vaults (account, version, vault, vault_head, passphrase_wrap, recovery_wrap) \
                         values ($1, $2, $3, $4, $5, $6)",
                    )
                    .bind(new.account.0.to_vec())
                    .bind(signed(vault.version))
                    .bind(vault.vault)
                    .bind(vault.vault_head)
                    .bind(vault.passphrase_wrap)
                    .bind(vault.recovery_wrap)
                    .execute(&mut *connection)
                    .await?;
                    append(connection, &head_structure(&new.head), now).await?;
                    Ok(())
                })
            })
            .await
    }

    /// What OPAQUE keeps for a handle, and the account's recovery key.
    pub(crate) async fn credential(
        &self,
        handle: &Handle,
    ) -> Result<Option<(AccountId, Vec<u8>, Vec<u8>)>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        find_account(&mut connection, handle.as_str().to_owned()).await
    }

    /// The pseudonym of an account.
    pub(crate) async fn handle(&self, account: AccountId) -> Result<Option<Handle>, StoreError> {
        let row = sqlx::query("select handle from accounts where account = $1")
            .bind(account.0.to_vec())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            let text: String = row.try_get("handle")?;
            text.parse().map_err(|_| StoreError::Unavailable)
        })
        .transpose()
    }

    /// The vault of an account.
    pub(crate) async fn vault(&self, account: AccountId) -> Result<Option<StoredVault>, StoreError> {
        let row = sqlx::query(
            "select version, vault, vault_head, passphrase_wrap, recovery_wrap from vaults where account = $1",
        )
        .bind(account.0.to_vec())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(StoredVault {
                version: unsigned(row.try_get("version")?),
                vault: row.try_get("vault")?,
                vault_head: row.try_get("vault_head")?,
                passphrase_wrap: row.try_get("passphrase_wrap")?,
                recovery_wrap: row.try_get("recovery_wrap")?,
            })
        })
        .transpose()
    }

    /// Puts the next version of a vault in place of the one before (compare-and-swap on the version).
    pub(crate) async fn update_vault(
        &self,
        head: Signed<VaultHead>,
        vault: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    let body = head.body();
                    let updated = sqlx::query(
                        "update vaults set version = $1, vault = $2, vault_head = $3 where account = $4 and version = $5",
                    )
                    .bind(signed(body.version))
                    .bind(vault)
                    .bind(head.wire().to_vec())
                    .bind(body.account.0.to_vec())
                    .bind(signed(body.version) - 1)
                    .execute(&mut *connection)
                    .await?;
                    if updated.rows_affected() != 1 {
                        return Err(ProblemCode::VersionConflict.into());
                    }
                    append(connection, &head_structure(&head), now).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Puts a new credential and vault in place of the old ones, and ends all other sign-ins.
    pub(crate) async fn update_credential(
        &self,
        head: Signed<VaultHead>,
        new: NewCredential,
        keep: [u8; 32],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    let body = head.body();
                    let account = body.account.0.to_vec();
                    let updated = sqlx::query(
                        "update vaults set version = $1, vault = $2, vault_head = $3, passphrase_wrap = $4, \
                         recovery_wrap = $5 where account = $6 and version = $7",
                    )
                    .bind(signed(body.version))
                    .bind(new.vault.vault)
                    .bind(head.wire().to_vec())
                    .bind(new.vault.passphrase_wrap)
                    .bind(new.vault.recovery_wrap)
                    .bind(account.clone())
                    .bind(signed(body.version) - 1)
                    .execute(&mut *connection)
                    .await?;
                    if updated.rows_affected() != 1 {
                        return Err(ProblemCode::VersionConflict.into());
                    }
                    sqlx::query("update accounts set opaque = $1, recovery_key = $2 where account = $3")
                        .bind(new.opaque)
                        .bind(new.recovery_key)
                        .bind(account.clone())
                        .execute(&mut *connection)
                        .await?;
                    sqlx::query("delete from tokens where account = $1 and hash <> $2")
                        .bind(account)
                        .bind(keep.to_vec())
                        .execute(&mut *connection)
                        .await?;
                    append(connection, &head_structure(&head), now).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Stores the hash of a token, and forgets those that have died.
    pub(crate) async fn add_token(&self, hash: [u8; 32], token: Token) -> Result<(), StoreError> {
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    sqlx::query("delete from tokens where expires <= $1")
                        .bind(signed(token.issued.0))
                        .execute(&mut *connection)
                        .await?;
                    sqlx::query("insert into tokens (hash, account, issued, expires) values ($1, $2, $3, $4)")
                        .bind(hash.to_vec())
                        .bind(token.account.0.to_vec())
                        .bind(signed(token.issued.0))
                        .bind(signed(token.expires.0))
                        .execute(&mut *connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// The token with this hash, if it is in force.
    pub(crate) async fn token(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<Token>, StoreError> {
        let row = sqlx::query("select account, issued, expires from tokens where hash = $1 and expires > $2")
            .bind(hash.to_vec())
            .bind(signed(now.0))
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            Ok(Token {
                account: account_of(&row)?,
                issued: Timestamp(unsigned(row.try_get("issued")?)),
                expires: Timestamp(unsigned(row.try_get("expires")?)),
            })
        })
        .transpose()
    }

    /// Ends a sign-in.
    pub(crate) async fn remove_token(&self, hash: [u8; 32]) -> Result<(), StoreError> {
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    sqlx::query("delete from tokens where hash = $1").bind(hash.to_vec()).execute(connection).await?;
                    Ok(())
                })
            })
            .await
    }
}

fn head_structure(head: &Signed<VaultHead>) -> NewStructure {
    NewStructure {
        kind: Kind::VaultHead,
        hash: head.hash(),
        account: Some(head.body().account),
        case: None,
        session: None,
        body: head.wire().to_vec(),
        parts: Vec::new(),
    }
}

/// How many vaults there are.
pub(crate) async fn count_vaults(connection: &mut Connection) -> Result<u64, StoreError> {
    let row = sqlx::query("select count(*) as vaults from vaults").fetch_one(connection).await?;
    Ok(unsigned(row.try_get("vaults")?))
}

/// The vault of the account that comes next after this one, or of the first.
pub(crate) async fn next_vault(
    connection: &mut Connection,
    after: Option<AccountId>,
) -> Result<Option<VaultItem>, StoreError> {
    let row = sqlx::query(
        "select account, version, vault, vault_head, passphrase_wrap, recovery_wrap from vaults where account > $1 \
         order by account limit 1",
    )
    .bind(after.map(|account| account.0.to_vec()).unwrap_or_default())
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let bytes = |column: &str| row.try_get(column).map(ByteString);
        Ok(VaultItem {
            account: account_of(&row)?,
            version: unsigned(row.try_get("version")?),
            vault: bytes("vault")?,
            vault_head: bytes("vault_head")?,
            passphrase_wrap: bytes("passphrase_wrap")?,
            recovery_wrap: bytes("recovery_wrap")?,
        })
    })
    .transpose()
}

async fn find_account(
    connection: &mut Connection,
    handle: String,
) -> Result<Option<(AccountId, Vec<u8>, Vec<u8>)>, StoreError> {
    let row = sqlx::query("select account, opaque, recovery_key from accounts where handle = $1")
        .bind(handle)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((account_of(&row)?, row.try_get("opaque")?, row.try_get("recovery_key")?))).transpose()
}

pub(super) fn account_of(row: &AnyRow) -> Result<AccountId, StoreError> {
    let bytes: Vec<u8> = row.try_get("account")?;
    AccountId::from_slice(&bytes).ok_or(StoreError::Unavailable)
}
