//! A look at the relay's database itself (docs/auditing.md): whether it holds what the bundle shows, and nothing else.
//!
//! Everything is read from one state of the database and nothing is written. What stands in it is compared with the bundle
//! byte by byte, and audited like a bundle, because it may have grown since. What the relay keeps once more, to find it
//! quickly, is computed and compared. SQL stands only in this folder.

mod derived;
mod items;
mod people;
mod record;
mod schema;
mod tiles;
mod view;
mod witnesses;

use std::io::Read;

use amanah_protocol::bundle::BundleHeader;
use amanah_protocol::ids::{CentreId, Timestamp};
use amanah_protocol::log::UnverifiedCheckpoint;

use self::derived::Derived;
use self::items::Items;
use self::record::Record;
use self::tiles::Tiles;
use self::view::{View, unsigned};
use self::witnesses::Witnesses;
use crate::audit::Audit;
use crate::bundle::{Bundle, BundleError};
use crate::check::Check;
use crate::findings::Findings;
use crate::report::{CheckResult, Looked};

/// Why a database was not compared. Nothing is said of it then.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The URL names no database that this program knows.
    #[error("the database URL begins with sqlite: or postgres:")]
    Url,
    /// It cannot be opened or read.
    #[error("the database cannot be read")]
    Database(#[from] sqlx::Error),
    /// The bundle is none.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

/// What came of a look at a database: [`crate::Report::with_look`] takes it into a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub(crate) result: CheckResult,
    pub(crate) looked: Looked,
}

/// What was found in a database.
#[derive(Debug, Default)]
struct Found {
    findings: Findings,
    looked: Looked,
}

impl Found {
    /// Takes down what is wrong with a table.
    fn table(&mut self, table: &str, reason: &str) {
        self.findings.found(Check::Database, None, &format!("{table}: {reason}"));
    }

    /// Takes down what is wrong with a row about the entry at a position.
    fn at(&mut self, table: &str, position: u64, reason: &str) {
        self.findings.found(Check::Database, Some(position), &format!("{table}: {reason}"));
    }

    /// The same, unless it is right.
    fn unless(&mut self, right: bool, table: &str, position: u64, reason: &str) {
        if !right {
            self.at(table, position, reason);
        }
    }

    /// Compares the number of rows of a table, and counts them.
    async fn rows(&mut self, view: &mut View, table: &'static str, expected: u64) -> Result<(), LookError> {
        let rows = view.count(table).await?;
        self.findings.count(Check::Database, rows);
        if rows != expected {
            self.table(table, &format!("{rows} rows where {expected} must be"));
        }
        Ok(())
    }
}

/// Compares a database with a bundle that the relay has given, of the centre that is pinned. A relay may use it meanwhile.
///
/// # Errors
/// [`LookError`]: something cannot be read. What is wrong with what it holds is in the [`Look`].
pub async fn look(url: &str, bundle: impl Read, pinned: CentreId) -> Result<Look, LookError> {
    let bundle = Bundle::open(bundle)?;
    let mut view = View::open(url).await?;
    let mut found = Found::default();
    if schema::compare(&mut view, &mut found).await? {
        rows(&mut view, bundle, pinned, &mut found).await?;
    }
    view.close().await?;
    let Found { findings, looked } = found;
    Ok(Look { result: CheckResult::of(Check::Database, &findings), looked })
}

async fn rows<R: Read>(
    view: &mut View,
    bundle: Bundle<R>,
    pinned: CentreId,
    found: &mut Found,
) -> Result<(), LookError> {
    let head = UnverifiedCheckpoint::parse(&bundle.header.checkpoint.0).ok().map(|shown| shown.claimed().head());
    let newest = view.rows("select coalesce(max(at), 0) as at from structures", &[]).await?;
    let newest = newest.first().map_or(Ok(0), |row| sqlx::Row::try_get(row, "at"))?;
    let made = bundle.header.made.max(Timestamp(unsigned(newest)));
    let header = BundleHeader { vaults: view.count("vaults").await?, made, ..bundle.header.clone() };
    let mut audit = Audit::begin(pinned, &header, head);
    let witnesses = Witnesses::read(view, found).await?;
    witnesses.sizes().for_each(|size| audit.ask_root(size));
    let (mut derived, mut tiles) = (Derived::default(), Tiles::default());
    let size = head.map_or(0, |head| head.size);
    let (audited, derived_so_far, grown) = (&mut audit, &mut derived, &mut tiles);
    let mut items = Items::of(bundle);
    let record = Record { bundle: &mut items, size, audit: audited, derived: derived_so_far, tiles: grown };
    record.read(view, found).await?;
    derived.finish(view, found).await?;
    tiles.finish(view, audit.map(), found).await?;
    witnesses.finish(&audit, found);
    people::vaults(view, &mut items, &mut audit, found).await?;
    people::others(view, &audit, found).await?;
    found.findings.absorb(Check::Database, &audit.finish_store());
    Ok(())
}
