//! One state of a database, read without changing anything, on either of the two that a relay may use.

use sqlx::any::{AnyConnectOptions, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection, Executor, Row};

use super::LookError;

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// A value in a statement.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Number(i64),
    Bytes(Vec<u8>),
    Text(&'static str),
}

/// One state of the database: what a relay stores meanwhile is not in it.
pub(super) struct View {
    connection: AnyConnection,
    pub(super) dialect: Dialect,
}

impl Dialect {
    fn of(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            _ => None,
        }
    }

    /// The URL with which nothing can be written and no file is made.
    fn reading(self, url: &str) -> String {
        match (self, url.split_once('?')) {
            (Self::Postgres, _) => url.to_owned(),
            (Self::Sqlite, None) => format!("{url}?mode=ro"),
            (Self::Sqlite, Some((file, settings))) => {
                let immutable = settings.split('&').any(|setting| matches!(setting, "immutable=true" | "immutable=1"));
                format!("{file}?mode=ro{}", if immutable { "&immutable=true" } else { "" })
            }
        }
    }

    /// How a transaction begins that sees one state and writes nothing.
    fn begin(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &["pragma busy_timeout = 5000", "pragma query_only = on", "begin"],
            Self::Postgres => &["begin isolation level repeatable read read only"],
        }
    }
}

impl View {
    /// Opens a database and holds on to its state.
    ///
    /// # Errors
    /// [`LookError::Url`], [`LookError::Database`].
    pub(super) async fn open(url: &str) -> Result<Self, LookError> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of(url).ok_or(LookError::Url)?;
        let options: AnyConnectOptions = dialect.reading(url).parse()?;
        let mut connection = AnyConnection::connect_with(&options).await?;
        for statement in dialect.begin() {
            connection.execute(*statement).await?;
        }
        Ok(Self { connection, dialect })
    }

    /// Lets go of it.
    pub(super) async fn close(mut self) -> Result<(), LookError> {
        self.connection.execute("rollback").await?;
        Ok(self.connection.close().await?)
    }

    /// The rows of a query.
    pub(super) async fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<AnyRow>, LookError> {
        Ok(bound(sqlx::query(sql), values).fetch_all(&mut self.connection).await?)
    }

    /// The number that a query gives.
    pub(super) async fn number(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, LookError> {
        let row = bound(sqlx::query(sql), values).fetch_one(&mut self.connection).await?;
        Ok(unsigned(row.try_get(0)?))
    }

    /// How many rows a table has.
    pub(super) async fn count(&mut self, table: &'static str) -> Result<u64, LookError> {
        let sql = AssertSqlSafe(format!("select count(*) from {table}"));
        let row = sqlx::query(sql).fetch_one(&mut self.connection).await?;
        Ok(unsigned(row.try_get(0)?))
    }

    /// Whether a table has exactly one row with exactly these values.
    pub(super) async fn has(&mut self, sql: &'static str, values: &[Value]) -> Result<bool, LookError> {
        Ok(self.number(sql, values).await? == 1)
    }
}

type Asked = Query<'static, Any, sqlx::any::AnyArguments>;

fn bound(query: Asked, values: &[Value]) -> Asked {
    values.iter().fold(query, |query, value| match value {
        Value::Number(number) => query.bind(*number),
        Value::Bytes(bytes) => query.bind(bytes.clone()),
        Value::Text(text) => query.bind(*text),
    })
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// Databases count in signed numbers; none of ours is negative.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_opened_for_reading_whatever_its_url_asks_for() {
        for (url, reading) in [
            ("sqlite:amanah.db", "sqlite:amanah.db?mode=ro"),
            ("sqlite:amanah.db?mode=rwc", "sqlite:amanah.db?mode=ro"),
            ("sqlite:amanah.db?mode=rw&immutable=1", "sqlite:amanah.db?mode=ro&immutable=true"),
        ] {
            assert_eq!(Dialect::of(url).map(|dialect| dialect.reading(url)).as_deref(), Some(reading));
        }
        assert_eq!(Dialect::of("mysql://localhost/amanah"), None);
    }
}
