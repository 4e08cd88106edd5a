//! A cached document that is fetched once for all callers of a runtime, with backoff after failures.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use cognito_types::{Clock, Moment, RuntimeId, SingleFlight};

use crate::fetch::{Address, FETCH_TIME_LIMIT, FetchError};

/// The shortest time between a failed fetch and the next one; each further failure doubles it.
pub const FAILURE_BACK_OFF: Duration = Duration::from_secs(1);

/// The longest time between a failed fetch and the next one.
pub const MAX_FAILURE_BACK_OFF: Duration = Duration::from_secs(60);

type Outcome<T> = Result<Arc<T>, FetchError>;
type Fetch<T> = SingleFlight<Outcome<T>>;

/// The cached document at one URL; clones share it.
#[derive(Debug)]
pub(crate) struct Fetched<T> {
    inner: Arc<Inner<T>>,
}

impl<T> Clone for Fetched<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

/// The required age of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// The cached document.
    Kept,
    /// The cached document, while one caller fetches a new one.
    Refresh,
    /// A new document.
    New,
}

#[derive(Debug)]
struct Inner<T> {
    address: Address,
    parse: fn(String) -> Result<T, FetchError>,
    is_withdrawal: fn(&FetchError) -> bool,
    clock: Arc<dyn Clock>,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
pub(crate) struct State<T> {
    pub(crate) good: Option<Good<T>>,
    pub(crate) failure: Option<Failure>,
    /// The newest withdrawal with the number of its fetch, if no later fetch has succeeded.
    withdrawn: Option<(u64, FetchError)>,
    running: Vec<Running<T>>,
    /// The number of fetches; also the number of the last one.
    pub(crate) fetches: u64,
    pub(crate) failures: u64,
}

/// The last document that was fetched successfully.
#[derive(Debug)]
pub(crate) struct Good<T> {
    pub(crate) document: Arc<T>,
    /// The start of its fetch, so that its age is not underestimated.
    pub(crate) fetched: Moment,
    /// The number of its fetch; 0 if it was fetched by another process.
    number: u64,
}

/// The last failure, if no fetch has succeeded since.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: FetchError,
    at: Moment,
    in_a_row: u32,
    /// The number of fetches that had started by then.
    fetches: u64,
}

/// A running fetch. Every waiting caller drives it, so it does not depend on any one of them.
///
/// Its socket and timers depend on the runtime of the callers, so callers on another runtime, which
/// may outlive it, start their own fetch.
#[derive(Debug)]
struct Running<T> {
    runtime: RuntimeId,
    number: u64,
    began: Moment,
    fetch: Fetch<T>,
}

enum Decision<T> {
    Use(Arc<T>),
    Await(Fetch<T>),
    Fail(FetchError),
}

impl<T: Send + Sync + 'static> Fetched<T> {
    /// Creates a document that has not been fetched.
    ///
    /// The last document is used while fetches fail, except with an error for which `is_withdrawal`
    /// returns true: the document no longer exists.
    pub(crate) fn new(
        address: Address,
        parse: fn(String) -> Result<T, FetchError>,
        is_withdrawal: fn(&FetchError) -> bool,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let state = Mutex::new(State::default());
        Self { inner: Arc::new(Inner { address, parse, is_withdrawal, clock, state }) }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.inner.address
    }

    /// Returns a document of the age that `need` requires for the current state.
    pub(crate) async fn get(
        &self,
        now: &Moment,
        need: impl FnOnce(&State<T>) -> Need,
    ) -> Outcome<T> {
        match self.inner.decide(now, need) {
            Decision::Use(document) => Ok(document),
            Decision::Await(fetch) => fetch.outcome().await.unwrap_or_else(|error| {
                Err(FetchError::new("the fetch has no outcome").with_source(error))
            }),
            Decision::Fail(error) => Err(error),
        }
    }

    /// Reads or changes the state under the lock.
    pub(crate) fn with<R>(&self, run: impl FnOnce(&mut State<T>) -> R) -> R {
        run(&mut self.inner.lock())
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::now(&*self.inner.clock)
    }

    pub(crate) fn downgrade(&self) -> WeakFetched<T> {
        WeakFetched(Arc::downgrade(&self.inner))
    }
}

/// A weak reference to the document.
pub(crate) struct WeakFetched<T>(Weak<Inner<T>>);

impl<T> WeakFetched<T> {
    pub(crate) fn upgrade(&self) -> Option<Fetched<T>> {
        self.0.upgrade().map(|inner| Fetched { inner })
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    fn decide(self: &Arc<Self>, now: &Moment, need: impl FnOnce(&State<T>) -> Need) -> Decision<T> {
        let mut state = self.lock();
        state.give_up_late_fetches(now);
        let need = need(&state);
        let may_fetch = state.running.is_empty() && state.backing_off(now).is_none();
        if let Some(good) = &state.good
            && (need == Need::Kept || need == Need::Refresh && !may_fetch)
        {
            return Decision::Use(Arc::clone(&good.document));
        }
        if let Some(running) = state.running_here() {
            return Decision::Await(running.fetch.clone());
        }
        match state.backing_off(now) {
            Some(error) => Decision::Fail(error),
            None => Decision::Await(self.start_fetch(&mut state, *now)),
        }
    }

    fn start_fetch(self: &Arc<Self>, state: &mut State<T>, began: Moment) -> Fetch<T> {
        state.fetches = state.fetches.saturating_add(1);
        let (address, parse, number) = (self.address.clone(), self.parse, state.fetches);
        // The state owns the future, so the future must not keep the state alive.
        let inner = Arc::downgrade(self);
        let fetch = SingleFlight::driven(async move {
            let outcome = address.fetch().await.and_then(parse);
            log(&address.uri, outcome.as_ref().err());
            let outcome = outcome.map(Arc::new);
            let Some(inner) = inner.upgrade() else { return outcome };
            let now = Moment::now(&*inner.clock);
            let mut state = inner.lock();
            if let Err(error) = &outcome
                && (inner.is_withdrawal)(error)
            {
                state.withdraw(number, error);
            }
            state.finish_fetch(number, began, outcome, now)
        });
        let runtime = RuntimeId::current();
        state.running.push(Running { runtime, number, began, fetch: fetch.clone() });
        fetch
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code under the lock can panic, so the state is valid even if the lock is poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn log(uri: &str, failure: Option<&FetchError>) {
    match failure {
        None => tracing::debug!(uri, "fetched keys"),
        // The URL of an issuer that the pool does not use always refuses.
        Some(error) if error.is_refusal() => {
            tracing::debug!(uri, %error, "the service refused the key set");
        }
        Some(error) => tracing::warn!(uri, %error, "cannot fetch keys"),
    }
}

impl<T> State<T> {
    /// Replaces the document with one that another process fetched.
    pub(crate) fn restore(&mut self, document: T, fetched: Moment) {
        let number = self.good.as_ref().map_or(0, |good| good.number);
        self.good = Some(Good { document: Arc::new(document), fetched, number });
    }

    /// Returns whether a fetch on any runtime is running or has failed since the last success, so
    /// that a newer document may exist.
    pub(crate) fn may_be_outdated(&self) -> bool {
        let number = self.good.as_ref().map_or(0, |good| good.number);
        self.failure.is_some() || self.running.iter().any(|running| running.number > number)
    }

    fn running_here(&self) -> Option<&Running<T>> {
        let runtime = RuntimeId::current();
        self.running.iter().find(|running| running.runtime == runtime)
    }

    /// Counts fetches without a response as failed, so that they are retried with backoff.
    ///
    /// Their callers may be gone, and they may still succeed later.
    fn give_up_late_fetches(&mut self, now: &Moment) {
        let is_late = |running: &mut Running<T>| now.since(&running.began) >= FETCH_TIME_LIMIT;
        let late: Vec<_> = self.running.extract_if(.., is_late).collect();
        for Running { number, began, .. } in late {
            let seconds = FETCH_TIME_LIMIT.as_secs();
            let error = FetchError::new(format!("no response within {seconds} seconds"));
            self.fail(number, error, began);
        }
    }

    /// Records the outcome of a fetch, and returns the outcome for its callers.
    fn finish_fetch(
        &mut self,
        number: u64,
        began: Moment,
        outcome: Outcome<T>,
        now: Moment,
    ) -> Outcome<T> {
        let is_this = |running: &Running<T>| running.number == number;
        let at = self.running.iter().position(is_this);
        let in_time = at.map(|at| self.running.swap_remove(at)).is_some();
        match outcome {
            Ok(document) => {
                if let Some((_, error)) = self.withdrawn.as_ref().filter(|(by, _)| *by > number) {
                    return Err(error.clone());
                }
                // A late fetch, or one of another runtime, may end after the next one, with an
                // older document.
                if let Some(newer) = self.good.as_ref().filter(|good| good.number > number) {
                    return Ok(Arc::clone(&newer.document));
                }
                let kept = Arc::clone(&document);
                self.good = Some(Good { document: kept, fetched: began, number });
                (self.failure, self.withdrawn) = (None, None);
                Ok(document)
            }
            Err(error) => {
                if in_time {
                    self.fail(number, error.clone(), now);
                }
                Err(error)
            }
        }
    }

    /// Drops the document, unless a later fetch has got one.
    ///
    /// This also applies to late fetches and to failures that are not counted.
    fn withdraw(&mut self, number: u64, error: &FetchError) {
        let fetched = self.good.as_ref().map(|good| good.number);
        let withdrawn = self.withdrawn.as_ref().map(|(number, _)| *number);
        if fetched.max(withdrawn).is_none_or(|newest| newest < number) {
            self.good = None;
            self.withdrawn = Some((number, error.clone()));
        }
    }

    fn backing_off(&self, now: &Moment) -> Option<FetchError> {
        let failure = self.failure.as_ref()?;
        let doubled = 2_u32.saturating_pow(failure.in_a_row.saturating_sub(1));
        let back_off = FAILURE_BACK_OFF.saturating_mul(doubled).min(MAX_FAILURE_BACK_OFF);
        (now.since(&failure.at) < back_off).then(|| failure.error.clone())
    }

    fn fail(&mut self, number: u64, error: FetchError, at: Moment) {
        self.failures = self.failures.saturating_add(1);
        // Fetches run on several runtimes: a later one may have succeeded, and those that ran at the
        // time of a failure say nothing new.
        if self.good.as_ref().is_some_and(|good| good.number > number)
            || self.failure.as_ref().is_some_and(|failure| failure.fetches >= number)
        {
            return;
        }
        let in_a_row = self.failure.as_ref().map_or(1, |before| before.in_a_row.saturating_add(1));
        self.failure = Some(Failure { error, at, in_a_row, fetches: self.fetches });
    }
}

impl<T> Default for State<T> {
    fn default() -> Self {
        let (good, failure, withdrawn, running) = (None, None, None, Vec::new());
        Self { good, failure, withdrawn, running, fetches: 0, failures: 0 }
    }
}

impl<T> Good<T> {
    pub(crate) fn age(&self, now: &Moment) -> Duration {
        now.since(&self.fetched)
    }
}
