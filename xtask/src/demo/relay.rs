//! The relay of the demo: the real program in a process of its own, on SQLite, with TLS on a loopback port.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use super::amanah::program;
use crate::{packages, run};

const PATIENCE: Duration = Duration::from_secs(30);
/// The demo plays many devices from one address, so the relay must not take it for somebody who guesses.
const BURSTS: [&str; 4] = ["--sign-in-burst", "1000", "--registration-burst", "100"];
/// How many lines of the log are shown when something failed.
const END_OF_LOG: usize = 8;

/// A running relay; it is ended when this is dropped.
pub(super) struct Relay {
    server: Child,
    /// Kept open, so that the relay can go on printing.
    stdout: BufReader<ChildStdout>,
    folder: PathBuf,
    log: PathBuf,
    /// The folder of the web client that it serves.
    web_client: Option<PathBuf>,
    /// Its address.
    pub(super) url: String,
}

/// The path of a program that was built here.
pub(super) fn built(name: &str) -> PathBuf {
    run::target().join("debug").join(name)
}

/// Makes the keys, the certificate and the database of a relay, and returns the key that the director certifies.
///
/// # Errors
/// When the relay refuses, with what it said.
pub(super) fn init(folder: &Path, root: &Path) -> Result<String> {
    let said = run::capture(program("amanah-server").args(["init", "--data"]).arg(folder).arg("--root").arg(root))?;
    let key = said.lines().find_map(|line| line.strip_prefix("relay key "));
    Ok(key.with_context(|| format!("`amanah-server init` prints no key: {said}"))?.to_owned())
}

impl Relay {
    /// Starts the relay of this folder on a free port; it logs all it can into a folder of its own.
    ///
    /// # Errors
    /// When it does not start, with its log.
    pub(super) fn start(folder: &Path, logs: &Path, web_client: Option<PathBuf>) -> Result<Self> {
        std::fs::create_dir_all(logs)?;
        Self::serve(folder.to_path_buf(), logs.join("relay.log"), web_client, "127.0.0.1:0")
    }

    /// Stops the relay in order and starts it again on the same port. Returns how it ended.
    ///
    /// # Errors
    /// When it does not start again.
    pub(super) fn restart(&mut self) -> Result<String> {
        let ended = self.end()?;
        let address = self.url.trim_start_matches("https://").to_owned();
        *self = Self::serve(self.folder.clone(), self.log.clone(), self.web_client.clone(), &address)?;
        Ok(ended)
    }

    fn serve(folder: PathBuf, log: PathBuf, web_client: Option<PathBuf>, address: &str) -> Result<Self> {
        let mut command = program("amanah-server");
        command.args(["serve", "--listen", address]).args(BURSTS).arg("--data").arg(&folder);
        if let Some(web_client) = &web_client {
            command.arg("--web").arg(web_client);
        }
        // so that a search of the log means something
        command.env("AMANAH_LOG", "debug");
        let out = File::options().create(true).append(true).open(&log)?;
        let mut server = run::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(out))?;
        let stdout = BufReader::new(server.stdout.take().context("the relay has no standard output")?);
        let mut relay = Self { server, stdout, folder, log, web_client, url: String::new() };
        relay.url = relay.ready()?;
        Ok(relay)
    }

    fn ready(&mut self) -> Result<String> {
        let mut line = String::new();
        while self.stdout.read_line(&mut line)? > 0 {
            if let Some(url) = line.strip_prefix("ready ") {
                return Ok(url.trim().to_owned());
            }
            line.clear();
        }
        bail!("the relay did not start\n{}", self.end_of_log())
    }

    /// Whether it serves the web client.
    pub(super) fn serves_pages(&self) -> bool {
        self.web_client.is_some()
    }

    /// What it shows at this address to a browser that trusts its certificate.
    ///
    /// # Errors
    /// When it does not answer or refuses, or there is no curl.
    pub(super) fn shows(&self, address: &str) -> Result<String> {
        if run::find("curl").is_none() {
            packages::install(&["curl"])?;
        }
        let mut curl = run::program("curl");
        curl.args(["--silent", "--show-error", "--fail", "--header", "Accept: text/html", "--cacert"]);
        curl.arg(Self::certificate(&self.folder)).arg(address);
        run::capture(&mut curl)
    }

    /// The process id.
    pub(super) fn process(&self) -> u32 {
        self.server.id()
    }

    /// The folders in which everything is that the relay writes.
    pub(super) fn folders(&self) -> [&Path; 2] {
        [&self.folder, self.log.parent().unwrap_or(&self.log)]
    }

    /// The certificate that its clients trust.
    pub(super) fn certificate(folder: &Path) -> PathBuf {
        folder.join("tls.crt")
    }

    /// Fails when the relay has ended by itself.
    ///
    /// # Errors
    /// With how it ended.
    pub(super) fn check_alive(&mut self) -> Result<()> {
        match self.server.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("the relay ended by itself with {status}"),
        }
    }

    /// Asks the relay to stop and says how it ended.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub(super) fn end(&mut self) -> Result<String> {
        Ok(run::end(&mut self.server, Signal::TERM, PATIENCE)?.to_string())
    }

    /// Prints the last lines of the log.
    pub(super) fn print_end_of_log(&self) {
        println!("\nThe relay's log ends with:\n{}", self.end_of_log());
    }

    fn end_of_log(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().filter(|line| !line.contains(" DEBUG ")).collect();
        lines.get(lines.len().saturating_sub(END_OF_LOG)..).unwrap_or_default().join("\n")
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if matches!(self.server.try_wait(), Ok(None)) {
            let _ended_either_way = self.end();
        }
    }
}
