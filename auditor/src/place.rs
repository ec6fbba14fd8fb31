//! An entry in its place: what stands before it, and where findings about it go.

use amanah_protocol::evidence::Moment;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::AccountId;
use amanah_protocol::record::Entry;

use crate::check::Check;
use crate::findings::Findings;
use crate::signers::Signers;

/// An entry in its place.
pub(crate) struct Place<'a> {
    pub(crate) entry: &'a Entry,
    /// Whether what stands beside it is what it names. What is not is found by `closed-world` and `padding`, and not once
    /// more by the rules.
    pub(crate) whole: bool,
    /// Whether what it names is missing as if it was erased. Whether it had to, `erasure` says.
    pub(crate) erased: bool,
    pub(crate) signers: &'a Signers,
    pub(crate) findings: &'a mut Findings,
}

impl Place<'_> {
    /// Where and when the relay stored it.
    pub(crate) fn moment(&self) -> Moment {
        Moment::of(self.entry)
    }

    /// Counts it for a check.
    pub(crate) fn count(&mut self, check: Check) {
        self.findings.count(check, 1);
    }

    /// Takes down why it must not be.
    pub(crate) fn found(&mut self, check: Check, reason: &impl ToString) {
        self.findings.found(check, Some(self.entry.position), reason);
    }

    /// Takes down why it must not be, if there is a reason.
    pub(crate) fn check<E: ToString>(&mut self, check: Check, outcome: Result<(), E>) {
        if let Err(reason) = outcome {
            self.found(check, &reason);
        }
    }

    /// The hash of an account's newest card before it.
    pub(crate) fn newest_card(&self, account: &AccountId) -> Option<Hash> {
        self.signers.accounts().newest_before(account, self.entry.position).map(|card| card.hash)
    }
}
