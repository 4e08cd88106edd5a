//! The chart of sign-ups.

use std::collections::BTreeMap;

/// The maximum number of months in the chart. A longer period is drawn by years.
const MOST_MONTHS: usize = 60;

/// The distance between two columns, which have a width of 8.
const STEP: usize = 10;

/// The height of the highest column.
const HEIGHT: u64 = 96;

/// The columns of a chart.
#[derive(Debug, PartialEq)]
pub(super) struct Months {
    pub(super) unit: &'static str,
    pub(super) heading: &'static str,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) most: u64,
    pub(super) width: usize,
    pub(super) columns: Vec<Column>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Column {
    pub(super) label: String,
    pub(super) users: u64,
    pub(super) x: usize,
    pub(super) y: u64,
    pub(super) height: u64,
}

impl Months {
    /// Returns the chart of users by months such as `2026-11`; `None` without users.
    pub(super) fn new(sign_ups: &BTreeMap<String, u64>) -> Option<Self> {
        let first = month(sign_ups.keys().next()?)?;
        let last = month(sign_ups.keys().next_back()?)?;
        let of_months: Vec<(String, u64)> =
            months(first, last).map(|name| (name.clone(), users(sign_ups, &name))).collect();
        match of_months.len() <= MOST_MONTHS {
            true => Self::of("month", "Month", of_months),
            false => Self::of("year", "Year", by_year(of_months)),
        }
    }

    fn of(unit: &'static str, heading: &'static str, counts: Vec<(String, u64)>) -> Option<Self> {
        let most = counts.iter().map(|(_, users)| *users).max()?;
        let (first, last) = (counts.first()?.0.clone(), counts.last()?.0.clone());
        let width = counts.len().saturating_mul(STEP);
        let column = |(place, (label, users)): (usize, (String, u64))| {
            let height = users.saturating_mul(HEIGHT).checked_div(most).unwrap_or_default();
            let height = if users > 0 { height.max(1) } else { 0 };
            let x = place.saturating_mul(STEP).saturating_add(1);
            Column { label, users, x, y: 100_u64.saturating_sub(height), height }
        };
        let columns = counts.into_iter().enumerate().map(column).collect();
        Some(Self { unit, heading, first, last, most, width, columns })
    }
}

fn users(sign_ups: &BTreeMap<String, u64>, name: &str) -> u64 {
    sign_ups.get(name).copied().unwrap_or_default()
}

/// Returns the number of a month since the year 0.
fn month(name: &str) -> Option<u32> {
    let (year, month) = name.split_once('-')?;
    let (year, month): (u32, u32) = (year.parse().ok()?, month.parse().ok()?);
    let is_month = (1..=12).contains(&month) && year < 10_000;
    is_month.then(|| year.saturating_mul(12).saturating_add(month).saturating_sub(1))
}

/// Returns the names of all months of a period, including those without users.
fn months(first: u32, last: u32) -> impl Iterator<Item = String> {
    (first..=last).map(|number| format!("{:04}-{:02}", number / 12, number % 12 + 1))
}

fn by_year(months: Vec<(String, u64)>) -> Vec<(String, u64)> {
    let mut years: Vec<(String, u64)> = Vec::new();
    for (month, users) in months {
        let year = month.split('-').next().unwrap_or_default();
        match years.last_mut() {
            Some((known, sum)) if known == year => *sum = sum.saturating_add(users),
            _ => years.push((year.to_owned(), users)),
        }
    }
    years
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(sign_ups: &[(&str, u64)]) -> Option<Months> {
        let sign_ups = sign_ups.iter().map(|(month, users)| ((*month).to_owned(), *users));
        Months::new(&sign_ups.collect())
    }

    #[test]
    fn months_without_sign_ups_are_columns_too() {
        let chart = chart(&[("2025-11", 4), ("2026-02", 8)]).unwrap();
        let columns = chart.columns.iter().map(|column| (&*column.label, column.height));
        let expected = [("2025-11", 48), ("2025-12", 0), ("2026-01", 0), ("2026-02", 96)];
        assert_eq!(columns.collect::<Vec<_>>(), expected);
        assert_eq!((chart.most, chart.width), (8, 40));
    }

    #[test]
    fn long_times_are_drawn_by_years() {
        let chart = chart(&[("2018-01", 1), ("2018-05", 2), ("2026-02", 8)]).unwrap();
        let columns: Vec<_> =
            chart.columns.iter().map(|column| (&*column.label, column.users)).collect();
        assert_eq!(columns.len(), 9);
        assert_eq!((chart.unit, columns[0], columns[8]), ("year", ("2018", 3), ("2026", 8)));
    }

    #[test]
    fn small_numbers_are_visible_and_malformed_months_are_none() {
        let chart = chart(&[("2026-01", 1), ("2026-02", 1_000_000)]).unwrap();
        assert_eq!(chart.columns[0].height, 1);
        assert_eq!(Months::new(&BTreeMap::new()), None);
        assert_eq!(Months::new(&BTreeMap::from([("soon".to_owned(), 1)])), None);
    }
}
