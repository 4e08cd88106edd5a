//! A key set that keeps itself current: fetched when needed, once for all who wait.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::Shared;

use crate::clock::{Clock, Moment};
use crate::error::VerifyError;
use crate::fetch::{FetchError, FetchKeys};
use crate::future::BoxFuture;
use crate::key_set::KeySet;

mod status;
#[cfg(test)]
mod tests;

pub use status::KeySetStatus;
pub(crate) use status::SavedKeySet;

/// The age at which a set is fetched anew by one caller, while others go on using it.
pub const KEY_SET_REFRESH_AGE: Duration = Duration::from_secs(50 * 60);

/// How long a fetched set is used without asking again.
pub const KEY_SET_MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// How long the last good set is used while the address cannot be reached.
pub const KEY_SET_OUTAGE_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The shortest time between two fetches for the sake of unknown keys.
pub const UNKNOWN_KEY_COOLDOWN: Duration = Duration::from_secs(30);

/// The age of a set at which a key that it lacks may be new: within each
/// [`UNKNOWN_KEY_COOLDOWN`], one token that was issued after the set was fetched has it fetched
/// again, so that a rotation of keys is seen though somebody floods the verifier with bogus keys.
pub const ROTATION_GRACE: Duration = Duration::from_secs(5);

/// The shortest time between a failed fetch and the next one; each further failure doubles it.
pub const FAILURE_BACK_OFF: Duration = Duration::from_secs(1);

/// The longest time between a failed fetch and the next one.
pub const MAX_FAILURE_BACK_OFF: Duration = Duration::from_secs(60);

/// A fetch that nobody has driven to its end for so long is given up for a new one.
const ABANDONED_AFTER: Duration = Duration::from_secs(10);

type Outcome = Result<Arc<KeySet>, Arc<FetchError>>;
type Fetch = Shared<BoxFuture<'static, Outcome>>;

/// The key set at one address.
#[derive(Clone)]
pub(crate) struct KeySource {
    inner: Arc<Inner>,
}

struct Inner {
    uri: String,
    /// Absent where no set is ever fetched.
    fetcher: Option<Arc<dyn FetchKeys>>,
    /// Whether the set was given once and for all.
    fixed: bool,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    good: Option<Good>,
    failure: Option<Failure>,
    /// The fetch under way and when it began. Whoever waits drives it, so that no one's leaving
    /// stops it.
    fetch: Option<(Fetch, Moment)>,
    /// When a set was last fetched within the cooldown for the sake of a new key.
    grace_used: Option<Moment>,
    /// How many fetches began; also the number of the last one.
    fetches: u64,
    failures: u64,
}

/// The last good set.
struct Good {
    keys: Arc<KeySet>,
    /// As it was fetched, to be saved for another process.
    text: String,
    fetched: Moment,
}

/// The last failure, after which no fetch has succeeded.
struct Failure {
    error: Arc<FetchError>,
    at: Moment,
    in_a_row: u32,
}

/// The token that keys are wanted for.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) kid: &'a str,
    pub(crate) issued_at: Option<SystemTime>,
}

enum Decision {
    Use(Arc<KeySet>),
    Fetch(Fetch),
    Fail(Arc<FetchError>),
}

impl KeySource {
    pub(crate) fn new(
        uri: String,
        fetcher: Option<Arc<dyn FetchKeys>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let state = Mutex::default();
        Self { inner: Arc::new(Inner { uri, fetcher, fixed: false, clock, state }) }
    }

    /// A source that has this set and never another.
    pub(crate) fn fixed(keys: KeySet, clock: Arc<dyn Clock>) -> Self {
        let fetched = Moment::now(&*clock);
        let good = Good { keys: Arc::new(keys), text: String::new(), fetched };
        let state = Mutex::new(State { good: Some(good), ..State::default() });
        let uri = String::new();
        Self { inner: Arc::new(Inner { uri, fetcher: None, fixed: true, clock, state }) }
    }

    /// The set at hand, if it is young enough and has the key.
    pub(crate) fn ready(&self, kid: &str, now: &Moment) -> Option<Arc<KeySet>> {
        let state = self.inner.lock();
        let good = state.good.as_ref()?;
        let limit = self.inner.max_age(KEY_SET_REFRESH_AGE);
        (good.age(now) < limit && good.keys.contains(kid)).then(|| Arc::clone(&good.keys))
    }

    /// A set that is as current as the rules ask, with the key if it can be had.
    pub(crate) async fn keys_for(&self, wanted: Wanted<'_>) -> Result<Arc<KeySet>, VerifyError> {
        match self.decide(Some(wanted)) {
            Decision::Use(keys) => Ok(keys),
            Decision::Fail(error) => Err(VerifyError::KeysUnavailable(error)),
            Decision::Fetch(fetch) => self.settle(fetch.await, wanted.kid),
        }
    }

    /// Fetches the set unless it is current.
    pub(crate) async fn prefetch(&self) -> Result<(), Arc<FetchError>> {
        match self.decide(None) {
            Decision::Use(_) => Ok(()),
            Decision::Fail(error) => Err(error),
            Decision::Fetch(fetch) => fetch.await.map(drop),
        }
    }

    /// The set that is there, if it may be used without fetching: it is current, or to fetch a new
    /// one was tried in vain.
    pub(crate) fn current(&self, now: &Moment) -> Option<Arc<KeySet>> {
        let state = self.inner.lock();
        let good = state.good.as_ref()?;
        let limit = match state.failure {
            Some(_) => KEY_SET_OUTAGE_LIMIT,
            None => KEY_SET_MAX_AGE,
        };
        (good.age(now) < self.inner.max_age(limit)).then(|| Arc::clone(&good.keys))
    }

    fn decide(&self, wanted: Option<Wanted<'_>>) -> Decision {
        let now = Moment::now(&*self.inner.clock);
        let mut state = self.inner.lock();
        if let Some(keys) = state.usable_without_fetch(&now, wanted, &self.inner) {
            return Decision::Use(keys);
        }
        if let Some(fetch) = state.fetch_under_way(&now) {
            return Decision::Fetch(fetch);
        }
        if let Some(error) = state.backing_off(&now) {
            return state.without_fetch(&now, wanted, error);
        }
        Decision::Fetch(self.inner.start_fetch(&mut state, now))
    }

    /// What a fetch that ended leaves to use: its set, else the last good one if it has the key.
    fn settle(&self, outcome: Outcome, kid: &str) -> Result<Arc<KeySet>, VerifyError> {
        outcome.or_else(|error| {
            let now = Moment::now(&*self.inner.clock);
            let good = self.inner.lock().usable(&now).filter(|keys| keys.contains(kid));
            good.ok_or(VerifyError::KeysUnavailable(error))
        })
    }
}

impl Inner {
    fn start_fetch(self: &Arc<Self>, state: &mut State, now: Moment) -> Fetch {
        state.fetches = state.fetches.saturating_add(1);
        let (fetcher, uri, number) = (self.fetcher.clone(), self.uri.clone(), state.fetches);
        // The future is kept in the state of the source, so it must not keep the source alive.
        let source = Arc::downgrade(self);
        let fetch = async move {
            let fetched = match fetcher {
                Some(fetcher) => fetcher.fetch(&uri).await,
                None => Err(FetchError::new("there is nothing to fetch it with")),
            };
            let outcome = fetched.and_then(parse).map_err(Arc::new);
            if let Some(source) = source.upgrade() {
                source.finish_fetch(number, &outcome);
            }
            outcome.map(|(keys, _)| keys)
        };
        let fetch = fetch.boxed().shared();
        state.fetch = Some((fetch.clone(), now));
        fetch
    }

    fn finish_fetch(&self, number: u64, outcome: &Result<(Arc<KeySet>, String), Arc<FetchError>>) {
        let now = Moment::now(&*self.clock);
        let mut state = self.lock();
        // One that was given up may end after its successor, with an older set.
        if number != state.fetches {
            return;
        }
        state.fetch = None;
        match outcome {
            Ok((keys, text)) => {
                let (keys, text) = (Arc::clone(keys), text.clone());
                state.good = Some(Good { keys, text, fetched: now });
                state.failure = None;
            }
            Err(error) => state.fail(Arc::clone(error), now),
        }
    }

    /// A fixed set does not age.
    fn max_age(&self, limit: Duration) -> Duration {
        if self.fixed { Duration::MAX } else { limit }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn usable_without_fetch(
        &mut self,
        now: &Moment,
        wanted: Option<Wanted<'_>>,
        inner: &Inner,
    ) -> Option<Arc<KeySet>> {
        let good = self.good.as_ref()?;
        let (keys, age) = (Arc::clone(&good.keys), good.age(now));
        if age >= inner.max_age(KEY_SET_MAX_AGE) {
            return None;
        }
        let enough = match wanted {
            Some(wanted) if !keys.contains(wanted.kid) => {
                inner.fixed || !self.may_look_for(wanted, now)
            }
            // One caller fetches ahead; the others need not wait for it.
            _ => {
                age < inner.max_age(KEY_SET_REFRESH_AGE)
                    || self.fetch_under_way(now).is_some()
                    || self.backing_off(now).is_some()
            }
        };
        enough.then_some(keys)
    }

    /// Whether a set may be fetched again for the sake of a key that the young one at hand lacks.
    fn may_look_for(&mut self, wanted: Wanted<'_>, now: &Moment) -> bool {
        let Some(good) = &self.good else {
            return true;
        };
        let age = good.age(now);
        if age >= UNKNOWN_KEY_COOLDOWN {
            return true;
        }
        let issued_since = wanted.issued_at.is_some_and(|issued| issued > good.fetched.wall);
        let used = self.grace_used.is_some_and(|used| now.since(&used) < UNKNOWN_KEY_COOLDOWN);
        if age < ROTATION_GRACE || !issued_since || used {
            return false;
        }
        self.grace_used = Some(*now);
        true
    }

    fn fetch_under_way(&self, now: &Moment) -> Option<Fetch> {
        let (fetch, began) = self.fetch.as_ref()?;
        (now.since(began) < ABANDONED_AFTER).then(|| fetch.clone())
    }

    fn backing_off(&self, now: &Moment) -> Option<Arc<FetchError>> {
        let failure = self.failure.as_ref()?;
        let doubled = 2_u32.saturating_pow(failure.in_a_row.saturating_sub(1));
        let back_off = FAILURE_BACK_OFF.saturating_mul(doubled).min(MAX_FAILURE_BACK_OFF);
        (now.since(&failure.at) < back_off).then(|| Arc::clone(&failure.error))
    }

    /// What is left while no fetch may begin: the last good set if it has the key.
    fn without_fetch(
        &self,
        now: &Moment,
        wanted: Option<Wanted<'_>>,
        error: Arc<FetchError>,
    ) -> Decision {
        let has_key = |keys: &Arc<KeySet>| wanted.is_some_and(|wanted| keys.contains(wanted.kid));
        self.usable(now).filter(has_key).map_or(Decision::Fail(error), Decision::Use)
    }

    /// The last good set, unless it is older than any outage excuses.
    fn usable(&self, now: &Moment) -> Option<Arc<KeySet>> {
        let good = self.good.as_ref()?;
        (good.age(now) < KEY_SET_OUTAGE_LIMIT).then(|| Arc::clone(&good.keys))
    }

    fn fail(&mut self, error: Arc<FetchError>, at: Moment) {
        self.failures = self.failures.saturating_add(1);
        let before = self.failure.as_ref().map_or(0, |failure| failure.in_a_row);
        self.failure = Some(Failure { error, at, in_a_row: before.saturating_add(1) });
    }
}

impl Good {
    fn age(&self, now: &Moment) -> Duration {
        now.since(&self.fetched)
    }
}

fn parse(text: String) -> Result<(Arc<KeySet>, String), FetchError> {
    let keys = KeySet::from_json(&text)
        .map_err(|error| FetchError::new("the answer is no key set").with_source(error))?;
    if keys.is_empty() {
        return Err(FetchError::new("the key set has no usable key"));
    }
    Ok((Arc::new(keys), text))
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySource").field("uri", &self.inner.uri).finish_non_exhaustive()
    }
}
