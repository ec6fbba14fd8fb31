//! Compiles the web client and binds it to the browser: one WebAssembly module, and the script that starts it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::run;
use crate::wasm::Compiler;

const PACKAGE: &str = "amanah-web";
const PROFILE: &str = "browser";

/// The program as a browser runs it.
pub(super) struct Program {
    /// The WebAssembly module.
    pub(super) module: Vec<u8>,
    /// The script that exports the default function `init`, which takes where the module lies.
    pub(super) script: String,
}

/// Compiles into the usual folder, or into one that is set apart, and binds.
///
/// # Errors
/// When it does not compile, brings scripts of its own, or names a folder of this machine.
pub(super) fn bound(compiler: &Compiler, apart: Option<&str>) -> Result<Program> {
    let mut build = compiler.cargo("build", apart);
    build.args(["--package", PACKAGE, "--profile", PROFILE]).env("CARGO_ENCODED_RUSTFLAGS", flags()?.join("\u{1f}"));
    run::step("compile the web client (the first time takes some minutes)", &mut build)?;
    let program = bind(&compiler.built(PROFILE, apart).join(PACKAGE).with_extension("wasm"))?;
    for (folder, _) in folders()? {
        let folder = format!("{}/", folder.display());
        if memchr::memmem::find(&program.module, folder.as_bytes()).is_some() || program.script.contains(&folder) {
            bail!("the web client names a folder of this machine: {folder}");
        }
    }
    Ok(program)
}

fn bind(module: &Path) -> Result<Program> {
    let mut output = Bindgen::new()
        .input_path(module)
        .out_name("amanah")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()?;
    let own = output.snippets().values().map(Vec::len).sum::<usize>() + output.local_modules().len();
    if own > 0 {
        bail!(
            "the dependencies of the web client bring {own} scripts of their own, which would have to be served, too"
        );
    }
    Ok(Program { module: output.wasm_mut().emit_wasm(), script: output.js().to_owned() })
}

/// The folders that the compiler would name in the places of panics, and what it names instead; the last that fits counts.
fn folders() -> Result<Vec<(PathBuf, &'static str)>> {
    let home = std::env::home_dir().context("this person has no home folder")?;
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let sysroot = run::capture(run::program("rustc").args(["--print", "sysroot"]))?;
    Ok(vec![
        (home, "home"),
        (run::root(), "amanah"),
        (run::target(), "target"),
        (sysroot.trim().into(), "rust"),
        (cargo, "cargo"),
    ])
}

/// What the compiler is told besides: no folder of this machine, and views without their types, which are smaller.
fn flags() -> Result<Vec<String>> {
    let renamed = |(folder, name): (PathBuf, &str)| format!("--remap-path-prefix={}={name}", folder.display());
    let smaller = ["--cfg=erase_components".to_owned()];
    Ok(folders()?.into_iter().map(renamed).chain(smaller).collect())
}
