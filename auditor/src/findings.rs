//! What the checks have counted and found so far.

use std::collections::BTreeMap;

use amanah_protocol::structure;

use crate::check::Check;

/// How many findings of a check are told one by one.
const TOLD: usize = 10;

structure! {
    /// Something that must not be. It tells where and why, and no content.
    #[derive(serde::Serialize)]
    pub part Finding => {
        /// The position of the entry in the log, if it is about one.
        position: Option<u64>,
        /// Why it must not be.
        reason: String,
    }
}

/// What one check has counted and found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// How many things it looked at.
    pub(crate) counted: u64,
    /// How many findings.
    pub(crate) failed: u64,
    /// The first of them.
    pub(crate) findings: Vec<Finding>,
}

/// What all checks have counted and found.
#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeMap<Check, Tally>);

impl Findings {
    /// Counts things that a check looks at.
    pub(crate) fn count(&mut self, check: Check, number: u64) {
        let tally = self.0.entry(check).or_default();
        tally.counted = tally.counted.saturating_add(number);
    }

    /// Takes down a finding.
    pub(crate) fn found(&mut self, check: Check, position: Option<u64>, reason: &(impl ToString + ?Sized)) {
        let tally = self.0.entry(check).or_default();
        tally.failed = tally.failed.saturating_add(1);
        if tally.findings.len() < TOLD {
            tally.findings.push(Finding { position, reason: reason.to_string() });
        }
    }

    /// Takes over everything that the checks of another audit have found, as findings of one check.
    #[cfg(feature = "database")]
    pub(crate) fn absorb(&mut self, check: Check, others: &Self) {
        for (other, tally) in &others.0 {
            let own = self.0.entry(check).or_default();
            own.failed = own.failed.saturating_add(tally.failed);
            for Finding { position, reason } in &tally.findings {
                if own.findings.len() < TOLD {
                    own.findings.push(Finding { position: *position, reason: format!("{}: {reason}", other.name()) });
                }
            }
        }
    }

    /// What a check has counted and found.
    pub(crate) fn of(&self, check: Check) -> Tally {
        self.0.get(&check).cloned().unwrap_or_default()
    }
}
