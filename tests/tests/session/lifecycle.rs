//! Sessions: refresh, verification, stores, and end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use cognito::session::{
    IssuedToken, SessionEvent, SessionKey, StoredSession, TokenErrorKind, TokenRequest, TokenSource,
};
use cognito::{ErrorKind, MemoryStore, TokenStore};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::interposer::Action;
use cognito_tests::unreliable::Unreliable;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::{REFRESH, rotating, token};

fn poll_once<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn tokens_are_refreshed_when_they_are_about_to_expire() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let first = token(&session).await;
    fixture.advance(3600 - 301);
    assert_eq!(token(&session).await, first);
    fixture.advance(1);
    let mut events = session.events();
    assert_eq!(token(&session).await, first, "it still holds, so no caller waits");
    assert!(matches!(events.next().await, Some(SessionEvent::Refreshed { .. })));
    assert_ne!(token(&session).await, first);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
    let sent: Value = serde_json::from_str(&fixture.wire.seen(REFRESH)[0].body).unwrap();
    assert_eq!(sent["ClientId"], fixture.pool.client_id().as_str());
    assert_eq!(sent.as_object().unwrap().len(), 2, "nothing else is sent: {:?}", sent["ClientId"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_cause_one_refresh() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("bob").await;
    let first = token(&session).await;
    fixture.advance(3600);
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { token(&session).await })
        })
        .collect();
    for caller in callers {
        assert_ne!(caller.await.unwrap(), first);
    }
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
}

#[tokio::test]
async fn refresh_survives_a_dropped_caller() {
    let fixture = Fixture::new(rotating(0));
    let session = fixture.signed_in("carol").await;
    let first = token(&session).await;
    fixture.advance(3600);
    {
        // Polled once to start the refresh, and then dropped.
        let mut call = Box::pin(session.access_token());
        assert!(poll_once(&mut call).is_pending());
    }
    // Rotation has no grace period: if the refresh had been lost, the next one would end the
    // session.
    let second = token(&session).await;
    assert_ne!(second, first);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
}

#[tokio::test]
async fn a_rotated_refresh_token_replaces_the_old_one() {
    let fixture = Fixture::new(rotating(0));
    let session = fixture.signed_in("dave").await;
    let before = session.tokens().unwrap();
    for _ in 0..3 {
        fixture.advance(3600);
        token(&session).await;
    }
    let old = before.refresh_token().unwrap().expose_secret();
    let now = session.tokens().unwrap();
    assert_ne!(now.refresh_token().unwrap().expose_secret(), old);
}

#[tokio::test]
async fn reuse_of_a_rotated_token_ends_the_session() {
    let fixture = Fixture::new(rotating(10));
    let session = fixture.signed_in("erin").await;
    let stolen = session.tokens().unwrap().refresh_token().unwrap().expose_secret().to_owned();
    session.refresh().await.unwrap();
    fixture.advance(11);
    let input = json!({ "RefreshToken": stolen });
    let refused = fixture.local.call(REFRESH, input).unwrap_err().to_string();
    assert!(refused.starts_with("RefreshTokenReuseException"), "{refused}");
    let error = session.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
}

#[tokio::test]
async fn valid_tokens_are_used_while_the_refresh_fails() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("frank").await;
    let first = token(&session).await;
    fixture.advance(3600 - 60);
    for trouble in [
        Action::Unreachable,
        Action::refusal("TooManyRequestsException", "Rate exceeded"),
        Action::Respond(503, String::new()),
    ] {
        fixture.wire.on(REFRESH, trouble);
        fixture.advance(11);
        assert_eq!(token(&session).await, first);
    }
    let attempts = fixture.wire.seen(REFRESH).len();
    assert_eq!(token(&session).await, first);
    assert_eq!(fixture.wire.seen(REFRESH).len(), attempts, "it is left alone for a moment");
    assert!(session.needs_refresh().unwrap(), "although no refresh follows at once");

    fixture.advance(60);
    let error = session.access_token().await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    let source: &dyn TokenSource = &session;
    let error = source.token(&TokenRequest::access()).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Transient, "a client may send its request later");
    fixture.wire.heal();
    fixture.advance(8);
    assert_ne!(token(&session).await, first, "nothing was lost");
}

#[tokio::test]
async fn lost_refresh_is_retried_once_immediately() {
    let fixture = Fixture::new(rotating(60));
    let session = fixture.signed_in("grace").await;
    fixture.wire.on(REFRESH, Action::LoseResponse);
    assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::Transport);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 2);
    fixture.wire.heal();
    session.refresh().await.unwrap();
}

#[tokio::test]
async fn incomplete_response_replaces_no_tokens() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("erin").await;
    let before = session.tokens().unwrap();
    let same = |tokens: cognito::session::TokenSet| {
        tokens.access_token().expose_secret() == before.access_token().expose_secret()
            && tokens.id_token().unwrap().expose_secret()
                == before.id_token().unwrap().expose_secret()
    };
    for body in ["{}", r#"{"AuthenticationResult":{"IdToken":"e30.e30.e30","ExpiresIn":3600}}"#] {
        fixture.wire.on(REFRESH, Action::Respond(200, body.to_owned()));
        assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::Service);
        assert!(same(session.tokens().unwrap()));
    }
    fixture.wire.heal();
    session.refresh().await.unwrap();
    assert!(session.tokens().unwrap().refresh_token().is_some(), "the old one goes on");
}

#[tokio::test]
async fn session_that_the_service_ended_is_reported_and_deleted() {
    let store = Arc::new(MemoryStore::default());
    let shared = Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared));
    let session = fixture.signed_in("heidi").await;
    let key = session.key().unwrap().clone();
    assert!(fixture.pool.restore(&key).await.unwrap().is_some());
    let elsewhere = fixture.sign_in("heidi").await;
    elsewhere.sign_out_everywhere().await.unwrap();

    let error = session.user().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenRevoked);
    let error = session.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
    assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(fixture.pool.restore(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn sign_out_ends_the_session_for_all_its_handles() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("ivan").await;
    let other = fixture.sign_in("ivan").await;
    let held = session.clone();
    let tokens = session.tokens().unwrap();
    session.sign_out().await.unwrap();
    assert_eq!(held.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    let input = json!({ "AccessToken": tokens.access_token().expose_secret() });
    let refused = fixture.local.call("GetUser", input).unwrap_err().to_string();
    assert_eq!(refused, "NotAuthorizedException: Access Token has been revoked");
    other.user().await.unwrap();
}

#[tokio::test]
async fn lost_sign_out_can_be_retried() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("judy").await;
    fixture.wire.on("RevokeToken", Action::Unreachable);
    let error = session.sign_out().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    fixture.wire.heal();
    error.session().unwrap().clone().sign_out().await.unwrap();
}

#[tokio::test]
async fn permanently_rejected_sign_out_ends_the_local_session() {
    let store = Arc::new(MemoryStore::default());
    let settings = PoolSettings::default().client_member("EnableTokenRevocation", false);
    let fixture = Fixture::with(settings, |builder| builder.token_store(store));
    let session = fixture.signed_in("sue").await;
    let (held, key) = (session.clone(), session.key().unwrap().clone());
    let error = session.sign_out().await.unwrap_err();
    assert!(error.error().ends_session() && !error.is_transient(), "{:?}", error.kind());
    assert_eq!(held.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(fixture.pool.restore(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn valid_tokens_are_returned_despite_failures() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("tess").await;
    let first = token(&session).await;
    fixture.advance(3600 - 60);
    for name in ["UserLambdaValidationException", "ForbiddenException", "LimitExceededException"] {
        let body = json!({ "__type": name, "message": "no" }).to_string();
        fixture.wire.on(REFRESH, Action::Respond(400, body));
        assert_eq!(token(&session).await, first, "{name}");
    }
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_lose_nothing() {
    let store = Arc::new(MemoryStore::default());
    let shared = Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared));
    fixture.register("mallory").await;
    fixture.wire.on("GetKeySet", Action::Respond(503, String::new()));
    let sent = fixture.pool.sign_in("mallory").password(PASSWORD).await;
    let error = sent.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    assert!(error.is_transient());
    let session = error.session().unwrap().clone();
    let key = session.key().unwrap().clone();
    assert!(store.load(&key).await.unwrap().is_some(), "the tokens are stored");
    assert_eq!(
        session.access_token().await.unwrap_err().kind(),
        ErrorKind::KeysUnavailable,
        "nothing unverified is handed out"
    );

    fixture.wire.heal();
    fixture.advance(2);
    assert_eq!(session.access_claims().await.unwrap().username(), Some("mallory"));
}

#[tokio::test]
async fn invalid_key_set_is_treated_as_an_outage() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("niaj").await;
    let huge = format!("{{\"keys\":[],\"padding\":\"{}\"}}", "x".repeat(100_000));
    for body in ["<html></html>", r#"{"keys":[]}"#, "", &huge] {
        fixture.wire.on("GetKeySet", Action::Respond(200, body.to_owned()));
        fixture.advance(2);
        let error = fixture.pool.sign_in("niaj").password(PASSWORD).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    }
    fixture.wire.on("GetKeySet", Action::Respond(302, String::new()));
    fixture.advance(2);
    let error = fixture.pool.sign_in("niaj").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable, "redirects are not followed");
}

#[tokio::test]
async fn tokens_of_another_issuer_are_discarded() {
    let fixture = Fixture::with(PoolSettings::default(), |builder| {
        builder.issuer("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Another12")
    });
    fixture.register("olivia").await;
    let error = fixture.pool.sign_in("olivia").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    assert!(error.session().is_none());
}

#[tokio::test]
async fn forged_tokens_replace_nothing() {
    let store = Arc::new(MemoryStore::default());
    let shared = Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared));
    let session = fixture.signed_in("peggy").await;
    let tokens = session.tokens().unwrap();
    let (head, signature) = tokens.access_token().expose_secret().rsplit_once('.').unwrap();
    let forged: String = signature.chars().rev().collect();
    let body = json!({ "AuthenticationResult": {
        "AccessToken": format!("{head}.{forged}"), "ExpiresIn": 3600, "TokenType": "Bearer"
    }});
    fixture.wire.on(REFRESH, Action::Respond(200, body.to_string()));
    let error = session.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    assert!(!error.ends_session(), "it is no refusal by the service");
    assert_eq!(token(&session).await, tokens.access_token().expose_secret());
    let (stored, _) = store.load(session.key().unwrap()).await.unwrap().unwrap();
    let record: Value = serde_json::from_slice(stored.expose_secret()).unwrap();
    assert_eq!(record["access_token"], tokens.access_token().expose_secret());
    fixture.wire.heal();
    session.refresh().await.unwrap();
    assert_ne!(token(&session).await, tokens.access_token().expose_secret());
}

#[tokio::test]
async fn session_continues_after_a_restart_of_the_program() {
    let store = Arc::new(MemoryStore::default());
    let shared = Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(rotating(0), |builder| builder.token_store(shared));
    fixture.register("sybil").await;
    let sent = fixture.pool.sign_in("sybil").password(PASSWORD).store_as("browser-1").await;
    drop(done(sent.unwrap()));

    let shared = Arc::<MemoryStore>::clone(&store);
    let restarted = fixture.another_client(|builder| builder.token_store(shared));
    let key = restarted.session_key("browser-1");
    fixture.advance(3600);
    let session = restarted.restore(&key).await.unwrap().unwrap();
    assert_eq!(session.username(), "sybil");
    assert_eq!(session.user().await.unwrap().username(), "sybil");
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1, "they had expired");

    session.sign_out().await.unwrap();
    assert!(restarted.restore(&key).await.unwrap().is_none());
    let nowhere = fixture.another_client(|builder| builder);
    let error = nowhere.restore(&key).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "it has no store");
    let (id, client) = (restarted.id(), restarted.client_id());
    let another_id = "us-east-1_Another12".parse().unwrap();
    for foreign in [
        SessionKey::new(another_id, client.clone(), "browser-1"),
        SessionKey::new(id.clone(), "another1client".into(), "browser-1"),
    ] {
        let error = restarted.restore(&foreign).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "it would be another pool's session");
    }
}

#[tokio::test]
async fn invalid_record_is_unreadable() {
    let store = Arc::new(MemoryStore::default());
    let shared = Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared));
    let key = fixture.pool.session_key("trent");
    let garbage = StoredSession::from(b"{\"version\":1}".to_vec());
    store.swap(&key, None, Some(garbage)).await.unwrap();
    let error = fixture.pool.restore(&key).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnreadableSession);
    assert!(!error.is_transient());
}

#[tokio::test]
async fn second_program_takes_over_tokens_that_the_first_refreshed() {
    let store = Arc::new(MemoryStore::default());
    let shared = || Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(rotating(60), |builder| builder.token_store(shared()));
    let first = fixture.signed_in("victor").await;
    let another = fixture.another_client(|builder| builder.token_store(shared()));
    let second = another.restore(first.key().unwrap()).await.unwrap().unwrap();

    fixture.advance(3600);
    let taken_over = token(&first).await;
    assert_eq!(token(&second).await, taken_over);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
    fixture.advance(61);
    first.refresh().await.unwrap();
}

#[tokio::test]
async fn refreshed_tokens_are_stored_before_they_are_returned() {
    let store = Arc::new(Unreliable::new(MemoryStore::default()));
    let shared = Arc::<Unreliable<MemoryStore>>::clone(&store);
    let fixture = Fixture::with(rotating(0), |builder| builder.token_store(shared));
    let session = fixture.signed_in("walter").await;
    let first = token(&session).await;

    fixture.advance(600);
    // The record is claimed, but the new tokens cannot be saved.
    store.refuse_after(1);
    let error = session.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    fixture.advance(3000 - 60);
    for _ in 0..3 {
        assert_eq!(token(&session).await, first, "the old one is served until it expires");
    }
    fixture.advance(60);
    assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::Store);

    store.heal();
    // The new refresh token was kept in memory: otherwise the next refresh would end the session.
    assert_ne!(token(&session).await, first);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
}

#[tokio::test]
async fn rejected_token_is_refreshed_once() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("yolanda").await;
    let source: &dyn TokenSource = &session;
    let want = TokenRequest::access();
    let refused: Vec<IssuedToken> =
        vec![source.token(&want).await.unwrap(), source.token(&want).await.unwrap()];
    refused.iter().for_each(|token| source.reject(token));
    let next = source.token(&want).await.unwrap();
    assert_ne!(next.expose_secret(), refused[0].expose_secret());
    // A late rejection of the old token has no effect, after the pause of the first one too.
    fixture.advance(61);
    source.reject(&refused[1]);
    assert_eq!(source.token(&want).await.unwrap().expose_secret(), next.expose_secret());
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);

    let id = source.token(&TokenRequest::id()).await.unwrap();
    assert_ne!(id.expose_secret(), next.expose_secret());
    session.clone().sign_out().await.unwrap();
    assert_eq!(source.token(&want).await.unwrap_err().kind(), TokenErrorKind::Ended);
}

#[test]
fn refresh_without_a_runtime_is_an_error_and_no_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fixture = Fixture::new(PoolSettings::default());
    let session = runtime.block_on(fixture.signed_in("zoe"));
    let mut refresh = Box::pin(session.refresh());
    match poll_once(&mut refresh) {
        Poll::Ready(Err(error)) => assert_eq!(error.kind(), ErrorKind::NoRuntime),
        other => panic!("{other:?}"),
    }
}
