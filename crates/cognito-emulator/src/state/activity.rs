//! Monthly active users: the users with an identity operation in a calendar month.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A calendar month in UTC, as the number of months since the year 0.
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

/// The months in which a user was active: the last one, and a bit set of the 64 months before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct ActiveMonths {
    last: Month,
    /// The lowest bit is the month before the last one.
    before: u64,
}

impl ActiveMonths {
    /// Returns the months with another one; `None` if it is included already, or too long ago.
    pub(crate) fn with(self, month: Month) -> Option<Self> {
        let Self { last, before } = self;
        let bit = |months: u32| 1_u64.checked_shl(months.saturating_sub(1)).unwrap_or_default();
        if let Some(later @ 1..) = month.0.checked_sub(last.0) {
            let before = before.checked_shl(later).unwrap_or_default() | bit(later);
            return Some(Self { last: month, before });
        }
        // The test clock was set back.
        let earlier = last.0.saturating_sub(month.0);
        let is_new = earlier > 0 && bit(earlier) & !before != 0;
        is_new.then_some(Self { last, before: before | bit(earlier) })
    }
}

/// The number of active users by month. A deleted user stays counted.
pub(crate) type ActiveUsers = BTreeMap<Month, u64>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_change_at_midnight_in_utc() {
        let names = [1_769_903_999, 1_769_904_000, 0, u64::MAX].map(|at| Month::of(at).name());
        assert_eq!(names, ["2026-01", "2026-02", "1970-01", "9999-12"]);
    }

    #[test]
    fn a_month_is_counted_once_in_any_order() {
        let mut months = ActiveMonths::default();
        let mut add = |month| {
            let with = months.with(Month(month));
            months = with.unwrap_or(months);
            with.is_some()
        };
        for (month, is_new) in [
            (24_310, true),
            (24_310, false),
            (24_308, true),
            (24_310, false),
            (24_308, false),
            (24_309, true),
            (24_311, true),
            (24_309, false),
            (24_310, false),
            (24_311 - 64, true),
            (24_311 - 64, false),
            (24_311 - 65, false),
        ] {
            assert_eq!(add(month), is_new, "{month}");
        }
    }
}
