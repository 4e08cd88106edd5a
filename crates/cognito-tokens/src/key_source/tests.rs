//! The contract of key sets, with a clock that is moved and a fetcher that counts.

use std::time::UNIX_EPOCH;

use futures_util::future::join_all;

use super::*;
use crate::testing::{TestFetcher, Tools, at};

const URI: &str = "https://example.com/jwks.json";
const JWKS: &str = include_str!("../../testdata/jwks.json");
const KNOWN: &str = "M6MkIxa82Amj85SQhuUVLlj5kzKWdkKDv5nJsL7nN/Q=";
/// The key that a rotation brings: an old one under another name.
const NEW: &str = "new";

fn source(answer: Option<&str>) -> (KeySource, Tools) {
    source_with(TestFetcher::default(), answer)
}

fn source_with(fetcher: TestFetcher, answer: Option<&str>) -> (KeySource, Tools) {
    let tools = Tools::new(fetcher);
    tools.fetcher.answer(URI, answer);
    (KeySource::new(URI.to_owned(), Some(tools.fetcher()), tools.clock()), tools)
}

fn wanted(kid: &str) -> Wanted<'_> {
    Wanted { kid, issued_at: Some(UNIX_EPOCH) }
}

/// As a token that is issued at that second of the test.
fn issued(kid: &str, second: u64) -> Wanted<'_> {
    Wanted { kid, issued_at: Some(at(second)) }
}

fn rotated() -> String {
    JWKS.replace(KNOWN, NEW)
}

fn now(tools: &Tools) -> Moment {
    Moment::now(&*tools.clock())
}

#[tokio::test]
async fn many_cold_callers_cause_one_fetch() {
    let (source, tools) = source(Some(JWKS));
    let results = join_all((0..500).map(|_| source.keys_for(wanted(KNOWN)))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(tools.fetcher.count(), 1);
    assert!(source.current(&now(&tools)).is_some());
}

#[tokio::test]
async fn a_caller_who_leaves_does_not_stop_the_fetch_for_others() {
    let (source, tools) = source_with(TestFetcher::gated(), Some(JWKS));
    let mut leader = Box::pin(source.keys_for(wanted(KNOWN)));
    assert!((&mut leader).now_or_never().is_none());
    let followers = join_all((0..10).map(|_| source.keys_for(wanted(KNOWN))));
    drop(leader);
    tools.fetcher.gate.as_ref().unwrap().notify_one();
    assert!(followers.await.iter().all(Result::is_ok));
    assert_eq!(tools.fetcher.count(), 1);
}

#[tokio::test]
async fn a_fetch_that_everybody_left_is_given_up_in_the_end() {
    let (source, tools) = source_with(TestFetcher::gated(), Some(JWKS));
    assert!(source.keys_for(wanted(KNOWN)).now_or_never().is_none());
    tools.clock.advance(ABANDONED_AFTER);
    let gate = tools.fetcher.gate.as_ref().unwrap();
    gate.notify_one();
    assert!(source.keys_for(wanted(KNOWN)).await.is_ok());
    assert_eq!(tools.fetcher.count(), 2);
}

#[tokio::test]
async fn unknown_keys_cause_one_fetch_per_cooldown() {
    let (source, tools) = source(Some(JWKS));
    for _ in 0..1000 {
        assert!(!source.keys_for(wanted("bogus")).await.unwrap().contains("bogus"));
    }
    assert_eq!(tools.fetcher.count(), 1);
    tools.clock.advance(UNKNOWN_KEY_COOLDOWN);
    for bogus in 0..1000 {
        source.keys_for(issued(&bogus.to_string(), 31)).await.unwrap();
    }
    assert_eq!(tools.fetcher.count(), 2);
}

#[tokio::test]
async fn a_rotation_is_seen_during_a_flood() {
    let (source, tools) = source(Some(JWKS));
    source.prefetch().await.unwrap();
    for second in 0..60 {
        for _ in 0..20 {
            source.keys_for(wanted("bogus")).await.unwrap();
        }
        if second == 40 {
            tools.fetcher.answer(URI, Some(&rotated()));
        }
        if second == 41 {
            let keys = source.keys_for(issued(NEW, second)).await.unwrap();
            assert!(keys.contains(NEW), "the genuine key is found at once");
        }
        tools.clock.advance(Duration::from_secs(1));
    }
    // At 0, at 30 for the flood, at 41 for the rotation.
    assert_eq!(tools.fetcher.count(), 3);
}

#[tokio::test]
async fn forged_new_tokens_cause_two_fetches_per_cooldown_at_most() {
    let (source, tools) = source(Some(JWKS));
    for second in 0..600 {
        for _ in 0..10 {
            source.keys_for(issued("bogus", second + 1)).await.unwrap();
        }
        tools.clock.advance(Duration::from_secs(1));
    }
    assert!(tools.fetcher.count() <= 2 * 600 / 30, "{}", tools.fetcher.count());
}

#[tokio::test]
async fn a_young_set_is_used_and_an_old_one_is_fetched_ahead_by_one_caller() {
    let (source, tools) = source_with(TestFetcher::gated(), Some(JWKS));
    let gate = tools.fetcher.gate.as_ref().unwrap();
    gate.notify_one();
    source.prefetch().await.unwrap();
    tools.clock.advance(KEY_SET_REFRESH_AGE - Duration::from_secs(1));
    assert!(source.ready(KNOWN, &now(&tools)).is_some());
    tools.clock.advance(Duration::from_secs(1));
    assert!(source.ready(KNOWN, &now(&tools)).is_none());
    let mut leader = Box::pin(source.keys_for(wanted(KNOWN)));
    assert!((&mut leader).now_or_never().is_none());
    for _ in 0..100 {
        assert!(source.keys_for(wanted(KNOWN)).now_or_never().unwrap().is_ok());
    }
    gate.notify_one();
    assert!(leader.await.is_ok());
    assert_eq!(tools.fetcher.count(), 2);
    assert!(source.ready(KNOWN, &now(&tools)).is_some());
}

#[tokio::test]
async fn an_outage_is_survived_with_the_last_good_set_up_to_a_limit() {
    let (source, tools) = source(Some(JWKS));
    source.prefetch().await.unwrap();
    tools.clock.advance(KEY_SET_MAX_AGE);
    assert!(source.current(&now(&tools)).is_none(), "a stale set is not current");
    tools.fetcher.answer(URI, None);
    for _ in 0..1000 {
        assert!(source.keys_for(wanted(KNOWN)).await.unwrap().contains(KNOWN));
    }
    assert_eq!(tools.fetcher.count(), 2, "failures are backed off");
    assert!(source.current(&now(&tools)).is_some(), "a new one was tried");
    let error = source.keys_for(wanted("bogus")).await.unwrap_err();
    assert!(error.is_transient(), "nobody knows whether the key exists");
    tools.clock.advance(KEY_SET_OUTAGE_LIMIT);
    let error = source.keys_for(wanted(KNOWN)).await.unwrap_err();
    assert!(matches!(error, VerifyError::KeysUnavailable(_)));
    assert!(source.current(&now(&tools)).is_none());
}

#[tokio::test]
async fn failures_are_backed_off_longer_and_longer() {
    let (source, tools) = source(None);
    let mut seconds = Vec::new();
    for second in 0..200 {
        for _ in 0..5 {
            assert!(source.keys_for(wanted(KNOWN)).await.unwrap_err().is_transient());
        }
        seconds.resize(tools.fetcher.count(), second);
        tools.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(seconds, [0, 1, 3, 7, 15, 31, 63, 123, 183]);
    tools.fetcher.answer(URI, Some(JWKS));
    tools.clock.advance(MAX_FAILURE_BACK_OFF);
    assert!(source.keys_for(wanted(KNOWN)).await.is_ok());
}

#[tokio::test]
async fn an_answer_without_keys_does_not_replace_good_ones() {
    let (source, tools) = source(Some(JWKS));
    source.prefetch().await.unwrap();
    tools.clock.advance(KEY_SET_MAX_AGE);
    for bad in ["<html></html>", r#"{"keys":[]}"#, r#"{"keys":{}}"#] {
        tools.fetcher.answer(URI, Some(bad));
        tools.clock.advance(MAX_FAILURE_BACK_OFF);
        assert!(source.keys_for(wanted(KNOWN)).await.unwrap().contains(KNOWN), "{bad}");
    }
    assert_eq!(source.status().failures, 3);
}

#[tokio::test]
async fn the_age_of_a_set_grows_while_the_machine_sleeps() {
    let earlier = Moment { wall: UNIX_EPOCH, elapsed: Duration::ZERO };
    let hour = Duration::from_secs(3600);
    let slept = Moment { wall: UNIX_EPOCH + hour, elapsed: Duration::from_secs(1) };
    assert_eq!(slept.since(&earlier), hour);
    let set_back = Moment { wall: UNIX_EPOCH - hour, elapsed: hour };
    assert_eq!(set_back.since(&earlier), hour);
}

#[tokio::test]
async fn a_saved_set_keeps_its_age() {
    let (source, tools) = source(Some(JWKS));
    assert!(source.save().is_none());
    source.prefetch().await.unwrap();
    let saved = source.save().unwrap();

    // A new process, whose monotonic clock begins anew, 10 minutes later.
    let later = |minutes: u64| {
        let (source, tools) = source_with(TestFetcher::default(), None);
        tools.clock.advance(Duration::from_secs(60 * minutes));
        (source, tools)
    };
    let (young, tools_of_young) = later(10);
    assert!(young.restore(&saved));
    assert!(!young.restore(&saved), "the set at hand is as young");
    assert_eq!(young.status().age, Some(Duration::from_secs(600)));
    assert!(young.ready(KNOWN, &now(&tools_of_young)).is_some());
    let (old, tools_of_old) = later(61);
    assert!(old.restore(&saved));
    assert!(old.current(&now(&tools_of_old)).is_none(), "it must be fetched anew");
    assert!(old.keys_for(wanted(KNOWN)).await.is_ok(), "and serves through an outage");
    assert!(!later(24 * 60).0.restore(&saved), "too old");
    drop(tools);
}

#[tokio::test]
async fn a_fixed_set_never_ages() {
    let tools = Tools::new(TestFetcher::default());
    let source = KeySource::fixed(KeySet::from_json(JWKS).unwrap(), tools.clock());
    tools.clock.advance(KEY_SET_OUTAGE_LIMIT * 1000);
    assert!(source.keys_for(wanted(KNOWN)).await.unwrap().contains(KNOWN));
    assert!(!source.keys_for(wanted("bogus")).await.unwrap().contains("bogus"));
    assert!(source.current(&now(&tools)).is_some());
    assert!(source.save().is_none());
}
