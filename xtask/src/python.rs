//! A Python with the independent package `cryptography`, for the tests that let it open what we sealed and the reverse.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{packages, run};

const WANTED: &str = "cryptography>=50,<51";
/// Fails where the package is missing or of another major version, which makes a second run quick.
const PROBE: &str = "import cryptography, sys; sys.exit(cryptography.__version__.split('.')[0] != '50')";

/// The Python of `target/venv`, made when it is not there yet.
///
/// # Errors
/// When there is no Python, it cannot make an environment, or the package cannot be had.
pub(crate) fn ready() -> Result<PathBuf> {
    let folder = run::target().join("venv");
    let python = folder.join("bin/python");
    let probe = || run::output(run::program(&python).args(["-c", PROBE]));
    if python.exists() && probe()?.status.success() {
        return Ok(python);
    }
    let make = || run::capture(run::program("python3").args(["-m", "venv", "--clear"]).arg(&folder));
    if make().is_err() {
        packages::install(&["python3", "python3-venv"])?;
        make().context("python3 cannot make an environment")?;
    }
    run::step("install cryptography", run::program(&python).args(["-m", "pip", "install", "--quiet", WANTED]))?;
    Ok(python)
}
