//! An auditor who stays: follows the log as a witness, and audits everything again now and then.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::log::LogError;
use amanah_client_sdk::protocol::ids::CentreId;
use amanah_client_sdk::protocol::log::{TreeHead, UnverifiedCheckpoint};
use amanah_client_sdk::witness::Watched;
use serde_json::json;

use super::{Audit, live, shown};
use crate::files;
use crate::invocation::{Device, Invocation, sign_out};
use crate::output::Answer;
use crate::problem::{Case, Exit, Problem};
use crate::profile;

/// How long after an audit comes the next one: half as long as a sign-in lasts.
const AUDIT_EVERY: Duration = Duration::from_hours(6);

/// What a witness remembers on its own disk, so that no relay can make it forget.
struct Memory {
    centre: CentreId,
    /// The checkpoint that was cosigned last.
    cosigned: PathBuf,
    /// One that does not fit it.
    refused: PathBuf,
}

impl Memory {
    /// The tree that was cosigned last.
    fn head(&self) -> Result<Option<TreeHead>, Problem> {
        let broken = || Problem::with_file(Case::WatchFile, &self.cosigned);
        if !self.cosigned.try_exists().map_err(|_| broken())? {
            return Ok(None);
        }
        let note = UnverifiedCheckpoint::parse(&files::read(&self.cosigned)?).ok();
        let claimed = note.map(|note| *note.claimed()).filter(|claimed| claimed.centre == self.centre);
        claimed.map(|claimed| Some(claimed.head())).ok_or_else(broken)
    }
}

/// Watches until a check fails, or there were enough looks.
///
/// # Errors
/// [`Problem`]: somebody may have tampered, or this account is no auditor.
pub(crate) async fn watch(invocation: &Invocation, audit: &Audit) -> Result<(), Problem> {
    let (profile, folder) = (invocation.profile()?, invocation.folder()?);
    let (cosigned, refused) = (folder.join(profile::WITNESSED), folder.join("refused.note"));
    let memory = Memory { centre: profile.centre, cosigned, refused };
    memory.head()?;
    let (mut account, secrets) = invocation.sign_in(&profile).await?;
    let (mut signed_in, mut audited) = (Instant::now(), None::<Instant>);
    let mut left = audit.looks.unwrap_or(u64::MAX);
    let mut looking = tokio::time::interval(Duration::from_secs(audit.every));
    while left > 0 {
        looking.tick().await;
        let round = async {
            let due = audited.is_none_or(|last| last.elapsed() >= AUDIT_EVERY);
            if due && signed_in.elapsed() >= AUDIT_EVERY {
                let again = invocation.sign_in_with(&profile, &secrets).await?;
                sign_out(std::mem::replace(&mut account, again)).await;
                signed_in = Instant::now();
            }
            let watched = look(&mut account, &memory).await?;
            if due {
                whole(invocation, &mut account).await?;
                audited = Some(Instant::now());
            }
            vouch(invocation, &account, &memory, watched).await
        };
        match round.await {
            Ok(()) => left -= 1,
            // what passes by itself is told, and looked at again
            Err(problem) if may_pass(&problem) => invocation.output().problem(&problem),
            Err(problem) => {
                sign_out(account).await;
                return Err(problem);
            }
        }
    }
    sign_out(account).await;
    Ok(())
}

/// Whether the relay may do better next time.
fn may_pass(problem: &Problem) -> bool {
    problem.case().exit() == Exit::Unreachable || matches!(problem.case(), Case::RelayBusy | Case::RelayTrouble)
}

/// Audits everything. A report that does not pass is shown whole.
async fn whole(invocation: &Invocation, account: &mut Device) -> Result<(), Problem> {
    let report = live::run(invocation, account, None).await?;
    let answer = if report.passed() {
        let counted = report.head.map_or(0, |head| head.size);
        let text = invocation.texts.fill("watch-audited", vec![("count", counted.to_string().into())]);
        Answer::new(json!({ "audited": counted })).line(text)
    } else {
        shown(invocation, &report)?
    };
    invocation.output().answer(&answer)?;
    answer.problem.map_or(Ok(()), Err)
}

/// Looks whether the log begins with everything that was cosigned.
async fn look(account: &mut Device, memory: &Memory) -> Result<Watched, Problem> {
    if let Some(head) = memory.head()? {
        account.remember_log(head);
    }
    match account.watch_log().await {
        Ok(watched) => Ok(watched),
        Err(CentreError::Log(LogError::Forked | LogError::RolledBack)) => Err(refused(account, memory)),
        Err(error) => Err(error.into()),
    }
}

/// Remembers what was seen, and only then says so.
async fn vouch(invocation: &Invocation, account: &Device, memory: &Memory, watched: Watched) -> Result<(), Problem> {
    let head = watched.head();
    files::replace(&memory.cosigned, watched.note().as_bytes())?;
    account.cosign(watched).await?;
    let (size, root) = (head.size.to_string(), head.root.to_string());
    let text = invocation.texts.fill("watch-cosigned", vec![("size", size.into()), ("root", root.clone().into())]);
    invocation.output().answer(&Answer::new(json!({ "size": head.size, "root": root })).line(text))
}

/// Keeps the checkpoint that does not fit: together with the one before it proves what the relay did.
fn refused(account: &Device, memory: &Memory) -> Problem {
    let shown = account.shown_checkpoint().unwrap_or_default();
    match files::replace(&memory.refused, shown.as_bytes()) {
        Ok(()) => Problem::with_file(Case::WatchRefused, &memory.refused),
        Err(_) => Case::LogForked.into(),
    }
}
