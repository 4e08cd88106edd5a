//! Tests of sets that another process has fetched.

use super::*;

#[tokio::test]
async fn a_saved_set_keeps_its_age() {
    let (source, tools) = source(Some(JWKS));
    assert!(source.save().is_none());
    source.prefetch().await.unwrap();
    let saved = source.save().unwrap();

    // A new process, whose monotonic clock starts again at zero, 10 minutes later.
    let later = |minutes: u64| {
        let (source, tools) = source_with(TestFetcher::default(), None);
        tools.clock.advance(Duration::from_secs(60 * minutes));
        (source, tools)
    };
    let (young, _tools) = later(10);
    assert!(young.restore(&saved));
    assert!(!young.restore(&saved), "the cached set has the same age");
    assert_eq!(young.status(false).age, Some(Duration::from_secs(600)));
    assert!(young.cached_keys(KNOWN).is_ok());
    let (old, tools_of_old) = later(61);
    assert!(old.restore(&saved));
    assert!(old.keys_now(request(KNOWN)).await.is_ok(), "an old set is used during an outage");
    assert_eq!(tools_of_old.fetcher.count(), 1, "after an attempt to fetch it again");
    assert!(!later(24 * 60).0.restore(&saved), "too old");
    drop(tools);
}

#[tokio::test]
async fn saved_set_replaces_an_older_one_only() {
    let fetched_at = async |second| {
        let (source, tools) = source(Some(JWKS));
        tools.clock.advance(Duration::from_secs(second));
        source.prefetch().await.unwrap();
        (source, tools)
    };
    let ((old, tools), (new, _)) = (fetched_at(100).await, fetched_at(160).await);
    assert!(!new.restore(&old.save().unwrap()));
    tools.clock.advance(Duration::from_secs(60));
    assert!(old.restore(&new.save().unwrap()));
}

#[tokio::test]
async fn another_token_has_the_grace_when_the_cooldown_has_passed() {
    let (source, tools) = source(Some(JWKS));
    source.prefetch().await.unwrap();
    tools.clock.advance(ROTATION_GRACE);
    source.keys_now(issued("bogus", 4)).await.unwrap();
    assert_eq!(tools.fetcher.count(), 2);
    // A set of another process, so that the set is still young when the cooldown has passed.
    let (other, tools_of_other) = source_with(TestFetcher::default(), Some(JWKS));
    tools_of_other.clock.advance(Duration::from_secs(25));
    other.prefetch().await.unwrap();
    tools.clock.advance(Duration::from_secs(20));
    assert!(source.restore(&other.save().unwrap()));
    tools.clock.advance(UNKNOWN_KEY_COOLDOWN - Duration::from_secs(20));
    source.keys_now(issued(NEW, 26)).await.unwrap();
    assert_eq!(tools.fetcher.count(), 3);
}
