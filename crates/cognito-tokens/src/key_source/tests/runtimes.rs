//! Key sets that several tokio runtimes share.

use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

use super::*;
use crate::fetched::FAILURE_BACK_OFF;

/// The time that a fetch takes.
const FETCH: Duration = Duration::from_millis(20);

/// The time limit of a caller that must not hang.
const LIMIT: Duration = Duration::from_secs(20);

/// A fetcher with a timer, which depends on the runtime that first polls it.
#[derive(Debug)]
struct TimedFetcher(TestFetcher);

impl FetchKeys for TimedFetcher {
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        Box::pin(async move {
            let response = self.0.fetch(uri);
            sleep(FETCH).await;
            response.await
        })
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Returns a source whose fetch was started on a runtime by a caller that was dropped, and that
/// runtime.
fn left_by_a_caller() -> (KeySource, Arc<TimedFetcher>, Tools, Runtime) {
    let (fetcher, tools) = (TestFetcher::default(), Tools::new(TestFetcher::default()));
    fetcher.answer(URI, Some(JWKS));
    let fetcher = Arc::new(TimedFetcher(fetcher));
    let shared: Arc<dyn FetchKeys> = Arc::<TimedFetcher>::clone(&fetcher);
    let (source, first) = (source_at(URI, shared, tools.clock()), runtime());
    let left = first.block_on(async { source.keys_now(request(KNOWN)).now_or_never() });
    assert!(left.is_none());
    (source, fetcher, tools, first)
}

fn assert_keys_on(runtime: &Runtime, source: &KeySource) {
    let outcome = runtime.block_on(async { timeout(LIMIT, source.keys_now(request(KNOWN))).await });
    assert!(outcome.expect("the caller does not hang").unwrap().keys.contains(KNOWN));
}

#[test]
fn callers_do_not_wait_for_a_runtime_that_is_not_driven() {
    let (source, fetcher, _tools, _first) = left_by_a_caller();
    assert_keys_on(&runtime(), &source);
    assert_eq!(fetcher.0.count(), 2);
}

#[test]
fn a_fetch_of_a_runtime_that_was_shut_down_does_not_fail_others() {
    let (source, fetcher, _tools, first) = left_by_a_caller();
    drop(first);
    assert_keys_on(&runtime(), &source);
    assert_eq!(fetcher.0.count(), 2);
}

#[test]
fn the_next_caller_of_a_runtime_continues_its_fetch() {
    let (source, fetcher, _tools, first) = left_by_a_caller();
    assert_keys_on(&first, &source);
    assert_eq!(fetcher.0.count(), 1);
}

#[test]
fn an_abandoned_fetch_does_not_count_as_a_failure_of_a_later_one() {
    let (source, fetcher, tools, _first) = left_by_a_caller();
    let second = runtime();
    assert_keys_on(&second, &source);
    tools.clock.advance(FETCH_TIME_LIMIT);
    assert_keys_on(&second, &source);
    let status = source.status(false);
    assert_eq!((status.failures, fetcher.0.count()), (1, 2));
    assert!(status.last_failure.is_none(), "{status:?}");
}

#[test]
fn failures_of_several_runtimes_at_the_same_time_count_as_one() {
    let tools = Tools::new(TestFetcher::default());
    let fetcher = Arc::new(TimedFetcher(TestFetcher::default()));
    fetcher.0.answer(URI, None);
    let shared: Arc<dyn FetchKeys> = Arc::<TimedFetcher>::clone(&fetcher);
    let source = source_at(URI, shared, tools.clock());
    let runtimes = [runtime(), runtime(), runtime(), runtime()];
    for runtime in &runtimes {
        runtime
            .block_on(async { assert!(source.keys_now(request(KNOWN)).now_or_never().is_none()) });
    }
    for runtime in &runtimes {
        runtime.block_on(source.keys_now(request(KNOWN))).unwrap_err();
    }
    assert_eq!(fetcher.0.count(), runtimes.len());
    tools.clock.advance(FAILURE_BACK_OFF);
    runtimes[0].block_on(source.keys_now(request(KNOWN))).unwrap_err();
    assert_eq!(fetcher.0.count(), runtimes.len() + 1, "the pause is that after one failure");
}

/// Returns a source whose set lacks the new key, and whose fetch of the new set was started on a
/// runtime by a caller that was dropped.
fn left_during_a_rotation() -> (KeySource, Arc<TimedFetcher>, Tools, Runtime) {
    let (fetcher, tools) = (TestFetcher::default(), Tools::new(TestFetcher::default()));
    fetcher.answer(URI, Some(JWKS));
    let fetcher = Arc::new(TimedFetcher(fetcher));
    let shared: Arc<dyn FetchKeys> = Arc::<TimedFetcher>::clone(&fetcher);
    let (source, first) = (source_at(URI, shared, tools.clock()), runtime());
    assert_keys_on(&first, &source);
    tools.clock.advance(ROTATION_GRACE);
    fetcher.0.answer(URI, Some(&rotated()));
    let left = first.block_on(async { source.keys_now(issued(NEW, 5)).now_or_never() });
    assert!(left.is_none());
    (source, fetcher, tools, first)
}

fn has_on(runtime: &Runtime, source: &KeySource, kid: &str) -> bool {
    let outcome = runtime.block_on(async { timeout(LIMIT, source.keys_now(issued(kid, 5))).await });
    outcome.expect("the caller does not hang").unwrap().keys.contains(kid)
}

#[test]
fn a_new_key_is_found_while_another_runtime_fetches_it() {
    for is_shut_down in [false, true] {
        let (source, _, _tools, first) = left_during_a_rotation();
        let first = (!is_shut_down).then_some(first);
        assert!(has_on(&runtime(), &source, NEW), "shut down: {is_shut_down}");
        drop(first);
    }
}

#[test]
fn unknown_keys_cause_one_fetch_on_each_runtime_while_another_one_fetches() {
    let (source, fetcher, _tools, _first) = left_during_a_rotation();
    let (second, third) = (runtime(), runtime());
    for number in 0..20 {
        for runtime in [&second, &third] {
            assert!(!has_on(runtime, &source, &format!("bogus {number}")));
        }
    }
    assert_eq!(fetcher.0.count(), 3, "the first set, the abandoned fetch, and one more");
}

#[test]
fn a_new_key_is_not_unknown_after_its_fetch_failed() {
    let (source, fetcher, tools, first) = left_during_a_rotation();
    fetcher.0.answer(URI, None);
    first.block_on(source.keys_now(issued(NEW, 5))).unwrap_err();
    let paused = first.block_on(source.keys_now(issued(NEW, 5)));
    assert!(matches!(paused, Err(VerifyError::KeysUnavailable(_))));
    fetcher.0.answer(URI, Some(&rotated()));
    tools.clock.advance(FAILURE_BACK_OFF);
    assert!(has_on(&first, &source, NEW));
}
