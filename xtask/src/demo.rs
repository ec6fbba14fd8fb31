//! `cargo xtask demo`: a relay, a centre and its people, played with the real programs and checked.

mod amanah;
mod audit;
mod checks;
mod escrow;
mod letters;
mod relay;
mod search;
mod stored;
mod story;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::{run, web};
use checks::Checks;
use story::Story;

/// Arguments of `demo`.
#[derive(Args)]
pub(crate) struct Demo {
    /// Stop after the checks instead of leaving the relay to you
    #[arg(long)]
    exit: bool,
}

/// Plays everything in a fresh folder, which is removed in every case. The last line counts the checks.
///
/// # Errors
/// The first check that does not hold, or a program that does not do its work.
pub(crate) fn play(demo: &Demo) -> Result<()> {
    build()?;
    let web_client = web::build()?.map(|built| built.folder);
    let folder = tempfile::Builder::new().prefix("amanah-demo-").tempdir()?;
    let mut checks = Checks::default();
    let outcome = in_folder(folder.path(), web_client, demo.exit, &mut checks);
    folder.close().context("the folder of the demo could not be removed")?;
    outcome?;
    println!("\ndemo: ok, {} checks", checks.held());
    Ok(())
}

/// The relay, the command line, and the search of the tests.
fn build() -> Result<()> {
    let packages = ["amanah-server", "amanah-cli", "amanah-tests"];
    let mut build = run::cargo();
    build.args(["build", "--bins"]).args(packages.iter().flat_map(|name| ["--package", name]));
    run::step("build the relay and the command line (the first time takes some minutes)", &mut build)
}

fn in_folder(folder: &Path, web_client: Option<PathBuf>, exit: bool, checks: &mut Checks) -> Result<()> {
    println!(
        "\nOne relay, one centre, one counsellor, three clients, three trustees. Every command below is the real `amanah`,"
    );
    println!("run as a process of its own, and speaks TLS to the real `amanah-server`.");
    let mut story = Story::begin(folder, web_client, checks)?;
    let outcome = story.play(checks).and_then(|()| if exit { Ok(()) } else { leave_running(&mut story) });
    if outcome.is_err() && !run::interrupted() {
        story.relay().print_end_of_log();
    }
    story.end()?;
    outcome
}

/// Leaves the relay to the person at the terminal until Ctrl-C.
fn leave_running(story: &mut Story) -> Result<()> {
    story.print_accounts();
    println!("\nThe relay runs until you press Ctrl-C; then it stops and everything above is removed.");
    run::wait_for_interrupt(|| story.relay().check_alive())?;
    println!("\nThe relay stops, and its folder is removed.");
    Ok(())
}
