//! Runs other programs, one at a time: with their output let through or captured, timed, and ended by Ctrl-C.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);
/// Told when the interrupt has come.
static INTERRUPT: Condvar = Condvar::new();
/// How the variables begin in which cargo describes the package that it runs.
const OF_A_PACKAGE: &[&str] = &["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
/// How often a program that has to end, or has to go on running, is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// From now on Ctrl-C and SIGTERM end the program that runs, so that the task fails in order and tidies up behind itself.
///
/// # Errors
/// When the handler cannot be installed.
pub(crate) fn watch_interrupts() -> Result<()> {
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = *running {
            // it may have ended by itself in this moment, which is what we want
            let _ = rustix::process::kill_process_group(group, Signal::TERM);
            // one that asked the terminal something is stopped, and hears nothing until it goes on
            let _ = rustix::process::kill_process_group(group, Signal::CONT);
        }
        INTERRUPT.notify_all();
    })
    .context("cannot watch for Ctrl-C")
}

/// Whether Ctrl-C or SIGTERM came.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Waits until Ctrl-C or SIGTERM comes, as long as something else goes on well.
///
/// # Errors
/// Those of `goes_on`, which is asked again and again.
pub(crate) fn wait_for_interrupt(mut goes_on: impl FnMut() -> Result<()>) -> Result<()> {
    while !interrupted() {
        goes_on()?;
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if !interrupted() {
            drop(INTERRUPT.wait_timeout(running, Duration::from_secs(1)));
        }
    }
    Ok(())
}

/// Asks a program by a signal to end, and insists where that is not heard in time.
///
/// # Errors
/// When it cannot be waited for.
pub(crate) fn end(child: &mut Child, signal: Signal, patience: Duration) -> Result<ExitStatus> {
    // it may have ended by itself already
    let _ = rustix::process::kill_process(Pid::from_child(child), signal);
    let start = Instant::now();
    while start.elapsed() < patience {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(LOOK);
    }
    child.kill()?;
    Ok(child.wait()?)
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").components().fold(PathBuf::new(), |mut path, part| {
        if part == std::path::Component::ParentDir {
            path.pop();
        } else {
            path.push(part);
        }
        path
    })
}

/// The folder for what is built or fetched: `CARGO_TARGET_DIR`, or `target` in the workspace.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// A program to be run in the folder of the workspace.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// The cargo that runs this task.
///
/// It does not inherit what `cargo run` tells about the package xtask: build scripts that watch those variables would
/// run again, and much would be compiled again, whenever somebody changes between `cargo xtask` and plain cargo.
pub(crate) fn cargo() -> Command {
    let mut cargo = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if OF_A_PACKAGE.iter().any(|prefix| text.starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Runs a program as one named step: a headline, its own output, the time it took.
///
/// # Errors
/// When it cannot be started, fails, or is interrupted.
pub(crate) fn step(name: &str, command: &mut Command) -> Result<()> {
    timed(name, || through(name, command))
}

/// Runs a program as the last step, whose own output closes the task.
///
/// # Errors
/// When it cannot be started, fails, or is interrupted.
pub(crate) fn last_step(name: &str, command: &mut Command) -> Result<()> {
    println!("==> {name}");
    through(name, command)
}

fn through(name: &str, command: &mut Command) -> Result<()> {
    let status = wait(command.stdin(Stdio::null()))?.status;
    if status.success() { Ok(()) } else { bail!("{name}: {} ended with {status}", shown(command)) }
}

/// Does something as one named step.
///
/// # Errors
/// Those of what is done.
pub(crate) fn timed<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {name}");
    let start = Instant::now();
    let result = work()?;
    println!("    {name}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(result)
}

/// Runs a program and keeps what it prints, whether it succeeds or not.
///
/// # Errors
/// When it cannot be started or is interrupted.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    fed(command, Stdio::null())
}

/// Runs a program that reads from `input`, and keeps what it prints, whether it succeeds or not.
///
/// # Errors
/// When it cannot be started or is interrupted.
pub(crate) fn fed(command: &mut Command, input: impl Into<Stdio>) -> Result<Output> {
    wait(command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()))
}

/// Runs a program and returns what it printed on its standard output.
///
/// # Errors
/// When it cannot be started, fails (with what it said), or is interrupted.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = output(command)?;
    if !output.status.success() {
        bail!(
            "{} ended with {}: {}",
            shown(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed bytes that are no text", shown(command)))
}

/// In a process group of its own, so that one signal also ends what it started in turn.
fn wait(command: &mut Command) -> Result<Output> {
    if interrupted() {
        bail!("interrupted");
    }
    let child = spawn(command)?;
    set_running(Some(Pid::from_child(&child)));
    let output = child.wait_with_output();
    set_running(None);
    if interrupted() {
        bail!("interrupted");
    }
    output.with_context(|| format!("cannot wait for {}", shown(command)))
}

/// Starts a program in a process group of its own and does not wait for it.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn spawn(command: &mut Command) -> Result<Child> {
    use std::os::unix::process::CommandExt;
    command.process_group(0).spawn().with_context(|| format!("cannot start {}", shown(command)))
}

fn set_running(group: Option<Pid>) {
    *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = group;
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The first folder in `PATH` that holds a program of this name.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
