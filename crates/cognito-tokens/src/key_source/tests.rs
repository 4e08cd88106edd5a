//! Tests of the rules for key sets, with a controlled clock and a fetcher that counts.

use std::sync::atomic::AtomicBool;
use std::time::UNIX_EPOCH;

use cognito_types::BoxFuture;
use futures_util::FutureExt;
use futures_util::future::join_all;

use super::*;
use crate::fetch::{FETCH_TIME_LIMIT, FetchKeys};
use crate::fetched::MAX_FAILURE_BACK_OFF;
use crate::plain_http::PlainHttpHosts;
use crate::testing::{TestFetcher, Tools, at};

mod late;
mod runtimes;
mod saved;

const URI: &str = "https://example.com/jwks.json";
const JWKS: &str = include_str!("../../testdata/jwks.json");
const KNOWN: &str = "M6MkIxa82Amj85SQhuUVLlj5kzKWdkKDv5nJsL7nN/Q=";
/// The `kid` of the key after a rotation, which is the old key under another name.
const NEW: &str = "new";

fn source(answer: Option<&str>) -> (KeySource, Tools) {
    source_with(TestFetcher::default(), answer)
}

fn source_with(fetcher: TestFetcher, answer: Option<&str>) -> (KeySource, Tools) {
    let tools = Tools::new(fetcher);
    tools.fetcher.answer(URI, answer);
    (source_at(URI, tools.fetcher(), tools.clock()), tools)
}

fn source_at(uri: &str, fetcher: Arc<dyn FetchKeys>, clock: Arc<dyn Clock>) -> KeySource {
    let address = Address::new(uri.to_owned(), Some(fetcher), &PlainHttpHosts::default());
    KeySource::new(address, clock)
}

impl KeySource {
    /// Requests keys like an asynchronous verification at the current time.
    async fn keys_now(&self, request: KeyRequest<'_>) -> Result<Arc<Document>, VerifyError> {
        let Self::Published(published) = self else { panic!("a fixed set") };
        self.keys_for(request, &published.document.now()).await
    }

    /// Requests keys like a verification that never fetches.
    fn cached_keys(&self, kid: &str) -> Result<Arc<Document>, VerifyError> {
        let Self::Published(published) = self else { panic!("a fixed set") };
        self.kept(kid, &published.document.now())
    }
}

fn request(kid: &str) -> KeyRequest<'_> {
    KeyRequest { kid, issued_at: Some(UNIX_EPOCH) }
}

/// Returns the needs of a token that is issued at that second of the test.
fn issued(kid: &str, second: u64) -> KeyRequest<'_> {
    KeyRequest { kid, issued_at: Some(at(second)) }
}

fn rotated() -> String {
    JWKS.replace(KNOWN, NEW)
}

#[tokio::test]
async fn many_cold_callers_cause_one_fetch() {
    let (source, tools) = source(Some(JWKS));
    let results = join_all((0..500).map(|_| source.keys_now(request(KNOWN)))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(tools.fetcher.count(), 1);
    assert!(source.cached_keys(KNOWN).is_ok());
}

#[tokio::test]
async fn cancelled_caller_does_not_stop_the_fetch_for_others() {
    let (source, tools) = source_with(TestFetcher::gated(), Some(JWKS));
    let mut leader = Box::pin(source.keys_now(request(KNOWN)));
    assert!((&mut leader).now_or_never().is_none());
    let followers = join_all((0..10).map(|_| source.keys_now(request(KNOWN))));
    drop(leader);
    tools.fetcher.gate.as_ref().unwrap().notify_one();
    assert!(followers.await.iter().all(Result::is_ok));
    assert_eq!(tools.fetcher.count(), 1);
}

#[tokio::test]
async fn fetch_without_callers_is_abandoned_at_the_time_limit() {
    let (source, tools) = source_with(TestFetcher::gated(), Some(JWKS));
    assert!(source.keys_now(request(KNOWN)).now_or_never().is_none());
    tools.clock.advance(FETCH_TIME_LIMIT);
    let gate = tools.fetcher.gate.as_ref().unwrap();
    gate.notify_one();
    assert!(source.keys_now(request(KNOWN)).await.is_ok());
    assert_eq!(tools.fetcher.count(), 2);
    assert_eq!(source.status(false).failures, 1);
}

#[tokio::test]
async fn unknown_keys_cause_one_fetch_per_cooldown() {
    let (source, tools) = source(Some(JWKS));
    for _ in 0..1000 {
        assert!(!source.keys_now(request("bogus")).await.unwrap().keys.contains("bogus"));
    }
    assert_eq!(tools.fetcher.count(), 1);
    tools.clock.advance(UNKNOWN_KEY_COOLDOWN);
    for bogus in 0..1000 {
        source.keys_now(issued(&bogus.to_string(), 31)).await.unwrap();
    }
    assert_eq!(tools.fetcher.count(), 2);
}

#[tokio::test]
async fn a_rotation_is_seen_during_a_flood() {
    let (source, tools) = source(Some(JWKS));
    source.prefetch().await.unwrap();
    for second in 0..60 {
        for _ in 0..20 {
            source.keys_now(request("bogus")).await.unwrap();
        }
        if second == 40 {
            tools.fetcher.answer(URI, Some(&rotated()));
        }
        if second == 41 {
            let keys = source.keys_now(issued(NEW, second)).await.unwrap();
            assert!(keys.keys.contains(NEW), "the genuine key is found immediately");
        }
        tools.clock.advance(Duration::from_secs(1));
    }
    // Fetches: at 0 s, at 30 s for the flood, at 41 s for the rotation.
    assert_eq!(tools.fetcher.count(), 3);
}

#[tokio::test]
async fn forged_new_tokens_cause_two_fetches_per_cooldown_at_most() {
    let (source, tools) = source(Some(JWKS));
    for second in 0..600 {
        for _ in 0..10 {
            source.keys_now(issued("bogus", second + 1)).await.unwrap();
        }
        tools.clock.advance(Duration::from_secs(1));
    }
    assert!(tools.fetcher.count() <= 2 * 600 / 30, "{}", tools.fetcher.count());
}

#[tokio::test]
async fn new_set_is_used_and_one_caller_fetches_an_old_one_in_advance() {
    let (source, tools) = source_with(TestFetcher::gated(), Some(JWKS));
    let gate = tools.fetcher.gate.as_ref().unwrap();
    gate.notify_one();
    source.prefetch().await.unwrap();
    tools.clock.advance(KEY_SET_REFRESH_AGE - Duration::from_secs(1));
    assert!(source.keys_now(request(KNOWN)).now_or_never().unwrap().is_ok());
    assert_eq!(tools.fetcher.count(), 1);
    tools.clock.advance(Duration::from_secs(1));
    let mut leader = Box::pin(source.keys_now(request(KNOWN)));
    assert!((&mut leader).now_or_never().is_none());
    for _ in 0..100 {
        assert!(source.keys_now(request(KNOWN)).now_or_never().unwrap().is_ok());
    }
    gate.notify_one();
    assert!(leader.await.is_ok());
    assert_eq!(tools.fetcher.count(), 2);
}

#[tokio::test]
async fn an_outage_is_survived_with_the_last_good_set_up_to_a_limit() {
    let (source, tools) = source(Some(JWKS));
    source.prefetch().await.unwrap();
    tools.clock.advance(KEY_SET_MAX_AGE);
    assert!(source.cached_keys(KNOWN).is_ok(), "the same limit applies offline");
    tools.fetcher.answer(URI, None);
    for _ in 0..1000 {
        assert!(source.keys_now(request(KNOWN)).await.unwrap().keys.contains(KNOWN));
    }
    assert_eq!(tools.fetcher.count(), 2, "no fetch during the backoff");
    assert!(source.cached_keys(KNOWN).is_ok());
    let error = source.keys_now(request("bogus")).await.unwrap_err();
    assert!(error.is_transient(), "the existence of the key is unknown");
    tools.clock.advance(KEY_SET_OUTAGE_LIMIT);
    let error = source.keys_now(request(KNOWN)).await.unwrap_err();
    assert!(matches!(error, VerifyError::KeysUnavailable(_)));
    assert!(matches!(source.cached_keys(KNOWN), Err(VerifyError::KeysNotFetched)));
}

#[tokio::test]
async fn failures_are_backed_off_longer_and_longer() {
    let (source, tools) = source(None);
    let mut seconds = Vec::new();
    for second in 0..200 {
        for _ in 0..5 {
            assert!(source.keys_now(request(KNOWN)).await.unwrap_err().is_transient());
        }
        seconds.resize(tools.fetcher.count(), second);
        tools.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(seconds, [0, 1, 3, 7, 15, 31, 63, 123, 183]);
    tools.fetcher.answer(URI, Some(JWKS));
    tools.clock.advance(MAX_FAILURE_BACK_OFF);
    assert!(source.keys_now(request(KNOWN)).await.is_ok());
}

#[tokio::test]
async fn response_without_keys_does_not_replace_a_good_set() {
    let (source, tools) = source(Some(JWKS));
    source.prefetch().await.unwrap();
    tools.clock.advance(KEY_SET_MAX_AGE);
    for bad in ["<html></html>", r#"{"keys":[]}"#, r#"{"keys":{}}"#] {
        tools.fetcher.answer(URI, Some(bad));
        tools.clock.advance(MAX_FAILURE_BACK_OFF);
        assert!(source.keys_now(request(KNOWN)).await.unwrap().keys.contains(KNOWN), "{bad}");
    }
    assert_eq!(source.status(false).failures, 3);
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
async fn a_fixed_set_never_ages() {
    let source = KeySource::fixed(KeySet::from_json(JWKS).unwrap());
    let late = Moment { wall: at(u32::MAX.into()), elapsed: KEY_SET_OUTAGE_LIMIT * 1000 };
    for kid in [KNOWN, "bogus"] {
        let keys = source.keys_for(request(kid), &late).await.unwrap();
        assert_eq!(keys.keys.contains(kid), kid == KNOWN);
        assert_eq!(source.kept(kid, &late).unwrap().keys.contains(kid), kid == KNOWN);
    }
    assert!(source.save().is_none());
}

#[tokio::test]
async fn overdue_set_does_not_decide_about_missing_keys() {
    let (source, tools) = source(Some(JWKS));
    source.prefetch().await.unwrap();
    assert!(!source.cached_keys("bogus").unwrap().keys.contains("bogus"));
    tools.clock.advance(KEY_SET_MAX_AGE);
    assert!(matches!(source.cached_keys("bogus"), Err(VerifyError::KeysNotFetched)));
    assert!(source.cached_keys(KNOWN).is_ok());
}

#[tokio::test]
async fn failed_fetch_for_a_bogus_key_does_not_change_how_long_a_set_is_used() {
    for with_failure in [false, true] {
        let (source, tools) = source(Some(JWKS));
        source.prefetch().await.unwrap();
        tools.clock.advance(UNKNOWN_KEY_COOLDOWN);
        tools.fetcher.answer(URI, None);
        if with_failure {
            assert!(source.keys_now(request("bogus")).await.unwrap_err().is_transient());
        }
        tools.clock.advance(KEY_SET_OUTAGE_LIMIT - UNKNOWN_KEY_COOLDOWN - Duration::from_secs(1));
        assert!(source.cached_keys(KNOWN).is_ok());
        assert!(source.keys_now(request(KNOWN)).await.is_ok());
        tools.clock.advance(Duration::from_secs(1));
        assert!(source.cached_keys(KNOWN).is_err());
        assert!(source.keys_now(request(KNOWN)).await.is_err());
    }
}

#[tokio::test]
async fn old_set_is_used_immediately_while_one_caller_waits_for_a_hanging_url() {
    let (source, tools) = source_with(TestFetcher::gated(), Some(JWKS));
    tools.fetcher.gate.as_ref().unwrap().notify_one();
    source.prefetch().await.unwrap();
    tools.clock.advance(KEY_SET_MAX_AGE + Duration::from_secs(60));
    let mut first = Box::pin(source.keys_now(request(KNOWN)));
    assert!((&mut first).now_or_never().is_none(), "the first caller waits");
    let mut waiting = 0;
    for _ in 0..600 {
        tools.clock.advance(Duration::from_secs(1));
        for _ in 0..10 {
            match source.keys_now(request(KNOWN)).now_or_never() {
                Some(keys) => assert!(keys.unwrap().keys.contains(KNOWN)),
                None => waiting += 1,
            }
        }
    }
    // All callers of the first ten seconds, then one caller for each attempt.
    assert!(waiting <= 9 * 10 + tools.fetcher.count(), "{waiting}");
    assert!(tools.fetcher.count() <= 16, "{}", tools.fetcher.count());
}

/// A fetcher that panics in the call or in its future.
#[derive(Debug, Default)]
struct PanickingFetcher {
    at_once: AtomicBool,
    good: AtomicBool,
}

impl FetchKeys for PanickingFetcher {
    fn fetch<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        assert!(!self.at_once.load(Ordering::Relaxed), "without a future");
        Box::pin(async {
            assert!(self.good.load(Ordering::Relaxed), "in the future");
            Ok(JWKS.to_owned())
        })
    }
}

#[tokio::test]
async fn a_panic_of_the_fetcher_is_a_failed_fetch() {
    let tools = Tools::new(TestFetcher::default());
    let fetcher = Arc::new(PanickingFetcher::default());
    let shared: Arc<dyn FetchKeys> = Arc::<PanickingFetcher>::clone(&fetcher);
    let source = source_at(URI, shared, tools.clock());
    for at_once in [true, false] {
        fetcher.at_once.store(at_once, Ordering::Relaxed);
        for error in join_all((0..5).map(|_| source.keys_now(request(KNOWN)))).await {
            assert!(matches!(error, Err(VerifyError::KeysUnavailable(_))));
        }
        tools.clock.advance(MAX_FAILURE_BACK_OFF);
    }
    assert_eq!(source.status(false).failures, 2);
    fetcher.good.store(true, Ordering::Relaxed);
    assert!(source.keys_now(request(KNOWN)).await.is_ok(), "the next fetch succeeds");
}

#[tokio::test]
async fn an_insecure_address_is_never_fetched() {
    let tools = Tools::new(TestFetcher::default());
    for uri in ["http://keys.example.com/jwks.json", "keys", "ftp://127.0.0.1/x"] {
        tools.fetcher.answer(uri, Some(JWKS));
        let source = source_at(uri, tools.fetcher(), tools.clock());
        assert!(matches!(source.keys_now(request(KNOWN)).await, Err(VerifyError::InsecureKeySet)));
        assert!(matches!(source.cached_keys(KNOWN), Err(VerifyError::InsecureKeySet)));
        let error = source.prefetch().await.unwrap_err();
        assert!(error.to_string().contains("allow_plain_http"), "{error}");
    }
    assert_eq!(tools.fetcher.count(), 0);
}

#[tokio::test]
async fn only_a_token_that_was_issued_after_the_fetch_may_bring_a_new_key() {
    let (source, tools) = source(Some(JWKS));
    source.prefetch().await.unwrap();
    tools.clock.advance(ROTATION_GRACE - Duration::from_secs(1));
    source.keys_now(issued(NEW, 1)).await.unwrap();
    tools.clock.advance(Duration::from_secs(1));
    source.keys_now(issued(NEW, 0)).await.unwrap();
    assert_eq!(tools.fetcher.count(), 1);
    source.keys_now(issued(NEW, 1)).await.unwrap();
    assert_eq!(tools.fetcher.count(), 2);
}

#[tokio::test]
async fn a_prefetch_leaves_a_young_set() {
    let (source, tools) = source(Some(JWKS));
    for (age, fetches) in [(0, 1), (3000 - 1, 1), (1, 2)] {
        tools.clock.advance(Duration::from_secs(age));
        source.prefetch().await.unwrap();
        assert_eq!(tools.fetcher.count(), fetches, "{age}");
    }
}

#[tokio::test]
async fn an_overdue_set_is_waited_for_by_all_callers() {
    for (age, is_served) in
        [(KEY_SET_MAX_AGE - Duration::from_secs(1), true), (KEY_SET_MAX_AGE, false)]
    {
        let (source, tools) = source_with(TestFetcher::gated(), Some(JWKS));
        tools.fetcher.gate.as_ref().unwrap().notify_one();
        source.prefetch().await.unwrap();
        tools.clock.advance(age);
        let mut first = Box::pin(source.keys_now(request(KNOWN)));
        assert!((&mut first).now_or_never().is_none());
        assert_eq!(source.keys_now(request(KNOWN)).now_or_never().is_some(), is_served, "{age:?}");
    }
}

#[tokio::test]
async fn fetch_after_the_cooldown_leaves_the_grace_to_another_token() {
    let (source, tools) = source(Some(JWKS));
    source.prefetch().await.unwrap();
    tools.clock.advance(UNKNOWN_KEY_COOLDOWN);
    source.keys_now(issued("bogus", 10)).await.unwrap();
    tools.clock.advance(ROTATION_GRACE);
    source.keys_now(issued(NEW, 31)).await.unwrap();
    assert_eq!(tools.fetcher.count(), 3);
}
