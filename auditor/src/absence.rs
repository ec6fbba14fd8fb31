//! Absences of the staff (docs/protocol.md §3.8).

use std::collections::BTreeMap;

use amanah_protocol::absence::{Absence, AbsenceError, is_limit_reached};
use amanah_protocol::evidence::Evidence;
use amanah_protocol::ids::{AccountId, CentreId, Timestamp};

use crate::check::Check;
use crate::place::Place;

/// Why an absence must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum NotAbsent {
    /// It is of another centre.
    #[error("an absence at another centre")]
    OtherCentre,
    /// What it says.
    #[error(transparent)]
    Unfit(#[from] AbsenceError),
    /// Its author does not answer clients.
    #[error("whoever says to be away is no appointed counsellor or supervisor")]
    NotAppointed,
    /// There are too many.
    #[error("an account has more than 32 absences in 30 days")]
    TooMany,
}

/// When each account has announced its absences.
#[derive(Debug, Default)]
pub(crate) struct Absences(BTreeMap<AccountId, Vec<Timestamp>>);

impl Absences {
    pub(crate) fn take(&mut self, place: &mut Place<'_>, absence: &Absence, centre: CentreId, evidence: &Evidence) {
        place.count(Check::Absences);
        place.check(Check::Absences, self.check(place, absence, centre, evidence));
        self.0.entry(absence.account).or_default().push(place.entry.time);
    }

    fn check(
        &self,
        place: &Place<'_>,
        absence: &Absence,
        centre: CentreId,
        evidence: &Evidence,
    ) -> Result<(), NotAbsent> {
        if absence.centre != centre {
            return Err(NotAbsent::OtherCentre);
        }
        absence.check()?;
        if !evidence.may_be_absent(&absence.account, place.moment()) {
            return Err(NotAbsent::NotAppointed);
        }
        let stored = self.0.get(&absence.account).into_iter().flatten().copied();
        if is_limit_reached(stored, place.entry.time) { Err(NotAbsent::TooMany) } else { Ok(()) }
    }
}
