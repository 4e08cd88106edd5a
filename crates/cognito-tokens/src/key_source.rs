//! A key set that keeps itself current: fetched when needed, once for all who wait.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;

use crate::clock::Clock;
use crate::error::VerifyError;
use crate::fetch::{FetchError, FetchKeys};
use crate::future::BoxFuture;
use crate::key_set::KeySet;

/// How long a fetched set is used without asking again.
pub const KEY_SET_MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// How long the last good set is used while the address cannot be reached.
pub const KEY_SET_OUTAGE_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The shortest time between two fetches for the sake of unknown keys.
pub const UNKNOWN_KEY_COOLDOWN: Duration = Duration::from_secs(30);

/// The shortest time between a failed fetch and the next one.
pub const FAILURE_BACK_OFF: Duration = Duration::from_secs(1);

type Outcome = Result<Arc<KeySet>, Arc<FetchError>>;
type Fetch = Shared<BoxFuture<'static, Outcome>>;

/// The key set at one address.
#[derive(Clone)]
pub(crate) struct KeySource {
    inner: Arc<Inner>,
}

struct Inner {
    uri: String,
    fetcher: Arc<dyn FetchKeys>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last good set and when it was fetched.
    good: Option<(Arc<KeySet>, Duration)>,
    /// The last failure and when it was.
    failure: Option<(Arc<FetchError>, Duration)>,
    /// The fetch under way. Whoever waits drives it, so that no one's leaving stops it.
    fetch: Option<Fetch>,
}

impl KeySource {
    pub(crate) fn new(uri: String, fetcher: Arc<dyn FetchKeys>, clock: Arc<dyn Clock>) -> Self {
        Self { inner: Arc::new(Inner { uri, fetcher, clock, state: Mutex::default() }) }
    }

    /// A set that is as current as the rules ask, with the key if it can be had.
    pub(crate) async fn keys_for(&self, kid: &str) -> Result<Arc<KeySet>, VerifyError> {
        match self.decide(Some(kid)) {
            Decision::Use(keys) => Ok(keys),
            Decision::Fail(error) => Err(VerifyError::KeysUnavailable(error)),
            Decision::Fetch(fetch) => self.settle(fetch.await),
        }
    }

    /// Fetches the set unless it is current.
    pub(crate) async fn prefetch(&self) -> Result<(), VerifyError> {
        match self.decide(None) {
            Decision::Use(_) => Ok(()),
            Decision::Fail(error) => Err(VerifyError::KeysUnavailable(error)),
            Decision::Fetch(fetch) => self.settle(fetch.await).map(drop),
        }
    }

    /// The set that is there, if it is current.
    pub(crate) fn current(&self) -> Option<Arc<KeySet>> {
        let now = self.inner.clock.elapsed();
        let state = self.inner.lock();
        let (keys, fetched) = state.good.as_ref()?;
        (age(now, *fetched) < KEY_SET_MAX_AGE).then(|| Arc::clone(keys))
    }

    fn decide(&self, kid: Option<&str>) -> Decision {
        let now = self.inner.clock.elapsed();
        let mut state = self.inner.lock();
        let good = state.usable(now);
        if let Some((keys, age)) = &good {
            let known = kid.is_none_or(|kid| keys.contains(kid));
            if *age < KEY_SET_MAX_AGE && (known || *age < UNKNOWN_KEY_COOLDOWN) {
                return Decision::Use(Arc::clone(keys));
            }
        }
        if let Some(fetch) = &state.fetch {
            return Decision::Fetch(fetch.clone());
        }
        match (&state.failure, good) {
            (Some((_, at)), Some((keys, _))) if age(now, *at) < FAILURE_BACK_OFF => {
                Decision::Use(keys)
            }
            (Some((error, at)), None) if age(now, *at) < FAILURE_BACK_OFF => {
                Decision::Fail(Arc::clone(error))
            }
            _ => {
                let fetch = self.inner.start_fetch();
                state.fetch = Some(fetch.clone());
                Decision::Fetch(fetch)
            }
        }
    }

    /// What a fetch that ended leaves to use: its set, else the last good one.
    fn settle(&self, outcome: Outcome) -> Result<Arc<KeySet>, VerifyError> {
        let now = self.inner.clock.elapsed();
        outcome.or_else(|error| {
            let good = self.inner.lock().usable(now);
            good.map(|(keys, _)| keys).ok_or(VerifyError::KeysUnavailable(error))
        })
    }
}

enum Decision {
    Use(Arc<KeySet>),
    Fetch(Fetch),
    Fail(Arc<FetchError>),
}

impl Inner {
    fn start_fetch(self: &Arc<Self>) -> Fetch {
        let (fetcher, uri) = (Arc::clone(&self.fetcher), self.uri.clone());
        // The future is kept in the state of the source, so it must not keep the source alive.
        let source = Arc::downgrade(self);
        let fetch = async move {
            let fetched = fetcher.fetch(&uri).await;
            let outcome = fetched.and_then(|text| parse(&text)).map_err(Arc::new);
            if let Some(source) = source.upgrade() {
                source.finish_fetch(&outcome);
            }
            outcome
        };
        fetch.boxed().shared()
    }

    fn finish_fetch(&self, outcome: &Outcome) {
        let now = self.clock.elapsed();
        let mut state = self.lock();
        state.fetch = None;
        match outcome {
            Ok(keys) => {
                state.good = Some((Arc::clone(keys), now));
                state.failure = None;
            }
            Err(error) => state.failure = Some((Arc::clone(error), now)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The last good set with its age, unless it is older than any outage excuses.
    fn usable(&self, now: Duration) -> Option<(Arc<KeySet>, Duration)> {
        let (keys, fetched) = self.good.as_ref()?;
        let age = age(now, *fetched);
        (age < KEY_SET_OUTAGE_LIMIT).then(|| (Arc::clone(keys), age))
    }
}

fn parse(text: &str) -> Result<Arc<KeySet>, FetchError> {
    let keys = KeySet::from_json(text)
        .map_err(|error| FetchError::new("the answer is no key set").with_source(error))?;
    if keys.is_empty() {
        return Err(FetchError::new("the key set has no usable key"));
    }
    Ok(Arc::new(keys))
}

fn age(now: Duration, then: Duration) -> Duration {
    now.saturating_sub(then)
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySource").field("uri", &self.inner.uri).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use std::time::SystemTime;

    use futures_util::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    const JWKS: &str = include_str!("../testdata/jwks.json");
    const KNOWN: &str = "M6MkIxa82Amj85SQhuUVLlj5kzKWdkKDv5nJsL7nN/Q=";

    #[derive(Debug, Default)]
    struct TestClock(AtomicU64);

    impl TestClock {
        fn advance(&self, by: Duration) {
            self.0.fetch_add(by.as_secs(), Ordering::Relaxed);
        }
    }

    impl Clock for TestClock {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }

        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::Relaxed))
        }
    }

    /// Answers with what it is told to, counts, and waits for permission if `gate` is set.
    #[derive(Debug, Default)]
    struct TestFetcher {
        answer: Mutex<Option<&'static str>>,
        count: AtomicUsize,
        gate: Option<Notify>,
    }

    impl FetchKeys for TestFetcher {
        fn fetch<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
            self.count.fetch_add(1, Ordering::Relaxed);
            Box::pin(async {
                if let Some(gate) = &self.gate {
                    gate.notified().await;
                }
                let answer = *self.answer.lock().unwrap();
                answer.map(str::to_owned).ok_or_else(|| FetchError::new("status 503"))
            })
        }
    }

    fn source(answer: Option<&'static str>) -> (KeySource, Arc<TestFetcher>, Arc<TestClock>) {
        source_with(TestFetcher { answer: Mutex::new(answer), ..TestFetcher::default() })
    }

    fn source_with(fetcher: TestFetcher) -> (KeySource, Arc<TestFetcher>, Arc<TestClock>) {
        let (fetcher, clock) = (Arc::new(fetcher), Arc::new(TestClock::default()));
        let keys: Arc<dyn FetchKeys> = Arc::<TestFetcher>::clone(&fetcher);
        let time: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
        (KeySource::new("https://example.com/jwks.json".to_owned(), keys, time), fetcher, clock)
    }

    fn count(fetcher: &TestFetcher) -> usize {
        fetcher.count.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn many_cold_callers_cause_one_fetch() {
        let (source, fetcher, _) = source(Some(JWKS));
        let results = join_all((0..500).map(|_| source.keys_for(KNOWN))).await;
        assert!(results.iter().all(Result::is_ok));
        assert_eq!(count(&fetcher), 1);
        assert!(source.current().is_some());
    }

    #[tokio::test]
    async fn a_caller_who_leaves_does_not_stop_the_fetch_for_others() {
        let gate = Some(Notify::new());
        let answer = Mutex::new(Some(JWKS));
        let (source, fetcher, _) =
            source_with(TestFetcher { answer, gate, ..TestFetcher::default() });
        {
            let mut leader = Box::pin(source.keys_for(KNOWN));
            assert!((&mut leader).now_or_never().is_none());
        }
        fetcher.gate.as_ref().unwrap().notify_one();
        assert!(source.keys_for(KNOWN).await.is_ok());
        assert_eq!(count(&fetcher), 1);
    }

    #[tokio::test]
    async fn unknown_keys_cause_one_fetch_per_cooldown() {
        let (source, fetcher, clock) = source(Some(JWKS));
        for _ in 0..1000 {
            assert!(!source.keys_for("bogus").await.unwrap().contains("bogus"));
        }
        assert_eq!(count(&fetcher), 1);
        clock.advance(UNKNOWN_KEY_COOLDOWN);
        for _ in 0..1000 {
            source.keys_for("bogus").await.unwrap();
        }
        assert_eq!(count(&fetcher), 2);
    }

    #[tokio::test]
    async fn an_old_set_is_fetched_again_and_outlives_an_outage() {
        let (source, fetcher, clock) = source(Some(JWKS));
        source.prefetch().await.unwrap();
        clock.advance(KEY_SET_MAX_AGE);
        assert!(source.current().is_none(), "a stale set is not current");
        *fetcher.answer.lock().unwrap() = None;
        for _ in 0..1000 {
            assert!(source.keys_for(KNOWN).await.unwrap().contains(KNOWN));
        }
        assert_eq!(count(&fetcher), 2, "failures are backed off");
        clock.advance(KEY_SET_OUTAGE_LIMIT);
        let error = source.keys_for(KNOWN).await.unwrap_err();
        assert!(matches!(error, VerifyError::KeysUnavailable(_)));
    }

    #[tokio::test]
    async fn no_set_at_all_is_a_transient_error_until_it_comes() {
        let (source, fetcher, clock) = source(None);
        for _ in 0..1000 {
            assert!(source.keys_for(KNOWN).await.unwrap_err().is_transient());
        }
        assert_eq!(count(&fetcher), 1);
        *fetcher.answer.lock().unwrap() = Some(JWKS);
        clock.advance(FAILURE_BACK_OFF);
        assert!(source.keys_for(KNOWN).await.is_ok());
    }

    #[tokio::test]
    async fn an_answer_without_keys_does_not_replace_good_ones() {
        let (source, fetcher, clock) = source(Some(JWKS));
        source.prefetch().await.unwrap();
        clock.advance(KEY_SET_MAX_AGE);
        for bad in ["<html></html>", r#"{"keys":[]}"#, r#"{"keys":{}}"#] {
            *fetcher.answer.lock().unwrap() = Some(bad);
            clock.advance(FAILURE_BACK_OFF);
            assert!(source.keys_for(KNOWN).await.unwrap().contains(KNOWN), "{bad}");
        }
    }
}
