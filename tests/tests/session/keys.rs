//! Tokens that are signed with keys which the cached key set lacks.

use std::sync::Arc;

use bytes::Bytes;
use cognito::types::SendHttp;
use cognito::{ErrorKind, MemoryStore, TokenStore};
use cognito_tests::fixture::{Fixture, PASSWORD};
use cognito_tests::interposer::Action;
use serde_json::{Value, json};

use crate::support::{REFRESH, rotating, token, two_programs};

/// Returns the key set that the server publishes now.
async fn published(fixture: &Fixture) -> String {
    let uri = format!("{}/{}/.well-known/jwks.json", fixture.local.endpoint(), fixture.local.id());
    let request = http::Request::get(uri).body(Bytes::new()).unwrap();
    let response = fixture.local.http_client().send(request, 1 << 20).await.unwrap();
    String::from_utf8(response.into_body().to_vec()).unwrap()
}

/// Lets the server sign with new keys, while the key set is still the old one, as from a cache on the
/// way.
async fn rotated_behind_a_cache(fixture: &Fixture) {
    let old = published(fixture).await;
    fixture.local.rotate_keys();
    fixture.wire.on("GetKeySet", Action::Respond(200, old));
}

#[tokio::test]
async fn refreshed_tokens_with_a_key_that_is_not_published_yet_are_kept() {
    let store = Arc::new(MemoryStore::default());
    let shared = Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(rotating(0), |builder| builder.token_store(shared));
    let session = fixture.signed_in("bob").await;
    let before = token(&session).await;
    rotated_behind_a_cache(&fixture).await;
    let error = session.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    assert_eq!(token(&session).await, before, "the current tokens are still valid");
    // The only valid refresh token is stored, although its access token cannot be verified yet.
    let (stored, _) = store.load(session.key().unwrap()).await.unwrap().unwrap();
    let record: Value = serde_json::from_slice(stored.expose_secret()).unwrap();
    assert_ne!(record["access_token"], json!(before));

    fixture.wire.heal();
    fixture.advance(60);
    session.refresh().await.unwrap();
    let [_, second] = &*fixture.wire.seen(REFRESH) else { panic!() };
    assert!(second.body.contains(record["refresh_token"].as_str().unwrap()));
}

#[tokio::test]
async fn sign_in_with_a_key_that_is_not_published_yet_keeps_its_session() {
    let fixture = Fixture::new(rotating(0));
    fixture.signed_in("carol").await;
    rotated_behind_a_cache(&fixture).await;
    let error = fixture.pool.sign_in("carol").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    let session = error.session().expect("the session is kept").clone();
    fixture.wire.heal();
    fixture.advance(60);
    session.access_token().await.unwrap();
}

#[tokio::test]
async fn restored_session_whose_key_was_removed_is_refreshed() {
    let (fixture, another, store) = two_programs(rotating(0));
    fixture.register("dave").await;
    let session = fixture.sign_in_as("dave", "main").await;
    let before = token(&session).await;
    fixture.local.rotate_keys();
    let set: Value = serde_json::from_str(&published(&fixture).await).unwrap();
    let signer = |token: &str| {
        let header = token.split('.').next().unwrap().to_owned();
        let claims = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, header);
        let header: Value = serde_json::from_slice(&claims.unwrap()).unwrap();
        header["kid"].clone()
    };
    let others = set["keys"].as_array().unwrap().iter().filter(|key| key["kid"] != signer(&before));
    let without = json!({ "keys": others.collect::<Vec<_>>() });
    fixture.wire.on("GetKeySet", Action::Respond(200, without.to_string()));
    let restored = another.restore(session.key().unwrap()).await.unwrap().unwrap();
    assert_ne!(token(&restored).await, before);
    assert!(store.load(session.key().unwrap()).await.unwrap().is_some());

    let forged = another.with_access_token(before).await.unwrap_err();
    assert_eq!(forged.kind(), ErrorKind::InvalidToken, "tokens of a caller are not trusted");
}
