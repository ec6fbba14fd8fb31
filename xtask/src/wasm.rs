//! Compiles for `wasm32-unknown-unknown` what runs in a browser: with rustup's target, or with Debian's compiler for it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run;

const TARGET: &str = "wasm32-unknown-unknown";
const CRATES: &[&str] = &["amanah-protocol", "amanah-crypto-core", "amanah-client-sdk", "amanah-web"];
/// Forces one route: `rustup` or `debian`.
const ROUTE: &str = "AMANAH_WASM_ROUTE";

/// A compiler for the browser.
pub(crate) struct Compiler {
    /// The folder that cargo builds into.
    folder: PathBuf,
    /// What one route needs in the environment, and as arguments of `cargo build`.
    environment: Vec<(&'static str, OsString)>,
    arguments: &'static [&'static str],
}

impl Compiler {
    /// A subcommand of cargo that compiles for the browser, into a folder of this name below the usual one if any.
    pub(crate) fn cargo(&self, subcommand: &str, apart: Option<&str>) -> Command {
        let mut cargo = run::cargo();
        cargo.args([subcommand, "--target", TARGET]).args(self.arguments);
        cargo.arg("--target-dir").arg(self.folder(apart)).envs(self.environment.iter().cloned());
        cargo
    }

    /// Where cargo lays what it built under a profile.
    pub(crate) fn built(&self, profile: &str, apart: Option<&str>) -> PathBuf {
        self.folder(apart).join(TARGET).join(profile)
    }

    fn folder(&self, apart: Option<&str>) -> PathBuf {
        apart.map_or_else(|| self.folder.clone(), |name| self.folder.join(name))
    }
}

/// Checks the crates that a browser needs by the route that is open here, if one is.
///
/// # Errors
/// When they do not compile, or when the route that is forced is not open.
pub(crate) fn check() -> Result<()> {
    let Some(compiler) = compiler()? else {
        return Ok(());
    };
    let packages = CRATES.iter().flat_map(|name| ["--package", name]);
    run::step("compile for the browser", compiler.cargo("check", None).args(packages))
}

/// The compiler of the route that is open here. Where there is none, says so and what each route lacks.
///
/// # Errors
/// When the route that is forced is not open.
pub(crate) fn compiler() -> Result<Option<Compiler>> {
    match std::env::var(ROUTE).ok().as_deref() {
        None | Some("") => Ok(rustup().map_or_else(
            |refused| {
                debian()
                    .inspect_err(|lacking| {
                        println!("    browser: SKIPPED, because nothing here compiles for {TARGET}");
                        println!("    rustup: {refused:#}");
                        println!("    Debian's compiler: {lacking:#}");
                    })
                    .ok()
            },
            Some,
        )),
        Some("rustup") => rustup().map(Some),
        Some("debian") => debian().map(Some),
        Some(other) => bail!("{ROUTE} is `rustup` or `debian`, not `{other}`"),
    }
}

/// With the compiler in use, whose target is added when it is missing.
fn rustup() -> Result<Compiler> {
    let sysroot = run::capture(run::program("rustc").args(["--print", "sysroot"]))?;
    if !Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        run::capture(run::program("rustup").args(["target", "add", TARGET]))?;
    }
    Ok(Compiler { folder: run::target(), environment: Vec::new(), arguments: &[] })
}

/// With Debian's compiler for the web, unpacked beside the build and not installed, since it would conflict with rustup.
///
/// Its standard library comes as source, so cargo builds that too.
fn debian() -> Result<Compiler> {
    check_version()?;
    let folder = run::target().join("wasm-toolchain");
    let usr = folder.join("usr");
    if !folder.join("complete").is_file() {
        run::timed("unpack Debian's compiler for the web (once)", || unpack(&folder))?;
    }
    let environment = vec![
        ("RUSTC_BOOTSTRAP", "1".into()),
        ("RUSTC", usr.join("bin/rustc").into()),
        ("LD_LIBRARY_PATH", libraries(&usr)?.into()),
    ];
    let arguments = &["-Zbuild-std=std,panic_abort"];
    Ok(Compiler { folder: run::target().join("wasm-debian"), environment, arguments })
}

/// Downloads the packages and unpacks them; `complete` is written last, so that half a compiler is never used.
fn unpack(folder: &Path) -> Result<()> {
    for program in ["apt-get", "dpkg"] {
        if run::find(program).is_none() {
            bail!("{program} is missing, so this is no Debian");
        }
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let packages = folder.join("packages");
    std::fs::create_dir_all(&packages)?;
    let wanted = wanted()?;
    let mut download = Command::new("apt-get");
    run::capture(download.args(["download", "-qq"]).args(&wanted).current_dir(&packages))?;
    for entry in std::fs::read_dir(&packages)? {
        run::capture(Command::new("dpkg").arg("-x").arg(entry?.path()).arg(folder))?;
    }
    std::fs::remove_dir_all(packages)?;
    std::fs::write(folder.join("complete"), wanted.join("\n"))?;
    Ok(())
}

/// Refuses a compiler that is older than this workspace needs, before it is downloaded.
fn check_version() -> Result<()> {
    if run::find("apt-cache").is_none() {
        bail!("apt-cache is missing, so this is no Debian");
    }
    let policy = run::capture(Command::new("apt-cache").args(["policy", "rustc-web"]))?;
    let candidate = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "));
    let offered = candidate.context("apt knows no rustc-web: run `apt-get update`, or this Debian is too old")?;
    let needed = env!("CARGO_PKG_RUST_VERSION");
    if version(offered) < version(needed) {
        bail!("its rustc-web is {offered}, and this workspace needs {needed}");
    }
    Ok(())
}

/// The first two numbers of a version.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(|sign: char| !sign.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The compiler, its libraries of the same version as apt names them, and the source of the standard library.
fn wanted() -> Result<Vec<String>> {
    let library = dependency("libstd-rust-web-dev", "libstd-rust-web-")
        .context("apt knows no libstd-rust-web-dev: run `apt-get update`, or this Debian is too old")?;
    let llvm = dependency(&library, "libllvm").with_context(|| format!("{library} names no libllvm"))?;
    let fixed = ["rustc-web", "libstd-rust-web-dev", "rust-web-src"];
    Ok(fixed.into_iter().map(str::to_owned).chain([library, llvm]).collect())
}

/// The dependency of a package whose name begins so.
fn dependency(package: &str, prefix: &str) -> Option<String> {
    let listed = run::capture(Command::new("apt-cache").args(["depends", "--important", package])).ok()?;
    let mut names = listed.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    names.find(|name| name.starts_with(prefix)).map(str::to_owned)
}

/// The folder with the compiler's own library, whatever the machine's architecture is called.
fn libraries(usr: &Path) -> Result<PathBuf> {
    let folders = std::fs::read_dir(usr.join("lib"))?.flatten().map(|entry| entry.path());
    let mut found = folders.filter(|folder| folder.to_string_lossy().ends_with("-linux-gnu"));
    found.next().context("Debian's compiler has no libraries beside it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version("1.85.0+dfsg3-1~deb12u3"), Some((1, 85)));
        assert!(version("1.100.1") > version("1.95"));
        assert!(version("(none)") < version("1.95"));
    }
}
