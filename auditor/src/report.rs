//! The report of an audit: one line for each check, the controls, and what all of it does not prove.

use std::fmt;

use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{CentreId, Timestamp};
use amanah_protocol::structure;
use serde::Serializer;

use crate::check::Check;
#[cfg(feature = "database")]
use crate::database::Look;
use crate::findings::{Finding, Findings};

/// What an audit does not prove, whatever its checks say.
pub const NOT_PROVED: &[&str] = &[
    "that everything was shown: a newer log, or another one that is shown to others, is not seen from here; compare \
     the checkpoint with other people's",
    "that the relay's backups, logs and memory hold nothing else than what was shown, nor its database, if that was not \
     looked at; nor that the database that was looked at is the one that the relay uses",
    "that what a wrap or a share holds is right: its readers and trustees check that, and say so in acceptances, \
     refusals and receipts",
    "that readers have not copied, photographed or told what they read",
    "that passphrases and recovery codes cannot be guessed: vaults are no safer than these",
    "that keys were made well, and on clean devices: what looks random may be made with a key that somebody knows",
    "that people are who the centre says they are",
    "when something happened, closer than ten minutes: the times of entries are the relay's word, held against what \
     people signed",
    "that the wraps of vault keys are the right ones: nothing that was signed names them",
    "what witnesses say: they are not asked here, but by `amanah audit --watch`",
    "that everybody is served the web client that is in the log: another one may be served to one person alone",
];

structure! {
    /// The checkpoint that was audited, as it says of itself.
    #[derive(serde::Serialize)]
    pub part AuditedHead => {
        /// How many entries.
        size: u64,
        /// The root over them.
        #[serde(serialize_with = "text")]
        root: Hash,
        /// The root of the account map.
        #[serde(serialize_with = "text")]
        map: Hash,
    }
}

structure! {
    /// What came of one check.
    #[derive(serde::Serialize)]
    pub part CheckResult => {
        /// The name of the check.
        name: String,
        /// Whether nothing was found that must not be.
        passed: bool,
        /// How many things were looked at.
        counted: u64,
        /// How many findings.
        failed: u64,
        /// The first of them.
        findings: Vec<Finding>,
    }
}

structure! {
    /// What the database has that came after the bundle was made.
    #[derive(Default, serde::Serialize)]
    pub part Looked => {
        /// How many entries.
        newer_entries: u64,
        /// How many vaults.
        newer_vaults: u64,
    }
}

structure! {
    /// What the relay serves to everybody who asks.
    #[derive(serde::Serialize)]
    pub part Served => {
        /// The SHA-256 of the manifest of its web client; null if it serves none.
        #[serde(serialize_with = "optional_text")]
        web_client: Option<Hash>,
    }
}

structure! {
    /// Something wrong that the audit planted in a copy of what it was given, to show that its checks find it.
    #[derive(serde::Serialize)]
    pub part Control => {
        /// What was planted.
        planted: String,
        /// Whether it was found; null if there was nothing in which to plant it.
        found: Option<bool>,
    }
}

structure! {
    /// The report of an audit, in a form that can be signed.
    #[derive(serde::Serialize)]
    pub struct Report = "audit-report", at most 262_144 => {
        /// The version of the auditor.
        auditor: String,
        /// The centre that the auditor pinned.
        #[serde(serialize_with = "text")]
        centre: CentreId,
        /// When the relay gave what was audited, in milliseconds since 1970-01-01T00:00:00Z.
        #[serde(serialize_with = "milliseconds")]
        made: Timestamp,
        /// The checkpoint; null if it could not be read.
        head: Option<AuditedHead>,
        /// The checks, in the order of [`Check::ALL`].
        checks: Vec<CheckResult>,
        /// The controls.
        controls: Vec<Control>,
        /// What is newer in the database than what was given; null if no database was looked at.
        database: Option<Looked>,
        /// The SHA-256 of the manifest of the newest web client in the log; null if there is none.
        #[serde(serialize_with = "optional_text")]
        web_client: Option<Hash>,
        /// What the relay serves; null if it was not asked.
        served: Option<Served>,
        /// What the audit does not prove: [`NOT_PROVED`].
        not_proved: Vec<String>,
    }
}

impl CheckResult {
    pub(crate) fn of(check: Check, findings: &Findings) -> Self {
        let tally = findings.of(check);
        Self {
            name: check.name().to_owned(),
            passed: tally.failed == 0,
            counted: tally.counted,
            failed: tally.failed,
            findings: tally.findings,
        }
    }

    /// Takes down one more finding, which is about no entry.
    fn found(&mut self, reason: &str) {
        self.passed = false;
        self.failed = self.failed.saturating_add(1);
        self.findings.push(Finding { position: None, reason: reason.to_owned() });
    }
}

impl Report {
    pub(crate) fn new(
        centre: CentreId,
        made: Timestamp,
        head: Option<AuditedHead>,
        findings: &Findings,
        controls: Vec<Control>,
        web_client: Option<Hash>,
    ) -> Self {
        Self {
            auditor: env!("CARGO_PKG_VERSION").to_owned(),
            centre,
            made,
            head,
            checks: Check::ALL.map(|check| CheckResult::of(check, findings)).into(),
            controls,
            database: None,
            web_client,
            served: None,
            not_proved: NOT_PROVED.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    /// The report with what came of a look at the database.
    #[must_use]
    #[cfg(feature = "database")]
    pub fn with_look(mut self, look: Look) -> Self {
        for check in self.checks.iter_mut().filter(|check| check.name == look.result.name) {
            check.clone_from(&look.result);
        }
        self.database = Some(look.looked);
        self
    }

    /// The report with the web client that the relay serves, by the SHA-256 of its manifest.
    #[must_use]
    pub fn with_served(mut self, web_client: Option<Hash>) -> Self {
        for check in self.checks.iter_mut().filter(|check| check.name == Check::WebClient.name()) {
            check.counted = check.counted.saturating_add(u64::from(web_client.is_some()));
            if web_client.is_some() && web_client != self.web_client {
                check.found("the web client that is served is not the newest one in the log");
            }
        }
        self.served = Some(Served { web_client });
        self
    }

    /// Whether all checks passed, and everything that was planted was found.
    pub fn passed(&self) -> bool {
        !self.checks.is_empty()
            && self.checks.iter().all(|check| check.passed && check.failed == 0)
            && self.controls.iter().all(|control| control.found != Some(false))
    }

    /// What came of this check.
    pub fn result(&self, check: Check) -> Option<&CheckResult> {
        self.checks.iter().find(|result| result.name == check.name())
    }

    /// The report for machines.
    ///
    /// # Errors
    /// Those of the encoder; there are none for this structure.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "centre {}", self.centre)?;
        match &self.head {
            Some(head) => writeln!(f, "log of {} entries, root {}\n", grouped(head.size), head.root)?,
            None => writeln!(f, "no checkpoint that can be read\n")?,
        }
        let kinds = Check::ALL.iter().zip(&self.checks);
        kinds.clone().try_for_each(|(check, result)| write_result(f, *check, result))?;
        if let Some(Looked { newer_entries, newer_vaults }) = &self.database {
            let (entries, vaults) = (grouped(*newer_entries), grouped(*newer_vaults));
            writeln!(f, "\ndatabase: {entries} entries and {vaults} vaults are newer than the bundle")?;
        }
        write_web_client(f, self.web_client, self.served.as_ref())?;
        writeln!(f)?;
        self.controls.iter().try_for_each(|control| writeln!(f, "{control}"))?;
        writeln!(f, "\nWhat this does not prove:")?;
        self.not_proved.iter().try_for_each(|text| writeln!(f, "  - {text}"))?;
        writeln!(f, "\n{}", if self.passed() { "All checks passed." } else { "The audit FAILED." })
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.found {
            Some(true) => "found",
            Some(false) => "NOT FOUND",
            None => "nothing to plant in",
        };
        write!(f, "control: planted {} … {outcome}", self.planted)
    }
}

fn write_result(f: &mut fmt::Formatter<'_>, check: Check, result: &CheckResult) -> fmt::Result {
    let verdict = if result.passed { "PASS" } else { "FAIL" };
    writeln!(f, "{verdict}  {:<13} {} {}", result.name, grouped(result.counted), check.counts())?;
    for finding in &result.findings {
        match finding.position {
            Some(position) => writeln!(f, "        at {position}: {}", finding.reason)?,
            None => writeln!(f, "        {}", finding.reason)?,
        }
    }
    let told = u64::try_from(result.findings.len()).unwrap_or(u64::MAX);
    match result.failed.saturating_sub(told) {
        0 => Ok(()),
        more => writeln!(f, "        and {} more", grouped(more)),
    }
}

fn write_web_client(f: &mut fmt::Formatter<'_>, logged: Option<Hash>, served: Option<&Served>) -> fmt::Result {
    if let Some(logged) = logged {
        writeln!(f, "\nweb client in the log: {logged}")?;
    }
    match served {
        Some(Served { web_client: Some(served) }) => writeln!(f, "web client that is served: {served}"),
        Some(Served { web_client: None }) => writeln!(f, "no web client is served"),
        None => writeln!(f, "the relay was not asked which web client it serves"),
    }
}

/// A number with a comma after each group of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn text<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
fn optional_text<T: fmt::Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn milliseconds<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_groups_of_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_204, "1,204"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(number), text);
        }
    }
}
