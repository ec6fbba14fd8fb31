//! A PostgreSQL of one's own for as long as it is needed: a fresh folder, a free loopback port, an unprivileged user.

use std::ffi::OsString;
use std::fs::File;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::{packages, run};

const PATIENCE: Duration = Duration::from_secs(30);
/// It logs each statement and each connection, so that a search of its log means something.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "log_statement=all",
    "log_connections=on",
    "logging_collector=off",
    "max_connections=200",
    "fsync=on",
    "synchronous_commit=on",
];

/// A running PostgreSQL; it is stopped and its folder removed when this is dropped.
pub(crate) struct Postgres {
    server: Child,
    folder: TempDir,
    port: u16,
    password: String,
}

/// An unprivileged user of this machine, because PostgreSQL refuses to be root's.
struct User {
    name: &'static str,
    id: u32,
    group: u32,
}

/// Runs one command beside a fresh PostgreSQL, with its variables set.
///
/// # Errors
/// When PostgreSQL does not start, or with the status of the command.
pub(crate) fn beside(command: &[OsString]) -> Result<()> {
    let (program, arguments) = command.split_first().context("which command?")?;
    let postgres = Postgres::start()?;
    let status = Command::new(program)
        .args(arguments)
        .envs(postgres.variables())
        .status()
        .with_context(|| format!("cannot start {}", program.display()))?;
    postgres.stop()?;
    if status.success() { Ok(()) } else { bail!("{} ended with {status}", program.display()) }
}

impl Postgres {
    /// Starts it, and installs it first where it is missing.
    ///
    /// # Errors
    /// When it cannot be had or does not start; the message then ends with its log.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs()?;
        let user = if packages::is_root() { Some(unprivileged()?) } else { None };
        let folder = tempfile::Builder::new().prefix("amanah-postgres-").tempdir()?;
        let mut random = [0; 16];
        getrandom::fill(&mut random).context("no randomness")?;
        let password = format!("{:032x}", u128::from_le_bytes(random));
        std::fs::write(folder.path().join("password"), &password)?;
        if let Some(user) = &user {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700))?;
            for path in [folder.path().to_path_buf(), folder.path().join("password")] {
                chown(&path, Some(user.id), Some(user.group))?;
            }
        }
        let data = folder.path().join("data");
        let mut initdb = as_user(user.as_ref(), &programs.join("initdb"));
        initdb.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--pwfile"]);
        run::capture(initdb.arg(folder.path().join("password")).arg("--pgdata").arg(&data).current_dir(&folder))?;

        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = File::create(folder.path().join("log"))?;
        let mut server = as_user(user.as_ref(), &programs.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-p", &port.to_string()]);
        server.args(SETTINGS.iter().flat_map(|setting| ["-c", setting])).current_dir(&folder);
        server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut postgres = Self { server: run::spawn(&mut server)?, folder, port, password };
        postgres.wait_until_ready(&programs)?;
        Ok(postgres)
    }

    /// What tells a program where it is.
    pub(crate) fn variables(&self) -> [(&'static str, OsString); 3] {
        let url = format!("postgres://postgres:{}@127.0.0.1:{}/postgres", self.password, self.port);
        [
            ("AMANAH_TEST_POSTGRES", url.into()),
            ("AMANAH_TEST_POSTGRES_DATA", self.folder.path().join("data").into()),
            ("AMANAH_TEST_POSTGRES_LOG", self.folder.path().join("log").into()),
        ]
    }

    /// Ends it in order and removes its folder.
    ///
    /// # Errors
    /// When it had ended by itself before, or the folder cannot be removed.
    pub(crate) fn stop(mut self) -> Result<()> {
        let ended_before = self.server.try_wait()?;
        self.end();
        if let Some(status) = ended_before {
            bail!("PostgreSQL ended before its time with {status}\n{}", self.log());
        }
        Ok(())
    }

    fn wait_until_ready(&mut self, programs: &Path) -> Result<()> {
        let start = Instant::now();
        let port = self.port.to_string();
        loop {
            if let Some(status) = self.server.try_wait()? {
                bail!("PostgreSQL ended with {status}\n{}", self.log());
            }
            let ask =
                run::output(Command::new(programs.join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &port]))?;
            if ask.status.success() {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                bail!("PostgreSQL is not ready after {} s\n{}", PATIENCE.as_secs(), self.log());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Asks for a fast shutdown, and insists where that is not heard.
    fn end(&mut self) {
        let _ended_either_way = run::end(&mut self.server, Signal::INT, PATIENCE);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if matches!(self.server.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

/// The folder of PostgreSQL's programs: that of the newest version, or the one in `PATH`.
fn programs() -> Result<PathBuf> {
    if let Some(folder) = find_programs() {
        return Ok(folder);
    }
    packages::install(&["postgresql"])?;
    find_programs().context("postgresql is installed, but its initdb is not where Debian puts it")
}

fn find_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").is_file());
    let newest = folders.max_by_key(|bin| {
        let version = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        version.and_then(|version| version.parse::<u32>().ok())
    });
    newest.or_else(|| run::find("initdb").and_then(|initdb| initdb.parent().map(Path::to_path_buf)))
}

/// The user `postgres`, which the package makes, or `nobody`.
fn unprivileged() -> Result<User> {
    for name in ["postgres", "nobody"] {
        let id = |which| run::capture(Command::new("id").args([which, name])).ok()?.trim().parse().ok();
        if let (Some(id), Some(group)) = (id("-u"), id("-g")) {
            return Ok(User { name, id, group });
        }
    }
    bail!("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`")
}

/// A program that runs as this user. On Linux it is ended in order even when this process is killed.
fn as_user(user: Option<&User>, program: &Path) -> Command {
    let Some(setpriv) = run::find("setpriv") else {
        let mut command = Command::new(if user.is_some() { Path::new("runuser") } else { program });
        if let Some(user) = user {
            command.args(["-u", user.name, "--"]).arg(program);
        }
        return command;
    };
    let mut command = Command::new(setpriv);
    if let Some(user) = user {
        command.args([format!("--reuid={}", user.id), format!("--regid={}", user.group)]).arg("--clear-groups");
    }
    command.args(["--pdeathsig", "INT", "--"]).arg(program);
    command
}
