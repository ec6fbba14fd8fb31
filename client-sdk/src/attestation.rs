//! What an auditor signs (docs/protocol.md §9.1): the report of an audit, with everything that shows whose it is.

use amanah_protocol::attestation::{Attestation, SignedReport};
use amanah_protocol::card::SignedCard;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::Role;
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;

use crate::account::Account;
use crate::cards::CardsError;
use crate::centre::CentreError;
use crate::transport::{Clock, Transport};

/// Why a report was not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    /// The centre's record is not believed.
    #[error(transparent)]
    Centre(#[from] CentreError),
    /// The relay shows other cards of this account than its own.
    #[error(transparent)]
    Cards(#[from] CardsError),
    /// The centre has not appointed this account as an auditor, or no longer.
    #[error("only an appointed auditor signs a report")]
    NotAppointed,
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// Signs the report of an audit with this account's newest card, and puts beside it what shows to whoever has the id
    /// of the centre that an appointed auditor signed it.
    ///
    /// # Errors
    /// [`AttestationError`].
    pub async fn sign_report(&mut self, report: &impl Structure) -> Result<SignedReport, AttestationError> {
        self.refresh_centre().await?;
        let (auditor, time) = (self.id(), self.clock.now());
        let appointment = self.centre.appointment(&auditor, Role::Auditor, time).cloned();
        let appointment = appointment.ok_or(AttestationError::NotAppointed)?;
        let centre = appointment.body().centre;
        self.cards.forget_one(&auditor);
        let chain = self.cards.learn(&self.relay, Some(&self.token), auditor).await?;
        let signer = self.keyring.newest();
        let card = chain.newest().hash();
        if card != signer.card_hash() {
            return Err(CardsError::Card(amanah_protocol::card::CardError::Chain).into());
        }
        let wire = |card: &SignedCard| ByteString(card.wire().to_vec());
        let attestation = Attestation { centre, auditor, card, report: report.hash(), time };
        Ok(SignedReport {
            report: ByteString(report.to_bytes()),
            attestation: ByteString(Signed::sign(attestation, signer).wire().to_vec()),
            roots: self.centre.roots_up_to(&appointment),
            appointment: ByteString(appointment.wire().to_vec()),
            cards: chain.cards().iter().map(wire).collect(),
        })
    }
}
