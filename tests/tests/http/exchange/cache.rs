//! Cached tokens: keys, expiration, and capacity.

use std::num::NonZeroUsize;
use std::time::Duration;

use cognito::session::{TokenErrorKind, TokenRequest, TokenSource};
use cognito::types::Clock;
use futures_util::future::join_all;

use super::{Counting, access, kind};

#[tokio::test]
async fn tokens_are_cached_by_everything_that_they_differ_by() {
    let server = Counting::start(Duration::ZERO).await;
    let exchanger = server.exchanger();
    let (alice, bob) = (server.subject("alice", 3600), server.subject("bob", 3600));
    let of_alice = |audience: &str| exchanger.on_behalf_of(&alice).audience(audience);
    let actor = server.subject("agent", 3600);
    let sources = [
        of_alice("orders"),
        of_alice("stock"),
        of_alice("").resource("orders"),
        of_alice("orders").scopes(["a/x", "a/y"]),
        of_alice("orders").actor(&actor),
        exchanger.on_behalf_of(&alice),
        exchanger.on_behalf_of(&bob).audience("orders"),
    ];
    for _ in 0..2 {
        for (number, source) in sources.iter().enumerate() {
            assert_eq!(access(source).await.unwrap(), format!("token{}", number + 1));
        }
    }
    assert_eq!(server.exchanges(), sources.len());
    let reordered = of_alice("orders").scopes(["a/y", "a/x", "a/y"]);
    assert_eq!(access(&reordered).await.unwrap(), "token4", "the order of scopes means nothing");
    let narrower = TokenRequest::access().with_scopes(["a/x"]);
    let token = of_alice("orders").token(&narrower).await.unwrap();
    assert_eq!(token.expose_secret(), "token8");
}

#[tokio::test]
async fn concurrent_requests_for_one_token_share_an_exchange() {
    let server = Counting::start(Duration::from_millis(50)).await;
    let (exchanger, alice) = (server.exchanger(), server.subject("alice", 3600));
    let sources = (0..100).map(|_| exchanger.on_behalf_of(&alice).audience("stock"));
    let tokens = join_all(sources.map(|source| async move { access(&source).await.unwrap() }));
    assert!(tokens.await.iter().all(|token| token == "token1"));
    assert_eq!(server.exchanges(), 1);
}

#[tokio::test]
async fn cached_token_expires_with_the_token_of_the_user() {
    let server = Counting::start(Duration::ZERO).await;
    let (exchanger, alice) = (server.exchanger(), server.subject("alice", 600));
    let source = exchanger.on_behalf_of(&alice).audience("stock");
    let ends = source.token(&TokenRequest::access()).await.unwrap().expires_at();
    assert_eq!(ends, server.clock.now() + Duration::from_secs(600));
    server.clock.advance(Duration::from_secs(599));
    assert_eq!(access(&source).await.unwrap(), "token1");
    tokio::task::yield_now().await;
    assert_eq!(server.exchanges(), 1, "another token would end no later");
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(kind(&source).await, TokenErrorKind::Ended);
    assert_eq!(server.exchanges(), 1);
}

#[tokio::test]
async fn token_that_expires_before_that_of_the_user_is_exchanged_again() {
    let server = Counting::start(Duration::ZERO).await;
    let (exchanger, alice) = (server.exchanger(), server.subject("alice", 2 * 3600));
    let source = exchanger.on_behalf_of(&alice).audience("stock");
    assert_eq!(access(&source).await.unwrap(), "token1");
    server.clock.advance(Duration::from_secs(3590));
    assert_eq!(access(&source).await.unwrap(), "token2", "token1 is about to expire");
}

#[tokio::test]
async fn token_that_expires_together_with_that_of_the_user_is_used_to_its_end() {
    let server = Counting::start(Duration::ZERO).await;
    let (exchanger, alice) = (server.exchanger(), server.subject("alice", 3600));
    let source = exchanger.on_behalf_of(&alice).audience("stock");
    assert_eq!(access(&source).await.unwrap(), "token1");
    server.clock.advance(Duration::from_secs(3590));
    assert_eq!(access(&source).await.unwrap(), "token1");
    assert_eq!(server.exchanges(), 1, "another token would end no later");
}

#[tokio::test]
async fn full_cache_drops_the_token_that_expires_first_and_none_that_is_being_fetched() {
    let server = Counting::start(Duration::ZERO).await;
    let two = NonZeroUsize::new(2).unwrap();
    let exchanger = server.builder().capacity(two).build().unwrap();
    let of = |name: &str, seconds| exchanger.on_behalf_of(server.subject(name, seconds));
    let (long, short, third) = (of("alice", 3000), of("bob", 2000), of("carol", 2500));
    for source in [&long, &short, &third] {
        access(source).await.unwrap();
    }
    assert_eq!(access(&long).await.unwrap(), "token1");
    assert_eq!(access(&third).await.unwrap(), "token3");
    assert_eq!(access(&short).await.unwrap(), "token4", "it made room");

    let slow = Counting::start(Duration::from_secs(5)).await;
    let exchanger = slow.builder().capacity(two).build().unwrap();
    let of = |name: &str| exchanger.on_behalf_of(slow.subject(name, 3600));
    let (first, second) = (of("alice"), of("bob"));
    let waiting = [first, second].map(|source| tokio::spawn(async move { access(&source).await }));
    tokio::task::yield_now().await;
    assert_eq!(kind(&of("carol")).await, TokenErrorKind::Transient);
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn expired_tokens_do_not_stay_in_memory() {
    let server = Counting::start(Duration::ZERO).await;
    let exchanger = server.exchanger();
    for number in 0..5 {
        let user = server.subject(&format!("user{number}"), 600);
        access(&exchanger.on_behalf_of(user)).await.unwrap();
    }
    server.clock.advance(Duration::from_secs(600));
    access(&exchanger.on_behalf_of(server.subject("alice", 600))).await.unwrap();
    assert!(format!("{exchanger:?}").contains("kept: 1,"), "{exchanger:?}");
}

#[tokio::test]
async fn valid_tokens_stay_when_expired_ones_are_removed() {
    let server = Counting::start(Duration::ZERO).await;
    let exchanger = server.exchanger();
    let (long, short) = (server.subject("alice", 3600), server.subject("bob", 600));
    access(&exchanger.on_behalf_of(&long)).await.unwrap();
    access(&exchanger.on_behalf_of(short)).await.unwrap();
    server.clock.advance(Duration::from_secs(600));
    access(&exchanger.on_behalf_of(server.subject("carol", 600))).await.unwrap();
    assert_eq!(access(&exchanger.on_behalf_of(&long)).await.unwrap(), "token1");
}

#[tokio::test]
async fn full_cache_drops_all_expired_tokens() {
    let server = Counting::start(Duration::ZERO).await;
    let three = NonZeroUsize::new(3).unwrap();
    let exchanger = server.builder().capacity(three).build().unwrap();
    for (name, seconds) in [("alice", 10), ("bob", 10), ("carol", 3600)] {
        access(&exchanger.on_behalf_of(server.subject(name, seconds))).await.unwrap();
    }
    server.clock.advance(Duration::from_secs(10));
    access(&exchanger.on_behalf_of(server.subject("dave", 3600))).await.unwrap();
    assert!(format!("{exchanger:?}").contains("kept: 2,"), "{exchanger:?}");
}
