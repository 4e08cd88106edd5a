//! Access tokens that are bound to a resource (`aud`): accepted in the client's own sessions, and
//! refused as tokens of a request to another service.

use std::error::Error as _;
use std::time::Duration;

use cognito::session::TokenSet;
use cognito::types::{AccessToken, Clock};
use cognito::verify::{Required, Verifier, VerifyError};
use cognito::{ErrorKind, Fault};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::Fixture;
use serde_json::json;

/// Returns a pool, and a token of its user for the service `orders`.
async fn token_for_orders() -> (Fixture, AccessToken) {
    let flows =
        ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"];
    let settings = PoolSettings::default().client_member("ExplicitAuthFlows", json!(flows));
    let fixture = Fixture::new(settings);
    let token = fixture.signed_in("alice").await.access_token().await.unwrap();
    let derived = fixture.pool.exchange_token(token).audience("orders").await.unwrap();
    (fixture, derived.access_token().unwrap().clone())
}

/// Returns the verifier of a service.
fn verifier_of(fixture: &Fixture, service: &'static str) -> Verifier {
    fixture.pool.verifier().with_rules(|rules| rules.audience(Required::any_of([service])))
}

#[tokio::test]
async fn a_token_of_a_request_is_refused_if_it_is_bound_to_another_service() {
    let (fixture, token) = token_for_orders().await;
    let by_verifier = fixture.pool.verifier().access_token(token.expose_secret()).await;
    assert!(matches!(by_verifier.unwrap_err(), VerifyError::UnexpectedAudience));
    let error = fixture.pool.with_access_token(token).await.unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::InvalidToken, Fault::User));
    let cause = error.source().unwrap().downcast_ref::<VerifyError>();
    assert!(matches!(cause, Some(VerifyError::UnexpectedAudience)), "{cause:?}");
}

#[tokio::test]
async fn a_service_creates_a_session_from_a_token_that_its_own_rules_accept() {
    let (fixture, token) = token_for_orders().await;
    verifier_of(&fixture, "stock").access_token(token.expose_secret()).await.unwrap_err();
    verifier_of(&fixture, "orders").access_token(token.expose_secret()).await.unwrap();
    let now = fixture.local.clock().now();
    let tokens = TokenSet::new(token, now, Duration::from_secs(3600));
    let session = fixture.pool.session(tokens).await.unwrap();
    assert_eq!(session.username(), "alice");
}
