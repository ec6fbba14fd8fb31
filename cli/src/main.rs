//! The command line of Amanah: for clients, counsellors, registrars and the director of a centre.

mod args;
mod commands;
mod confirm;
mod files;
mod help;
mod invocation;
mod moment;
mod output;
mod passphrase;
mod problem;
mod profile;
mod texts;

use std::process::ExitCode;

use crate::args::Arguments;
use crate::invocation::Invocation;
use crate::output::Output;
use crate::problem::{Case, Exit, Problem};
use crate::texts::{Language, Texts};

fn main() -> ExitCode {
    match help::parse() {
        Ok(arguments) => start(arguments),
        Err(error) => not_understood(&error),
    }
}

fn start(Arguments { global, command }: Arguments) -> ExitCode {
    let texts = Texts::new(global.lang.unwrap_or_else(Language::of_system));
    let invocation = Invocation { global, texts };
    let output = invocation.output();
    // the hybrid key exchange, for every connection of this process; it is set only here
    let _first = rustls::crypto::CryptoProvider::install_default(amanah_tls::provider());
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|_| Problem::from(Case::Runtime))
        .and_then(|runtime| runtime.block_on(commands::run(&invocation, command)));
    match outcome {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(problem)) | Err(problem) => {
            output.problem(&problem);
            code(problem.case().exit())
        }
    }
}

/// Help and version, or what was wrong with the arguments; in JSON if that was asked for.
fn not_understood(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && json {
        let output = Output { json, texts: Texts::new(Language::En) };
        let text = error.to_string();
        let what = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let _nobody_reads = output.pair(what, "Run the command with --help.", "usage");
    } else {
        let _nobody_reads = error.print();
    }
    if error.use_stderr() { code(Exit::Usage) } else { ExitCode::SUCCESS }
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit as u8)
}
