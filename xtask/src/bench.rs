//! `cargo xtask bench`: measures the limits that we promise, with everything built for release.

use anyhow::Result;

use crate::run::{cargo, step};

/// The relay first, because the bench starts it from the folder in which it lies itself, and then the bench.
///
/// # Errors
/// When something does not compile, or a limit does not hold.
pub(crate) fn all() -> Result<()> {
    step("build the relay for release", cargo().args(["build", "--release", "--package", "amanah-server"]))?;
    let bench = ["bench", "--package", "amanah-tests", "--bench", "limits"];
    step("build the bench", cargo().args(bench).arg("--no-run"))?;
    step("limits", cargo().args(bench))
}
