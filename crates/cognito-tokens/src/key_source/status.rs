//! What a key source can tell of itself, and what it hands over to another process.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{Good, KEY_SET_OUTAGE_LIMIT, KeySource};
use crate::clock::Moment;
use crate::fetch::FetchError;

/// The state of the key set at one address, for metrics and health checks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeySetStatus {
    /// The address; empty for a fixed set.
    pub uri: String,
    /// How many usable keys there are.
    pub keys: usize,
    /// How old the set is; none before the first one came.
    pub age: Option<Duration>,
    /// How many fetches began.
    pub fetches: u64,
    /// How many of them failed.
    pub failures: u64,
    /// Why the last fetch failed; none after a success.
    pub last_failure: Option<Arc<FetchError>>,
}

/// A fetched set as it is saved.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct SavedKeySet {
    pub(crate) uri: String,
    /// Seconds since 1970.
    fetched_at: u64,
    jwks: String,
}

impl KeySource {
    pub(crate) fn status(&self) -> KeySetStatus {
        let now = Moment::now(&*self.inner.clock);
        let state = self.inner.lock();
        KeySetStatus {
            uri: self.inner.uri.clone(),
            keys: state.good.as_ref().map_or(0, |good| good.keys.len()),
            age: state.good.as_ref().map(|good| good.age(&now)),
            fetches: state.fetches,
            failures: state.failures,
            last_failure: state.failure.as_ref().map(|failure| Arc::clone(&failure.error)),
        }
    }

    pub(crate) fn save(&self) -> Option<SavedKeySet> {
        let state = self.inner.lock();
        let Good { text, fetched, .. } = state.good.as_ref().filter(|_| !self.inner.fixed)?;
        let fetched_at = fetched.wall.duration_since(UNIX_EPOCH).ok()?.as_secs();
        Some(SavedKeySet { uri: self.inner.uri.clone(), fetched_at, jwks: text.clone() })
    }

    /// Takes over a saved set of this address, unless it is too old or the one at hand is younger.
    pub(crate) fn restore(&self, saved: &SavedKeySet) -> bool {
        if saved.uri != self.inner.uri || self.inner.fixed {
            return false;
        }
        let now = Moment::now(&*self.inner.clock);
        let Some(good) = Good::restore(saved, &now) else {
            return false;
        };
        let mut state = self.inner.lock();
        if state.good.as_ref().is_some_and(|at_hand| at_hand.age(&now) <= good.age(&now)) {
            return false;
        }
        state.good = Some(good);
        true
    }
}

impl Good {
    fn restore(saved: &SavedKeySet, now: &Moment) -> Option<Self> {
        let wall = UNIX_EPOCH.checked_add(Duration::from_secs(saved.fetched_at))?;
        let age = age_of(wall, now.wall)?;
        let (keys, text) = super::parse(saved.jwks.clone()).ok()?;
        // The monotonic clock began with this process, so that only the wall clock tells the age.
        let fetched = Moment { wall, elapsed: now.elapsed };
        (age < KEY_SET_OUTAGE_LIMIT).then_some(Self { keys, text, fetched })
    }
}

/// Nothing was fetched in the future.
fn age_of(fetched: SystemTime, now: SystemTime) -> Option<Duration> {
    now.duration_since(fetched).ok()
}
