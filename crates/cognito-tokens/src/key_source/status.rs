//! The state of a key source for metrics, and its set for another process.

use std::sync::atomic::Ordering;
use std::time::{Duration, UNIX_EPOCH};

use cognito_types::Moment;
use serde::{Deserialize, Serialize};

use super::{Document, KEY_SET_OUTAGE_LIMIT, KeySource, Published};
use crate::fetch::FetchError;
use crate::fetched::State;

/// The state of the key set at one URL, for metrics and health checks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeySetStatus {
    /// The URL; empty for a fixed set.
    pub uri: String,
    /// The number of usable keys.
    pub keys: usize,
    /// The age of the set; `None` before the first successful fetch.
    pub age: Option<Duration>,
    /// True if the pool uses this URL.
    ///
    /// False if the pool has keys from another URL and this one has never had any:
    /// either no token required them, or the service refused them with status 403. The service
    /// does so for the UPDATED issuer of a pool that does not use it.
    pub in_use: bool,
    /// The number of fetches.
    pub fetches: u64,
    /// The number of failed fetches; 0 for a URL that is not in use.
    pub failures: u64,
    /// The error of the last fetch; `None` after a success, and for a URL that is not in use.
    pub last_failure: Option<FetchError>,
}

/// A fetched set in its saved form.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct SavedKeySet {
    pub(crate) uri: String,
    /// Seconds since 1970.
    fetched_at: u64,
    jwks: String,
}

impl KeySource {
    /// Returns the URL; empty for a fixed set.
    pub(crate) fn uri(&self) -> &str {
        match self {
            Self::Fixed(_) => "",
            Self::Published(published) => &published.document.address().uri,
        }
    }

    pub(crate) fn has_keys(&self) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Published(published) => published.has_keys(),
        }
    }

    /// Returns the state, given whether the pool has keys from any URL.
    pub(crate) fn status(&self, pool_has_keys: bool) -> KeySetStatus {
        match self {
            Self::Fixed(document) => KeySetStatus {
                uri: String::new(),
                keys: document.keys.len(),
                age: Some(Duration::ZERO),
                in_use: true,
                fetches: 0,
                failures: 0,
                last_failure: None,
            },
            Self::Published(published) => published.status(pool_has_keys),
        }
    }

    pub(crate) fn save(&self) -> Option<SavedKeySet> {
        let Self::Published(published) = self else {
            return None;
        };
        let uri = published.document.address().uri.clone();
        published.document.with(|state| {
            let good = state.good.as_ref()?;
            let fetched_at = good.fetched.wall.duration_since(UNIX_EPOCH).ok()?.as_secs();
            Some(SavedKeySet { uri, fetched_at, jwks: good.document.text.clone() })
        })
    }

    /// Imports a saved set of this URL, unless it is too old or the cached set is newer.
    pub(crate) fn restore(&self, saved: &SavedKeySet) -> bool {
        match self {
            Self::Published(published) if saved.uri == self.uri() => published.restore(saved),
            _ => false,
        }
    }
}

impl Published {
    fn status(&self, pool_has_keys: bool) -> KeySetStatus {
        let now = self.document.now();
        let requested = self.shared.requested.load(Ordering::Relaxed);
        self.document.with(|state| {
            let in_use = state.good.is_some() || !pool_has_keys || requested && !state.is_refused();
            let failure = state.failure.as_ref().filter(|_| in_use);
            KeySetStatus {
                uri: self.document.address().uri.clone(),
                keys: state.good.as_ref().map_or(0, |good| good.document.keys.len()),
                age: state.good.as_ref().map(|good| good.age(&now)),
                in_use,
                fetches: state.fetches,
                failures: if in_use { state.failures } else { 0 },
                last_failure: failure.map(|failure| failure.error.clone()),
            }
        })
    }

    fn restore(&self, saved: &SavedKeySet) -> bool {
        let now = self.document.now();
        let Some((document, fetched)) = read(saved, &now) else {
            return false;
        };
        self.document.with(|state| {
            let age = now.since(&fetched);
            let younger = state.good.as_ref().is_none_or(|kept| kept.age(&now) > age);
            if younger {
                state.restore(document, fetched);
            }
            younger
        })
    }
}

impl Published {
    /// Returns whether the service refused the last fetch.
    pub(crate) fn is_refused(&self) -> bool {
        self.document.with(|state| state.is_refused())
    }
}

impl State<Document> {
    fn is_refused(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.error.is_refusal())
    }
}

fn read(saved: &SavedKeySet, now: &Moment) -> Option<(Document, Moment)> {
    let wall = UNIX_EPOCH.checked_add(Duration::from_secs(saved.fetched_at))?;
    // A set from the future is refused.
    let age = now.wall.duration_since(wall).ok()?;
    let document = super::parse(saved.jwks.clone()).ok()?;
    (age < KEY_SET_OUTAGE_LIMIT).then(|| (document, now.back_to(wall)))
}
