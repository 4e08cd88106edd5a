//! Claims of other programs, whose clocks may differ, and which may have been killed.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito::session::SessionKey;
use cognito::types::Clock;
use cognito::{MemoryStore, TokenStore};
use cognito_emulator::TestClock;
use cognito_tests::fixture::Fixture;
use cognito_tests::interposer::Action;
use serde_json::json;
use tokio::time::Instant;

use crate::support::{REFRESH, put, record, restored, rotating, seconds, token, two_programs};

/// A clock that is ahead of another one.
#[derive(Debug)]
struct Ahead(Arc<TestClock>, Duration);

impl Clock for Ahead {
    fn now(&self) -> SystemTime {
        self.0.now() + self.1
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Claims the record for another program until this time in milliseconds.
async fn claim(store: &dyn TokenStore, key: &SessionKey, until: u128) {
    let mut claimed = record(store, key).await.unwrap();
    claimed["claim"] = json!({ "holder": 1, "until": u64::try_from(until).unwrap() });
    put(store, key, &claimed).await;
}

#[tokio::test(start_paused = true)]
async fn a_program_whose_clock_is_ahead_waits_for_the_refresh_of_another() {
    let store = Arc::<MemoryStore>::default();
    let fixture = Fixture::with(rotating(0), |builder| {
        builder.token_store(Arc::<MemoryStore>::clone(&store))
    });
    let first = fixture.signed_in("alice").await;
    let clock = Arc::new(Ahead(fixture.local.clock(), seconds(40)));
    let ahead = fixture.another_client(|builder| {
        builder.token_store(Arc::<MemoryStore>::clone(&store)).clock(clock)
    });
    let second = restored(&ahead, first.key().unwrap()).await;
    fixture.advance(3600);
    fixture.wire.on(REFRESH, Action::Late(seconds(4)));
    let (one, two) = tokio::join!(token(&first), async {
        tokio::time::sleep(seconds(1)).await;
        token(&second).await
    });
    assert_eq!(one, two);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
    fixture.wire.heal();
    for session in [first, second] {
        session.refresh().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_claim_delays_a_refresh_for_a_short_time_unless_it_is_old() {
    // Seconds since the claim expired, and the delay.
    for (age, delay) in [(1, 5), (299, 5), (300, 0), (100_000, 0)] {
        let (fixture, _, store) = two_programs(rotating(0));
        fixture.local.clock().freeze();
        let session = fixture.signed_in("alice").await;
        let key = session.key().unwrap();
        let now = fixture.local.clock().now().duration_since(UNIX_EPOCH).unwrap();
        claim(&*store, key, (now - seconds(age)).as_millis()).await;
        let start = Instant::now();
        session.refresh().await.unwrap();
        let (elapsed, delay) = (start.elapsed(), seconds(delay));
        assert!(elapsed >= delay && elapsed < delay + seconds(1), "{age}: {elapsed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn refresh_token_of_a_killed_program_is_used_within_the_grace_period() {
    let (fixture, another, store) = two_programs(rotating(60));
    // A slow machine takes none of the seconds between the claim's end and that of the grace period.
    fixture.local.clock().freeze();
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let now = fixture.local.clock().now().duration_since(UNIX_EPOCH).unwrap();
    claim(&*store, &key, (now + seconds(35)).as_millis()).await;
    let used = session.tokens().unwrap().refresh_token().unwrap().expose_secret().to_owned();
    fixture.local.call(REFRESH, json!({ "RefreshToken": used })).unwrap();
    drop(session);
    fixture.advance(54);
    let restarted = restored(&another, &key).await;
    let start = Instant::now();
    let refresh = restarted.refresh();
    let clock = async {
        // The test clock follows tokio's time, until the refresh is sent.
        while fixture.wire.seen(REFRESH).is_empty() {
            tokio::time::sleep(seconds(1)).await;
            fixture.advance(1);
        }
    };
    let (refreshed, ()) = tokio::join!(refresh, clock);
    refreshed.unwrap();
    assert!(start.elapsed() < seconds(7), "{:?}", start.elapsed());
}
