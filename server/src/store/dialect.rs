//! Everything in which the two databases differ.

use std::time::Duration;

use sqlx::AnyPool;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AnyConnection, Executor, Row};

use super::StoreError;

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// Which database keeps the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// A file beside the relay's keys.
    Sqlite,
    /// A server of its own.
    Postgres,
}

/// One relay at a time writes on a shared PostgreSQL; the number is this application's.
const WRITE_LOCK: &str = "select pg_advisory_xact_lock(4702111234474983745)";

impl Dialect {
    /// The dialect of a database URL.
    pub(crate) fn of(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            _ => None,
        }
    }

    /// The URL with which a missing file is made.
    pub(super) fn creating(self, url: &str) -> String {
        match self {
            Self::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
        }
    }

    /// Opens the pool.
    pub(super) async fn connect(self, url: &str) -> Result<AnyPool, sqlx::Error> {
        sqlx::any::install_default_drivers();
        let options: AnyConnectOptions = url.parse()?;
        let pool = AnyPoolOptions::new()
            .max_connections(if self == Self::Sqlite { 4 } else { 8 })
            .acquire_timeout(Duration::from_secs(5))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    for setting in self.settings() {
                        connection.execute(*setting).await?;
                    }
                    Ok(())
                })
            });
        pool.connect_with(options).await
    }

    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[
                "pragma busy_timeout = 5000",
                "pragma journal_mode = wal",
                "pragma synchronous = full",
                "pragma secure_delete = on",
                "pragma foreign_keys = on",
                "pragma cache_size = -2000",
            ],
            Self::Postgres => &["set statement_timeout = '30s'", "set synchronous_commit = on"],
        }
    }

    /// How a writing transaction begins.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "begin immediate",
            Self::Postgres => "begin",
        }
    }

    /// How a transaction begins that reads one state of the database.
    pub(super) fn begin_view(self) -> &'static str {
        match self {
            Self::Sqlite => "begin",
            Self::Postgres => "begin isolation level repeatable read read only",
        }
    }

    /// Keeps other relays on the same database from writing until the transaction ends.
    pub(super) async fn lock(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        if self == Self::Postgres {
            connection.execute(WRITE_LOCK).await?;
        }
        Ok(())
    }

    /// Makes sure that the files do not hold what was deleted.
    ///
    /// SQLite has overwritten it in its file (`secure_delete`), once the write-ahead log with its older pages is emptied.
    /// PostgreSQL keeps it in its files until the table is rewritten (docs/operating.md); that is not done from here.
    pub(super) async fn forget_deleted(self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        if self == Self::Postgres {
            return Ok(());
        }
        let emptied = sqlx::query("pragma wal_checkpoint(truncate)").fetch_one(connection).await?;
        if emptied.try_get::<i64, _>(0)? == 0 {
            return Ok(());
        }
        tracing::warn!("the write-ahead log still holds what was erased, because somebody reads");
        Err(StoreError::Unavailable)
    }

    /// Compares the migrations that were applied with those that this program knows.
    pub(super) async fn compare_migrations(self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let known = match self {
            Self::Sqlite => &SQLITE,
            Self::Postgres => &POSTGRES,
        };
        // a boolean cannot be read in the same way from both
        let applied = sqlx::query(
            "select version, checksum, cast(case when success then 1 else 0 end as bigint) as success \
             from _sqlx_migrations order by version",
        );
        let rows = applied.fetch_all(connection).await.map_err(|_| StoreError::Outdated)?;
        for row in &rows {
            let (version, checksum): (i64, Vec<u8>) = (row.try_get("version")?, row.try_get("checksum")?);
            let known = known.iter().find(|known| known.version == version);
            let known = known.ok_or(MigrateError::VersionMissing(version))?;
            if *known.checksum != checksum {
                return Err(MigrateError::VersionMismatch(version).into());
            }
            if row.try_get::<i64, _>("success")? != 1 {
                return Err(MigrateError::Dirty(version).into());
            }
        }
        if rows.len() == known.iter().count() { Ok(()) } else { Err(StoreError::Outdated) }
    }

    /// Applies the migrations that are missing, or refuses a database that is newer or was changed.
    pub(super) async fn migrate(self, pool: &AnyPool) -> Result<(), MigrateError> {
        match self {
            Self::Sqlite => SQLITE.run(pool).await,
            Self::Postgres => POSTGRES.run(pool).await,
        }
    }
}
