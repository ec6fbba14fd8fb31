//! The audit of everything that a relay stores, without any key (docs/auditing.md).

mod watch;

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use amanah_auditor::{BundleError, LookError, Report, audit_bundle, look};
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::CentreId;
use amanah_client_sdk::protocol::log::TreeHead;
use clap::Args;

use crate::invocation::{Device, Invocation};
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

pub(crate) use watch::watch;

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// A file that the operator made with `amanah-server export-audit`; without it, the relay of your account is asked
    #[arg(long, value_name = "FILE", requires = "centre")]
    bundle: Option<PathBuf>,
    /// Id of the centre, from a poster, an invitation or the director
    #[arg(long, value_name = "HEX", requires = "bundle")]
    centre: Option<CentreId>,
    /// The log as an earlier audit has named it: how many entries, and the root
    #[arg(long, value_name = "SIZE:ROOT", value_parser = tree_head)]
    since: Option<TreeHead>,
    /// The relay's database itself, to compare it with the file: sqlite:PATH or postgres://…; it is only read
    #[arg(
        long,
        value_name = "URL",
        requires = "bundle",
        env = "AMANAH_AUDIT_DATABASE",
        hide_env_values = true,
        hide_env = true
    )]
    database: Option<String>,
    /// Go on: audit again every six hours, follow the log meanwhile, and say as a witness what was seen of it
    #[arg(long, conflicts_with_all = ["bundle", "since"])]
    pub(crate) watch: bool,
    /// With --watch: how many seconds to wait between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    /// With --watch: end after so many looks that went well
    #[arg(long, value_name = "N", requires = "watch")]
    looks: Option<u64>,
}

/// A number, a colon and a hash.
fn tree_head(text: &str) -> Result<TreeHead, String> {
    let parsed = || {
        let (size, root) = text.split_once(':')?;
        Some(TreeHead { size: size.parse().ok()?, root: root.parse::<Hash>().ok()? })
    };
    parsed().ok_or_else(|| "a log is a number, a colon and 64 digits of 0-9 and a-f".to_owned())
}

/// Audits a file, or what the relay gives to an appointed auditor.
pub(crate) async fn run(invocation: &Invocation, audit: Audit) -> Result<Answer, Problem> {
    let report = if let (Some(path), Some(centre)) = (&audit.bundle, audit.centre) {
        let open = || File::open(path).map_err(|_| Problem::with_file(Case::FileUnreadable, path)).map(BufReader::new);
        let report = audit_bundle(open()?, centre, audit.since).map_err(Problem::from)?;
        match &audit.database {
            Some(url) => report.with_look(look(url, open()?, centre).await.map_err(Problem::from)?),
            None => report,
        }
    } else {
        invocation.signed_in(async |account, _| live(account, audit.since).await).await?
    };
    shown(invocation, &report)
}

/// Audits what the relay gives to this account.
async fn live(account: &mut Device, since: Option<TreeHead>) -> Result<Report, Problem> {
    let known = since.unwrap_or_else(|| account.checked_log());
    let bundle = account.audit_bundle().await?;
    audit_bundle(&bundle[..], account.centre_id(), Some(known)).map_err(Problem::from)
}

/// The report as an answer, with the problem that it is if a check failed.
fn shown(invocation: &Invocation, report: &Report) -> Result<Answer, Problem> {
    let json = serde_json::to_value(report).map_err(|_| Case::Output)?;
    let mut answer = Answer::new(json);
    answer.extend(lines(invocation.texts, report));
    Ok(answer.with_problem((!report.passed()).then(|| Case::AuditFailed.into())))
}

impl From<BundleError> for Problem {
    fn from(_: BundleError) -> Self {
        Case::BundleBroken.into()
    }
}

impl From<LookError> for Problem {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Url => Case::DatabaseUrl.into(),
            LookError::Database(_) => Case::DatabaseUnreadable.into(),
            LookError::Bundle(error) => error.into(),
        }
    }
}

/// The report in the language of the person at the terminal. Reasons are told as the checks name them.
fn lines(texts: Texts, report: &Report) -> Vec<String> {
    let mut lines = vec![texts.fill("audit-centre", vec![("centre", report.centre.to_string().into())])];
    lines.push(match &report.head {
        Some(head) => {
            let (size, root) = (head.size.to_string(), head.root.to_string());
            texts.fill("audit-log", vec![("size", size.into()), ("root", root.into())])
        }
        None => texts.say("audit-no-log"),
    });
    lines.push(String::new());
    let (pass, fail) = (texts.say("audit-pass"), texts.say("audit-fail"));
    let width = pass.chars().count().max(fail.chars().count());
    for check in &report.checks {
        let verdict = if check.passed { &pass } else { &fail };
        let what = texts.fill(&format!("audit-{}", check.name), vec![("count", check.counted.to_string().into())]);
        lines.push(format!("{verdict:width$}  {:<13} {what}", check.name));
        for finding in &check.findings {
            let reason = finding.reason.clone();
            lines.push(match finding.position {
                Some(position) => {
                    let place = vec![("position", position.to_string().into()), ("reason", reason.into())];
                    format!("        {}", texts.fill("audit-found-at", place))
                }
                None => format!("        {reason}"),
            });
        }
        let told = u64::try_from(check.findings.len()).unwrap_or(u64::MAX);
        if let more @ 1.. = check.failed.saturating_sub(told) {
            lines.push(format!("        {}", texts.fill("audit-more", vec![("count", more.to_string().into())])));
        }
    }
    if let Some(newer) = &report.database {
        let (entries, vaults) = (newer.newer_entries.to_string(), newer.newer_vaults.to_string());
        lines.push(String::new());
        lines.push(texts.fill("audit-newer", vec![("entries", entries.into()), ("vaults", vaults.into())]));
    }
    lines.push(String::new());
    for control in &report.controls {
        let outcome = match control.found {
            Some(true) => "audit-planted-found",
            Some(false) => "audit-planted-missed",
            None => "audit-planted-nowhere",
        };
        lines.push(texts.fill(outcome, vec![("what", control.planted.clone().into())]));
    }
    lines.push(String::new());
    lines.push(texts.say("audit-not-proved"));
    lines.extend(
        (1..=report.not_proved.len()).map(|number| format!("  - {}", texts.say(&format!("audit-not-{number}")))),
    );
    lines.push(String::new());
    lines.push(texts.say(if report.passed() { "audit-passed" } else { "audit-did-not-pass" }));
    lines
}
