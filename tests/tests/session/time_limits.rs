//! Pauses between refreshes, and the times that callers wait for them.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cognito::session::{
    AdoptedSession, SessionEvent, TokenError, TokenErrorKind, TokenRefresher, TokenRequest,
    TokenSet, TokenSource,
};
use cognito::sign_in::UserPoolBuilder;
use cognito::types::{BoxFuture, Clock, RefreshToken};
use cognito::{ErrorKind, Session};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::Fixture;
use cognito_tests::interposer::Action;
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::support::{REFRESH, seconds, token};

/// A token endpoint that issues no tokens.
#[derive(Clone, Debug)]
struct Busy {
    /// The pause that it requests; it never responds without one.
    pause: Option<Duration>,
    requests: Arc<AtomicUsize>,
}

impl TokenRefresher for Busy {
    fn refresh<'a>(&'a self, _: &'a RefreshToken) -> BoxFuture<'a, Result<TokenSet, TokenError>> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {
            let Some(pause) = self.pause else { return pending().await };
            let error = TokenError::new(TokenErrorKind::Transient, "too many requests");
            Err(error.with_retry_after(pause))
        })
    }
}

/// A clock that only the test advances.
#[derive(Debug)]
struct Stopped {
    start: SystemTime,
    passed: Mutex<Duration>,
}

impl Clock for Stopped {
    fn now(&self) -> SystemTime {
        self.start + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.passed.lock().unwrap()
    }
}

impl Stopped {
    fn advance(&self, by: Duration) {
        *self.passed.lock().unwrap() += by;
    }
}

/// Returns a session of a client whose clock is stopped, and that clock.
async fn with_stopped_clock(
    fixture: &Fixture,
    set_up: impl FnOnce(UserPoolBuilder) -> UserPoolBuilder,
) -> (AdoptedSession, Arc<Stopped>) {
    let tokens = fixture.signed_in("alice").await.into_tokens().await.unwrap();
    let now = fixture.local.clock().now();
    let clock = Arc::new(Stopped { start: now, passed: Mutex::default() });
    let shared: Arc<dyn Clock> = Arc::<Stopped>::clone(&clock);
    let pool = fixture.another_client(|builder| set_up(builder).clock(shared));
    (pool.session(tokens), clock)
}

impl Busy {
    /// Returns an endpoint that requests a pause or does not respond, and a session that is
    /// refreshed there.
    async fn with_session(pause: Option<Duration>) -> (Self, Session) {
        let busy = Self { pause, requests: Arc::default() };
        let shared = busy.clone();
        let fixture = Fixture::new(PoolSettings::default());
        let (adopted, _) =
            with_stopped_clock(&fixture, |builder| builder.token_refresher(shared)).await;
        (busy, adopted.refresh_by_token_endpoint().await.unwrap())
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

#[tokio::test(start_paused = true)]
async fn callers_wait_for_a_pause_of_eight_seconds_and_are_refused_during_a_longer_one() {
    for (pause, waits) in [(8, true), (9, false)] {
        let pause = seconds(pause);
        let (busy, session) = Busy::with_session(Some(pause)).await;
        let refused = async || {
            let error = session.refresh().await.unwrap_err();
            assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, Some(pause)));
        };
        refused().await;
        let start = Instant::now();
        refused().await;
        assert_eq!(start.elapsed() >= pause, waits, "{pause:?}: {:?}", start.elapsed());
        assert_eq!(busy.requests(), if waits { 2 } else { 1 }, "{pause:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_at_an_endpoint_that_does_not_respond_fails_after_a_minute() {
    let (busy, session) = Busy::with_session(None).await;
    let start = Instant::now();
    assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::Transport);
    assert!(start.elapsed() >= seconds(60) && start.elapsed() < seconds(61));
    assert_eq!(busy.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_with_a_rejected_token_waits_five_seconds_for_its_refresh() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("bob").await;
    let source: &dyn TokenSource = &session;
    let rejected = source.token(&TokenRequest::access()).await.unwrap();
    source.reject(&rejected);
    fixture.wire.on(REFRESH, Action::Hang);
    let start = Instant::now();
    let served = source.token(&TokenRequest::access()).await.unwrap();
    assert_eq!(served.expose_secret(), rejected.expose_secret());
    assert!(start.elapsed() >= seconds(5) && start.elapsed() < seconds(6));
}

#[tokio::test]
async fn a_rejected_token_that_expires_during_its_refresh_is_not_served() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("carol").await;
    let source: &dyn TokenSource = &session;
    source.reject(&source.token(&TokenRequest::access()).await.unwrap());
    let clock = fixture.local.clock();
    fixture.wire.rule(move |operation| {
        if operation == REFRESH {
            clock.advance(seconds(3600));
        }
        Action::Unreachable
    });
    let error = source.token(&TokenRequest::access()).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Transient);
}

#[tokio::test]
async fn rejections_of_one_token_are_counted_once() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("dave").await;
    let source: &dyn TokenSource = &session;
    let first = source.token(&TokenRequest::access()).await.unwrap();
    source.reject(&first);
    fixture.wire.on(REFRESH, Action::Unreachable);
    source.token(&TokenRequest::access()).await.unwrap();
    fixture.advance(61);
    source.reject(&first);
    fixture.wire.heal();
    let second = source.token(&TokenRequest::access()).await.unwrap();
    assert_ne!(second.expose_secret(), first.expose_secret());
    // The pause after the first rejection has passed; a second one would have doubled it.
    source.reject(&second);
    let third = source.token(&TokenRequest::access()).await.unwrap();
    assert_ne!(third.expose_secret(), second.expose_secret());
    source.reject(&third);
    let same = source.token(&TokenRequest::access()).await.unwrap();
    assert_eq!(same.expose_secret(), third.expose_secret(), "the next pause has not passed");
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_of_valid_tokens_is_retried_after_ten_seconds() {
    let fixture = Fixture::new(PoolSettings::default());
    let (adopted, clock) = with_stopped_clock(&fixture, |builder| builder).await;
    let session = adopted.await.unwrap();
    clock.advance(seconds(3600 - 60));
    fixture.wire.on(REFRESH, Action::refusal("ForbiddenException", "Request not allowed"));
    let mut events = session.events();
    for (passed, is_retried) in [(0, true), (9, false), (1, true)] {
        clock.advance(seconds(passed));
        token(&session).await;
        let event = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
        let has_failed = matches!(event, Ok(Some(SessionEvent::RefreshFailed(_))));
        assert_eq!(has_failed, is_retried, "{passed} seconds later");
    }
    assert_eq!(fixture.wire.seen(REFRESH).len(), 2);
}
