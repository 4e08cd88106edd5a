//! The requests of a provider, and what it makes of the responses.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito::identity_pool::ProvideCredentials;
use cognito::types::Clock;
use cognito::{ErrorKind, MemoryStore};
use serde_json::json;
use tokio::runtime::Builder;

use crate::support::{HOUR, POOL, PROVIDER, Scene, identity};

#[tokio::test]
async fn credentials_are_requested_for_the_identity_of_the_login() {
    let scene = Scene::new().await;
    let issued = scene.provider().credentials().await.unwrap();
    let credentials = issued.credentials();
    assert_eq!(issued.identity_id().as_str(), identity(1));
    assert_eq!(credentials.access_key_id(), "ASIA1");
    assert_eq!(credentials.secret_access_key(), "planted key");
    assert_eq!(credentials.session_token(), Some("planted token"));
    let logins = scene.logins();
    let get_id = scene.server.only("GetId").await;
    assert_eq!(get_id, json!({ "IdentityPoolId": POOL, "Logins": logins }));
    let get_credentials = scene.server.only("GetCredentialsForIdentity").await;
    assert_eq!(get_credentials, json!({ "IdentityId": identity(1), "Logins": logins }));
    assert!(scene.server.requests().await.iter().all(|request| !request.signed));
}

#[tokio::test]
async fn the_expiration_is_exactly_that_of_the_response() {
    let scene = Scene::without_responses().await;
    scene.server.answer("GetId", json!({ "IdentityId": identity(1) }));
    scene.server.answer("GetCredentialsForIdentity", json!({
        "IdentityId": identity(1),
        "Credentials": {
            "AccessKeyId": "a", "SecretKey": "b", "SessionToken": "c", "Expiration": 1_795_000_000.5,
        },
    }));
    let expected = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_000_000_500);
    let provider = scene.provider();
    assert_eq!(provider.credentials().await.unwrap().expires_at(), expected);
    let for_sdk = provider.provide_credentials().await.unwrap();
    assert_eq!(for_sdk.expiry(), Some(expected));
}

#[tokio::test]
async fn a_guest_has_no_login() {
    let scene = Scene::new().await;
    scene.guest(Arc::new(MemoryStore::default())).credentials().await.unwrap();
    assert_eq!(scene.server.only("GetId").await, json!({ "IdentityPoolId": POOL }));
    let get_credentials = scene.server.only("GetCredentialsForIdentity").await;
    assert_eq!(get_credentials, json!({ "IdentityId": identity(1) }));
}

#[tokio::test]
async fn the_role_and_the_name_of_the_provider_can_be_set() {
    let scene = Scene::new().await;
    let role = "arn:aws:iam::123456789012:role/reader";
    let builder = scene.builder().role_arn(role).provider_name("issuer.example.com");
    builder.build().unwrap().credentials().await.unwrap();
    let sent = scene.server.only("GetCredentialsForIdentity").await;
    assert_eq!(sent["CustomRoleArn"], role);
    assert_eq!(sent["Logins"], json!({ "issuer.example.com": scene.tokens.current() }));
}

#[tokio::test]
async fn the_provider_is_that_of_the_user_pool_whatever_the_issuer_of_an_emulator_is() {
    let scene = Scene::new().await;
    let issuer = "http://127.0.0.1:4701/us-east-1_Ab12Cd34E";
    scene.tokens.claim(json!({ "iss": issuer, "sub": "alice", "token_use": "id" }));
    scene.provider().credentials().await.unwrap();
    assert_eq!(scene.server.only("GetId").await["Logins"], scene.logins());
}

#[tokio::test]
async fn an_access_token_is_not_sent() {
    let scene = Scene::new().await;
    let access = json!({ "iss": format!("https://{PROVIDER}"), "sub": "a", "token_use": "access" });
    for claims in [access, json!({ "sub": "alice" }), json!({})] {
        scene.tokens.claim(claims);
        let error = scene.provider().credentials().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("ID token"), "{error}");
    }
    assert!(scene.server.requests().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_cause_one_request_for_the_identity_and_one_for_credentials() {
    let scene = Scene::new().await;
    let provider = scene.provider();
    let callers = (0..1000).map(|number| {
        let provider = provider.clone();
        tokio::spawn(async move {
            match number % 2 {
                0 => provider.provide_credentials().await.unwrap(),
                _ => provider.credentials().await.unwrap().credentials().clone(),
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        assert_eq!(caller.await.unwrap().access_key_id(), "ASIA1");
    }
    assert_eq!(scene.counts().await, (1, 1));
}

#[tokio::test]
async fn a_request_runs_to_its_end_when_its_caller_leaves() {
    let scene = Scene::new().await;
    let provider = scene.provider();
    let mut leaves = Box::pin(provider.credentials());
    assert!(futures_util::poll!(&mut leaves).is_pending());
    drop(leaves);
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_a_runtime_that_is_shut_down_is_sent_again_for_other_callers() {
    let scene = Scene::without_responses().await;
    scene.server.answer("GetId", json!({ "IdentityId": identity(1) }));
    let late = scene.response(1).set_delay(Duration::from_secs(600));
    scene.server.answer_with("GetCredentialsForIdentity", late);
    scene.issue(1);
    let provider = scene.provider();
    let other = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let first = provider.clone();
    other.spawn(async move { drop(first.credentials().await) });
    while scene.counts().await.1 == 0 {
        tokio::task::yield_now().await;
    }
    let mut waiting = Box::pin(provider.credentials());
    assert!(futures_util::poll!(&mut waiting).is_pending());
    assert_eq!(scene.counts().await.1, 1, "it shares the request");
    other.shutdown_background();
    waiting.await.unwrap();
    assert_eq!(scene.counts().await, (1, 2));
}

#[tokio::test]
async fn credentials_are_requested_again_five_minutes_before_they_expire() {
    let scene = Scene::new().await;
    let provider = scene.provider();
    provider.credentials().await.unwrap();
    scene.clock.advance(HOUR - Duration::from_secs(310));
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 1));
    scene.clock.advance(Duration::from_secs(10));
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 2));
}

/// A client with a `buffer_time` asks while its credentials are valid, and wants others then.
#[tokio::test]
async fn the_sdk_gets_other_credentials_when_it_asks_again_after_a_minute() {
    let scene = Scene::new().await;
    let provider = scene.provider();
    provider.provide_credentials().await.unwrap();
    scene.clock.advance(Duration::from_secs(50));
    provider.provide_credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 1));
    scene.clock.advance(Duration::from_secs(10));
    provider.provide_credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 2));
}

#[tokio::test]
async fn invalidated_credentials_are_requested_again() {
    let scene = Scene::new().await;
    let provider = scene.provider();
    provider.credentials().await.unwrap();
    provider.invalidate();
    provider.credentials().await.unwrap();
    // Those of a request under way are not held either.
    provider.invalidate();
    let mut under_way = Box::pin(provider.credentials());
    assert!(futures_util::poll!(&mut under_way).is_pending());
    provider.invalidate();
    under_way.await.unwrap();
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 4));
}

#[tokio::test]
async fn an_open_id_token_is_that_of_the_identity() {
    let scene = Scene::new().await;
    // {"exp":1795000600}
    let token = "e30.eyJleHAiOjE3OTUwMDA2MDB9.c2ln";
    scene.server.answer("GetOpenIdToken", json!({ "IdentityId": identity(1), "Token": token }));
    let issued = scene.provider().open_id_token().await.unwrap();
    assert_eq!((issued.identity_id().as_str(), issued.expose_secret()), (&*identity(1), token));
    let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_600);
    assert_eq!(issued.expires_at(), Some(expected));
    let sent = scene.server.only("GetOpenIdToken").await;
    assert_eq!(sent, json!({ "IdentityId": identity(1), "Logins": scene.logins() }));
}

#[tokio::test]
async fn an_unlinked_login_has_neither_identity_nor_credentials() {
    let scene = Scene::new().await;
    let provider = scene.provider();
    provider.credentials().await.unwrap();
    provider.unlink().await.unwrap();
    let expected = json!({
        "IdentityId": identity(1), "Logins": scene.logins(), "LoginsToRemove": [PROVIDER],
    });
    assert_eq!(scene.server.only("UnlinkIdentity").await, expected);
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (2, 2));
}

#[tokio::test]
async fn a_guest_has_no_login_to_unlink() {
    let scene = Scene::new().await;
    let error = scene.guest(Arc::new(MemoryStore::default())).unlink().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(scene.server.requests().await.is_empty());
}

#[tokio::test]
async fn a_response_without_a_member_is_a_failure_of_the_service() {
    let whole = json!({
        "AccessKeyId": "a", "SecretKey": "b", "SessionToken": "c", "Expiration": 1_795_000_000,
    });
    for member in ["AccessKeyId", "SecretKey", "SessionToken", "Expiration", "Credentials"] {
        let scene = Scene::without_responses().await;
        scene.server.answer("GetId", json!({ "IdentityId": identity(1) }));
        let mut response = json!({ "IdentityId": identity(1), "Credentials": whole });
        response["Credentials"].as_object_mut().unwrap().remove(member);
        if member == "Credentials" {
            response.as_object_mut().unwrap().remove(member);
        }
        scene.server.answer("GetCredentialsForIdentity", response);
        let error = scene.provider().credentials().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service, "{member}");
    }
    for response in [json!({}), json!({ "IdentityId": "nonsense" })] {
        let scene = Scene::without_responses().await;
        scene.server.answer("GetId", response);
        let error = scene.provider().credentials().await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Service, None));
    }
}

#[tokio::test]
async fn credentials_that_have_expired_by_the_clock_are_returned_and_not_held() {
    let scene = Scene::new().await;
    let provider = scene.provider();
    scene.clock.advance(HOUR + HOUR);
    scene.tokens.be("alice", &[]);
    let issued = provider.credentials().await.unwrap();
    assert!(issued.expires_at() < scene.clock.now(), "the clock of this machine is ahead");
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 2));
}
