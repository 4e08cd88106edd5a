//! TIMESTAMP, the time of a claim, in the only form that the service accepts.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::error::SrpError;

/// A time in the form `EEE MMM d HH:mm:ss z yyyy`, in English and with an unpadded day.
///
/// ```
/// use cognito_srp::Timestamp;
///
/// let timestamp = Timestamp::from_unix_seconds(1_767_582_249)?;
/// assert_eq!(timestamp.as_str(), "Mon Jan 5 03:04:09 UTC 2026");
/// # Ok::<(), cognito_srp::SrpError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamp {
    text: String,
    unix_seconds: u64,
}

impl Timestamp {
    /// Creates a timestamp in UTC from seconds since the start of 1970.
    ///
    /// # Errors
    ///
    /// [`SrpError::InvalidTimestamp`] from the year 10000 on.
    pub fn from_unix_seconds(seconds: u64) -> Result<Self, SrpError> {
        Self::new(seconds, "UTC")
    }

    /// Returns the text to send as TIMESTAMP.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the seconds since the start of 1970.
    pub fn unix_seconds(&self) -> u64 {
        self.unix_seconds
    }

    fn new(seconds: u64, zone: &str) -> Result<Self, SrpError> {
        let (days, time) = (seconds / 86_400, seconds % 86_400);
        if days >= DAYS_TO_YEAR_10000 {
            return Err(SrpError::InvalidTimestamp);
        }
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        let weekday = name(&WEEKDAYS, days % 7);
        let month = name(&MONTHS, month);
        let text =
            format!("{weekday} {month} {day} {hour:02}:{minute:02}:{second:02} {zone} {year}");
        Ok(Self { text, unix_seconds: seconds })
    }
}

/// Parses a timestamp like the service: zone `UTC` or `GMT`, a padded or unpadded day, any weekday.
///
/// The text is converted to its canonical form. The service checks the signature over that form,
/// so a client that signed `Sep 05` or a wrong weekday is refused.
impl FromStr for Timestamp {
    type Err = SrpError;

    fn from_str(text: &str) -> Result<Self, SrpError> {
        let mut parts = text.split(' ');
        let mut next = || parts.next().ok_or(SrpError::InvalidTimestamp);
        let (weekday, month, day, time, zone, year) =
            (next()?, next()?, next()?, next()?, next()?, next()?);
        if next().is_ok() || !WEEKDAYS.contains(&weekday) || !["UTC", "GMT"].contains(&zone) {
            return Err(SrpError::InvalidTimestamp);
        }
        let seconds = parse_date(year, month, day)
            .and_then(|days| days.checked_mul(86_400)?.checked_add(parse_time(time)?))
            .ok_or(SrpError::InvalidTimestamp)?;
        Self::new(seconds, zone)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Days from the start of 1970 to the start of the year 10000.
const DAYS_TO_YEAR_10000: u64 = 2_932_897;

/// Days from 1 March of the year 0 to 1 January 1970, in the Gregorian calendar.
const DAYS_TO_1970: u64 = 719_468;

/// Returns the year, the month (from 0) and the day (from 1) for a number of days since the start
/// of 1970.
///
/// Years are counted from March, so that the leap day is the last day and the lengths of the
/// months follow the line 153·m/5.
#[allow(clippy::arithmetic_side_effects)] // No term exceeds 2^23 for days before the year 10000.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_TO_1970;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    (era * 400 + year_of_era + u64::from(month < 2), month, day)
}

/// Computes the inverse of [`civil_from_days`].
#[allow(clippy::arithmetic_side_effects)] // The year is 1970 to 9999, month and day are small.
fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month < 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 10) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - DAYS_TO_1970
}

fn parse_date(year: &str, month: &str, day: &str) -> Option<u64> {
    let year = number(year, 9999).filter(|year| *year >= 1970)?;
    let month = (0u64..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
    let day = number(day, 31).filter(|day| *day >= 1)?;
    let days = days_from_civil(year, month, day);
    // A day that does not exist in its month is converted back to another day.
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

fn parse_time(time: &str) -> Option<u64> {
    let mut parts = time.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let minutes = number(hour, 23)?.checked_mul(60)?.checked_add(number(minute, 59)?)?;
    minutes.checked_mul(60)?.checked_add(number(second, 59)?)
}

fn name(names: &[&'static str], index: u64) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or_default()
}

fn number(digits: &str, most: u64) -> Option<u64> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| plain && *number <= most)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn every_day_of_eight_thousand_years_is_parsed_back() {
        let mut days = 0;
        while let Ok(timestamp) = Timestamp::from_unix_seconds(days * 86_400 + 86_399) {
            assert_eq!(timestamp.to_string().parse(), Ok(timestamp));
            days += 1;
        }
        assert_eq!(days, 2_932_897); // 10000-01-01
    }

    #[test]
    fn the_canonical_form_has_an_unpadded_day_and_the_right_weekday() {
        let canonical = "Sat Sep 5 01:02:03 UTC 2026";
        for text in [canonical, "Sat Sep 05 01:02:03 UTC 2026", "Mon Sep 5 01:02:03 UTC 2026"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().as_str(), canonical);
        }
        let gmt = "Sat Sep 5 01:02:03 GMT 2026";
        assert_eq!(gmt.parse::<Timestamp>().unwrap().as_str(), gmt);
    }

    #[test]
    fn other_forms_are_refused() {
        let texts = [
            "",
            "Sat Sep 5 01:02:03 2026",
            "sat Sep 5 01:02:03 UTC 2026",
            "Sat sep 5 01:02:03 UTC 2026",
            "Sat Sep 5 01:02:03 utc 2026",
            "Sat Sep 5 01:02:03 CET 2026",
            "Sat Sep  5 01:02:03 UTC 2026",
            "Sat Sep 31 01:02:03 UTC 2026",
            "Sat Feb 29 01:02:03 UTC 2025",
            "Sat Sep 0 01:02:03 UTC 2026",
            "Sat Sep 5 24:00:00 UTC 2026",
            "Sat Sep 5 01:60:03 UTC 2026",
            "Sat Sep 5 01:02:03:04 UTC 2026",
            "Sat Sep 5 01:02:03 UTC 2026 ",
            "Sat Sep +5 01:02:03 UTC 2026",
            "Sat Sep 5 01:02:03 UTC 1969",
            "Sat Sep 5 01:02:03 UTC 99999999999999999999",
        ];
        for text in texts {
            assert_eq!(text.parse::<Timestamp>(), Err(SrpError::InvalidTimestamp), "{text:?}");
        }
    }

    #[test]
    fn seconds_are_those_that_were_given_or_parsed() {
        let timestamp = Timestamp::from_unix_seconds(1_767_582_249).unwrap();
        assert_eq!(timestamp.unix_seconds(), 1_767_582_249);
        let parsed: Timestamp = "Mon Jan 5 03:04:09 GMT 2026".parse().unwrap();
        assert_eq!(parsed.unix_seconds(), 1_767_582_249);
    }

    #[test]
    fn the_far_future_is_an_error() {
        assert!(Timestamp::from_unix_seconds(253_402_300_799).is_ok());
        assert_eq!(Timestamp::from_unix_seconds(253_402_300_800), Err(SrpError::InvalidTimestamp));
        assert_eq!(Timestamp::from_unix_seconds(u64::MAX), Err(SrpError::InvalidTimestamp));
    }
}
