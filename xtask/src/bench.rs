//! `cargo xtask bench`: measures the limits that we promise, with everything built for release.

use anyhow::{Result, bail};
use clap::Args;

use crate::browser;
use crate::postgres::Postgres;
use crate::run::{cargo, step, timed};

/// How much is measured.
#[derive(Args)]
pub(crate) struct Bench {
    /// How many letters are audited, of 2.5 KB each on the disk
    #[arg(long, default_value_t = 1_000_000)]
    letters: usize,
    /// Measure the web client, and nothing else
    #[arg(long)]
    web: bool,
}

/// The programs first, because the benches start them from the folder in which they lie themselves, and then the benches.
///
/// # Errors
/// When something does not compile, or a limit does not hold.
pub(crate) fn all(bench: &Bench) -> Result<()> {
    let programs = ["build", "--release", "--package", "amanah-server", "--package", "amanah-cli"];
    step("build the programs for release", cargo().args(programs))?;
    if bench.web {
        return web();
    }
    limits()?;
    audit(bench.letters)?;
    log()
}

fn limits() -> Result<()> {
    let bench = ["bench", "--package", "amanah-tests", "--bench", "limits"];
    step("build the bench", cargo().args(bench).arg("--no-run"))?;
    step("limits", cargo().args(bench))
}

fn web() -> Result<()> {
    let Some(variables) = browser::ready()? else {
        bail!("the web client cannot be measured here");
    };
    let bench = ["bench", "--package", "amanah-tests", "--bench", "web"];
    step("build the bench of the web client", cargo().args(bench).arg("--no-run"))?;
    step("web client", cargo().args(bench).envs(variables))
}

fn audit(letters: usize) -> Result<()> {
    let bench = ["bench", "--package", "amanah-auditor", "--bench", "million"];
    step("build the command line", cargo().args(["build", "--release", "--package", "amanah-cli"]))?;
    step("build the bench of the audit", cargo().args(bench).arg("--no-run"))?;
    step("audit", cargo().args(bench).args(["--", &letters.to_string()]))
}

fn log() -> Result<()> {
    let bench = ["test", "--release", "--package", "amanah-server", "--lib"];
    step("build the bench of the log", cargo().args(bench).arg("--no-run"))?;
    let postgres = timed("postgresql", Postgres::start)?;
    let mut run = cargo();
    run.args(bench).args(["--", "--ignored", "--nocapture", "the_log_costs"]).envs(postgres.variables());
    let outcome = step("log", &mut run);
    postgres.stop()?;
    outcome
}
