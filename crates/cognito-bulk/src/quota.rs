//! The quota engine: permits to send requests, at the rates that the account's quotas allow.

mod builder;
mod latency;
mod meter;
mod narrow;
mod pace;
#[cfg(feature = "redis")]
mod shared;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cognito_core::{
    AttemptOutcome, Error, ErrorKind, Permits, RequestAttempt, UserPoolId, UserPools,
};
use cognito_types::{BoxFuture, QuotaCategory};
use tokio::sync::watch;
use tokio::time::Instant;

pub use self::builder::QuotaBuilder;
use self::latency::Latencies;
use self::meter::Meter;
use self::narrow::{NarrowPace, NarrowPaces};
use self::pace::Pace;
#[cfg(feature = "redis")]
pub use self::shared::RedisPermits;
use crate::patience::{PERMIT_TIMEOUT, patiently};

/// The maximum part of a limit that is used. The rest avoids throttling of requests that arrive
/// closer together than they were sent.
pub const MAX_UTILIZATION: f64 = 0.96;

/// The part of each limit that is reserved for live traffic by default.
pub const DEFAULT_RESERVE: f64 = 0.5;

/// The limit of reads, and of writes, of one user, in requests per second.
pub const LIMIT_OF_USER: u32 = 10;

/// The request rate quotas of an account in a Region, which issue permits for requests.
///
/// Requests of one [`QuotaCategory`] share a rate, across all pools of the account. A client waits
/// for a permit before every attempt (`Admin::with_permits`). Permits are evenly spaced, and
/// callers get them in the order of their arrival. Throttling reduces the rate of a category to 70
/// %, and 1 % of the rate is restored every second. Clones share the quotas: give one clone to
/// every client of a program.
///
/// Half of each limit is reserved for live traffic unless [`QuotaBuilder::reserve`] or
/// [`QuotaBuilder::exclusive`] is set. Limits are the documented ones of a new account, unless they
/// are set or loaded by [`load_provisioned`](Self::load_provisioned). Categories of identity pools
/// are not limited: no client waits for permits for their requests.
///
/// ```
/// # mod cognito { pub use cognito_core::Admin; pub mod bulk { pub use cognito_bulk::*; } }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// use cognito::bulk::{Quota, QuotaCategory};
///
/// let quota = Quota::builder().limit(QuotaCategory::UserRead, 200).reserve(0.25).build();
/// let admin = admin.with_permits(quota.clone()); // its requests stay within three quarters
/// admin.create_user("bob").suppress_invitation().await?;
/// assert_eq!(quota.usage(QuotaCategory::UserCreation).permits, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Quota {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Mutex<Settings>,
    categories: BTreeMap<QuotaCategory, Metered>,
    /// The rates of operations in pools.
    in_pools: NarrowPaces<(UserPoolId, String)>,
    of_users: NarrowPaces<(Option<UserPoolId>, String, Access)>,
    /// True while the store of shared permits cannot be reached.
    outages: Arc<watch::Sender<bool>>,
}

/// The kind of access to one user: reads and writes have separate rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Access {
    Read,
    Write,
}

/// The limits, and the part of them that is used.
#[derive(Clone)]
struct Settings {
    limits: BTreeMap<QuotaCategory, Limit>,
    reserve: f64,
    workers: u32,
    #[cfg(feature = "redis")]
    shared: Option<RedisPermits>,
}

/// A limit in requests per second.
#[derive(Clone, Copy)]
struct Limit {
    rate: u32,
    /// True if the program has set the limit: loaded limits do not replace it.
    is_set: bool,
}

/// The meter of a category, and its counters.
struct Metered {
    meter: Arc<Meter>,
    permits: AtomicU64,
    throttled: AtomicU64,
    latencies: Mutex<Latencies>,
}

/// The use of a category since the quotas were created.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CategoryUsage {
    /// The limit of the account, in requests per second.
    pub limit: u32,
    /// The current rate of permits per second, which is reduced after throttling.
    pub rate: f64,
    /// The number of permits that were taken.
    pub permits: u64,
    /// The number of attempts that the service has throttled.
    pub throttled: u64,
}

impl Quota {
    /// Returns a builder with the default settings.
    pub fn builder() -> QuotaBuilder {
        QuotaBuilder::default()
    }

    /// Loads the limits of adjustable categories that the program has not set
    /// (GetProvisionedLimit).
    ///
    /// Takes more than a second for each category, and longer with a reserve or workers, because
    /// the operation is limited to one request per second. Categories that are not adjustable keep
    /// their limits. After an error, all categories keep them.
    ///
    /// Permission `cognito-idp:GetProvisionedLimit`; quota LimitManagement.
    ///
    /// # Errors
    ///
    /// As all methods of [`UserPools`].
    pub async fn load_provisioned(
        &self,
        pools: &UserPools,
        categories: impl IntoIterator<Item = QuotaCategory> + Send,
    ) -> Result<(), Error> {
        let pools = pools.with_permits(self.clone());
        let categories: Vec<QuotaCategory> = categories.into_iter().collect();
        for category in categories {
            if !category.is_adjustable() || self.inner.settings().is_set(category) {
                continue;
            }
            let limit =
                patiently(|| pools.provisioned_limit(category.as_str()).timeout(PERMIT_TIMEOUT));
            let limit = limit.await?;
            if let Ok(rate) = limit.provisioned_limit_value.try_into() {
                self.inner.change(|settings| settings.set_limit(category, rate, false));
            }
        }
        Ok(())
    }

    /// Sets the limit of a category, in requests per second. It also applies to callers that
    /// already wait.
    pub fn set_limit(&self, category: QuotaCategory, per_second: u32) {
        self.inner.change(|settings| settings.set_limit(category, per_second, true));
    }

    /// Sets the part of each limit that is reserved for live traffic, like
    /// [`QuotaBuilder::reserve`]. It also applies to callers that already wait.
    pub fn set_reserve(&self, reserve: f64) {
        self.inner.change(|settings| settings.set_reserve(reserve));
    }

    /// Returns the use of a category.
    pub fn usage(&self, category: QuotaCategory) -> CategoryUsage {
        let limit = self.inner.settings().limit(category);
        let Some(metered) = self.inner.categories.get(&category) else {
            return CategoryUsage { limit, rate: 0.0, permits: 0, throttled: 0 };
        };
        CategoryUsage {
            limit,
            rate: metered.meter.rate(),
            permits: metered.permits.load(Ordering::Relaxed),
            throttled: metered.throttled.load(Ordering::Relaxed),
        }
    }

    /// Returns a receiver of the current state of the store of shared permits: true while it cannot
    /// be reached.
    pub(crate) fn outages(&self) -> watch::Receiver<bool> {
        self.inner.outages.subscribe()
    }

    /// Returns the number of concurrent requests that use the current rate of a category.
    ///
    /// By Little's law this is the rate times the latency of a request, for which the 95th
    /// percentile of recent requests is used.
    pub fn concurrency(&self, category: QuotaCategory) -> usize {
        self.inner
            .categories
            .get(&category)
            .map_or(1, |metered| metered.latencies().concurrency(metered.meter.rate()))
    }
}

impl Permits for Quota {
    fn acquire<'a>(&'a self, attempt: RequestAttempt<'a>) -> BoxFuture<'a, ()> {
        Box::pin(self.inner.acquire(attempt))
    }

    fn finished(&self, attempt: RequestAttempt<'_>, outcome: AttemptOutcome) {
        self.inner.finished(attempt, outcome);
    }
}

impl Inner {
    fn new(settings: Settings) -> Self {
        let outages = Arc::default();
        let metered = |category| {
            let meter = settings.meter(category, &outages);
            let (permits, throttled) = (AtomicU64::new(0), AtomicU64::new(0));
            (category, Metered { meter, permits, throttled, latencies: Mutex::default() })
        };
        let categories = categories().map(metered).collect();
        let (in_pools, of_users) = (NarrowPaces::default(), NarrowPaces::default());
        Self { settings: Mutex::new(settings), categories, in_pools, of_users, outages }
    }

    async fn acquire(&self, attempt: RequestAttempt<'_>) {
        let category = self.category(attempt.operation);
        if let Some(metered) = self.categories.get(&category) {
            metered.meter.acquire(self.narrow(category, attempt).collect()).await;
            metered.permits.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn finished(&self, attempt: RequestAttempt<'_>, outcome: AttemptOutcome) {
        let category = self.category(attempt.operation);
        let Some(metered) = self.categories.get(&category) else { return };
        match outcome.error {
            // The service has not responded yet.
            None if outcome.is_dropped => {}
            None => metered.latencies().add(outcome.latency),
            Some(ErrorKind::Throttled) => {
                metered.throttled.fetch_add(1, Ordering::Relaxed);
                // The service does not report which of the rates was exceeded.
                self.narrow(category, attempt).for_each(|pace| pace.cut());
                metered.meter.cut();
                tracing::warn!(%category, operation = attempt.operation, "throttled");
            }
            Some(_) => {}
        }
    }

    /// Returns the category of an operation; for an unknown operation, the category with the
    /// smallest limit.
    fn category(&self, operation: &str) -> QuotaCategory {
        QuotaCategory::of(operation).unwrap_or_else(|| self.settings().smallest())
    }

    /// Returns the rates of the user and of the operation in the pool, if these are limited.
    fn narrow(
        &self,
        category: QuotaCategory,
        attempt: RequestAttempt<'_>,
    ) -> impl Iterator<Item = Arc<NarrowPace>> + use<> {
        let of_user = self.of_user(category, attempt);
        of_user.into_iter().chain(self.in_pool(category, attempt))
    }

    fn of_user(
        &self,
        category: QuotaCategory,
        attempt: RequestAttempt<'_>,
    ) -> Option<Arc<NarrowPace>> {
        let username = attempt.username?.to_owned();
        let key = (attempt.pool_id.cloned(), username, Access::of(category));
        Some(self.pace(&self.of_users, key, LIMIT_OF_USER))
    }

    fn in_pool(
        &self,
        category: QuotaCategory,
        attempt: RequestAttempt<'_>,
    ) -> Option<Arc<NarrowPace>> {
        let pool_id = attempt.pool_id.filter(|_| category.is_limited_in_pool())?;
        let key = (pool_id.clone(), attempt.operation.to_owned());
        Some(self.pace(&self.in_pools, key, QuotaCategory::RATE_IN_POOL))
    }

    /// Returns the rate of a key. The settings are locked meanwhile, so that a new rate misses no
    /// change of them.
    fn pace<K: Eq + Hash>(&self, paces: &NarrowPaces<K>, key: K, limit: u32) -> Arc<NarrowPace> {
        let settings = self.settings();
        paces.get(key, settings.rate(limit))
    }

    /// Changes the settings and all rates. Those of categories change last, because they wake the
    /// callers.
    fn change(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.settings();
        change(&mut settings);
        self.in_pools.set_rate(settings.rate(QuotaCategory::RATE_IN_POOL));
        self.of_users.set_rate(settings.rate(LIMIT_OF_USER));
        for (category, metered) in &self.categories {
            metered.meter.set_rate(settings.rate_of(*category));
        }
    }

    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Access {
    /// Returns whether requests of the category read or write a user.
    fn of(category: QuotaCategory) -> Self {
        match category {
            QuotaCategory::UserRead | QuotaCategory::UserResourceRead | QuotaCategory::UserList => {
                Self::Read
            }
            _ => Self::Write,
        }
    }
}

impl Metered {
    fn latencies(&self) -> MutexGuard<'_, Latencies> {
        self.latencies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Settings {
    fn limit(&self, category: QuotaCategory) -> u32 {
        self.limits.get(&category).map_or_else(|| category.default_rate(), |limit| limit.rate)
    }

    fn is_set(&self, category: QuotaCategory) -> bool {
        self.limits.get(&category).is_some_and(|limit| limit.is_set)
    }

    fn set_limit(&mut self, category: QuotaCategory, rate: u32, is_set: bool) {
        self.limits.insert(category, Limit { rate, is_set });
    }

    fn set_reserve(&mut self, reserve: f64) {
        let reserve = if reserve.is_nan() { DEFAULT_RESERVE } else { reserve };
        self.reserve = reserve.clamp(0.0, 1.0);
    }

    /// Returns the meter of a category.
    #[cfg_attr(not(feature = "redis"), allow(unused_variables))]
    fn meter(&self, category: QuotaCategory, outages: &Arc<watch::Sender<bool>>) -> Arc<Meter> {
        let rate = self.rate_of(category);
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.shared {
            return shared::meter(shared, category, rate, self.workers, outages);
        }
        Arc::new(Meter::new(Pace::new(rate, Instant::now())))
    }

    /// Returns the rate of permits for a category, which is not divided among workers if it is
    /// shared.
    fn rate_of(&self, category: QuotaCategory) -> f64 {
        let rate = self.rate(self.limit(category));
        #[cfg(feature = "redis")]
        if self.shared.is_some() {
            return rate * f64::from(self.workers);
        }
        rate
    }

    /// Returns the rate of permits for a limit.
    fn rate(&self, limit: u32) -> f64 {
        f64::from(limit) * MAX_UTILIZATION * (1.0 - self.reserve) / f64::from(self.workers)
    }

    /// Returns the category with the smallest limit, except that of provisioned limits: one request
    /// per second would delay a program too much for an operation that is merely new.
    fn smallest(&self) -> QuotaCategory {
        let all = categories().filter(|category| *category != QuotaCategory::LimitManagement);
        all.min_by_key(|category| self.limit(*category)).unwrap_or(QuotaCategory::UserPoolUpdate)
    }
}

/// Returns the categories of user pools. Only their requests need permits.
fn categories() -> impl Iterator<Item = QuotaCategory> {
    QuotaCategory::ALL.iter().copied().filter(|category| !category.is_of_identity_pools())
}

impl fmt::Debug for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quota").finish_non_exhaustive()
    }
}
