//! Fetching, caching and refreshing tokens: once for all callers, ahead of time, within a time
//! limit.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito::http::{CachedTokens, FETCH_TIMEOUT, MIN_REJECTED_AGE, REFUSED_PAUSE};
use cognito::session::{TokenError, TokenErrorKind, TokenRequest, TokenSet, TokenSource};
use cognito::types::Clock;
use cognito_emulator::TestClock;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tokio::time::Instant;

const LIFETIME: u64 = 1000;

/// A function that grants tokens, fails, hangs or panics.
#[derive(Clone)]
struct Granter {
    clock: Arc<TestClock>,
    granted: Arc<AtomicUsize>,
    /// The kind of error to return.
    failure: Arc<Mutex<Option<TokenErrorKind>>>,
    /// Each permit allows one grant.
    gate: Arc<Semaphore>,
    panics: Arc<AtomicBool>,
}

impl Granter {
    fn new() -> Self {
        Self {
            clock: Arc::default(),
            granted: Arc::default(),
            failure: Arc::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            panics: Arc::default(),
        }
    }

    fn source(&self) -> CachedTokens {
        let granter = self.clone();
        CachedTokens::new(move |_| granter.clone().grant()).clock(self.clock.clone())
    }

    async fn grant(self) -> Result<TokenSet, TokenError> {
        let number = self.granted.fetch_add(1, Ordering::SeqCst) + 1;
        self.gate.acquire().await.unwrap().forget();
        assert!(!self.panics.load(Ordering::SeqCst), "the function that fetches panics");
        match *self.failure.lock().unwrap() {
            Some(kind) => Err(TokenError::new(kind, "refused")),
            None => {
                let lifetime = Duration::from_secs(LIFETIME);
                Ok(TokenSet::new(format!("token{number}"), self.clock.now(), lifetime))
            }
        }
    }

    fn granted(&self) -> usize {
        self.granted.load(Ordering::SeqCst)
    }

    fn fail(&self, kind: impl Into<Option<TokenErrorKind>>) {
        *self.failure.lock().unwrap() = kind.into();
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

async fn token(source: &CachedTokens) -> Result<String, TokenErrorKind> {
    let token = source.token(&TokenRequest::access()).await;
    token.map(|token| token.expose_secret().to_owned()).map_err(|error| error.kind())
}

fn good(number: usize) -> Result<String, TokenErrorKind> {
    Ok(format!("token{number}"))
}

/// Lets background tasks run.
async fn run_background_tasks() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test]
async fn concurrent_callers_share_one_fetch() {
    let granter = Granter::new();
    let source = granter.source();
    let all = join_all((0..100).map(|_| token(&source))).await;
    assert!(all.into_iter().all(|token| token == good(1)));
    assert_eq!(granter.granted(), 1);
}

#[tokio::test]
async fn a_token_is_refreshed_in_the_background_in_its_last_tenth() {
    let granter = Granter::new();
    let source = granter.source();
    assert_eq!(token(&source).await, good(1));
    granter.advance(LIFETIME * 9 / 10 - 1);
    assert_eq!(token(&source).await, good(1));
    run_background_tasks().await;
    assert_eq!(granter.granted(), 1, "it is too early");
    granter.advance(LIFETIME * 25 / 1000 + 1);
    assert_eq!(token(&source).await, good(1), "no caller waits");
    run_background_tasks().await;
    assert_eq!(token(&source).await, good(2));
}

#[tokio::test]
async fn callers_wait_for_the_refresh_when_the_token_is_about_to_expire() {
    let granter = Granter::new();
    let source = granter.source();
    token(&source).await.unwrap();
    granter.advance(LIFETIME - 29);
    assert_eq!(token(&source).await, good(2));
}

#[tokio::test]
async fn a_token_is_returned_until_it_expires_while_its_refresh_fails() {
    let granter = Granter::new();
    let source = granter.source();
    token(&source).await.unwrap();
    granter.fail(TokenErrorKind::Transient);
    for passed in [950, 30, 15] {
        granter.advance(passed);
        assert_eq!(token(&source).await, good(1));
        run_background_tasks().await;
    }
    granter.advance(5);
    assert_eq!(token(&source).await, Err(TokenErrorKind::Transient));
    granter.fail(None);
    granter.advance(60);
    assert!(token(&source).await.is_ok(), "it is never given up");
}

#[tokio::test]
async fn failures_are_not_repeated_before_a_pause() {
    let granter = Granter::new();
    let source = granter.source();
    granter.fail(TokenErrorKind::Configuration);
    for _ in 0..10 {
        assert_eq!(token(&source).await, Err(TokenErrorKind::Configuration));
    }
    assert_eq!(granter.granted(), 1);
    granter.fail(None);
    granter.clock.advance(REFUSED_PAUSE);
    assert_eq!(token(&source).await, good(2));
}

#[tokio::test]
async fn a_fetch_survives_a_dropped_caller() {
    let granter = Granter { gate: Arc::new(Semaphore::new(0)), ..Granter::new() };
    let source = granter.source();
    let asking = tokio::spawn({
        let source = source.clone();
        async move { token(&source).await }
    });
    while granter.granted() == 0 {
        yield_now().await;
    }
    asking.abort();
    asking.await.unwrap_err();
    granter.gate.add_permits(1);
    assert_eq!(token(&source).await, good(1));
    assert_eq!(granter.granted(), 1);
}

#[tokio::test]
async fn a_function_that_panics_is_called_again_after_a_pause() {
    let granter = Granter::new();
    let source = granter.source();
    granter.panics.store(true, Ordering::SeqCst);
    for _ in 0..10 {
        assert_eq!(token(&source).await, Err(TokenErrorKind::Transient));
    }
    assert_eq!(granter.granted(), 1);
    granter.panics.store(false, Ordering::SeqCst);
    granter.advance(1);
    assert_eq!(token(&source).await, good(2));
}

#[tokio::test]
async fn a_background_refresh_that_panics_does_not_fail_the_next_caller() {
    let granter = Granter::new();
    let source = granter.source();
    token(&source).await.unwrap();
    granter.advance(LIFETIME * 93 / 100);
    granter.panics.store(true, Ordering::SeqCst);
    assert_eq!(token(&source).await, good(1));
    run_background_tasks().await;
    assert_eq!(granter.granted(), 2);
    granter.panics.store(false, Ordering::SeqCst);
    granter.advance(LIFETIME);
    assert_eq!(token(&source).await, good(3));
}

#[test]
fn a_refresh_whose_runtime_is_dropped_is_started_again() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let granter = Granter::new();
    let source = granter.source();
    let first = runtime();
    first.block_on(token(&source)).unwrap();
    granter.advance(LIFETIME * 93 / 100);
    granter.gate.forget_permits(Semaphore::MAX_PERMITS);
    let background = async {
        assert_eq!(token(&source).await, good(1));
        run_background_tasks().await;
    };
    first.block_on(background);
    assert_eq!(granter.granted(), 2, "it is under way");
    drop(first);
    granter.gate.add_permits(1);
    granter.advance(LIFETIME);
    assert_eq!(runtime().block_on(token(&source)), good(3));
}

#[test]
fn without_a_timer_of_the_runtime_there_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let source = Granter::new().source();
    assert_eq!(runtime.block_on(token(&source)), Err(TokenErrorKind::Transient));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_never_returns_fails_after_its_time_limit() {
    let granter = Granter { gate: Arc::new(Semaphore::new(0)), ..Granter::new() };
    for (source, limit) in [
        (granter.source(), FETCH_TIMEOUT),
        (granter.source().timeout(Duration::from_secs(3)), Duration::from_secs(3)),
    ] {
        let began = Instant::now();
        let all = join_all((0..10).map(|_| token(&source))).await;
        assert!(all.into_iter().all(|token| token == Err(TokenErrorKind::Transient)));
        assert_eq!(began.elapsed().as_secs(), limit.as_secs());
    }
    assert_eq!(granter.granted(), 2);
}

#[tokio::test(start_paused = true)]
async fn callers_with_a_valid_token_do_not_wait_for_a_refresh_that_hangs() {
    let granter = Granter::new();
    let source = granter.source();
    token(&source).await.unwrap();
    granter.gate.forget_permits(Semaphore::MAX_PERMITS);
    granter.advance(LIFETIME - 20);
    let began = Instant::now();
    assert_eq!(token(&source).await, good(1), "it is valid for 20 s");
    assert_eq!(began.elapsed().as_secs(), 5);
    granter.advance(5);
    assert_eq!(token(&source).await, good(1));
    assert_eq!(began.elapsed().as_secs(), 5, "later callers do not wait at all");
    assert_eq!(granter.granted(), 2);
}

#[tokio::test(start_paused = true)]
async fn token_that_expires_during_the_wait_is_not_returned() {
    for left in [3, 5] {
        let granter = Granter::new();
        granter.clock.freeze();
        let source = granter.source();
        token(&source).await.unwrap();
        granter.gate.forget_permits(Semaphore::MAX_PERMITS);
        granter.advance(LIFETIME - left);
        assert_eq!(token(&source).await, Err(TokenErrorKind::Transient), "{left} s are left");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_returned_while_its_refresh_hangs() {
    let granter = Granter::new();
    let source = granter.source();
    let first = source.token(&TokenRequest::access()).await.unwrap();
    granter.gate.forget_permits(Semaphore::MAX_PERMITS);
    granter.clock.advance(MIN_REJECTED_AGE);
    source.reject(&first);
    let began = Instant::now();
    assert_eq!(token(&source).await, good(1));
    assert_eq!(began.elapsed().as_secs(), 5);
    granter.gate.add_permits(1);
    run_background_tasks().await;
    assert_eq!(token(&source).await, good(2));
}

#[tokio::test]
async fn only_the_current_token_can_be_rejected() {
    let granter = Granter::new();
    let source = granter.source();
    let first = source.token(&TokenRequest::access()).await.unwrap();
    granter.clock.advance(MIN_REJECTED_AGE);
    source.reject(&first);
    assert_eq!(token(&source).await, good(2));
    granter.advance(600);
    source.reject(&first);
    assert_eq!(token(&source).await, good(2));
}

/// Two independent clocks, by the seconds that they were moved.
#[derive(Debug, Default)]
struct TwoClocks(Mutex<[u64; 2]>);

impl Clock for TwoClocks {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_000_000 + self.0.lock().unwrap()[0])
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.0.lock().unwrap()[1])
    }
}

/// The clock of the server that issued the token may be ahead.
#[tokio::test]
async fn a_token_from_the_future_is_not_used_beyond_its_lifetime() {
    for moved in [[LIFETIME, 0], [0, LIFETIME], [LIFETIME, LIFETIME]] {
        let clock = Arc::new(TwoClocks::default());
        let (time, granted) = (Arc::clone(&clock), AtomicUsize::new(0));
        let source = CachedTokens::new(move |_| {
            let number = granted.fetch_add(1, Ordering::SeqCst) + 1;
            let ahead = time.now() + Duration::from_secs(7200);
            let set = TokenSet::new(format!("token{number}"), ahead, Duration::from_secs(LIFETIME));
            async move { Ok(set) }
        });
        let source = source.clock(clock.clone());
        assert_eq!(token(&source).await, good(1));
        *clock.0.lock().unwrap() = moved;
        assert_eq!(token(&source).await, good(2), "{moved:?}");
    }
}

/// After a sleep of the machine the wall clock is ahead; after its time was set back it is behind.
#[tokio::test]
async fn token_expires_by_either_clock() {
    for moved in [[LIFETIME, 0], [0, LIFETIME]] {
        let clock = Arc::new(TwoClocks::default());
        let (time, granted) = (Arc::clone(&clock), AtomicUsize::new(0));
        let source = CachedTokens::new(move |_| {
            let number = granted.fetch_add(1, Ordering::SeqCst) + 1;
            let lifetime = Duration::from_secs(LIFETIME);
            let set = TokenSet::new(format!("token{number}"), time.now(), lifetime);
            async move { Ok(set) }
        });
        let source = source.clock(clock.clone());
        assert_eq!(token(&source).await, good(1));
        *clock.0.lock().unwrap() = moved;
        assert_eq!(token(&source).await, good(2), "{moved:?}");
    }
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let granter = Granter::new();
    let source = granter.source();
    for number in 0..2000 {
        let want = TokenRequest::access().with_scopes([format!("scope/{number}")]);
        source.token(&want).await.unwrap();
    }
    let kept = format!("{source:?}");
    assert_eq!(kept, "CachedTokens { kept: 256, .. }");
}

#[test]
fn without_a_runtime_there_is_an_error() {
    let source = Granter::new().source();
    let result = futures_util::FutureExt::now_or_never(token(&source)).unwrap();
    assert_eq!(result, Err(TokenErrorKind::Configuration));
}
