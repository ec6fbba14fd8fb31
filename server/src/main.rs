//! `amanah-server`: the relay of a counselling centre.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use amanah_server::Settings;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// The relay of a counselling centre: stores ciphertext, and admits nothing that the protocol refuses
#[derive(Debug, Parser)]
#[command(name = "amanah-server", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the keys, the certificate and the database, and print the key that the director certifies
    Init {
        #[command(flatten)]
        settings: Settings,
        /// The centre's public root, from `amanah centre create`
        #[arg(long)]
        root: PathBuf,
    },
    /// Run until SIGTERM or Ctrl-C
    Serve(Settings),
    /// Apply missing migrations, or refuse and leave the database as it is
    Migrate(Settings),
    /// Look at keys, certificate, database and web client, and say what is wrong
    Doctor(Settings),
    /// Write everything that is stored to a new file, for an auditor: no key and no words are in it
    ExportAudit {
        #[command(flatten)]
        settings: Settings,
        /// The file
        #[arg(long)]
        to: PathBuf,
    },
    /// Print the OpenAPI document
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("AMANAH_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            let _nobody_listens = writeln!(std::io::stderr(), "amanah-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut out = std::io::stdout();
    match command {
        Command::Init { settings, root } => {
            let root = std::fs::read(&root).map_err(|error| format!("{}: {error}", root.display()))?;
            let key = amanah_server::init(&settings, &root).await?;
            writeln!(out, "relay key {key}")?;
        }
        Command::Serve(settings) => {
            amanah_server::serve(&settings, |ready| {
                if let Some(hash) = ready.web_client {
                    writeln!(out, "web client {hash}")?;
                }
                writeln!(out, "ready {}", ready.address)?;
                out.flush()
            })
            .await?;
        }
        Command::Migrate(settings) => {
            amanah_server::migrate(&settings).await?;
            writeln!(out, "the database fits this program")?;
        }
        Command::Doctor(settings) => {
            let found = amanah_server::doctor(&settings).await;
            for line in &found {
                match line {
                    Ok(good) => writeln!(out, "ok    {good}")?,
                    Err(bad) => writeln!(out, "wrong {bad}")?,
                }
            }
            return Ok(if found.iter().all(Result::is_ok) { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::ExportAudit { settings, to } => {
            amanah_server::export(&settings, &to).await?;
            writeln!(out, "written to {}", to.display())?;
        }
        Command::Openapi => writeln!(out, "{}", amanah_server::openapi()?)?,
    }
    Ok(ExitCode::SUCCESS)
}
