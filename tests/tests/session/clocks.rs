//! Clients whose clocks differ from the clock of the service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use cognito::types::Clock;
use cognito::{ErrorKind, UserPool};
use cognito_emulator::{PoolSettings, TestClock};
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::interposer::Action;

use crate::support::{REFRESH, token};

/// A clock that can differ from that of the service.
#[derive(Debug)]
struct Wrong {
    right: Arc<TestClock>,
    seconds_ahead: AtomicU64,
    seconds_behind: AtomicU64,
}

impl Wrong {
    fn set(&self, ahead: u64, behind: u64) {
        self.seconds_ahead.store(ahead, Ordering::Relaxed);
        self.seconds_behind.store(behind, Ordering::Relaxed);
    }
}

impl Clock for Wrong {
    fn now(&self) -> SystemTime {
        self.right.now() + seconds(&self.seconds_ahead) - seconds(&self.seconds_behind)
    }

    fn elapsed(&self) -> Duration {
        let ahead = self.right.elapsed() + seconds(&self.seconds_ahead);
        ahead.saturating_sub(seconds(&self.seconds_behind))
    }
}

fn seconds(of: &AtomicU64) -> Duration {
    Duration::from_secs(of.load(Ordering::Relaxed))
}

/// Returns another client of the pool, and its clock.
fn client(fixture: &Fixture) -> (UserPool, Arc<Wrong>) {
    let clock = Arc::new(Wrong {
        right: fixture.local.clock(),
        seconds_ahead: 0.into(),
        seconds_behind: 0.into(),
    });
    let shared: Arc<dyn Clock> = Arc::<Wrong>::clone(&clock);
    (fixture.another_client(|builder| builder.clock(shared)), clock)
}

#[tokio::test]
async fn wrong_clock_is_reported_and_loses_no_tokens() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("rupert").await;
    for (ahead, behind) in [(0, 200), (7200, 0)] {
        let (pool, clock) = client(&fixture);
        clock.set(ahead, behind);
        let error = pool.sign_in("rupert").password(PASSWORD).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ClockSkew, "{ahead} ahead, {behind} behind");
        let session = error.session().unwrap();
        let again = session.access_token().await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::ClockSkew, "{ahead} ahead, {behind} behind");
        clock.set(0, 0);
        session.user().await.unwrap();
        assert!(fixture.wire.seen(REFRESH).is_empty(), "new tokens would be refused too");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_refusal_of_an_old_token_does_not_affect_its_successor() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("sam").await;
    let (pool, clock) = client(&fixture);
    let session = done(pool.sign_in("sam").password(PASSWORD).await.unwrap());
    let first = token(&session).await;
    // The token has expired for the service alone, so it is used beside a refresh.
    clock.set(0, 30);
    fixture.advance(3610);
    fixture.wire.on("GetUser", Action::Late(Duration::from_millis(200)));
    assert_eq!(session.user().await.unwrap_err().kind(), ErrorKind::TokenExpired);
    assert!(!session.needs_refresh().unwrap());
    assert_ne!(token(&session).await, first);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
}
