//! Signed reports: an appointed auditor saves one, and whoever has the id of the centre checks whose it is.

use std::path::PathBuf;

use amanah_auditor::{Check, Report, ReportError, verify_report};
use amanah_client_sdk::neutral;
use amanah_client_sdk::protocol::attestation::AttestedReport;
use amanah_client_sdk::protocol::cbor::Structure;
use amanah_client_sdk::protocol::ids::CentreId;
use clap::Args;
use serde_json::json;

use super::lines;
use crate::files::{self, NewFile};
use crate::invocation::Device;
use crate::moment;
use crate::output::Answer;
use crate::problem::{Case, Problem};
use crate::texts::Texts;

/// Arguments of `report`.
#[derive(Debug, Args)]
pub(crate) struct SavedReport {
    /// A report that an auditor saved
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Id of the centre, from a poster, an invitation or the director
    #[arg(long, value_name = "HEX")]
    centre: CentreId,
}

/// Signs a report as the auditor, and saves it.
pub(super) async fn save(account: &mut Device, report: &Report, file: NewFile<'_>) -> Result<(), Problem> {
    file.write(&account.sign_report(report).await?.to_bytes())
}

/// Checks whose report a file is, and shows it again.
pub(crate) fn run(texts: Texts, saved: &SavedReport) -> Result<Answer, Problem> {
    let file = files::read(&saved.file)?;
    let AttestedReport { report, attestation, appointment } = verify_report(&file, saved.centre)?;
    let (auditor, name) = (attestation.auditor.to_string(), neutral::line(&appointment.name));
    let time = moment::readable(attestation.time);
    let lacking: Vec<_> =
        Check::ALL.iter().filter(|check| report.result(**check).is_none()).map(|check| check.name()).collect();
    let json = json!({
        "auditor": auditor,
        "name": appointment.name,
        "time": moment::exact(attestation.time),
        "lacking": lacking,
        "report": serde_json::to_value(&report).map_err(|_| Case::Output)?,
    });
    let mut answer = Answer::new(json)
        .line(texts.fill("report-signed", vec![("name", name.into()), ("time", time.into())]))
        .line(texts.fill("report-auditor", vec![("account", auditor.into())]));
    if !lacking.is_empty() {
        answer.push(texts.fill("report-lacking", vec![("checks", lacking.join(", ").into())]));
    }
    answer.push(String::new());
    answer.extend(lines(texts, &report));
    answer.push(String::new());
    answer.push(texts.say("report-not-shown"));
    answer.extend((1..=3).map(|number| format!("  - {}", texts.say(&format!("report-not-{number}")))));
    Ok(answer.with_problem((!report.passed()).then(|| Case::AuditFailed.into())))
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::File(_) => Case::ReportBroken.into(),
            ReportError::NotAttested(_) | ReportError::OtherCentre => Case::ReportNotSigned.into(),
        }
    }
}
