//! `cargo xtask web`: builds the web client into files with hashed names, listed in a manifest, that a relay serves.

mod bind;
mod bundle;
mod compress;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{run, wasm};
use bundle::Bundle;

/// Arguments of `web`.
#[derive(Args)]
pub(crate) struct Web {
    /// Build everything a second time, apart from the first, and refuse if one byte differs
    #[arg(long)]
    twice: bool,
}

/// A web client that was built.
pub(crate) struct Built {
    /// The folder for the relay's setting `web`.
    pub(crate) folder: PathBuf,
    /// The SHA-256 of its manifest, as hexadecimal digits.
    pub(crate) hash: String,
}

/// Builds the web client, and a second time if that was asked.
///
/// # Errors
/// Those of [`build`]; when nothing here compiles for a browser; when the second bundle is not the first.
pub(crate) fn run(web: &Web) -> Result<()> {
    let Some(built) = build()? else {
        bail!("the web client was not built");
    };
    println!("{}", built.folder.display());
    if web.twice { again(&built) } else { Ok(()) }
}

/// Builds the web client twice, where anything here can, and refuses if one byte differs.
///
/// # Errors
/// Those of [`build`]; when the second bundle is not the first.
pub(crate) fn twice() -> Result<()> {
    build()?.map_or(Ok(()), |built| again(&built))
}

/// Builds everything once more, apart from the first.
fn again(built: &Built) -> Result<()> {
    let compiler = wasm::compiler()?.context("the compiler for the browser is gone")?;
    let apart = "web-twice";
    let folder = run::target().join(apart);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let second = Bundle::new(bind::bound(&compiler, Some(apart))?)?.hash();
    if second != built.hash {
        bail!("the same source gave two bundles: {} and then {second}", built.hash);
    }
    println!("    twice the same bytes");
    Ok(())
}

/// Builds the web client into `target/web`, or says why nothing here can.
///
/// # Errors
/// When it does not compile, is too large, or names something of this machine.
pub(crate) fn build() -> Result<Option<Built>> {
    let Some(compiler) = wasm::compiler()? else {
        return Ok(None);
    };
    let program = bind::bound(&compiler, None)?;
    let bundle = run::timed("pack the web client", || Bundle::new(program))?;
    let folder = run::target().join("web");
    bundle.write(&folder)?;
    println!("    {bundle}");
    Ok(Some(Built { folder, hash: bundle.hash() }))
}
