//! `cargo xtask layers`: who may import whom, by cargo's graph and by the words of the source.

mod graph;
mod rules;
mod words;

use anyhow::{Result, bail};

/// Refuses what the layers do not allow (ARCHITECTURE.md, "Who may import whom").
///
/// # Errors
/// With one line for each import that is not allowed, or when the workspace cannot be read.
pub(crate) fn check() -> Result<()> {
    let declared = graph::declared()?;
    let mut found = rules::imports(&declared);
    for barred in rules::BARRED {
        found.extend(rules::reaches(&graph::built(barred.from)?, barred));
    }
    for path in words::files()? {
        found.extend(words::read(&path)?.iter().filter_map(|word| rules::word(&path, word)));
    }
    if found.is_empty() {
        println!("layers: {} crates keep to them", declared.ours.len());
        return Ok(());
    }
    bail!("the layers are broken\n  {}", found.join("\n  "))
}
