//! Rejections and failures, and the reaction of the provider to each.

use std::time::Duration;

use cognito::identity_pool::ProvideCredentials;
use cognito::sign_in::Retries;
use cognito::{ErrorKind, Fault};
use cognito_tests::canned::Canned;
use serde_json::json;

use crate::support::{EXPIRED, MISMATCH, Scene, identity};

const NOT_AUTHORIZED: &str = "NotAuthorizedException";

#[tokio::test]
async fn each_refusal_has_its_kind_and_is_not_repeated() {
    for (exception, message, kind) in [
        (
            NOT_AUTHORIZED,
            "Invalid login token. Issuer doesn't match providerName",
            ErrorKind::LoginNotAccepted,
        ),
        (
            NOT_AUTHORIZED,
            "Token is not from a supported provider of this identity pool.",
            ErrorKind::LoginNotAccepted,
        ),
        (
            NOT_AUTHORIZED,
            "Unauthenticated access is not supported for this identity pool.",
            ErrorKind::GuestsNotAllowed,
        ),
        (NOT_AUTHORIZED, "something that is not known", ErrorKind::NotAuthorized),
        (NOT_AUTHORIZED, MISMATCH, ErrorKind::IdentityMismatch),
        ("ResourceNotFoundException", "IdentityPool 'x' not found.", ErrorKind::NotFound),
        ("ResourceConflictException", "", ErrorKind::LoginInUse),
        ("InvalidParameterException", "", ErrorKind::InvalidParameter),
        (
            "InvalidIdentityPoolConfigurationException",
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
            ErrorKind::Configuration,
        ),
    ] {
        let scene = Scene::without_responses().await;
        scene.server.refuse("GetId", exception, message);
        let error = scene.provider().credentials().await.unwrap_err();
        assert_eq!((error.kind(), error.fault()), (kind, Fault::Application), "{message}");
        assert!(!error.is_transient() && error.exception() == Some(exception));
        assert!(message.is_empty() || !error.to_string().contains(message));
        assert_eq!(scene.counts().await, (1, 0), "{message}");
    }
}

#[tokio::test]
async fn transient_failures_are_retried_after_a_pause() {
    for (exception, kind) in [
        ("TooManyRequestsException", ErrorKind::Throttled),
        ("LimitExceededException", ErrorKind::Throttled),
        ("InternalErrorException", ErrorKind::Service),
        ("ExternalServiceException", ErrorKind::Service),
    ] {
        for operation in ["GetId", "GetCredentialsForIdentity"] {
            let scene = Scene::without_responses().await;
            scene.server.refuse(operation, exception, "").refuse(operation, exception, "");
            scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
            scene.issue(1);
            scene.provider().credentials().await.unwrap();
            assert_eq!(scene.server.count(operation).await, 3, "{exception}");

            let scene = Scene::without_responses().await;
            scene.server.refuse("GetId", exception, "");
            let provider = scene.builder().retries(Retries::none()).build().unwrap();
            let error = provider.credentials().await.unwrap_err();
            assert_eq!((error.kind(), error.is_transient()), (kind, true), "{exception}");
            assert_eq!(scene.counts().await, (1, 0));
        }
    }
}

/// The cached identity belongs to another user, was deleted, or is a guest's.
#[tokio::test]
async fn a_stale_identity_is_replaced_once() {
    for (exception, message) in [
        (NOT_AUTHORIZED, MISMATCH),
        (NOT_AUTHORIZED, "Access to Identity 'eu-west-1:0-1' is forbidden."),
        ("ResourceNotFoundException", "Identity 'eu-west-1:0-1' not found."),
    ] {
        let scene = Scene::new().await;
        scene.server.refuse("GetCredentialsForIdentity", exception, message);
        scene.server.respond("GetId", json!({ "IdentityId": identity(2) }));
        scene.issue(2);
        let provider = scene.provider();
        provider.credentials().await.unwrap();
        provider.invalidate();
        let issued = provider.credentials().await.unwrap();
        assert_eq!(issued.identity_id().as_str(), identity(2), "{message}");
        let sent = scene.server.sent("GetCredentialsForIdentity").await;
        let ids = sent.iter().map(|body| body["IdentityId"].as_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(ids, [identity(1), identity(1), identity(2)]);
        // The new identity is cached.
        assert_eq!(provider.identity_id().await.unwrap().as_str(), identity(2));
        assert_eq!(scene.counts().await, (2, 3));
    }
}

#[tokio::test]
async fn an_identity_that_is_refused_after_it_was_replaced_is_an_error() {
    let scene = Scene::without_responses().await;
    scene.server.respond("GetId", json!({ "IdentityId": identity(2) }));
    scene.server.refuse("GetCredentialsForIdentity", NOT_AUTHORIZED, MISMATCH);
    let provider = scene.builder().initial_identity(identity(1).parse().unwrap()).build().unwrap();
    let error = provider.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IdentityMismatch);
    assert_eq!(scene.counts().await, (1, 2));
}

#[tokio::test]
async fn an_expired_token_and_a_stale_identity_are_both_replaced() {
    let scene = Scene::without_responses().await;
    scene.server.refuse("GetCredentialsForIdentity", NOT_AUTHORIZED, EXPIRED);
    scene.server.refuse("GetCredentialsForIdentity", NOT_AUTHORIZED, MISMATCH);
    scene.server.respond("GetId", json!({ "IdentityId": identity(2) }));
    scene.issue(2);
    let provider = scene.builder().initial_identity(identity(1).parse().unwrap()).build().unwrap();
    provider.credentials().await.unwrap();
    assert_eq!((scene.counts().await, scene.tokens.rejections()), ((1, 3), 1));
}

#[tokio::test]
async fn failed_request_is_not_cached() {
    let scene = Scene::without_responses().await;
    scene.server.refuse("GetId", NOT_AUTHORIZED, "");
    scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
    scene.issue(1);
    let provider = scene.provider();
    provider.credentials().await.unwrap_err();
    provider.credentials().await.unwrap();
}

#[tokio::test]
async fn a_dropped_connection_and_a_silent_server_are_transient() {
    let scene = Scene::without_responses().await;
    let limits = |url: String| {
        let builder = scene.builder().endpoint(url).attempt_timeout(Duration::from_millis(200));
        builder.retries(Retries::none()).build().unwrap()
    };
    let cut = Canned::hang("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{").await;
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for url in [cut.url(), closed] {
        let provider = limits(url);
        let error = provider.credentials().await.unwrap_err();
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Transport, true));
        let error = provider.provide_credentials().await.unwrap_err();
        assert!(format!("{error:?}").starts_with("ProviderError"), "{error:?}");
    }
}
