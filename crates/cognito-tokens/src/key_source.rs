//! The source of a key set, with one rule for its age in every kind of verification.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use cognito_types::{Clock, Moment};

use crate::error::VerifyError;
use crate::fetch::{Address, FetchError};
use crate::fetched::{Fetched, Good, Need, State, WeakFetched};
use crate::key_set::KeySet;

mod status;
#[cfg(test)]
mod tests;

pub use status::KeySetStatus;
pub(crate) use status::SavedKeySet;

/// The age at which one caller fetches a set again while others continue to use it.
pub const KEY_SET_REFRESH_AGE: Duration = Duration::from_secs(50 * 60);

/// The age up to which a fetched set is used without fetching it again.
pub const KEY_SET_MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// The age up to which the last good set is used while fetches fail, and by methods that
/// never fetch.
pub const KEY_SET_OUTAGE_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The shortest time between two fetches for unknown keys.
pub const UNKNOWN_KEY_COOLDOWN: Duration = Duration::from_secs(30);

/// The age of a set from which a missing key may be new. Within each [`UNKNOWN_KEY_COOLDOWN`], one
/// token that was issued after the set was fetched causes another fetch, so that a key rotation is
/// noticed during a flood of bogus keys.
pub const ROTATION_GRACE: Duration = Duration::from_secs(5);

/// A key set with its text, which can be saved for another process.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) keys: KeySet,
    text: String,
}

/// The source of the keys of an issuer.
#[derive(Clone)]
pub(crate) enum KeySource {
    /// A fixed set.
    Fixed(Arc<Document>),
    /// The set at a URL.
    Published(Published),
}

/// The key set at one URL.
#[derive(Clone)]
pub(crate) struct Published {
    document: Fetched<Document>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// The time of the last additional fetch for a new key within the cooldown.
    grace_used: Mutex<Option<Moment>>,
    /// True once a token of the issuer has been received.
    requested: AtomicBool,
}

/// The required age of a set for one token.
enum KeyNeed {
    Set(Need),
    /// A new set, which [`ROTATION_GRACE`] allows for one token within each cooldown.
    InGrace,
}

/// The token for which keys are needed.
#[derive(Clone, Copy)]
pub(crate) struct KeyRequest<'a> {
    pub(crate) kid: &'a str,
    pub(crate) issued_at: Option<SystemTime>,
}

impl KeySource {
    pub(crate) fn new(address: Address, clock: Arc<dyn Clock>) -> Self {
        let document = Fetched::new(address, parse, |_| false, clock);
        Self::Published(Published { document, shared: Arc::default() })
    }

    /// Creates a source with a fixed set.
    pub(crate) fn fixed(keys: KeySet) -> Self {
        Self::Fixed(Arc::new(Document { keys, text: String::new() }))
    }

    /// Returns a set that is current enough for the token, and fetches it if necessary.
    pub(crate) async fn keys_for(
        &self,
        request: KeyRequest<'_>,
        now: &Moment,
    ) -> Result<Arc<Document>, VerifyError> {
        match self {
            Self::Fixed(document) => Ok(Arc::clone(document)),
            Self::Published(published) => published.keys_for(request, now).await,
        }
    }

    /// Returns the cached set by the same rule, without fetching.
    pub(crate) fn kept(&self, kid: &str, now: &Moment) -> Result<Arc<Document>, VerifyError> {
        match self {
            Self::Fixed(document) => Ok(Arc::clone(document)),
            Self::Published(published) => published.kept(kid, now),
        }
    }

    /// Fetches the set unless it is current.
    pub(crate) async fn prefetch(&self) -> Result<(), FetchError> {
        match self {
            Self::Fixed(_) => Ok(()),
            Self::Published(published) => published.prefetch().await,
        }
    }

    /// Returns a weak reference; `None` for a fixed set.
    pub(crate) fn downgrade(&self) -> Option<WeakKeySource> {
        match self {
            Self::Fixed(_) => None,
            Self::Published(Published { document, shared }) => {
                let (document, shared) = (document.downgrade(), Arc::clone(shared));
                Some(WeakKeySource { document, shared })
            }
        }
    }
}

/// A weak reference to a source.
pub(crate) struct WeakKeySource {
    document: WeakFetched<Document>,
    shared: Arc<Shared>,
}

impl WeakKeySource {
    pub(crate) fn upgrade(&self) -> Option<Published> {
        let document = self.document.upgrade()?;
        Some(Published { document, shared: Arc::clone(&self.shared) })
    }
}

impl Published {
    async fn keys_for(
        &self,
        request: KeyRequest<'_>,
        now: &Moment,
    ) -> Result<Arc<Document>, VerifyError> {
        self.document.address().check()?;
        self.shared.requested.store(true, Ordering::Relaxed);
        let need = |state: &State<Document>| match self.need(state, request, now) {
            KeyNeed::Set(need) => need,
            KeyNeed::InGrace => {
                self.use_grace(now);
                Need::New
            }
        };
        let fetched = self.document.get(now, need).await;
        fetched.or_else(|error| {
            let kept = self.usable(&self.document.now(), |good| good.has(request.kid));
            kept.ok_or(VerifyError::KeysUnavailable(error))
        })
    }

    fn kept(&self, kid: &str, now: &Moment) -> Result<Arc<Document>, VerifyError> {
        self.document.address().check()?;
        // An overdue set does not show that a missing key does not exist.
        let answers = |good: &Good<Document>| good.has(kid) || good.age(now) < KEY_SET_MAX_AGE;
        self.usable(now, answers).ok_or(VerifyError::KeysNotFetched)
    }

    pub(crate) async fn prefetch(&self) -> Result<(), FetchError> {
        let now = self.document.now();
        let current = |good: &Good<Document>| good.age(&now) < KEY_SET_REFRESH_AGE;
        let need = |state: &State<Document>| match &state.good {
            Some(good) if current(good) => Need::Kept,
            _ => Need::New,
        };
        self.document.get(&now, need).await.map(drop)
    }

    pub(crate) fn has_keys(&self) -> bool {
        self.document.with(|state| state.good.is_some())
    }

    fn need(&self, state: &State<Document>, request: KeyRequest<'_>, now: &Moment) -> KeyNeed {
        let Some(good) = state.good.as_ref().filter(|good| good.is_usable(now)) else {
            return KeyNeed::Set(Need::New);
        };
        let (has_key, age) = (good.has(request.kid), good.age(now));
        if !has_key && age < UNKNOWN_KEY_COOLDOWN && self.is_in_grace(request, good, now) {
            return KeyNeed::InGrace;
        }
        KeyNeed::Set(match has_key {
            true if age < KEY_SET_REFRESH_AGE => Need::Kept,
            true if age < KEY_SET_MAX_AGE || state.failure.is_some() => Need::Refresh,
            // A fetch that another caller has started, here or on another runtime, may get the key.
            false if age < UNKNOWN_KEY_COOLDOWN && !state.may_be_outdated() => Need::Kept,
            _ => Need::New,
        })
    }

    /// Returns whether a missing key may be new: the token was issued after the set was fetched,
    /// and no other token has caused another fetch within the cooldown.
    fn is_in_grace(&self, request: KeyRequest<'_>, good: &Good<Document>, now: &Moment) -> bool {
        let issued_since = request.issued_at.is_some_and(|issued| issued > good.fetched.wall);
        let used = *self.shared.grace_used.lock().unwrap_or_else(PoisonError::into_inner);
        let used_up = used.is_some_and(|used| now.since(&used) < UNKNOWN_KEY_COOLDOWN);
        good.age(now) >= ROTATION_GRACE && issued_since && !used_up
    }

    fn use_grace(&self, now: &Moment) {
        let mut used = self.shared.grace_used.lock().unwrap_or_else(PoisonError::into_inner);
        *used = Some(*now);
    }

    /// Returns the last good set, unless it is older than [`KEY_SET_OUTAGE_LIMIT`].
    fn usable(
        &self,
        now: &Moment,
        fits: impl FnOnce(&Good<Document>) -> bool,
    ) -> Option<Arc<Document>> {
        self.document.with(|state| {
            let good = state.good.as_ref().filter(|good| good.is_usable(now))?;
            fits(good).then(|| Arc::clone(&good.document))
        })
    }
}

impl Good<Document> {
    fn is_usable(&self, now: &Moment) -> bool {
        self.age(now) < KEY_SET_OUTAGE_LIMIT
    }

    fn has(&self, kid: &str) -> bool {
        self.document.keys.contains(kid)
    }
}

fn parse(text: String) -> Result<Document, FetchError> {
    let keys = KeySet::from_json(&text)
        .map_err(|error| FetchError::new("the response is not a key set").with_source(error))?;
    if keys.is_empty() {
        return Err(FetchError::new("the key set has no usable key"));
    }
    Ok(Document { keys, text })
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySource").field("uri", &self.uri()).finish_non_exhaustive()
    }
}
