//! Installs what is missing from the distribution, where this person may: as root, or by sudo without a question.

use std::process::Command;

use anyhow::{Result, bail};

use crate::run;

/// Installs Debian packages.
///
/// # Errors
/// When there is no apt-get, no right to use it, or a package cannot be had. The message says what to install by hand.
pub(crate) fn install(names: &[&str]) -> Result<()> {
    let wanted = names.join(" ");
    if run::find("apt-get").is_none() {
        bail!("{wanted}: not found, and there is no apt-get here to install it; please install it and try again");
    }
    let Some(prefix) = privilege() else {
        bail!("{wanted}: not found; please run `sudo apt-get install {wanted}` and try again");
    };
    run::step("refresh the list of packages", apt(prefix).args(["update", "-qq"]))?;
    run::step(
        &format!("install {wanted}"),
        apt(prefix).args(["install", "-y", "-qq", "--no-install-recommends"]).args(names),
    )
}

/// Whether this process is root's.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// What to put before a command so that it may install, if anything can.
fn privilege() -> Option<&'static [&'static str]> {
    if is_root() {
        return Some(&["env"]);
    }
    let asked = run::find("sudo").map(|sudo| run::output(Command::new(sudo).args(["-n", "true"])));
    asked.is_some_and(|answer| answer.is_ok_and(|answer| answer.status.success())).then_some(&["sudo", "-n", "env"])
}

fn apt(prefix: &[&str]) -> Command {
    let mut words = prefix.iter();
    let mut command = run::program(words.next().unwrap_or(&"env"));
    command.args(words).args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command
}
