//! Token sources that sign a user in when a token is needed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cognito::http::{BearerAuth, LazySession, Origins, REFUSED_PAUSE, token_error};
use cognito::session::{TokenErrorKind, TokenRequest, TokenSource};
use cognito::{Challenge, SignIn};
use cognito_emulator::{Mfa, PoolSettings};
use cognito_tests::fixture::{Fixture, PASSWORD};
use cognito_tests::interposer::Action;
use cognito_tests::mock_server::MockServer;
use futures_util::future::join_all;
use reqwest_middleware::ClientBuilder;
use wiremock::{Mock, ResponseTemplate, matchers};

async fn token(source: &impl TokenSource) -> Result<String, TokenErrorKind> {
    let token = source.token(&TokenRequest::access()).await;
    token.map(|token| token.expose_secret().to_owned()).map_err(|error| error.kind())
}

#[tokio::test]
async fn a_password_signs_in_once_for_all_and_again_when_the_session_has_ended() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let signed_in = Arc::new(AtomicUsize::new(0));
    let (pool, count) = (fixture.pool.clone(), Arc::clone(&signed_in));
    let source = LazySession::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        pool.sign_in("alice").password(PASSWORD).into_future()
    });
    let all = join_all((0..20).map(|_| token(&source))).await;
    assert!(all.iter().all(|token| *token == all[0] && token.is_ok()));
    assert_eq!(signed_in.load(Ordering::SeqCst), 1);

    fixture.admin("AdminUserGlobalSignOut", serde_json::json!({ "Username": "alice" }));
    let revoked = source.token(&TokenRequest::access()).await.unwrap();
    source.reject(&revoked);
    let next = source.token(&TokenRequest::access()).await.unwrap();
    assert_ne!(next.expose_secret(), revoked.expose_secret());
    assert_ne!(next.generation(), revoked.generation());
    assert_eq!(signed_in.load(Ordering::SeqCst), 2);
    source.reject(&revoked);
    let same = source.token(&TokenRequest::access()).await.unwrap();
    assert_eq!(same.expose_secret(), next.expose_secret(), "it was of the session before");
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again_and_again() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let source = LazySession::with_password(fixture.pool.clone(), "alice", "Wrong-horse1");
    for _ in 0..10 {
        assert_eq!(token(&source).await, Err(TokenErrorKind::Ended));
    }
    let right = LazySession::with_password(fixture.pool.clone(), "alice", PASSWORD);
    token(&right).await.expect("the user is not locked out");
}

/// Returns a source that signs in with this password, and the number of its sign-ins.
fn counted(fixture: &Fixture, password: &'static str) -> (LazySession, Arc<AtomicUsize>) {
    let (pool, signed_in) = (fixture.pool.clone(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&signed_in);
    let source = LazySession::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        pool.sign_in("alice").password(password).into_future()
    });
    (source.clock(fixture.local.clock()), signed_in)
}

#[tokio::test]
async fn a_wrong_password_does_not_keep_the_user_locked_out() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let (wrong, signed_in) = counted(&fixture, "Wrong-horse1");
    for _ in 0..8 * 60 {
        assert_eq!(token(&wrong).await, Err(TokenErrorKind::Ended));
        fixture.advance(60);
    }
    // 0, 1, 3, 7, 15, 31, 63, 127 and 255 minutes after the first.
    assert_eq!(signed_in.load(Ordering::SeqCst), 9);
    fixture.sign_in("alice").await;
}

#[tokio::test]
async fn pause_after_a_rejected_sign_in_can_be_ended() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let (source, signed_in) = counted(&fixture, "Better-horse1");
    for attempts in 1..4 {
        assert_eq!(token(&source).await, Err(TokenErrorKind::Ended));
        assert_eq!(token(&source).await, Err(TokenErrorKind::Ended));
        assert_eq!(signed_in.load(Ordering::SeqCst), attempts);
        source.end_pause();
    }
    let password = serde_json::json!({
        "Username": "alice", "Password": "Better-horse1", "Permanent": true
    });
    fixture.admin("AdminSetUserPassword", password);
    token(&source).await.unwrap();
}

#[tokio::test]
async fn an_ended_pause_does_not_shorten_the_next_one() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let (source, signed_in) = counted(&fixture, "Wrong-horse1");
    token(&source).await.unwrap_err();
    source.end_pause();
    token(&source).await.unwrap_err();
    fixture.local.clock().advance(REFUSED_PAUSE);
    token(&source).await.unwrap_err();
    assert_eq!(signed_in.load(Ordering::SeqCst), 2);
    fixture.local.clock().advance(REFUSED_PAUSE);
    token(&source).await.unwrap_err();
    assert_eq!(signed_in.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_never_returns_fails_after_its_time_limit() {
    let source = LazySession::new(std::future::pending).timeout(Duration::from_secs(7));
    let began = tokio::time::Instant::now();
    let all = join_all((0..3).map(|_| token(&source))).await;
    assert!(all.into_iter().all(|token| token == Err(TokenErrorKind::Transient)));
    assert_eq!(began.elapsed().as_secs(), 7);
}

#[tokio::test]
async fn a_late_rejection_of_an_old_token_does_not_delay_the_refresh_of_the_current_one() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let (source, _) = counted(&fixture, PASSWORD);
    let old = source.token(&TokenRequest::access()).await.unwrap();
    fixture.advance(3600);
    let current = source.token(&TokenRequest::access()).await.unwrap();
    assert_ne!(current.generation(), old.generation());
    source.reject(&old);
    source.reject(&current);
    let next = source.token(&TokenRequest::access()).await.unwrap();
    assert_ne!(next.generation(), current.generation());
}

#[tokio::test]
async fn refresh_that_fails_for_now_causes_no_sign_in() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let (source, signed_in) = counted(&fixture, PASSWORD);
    token(&source).await.unwrap();
    fixture.advance(3600);
    fixture.wire.rule(|_| Action::Unreachable);
    assert_eq!(token(&source).await, Err(TokenErrorKind::Transient));
    fixture.wire.heal();
    fixture.advance(60);
    token(&source).await.unwrap();
    assert_eq!(signed_in.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn sign_in_that_cannot_be_sent_is_tried_again_soon() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let (source, signed_in) = counted(&fixture, PASSWORD);
    fixture.wire.rule(|_| Action::Unreachable);
    assert_eq!(token(&source).await, Err(TokenErrorKind::Transient));
    fixture.wire.heal();
    fixture.advance(1);
    token(&source).await.unwrap();
    assert_eq!(signed_in.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn rejected_tokens_do_not_cause_a_sign_in_for_each_request() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let (source, signed_in) = counted(&fixture, PASSWORD);
    for _ in 0..10 {
        let rejected = source.token(&TokenRequest::access()).await.unwrap();
        fixture.admin("AdminUserGlobalSignOut", serde_json::json!({ "Username": "alice" }));
        source.reject(&rejected);
    }
    assert_eq!(signed_in.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn server_that_rejects_every_token_of_a_session_causes_increasing_pauses() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let source: &dyn TokenSource = &session;
    for (passed, refreshes) in [(0, 1), (59, 1), (1, 2), (119, 2), (1, 3), (239, 3), (1, 4)] {
        fixture.advance(passed);
        for _ in 0..3 {
            let rejected = source.token(&TokenRequest::access()).await.unwrap();
            source.reject(&rejected);
        }
        let current = source.token(&TokenRequest::access()).await.unwrap();
        assert_eq!(current.generation(), refreshes, "after {passed} s");
    }
}

#[tokio::test]
async fn unhandled_challenge_is_an_error_that_names_it() {
    let fixture = Fixture::new(PoolSettings::default().mfa(Mfa::Required));
    fixture.register("alice").await;
    let source = LazySession::with_password(fixture.pool.clone(), "alice", PASSWORD);
    let error = source.token(&TokenRequest::access()).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Ended);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("MFA_SETUP"), "{source}");
}

#[tokio::test]
async fn function_responds_to_the_challenges_that_it_supports() {
    let fixture = Arc::new(Fixture::new(PoolSettings::default().mfa(Mfa::Required)));
    fixture.register("alice").await;
    let with_app = Arc::clone(&fixture);
    let source = LazySession::new(move || {
        let fixture = Arc::clone(&with_app);
        async move {
            match fixture.pool.sign_in("alice").password(PASSWORD).await? {
                SignIn::Challenge(Challenge::MfaSetup(setup)) => {
                    let setup = setup.associate_software_token().await?;
                    let code = fixture.app_code(setup.secret());
                    Ok(setup.respond(code).await?)
                }
                other => Ok(other),
            }
        }
    });
    token(&source).await.unwrap();
}

#[tokio::test]
async fn a_session_that_has_ended_fails_requests_with_the_kind_ended() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let origins = Origins::only([server.uri()]).unwrap();
    let with = |source: LazySession, origins: &Origins| {
        let auth = BearerAuth::new(source, origins.clone());
        ClientBuilder::new(reqwest::Client::new()).with(auth).build()
    };
    let alone = ClientBuilder::new(reqwest::Client::new())
        .with(BearerAuth::new(session.clone(), origins.clone()))
        .build();
    let again = LazySession::with_password(fixture.pool.clone(), "alice", PASSWORD);
    let again = with(again.with_session(session.clone()), &origins);
    assert_eq!(alone.get(server.uri()).send().await.unwrap().status(), 200);
    assert_eq!(again.get(server.uri()).send().await.unwrap().status(), 200);
    session.sign_out().await.unwrap();
    let error = alone.get(server.uri()).send().await.unwrap_err();
    assert_eq!(token_error(&error).unwrap().kind(), TokenErrorKind::Ended);
    assert_eq!(again.get(server.uri()).send().await.unwrap().status(), 200, "it has the means");
}
