//! The builder of quotas.

use std::collections::BTreeMap;
use std::sync::Arc;

use cognito_types::QuotaCategory;

use super::{DEFAULT_RESERVE, Inner, Quota, Settings};

/// A builder of a [`Quota`], from [`Quota::builder`].
#[derive(Clone)]
#[must_use]
pub struct QuotaBuilder {
    settings: Settings,
}

impl QuotaBuilder {
    /// Sets the limit of a category, in requests per second, in place of the default limit of a new
    /// account.
    pub fn limit(mut self, category: QuotaCategory, per_second: u32) -> Self {
        self.settings.set_limit(category, per_second, true);
        self
    }

    /// Sets the part of each limit, from 0 to 1, that is reserved for live traffic: sign-ins of
    /// users and other programs of the account. With 1, requests wait until the reserve is reduced.
    /// A value that is not a number counts as [`DEFAULT_RESERVE`].
    pub fn reserve(mut self, reserve: f64) -> Self {
        self.settings.set_reserve(reserve);
        self
    }

    /// Reserves nothing, for times at which no other program of the account sends requests.
    pub fn exclusive(self) -> Self {
        self.reserve(0.0)
    }

    /// Uses the n-th part of each rate, for one of n programs that run concurrently. 0 counts as 1.
    pub fn workers(mut self, workers: u32) -> Self {
        self.settings.workers = workers.max(1);
        self
    }

    /// Takes permits from rates that are shared with all programs that use these permits.
    ///
    /// The number of [`workers`](Self::workers) then divides only the rates of one user and of one
    /// operation in one pool, which are not shared, and the rates of the fallback while Redis
    /// cannot be reached.
    #[cfg(feature = "redis")]
    pub fn shared(mut self, permits: super::RedisPermits) -> Self {
        self.settings.shared = Some(permits);
        self
    }

    /// Creates the quotas.
    pub fn build(self) -> Quota {
        Quota { inner: Arc::new(Inner::new(self.settings)) }
    }
}

impl Default for QuotaBuilder {
    fn default() -> Self {
        let settings = Settings {
            limits: BTreeMap::new(),
            reserve: DEFAULT_RESERVE,
            workers: 1,
            #[cfg(feature = "redis")]
            shared: None,
        };
        Self { settings }
    }
}

impl std::fmt::Debug for QuotaBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Settings { reserve, workers, .. } = &self.settings;
        let mut debug = f.debug_struct("QuotaBuilder");
        debug.field("reserve", reserve).field("workers", workers).finish_non_exhaustive()
    }
}
