//! Request rate quotas: the rates of categories, and counters of requests.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cognito_types::QuotaCategory;

/// Request rates by category, for [`EmulatorBuilder::quotas`](crate::EmulatorBuilder::quotas).
///
/// The default rates are those of a new account. They can be parsed from a JSON object with rates
/// by category, in which missing categories have their default.
///
/// ```
/// use cognito_emulator::{QuotaCategory, Quotas};
///
/// let quotas: Quotas = r#"{ "UserList": 5 }"#.parse()?;
/// assert_eq!(quotas.rate_of(QuotaCategory::UserList), 5);
/// assert_eq!(quotas.rate_of(QuotaCategory::UserCreation), 50);
/// # Ok::<(), cognito_emulator::InvalidQuotas>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    rates: BTreeMap<QuotaCategory, u32>,
}

impl Quotas {
    /// Sets the rate of a category, in requests per second.
    #[must_use]
    pub fn rate(mut self, category: QuotaCategory, per_second: u32) -> Self {
        self.rates.insert(category, per_second);
        self
    }

    /// Returns the rate of a category, in requests per second.
    pub fn rate_of(&self, category: QuotaCategory) -> u32 {
        self.rates.get(&category).copied().unwrap_or_else(|| category.default_rate())
    }
}

impl FromStr for Quotas {
    type Err = InvalidQuotas;

    fn from_str(json: &str) -> Result<Self, InvalidQuotas> {
        let rates = serde_json::from_str(json).map_err(InvalidQuotas)?;
        Ok(Self { rates })
    }
}

/// The error for a text that is not a JSON object of categories and rates.
#[derive(Debug)]
pub struct InvalidQuotas(serde_json::Error);

impl fmt::Display for InvalidQuotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the quotas must be a JSON object of categories and requests per second")
    }
}

impl std::error::Error for InvalidQuotas {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// The requests of a category since the start or the last reset.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaUsage {
    /// The category.
    pub category: QuotaCategory,
    /// The rate in requests per second; `None` if quotas are off.
    pub rate: Option<u32>,
    /// The number of requests, including rejected ones.
    pub requests: u64,
    /// The number of requests that were rejected because of the rate.
    pub throttled: u64,
}

/// A request to count.
pub(crate) struct Charge<'a> {
    pub(crate) category: QuotaCategory,
    pub(crate) allowance: Allowance,
    /// The operation and the counter of the pool, for operations that also have a limit per pool.
    pub(crate) in_pool: Option<(&'static str, &'a PoolMeter)>,
}

impl Charge<'_> {
    /// Returns the charge of a request without a limit per pool.
    pub(crate) fn of(category: QuotaCategory, allowance: Allowance) -> Self {
        Self { category, allowance, in_pool: None }
    }
}

/// The allowance that a request uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// The rate of the category.
    Rate,
    /// The allowance of challenge responses, and then the rate.
    Responses,
    /// The allowance of managed login codes, which equals the rate, and then the rate.
    Codes,
}

/// The number of challenge responses for each sign-in within the rate.
const RESPONSES: u32 = 3;

/// The counters of requests.
#[derive(Default)]
pub(crate) struct QuotaMeters {
    counts: BTreeMap<QuotaCategory, Count>,
    state: Mutex<MeterState>,
    quotas: Option<Quotas>,
}

#[derive(Default)]
struct Count {
    requests: AtomicU64,
    throttled: AtomicU64,
}

#[derive(Default)]
struct MeterState {
    /// Rates that UpdateProvisionedLimit has set.
    provisioned: BTreeMap<QuotaCategory, u32>,
    buckets: BTreeMap<QuotaCategory, Bucket>,
    responses: Bucket,
    codes: Bucket,
}

/// The counters of one pool, by operation.
#[derive(Default)]
pub(crate) struct PoolMeter(Mutex<BTreeMap<&'static str, Bucket>>);

impl PoolMeter {
    fn take(&self, operation: &'static str, now: Duration) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.entry(operation).or_default().take(QuotaCategory::RATE_IN_POOL, now)
    }
}

/// A token bucket with a capacity of one second, stored as the time at which it is full again.
#[derive(Default)]
struct Bucket(Duration);

impl Bucket {
    const SIZE: Duration = Duration::from_secs(1);

    /// Takes a token if one is available.
    fn take(&mut self, rate: u32, now: Duration) -> bool {
        let Some(interval) = Self::SIZE.checked_div(rate) else {
            return false;
        };
        let empty = now.saturating_add(Self::SIZE);
        // The clock was set back.
        if self.0 > empty {
            self.0 = now;
        }
        let full = self.0.max(now).saturating_add(interval);
        let is_taken = full <= empty;
        if is_taken {
            self.0 = full;
        }
        is_taken
    }
}

impl QuotaMeters {
    /// Creates counters that reject requests over the rates; with `None` they only count.
    pub(crate) fn new(quotas: Option<Quotas>) -> Self {
        let counts = QuotaCategory::ALL.iter().map(|category| (*category, Count::default()));
        Self { counts: counts.collect(), state: Mutex::default(), quotas }
    }

    /// Counts a request, and returns whether the rates allow it.
    pub(crate) fn admit(&self, charge: &Charge<'_>, now: Duration) -> bool {
        let is_admitted = self.quotas.is_none() || {
            let mut state = self.lock();
            let rate = self.rate(&state, charge.category);
            state.admit(charge, rate, now)
        };
        if let Some(count) = self.counts.get(&charge.category) {
            count.requests.fetch_add(1, Ordering::Relaxed);
            count.throttled.fetch_add(u64::from(!is_admitted), Ordering::Relaxed);
        }
        is_admitted
    }

    /// Returns the rate that UpdateProvisionedLimit has set, or else the rate of the quotas.
    pub(crate) fn provisioned_rate(&self, category: QuotaCategory) -> u32 {
        self.rate(&self.lock(), category)
    }

    fn rate(&self, state: &MeterState, category: QuotaCategory) -> u32 {
        let of_quotas = || self.quotas.as_ref().map(|quotas| quotas.rate_of(category));
        let rate = state.provisioned.get(&category).copied().or_else(of_quotas);
        rate.unwrap_or_else(|| category.default_rate())
    }

    pub(crate) fn provision(&self, category: QuotaCategory, rate: u32) {
        self.lock().provisioned.insert(category, rate);
    }

    /// Returns the rates that UpdateProvisionedLimit has set.
    pub(crate) fn provisioned(&self) -> BTreeMap<QuotaCategory, u32> {
        self.lock().provisioned.clone()
    }

    /// Restores the rates that UpdateProvisionedLimit had set.
    pub(crate) fn restore(&self, provisioned: BTreeMap<QuotaCategory, u32>) {
        self.lock().provisioned = provisioned;
    }

    /// Returns the number of requests of every category.
    pub(crate) fn usage(&self) -> Vec<QuotaUsage> {
        let state = self.lock();
        let usage = self.counts.iter().map(|(category, count)| QuotaUsage {
            category: *category,
            rate: self.quotas.as_ref().map(|_| self.rate(&state, *category)),
            requests: count.requests.load(Ordering::Relaxed),
            throttled: count.throttled.load(Ordering::Relaxed),
        });
        usage.collect()
    }

    /// Resets all counts and provisioned rates.
    pub(crate) fn reset(&self) {
        *self.lock() = MeterState::default();
        for count in self.counts.values() {
            count.requests.store(0, Ordering::Relaxed);
            count.throttled.store(0, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, MeterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MeterState {
    fn admit(&mut self, charge: &Charge<'_>, rate: u32, now: Duration) -> bool {
        let Charge { category, allowance, in_pool } = charge;
        let has_taken = match allowance {
            Allowance::Rate => false,
            Allowance::Responses => self.responses.take(rate.saturating_mul(RESPONSES), now),
            Allowance::Codes => self.codes.take(rate, now),
        };
        if has_taken {
            return true;
        }
        let in_pool = in_pool.is_none_or(|(operation, meter)| meter.take(operation, now));
        in_pool && self.buckets.entry(*category).or_default().take(rate, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_700_000_000);

    fn admitted(bucket: &mut Bucket, rate: u32, now: Duration) -> usize {
        (0..1000).filter(|_| bucket.take(rate, now)).count()
    }

    #[test]
    fn a_bucket_holds_the_requests_of_one_second() {
        for rate in [1, 3, 120] {
            let (mut bucket, full) = (Bucket::default(), usize::try_from(rate).unwrap());
            assert_eq!(admitted(&mut bucket, rate, NOW), full);
            assert_eq!(admitted(&mut bucket, rate, NOW + Duration::from_secs(1) / rate), 1);
            assert_eq!(admitted(&mut bucket, rate, NOW + Duration::from_secs(60)), full);
        }
        assert_eq!(admitted(&mut Bucket::default(), 0, NOW), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_close_a_bucket() {
        let mut bucket = Bucket::default();
        assert_eq!(admitted(&mut bucket, 5, NOW), 5);
        assert_eq!(admitted(&mut bucket, 5, NOW - Duration::from_secs(3600)), 5);
    }

    #[test]
    fn responses_to_challenges_have_three_times_the_rate_and_then_share_it() {
        let quotas = Quotas::default().rate(QuotaCategory::UserAuthentication, 2);
        let meters = QuotaMeters::new(Some(quotas));
        let charge = |allowance| Charge::of(QuotaCategory::UserAuthentication, allowance);
        let admitted =
            |allowance| (0..100).filter(|_| meters.admit(&charge(allowance), NOW)).count();
        assert_eq!(admitted(Allowance::Responses), 8);
        assert_eq!(admitted(Allowance::Rate), 0);
        assert_eq!(admitted(Allowance::Codes), 2, "codes have an allowance of the same size");
        assert_eq!(meters.usage()[0].requests, 300);
        assert_eq!(meters.usage()[0].throttled, 290);
    }

    #[test]
    fn quotas_are_read_from_json() {
        for bad in
            ["", "[]", r#"{ "UserLst": 1 }"#, r#"{ "UserList": -1 }"#, r#"{ "UserList": "1" }"#]
        {
            assert!(bad.parse::<Quotas>().is_err(), "{bad}");
        }
        assert_eq!("{}".parse::<Quotas>().unwrap(), Quotas::default());
    }
}
