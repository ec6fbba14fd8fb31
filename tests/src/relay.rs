//! A relay as people run it: the real binary in a process of its own, with TLS, on either store.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use amanah_client_sdk::http::HttpTransport;
use amanah_protocol::centre::SignedRoot;
use amanah_protocol::signature::VerifyingKey;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tempfile::TempDir;

use crate::people::Reach;
use crate::postgres;

/// Which database keeps the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// A file in the relay's folder.
    Sqlite,
    /// A database of its own on the PostgreSQL of the test run.
    Postgres,
}

/// Runs one statement on a file of SQLite.
const ON_SQLITE: &str = "import sqlite3, sys; base = sqlite3.connect(sys.argv[1]); \
     print(base.execute(sys.argv[2]).fetchall()); base.commit(); base.close()";

/// A running relay. Dropping it kills the process.
#[derive(Debug)]
pub struct Relay {
    child: Child,
    folder: TempDir,
    database: Option<String>,
    settings: Vec<(&'static str, &'static str)>,
    /// Base address.
    pub url: String,
    /// What it printed before it was ready.
    pub said: Vec<String>,
    /// The key that the director certifies.
    pub key: VerifyingKey,
}

/// The path of one of our binaries, built by `cargo xtask test` before the tests run.
///
/// # Panics
/// If it is not built.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let path = test.ancestors().nth(2).expect("tests run from target/…/deps").join(name);
    assert!(path.exists(), "{name} is not built: run the tests with `cargo xtask test`");
    path
}

impl Relay {
    /// Starts a new relay for a centre.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(store: Store, root: &SignedRoot) -> Self {
        // The stories send more in a second than a person in an hour.
        Self::start_with(store, root, &[("AMANAH_SIGN_IN_BURST", "10000"), ("AMANAH_REGISTRATION_BURST", "10000")])
    }

    /// The same with these settings, as environment variables.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_with(store: Store, root: &SignedRoot, settings: &[(&'static str, &'static str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root_file = folder.path().join("root.cbor");
        std::fs::write(&root_file, root.wire()).expect("the root can be written");
        let database = (store == Store::Postgres).then(postgres::new_database);
        let mut init = server(folder.path(), database.as_deref(), "init");
        let init = init.arg("--root").arg(&root_file).output().expect("amanah-server starts");
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        let key = String::from_utf8(init.stdout).expect("UTF-8");
        let key = key.split_whitespace().find_map(|word| word.parse().ok()).expect("init prints the relay's key");
        let Started { child, said, url } = serve(folder.path(), database.as_deref(), "127.0.0.1:0", settings);
        Self { child, folder, database, settings: settings.to_vec(), url, said, key }
    }

    /// Starts one more relay on the same keys and database, on another port.
    ///
    /// # Panics
    /// If it does not start.
    pub fn beside(&self) -> Beside {
        let Started { child, url, .. } =
            serve(self.folder.path(), self.database.as_deref(), "127.0.0.1:0", &self.settings);
        Beside { child, url }
    }

    /// Kills the process without warning, as a power cut does, and starts it again on the same port.
    ///
    /// # Panics
    /// If it does not start again.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        self.restart();
    }

    /// Starts a process that has ended again, on the same port.
    ///
    /// # Panics
    /// If it does not start again.
    pub fn restart(&mut self) {
        let address = self.url.trim_start_matches("https://").to_owned();
        let Started { child, url, .. } = serve(self.folder.path(), self.database.as_deref(), &address, &self.settings);
        assert_eq!(url, self.url);
        self.child = child;
    }

    /// Asks the process to stop, as a service manager does.
    ///
    /// # Panics
    /// If it is gone.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// From now on the process does nothing, and whoever asks it waits.
    ///
    /// # Panics
    /// If it is gone.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets a process go on that was paused.
    ///
    /// # Panics
    /// If it is gone.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let process = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &process]).status().expect("kill is there");
        assert!(sent.success(), "the relay has ended before");
    }

    /// Waits until the process has ended by itself.
    ///
    /// # Panics
    /// If it is no process of ours.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("a process of ours")
    }

    /// Asks the process to stop, and waits until it has.
    ///
    /// # Panics
    /// If it ends otherwise than in order.
    pub fn stop(&mut self) {
        self.terminate();
        let ended = self.wait();
        assert!(ended.success(), "{ended}");
    }

    /// Runs a command of `amanah-server` on the folder and database of this relay until it ends, for 30 seconds at the
    /// most.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn run(&self, command: &str, arguments: &[&str]) -> Output {
        let mut run = Command::new("timeout");
        run.arg("30").arg(binary("amanah-server")).arg(command).arg("--data").arg(self.folder());
        if let Some(url) = self.database() {
            run.args(["--database", url]);
        }
        run.args(arguments).output().expect("amanah-server starts")
    }

    /// Runs a statement on the database behind the relay's back, and returns its rows as text.
    ///
    /// # Panics
    /// If the database refuses.
    pub fn sql(&self, statement: &str) -> String {
        let done = if let Some(url) = self.database() {
            let arguments = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--command", statement];
            Command::new("psql").arg(url).args(arguments).output()
        } else {
            let file = self.folder().join("amanah.db");
            Command::new("python3").args(["-c", ON_SQLITE]).arg(file).arg(statement).output()
        };
        let done = done.expect("psql and python3 are installed");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("UTF-8")
    }

    /// Kills the process without warning.
    pub fn kill(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }

    /// The folder with the relay's keys, its log and, for SQLite, its database.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database's URL, where it is PostgreSQL.
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// The process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// A way to it over TLS.
    pub fn transport(&self) -> HttpTransport {
        HttpTransport::new(self.client(), &self.url)
    }

    /// Trusts its self-signed certificate and nothing else.
    ///
    /// # Panics
    /// If the relay made no certificate.
    pub fn client(&self) -> reqwest::Client {
        reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls(amanah_tls::provider(), &rustls::version::TLS13))
            .timeout(std::time::Duration::from_mins(1))
            .build()
            .expect("a client")
    }

    /// TLS that trusts this relay's certificate, with this cryptography and version.
    ///
    /// # Panics
    /// If the relay made no certificate.
    pub fn tls(
        &self,
        provider: rustls::crypto::CryptoProvider,
        version: &'static rustls::SupportedProtocolVersion,
    ) -> rustls::ClientConfig {
        let certificate = CertificateDer::from_pem_file(self.folder.path().join("tls.crt")).expect("a certificate");
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate).expect("a certificate that can be trusted");
        rustls::ClientConfig::builder_with_provider(provider.into())
            .with_protocol_versions(&[version])
            .expect("a version that the provider knows")
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}

/// One more relay beside another. Dropping it kills the process.
#[derive(Debug)]
pub struct Beside {
    child: Child,
    url: String,
}

impl Beside {
    /// A way to it over TLS, with the certificate of the relay beside which it runs.
    pub fn transport(&self, relay: &Relay) -> HttpTransport {
        HttpTransport::new(relay.client(), &self.url)
    }

    /// Kills the process without warning.
    pub fn kill(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Reach for Relay {
    type Way = HttpTransport;

    fn transport(&self) -> HttpTransport {
        Self::transport(self)
    }

    fn key(&self) -> VerifyingKey {
        self.key
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The shell ignores the signal of an exceeded file size and so does the relay after it, which then sees the error
/// that a full disk gives.
fn server(folder: &Path, database: Option<&str>, command: &str) -> Command {
    let mut server = Command::new("sh");
    server.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(binary("amanah-server"));
    server.arg(command).arg("--data").arg(folder);
    if let Some(url) = database {
        server.args(["--database", url]);
    }
    server
}

/// A process that listens.
struct Started {
    child: Child,
    said: Vec<String>,
    url: String,
}

fn serve(folder: &Path, database: Option<&str>, address: &str, settings: &[(&'static str, &'static str)]) -> Started {
    let log = std::fs::File::options().create(true).append(true).open(folder.join("relay.log")).expect("a log");
    let mut command = server(folder, database, "serve");
    command.envs(settings.iter().copied());
    let mut child =
        command.args(["--listen", address]).stdout(Stdio::piped()).stderr(log).spawn().expect("amanah-server starts");
    let mut lines = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
    let mut said = Vec::new();
    let mut line = String::new();
    while !line.starts_with("ready ") {
        if !line.is_empty() {
            said.push(line.trim_end().to_owned());
        }
        line.clear();
        if lines.read_line(&mut line).expect("UTF-8") == 0 {
            let log = std::fs::read_to_string(folder.join("relay.log")).unwrap_or_default();
            panic!("the relay did not start: {log}");
        }
    }
    // Keep reading, so that the relay never blocks on a full pipe.
    std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
    Started { child, said, url: line.trim_start_matches("ready ").trim().to_owned() }
}
