//! Many callers of one session, many of which are dropped, in one and in two programs.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use cognito::session::SessionEvent;
use cognito::{Error, MemoryStore, Session, TokenStore, UserPool};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::Fixture;
use cognito_tests::interposer::Action;
use cognito_tests::logs::logged;
use futures_util::StreamExt;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{REFRESH, rotating};

const CALLERS: u64 = 1000;
const ROUNDS: u64 = 4;

fn shared(store: &Arc<MemoryStore>) -> Arc<dyn TokenStore> {
    Arc::<MemoryStore>::clone(store)
}

/// Returns a pseudo-random number, which is the same in each run.
fn mixed(number: u64) -> u64 {
    let number = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (number ^ (number >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
}

/// Runs a caller, which gets a token, refreshes, or is dropped at some point.
async fn call(session: Session, number: u64) -> Result<(), Error> {
    let random = mixed(number);
    let is_explicit = random.is_multiple_of(20);
    let work = async {
        if is_explicit { session.refresh().await } else { session.access_token().await.map(drop) }
    };
    match random % 3 {
        0 => {
            let mut work = pin!(work);
            for _ in 0..random % 5 {
                if work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            Ok(())
        }
        1 => {
            let limit = Duration::from_micros(random % 20_000);
            tokio::time::timeout(limit, work).await.unwrap_or(Ok(()))
        }
        _ => work.await,
    }
}

/// Runs the callers in rounds. In each round the tokens have expired or are about to expire.
async fn storm(fixture: &Fixture, sessions: &[Session]) {
    for round in 0..ROUNDS {
        fixture.advance(if round % 2 == 0 { 3600 } else { 3600 - 100 });
        let callers = (0..CALLERS / ROUNDS).map(|caller| {
            let number = round * CALLERS + caller;
            let session = &sessions[usize::try_from(mixed(number) % 7).unwrap() % sessions.len()];
            tokio::spawn(call(session.clone(), number))
        });
        for outcome in join_all(callers).await {
            outcome.unwrap().unwrap();
        }
        // Work started by dropped callers completes before the clock advances.
        for session in sessions {
            session.refresh().await.unwrap();
        }
    }
}

async fn check(fixture: &Fixture, sessions: &[Session], store: &Arc<MemoryStore>) {
    let key = sessions[0].key().unwrap();
    for session in sessions {
        session.refresh().await.unwrap();
        assert!(!session.needs_refresh().unwrap());
        assert_eq!(session.user().await.unwrap().username(), "alice");
        let (stored, _) = store.load(key).await.unwrap().unwrap();
        let record: Value = serde_json::from_slice(stored.expose_secret()).unwrap();
        let tokens = session.tokens().unwrap();
        assert_eq!(record["access_token"], tokens.access_token().expose_secret());
        assert_eq!(record["refresh_token"], tokens.refresh_token().unwrap().expose_secret());
        assert!(record.get("claim").is_none(), "no claim is left");
    }
    let restarted = fixture.another_client(|builder| builder.token_store(shared(store)));
    let restored = restarted.restore(key).await.unwrap().unwrap();
    restored.refresh().await.unwrap();
    restored.sign_out().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousand_callers_of_which_many_are_dropped_lose_nothing() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(rotating(0), |builder| builder.token_store(shared(&store)));
    let sessions = [fixture.signed_in("alice").await];
    storm(&fixture, &sessions).await;
    check(&fixture, &sessions, &store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_in_two_programs_lose_nothing() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(rotating(0), |builder| builder.token_store(shared(&store)));
    let first = fixture.signed_in("alice").await;
    let another: UserPool = fixture.another_client(|builder| builder.token_store(shared(&store)));
    let second = another.restore(first.key().unwrap()).await.unwrap().unwrap();
    let sessions = [first, second];
    storm(&fixture, &sessions).await;
    check(&fixture, &sessions, &store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_continue_when_the_runtimes_of_others_end() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(rotating(60), |builder| builder.token_store(shared(&store)));
    let session = fixture.signed_in("alice").await;
    for round in 0..20 {
        fixture.advance(3600);
        let held = session.clone();
        let elsewhere = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let limit = Duration::from_micros(mixed(round) % 3000);
            let _ = runtime.block_on(async { tokio::time::timeout(limit, held.refresh()).await });
        });
        let callers = (0..10).map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.access_token().await.map(drop) })
        });
        for outcome in join_all(callers).await {
            outcome.unwrap().unwrap();
        }
        elsewhere.join().unwrap();
        session.refresh().await.unwrap();
    }
}

#[tokio::test]
async fn subscribers_receive_refreshes_failures_and_the_end_without_a_token() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("bob").await;
    let mut events = session.events();
    session.refresh().await.unwrap();
    let expires_at = session.expires_at().unwrap();
    let event = events.next().await.unwrap();
    assert!(matches!(event, SessionEvent::Refreshed { expires_at: at } if at == expires_at));

    fixture.wire.on(REFRESH, Action::Unreachable);
    session.refresh().await.unwrap_err();
    fixture.wire.heal();
    let Some(SessionEvent::RefreshFailed(error)) = events.next().await else { panic!() };
    assert!(error.is_transient());

    fixture.admin("AdminUserGlobalSignOut", json!({ "Username": "bob" }));
    session.refresh().await.unwrap_err();
    let Some(SessionEvent::Ended { reason: Some(reason) }) = events.next().await else { panic!() };
    assert_eq!(reason.kind(), cognito::ErrorKind::TokenRevoked);
    assert!(events.next().await.is_none() && session.events().next().await.is_none());
}

#[test]
fn a_failed_refresh_is_logged_with_its_kind_and_an_ended_session_is_not() {
    let ((), log) = logged(async {
        let fixture = Fixture::new(PoolSettings::default());
        let session = fixture.signed_in("bob").await;
        fixture.wire.on(REFRESH, Action::Unreachable);
        session.refresh().await.unwrap_err();
        fixture.wire.heal();
        fixture.admin("AdminUserGlobalSignOut", json!({ "Username": "bob" }));
        session.refresh().await.unwrap_err();
    });
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains("WARN")).collect();
    let [warning] = &*warnings else { panic!("{warnings:?}") };
    assert!(
        warning.ends_with("the tokens cannot be refreshed or stored error=Transport"),
        "{warning}"
    );
}

#[tokio::test]
async fn slow_and_panicking_subscribers_do_not_affect_others() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("carol").await;
    let mut slow = session.events();
    let mut panicking = session.events();
    let task = tokio::spawn(async move {
        panicking.next().await;
        panic!("a defect of the application");
    });
    for _ in 0..40 {
        session.refresh().await.unwrap();
    }
    assert!(task.await.unwrap_err().is_panic());
    session.user().await.unwrap();
    session.sign_out().await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = slow.next().await {
        seen.push(event);
    }
    assert!(seen.len() < 40, "the oldest were not kept");
    assert!(matches!(seen.last(), Some(SessionEvent::Ended { reason: None })));

    let forgotten = fixture.sign_in("carol").await;
    let mut events = forgotten.events();
    drop(forgotten);
    assert!(events.next().await.is_none(), "a subscriber keeps no session alive");
}
