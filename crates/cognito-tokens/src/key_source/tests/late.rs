//! Fetches that take longer than their limit.

use tokio::time::Instant;

use super::*;
use crate::testing::OutOfOrder;

/// A clock that follows the runtime's paused time.
#[derive(Debug)]
struct PausedClock(Instant);

impl Clock for PausedClock {
    fn now(&self) -> SystemTime {
        at(self.0.elapsed().as_secs())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A fetcher that takes 12 seconds.
#[derive(Debug)]
struct SlowFetcher(TestFetcher);

impl FetchKeys for SlowFetcher {
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        Box::pin(async move {
            let answer = self.0.fetch(uri);
            tokio::time::sleep(Duration::from_secs(12)).await;
            answer.await
        })
    }
}

async fn one_request_a_second_for_300_seconds(
    answer: Option<&str>,
) -> (usize, KeySetStatus, Arc<SlowFetcher>) {
    let fetcher = Arc::new(SlowFetcher(TestFetcher::default()));
    fetcher.0.answer(URI, answer);
    let shared: Arc<dyn FetchKeys> = Arc::<SlowFetcher>::clone(&fetcher);
    let source = source_at(URI, shared, Arc::new(PausedClock(Instant::now())));
    let mut tasks = Vec::new();
    for _ in 0..300 {
        let source = source.clone();
        tasks.push(tokio::spawn(async move { source.keys_now(request(KNOWN)).await.is_ok() }));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let accepted = join_all(tasks).await.into_iter().filter(|ok| *ok.as_ref().unwrap()).count();
    (accepted, source.status(false), fetcher)
}

#[tokio::test(start_paused = true)]
async fn a_late_success_is_kept() {
    let (accepted, status, fetcher) = one_request_a_second_for_300_seconds(Some(JWKS)).await;
    assert_eq!(accepted, 300);
    assert_eq!((fetcher.0.count(), status.failures), (2, 2), "both were late");
    assert!(status.last_failure.is_none() && status.keys > 0);
}

#[tokio::test(start_paused = true)]
async fn a_late_failure_is_counted_and_backed_off() {
    let (accepted, status, fetcher) = one_request_a_second_for_300_seconds(None).await;
    assert_eq!(accepted, 0);
    assert!(fetcher.0.count() <= 10, "{}", fetcher.0.count());
    assert!(status.failures >= 5 && status.last_failure.is_some(), "{status:?}");
    assert!(status.failures <= status.fetches, "a late failure is counted once: {status:?}");
}

#[tokio::test]
async fn a_late_success_does_not_replace_the_set_of_a_later_fetch() {
    let fetcher = OutOfOrder::new([JWKS.to_owned(), rotated()].map(Ok));
    let tools = Tools::new(TestFetcher::default());
    let source = source_at(URI, fetcher.fetcher(), tools.clock());
    let mut late = Box::pin(source.keys_now(request(KNOWN)));
    assert!((&mut late).now_or_never().is_none());
    tools.clock.advance(FETCH_TIME_LIMIT);
    fetcher.gates[1].notify_one();
    assert!(source.keys_now(request(NEW)).await.unwrap().keys.contains(NEW));
    fetcher.gates[0].notify_one();
    assert!(late.await.unwrap().keys.contains(NEW), "the older set is not returned");
    assert!(source.cached_keys(NEW).unwrap().keys.contains(NEW));
}

#[tokio::test]
async fn callers_with_a_new_key_wait_for_the_fetch_under_way() {
    let fetcher = OutOfOrder::new([JWKS.to_owned(), rotated()].map(Ok));
    let tools = Tools::new(TestFetcher::default());
    let source = source_at(URI, fetcher.fetcher(), tools.clock());
    fetcher.gates[0].notify_one();
    source.keys_now(request(KNOWN)).await.unwrap();
    tools.clock.advance(ROTATION_GRACE);
    // The first caller starts the fetch and is dropped; the others do not start another one.
    assert!(source.keys_now(issued(NEW, 5)).now_or_never().is_none());
    let (mut one, mut other) =
        (Box::pin(source.keys_now(issued(NEW, 5))), Box::pin(source.keys_now(request(NEW))));
    assert!((&mut one).now_or_never().is_none() && (&mut other).now_or_never().is_none());
    fetcher.gates[1].notify_one();
    for keys in [one.await, other.await] {
        assert!(keys.unwrap().keys.contains(NEW));
    }
    assert_eq!(fetcher.started.load(Ordering::Relaxed), 2);
}
