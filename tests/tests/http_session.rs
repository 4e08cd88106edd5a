//! Sources of tokens that sign in by themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cognito::http::{BearerAuth, LazySession, Origins, token_error};
use cognito::tokens::{TokenErrorKind, TokenRequest, TokenSource};
use cognito::{Challenge, SignIn};
use cognito_emulator::{Mfa, PoolSettings};
use cognito_tests::fixture::{Fixture, PASSWORD};
use futures_util::future::join_all;
use reqwest_middleware::ClientBuilder;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

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
        pool.sign_in("alice").password(PASSWORD).send()
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

#[tokio::test]
async fn a_challenge_that_nobody_answers_says_that_the_user_must() {
    let fixture = Fixture::new(PoolSettings::default().mfa(Mfa::Required));
    fixture.register("alice").await;
    let source = LazySession::with_password(fixture.pool.clone(), "alice", PASSWORD);
    let error = source.token(&TokenRequest::access()).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Ended);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("MFA_SETUP"), "{source}");
}

#[tokio::test]
async fn a_function_answers_the_challenges_that_it_can() {
    let fixture = Arc::new(Fixture::new(PoolSettings::default().mfa(Mfa::Required)));
    fixture.register("alice").await;
    let with_app = Arc::clone(&fixture);
    let source = LazySession::new(move || {
        let fixture = Arc::clone(&with_app);
        async move {
            match fixture.pool.sign_in("alice").password(PASSWORD).send().await? {
                SignIn::Challenge(Challenge::MfaSetup(setup)) => {
                    let setup = setup.associate_software_token().await?;
                    let code = fixture.app_code(setup.secret());
                    Ok(setup.verify(code, None).await?)
                }
                other => Ok(other),
            }
        }
    });
    token(&source).await.unwrap();
}

#[tokio::test]
async fn a_session_that_has_ended_fails_requests_with_an_error_that_says_so() {
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
