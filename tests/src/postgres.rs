//! A database of its own for each story, on the PostgreSQL that `cargo xtask test` starts.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// An environment variable that `cargo xtask test` sets.
///
/// # Panics
/// If it is not set, because a test that skips is no test.
pub fn from_xtask(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run the tests with `cargo xtask test`"))
}

/// The URL of a new, empty database.
///
/// # Panics
/// If PostgreSQL is not there.
pub fn new_database() -> String {
    let server = from_xtask("AMANAH_TEST_POSTGRES");
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("story_{}_{number}", std::process::id());
    let created = Command::new("psql")
        .args([&server, "--quiet", "--command", &format!("create database {name}")])
        .output()
        .expect("psql is installed with PostgreSQL");
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    let (base, _) = server.rsplit_once('/').expect("the URL ends with a database");
    format!("{base}/{name}")
}
