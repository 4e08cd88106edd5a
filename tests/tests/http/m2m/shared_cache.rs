//! Caches of machine tokens that several clients share.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cognito::http::{
    ClientCredentials, MIN_REJECTED_AGE, MachineTokenCache, MachineTokenKey, MemoryTokenCache,
};
use cognito::session::{TokenRequest, TokenSet, TokenSource};
use cognito::types::{BoxFuture, Clock};
use serde_json::json;

use super::{counting, token};

/// A shared cache that never responds.
#[derive(Debug)]
struct Hanging;

impl MachineTokenCache for Hanging {
    fn get<'a>(&'a self, _: &'a MachineTokenKey) -> BoxFuture<'a, Option<TokenSet>> {
        Box::pin(std::future::pending())
    }

    fn put<'a>(&'a self, _: &'a MachineTokenKey, _: TokenSet) -> BoxFuture<'a, ()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_shared_cache_that_hangs_is_skipped() {
    let (server, _) = counting(None).await;
    let source = ClientCredentials::at_domain(server.uri(), "client-id");
    let source = source.client_secret("secret").cache(Arc::new(Hanging)).build().unwrap();
    assert_eq!(token(&source).await.unwrap(), "token1");
}

/// A shared cache with one token.
#[derive(Debug)]
struct Holding(TokenSet);

impl MachineTokenCache for Holding {
    fn get<'a>(&'a self, _: &'a MachineTokenKey) -> BoxFuture<'a, Option<TokenSet>> {
        Box::pin(std::future::ready(Some(self.0.clone())))
    }

    fn put<'a>(&'a self, _: &'a MachineTokenKey, _: TokenSet) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// A shared cache that has no tokens, and records the keys that are asked for.
#[derive(Debug, Default)]
pub(super) struct Keys(pub(super) Mutex<Vec<MachineTokenKey>>);

impl MachineTokenCache for Keys {
    fn get<'a>(&'a self, key: &'a MachineTokenKey) -> BoxFuture<'a, Option<TokenSet>> {
        self.0.lock().unwrap().push(key.clone());
        Box::pin(std::future::ready(None))
    }

    fn put<'a>(&'a self, _: &'a MachineTokenKey, _: TokenSet) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn key_of_a_shared_token_has_everything_that_was_requested() {
    let (server, _) = counting(None).await;
    let keys = Arc::new(Keys::default());
    let source = ClientCredentials::at_domain(server.uri(), "client-id")
        .client_secret("secret")
        .scopes(["b/y", "a/x"])
        .client_metadata("tenant", "one")
        .cache(keys.clone());
    token(&source.build().unwrap()).await.unwrap();
    let key = keys.0.lock().unwrap().remove(0);
    let endpoint = format!("{}/oauth2/token", server.uri());
    assert_eq!((key.endpoint(), key.client_id().as_str()), (&*endpoint, "client-id"));
    assert_eq!(key.scopes(), ["a/x", "b/y"]);
    let line = json!([endpoint, "client-id", ["a/x", "b/y"], { "tenant": "one" }]);
    assert_eq!(key.to_string(), line.to_string());
    let request = server.received_requests().await.unwrap().remove(0);
    let form = String::from_utf8(request.body).unwrap();
    let metadata = "aws_client_metadata=%7B%22tenant%22%3A%22one%22%7D";
    assert!(form.contains(metadata), "{form}");
}

#[tokio::test]
async fn a_shared_token_from_the_future_is_not_used() {
    let (server, _) = counting(None).await;
    let clock = Arc::new(cognito_emulator::TestClock::default());
    for (ahead, expected) in [(7200, "token1"), (1, "shared")] {
        let issued_at = clock.now() + Duration::from_secs(ahead);
        let set = TokenSet::new("shared", issued_at, Duration::from_secs(3600));
        let source = ClientCredentials::at_domain(server.uri(), "client-id")
            .client_secret("secret")
            .clock(clock.clone())
            .cache(Arc::new(Holding(set)));
        assert_eq!(token(&source.build().unwrap()).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn clients_with_a_shared_cache_share_tokens() {
    let (server, count) = counting(None).await;
    let clock = Arc::new(cognito_emulator::TestClock::default());
    let cache = Arc::new(MemoryTokenCache::default().clock(clock.clone()));
    let client = |scopes: [&'static str; 2]| {
        ClientCredentials::at_domain(server.uri(), "client-id")
            .client_secret("secret")
            .scopes(scopes)
            .cache(cache.clone())
            .clock(clock.clone())
            .build()
            .unwrap()
    };
    let (one, other) = (client(["a/x", "a/y"]), client(["a/y", "a/x"]));
    assert_eq!(token(&one).await, token(&other).await);
    assert_eq!(count.load(Ordering::SeqCst), 1, "the order of scopes means nothing");
    let third = client(["a/x", "a/z"]);
    assert_eq!(token(&third).await.unwrap(), "token2");
    // A rejected token is not returned from the cache.
    clock.advance(MIN_REJECTED_AGE);
    one.reject(&one.token(&TokenRequest::access()).await.unwrap());
    assert_eq!(token(&one).await.unwrap(), "token3");
    other.reject(&other.token(&TokenRequest::access()).await.unwrap());
    assert_eq!(token(&other).await.unwrap(), "token3", "the other client has refreshed it");
    // Nor is a token that is about to expire.
    clock.advance(Duration::from_secs(3600 - 20));
    assert_eq!(token(&client(["a/x", "a/y"])).await.unwrap(), "token4");
}
