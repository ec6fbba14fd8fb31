//! Whether the relay's times of entries fit what people signed (docs/protocol.md §5.7), and go on.
//!
//! The time of an entry is the relay's word, and expiries and notices rest on it. An honest relay takes a structure only
//! within ten minutes of the time that its author wrote into it, and stores them as they come.

use amanah_protocol::ids::Timestamp;
use amanah_protocol::record::Entry;
use amanah_protocol::statement::CLOCK_SKEW_MS;

use crate::check::Check;
use crate::findings::Findings;

/// The latest time so far.
#[derive(Debug)]
pub(crate) struct Times {
    first: Option<Timestamp>,
    latest: Timestamp,
}

impl Default for Times {
    fn default() -> Self {
        Self { first: None, latest: Timestamp(0) }
    }
}

impl Times {
    /// Compares the time of an entry with that of its author, if there is one, and with those before.
    pub(crate) fn take(&mut self, entry: &Entry, own: Option<Timestamp>, findings: &mut Findings) {
        findings.count(Check::Times, 1);
        if own.is_some_and(|own| own.distance(entry.time) > CLOCK_SKEW_MS) {
            findings.found(Check::Times, Some(entry.position), "more than ten minutes from the time that was signed");
        }
        if entry.time.plus(CLOCK_SKEW_MS) < self.latest {
            findings.found(Check::Times, Some(entry.position), "more than ten minutes before an earlier entry");
        }
        self.first.get_or_insert(entry.time);
        self.latest = self.latest.max(entry.time);
    }

    /// Compares the time at which everything was given with the last entry.
    pub(crate) fn check_made(&self, made: Timestamp, findings: &mut Findings) {
        if made.plus(CLOCK_SKEW_MS) < self.latest {
            findings.found(Check::Times, None, "this was made more than ten minutes before its last entry");
        }
    }

    /// The time of the first entry.
    #[cfg(feature = "database")]
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.first
    }

    /// The latest time so far.
    pub(crate) fn latest(&self) -> Timestamp {
        self.latest
    }
}
