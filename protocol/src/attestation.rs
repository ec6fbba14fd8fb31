//! Signed reports (docs/protocol.md §9.1): what an auditor signs of a report, and what shows, to whoever has the id of the
//! centre and nothing else, that an appointed auditor did.

use crate::card::{CardChain, CardError, UnverifiedCard};
use crate::cbor::{ByteString, ParseError, Structure};
use crate::centre::{Appointment, Role, RootError, SignedRoot, UnverifiedRoot};
use crate::hash::Hash;
use crate::ids::{AccountId, CentreId, Timestamp};
use crate::signature::{BadSignature, Unverified};
use crate::structure;

structure! {
    /// An auditor says: this report is mine.
    pub struct Attestation = "audit-attestation", at most 256 => {
        /// The centre that appointed the auditor.
        centre: CentreId,
        /// The auditor.
        auditor: AccountId,
        /// The auditor's newest card.
        card: Hash,
        /// `H("audit-report", report)`.
        report: Hash,
        /// When it was signed, by the auditor's clock.
        time: Timestamp,
    }
}

structure! {
    /// A report with its attestation, and everything that shows whose it is.
    pub struct SignedReport = "signed-report", at most 1_048_576 => {
        /// The report.
        report: ByteString,
        /// The signed [`Attestation`].
        attestation: ByteString,
        /// The roots of the centre, from the first to the one that signed the appointment.
        roots: Vec<ByteString>,
        /// The auditor's signed [`Appointment`].
        appointment: ByteString,
        /// The auditor's cards, from the first to the newest.
        cards: Vec<ByteString>,
    }
}

/// A report that an appointed auditor signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedReport<R> {
    /// The report.
    pub report: R,
    /// What was signed.
    pub attestation: Attestation,
    /// As what, and under which name, the centre appointed the auditor.
    pub appointment: Appointment,
}

/// Why a report is not an appointed auditor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAttested {
    /// The report, or something beside it, is not in its one spelling.
    #[error("something in it is not what it must be: {0}")]
    Parse(#[from] ParseError),
    /// The roots are not those of the centre that is pinned.
    #[error("the roots are not those of this centre: {0}")]
    Root(#[from] RootError),
    /// The appointment is not by the last of the roots, not of this auditor, or was not in force.
    #[error("the centre's root has not appointed whoever signed it as an auditor for that time")]
    Appointment,
    /// The cards are no chain of the auditor's.
    #[error("the cards are not those of the auditor: {0}")]
    Cards(#[from] CardError),
    /// The attestation is not signed by the last of the cards, or is of another centre.
    #[error("it is not signed by the auditor's newest card")]
    Signature,
    /// The report is not the one that was signed.
    #[error("the report is not the one that was signed")]
    OtherReport,
}

impl From<BadSignature> for NotAttested {
    fn from(_: BadSignature) -> Self {
        Self::Signature
    }
}

impl SignedReport {
    /// Checks from the centre that is pinned down to the report that an auditor of it signed this report.
    ///
    /// It does not show whether the auditor was dismissed, has a newer card, or told the right time.
    ///
    /// # Errors
    /// [`NotAttested`].
    pub fn verify<R: Structure>(&self, pinned: CentreId) -> Result<AttestedReport<R>, NotAttested> {
        let root = newest_root(&self.roots, pinned)?;
        let attestation = Unverified::<Attestation>::parse(&self.attestation.0)?;
        let appointment = Unverified::<Appointment>::parse(&self.appointment.0)?;
        let appointment = root.verify(appointment).map_err(|_| NotAttested::Appointment)?;
        let cards = self.cards.iter().map(|wire| UnverifiedCard::parse(&wire.0)).collect::<Result<Vec<_>, _>>()?;
        let cards = CardChain::verify(attestation.claimed().auditor, cards)?;
        let attestation = attestation.verify(&cards.newest().card().verifying_key)?;
        let (signed, appointed) = (attestation.body(), appointment.body());
        if signed.centre != pinned || signed.card != cards.newest().hash() {
            return Err(NotAttested::Signature);
        }
        let is_auditor = appointed.role == Role::Auditor && appointed.account == signed.auditor;
        if !is_auditor || !appointed.in_force(signed.time) {
            return Err(NotAttested::Appointment);
        }
        let report = R::parse(&self.report.0)?;
        if report.hash() != signed.report {
            return Err(NotAttested::OtherReport);
        }
        Ok(AttestedReport { report, attestation: signed.clone(), appointment: appointed.clone() })
    }
}

/// The last of the roots, which begin with the first of this centre.
fn newest_root(roots: &[ByteString], pinned: CentreId) -> Result<SignedRoot, NotAttested> {
    let (first, rest) = roots.split_first().ok_or(RootError::Chain)?;
    let mut newest = UnverifiedRoot::parse(&first.0)?.verify_first(pinned)?;
    for next in rest {
        newest = UnverifiedRoot::parse(&next.0)?.verify_next(&newest)?;
    }
    Ok(newest)
}
