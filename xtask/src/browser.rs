//! What the stories of the web client need: its bundle, a Chromium with its driver, and axe-core, which is never served.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use base64ct::{Base64, Encoding as _};
use sha2::{Digest, Sha512};

use crate::{packages, run, web};

/// The accessibility engine that is injected into pages, and the hash of its package (Subresource Integrity).
const AXE: &str = "axe-core";
const AXE_VERSION: &str = "4.14.1";
const AXE_SHA512: &str = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==";
/// The module of the stories that need all this, for where it cannot be had.
pub(crate) const STORIES: &str = "in_chromium";

/// The names under which the stories find what they need, and where it is.
pub(crate) type Variables = Vec<(&'static str, OsString)>;

/// Runs one command with everything that the stories of the web client need.
///
/// # Errors
/// When something of it cannot be had, or with the status of the command.
pub(crate) fn with(command: &[OsString]) -> Result<()> {
    let (program, arguments) = command.split_first().context("which command?")?;
    let Some(variables) = ready()? else {
        bail!("the stories of the web client cannot run here");
    };
    let status = Command::new(program).args(arguments).envs(variables).status();
    let status = status.with_context(|| format!("cannot start {}", program.display()))?;
    if status.success() { Ok(()) } else { bail!("{} ended with {status}", program.display()) }
}

/// Gets everything ready. Where something cannot be had, says what, and that the stories are skipped.
///
/// # Errors
/// When the web client does not build.
pub(crate) fn ready() -> Result<Option<Variables>> {
    let Some(built) = web::build()? else {
        return Ok(None);
    };
    match tools() {
        Ok((chromium, driver, axe)) => Ok(Some(vec![
            ("AMANAH_TEST_WEB", built.folder.into()),
            ("AMANAH_TEST_CHROMIUM", chromium.into()),
            ("AMANAH_TEST_CHROMEDRIVER", driver.into()),
            ("AMANAH_TEST_AXE", axe.into()),
            ("AMANAH_TEST_SCREENSHOTS", run::target().join("web-screenshots").into()),
        ])),
        Err(lacking) => {
            println!("    stories of the web client: SKIPPED, because {lacking:#}");
            Ok(None)
        }
    }
}

fn tools() -> Result<(PathBuf, PathBuf, PathBuf)> {
    let found = || Some((run::find("chromium")?, run::find("chromedriver")?));
    if found().is_none() {
        packages::install(&["chromium", "chromium-driver", "fonts-dejavu-core"])?;
    }
    let (chromium, driver) = found().context("Chromium was installed and is not there")?;
    Ok((chromium, driver, axe()?))
}

/// The script of axe-core, fetched with npm when it is not there yet, and refused if it is another than is written above.
fn axe() -> Result<PathBuf> {
    let folder = run::target().join("tools");
    let script = folder.join(format!("{AXE}-{AXE_VERSION}.js"));
    if script.is_file() {
        return Ok(script);
    }
    if run::find("npm").is_none() {
        packages::install(&["npm"])?;
    }
    std::fs::create_dir_all(&folder)?;
    let fetched = tempfile::tempdir_in(&folder)?;
    let mut pack = Command::new("npm");
    run::capture(pack.args(["pack", "--silent", &format!("{AXE}@{AXE_VERSION}")]).current_dir(fetched.path()))?;
    let package = fetched.path().join(format!("{AXE}-{AXE_VERSION}.tgz"));
    if Base64::encode_string(&Sha512::digest(std::fs::read(&package)?)) != AXE_SHA512 {
        bail!("{AXE} {AXE_VERSION} is not the package that it was");
    }
    run::capture(Command::new("tar").arg("-xzf").arg(&package).arg("package/axe.min.js").current_dir(fetched.path()))?;
    std::fs::rename(fetched.path().join("package/axe.min.js"), &script)?;
    Ok(script)
}
