//! Requests of a provider and their responses.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito::identity_pool::ProvideCredentials;
use cognito::{ErrorKind, MemoryStore};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::{POOL, PROVIDER, Scene, identity};

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
    scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
    scene.server.respond("GetCredentialsForIdentity", json!({
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
async fn the_provider_is_that_of_the_user_pool_for_every_issuer() {
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

#[tokio::test]
async fn an_open_id_token_is_that_of_the_identity() {
    let scene = Scene::new().await;
    // {"exp":1795000600}
    let token = "e30.eyJleHAiOjE3OTUwMDA2MDB9.c2ln";
    scene.server.respond("GetOpenIdToken", json!({ "IdentityId": identity(1), "Token": token }));
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
    // The operation has no output in the service model.
    scene.server.respond_with("UnlinkIdentity", ResponseTemplate::new(200));
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
        scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
        let mut response = json!({ "IdentityId": identity(1), "Credentials": whole });
        response["Credentials"].as_object_mut().unwrap().remove(member);
        if member == "Credentials" {
            response.as_object_mut().unwrap().remove(member);
        }
        scene.server.respond("GetCredentialsForIdentity", response);
        let error = scene.provider().credentials().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service, "{member}");
    }
    for response in [json!({}), json!({ "IdentityId": "nonsense" })] {
        let scene = Scene::without_responses().await;
        scene.server.respond("GetId", response);
        let error = scene.provider().credentials().await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Service, None));
    }
}
