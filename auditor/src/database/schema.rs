//! Every table and column that a relay has, and nothing else: the one place where the auditor has them written down.
//!
//! The migrations make them. Names and types are compared, also what else a database can hold: views, triggers, functions,
//! comments. A text could stand in any of these.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::view::{Dialect, Value, View};
use super::{Found, LookError};

/// What a column holds.
#[derive(Debug, Clone, Copy)]
enum Type {
    Number,
    Bytes,
    Text,
    /// Only of migrations.
    Flag,
    /// Only of migrations.
    Moment,
    /// A number of migrations, which are not made by ours.
    BigNumber,
}

use Type::{BigNumber, Bytes, Flag, Moment, Number, Text};

/// Where the migrations that were applied are kept.
const MIGRATIONS: &str = "_sqlx_migrations";

/// Each table with its columns.
const TABLES: &[(&str, &[(&str, Type)])] = &[
    (
        "structures",
        &[
            ("position", Number),
            ("kind", Number),
            ("hash", Bytes),
            ("account", Bytes),
            ("case_id", Bytes),
            ("session", Bytes),
            ("body", Bytes),
            ("at", Number),
            ("salt", Bytes),
        ],
    ),
    ("parts", &[("position", Number), ("place", Number), ("bytes", Bytes)]),
    ("accounts", &[("account", Bytes), ("handle", Text), ("opaque", Bytes), ("recovery_key", Bytes)]),
    (
        "vaults",
        &[
            ("account", Bytes),
            ("version", Number),
            ("vault", Bytes),
            ("vault_head", Bytes),
            ("passphrase_wrap", Bytes),
            ("recovery_wrap", Bytes),
        ],
    ),
    ("tokens", &[("hash", Bytes), ("account", Bytes), ("issued", Number), ("expires", Number)]),
    (
        "sessions",
        &[
            ("session", Bytes),
            ("case_id", Bytes),
            ("epoch", Number),
            ("manifest", Bytes),
            ("letters", Number),
            ("transcript", Bytes),
            ("position", Number),
        ],
    ),
    ("members", &[("session", Bytes), ("account", Bytes), ("until", Number)]),
    (
        "letters",
        &[
            ("session", Bytes),
            ("id", Bytes),
            ("sender", Bytes),
            ("sequence", Number),
            ("hash", Bytes),
            ("position", Number),
        ],
    ),
    (
        "deposits",
        &[
            ("manifest", Bytes),
            ("session", Bytes),
            ("policy", Bytes),
            ("x", Number),
            ("account", Bytes),
            ("position", Number),
            ("receipt", Number),
        ],
    ),
    (
        "releases",
        &[
            ("request", Bytes),
            ("session", Bytes),
            ("requester", Bytes),
            ("recipient", Bytes),
            ("expires", Number),
            ("notice_at", Number),
            ("notice", Number),
        ],
    ),
    ("log_tiles", &[("level", Number), ("place", Number), ("hashes", Bytes)]),
    ("log_head", &[("one", Number), ("size", Number), ("root", Bytes), ("map", Bytes)]),
    ("cosignatures", &[("account", Bytes), ("note", Bytes)]),
    (
        MIGRATIONS,
        &[
            ("version", BigNumber),
            ("description", Text),
            ("installed_on", Moment),
            ("success", Flag),
            ("checksum", Bytes),
            ("execution_time", BigNumber),
        ],
    ),
];

/// The indexes beside those of primary keys and of what is unique.
const INDEXES: &[&str] = &[
    "structures_by_session",
    "structures_by_case",
    "structures_by_account",
    "structures_by_kind",
    "tokens_by_account",
    "members_by_account",
    "deposits_by_account",
    "deposits_by_session",
    "releases_by_session",
    "releases_by_requester",
    "releases_by_recipient",
    "releases_by_notice",
];

/// What else is there, as kind and name: none of it is the relay's, but the tables and indexes that are known.
const THINGS_SQLITE: &str = "select type as kind, substr(name, 1, 100) as name from sqlite_schema \
     where name not like 'sqlite\\_autoindex\\_%' escape '\\' order by type, name";
const THINGS_POSTGRES: &str = "select case when n.nspname <> current_schema() then 'in another schema' \
     when c.relkind = 'r' then 'table' when c.relkind in ('i', 'I') then 'index' when c.relkind = 'v' then 'view' \
     when c.relkind = 'm' then 'stored view' when c.relkind = 'S' then 'sequence' else 'other' end as kind, \
     cast(c.relname as text) as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
     where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and n.nspname not like 'pg\\_temp\\_%' \
     and n.nspname not like 'pg\\_toast\\_temp\\_%' \
     and not (c.relkind = 'i' and exists (select 1 from pg_catalog.pg_constraint k where k.conindid = c.oid \
     and k.contype in ('p', 'u'))) order by 1, 2";

/// The columns of a table, also those that are hidden or were dropped, with type and default.
const COLUMNS_SQLITE: &str = "select name, lower(type) as type, coalesce(dflt_value, '') as preset \
     from pragma_table_xinfo($1) order by cid";
const COLUMNS_POSTGRES: &str = "select cast(a.attname as text) as name, \
     pg_catalog.format_type(a.atttypid, a.atttypmod) as type, \
     coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') as preset from pg_catalog.pg_attribute a \
     join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
     left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum \
     where n.nspname = current_schema() and c.relkind = 'r' and c.relname = $1 and a.attnum > 0 order by a.attnum";

/// What may not occur, each with a query for how often it does.
const NONE_SQLITE: &[(&str, &str)] = &[
    (
        "a table without strict types",
        "select count(*) from pragma_table_list where schema = 'main' and type = 'table' and strict = 0 \
         and name not in ('sqlite_schema', '_sqlx_migrations')",
    ),
    (
        "a comment in the definition of a table or index",
        "select count(*) from sqlite_schema where sql like '%/*%' or sql like '%--%'",
    ),
];
const NONE_POSTGRES: &[(&str, &str)] = &[
    ("a trigger", "select count(*) from pg_catalog.pg_trigger where not tgisinternal"),
    (
        "a function",
        "select count(*) from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
         where n.nspname not in ('pg_catalog', 'information_schema')",
    ),
    (
        "a type",
        "select count(*) from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
         where t.typtype in ('e', 'd') and n.nspname not in ('pg_catalog', 'information_schema')",
    ),
    ("a comment", "select count(*) from pg_catalog.pg_description where objoid >= 16384"),
    ("a large object", "select count(*) from pg_catalog.pg_largeobject_metadata"),
];

impl Type {
    const fn spelled(self, dialect: Dialect) -> &'static str {
        match (dialect, self) {
            (Dialect::Sqlite, Number) => "integer",
            (Dialect::Sqlite, Bytes) => "blob",
            (_, Text) => "text",
            (_, Flag) => "boolean",
            (Dialect::Sqlite, Moment) => "timestamp",
            (_, BigNumber) | (Dialect::Postgres, Number) => "bigint",
            (Dialect::Postgres, Bytes) => "bytea",
            (Dialect::Postgres, Moment) => "timestamp with time zone",
        }
    }
}

/// What stands in a column where a row says nothing.
fn preset(dialect: Dialect, table: &str, column: &str) -> &'static str {
    match (dialect, table, column) {
        (Dialect::Sqlite, "structures", "salt") => "x''",
        (Dialect::Sqlite, MIGRATIONS, "installed_on") => "CURRENT_TIMESTAMP",
        (Dialect::Postgres, MIGRATIONS, "installed_on") => "now()",
        _ => "",
    }
}

/// Compares what there is with what is known; says whether all known columns are there, so that rows can be read.
///
/// # Errors
/// [`LookError::Database`].
pub(super) async fn compare(view: &mut View, found: &mut Found) -> Result<bool, LookError> {
    let (things, columns, none) = match view.dialect {
        Dialect::Sqlite => (THINGS_SQLITE, COLUMNS_SQLITE, NONE_SQLITE),
        Dialect::Postgres => (THINGS_POSTGRES, COLUMNS_POSTGRES, NONE_POSTGRES),
    };
    for thing in view.rows(things, &[]).await? {
        let (kind, name): (String, String) = (thing.try_get("kind")?, thing.try_get("name")?);
        let known = match kind.as_str() {
            "table" => TABLES.iter().any(|(table, _)| *table == name),
            "index" => INDEXES.contains(&name.as_str()),
            _ => false,
        };
        if !known {
            found.table("schema", &format!("{} is not the relay's: {kind}", name_only(&name)));
        }
    }
    for (what, sql) in none {
        if let more @ 1.. = view.number(sql, &[]).await? {
            found.table("schema", &format!("{what}, {more} times"));
        }
    }
    let mut readable = true;
    for (table, known) in TABLES {
        let there = view.rows(columns, &[Value::Text(table)]).await?;
        readable &= compare_columns(view.dialect, table, known, &there, found)?;
    }
    Ok(readable)
}

fn compare_columns(
    dialect: Dialect,
    table: &str,
    known: &[(&str, Type)],
    there: &[AnyRow],
    found: &mut Found,
) -> Result<bool, LookError> {
    let mut right = 0;
    for column in there {
        let (name, spelled): (String, String) = (column.try_get("name")?, column.try_get("type")?);
        match known.iter().find(|(known, _)| *known == name) {
            None => found.table(table, &format!("a column that is not the relay's: {}", name_only(&name))),
            Some((_, kind)) if kind.spelled(dialect) != spelled => {
                found.table(table, &format!("column {name} has another type"));
            }
            Some(_) if column.try_get::<String, _>("preset")? != preset(dialect, table, &name) => {
                right += 1;
                found.table(table, &format!("column {name} has another default"));
            }
            Some(_) => right += 1,
        }
    }
    let complete = right == known.len();
    if !complete {
        found.table(table, &format!("only {right} of its {} columns are as they must be", known.len()));
    }
    Ok(complete)
}

/// A name that tells no content, however somebody has named a table.
fn name_only(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain && name.len() <= 40 { name.to_owned() } else { "a name of other letters".to_owned() }
}
