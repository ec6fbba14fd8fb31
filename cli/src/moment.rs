//! Times as people read them: ISO 8601 in UTC, by the civil calendar.

use std::time::{SystemTime, UNIX_EPOCH};

use amanah_client_sdk::protocol::ids::Timestamp;
use amanah_client_sdk::transport::Clock;

/// One hour in milliseconds.
pub(crate) const HOUR: u64 = 3_600_000;

/// One day in milliseconds.
pub(crate) const DAY: u64 = 24 * HOUR;

/// The clock on the wall.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A time to the second, such as `2026-03-01T07:05:09Z`.
pub(crate) fn exact(time: Timestamp) -> String {
    let seconds = time.0 / 1000 % 86_400;
    format!("{}T{:02}:{:02}:{:02}Z", date(time), seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A time to the minute for reading, such as `2026-03-01 07:05 UTC`.
pub(crate) fn readable(time: Timestamp) -> String {
    let minutes = time.0 / 60_000 % 1440;
    format!("{} {:02}:{:02} UTC", date(time), minutes / 60, minutes % 60)
}

/// A time for reading, to the minute that begins with it or after it: what is allowed from then on is allowed at it.
pub(crate) fn readable_from(time: Timestamp) -> String {
    readable(time.plus(59_999))
}

/// The day of a time, such as `2026-03-01`.
pub(crate) fn date(time: Timestamp) -> String {
    let mut days = time.0 / DAY;
    let mut year = 1970 + days / 146_097 * 400;
    days %= 146_097;
    while days >= length_of_year(year) {
        days -= length_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while days >= length_of_month(year, month) {
        days -= length_of_month(year, month);
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", days + 1)
}

/// The last moment of a day that somebody wrote as `YYYY-MM-DD`.
///
/// # Errors
/// A sentence for the person who wrote it.
pub(crate) fn end_of_day(text: &str) -> Result<Timestamp, String> {
    parse_date(text).ok_or_else(|| "a date is written as YYYY-MM-DD".to_owned())
}

fn parse_date(text: &str) -> Option<Timestamp> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    let digits = |part: &str, length| part.len() == length && part.chars().all(|c| c.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let (year, month, day): (u64, u64, u64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    if year < 1970 || !(1..=12).contains(&month) || !(1..=length_of_month(year, month)).contains(&day) {
        return None;
    }
    let years: u64 = (1970..year).map(length_of_year).sum();
    let months: u64 = (1..month).map(|month| length_of_month(year, month)).sum();
    Some(Timestamp((years + months + day) * DAY - 1))
}

const fn leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn length_of_year(year: u64) -> u64 {
    if leap(year) { 366 } else { 365 }
}

const fn length_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times_are_written_as_the_calendar_has_them() {
        assert_eq!(exact(Timestamp(0)), "1970-01-01T00:00:00Z");
        assert_eq!(exact(Timestamp(1_709_164_800_000)), "2024-02-29T00:00:00Z");
        assert_eq!(exact(Timestamp(1_000_000_000_999)), "2001-09-09T01:46:40Z");
        assert_eq!(readable(Timestamp(4_107_542_399_000)), "2100-02-28 23:59 UTC");
        assert_eq!(date(Timestamp(4_107_542_400_000)), "2100-03-01");
        assert!(!date(Timestamp(u64::MAX)).is_empty());
    }

    #[test]
    fn a_time_from_which_something_is_allowed_is_never_said_too_early() {
        assert_eq!(readable_from(Timestamp(60_000)), "1970-01-01 00:01 UTC");
        assert_eq!(readable_from(Timestamp(60_001)), "1970-01-01 00:02 UTC");
    }

    #[test]
    fn a_day_ends_one_millisecond_before_the_next() {
        for day in ["1970-01-01", "2024-02-29", "2100-02-28", "2026-12-31"] {
            let end = end_of_day(day).unwrap();
            assert_eq!(date(end), day);
            assert_eq!(end.plus(1).0 % DAY, 0);
        }
    }

    #[test]
    fn what_is_not_a_day_of_the_calendar_is_refused() {
        for wrong in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "26-01-01", "2026/01/01", "+026-01-01", ""]
        {
            assert!(end_of_day(wrong).is_err(), "{wrong}");
        }
    }
}
