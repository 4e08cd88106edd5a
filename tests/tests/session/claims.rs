//! The time limits of a claim of a stored session: another program must not send the refresh token
//! of a slow one.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use cognito::sign_in::{Retries, UserPoolBuilder};
use cognito::types::Clock;
use cognito::{Error, ErrorKind, MemoryStore, Session};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::interposer::{Action, Interposer};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{CLAIM, REFRESH, record, rotating, seconds, token};

const SECRET: &str = "the-secret";

/// A clock that follows tokio's paused time.
#[derive(Clone, Copy, Debug)]
struct TokioClock {
    start: SystemTime,
    since: Instant,
}

impl Clock for TokioClock {
    fn now(&self) -> SystemTime {
        self.start + self.since.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }
}

/// A program whose requests can be slow, and a fast one with the same session, whose device is not
/// confirmed yet.
struct Programs {
    fixture: Fixture,
    store: Arc<MemoryStore>,
    slow: Session,
    fast: Session,
    /// The connection of the fast program to the service; the slow one uses the fixture's.
    fast_wire: Interposer,
    secret_is_slow: Arc<AtomicBool>,
}

impl Programs {
    /// Creates a pool without a grace period, and programs with more time than a claim lasts.
    async fn new() -> Self {
        let clock = TokioClock { start: SystemTime::now(), since: Instant::now() };
        let (store, secret_is_slow) = (Arc::<MemoryStore>::default(), Arc::default());
        let set_up = |builder: UserPoolBuilder| {
            builder
                .token_store(Arc::<MemoryStore>::clone(&store))
                .clock(Arc::new(clock))
                .retries(Retries::default().first_pause(Duration::ZERO))
                .attempt_timeout(seconds(50))
                .operation_timeout(seconds(200))
        };
        let is_slow = Arc::<AtomicBool>::clone(&secret_is_slow);
        let fixture = Fixture::with(settings(), |builder| {
            set_up(builder).client_secret_from(move |_| {
                let delay = if is_slow.load(Ordering::Relaxed) { 25 } else { 0 };
                async move {
                    tokio::time::sleep(seconds(delay)).await;
                    Ok::<_, Infallible>(SECRET.into())
                }
            })
        });
        let fast_wire = Interposer::new(fixture.local.http_client());
        let another = fixture.another_client(|builder| {
            set_up(builder).client_secret(SECRET).http_client(fast_wire.clone())
        });
        fixture.register("alice").await;
        fixture.wire.on("ConfirmDevice", Action::Unreachable);
        let slow = done(fixture.pool.sign_in("alice").password(PASSWORD).await.unwrap());
        fixture.wire.heal();
        let fast = another.restore(slow.key().unwrap()).await.unwrap().unwrap();
        assert!(slow.has_unconfirmed_device() && fast.has_unconfirmed_device());
        Self { fixture, store, slow, fast, fast_wire, secret_is_slow }
    }

    /// Creates programs whose device is confirmed and whose tokens have expired.
    async fn expired() -> Self {
        let programs = Self::new().await;
        programs.fast.refresh().await.unwrap();
        programs.slow.refresh().await.unwrap();
        programs.fixture.advance(3600);
        tokio::time::advance(seconds(3600)).await;
        programs
    }

    /// Requests new tokens in the slow program, and a second later in the fast one.
    ///
    /// Returns the results, and the duration of the slow one.
    async fn need_tokens(&self) -> (Result<String, Error>, String, Duration) {
        let start = Instant::now();
        let (slow, fast) = tokio::join!(
            async {
                let outcome = self.slow.access_token().await;
                (outcome.map(|token| token.expose_secret().to_owned()), start.elapsed())
            },
            async {
                tokio::time::sleep(seconds(1)).await;
                token(&self.fast).await
            }
        );
        self.assert_no_token_is_sent_twice();
        let (outcome, elapsed) = slow;
        (outcome, fast, elapsed)
    }

    fn assert_no_token_is_sent_twice(&self) {
        let seen = [self.fixture.wire.seen(REFRESH), self.fast_wire.seen(REFRESH)].concat();
        let tokens: BTreeSet<String> = seen.iter().map(|seen| refresh_token(&seen.body)).collect();
        assert_eq!(tokens.len(), seen.len());
    }
}

fn refresh_token(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    body["RefreshToken"].as_str().unwrap().to_owned()
}

fn settings() -> PoolSettings {
    let devices = json!({ "ChallengeRequiredOnNewDevice": true });
    rotating(0).client_secret(SECRET).pool_member("DeviceConfiguration", devices)
}

#[tokio::test(start_paused = true)]
async fn device_is_confirmed_before_the_record_is_claimed() {
    let programs = Programs::new().await;
    programs.fixture.wire.rule(|operation| match operation {
        "ConfirmDevice" => Action::Late(seconds(CLAIM - 5)),
        REFRESH => Action::Late(seconds(15)),
        _ => Action::Pass,
    });
    let (slow, fast) = tokio::join!(programs.slow.refresh(), async {
        tokio::time::sleep(seconds(1)).await;
        programs.fast.refresh().await
    });
    slow.unwrap();
    fast.unwrap();
    programs.assert_no_token_is_sent_twice();
    assert!(!programs.slow.has_unconfirmed_device());
}

#[tokio::test(start_paused = true)]
async fn another_program_waits_for_a_refresh_that_takes_almost_all_of_its_time() {
    let programs = Programs::expired().await;
    programs.fixture.wire.on(REFRESH, Action::Late(seconds(19)));
    let (slow, fast, elapsed) = programs.need_tokens().await;
    assert_eq!(slow.unwrap(), fast);
    assert!(elapsed >= seconds(19) && elapsed < seconds(20), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn refresh_with_a_slow_secret_ends_before_its_claim() {
    let programs = Programs::expired().await;
    programs.secret_is_slow.store(true, Ordering::Relaxed);
    programs.fixture.wire.on(REFRESH, Action::Late(seconds(15)));
    let (slow, fast, elapsed) = programs.need_tokens().await;
    assert_eq!(slow.unwrap_err().kind(), ErrorKind::Transport);
    assert!(elapsed <= seconds(20), "{elapsed:?}");
    tokio::time::advance(seconds(1)).await;
    assert_eq!(token(&programs.slow).await, fast, "the other program has refreshed");
}

#[tokio::test(start_paused = true)]
async fn tokens_are_stored_before_the_claim_ends_although_their_keys_are_late() {
    let programs = Programs::expired().await;
    programs.fixture.local.rotate_keys();
    programs.fixture.wire.rule(|operation| match operation {
        REFRESH => Action::Late(seconds(18)),
        "GetKeySet" => Action::Late(seconds(9)),
        _ => Action::Pass,
    });
    let before = record(&*programs.store, programs.slow.key().unwrap()).await.unwrap();
    let (slow, fast, elapsed) = programs.need_tokens().await;
    assert_eq!(slow.unwrap_err().kind(), ErrorKind::KeysUnavailable);
    assert!(elapsed > seconds(18) && elapsed <= seconds(20), "{elapsed:?}");
    let after = record(&*programs.store, programs.slow.key().unwrap()).await.unwrap();
    assert_ne!(after["access_token"], before["access_token"]);
    assert_eq!(after["access_token"], fast);
    programs.fixture.wire.heal();
    tokio::time::advance(seconds(60)).await;
    assert_eq!(token(&programs.slow).await, fast);
}
