//! `cargo xtask test`: all checks, then every test, on SQLite and on a real PostgreSQL.

use anyhow::Result;

use crate::postgres::Postgres;
use crate::run::{cargo, last_step, step, timed};
use crate::{browser, check, python, web};

/// Checks, prepares, builds and tests; what the test runners print goes through unchanged and comes last.
///
/// # Errors
/// The first step that fails. PostgreSQL is stopped in every case.
pub(crate) fn all() -> Result<()> {
    check::all()?;
    step("build", cargo().args(["build", "--workspace", "--bins", "--examples"]))?;
    let python = timed("python", python::ready)?;
    web::twice()?;
    let browser = browser::ready()?;
    let postgres = timed("postgresql", Postgres::start)?;
    let mut tests = cargo();
    tests.args(["test", "--workspace", "--no-fail-fast"]).env("AMANAH_TEST_PYTHON", python);
    match browser {
        Some(variables) => tests.envs(variables),
        None => tests.args(["--", "--skip", browser::STORIES]),
    };
    let outcome = last_step("tests", tests.envs(postgres.variables()));
    postgres.stop()?;
    outcome
}
