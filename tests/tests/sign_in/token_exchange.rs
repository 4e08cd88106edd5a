//! Exchange of user tokens for tokens that are bound to a service.

use std::time::Duration;

use cognito::session::SecurityToken;
use cognito::verify::{Required, TokenRules};
use cognito::{ErrorKind, Fault};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, admin_config};
use cognito_tests::recorder::{CLIENT, Recorder, SECRET};
use serde_json::json;

fn settings() -> PoolSettings {
    let flows = [
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
        "ALLOW_TOKEN_EXCHANGE_DELEGATION",
    ];
    PoolSettings::default().client_member("ExplicitAuthFlows", json!(flows))
}

#[tokio::test]
async fn derived_token_is_accepted_only_by_its_service() {
    let fixture = Fixture::new(settings());
    let (alice, agent) = (fixture.signed_in("alice").await, fixture.signed_in("agent").await);
    let subject = alice.access_token().await.unwrap();
    let exchange = fixture.pool.exchange_token(subject).audience("orders");
    let derived = exchange.actor(agent.access_token().await.unwrap()).await.unwrap();
    assert_eq!(derived.expires_in(), Some(Duration::from_secs(3600)));
    assert_eq!(derived.scopes(), ["aws.cognito.signin.user.admin"]);
    assert!(derived.id_token().is_none());

    let token = derived.access_token().unwrap().expose_secret();
    let verifier = |name: &'static str| {
        let bound = |rules: TokenRules| rules.audience(Required::any_of([name])).allow_delegated();
        fixture.pool.verifier().with_rules(bound)
    };
    let claims = verifier("orders").access_token(token).await.unwrap();
    assert_eq!(claims.username(), Some("alice"));
    assert_eq!(claims.actors(), [agent.access_claims().await.unwrap().subject()]);
    verifier("billing").access_token(token).await.unwrap_err();
    // A session belongs to the user, and does not accept a token with an actor.
    let refused = fixture.pool.with_access_token(token).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fault()), (ErrorKind::InvalidToken, Fault::User));
}

#[tokio::test]
async fn an_administrator_exchanges_an_id_token_for_an_id_token() {
    let fixture = Fixture::new(settings());
    let session = fixture.signed_in("alice").await;
    let admin = fixture.pool.as_admin(&admin_config());
    let subject = session.id_token().await.unwrap();
    let derived = admin.exchange_token(subject).id_token().audience("orders").await.unwrap();
    assert!(derived.access_token().is_none() && derived.id_token().is_some());
}

#[tokio::test]
async fn disallowed_flow_and_revoked_token_have_different_errors() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let token = session.access_token().await.unwrap();
    let refused = fixture.pool.exchange_token(token).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::FlowNotEnabled, "{refused:?}");
    assert_eq!(refused.fault(), Fault::Application);

    let fixture = Fixture::new(settings());
    let session = fixture.signed_in("alice").await;
    let token = session.access_token().await.unwrap();
    session.sign_out_everywhere().await.unwrap();
    let refused = fixture.pool.exchange_token(token).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotAuthorized, "{refused:?}");
}

#[tokio::test]
async fn requests_contain_the_options_and_are_signed_for_administrators_only() {
    let server = Recorder::start().await;
    let issued = json!({
        "IssuedToken": "a.b.c", "IssuedTokenType": "ACCESS_TOKEN", "TokenType": "Bearer",
        "ExpiresIn": 300, "Scopes": ["orders/read"],
    });
    server.respond("GetDerivedToken", issued.clone());
    server.respond("GetDerivedToken", issued);
    let pool = server.client().build().unwrap();
    let subject = SecurityToken::saml2("PHNhbWw+").issued_by("corporate");
    let exchange = pool.exchange_token(subject.clone()).scopes(["orders/read"]);
    let exchange = exchange.audience("replaced").resource("orders");
    let derived = exchange.timeout(Duration::from_secs(5)).await.unwrap();
    assert_eq!(derived.scopes(), ["orders/read"]);
    assert!(!format!("{derived:?} {subject:?}").contains("a.b.c"));
    pool.as_admin(&admin_config()).exchange_token(subject).await.unwrap();

    let requests = server.requests().await;
    let expected = json!({
        "ClientId": CLIENT, "ClientSecret": SECRET, "SubjectToken": "PHNhbWw+",
        "SubjectTokenType": "SAML2", "SubjectTokenProviderName": "corporate",
        "Scopes": ["orders/read"], "Resources": ["orders"], "RequestedTokenType": "ACCESS_TOKEN",
    });
    assert_eq!(requests[0].body, expected);
    assert_eq!([requests[0].signed, requests[1].signed], [false, true]);
}
