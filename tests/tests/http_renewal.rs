//! Tokens that are fetched, kept and renewed: once for all, ahead of time, and never given up.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito::http::{CachedTokens, REFUSED_PAUSE};
use cognito::tokens::{TokenError, TokenErrorKind, TokenRequest, TokenSource};
use cognito::{Clock, TokenSet};
use cognito_emulator::MovableClock;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

const LIFETIME: u64 = 1000;

/// A service that grants tokens, or does not.
#[derive(Clone)]
struct Granter {
    clock: Arc<MovableClock>,
    granted: Arc<AtomicUsize>,
    /// What it answers instead of a token.
    failure: Arc<Mutex<Option<TokenErrorKind>>>,
    /// Lets so many answers out.
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
        CachedTokens::by_clock(self.clock.clone(), move |_| granter.clone().grant())
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

/// Lets tasks in the background go on.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test]
async fn one_fetch_serves_all_who_wait() {
    let granter = Granter::new();
    let source = granter.source();
    let all = join_all((0..100).map(|_| token(&source))).await;
    assert!(all.into_iter().all(|token| token == good(1)));
    assert_eq!(granter.granted(), 1);
}

#[tokio::test]
async fn it_is_renewed_in_the_background_in_its_last_tenth() {
    let granter = Granter::new();
    let source = granter.source();
    assert_eq!(token(&source).await, good(1));
    granter.advance(LIFETIME * 9 / 10 - 1);
    assert_eq!(token(&source).await, good(1));
    settle().await;
    assert_eq!(granter.granted(), 1, "it is too early");
    granter.advance(LIFETIME * 25 / 1000 + 1);
    assert_eq!(token(&source).await, good(1), "nobody waits");
    settle().await;
    assert_eq!(token(&source).await, good(2));
}

#[tokio::test]
async fn in_its_last_moments_callers_wait_for_the_next() {
    let granter = Granter::new();
    let source = granter.source();
    token(&source).await.unwrap();
    granter.advance(LIFETIME - 29);
    assert_eq!(token(&source).await, good(2));
}

#[tokio::test]
async fn it_is_served_to_its_end_when_no_other_can_be_had() {
    let granter = Granter::new();
    let source = granter.source();
    token(&source).await.unwrap();
    granter.fail(TokenErrorKind::Transient);
    for passed in [950, 30, 15] {
        granter.advance(passed);
        assert_eq!(token(&source).await, good(1));
        settle().await;
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
async fn a_fetch_goes_on_without_those_who_asked() {
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
async fn a_function_that_panics_is_asked_again() {
    let granter = Granter::new();
    let source = granter.source();
    granter.panics.store(true, Ordering::SeqCst);
    assert_eq!(token(&source).await, Err(TokenErrorKind::Transient));
    granter.panics.store(false, Ordering::SeqCst);
    assert_eq!(token(&source).await, good(2));
}

#[tokio::test]
async fn only_the_current_token_can_be_rejected() {
    let granter = Granter::new();
    let source = granter.source();
    let first = source.token(&TokenRequest::access()).await.unwrap();
    source.reject(&first);
    assert_eq!(token(&source).await, good(2));
    source.reject(&first);
    assert_eq!(token(&source).await, good(2));
}

/// Two clocks that do not agree, by the seconds that they were moved.
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

/// A machine that slept has a late wall clock, one whose time was set back an early one.
#[tokio::test]
async fn either_clock_ends_a_token() {
    for moved in [[LIFETIME, 0], [0, LIFETIME]] {
        let clock = Arc::new(TwoClocks::default());
        let (time, granted) = (Arc::clone(&clock), AtomicUsize::new(0));
        let source = CachedTokens::by_clock(clock.clone(), move |_| {
            let number = granted.fetch_add(1, Ordering::SeqCst) + 1;
            let lifetime = Duration::from_secs(LIFETIME);
            let set = TokenSet::new(format!("token{number}"), time.now(), lifetime);
            async move { Ok(set) }
        });
        assert_eq!(token(&source).await, good(1));
        *clock.0.lock().unwrap() = moved;
        assert_eq!(token(&source).await, good(2), "{moved:?}");
    }
}

#[tokio::test]
async fn kept_scopes_have_a_bound() {
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
