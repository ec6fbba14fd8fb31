//! The store: the record in its one order, accounts, and what is looked up beside it. SQL stands only in this folder.

mod accounts;
mod dialect;
mod escrow;
mod log;
mod sessions;
mod structures;
mod witnesses;
mod writer;

use amanah_protocol::record::Entry;
use sqlx::AnyPool;
use sqlx::Row;
use tokio::sync::watch;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub(crate) use accounts::{NewAccount, NewCredential, StoredVault, Token, count_vaults, next_vault};
pub(crate) use dialect::Dialect;
pub(crate) use escrow::{
    Asked, Due, Part, PartItem, TrusteeCount, asked, asked_in, confirm_deposit, deposit, due_requests, escrow_policies,
    is_trustee, mark_noticed, open_request, trustee_counts,
};
pub(crate) use log::{LogHead, head};
pub(crate) use sessions::{
    Seat, SessionPage, Standing, advance, answers_to, author_of_letter, letter_with_id, remember_letter, seat,
    sender_state, session_page, standing, touch, touch_case,
};
pub(crate) use sqlx::AnyConnection as Connection;
pub(crate) use structures::{Filter, NewStructure, Place, append, erase, page, place_of, tombstone, whole, wire_of};
pub(crate) use witnesses::{cosigned, keep_cosigned};

/// What a closure over a connection returns.
pub(crate) type Pending<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

/// Why the store did not do something. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The database is full, gone or too slow; later it may work.
    #[error("the store is unavailable")]
    Unavailable,
    /// A rule refused the change.
    #[error("{0:?}")]
    Refused(amanah_protocol::api::ProblemCode),
    /// The database is newer than this program, or was changed by somebody else.
    #[error("the database does not fit this program: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database is older than this program.
    #[error("the database is older than this program; run `amanah-server migrate`, or start the relay")]
    Outdated,
    /// The URL names no database that this program knows.
    #[error("the database URL begins with sqlite: or postgres:")]
    Url,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "the database refused");
        Self::Unavailable
    }
}

impl From<amanah_protocol::api::ProblemCode> for StoreError {
    fn from(code: amanah_protocol::api::ProblemCode) -> Self {
        Self::Refused(code)
    }
}

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pool: AnyPool,
    dialect: Dialect,
    writer: writer::Writer,
    newest: watch::Receiver<u64>,
    log: watch::Receiver<Option<Arc<log::Log>>>,
}

impl Store {
    /// Makes the database where there is none yet, and opens it.
    pub(crate) async fn create(url: &str) -> Result<Self, StoreError> {
        Self::open(&Dialect::of(url).ok_or(StoreError::Url)?.creating(url)).await
    }

    /// Opens the database, applies missing migrations, and starts the writer.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_growing(url, |connection, known| Box::pin(log::grow(connection, known))).await
    }

    /// A new store without a log, to measure what the log costs.
    #[cfg(test)]
    pub(crate) async fn without_log(url: &str) -> Result<Self, StoreError> {
        let url = Dialect::of(url).ok_or(StoreError::Url)?.creating(url);
        Self::open_growing(&url, |connection, _| Box::pin(async { Ok((last_position(connection).await?, None)) })).await
    }

    async fn open_growing(url: &str, grow: log::Grow) -> Result<Self, StoreError> {
        let (dialect, pool) = connect(url).await?;
        dialect.migrate(&pool).await?;
        let position = last_position(&mut *pool.acquire().await?).await?;
        let (tell_newest, newest) = watch::channel(position);
        let (tell_log, log) = watch::channel(None);
        let tell = writer::Tell { newest: tell_newest, log: tell_log };
        let writer = writer::Writer::start(pool.clone(), dialect, tell, grow);
        // what was stored before there was a log is taken into it before anything else
        writer.run(|_| Box::pin(async { Ok(()) })).await?;
        let store = Self { pool, dialect, writer, newest, log };
        // what was erased when the relay was killed; if others read, the next erasure does it
        let _others_read = store.forget_deleted().await;
        Ok(store)
    }

    /// Applies missing migrations and does nothing else.
    pub(crate) async fn migrate(url: &str) -> Result<(), StoreError> {
        let (dialect, pool) = connect(url).await?;
        dialect.migrate(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// Looks at a database without changing it: whether it fits this program, and the first structure of its record.
    pub(crate) async fn look(url: &str) -> Result<Option<Entry>, StoreError> {
        let (dialect, pool) = connect(url).await?;
        let looked = async {
            let mut connection = pool.acquire().await?;
            dialect.compare_migrations(&mut connection).await?;
            Ok(page(&mut connection, Filter::Centre, 0).await?.0.into_iter().next())
        };
        let looked = looked.await;
        pool.close().await;
        looked
    }

    /// Runs a change in the one order of all changes, and waits until it is durable, or refused.
    pub(crate) async fn change<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> Pending<'c, T> + Send + 'static,
    {
        self.writer.run(change).await
    }

    /// Makes sure that the files of the database do not hold what was deleted, as far as its kind allows.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: somebody still reads a state in which it was there.
    pub(crate) async fn forget_deleted(&self) -> Result<(), StoreError> {
        self.dialect.forget_deleted(&mut *self.pool.acquire().await?).await
    }

    /// Reads several things that fit together: nothing is stored between them.
    pub(crate) async fn view<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        F: for<'c> FnOnce(&'c mut Connection) -> Pending<'c, T> + Send,
    {
        let mut view = self.pool.begin_with(self.dialect.begin_view()).await?;
        let result = read(&mut view).await;
        view.rollback().await?;
        result
    }

    /// Ends after all connections are closed, so that SQLite leaves one tidy file.
    pub(crate) async fn close(self) {
        self.pool.close().await;
    }

    /// Whether the database answers.
    pub(crate) async fn is_ready(&self) -> bool {
        sqlx::query("select 1").execute(&self.pool).await.is_ok()
    }

    /// The newest position, and a way to wait for the next.
    pub(crate) fn newest(&self) -> watch::Receiver<u64> {
        self.newest.clone()
    }
}

async fn connect(url: &str) -> Result<(Dialect, AnyPool), StoreError> {
    let dialect = Dialect::of(url).ok_or(StoreError::Url)?;
    Ok((dialect, dialect.connect(url).await?))
}

/// Position of the newest structure; 0 in an empty record.
async fn last_position(connection: &mut Connection) -> Result<u64, sqlx::Error> {
    let row =
        sqlx::query("select coalesce(max(position), 0) as position from structures").fetch_one(connection).await?;
    Ok(unsigned(row.try_get("position")?))
}

/// The position that the next structure gets.
pub(crate) async fn next_position(connection: &mut Connection) -> Result<u64, StoreError> {
    Ok(last_position(connection).await? + 1)
}

/// Databases count in signed numbers; ours never pass their half.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
