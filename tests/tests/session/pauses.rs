//! The pauses between refreshes that fail while no token is valid.

use std::sync::Arc;

use cognito::session::SessionEvent;
use cognito::{MemoryStore, Session, TokenStore};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::Fixture;
use cognito_tests::interposer::Action;
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};

use crate::support::{REFRESH, restored, token, two_programs};

/// Refusals that do not end a session.
fn refusals() -> [(&'static str, Action); 4] {
    let lambda = "UserLambdaValidationException";
    [
        (lambda, Action::refusal(lambda, "PreTokenGeneration failed with error closed.")),
        ("InvalidParameterException", Action::refusal("InvalidParameterException", "Invalid")),
        ("InternalErrorException", Action::refusal("InternalErrorException", "Internal error")),
        ("an unknown response", Action::Respond(200, "{}".to_owned())),
    ]
}

/// Returns the number of refresh requests that many calls cause.
async fn requests_of_calls(fixture: &Fixture, session: &Session) -> usize {
    let before = fixture.wire.seen(REFRESH).len();
    for _ in 0..5 {
        session.access_token().await.unwrap_err();
    }
    for outcome in join_all((0..20).map(|_| session.access_token())).await {
        outcome.unwrap_err();
    }
    fixture.wire.seen(REFRESH).len() - before
}

#[tokio::test(start_paused = true)]
async fn calls_after_a_failed_refresh_get_its_error_and_send_nothing_for_a_growing_pause() {
    for (name, action) in refusals() {
        let fixture = Fixture::new(PoolSettings::default());
        let session = fixture.signed_in("alice").await;
        let first = token(&session).await;
        fixture.advance(3600);
        fixture.wire.on(REFRESH, action);
        let error = session.access_token().await.unwrap_err();
        let attempts = fixture.wire.seen(REFRESH).len();
        for pause in [1, 2, 4, 8, 8] {
            assert_eq!(requests_of_calls(&fixture, &session).await, 0, "{name}: {pause}");
            fixture.advance(pause - 1);
            assert_eq!(requests_of_calls(&fixture, &session).await, 0, "{name}: {pause}");
            let repeated = session.access_token().await.unwrap_err();
            assert_eq!(repeated.kind(), error.kind(), "{name}");
            assert_eq!(repeated.exception(), error.exception(), "{name}");
            fixture.advance(1);
            assert_eq!(requests_of_calls(&fixture, &session).await, attempts, "{name}: {pause}");
        }
        fixture.wire.heal();
        fixture.advance(8);
        assert_ne!(token(&session).await, first, "{name}");
    }
}

#[tokio::test]
async fn explicit_refresh_ignores_the_pause_and_its_success_ends_it() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("bob").await;
    let first = token(&session).await;
    fixture.advance(3600);
    fixture.wire.on(REFRESH, Action::refusal("InvalidParameterException", "Invalid"));
    session.access_token().await.unwrap_err();
    session.refresh().await.unwrap_err();
    assert_eq!(fixture.wire.seen(REFRESH).len(), 2);
    assert_eq!(requests_of_calls(&fixture, &session).await, 0);
    fixture.wire.heal();
    session.refresh().await.unwrap();
    assert_ne!(token(&session).await, first);
}

#[tokio::test]
async fn restored_session_with_expired_tokens_pauses_too() {
    let store = Arc::new(MemoryStore::default());
    let shared = || Arc::clone(&store) as Arc<dyn TokenStore>;
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared()));
    let key = fixture.signed_in("carol").await.key().unwrap().clone();
    let restarted = fixture.another_client(|builder| builder.token_store(shared()));
    fixture.advance(3600);
    fixture.wire.on(REFRESH, Action::refusal("InvalidParameterException", "Invalid"));
    let error = restarted.restore(&key).await.unwrap_err();
    let session = error.session().unwrap();
    assert_eq!(requests_of_calls(&fixture, session).await, 0);
    restarted.restore(&key).await.unwrap_err();
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
    fixture.wire.heal();
    fixture.advance(1);
    token(&restored(&restarted, &key).await).await;
}

#[tokio::test]
async fn tokens_that_only_have_to_be_stored_do_not_wait() {
    let (fixture, _, store) = two_programs(PoolSettings::default());
    let session = fixture.signed_in("dave").await;
    let first = token(&session).await;
    fixture.advance(3600);
    // The record is claimed, and the new tokens cannot be stored.
    store.refuse_after(1);
    session.access_token().await.unwrap_err();
    store.heal();
    assert_ne!(token(&session).await, first);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
}

#[tokio::test]
async fn calls_in_the_pause_cause_no_event() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("erin").await;
    let mut events = session.events();
    fixture.advance(3600);
    fixture.wire.on(REFRESH, Action::refusal("InvalidParameterException", "Invalid"));
    requests_of_calls(&fixture, &session).await;
    assert!(matches!(events.next().await, Some(SessionEvent::RefreshFailed(_))));
    assert!(events.next().now_or_never().is_none(), "one refresh has failed");
}
