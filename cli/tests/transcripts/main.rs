//! What the program says without a relay: help, completions, refusals in both languages, and the offline root.

mod help;
mod offline;
mod unreachable;
mod usage;

use std::path::Path;

use snapbox::Data;
use snapbox::cmd::Command;

/// The id of a centre that is nowhere.
const CENTRE: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// Nobody listens on this port.
const NOBODY: &str = "https://127.0.0.1:1";

/// The program with an empty environment, in English, with its profile in this folder.
fn amanah(folder: &Path) -> Command {
    Command::new(snapbox::cmd::cargo_bin!("amanah"))
        .env_clear()
        .env("COLUMNS", "100")
        .env("AMANAH_LANG", "en")
        .env("AMANAH_PROFILE", folder.join("profile"))
        .current_dir(folder)
        .with_assert(snapbox::Assert::new().action_env("SNAPSHOTS"))
}

/// A stored transcript. `SNAPSHOTS=overwrite cargo test -p amanah-cli` writes it again.
fn stored(name: &str) -> Data {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/snapshots");
    Data::read_from(&folder.join(format!("{name}.txt")), None)
}
