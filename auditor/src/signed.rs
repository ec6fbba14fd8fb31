//! Signed reports as files (docs/protocol.md §9.1): whose they are, and what they say.

use amanah_protocol::attestation::{AttestedReport, NotAttested, SignedReport};
use amanah_protocol::cbor::{ParseError, Structure};
use amanah_protocol::ids::CentreId;

use crate::report::Report;

/// Why a file is not the report of an auditor of the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// It is no signed report.
    #[error("this is no signed report: {0}")]
    File(#[from] ParseError),
    /// No appointed auditor of the centre has signed it.
    #[error(transparent)]
    NotAttested(#[from] NotAttested),
    /// An auditor of the centre has signed it, and it is about another one.
    #[error("the report is about another centre")]
    OtherCentre,
}

/// Reads a signed report, and checks that an auditor signed it whom the centre that is pinned has appointed.
///
/// # Errors
/// [`ReportError`]. What the report itself found is no error.
pub fn verify_report(file: &[u8], pinned: CentreId) -> Result<AttestedReport<Report>, ReportError> {
    let attested = SignedReport::parse(file)?.verify::<Report>(pinned)?;
    if attested.report.centre == pinned { Ok(attested) } else { Err(ReportError::OtherCentre) }
}
