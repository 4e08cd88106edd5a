//! The lifetime of cached credentials.

use std::time::Duration;

use cognito::identity_pool::ProvideCredentials;
use cognito::types::Clock;
use serde_json::json;

use crate::support::{HOUR, Scene, identity};

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

/// A client with a `buffer_time` requests new credentials while the old ones are valid.
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
    // Credentials of a request in progress are not cached either.
    provider.invalidate();
    let mut under_way = Box::pin(provider.credentials());
    assert!(futures_util::poll!(&mut under_way).is_pending());
    provider.invalidate();
    under_way.await.unwrap();
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 4));
}

/// The clock of this machine is behind or ahead of the service's.
#[tokio::test]
async fn credentials_are_cached_by_the_time_of_the_server() {
    for behind in [true, false] {
        let scene = Scene::without_responses().await;
        scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
        let now = scene.clock.now();
        let issued = scene.response(1).insert_header("date", httpdate::fmt_http_date(now));
        scene.server.respond_with("GetCredentialsForIdentity", issued);
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
async fn clock_is_used_without_the_time_of_the_server() {
    let scene = Scene::without_responses().await;
    scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
    let undated = scene.response(1).insert_header("date", "none");
    scene.server.respond_with("GetCredentialsForIdentity", undated);
    scene.clock.advance(HOUR + HOUR);
    scene.tokens.be("alice", &[]);
    let provider = scene.provider();
    let issued = provider.credentials().await.unwrap();
    assert!(issued.expires_at() < scene.clock.now(), "the clock of this machine is ahead");
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 2));
}
