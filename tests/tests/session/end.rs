//! Rejections, pauses and changes that decide whether a session continues or ends, and the content
//! of its record.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cognito::session::{SessionEvent, SessionKey, TokenSet};
use cognito::types::Clock;
use cognito::{Challenge, ErrorKind, Fault, MemoryStore, Session};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD, challenge, done};
use cognito_tests::interposer::Action;
use cognito_tests::unreliable::Unreliable;
use futures_util::StreamExt;
use serde_json::json;

use crate::support::{REFRESH, put, record, token};

/// Returns a pool that tracks devices if the user chooses it, with a store.
fn with_store() -> (Fixture, Arc<Unreliable<MemoryStore>>) {
    let store = Arc::new(Unreliable::new(MemoryStore::default()));
    let shared = Arc::<Unreliable<MemoryStore>>::clone(&store);
    let devices = json!({ "DeviceOnlyRememberedOnUserPrompt": true });
    let settings = PoolSettings::default().pool_member("DeviceConfiguration", devices);
    (Fixture::with(settings, |builder| builder.token_store(shared)), store)
}

async fn restarted(
    fixture: &Fixture,
    store: &Arc<Unreliable<MemoryStore>>,
    key: &SessionKey,
) -> Session {
    let shared = Arc::<Unreliable<MemoryStore>>::clone(store);
    let pool = fixture.another_client(|builder| builder.token_store(shared));
    pool.restore(key).await.unwrap().unwrap()
}

#[tokio::test]
async fn sign_out_everywhere_is_a_success_when_it_is_repeated_after_a_failure_of_the_store() {
    let (fixture, store) = with_store();
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    store.refuse();
    let error = session.sign_out_everywhere().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    store.heal();
    error.session().unwrap().clone().sign_out_everywhere().await.unwrap();
    assert!(record(&*store, &key).await.is_none());
}

#[tokio::test]
async fn sign_out_everywhere_keeps_the_record_of_a_later_sign_in_which_ends_at_its_next_refresh() {
    let (fixture, store) = with_store();
    fixture.register("alice").await;
    let session = fixture.sign_in_as("alice", "main").await;
    let key = session.key().unwrap().clone();
    fixture.advance(1);
    let shared = Arc::<Unreliable<MemoryStore>>::clone(&store);
    let another = fixture.another_client(|builder| builder.token_store(shared));
    let later = another.sign_in("alice").password(PASSWORD).store_as("main");
    let later = done(later.await.unwrap());
    let stored = record(&*store, &key).await;
    session.sign_out_everywhere().await.unwrap();
    assert!(stored.is_some() && record(&*store, &key).await == stored);
    assert_eq!(later.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(record(&*store, &key).await.is_none());
}

#[tokio::test]
async fn refused_sign_out_everywhere_ends_the_local_session() {
    let (fixture, store) = with_store();
    let session = fixture.signed_in("alice").await;
    let (held, key) = (session.clone(), session.key().unwrap().clone());
    fixture.wire.on("GlobalSignOut", Action::refusal("ForbiddenException", "Request not allowed"));
    let error = session.sign_out_everywhere().await.unwrap_err();
    assert!(error.error().ends_session() && error.session().is_none(), "{:?}", error.kind());
    assert_eq!(held.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(record(&*store, &key).await.is_none());
}

#[tokio::test]
async fn refreshed_tokens_of_another_user_are_discarded_and_the_session_continues() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let bob = fixture.signed_in("bob").await;
    let mut body = json!({ "AuthenticationResult": {
        "AccessToken": token(&bob).await, "ExpiresIn": 3600, "TokenType": "Bearer",
    }});
    let id_token = bob.id_token().await.unwrap();
    for id_token in [None, Some(id_token.expose_secret())] {
        body["AuthenticationResult"]["IdToken"] = id_token.into();
        fixture.wire.on(REFRESH, Action::Respond(200, body.to_string()));
        let error = session.refresh().await.unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidToken && !error.ends_session(), "{error:?}");
    }
    fixture.wire.heal();
    session.refresh().await.unwrap();
    assert_eq!(session.user().await.unwrap().username(), "alice");
}

#[tokio::test]
async fn token_of_a_deleted_or_disabled_user_is_not_served_again() {
    let fixture = Fixture::new(PoolSettings::default());
    let deleted =
        ("AdminDeleteUser", Action::refusal("UserNotFoundException", "User does not exist."));
    let disabled =
        ("AdminDisableUser", Action::refusal("NotAuthorizedException", "User is disabled."));
    for (operation, refusal) in [deleted, disabled] {
        let username = format!("user-of-{operation}");
        let session = fixture.signed_in(&username).await;
        fixture.admin(operation, json!({ "Username": username }));
        fixture.wire.on("GetUser", refusal);
        let kind = session.user().await.unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::UserNotFound | ErrorKind::UserDisabled), "{kind:?}");
        fixture.wire.on(REFRESH, Action::Unreachable);
        assert!(session.access_token().await.unwrap_err().is_transient());
        fixture.wire.heal();
        fixture.advance(1);
        let error = session.access_token().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SessionEnded, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn throttled_refreshes_of_an_expired_token_have_increasing_pauses() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("bob").await;
    fixture.advance(3600);
    fixture.wire.on(REFRESH, Action::refusal("TooManyRequestsException", "Rate exceeded"));
    let start = tokio::time::Instant::now();
    for _ in 0..10 {
        assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::Throttled);
    }
    assert!(start.elapsed() > Duration::from_secs(30), "{:?}", start.elapsed());
    fixture.wire.heal();
    session.access_token().await.unwrap();
    let again = tokio::time::Instant::now();
    session.refresh().await.unwrap();
    assert!(again.elapsed() < Duration::from_secs(1), "a success ends the pauses");
}

#[tokio::test]
async fn expired_session_without_a_refresh_token_leaves_no_record() {
    let (fixture, _) = with_store();
    let tokens = fixture.signed_in("carol").await.tokens().unwrap();
    let (token, at) = (tokens.access_token().clone(), tokens.issued_at());
    let tokens = TokenSet::new(token, at, tokens.lifetime());
    let session = fixture.pool.session(tokens).store_as("carol's tab").await.unwrap();
    let (key, mut events) = (session.key().unwrap().clone(), session.events());
    fixture.advance(3600);
    let error = session.access_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
    assert!(!error.is_transient());
    let Some(SessionEvent::Ended { reason: Some(reason) }) = events.next().await else { panic!() };
    assert_eq!(reason.kind(), ErrorKind::TokenExpired);
    assert!(fixture.pool.restore(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn session_of_a_revoked_access_token_alone_ends_with_that_reason() {
    let fixture = Fixture::new(PoolSettings::default());
    let signed_in = fixture.signed_in("carol").await;
    let access_token = signed_in.access_token().await.unwrap();
    let session = fixture.pool.with_access_token(access_token).await.unwrap();
    let mut events = session.events();
    signed_in.sign_out().await.unwrap();
    assert_eq!(session.user().await.unwrap_err().kind(), ErrorKind::TokenRevoked);
    assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    let Some(SessionEvent::Ended { reason: Some(reason) }) = events.next().await else { panic!() };
    assert_eq!(reason.kind(), ErrorKind::TokenRevoked, "it has not expired");
}

#[tokio::test]
async fn decision_about_a_device_survives_a_restart() {
    let (fixture, store) = with_store();
    let session = fixture.signed_in("dave").await;
    assert!(session.asks_to_remember_device());
    let device = session.device().unwrap();
    store.refuse();
    session.remember_device(device.key(), true).await.unwrap();
    assert!(!session.asks_to_remember_device(), "the service has it, though the store failed");
    store.heal();
    session.refresh().await.unwrap();
    let key = session.key().unwrap();
    assert!(!restarted(&fixture, &store, key).await.asks_to_remember_device());

    let session = fixture.signed_in("erin").await;
    session.remember_device(session.device().unwrap().key(), true).await.unwrap();
    let key = session.key().unwrap();
    assert!(!restarted(&fixture, &store, key).await.asks_to_remember_device());
}

#[tokio::test(start_paused = true)]
async fn decision_about_a_device_during_a_refresh_is_stored() {
    let (fixture, store) = with_store();
    let session = fixture.signed_in("erin").await;
    fixture.wire.on(REFRESH, Action::Late(Duration::from_millis(200)));
    let refreshing = session.clone();
    let refresh = tokio::spawn(async move { refreshing.refresh().await });
    while fixture.wire.seen(REFRESH).is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    session.remember_device(session.device().unwrap().key(), true).await.unwrap();
    let written = record(&*store, session.key().unwrap()).await.unwrap();
    assert!(written.get("device_undecided").is_none(), "the refresh began before the decision");
    refresh.await.unwrap().unwrap();
}

#[tokio::test]
async fn change_of_the_device_keeps_the_claim_of_another_program() {
    let (fixture, store) = with_store();
    let session = fixture.signed_in("frank").await;
    let key = session.key().unwrap();
    let mut claimed = record(&*store, key).await.unwrap();
    let now = fixture.local.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let until = u64::try_from(now.as_millis()).unwrap() + 30_000;
    claimed["claim"] = json!({ "holder": 1, "until": until });
    put(&*store, key, &claimed).await;
    session.remember_device(session.device().unwrap().key(), true).await.unwrap();
    let written = record(&*store, key).await.unwrap();
    assert!(written.get("device_undecided").is_none(), "the change is written");
    assert_eq!(written["claim"], claimed["claim"], "the other program may be refreshing");
}

#[test]
fn request_without_a_runtime_is_an_error_and_no_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fixture = Fixture::new(PoolSettings::default());
    runtime.block_on(fixture.register("grace"));
    let sign_in = pin!(fixture.pool.sign_in("grace").password(PASSWORD).into_future());
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Err(error)) = sign_in.poll(&mut context) else { panic!("it waits") };
    assert_eq!(
        (error.kind(), error.error().operation()),
        (ErrorKind::NoRuntime, Some("InitiateAuth"))
    );
}

#[tokio::test]
async fn blank_attribute_of_a_new_user_is_the_users_fault() {
    let required =
        json!([{ "Name": "family_name", "Required": true, "AttributeDataType": "String" }]);
    let fixture = Fixture::new(PoolSettings::default().pool_member("Schema", required));
    let temporary = json!({
        "Username": "heidi", "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS",
    });
    fixture.admin("AdminCreateUser", temporary);
    let sign_in = fixture.pool.sign_in("heidi").password(PASSWORD).await.unwrap();
    let Challenge::NewPassword(asked) = challenge(sign_in) else { panic!("no password is asked") };
    let refused = asked.respond("Another-horse2").await.unwrap_err();
    assert_eq!(refused.error().fault(), Fault::Application, "it did not ask for the name");
    let blank = [("family_name".to_owned(), " ".to_owned())].into_iter().collect();
    let refused =
        refused.retry().unwrap().respond("Another-horse2").attributes(blank).await.unwrap_err();
    assert_eq!(refused.error().fault(), Fault::User);
    let given = [("family_name".to_owned(), "Doe".to_owned())].into_iter().collect();
    let answered = refused.retry().unwrap().respond("Another-horse2").attributes(given).await;
    done(answered.unwrap());
}
