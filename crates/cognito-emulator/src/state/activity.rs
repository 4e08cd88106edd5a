//! Monthly active users: the users with an identity operation in a calendar month.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A calendar month in UTC, as the months since the year 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub(crate) struct Month(u32);

impl Month {
    /// Returns the month of a time in seconds since 1970.
    pub(crate) fn of(seconds: u64) -> Self {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
        let date = time.to_zoned(TimeZone::UTC).date();
        let (year, month) = (date.year().unsigned_abs(), date.month().unsigned_abs());
        Self(u32::from(year) * 12 + u32::from(month) - 1)
    }

    /// Returns the month as `2026-11`.
    pub(crate) fn name(self) -> String {
        format!("{:04}-{:02}", self.0 / 12, self.0 % 12 + 1)
    }
}

/// The number of active users by month. A user who was deleted stays counted.
pub(crate) type ActiveUsers = BTreeMap<Month, u64>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_change_at_midnight_in_utc() {
        let names = [1_769_903_999, 1_769_904_000, 0, u64::MAX].map(|at| Month::of(at).name());
        assert_eq!(names, ["2026-01", "2026-02", "1970-01", "9999-12"]);
    }
}
