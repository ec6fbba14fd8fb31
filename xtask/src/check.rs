//! `cargo xtask check`: everything that can be said without running a test, the quick first.

use anyhow::Result;

use crate::run::{cargo, step, timed};
use crate::{deny, layers, wasm};

/// Runs each check in turn and stops at the first that fails.
///
/// # Errors
/// The first finding.
pub(crate) fn all() -> Result<()> {
    step("format", cargo().args(["fmt", "--all", "--check"]))?;
    timed("layers", layers::check)?;
    timed("dependencies", deny::check)?;
    step("lints", cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    step("documentation", cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"))?;
    timed("browser", wasm::check)
}
