//! Changes of logins: other users, other groups, expired tokens, guests who sign in.

use std::sync::Arc;
use std::time::Duration;

use cognito::identity_pool::{IdentityId, ProvideCredentials};
use cognito::session::TokenErrorKind;
use cognito::{ErrorKind, MemoryStore};
use serde_json::json;

use crate::support::{EXPIRED, HOUR, Scene, identity};

#[tokio::test]
async fn another_user_gets_an_identity_and_credentials_of_their_own() {
    let scene = Scene::new().await;
    scene.server.respond("GetId", json!({ "IdentityId": identity(2) }));
    scene.issue(2);
    scene.issue(1);
    let provider = scene.provider();
    for (user, number) in [("alice", 1), ("bob", 2), ("alice", 1)] {
        scene.tokens.be(user, &[]);
        let direct = provider.credentials().await.unwrap();
        let for_sdk = provider.provide_credentials().await.unwrap();
        let expected = format!("ASIA{number}");
        assert_eq!(direct.identity_id().as_str(), identity(number));
        assert_eq!([direct.credentials().access_key_id(), for_sdk.access_key_id()], [&expected; 2]);
    }
    assert_eq!(scene.counts().await, (2, 3), "the identities are cached, the credentials are not");
}

/// The groups determine the role, and so can other claims with rules of the identity pool.
#[tokio::test]
async fn other_groups_get_other_credentials_of_the_same_identity() {
    let scene = Scene::new().await;
    let provider = scene.provider();
    provider.credentials().await.unwrap();
    scene.tokens.be("alice", &["admins"]);
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 2));
    let sent = scene.server.sent("GetCredentialsForIdentity").await;
    assert_eq!(sent[1]["Logins"], scene.logins());
}

/// A token with any claims gets no credentials before the service has accepted it.
#[tokio::test]
async fn a_forged_token_gets_no_cached_credentials() {
    let scene = Scene::new().await;
    let message = "Invalid login token. Token signature invalid.";
    scene.server.refuse("GetCredentialsForIdentity", "NotAuthorizedException", message);
    let provider = scene.provider();
    provider.credentials().await.unwrap();
    scene.tokens.be("alice", &[]);
    let error = provider.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginNotAccepted);
}

#[tokio::test]
async fn an_expired_token_is_refreshed_once_and_sent_again() {
    for operation in ["GetId", "GetCredentialsForIdentity"] {
        let scene = Scene::without_responses().await;
        scene.server.refuse(operation, "NotAuthorizedException", EXPIRED);
        scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
        scene.issue(1);
        let first = scene.logins();
        let provider = scene.provider();
        provider.credentials().await.unwrap();
        let sent = scene.server.sent(operation).await;
        assert_eq!([&sent[0]["Logins"], &sent[1]["Logins"]], [&first, &scene.logins()]);
        assert_eq!((sent.len(), scene.tokens.rejections()), (2, 1), "{operation}");
        // The credentials are cached for the token that the service has accepted.
        provider.credentials().await.unwrap();
        assert_eq!(scene.server.count(operation).await, 2, "{operation}");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_again_is_an_error() {
    let scene = Scene::without_responses().await;
    scene.server.refuse("GetId", "NotAuthorizedException", EXPIRED);
    let error = scene.provider().credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenExpired);
    assert_eq!(scene.counts().await, (2, 0));
    // A session without another token is not asked repeatedly.
    scene.tokens.keep_rejected();
    let error = scene.provider().credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenExpired);
    assert_eq!(scene.counts().await, (3, 0));
}

/// Another user signs in before the expired token is refreshed.
#[tokio::test]
async fn a_request_is_not_repeated_for_another_user() {
    for operation in ["GetCredentialsForIdentity", "GetOpenIdToken", "UnlinkIdentity"] {
        let scene = Scene::new().await;
        let provider = scene.provider();
        provider.identity_id().await.unwrap();
        scene.server.refuse(operation, "NotAuthorizedException", EXPIRED);
        // The response set by `Scene::new` comes first.
        if operation == "GetCredentialsForIdentity" {
            provider.credentials().await.unwrap();
            provider.invalidate();
        }
        let (before, of_alice) = (scene.server.count(operation).await, scene.logins());
        scene.tokens.switch_when_rejected("bob");
        let error = match operation {
            "GetCredentialsForIdentity" => provider.credentials().await.map(drop),
            "GetOpenIdToken" => provider.open_id_token().await.map(drop),
            _ => provider.unlink().await,
        };
        assert_eq!(error.unwrap_err().kind(), ErrorKind::TokenExpired, "{operation}");
        let sent = scene.server.sent(operation).await;
        assert_eq!(sent.len(), before + 1, "{operation}");
        assert_eq!(sent[before]["Logins"], of_alice, "{operation}");
    }
}

#[tokio::test]
async fn token_that_expires_within_half_a_minute_is_refreshed_first() {
    let scene = Scene::new().await;
    scene.clock.advance(HOUR - Duration::from_secs(40));
    let provider = scene.provider();
    provider.identity_id().await.unwrap();
    assert_eq!(scene.tokens.rejections(), 0);
    scene.clock.advance(Duration::from_secs(11));
    let old = scene.logins();
    provider.credentials().await.unwrap();
    assert_eq!(scene.tokens.rejections(), 1);
    let sent = scene.server.only("GetCredentialsForIdentity").await;
    assert!(sent["Logins"] == scene.logins() && sent["Logins"] != old);
}

#[tokio::test]
async fn token_whose_refresh_fails_is_used_until_it_expires() {
    let scene = Scene::new().await;
    scene.tokens.keep_rejected();
    scene.clock.advance(HOUR - Duration::from_secs(5));
    scene.provider().credentials().await.unwrap();
}

#[tokio::test]
async fn failures_of_the_source_have_different_kinds() {
    for (kind, expected, of_sdk) in [
        (TokenErrorKind::Ended, ErrorKind::SessionEnded, "ProviderError"),
        (TokenErrorKind::Transient, ErrorKind::Transport, "ProviderError"),
        (TokenErrorKind::Configuration, ErrorKind::Configuration, "InvalidConfiguration"),
    ] {
        let scene = Scene::new().await;
        scene.tokens.fail(kind);
        let provider = scene.provider();
        assert_eq!(provider.credentials().await.unwrap_err().kind(), expected);
        let error = provider.provide_credentials().await.unwrap_err();
        assert!(format!("{error:?}").starts_with(of_sdk), "{error:?}");
        assert!(scene.server.requests().await.is_empty());
    }
}

#[tokio::test]
async fn the_identity_of_the_response_replaces_the_cached_one() {
    let scene = Scene::without_responses().await;
    scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
    scene.issue(2);
    let provider = scene.provider();
    assert_eq!(provider.credentials().await.unwrap().identity_id().as_str(), identity(2));
    assert_eq!(provider.identity_id().await.unwrap().as_str(), identity(2));
    provider.invalidate();
    provider.credentials().await.unwrap();
    let sent = scene.server.sent("GetCredentialsForIdentity").await;
    assert_eq!(sent[1]["IdentityId"], identity(2));
    assert_eq!(scene.server.count("GetId").await, 1);
}

#[tokio::test]
async fn a_user_keeps_the_identity_of_the_guest() {
    let scene = Scene::new().await;
    let cache = Arc::new(MemoryStore::default());
    let guest = scene.guest(cache.clone()).identity_id().await.unwrap();
    let user = |initial: IdentityId| {
        scene.builder().identity_cache(cache.clone()).initial_identity(initial).build().unwrap()
    };
    user(guest.clone()).credentials().await.unwrap();
    let sent = scene.server.only("GetCredentialsForIdentity").await;
    assert_eq!(sent, json!({ "IdentityId": guest.as_str(), "Logins": scene.logins() }));
    // From now on the identity belongs to the user, who does not take over another guest's.
    user(identity(9).parse().unwrap()).credentials().await.unwrap();
    let sent = scene.server.sent("GetCredentialsForIdentity").await;
    assert_eq!(sent[1]["IdentityId"], guest.as_str());
    assert_eq!(scene.server.count("GetId").await, 1, "that of the guest");
}

/// The response to a request with the previous token arrives last.
#[tokio::test]
async fn credentials_of_a_previous_token_do_not_replace_newer_ones() {
    let scene = Scene::without_responses().await;
    scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
    let late = scene.response(1).set_delay(Duration::from_millis(300));
    scene.server.respond_with("GetCredentialsForIdentity", late);
    scene.issue(2);
    let provider = scene.provider();
    let previous = {
        let provider = provider.clone();
        tokio::spawn(async move { provider.credentials().await.unwrap() })
    };
    while scene.counts().await.1 == 0 {
        tokio::task::yield_now().await;
    }
    scene.tokens.be("alice", &["admins"]);
    provider.credentials().await.unwrap();
    assert_eq!(previous.await.unwrap().credentials().access_key_id(), "ASIA1");
    let held = provider.credentials().await.unwrap();
    assert_eq!(held.credentials().access_key_id(), "ASIA2");
    assert_eq!(scene.counts().await.1, 2);
}
