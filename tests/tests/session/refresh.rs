//! Refresh of a session: its time, failures that the session survives, and failures that end it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cognito::session::{STORE_TIMEOUT, TokenRequest, TokenSet, TokenSource};
use cognito::types::{Clock, RefreshToken};
use cognito::{ErrorKind, MemoryStore, Session};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD};
use cognito_tests::interposer::Action;
use cognito_tests::unreliable::Unreliable;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{REFRESH, rotating, token, two_programs};

/// The exception of most refusals.
const NOT_AUTHORIZED: &str = "NotAuthorizedException";

/// Awaits a future that must not wait for the service or the store.
async fn at_once<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(2), future).await.expect("it waits")
}

#[tokio::test]
async fn a_refresh_whose_runtime_is_shut_down_is_started_again_by_a_waiting_caller() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let first = token(&session).await;
    fixture.advance(3600);
    fixture.wire.on(REFRESH, Action::Hang);
    let held = session.clone();
    let (shut_down, is_shut_down) = tokio::sync::oneshot::channel();
    let elsewhere = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.spawn(async move { held.access_token().await });
        runtime.block_on(is_shut_down).unwrap();
        runtime.shutdown_background();
    });
    while fixture.wire.seen(REFRESH).is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let waiting = tokio::spawn({
        let session = session.clone();
        async move { token(&session).await }
    });
    tokio::task::yield_now().await;
    fixture.wire.heal();
    shut_down.send(()).unwrap();
    assert_ne!(waiting.await.unwrap(), first);
    elsewhere.join().unwrap();
    assert_ne!(token(&session).await, first);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 2);
}

#[tokio::test]
async fn refresh_of_a_session_without_a_refresh_token_names_the_remedy() {
    let fixture = Fixture::new(PoolSettings::default());
    let access = token(&fixture.signed_in("bob").await).await;
    let session = fixture.pool.with_access_token(access).await.unwrap();
    let error = session.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().ends_with("no refresh token; sign in again for new tokens"));
}

#[tokio::test]
async fn a_panic_of_a_callback_fails_one_refresh() {
    let secret = "a-secret-of-the-app-client";
    let panics = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&panics);
    let fixture = Fixture::with(PoolSettings::default().client_secret(secret), |builder| {
        builder.client_secret_from(move |_| {
            assert!(!flag.load(Ordering::Relaxed), "a defect of the application");
            async { Ok::<_, Infallible>(secret.into()) }
        })
    });
    let session = fixture.signed_in("bob").await;
    let first = token(&session).await;
    fixture.advance(3600);
    panics.store(true, Ordering::Relaxed);
    let error = session.access_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("a callback or the store panicked; correct it"), "{error}");
    assert!(!error.ends_session());
    panics.store(false, Ordering::Relaxed);
    assert_ne!(token(&session).await, first);
}

#[tokio::test]
async fn a_panic_of_the_store_fails_one_refresh() {
    let store = Arc::new(Unreliable::new(MemoryStore::default()));
    let shared = Arc::<Unreliable<MemoryStore>>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared));
    let session = fixture.signed_in("carol").await;
    store.panic();
    session.refresh().await.unwrap_err();
    store.heal();
    session.refresh().await.unwrap();
}

#[tokio::test]
async fn the_token_that_expires_first_decides_when_to_refresh() {
    let units = json!({ "AccessToken": "hours", "IdToken": "minutes" });
    let settings = PoolSettings::default()
        .client_member("AccessTokenValidity", 24)
        .client_member("IdTokenValidity", 5)
        .client_member("TokenValidityUnits", units);
    let store = Arc::new(MemoryStore::default());
    let shared = || Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(settings, |builder| builder.token_store(shared()));
    let session = fixture.signed_in("dave").await;
    let first = session.id_token().await.unwrap().expose_secret().to_owned();
    fixture.advance(10 * 60);
    assert!(session.needs_refresh().unwrap());
    assert_ne!(session.id_token().await.unwrap().expose_secret(), first);
    fixture.advance(10 * 60);
    let restarted = fixture.another_client(|builder| builder.token_store(shared()));
    let restored = restarted.restore(session.key().unwrap()).await.unwrap().unwrap();
    let claims = restored.id_claims().await.unwrap();
    assert!(claims.expires_at() > fixture.local.clock().now());
}

#[tokio::test]
async fn a_rejected_token_is_served_while_its_refresh_fails() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("erin").await;
    let source: &dyn TokenSource = &session;
    let want = TokenRequest::access();
    let rejected = source.token(&want).await.unwrap();
    for trouble in [Action::Unreachable, Action::Respond(503, String::new()), Action::LoseResponse]
    {
        fixture.wire.on(REFRESH, trouble);
        source.reject(&rejected);
        fixture.advance(11);
        let served = source.token(&want).await.unwrap();
        assert_eq!(served.expose_secret(), rejected.expose_secret());
    }
    let attempts = fixture.wire.seen(REFRESH).len();
    source.token(&want).await.unwrap();
    assert_eq!(fixture.wire.seen(REFRESH).len(), attempts, "no attempt follows at once");
    fixture.wire.heal();
    fixture.advance(11);
    let next = source.token(&want).await.unwrap();
    assert_ne!(next.expose_secret(), rejected.expose_secret());
}

#[tokio::test]
async fn a_token_that_the_service_called_revoked_is_not_served_again() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("frank").await;
    fixture.sign_in("frank").await.sign_out_everywhere().await.unwrap();
    let source: &dyn TokenSource = &session;
    let issued = source.token(&TokenRequest::access()).await.unwrap();
    fixture.wire.on(REFRESH, Action::Unreachable);
    assert_eq!(session.user().await.unwrap_err().kind(), ErrorKind::TokenRevoked);
    source.reject(&issued);
    let error = session.access_token().await.unwrap_err();
    assert!(error.is_transient() && !error.ends_session(), "{error:?}");
    fixture.wire.heal();
    fixture.advance(1);
    assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
}

#[tokio::test]
async fn a_token_that_has_expired_by_the_clock_of_the_service_is_replaced() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("frank").await;
    let first = token(&session).await;
    fixture.wire.on("GetUser", Action::refusal(NOT_AUTHORIZED, "Access Token has expired"));
    assert_eq!(session.user().await.unwrap_err().kind(), ErrorKind::TokenExpired);
    fixture.wire.on(REFRESH, Action::Unreachable);
    assert_eq!(token(&session).await, first, "other servers may accept it");
    fixture.wire.heal();
    fixture.advance(11);
    assert_ne!(token(&session).await, first);
    session.user().await.unwrap();
}

#[tokio::test]
async fn callers_do_not_wait_for_a_hanging_service_while_the_token_is_valid() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("grace").await;
    let first = token(&session).await;
    fixture.advance(3600 - 60);
    fixture.wire.on(REFRESH, Action::Hang);
    let tokens = at_once(join_all((0..100).map(|_| token(&session)))).await;
    assert!(tokens.iter().all(|token| *token == first));
    tokio::task::yield_now().await;
    assert_eq!(at_once(token(&session)).await, first);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1, "one refresh goes on beside");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_store_delays_callers_for_a_limited_time() {
    let store = Arc::new(Unreliable::new(MemoryStore::default()));
    let shared = Arc::<Unreliable<MemoryStore>>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared));
    let session = fixture.signed_in("heidi").await;
    let first = token(&session).await;
    store.hang();
    fixture.advance(3600 - 60);
    let start = tokio::time::Instant::now();
    assert_eq!(token(&session).await, first);
    assert_eq!(start.elapsed(), Duration::ZERO, "the token holds");
    fixture.advance(60);
    let errors = join_all((0..100).map(|_| session.access_token())).await;
    assert!(errors.iter().all(|error| error.as_ref().unwrap_err().kind() == ErrorKind::Store));
    assert!(start.elapsed() <= 2 * STORE_TIMEOUT, "{:?}", start.elapsed());
    store.heal();
    fixture.advance(8);
    assert_ne!(token(&session).await, first);

    store.hang();
    let start = tokio::time::Instant::now();
    let sign_in = fixture.pool.sign_in("heidi").password(PASSWORD).await;
    let error = sign_in.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(
        start.elapsed() < 2 * STORE_TIMEOUT,
        "new tokens are tried once: {:?}",
        start.elapsed()
    );
    store.heal();
    token(error.session().unwrap()).await;
}

#[tokio::test]
async fn explicit_refresh_returns_changes_of_the_user() {
    let store = Arc::new(MemoryStore::default());
    let shared = || Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared()));
    let first = fixture.signed_in("ivan").await;
    let another = fixture.another_client(|builder| builder.token_store(shared()));
    let second = another.restore(first.key().unwrap()).await.unwrap().unwrap();
    first.refresh().await.unwrap();
    fixture.admin("CreateGroup", json!({ "GroupName": "staff" }));
    fixture.admin("AdminAddUserToGroup", json!({ "Username": "ivan", "GroupName": "staff" }));
    second.refresh().await.unwrap();
    assert!(second.access_claims().await.unwrap().in_group("staff"));
}

#[tokio::test]
async fn explicit_refreshes_that_wait_together_share_a_request() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("judy").await;
    let refreshed = join_all((0..20).map(|_| session.refresh())).await;
    assert!(refreshed.iter().all(Result::is_ok));
    // The first caller has its own request; the others arrived during it, and share the next one.
    assert_eq!(fixture.wire.seen(REFRESH).len(), 2);
}

#[tokio::test]
async fn a_caller_that_arrived_during_a_refresh_that_fails_sends_its_own() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("judy").await;
    let is_first = AtomicBool::new(true);
    fixture.wire.rule(move |operation| match operation {
        REFRESH if is_first.swap(false, Ordering::Relaxed) => {
            Action::refusal("ForbiddenException", "Request not allowed")
        }
        _ => Action::Pass,
    });
    let (one, two) = tokio::join!(session.refresh(), session.refresh());
    assert_eq!(one.unwrap_err().exception(), Some("ForbiddenException"));
    two.unwrap();
    assert_eq!(fixture.wire.seen(REFRESH).len(), 2);
}

#[tokio::test]
async fn only_definite_rejections_end_a_session() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("kim").await;
    let session = fixture.sign_in("kim").await;
    for (name, message) in [
        (NOT_AUTHORIZED, "a message of the future"),
        (NOT_AUTHORIZED, "Refresh Token cannot be used right now"),
        (NOT_AUTHORIZED, "Client is not enabled for this operation"),
        (NOT_AUTHORIZED, "Unable to verify secret hash for client 1example"),
        ("InvalidParameterException", "Invalid parameter"),
        ("ResourceNotFoundException", "User pool client 1example does not exist."),
        ("ForbiddenException", "Request not allowed"),
        ("AnExceptionOfTheFuture", "Refresh Token has expired"),
    ] {
        fixture.wire.on(REFRESH, Action::refusal(name, message));
        let error = session.refresh().await.unwrap_err();
        assert!(!error.ends_session(), "{name}: {message}");
        token(&session).await;
    }
    fixture.wire.heal();
    session.refresh().await.unwrap();
    for (name, message) in [
        (NOT_AUTHORIZED, "Invalid Refresh Token"),
        (NOT_AUTHORIZED, "Refresh Token has been revoked"),
        (NOT_AUTHORIZED, "Refresh Token has expired"),
        (NOT_AUTHORIZED, "The user has been deleted for the associated refresh token"),
        (NOT_AUTHORIZED, "User is disabled."),
        ("RefreshTokenReuseException", "Refresh token reuse detected"),
        ("PasswordResetRequiredException", "Password reset required for the user"),
    ] {
        let session = fixture.sign_in("kim").await;
        fixture.wire.on(REFRESH, Action::refusal(name, message));
        let error = session.refresh().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SessionEnded, "{name}: {message}");
        assert!(!error.is_transient() && session.tokens().is_err(), "{name}: {message}");
        fixture.wire.heal();
    }
}

/// Removes the ID token from the responses to a session's refreshes from now on; returns the access
/// token in them.
fn leave_out_id_token(fixture: &Fixture, session: &Session) -> String {
    let tokens = session.tokens().unwrap();
    let refresh_token = tokens.refresh_token().unwrap().expose_secret();
    let input =
        json!({ "RefreshToken": refresh_token, "ClientId": fixture.pool.client_id().as_str() });
    let mut response: Value = fixture.local.call(REFRESH, input).unwrap();
    let result = response["AuthenticationResult"].as_object_mut().unwrap();
    result.remove("IdToken");
    let access_token = result["AccessToken"].as_str().unwrap().to_owned();
    fixture.wire.on(REFRESH, Action::Respond(200, response.to_string()));
    access_token
}

#[tokio::test]
async fn refresh_without_an_id_token_keeps_the_valid_one() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("liam").await;
    let id_token = session.id_token().await.unwrap().expose_secret().to_owned();
    fixture.advance(600);
    let access_token = leave_out_id_token(&fixture, &session);
    session.refresh().await.unwrap();
    assert_eq!(token(&session).await, access_token);
    assert_eq!(session.id_token().await.unwrap().expose_secret(), id_token);

    fixture.advance(3001);
    assert!(!session.needs_refresh().unwrap(), "the old ID token does not decide the age");
    let expired = session.id_token().await.unwrap_err();
    assert_eq!(expired.kind(), ErrorKind::Configuration, "it is not handed out");
}

#[tokio::test]
async fn refresh_without_an_id_token_drops_the_expired_one() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("liam").await;
    fixture.advance(3601);
    let access_token = leave_out_id_token(&fixture, &session);
    assert_eq!(token(&session).await, access_token);
    assert!(session.tokens().unwrap().id_token().is_none());
}

#[tokio::test(start_paused = true)]
async fn new_tokens_are_used_although_the_kept_id_token_expires_before_they_are_stored() {
    let (fixture, _, store) = two_programs(PoolSettings::default());
    let session = fixture.signed_in("liam").await;
    fixture.advance(3500);
    let access_token = leave_out_id_token(&fixture, &session);
    // The record is claimed, and the new tokens cannot be saved.
    store.refuse_after(1);
    assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::Store);
    store.heal();
    fixture.advance(600);
    assert_eq!(token(&session).await, access_token);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
    assert_eq!(session.id_token().await.unwrap_err().kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn expired_tokens_and_refresh_tokens_alone_become_sessions() {
    let fixture = Fixture::new(PoolSettings::default());
    let tokens = fixture.signed_in("mia").await.into_tokens().await.unwrap();
    let refresh_token = || RefreshToken::from(tokens.refresh_token().unwrap().expose_secret());
    let minute = Duration::from_secs(60);
    let short = TokenSet::new(tokens.access_token().clone(), tokens.issued_at(), minute);
    fixture.advance(60);
    let error = fixture.pool.session(short).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenExpired, "the caller stated its lifetime");
    fixture.advance(3640);
    let session = fixture.pool.session(tokens.clone()).await.unwrap();
    assert_eq!((session.username(), session.needs_refresh().unwrap()), ("mia", false));
    let session = fixture.pool.session_from_refresh_token(refresh_token()).await.unwrap();
    assert_eq!(session.user().await.unwrap().username(), "mia");

    let issued_at = tokens.issued_at();
    let alone = TokenSet::new(tokens.access_token().clone(), issued_at, tokens.lifetime());
    let error = fixture.pool.session(alone).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenExpired);
    session.sign_out().await.unwrap();
    let error = fixture.pool.session_from_refresh_token(refresh_token()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenRevoked);
    assert!(!error.is_transient());
}

#[tokio::test]
async fn tokens_of_a_rotated_refresh_token_that_cannot_be_verified_now_are_not_lost() {
    let fixture = Fixture::new(rotating(0));
    let tokens = fixture.signed_in("noah").await.into_tokens().await.unwrap();
    let another = fixture.another_client(|builder| builder);
    fixture.wire.on("GetKeySet", Action::Unreachable);
    let refresh_token = tokens.refresh_token().unwrap().clone();
    let error = another.session_from_refresh_token(refresh_token).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    let session = error.session().unwrap();
    assert_eq!(session.username(), "noah", "it is the name in the tokens");
    fixture.wire.heal();
    fixture.advance(2);
    session.refresh().await.unwrap();
    assert_eq!(session.username(), "noah");
}

#[tokio::test]
async fn second_sign_out_succeeds() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(store));
    let session = fixture.signed_in("olga").await;
    let (one, two) = tokio::join!(session.clone().sign_out(), session.clone().sign_out());
    one.unwrap();
    two.unwrap();
    session.sign_out().await.unwrap();
}
