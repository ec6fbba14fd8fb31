//! The audit of everything that a relay stores, without any key (docs/auditing.md).

mod live;
mod progress;
pub(crate) mod saved;
mod watch;

use std::path::{Path, PathBuf};

use amanah_auditor::{BundleError, Check, LookError, NOT_PROVED, PLANTED, Report, Served, audit_bundle, look};
use amanah_client_sdk::neutral;
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::CentreId;
use amanah_client_sdk::protocol::log::TreeHead;
use clap::Args;

use self::progress::Progress;
use crate::files::NewFile;
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
    #[arg(long, conflicts_with_all = ["bundle", "since", "save"])]
    pub(crate) watch: bool,
    /// With --watch: how many seconds to wait between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    /// With --watch: end after so many looks that went well
    #[arg(long, value_name = "N", requires = "watch")]
    looks: Option<u64>,
    /// Sign the report with your auditor's account and save it in a new file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
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
    let file = audit.save.as_deref().map(NewFile::create).transpose()?;
    let given = audit.bundle.as_deref().zip(audit.centre);
    let report = match (given, file) {
        (Some((path, centre)), None) => of_file(invocation, &audit, path, centre).await?,
        (Some((path, centre)), Some(file)) => {
            check_account(invocation, centre)?;
            let signed = async |account: &mut Device, _| {
                let report = of_file(invocation, &audit, path, centre).await?;
                saved::save(account, &report, file).await?;
                Ok(report)
            };
            invocation.signed_in(signed).await?
        }
        (None, file) => {
            let shown = async |account: &mut Device, _| {
                let report = live::run(invocation, account, audit.since).await?;
                if let Some(file) = file {
                    saved::save(account, &report, file).await?;
                }
                Ok(report)
            };
            invocation.signed_in(shown).await?
        }
    };
    let mut answer = shown(invocation, &report)?;
    if let Some(path) = &audit.save {
        answer.push(invocation.texts.fill("report-saved", vec![("file", path.display().to_string().into())]));
    }
    Ok(answer)
}

/// The report as an answer, with the problem that it is if a check failed.
fn shown(invocation: &Invocation, report: &Report) -> Result<Answer, Problem> {
    let json = serde_json::to_value(report).map_err(|_| Case::Output)?;
    let mut answer = Answer::new(json);
    answer.extend(lines(invocation.texts, report));
    Ok(answer.with_problem((!report.passed()).then(|| Case::AuditFailed.into())))
}

/// Audits a file, and compares the database with it if one is named.
async fn of_file(invocation: &Invocation, audit: &Audit, path: &Path, centre: CentreId) -> Result<Report, Problem> {
    let times = if audit.database.is_some() { 2 } else { 1 };
    let progress = Progress::of_file(path, times, invocation.global.json)?;
    let report = audit_bundle(progress.open(path)?, centre, audit.since)?;
    Ok(match &audit.database {
        Some(url) => report.with_look(look(url, progress.open(path)?, centre).await?),
        None => report,
    })
}

/// A report is signed by an account of the centre that it is about.
fn check_account(invocation: &Invocation, centre: CentreId) -> Result<(), Problem> {
    match invocation.profile() {
        Ok(profile) if profile.centre == centre => Ok(()),
        Ok(_) => Err(Case::OtherCentre.into()),
        Err(problem) if problem.case() == Case::NoProfile => Err(Case::ReportNeedsAccount.into()),
        Err(problem) => Err(problem),
    }
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
        let name = neutral::line(&check.name);
        let count = check.counted.to_string();
        let known = Check::ALL.iter().any(|known| known.name() == check.name);
        let what = if known { texts.fill(&format!("audit-{name}"), vec![("count", count.into())]) } else { count };
        lines.push(format!("{verdict:width$}  {name:<13} {what}"));
        for finding in &check.findings {
            let reason = neutral::line(&finding.reason);
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
    lines.extend(web_client(texts, report));
    lines.push(String::new());
    for control in &report.controls {
        let outcome = match control.found {
            Some(true) => "audit-planted-found",
            Some(false) => "audit-planted-missed",
            None => "audit-planted-nowhere",
        };
        let known = PLANTED.iter().position(|known| *known == control.planted);
        let what =
            known.map_or_else(|| neutral::line(&control.planted), |n| texts.say(&format!("audit-planted-{}", n + 1)));
        lines.push(texts.fill(outcome, vec![("what", what.into())]));
    }
    lines.push(String::new());
    lines.push(texts.say("audit-not-proved"));
    for text in &report.not_proved {
        let known = NOT_PROVED.iter().position(|known| known == text);
        let text = known.map_or_else(|| neutral::line(text), |n| texts.say(&format!("audit-not-{}", n + 1)));
        lines.push(format!("  - {text}"));
    }
    lines.push(String::new());
    lines.push(texts.say(if report.passed() { "audit-passed" } else { "audit-did-not-pass" }));
    lines
}

/// What the log and the relay say of the web client, so that anybody can compare it with one that they have built.
fn web_client(texts: Texts, report: &Report) -> Vec<String> {
    let shown = |id: &str, hash: Hash| texts.fill(id, vec![("hash", hash.to_string().into())]);
    let logged = report.web_client.map(|logged| shown("audit-web-logged", logged));
    let served = match &report.served {
        Some(Served { web_client: Some(served) }) => shown("audit-web-served", *served),
        Some(Served { web_client: None }) => texts.say("audit-web-unserved"),
        None => texts.say("audit-web-not-asked"),
    };
    logged.into_iter().chain([served]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn every_check_and_what_is_planted_or_not_proved_has_a_text_in_both_languages() {
        for language in [Language::Id, Language::En] {
            let texts = Texts::new(language);
            let checks = Check::ALL.iter().map(|check| format!("audit-{}", check.name()));
            let planted = (1..=PLANTED.len()).map(|number| format!("audit-planted-{number}"));
            let others = (1..=NOT_PROVED.len()).map(|number| format!("audit-not-{number}")).chain(planted);
            for id in checks.chain(others) {
                let text = texts.fill(&id, vec![("count", "1".into())]);
                assert!(!text.contains("Unknown localization"), "{text}");
            }
        }
    }
}
