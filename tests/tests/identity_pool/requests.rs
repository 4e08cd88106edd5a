//! The requests of a provider, and what it makes of the responses.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito::identity_pool::ProvideCredentials;
use cognito::types::Clock;
use cognito::{ErrorKind, MemoryStore};
use serde_json::json;
use tokio::runtime::Builder;
use wiremock::ResponseTemplate;

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
    let token = json!({ "IdentityId": identity(1), "Token": "e30.e30.c2ln" });
    scene.server.answer("GetOpenIdToken", token);
    let provider = scene.provider();
    let callers = (0..1000).map(|number| {
        let provider = provider.clone();
        tokio::spawn(async move {
            match number % 4 {
                0 => drop(provider.provide_credentials().await.unwrap()),
                1 => drop(provider.credentials().await.unwrap()),
                2 => drop(provider.identity_id().await.unwrap()),
                _ => drop(provider.open_id_token().await.unwrap()),
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    assert_eq!(scene.counts().await, (1, 1));
}

/// The future is polled until the server has seen a request, and dropped.
async fn leave(scene: &Scene, operation: &str, call: impl Future) {
    let mut call = Box::pin(call);
    while scene.server.count(operation).await == 0 {
        assert!(futures_util::poll!(&mut call).is_pending());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_runs_to_its_end_when_its_caller_leaves() {
    let scene = Scene::without_responses().await;
    scene.server.answer("GetId", json!({ "IdentityId": identity(1) }));
    let late = scene.response(1).set_delay(Duration::from_millis(200));
    scene.server.answer_with("GetCredentialsForIdentity", late);
    let provider = scene.provider();
    leave(&scene, "GetCredentialsForIdentity", provider.credentials()).await;
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 1));
}

/// Otherwise a guest would be created of whom no cache knows.
#[tokio::test]
async fn the_identity_of_a_guest_is_cached_when_the_caller_leaves() {
    let scene = Scene::without_responses().await;
    let late = ResponseTemplate::new(200).set_body_json(json!({ "IdentityId": identity(1) }));
    scene.server.answer_with("GetId", late.set_delay(Duration::from_millis(200)));
    let provider = scene.guest(Arc::new(MemoryStore::default()));
    leave(&scene, "GetId", provider.identity_id()).await;
    assert_eq!(provider.identity_id().await.unwrap().as_str(), identity(1));
    assert_eq!(scene.counts().await, (1, 0));
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
    // The operation has no output in the service's model.
    scene.server.answer_with("UnlinkIdentity", ResponseTemplate::new(200));
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

/// The clock of this machine is behind that of the service, or ahead of it.
#[tokio::test]
async fn credentials_are_held_by_the_time_of_the_server() {
    for behind in [true, false] {
        let scene = Scene::without_responses().await;
        scene.server.answer("GetId", json!({ "IdentityId": identity(1) }));
        let now = scene.clock.now();
        let issued = scene.response(1).insert_header("date", httpdate::fmt_http_date(now));
        scene.server.answer_with("GetCredentialsForIdentity", issued);
        scene.clock.set(if behind { now - HOUR } else { now + HOUR + HOUR });
        scene.tokens.be("alice", &[]);
        let provider = scene.provider();
        provider.credentials().await.unwrap();
        scene.clock.advance(HOUR - Duration::from_secs(310));
        provider.credentials().await.unwrap();
        assert_eq!(scene.counts().await, (1, 1), "behind: {behind}");
        scene.clock.advance(Duration::from_secs(20));
        provider.credentials().await.unwrap();
        assert_eq!(scene.counts().await, (1, 2), "behind: {behind}");
    }
}

#[tokio::test]
async fn without_the_time_of_the_server_the_clock_counts() {
    let scene = Scene::without_responses().await;
    scene.server.answer("GetId", json!({ "IdentityId": identity(1) }));
    let undated = scene.response(1).insert_header("date", "none");
    scene.server.answer_with("GetCredentialsForIdentity", undated);
    scene.clock.advance(HOUR + HOUR);
    scene.tokens.be("alice", &[]);
    let provider = scene.provider();
    let issued = provider.credentials().await.unwrap();
    assert!(issued.expires_at() < scene.clock.now(), "the clock of this machine is ahead");
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 2));
}
