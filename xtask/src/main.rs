//! `cargo xtask`: the tasks of this workspace, the same for a person and for CI.
#![expect(clippy::print_stdout, reason = "a task tells the person at the terminal what it does")]

mod bench;
mod browser;
mod check;
mod demo;
mod deny;
mod layers;
mod packages;
mod postgres;
mod python;
mod run;
mod test;
mod wasm;
mod web;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Plays the main job with the real programs, checks it, and leaves the relay running for you
    Demo(demo::Demo),
    /// Measures the limits that we promise, with everything built for release
    Bench(bench::Bench),
    /// Refuses a crate that imports what it may not
    Layers,
    /// Format, layers, dependency audit, lints, documentation, and the crates that a browser needs
    Check,
    /// All of `check`, then every test, on SQLite and on a PostgreSQL started for it
    Test,
    /// Compiles for the browser what has to run there
    Wasm,
    /// Builds the web client into files that a relay serves
    Web(web::Web),
    /// Runs one command with the web client built, and a Chromium for its stories
    Browser {
        /// The command and its arguments
        #[arg(trailing_var_arg = true, required = true)]
        command: Vec<OsString>,
    },
    /// Runs one command beside a fresh PostgreSQL, which ends with it
    Postgres {
        /// The command and its arguments
        #[arg(trailing_var_arg = true, required = true)]
        command: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let outcome = run::watch_interrupts().and_then(|()| match Arguments::parse().task {
        Task::Demo(demo) => demo::play(&demo),
        Task::Bench(bench) => bench::all(&bench),
        Task::Layers => layers::check(),
        Task::Check => check::all(),
        Task::Test => test::all(),
        Task::Wasm => wasm::check(),
        Task::Web(web) => web::run(&web),
        Task::Browser { command } => browser::with(&command),
        Task::Postgres { command } => postgres::beside(&command),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if run::interrupted() => ExitCode::from(130),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
