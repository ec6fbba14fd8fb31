//! Everything in which the two databases differ.

use std::time::Duration;

use sqlx::AnyPool;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AnyConnection, Executor};

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

    /// Applies the migrations that are missing, or refuses a database that is newer or was changed.
    pub(super) async fn migrate(self, pool: &AnyPool) -> Result<(), MigrateError> {
        match self {
            Self::Sqlite => SQLITE.run(pool).await,
            Self::Postgres => POSTGRES.run(pool).await,
        }
    }
}
