//! Audits the dependencies with cargo-deny: licences, bans, sources, and advisories where their database can be fetched.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::run;

const VERSION: &str = "0.20.2";

/// Audits by `deny.toml`.
///
/// # Errors
/// On any finding, or when cargo-deny can be neither found nor built. A database that cannot be fetched is said, not an error.
pub(crate) fn check() -> Result<()> {
    let deny = installed()?;
    run::step("licences, bans, sources", run::program(&deny).args(["check", "licenses", "bans", "sources"]))?;
    let advisories = run::output(run::program(&deny).args(["check", "advisories"]))?;
    let said = String::from_utf8_lossy(&advisories.stderr);
    if advisories.status.success() {
        println!("    advisories: none applies");
    } else if said.contains("failed to fetch advisory database") {
        println!("    advisories: SKIPPED, because their database cannot be fetched from here");
    } else {
        bail!("advisories\n{said}");
    }
    Ok(())
}

/// The cargo-deny of this version: the person's own, or one built from crates.io into the target folder.
fn installed() -> Result<PathBuf> {
    let tools = run::target().join("tools");
    let built = tools.join("bin/cargo-deny");
    if let Some(own) = run::find("cargo-deny").filter(is_version) {
        return Ok(own);
    }
    if !is_version(&built) {
        let mut install = run::cargo();
        install.args(["install", "--locked", "cargo-deny", "--version", VERSION, "--root"]).arg(&tools);
        // its own folder of intermediate files is removed again by cargo
        run::step("build cargo-deny (once)", install.arg("--quiet").env_remove("CARGO_TARGET_DIR"))?;
    }
    Ok(built)
}

fn is_version(deny: &PathBuf) -> bool {
    let output = run::output(Command::new(deny).arg("--version"));
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim_end().ends_with(VERSION))
}
