//! Escrow (docs/protocol.md §7): policies, whoever accepted them, and receipts for shares.

use amanah_protocol::centre::Role;
use amanah_protocol::consent::Document;
use amanah_protocol::escrow::{DepositReceipt, Policy, PolicyAcceptance, PolicyError, check_deposit_receipt};
use amanah_protocol::evidence::Placed;
use amanah_protocol::signature::Signed;

use crate::check::Check;
use crate::consent::Consent;
use crate::place::Place;
use crate::session::Sessions;

/// Why something of escrow must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum EscrowRefused {
    /// The policy says too little.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// There is no such policy before it.
    #[error("it names an escrow policy that is not there")]
    NoPolicy,
    /// Whoever accepts the policy is no trustee of it, or not appointed as one.
    #[error("whoever accepts the policy is not one of its trustees, or not appointed")]
    NotATrustee,
    /// The trustee has accepted it before.
    #[error("a trustee accepts the same policy twice")]
    Twice,
    /// The receipt is for another share.
    #[error("the receipt is not for a share of this trustee in an epoch of this session")]
    Receipt,
}

pub(crate) fn take_policy(place: &mut Place<'_>, signed: Signed<Policy>, consent: &mut Consent) {
    place.count(Check::Escrow);
    match signed.body().check() {
        Ok(()) => consent.centre().policies.push(Placed { position: place.entry.position, signed }),
        Err(error) => place.found(Check::Escrow, &EscrowRefused::from(error)),
    }
}

/// A document may only name a policy that is there.
pub(crate) fn check_document(place: &mut Place<'_>, document: &Document, consent: &mut Consent) {
    let named = document.escrow_policy;
    if named.is_some_and(|policy| consent.centre().policy(&policy).is_none()) {
        place.found(Check::Escrow, &EscrowRefused::NoPolicy);
    }
}

pub(crate) fn take_policy_acceptance(place: &mut Place<'_>, signed: Signed<PolicyAcceptance>, consent: &mut Consent) {
    place.count(Check::Escrow);
    match check_policy_acceptance(place, signed.body(), consent) {
        Ok(()) => {
            let placed = Placed { position: place.entry.position, signed };
            consent.centre().policy_acceptances.push(placed);
        }
        Err(error) => place.found(Check::Escrow, &error),
    }
}

fn check_policy_acceptance(
    place: &Place<'_>,
    body: &PolicyAcceptance,
    consent: &mut Consent,
) -> Result<(), EscrowRefused> {
    let evidence = consent.centre();
    let policy = evidence.policy(&body.policy).ok_or(EscrowRefused::NoPolicy)?;
    let held = policy.body().trustee(&body.trustee).is_some();
    if !held || !evidence.appointed(&body.trustee, Role::Trustee, place.moment()) {
        return Err(EscrowRefused::NotATrustee);
    }
    let who = |body: &PolicyAcceptance| (body.policy, body.trustee);
    let twice = evidence.policy_acceptances.iter().any(|accepted| who(accepted.signed.body()) == who(body));
    if twice { Err(EscrowRefused::Twice) } else { Ok(()) }
}

pub(crate) fn take_receipt(place: &mut Place<'_>, signed: &Signed<DepositReceipt>, sessions: &Sessions) {
    place.count(Check::Escrow);
    let receipt = signed.body();
    let manifest = sessions.manifest(&receipt.session, &receipt.manifest);
    let fits = manifest.is_some_and(|manifest| check_deposit_receipt(receipt, &manifest).is_ok());
    if !fits {
        place.found(Check::Escrow, &EscrowRefused::Receipt);
    }
}
