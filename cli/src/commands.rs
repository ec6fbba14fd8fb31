//! The commands, one module for each group.

pub(crate) mod absence;
pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod acknowledge;
pub(crate) mod audit;
pub(crate) mod centre;
pub(crate) mod code_words;
pub(crate) mod consent;
pub(crate) mod escrow;
pub(crate) mod export;
pub(crate) mod intake;
pub(crate) mod letters;
pub(crate) mod people;
pub(crate) mod policy;
pub(crate) mod registrar;
pub(crate) mod secrets;
pub(crate) mod sessions;
pub(crate) mod show;
pub(crate) mod watch;
pub(crate) mod witnesses;

use clap::CommandFactory;

use crate::args::{Arguments, Command};
use crate::invocation::Invocation;
use crate::output::{self, Answer};
use crate::problem::Problem;

/// Runs a command and writes its answer. The problem of a check that failed comes back although there was an answer.
///
/// # Errors
/// [`Problem`]: there is no answer.
pub(crate) async fn run(invocation: &Invocation, command: Command) -> Result<Option<Problem>, Problem> {
    let answer = match command {
        Command::Watch(watch) => return watch::run(invocation, &watch).await.map(|()| None),
        Command::Audit(audit) if audit.watch => return audit::watch(invocation, &audit).await.map(|()| None),
        Command::Completions { shell } => return completions(shell).map(|()| None),
        other => answer(invocation, other).await?,
    };
    invocation.output().answer(&answer)?;
    if let Some(secret) = &answer.to_confirm {
        secrets::confirm(invocation, secret)?;
    }
    Ok(answer.problem)
}

async fn answer(invocation: &Invocation, command: Command) -> Result<Answer, Problem> {
    match command {
        Command::Centre(command) => centre::run(invocation, command).await,
        Command::Registrar(command) => registrar::run(invocation, command).await,
        Command::Join(join) => account::join(invocation, join).await,
        Command::SignIn(sign_in) => account::sign_in(invocation, sign_in).await,
        Command::Recover(recover) => account::recover(invocation, recover).await,
        Command::Passphrase(account::PassphraseCommand::Change) => account::change_passphrase(invocation).await,
        Command::RecoveryCode(account::RecoveryCodeCommand::Renew(renew)) => {
            account::renew_recovery_code(invocation, renew).await
        }
        Command::Account(account::AccountCommand::Show) => account::show(invocation).await,
        Command::SignOut => account::forget(invocation),
        Command::CodeWords(command) => code_words::run(invocation, command).await,
        Command::Intake(chosen) => intake::write(invocation, &chosen).await,
        Command::Stage(chosen) => intake::set_stage(invocation, &chosen).await,
        Command::Consent(command) => consent::run(invocation, command).await,
        Command::Escrow(command) => escrow::run(invocation, command).await,
        Command::Audit(audit) => audit::run(invocation, audit).await,
        Command::Witnesses(command) => witnesses::run(invocation, command).await,
        Command::Report(report) => audit::saved::run(invocation.texts, &report),
        Command::AccessHistory(history) => access::history(invocation, &history).await,
        Command::Counsellors => people::counsellors(invocation).await,
        Command::Absence(command) => absence::run(invocation, command).await,
        Command::Write(write) => letters::write(invocation, write).await,
        Command::Inbox => sessions::inbox(invocation).await,
        Command::Read(read) => letters::read(invocation, &read).await,
        Command::Reply(reply) => letters::reply(invocation, reply).await,
        Command::RenewKeys(session) => letters::renew_keys(invocation, &session).await,
        Command::Fingerprint(fingerprint) => people::fingerprint(invocation, &fingerprint).await,
        Command::Verify(verify) => people::verify(invocation, verify).await,
        Command::Acknowledge(command) => acknowledge::run(invocation, command).await,
        Command::Export(export) => export::run(invocation, &export).await,
        Command::Watch(_) | Command::Completions { .. } => Ok(Answer::new(serde_json::Value::Null)),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<(), Problem> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "amanah", &mut script);
    output::raw(&script)
}
