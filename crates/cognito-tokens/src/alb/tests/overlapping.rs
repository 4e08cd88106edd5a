//! Withdrawals of keys whose fetches overlap.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::fetch::FETCH_TIME_LIMIT;
use crate::testing::OutOfOrder;

/// A verifier that has fetched the key, and the fetcher and the clock of its further fetches.
struct Overlapping {
    verifier: AlbVerifier,
    fetcher: Arc<OutOfOrder>,
    tools: Tools,
    header: String,
}

impl Overlapping {
    async fn new(responses: impl IntoIterator<Item = Result<(), u16>>) -> Self {
        let balancer = LoadBalancer::new();
        let tools = Tools::new(TestFetcher::default());
        let responses = [Ok(())].into_iter().chain(responses);
        let fetcher = OutOfOrder::new(responses.map(|response| response.map(|()| balancer.pem())));
        let (pool, clients) = (POOL.parse().unwrap(), Clients::only(CLIENT));
        let verifier = AlbVerifier::new(ARN.parse().unwrap(), &pool, clients, fetcher.fetcher());
        let verifier = verifier.clock(tools.clock());
        let first = Self { verifier, fetcher, tools, header: lasting(&balancer) };
        first.open(0);
        assert!(first.is_accepted().await);
        first
    }

    /// Lets a fetch end; the first one has the number 0.
    fn open(&self, number: usize) {
        self.fetcher.gates[number].notify_one();
    }

    /// Verifies the header of the key; any error is that the key is not available.
    async fn is_accepted(&self) -> bool {
        match self.verifier.verify(&self.header).await {
            Ok(_) => true,
            Err(VerifyError::KeysUnavailable(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    fn started(&self) -> usize {
        self.fetcher.started.load(Ordering::Relaxed)
    }

    /// Starts a fetch whose time limit passes, so that another one can start.
    fn late(&self) -> impl Future<Output = bool> + Unpin {
        self.tools.clock.advance(KEY_SET_REFRESH_AGE);
        let mut late = Box::pin(self.is_accepted());
        assert!((&mut late).now_or_never().is_none());
        self.tools.clock.advance(FETCH_TIME_LIMIT);
        late
    }

    /// Asserts that the withdrawn key stays so after a failed fetch, and not after a success.
    async fn assert_withdrawn_until_the_fourth_fetch(&self) {
        for number in [3, 4] {
            self.tools.clock.advance(MAX_FAILURE_BACK_OFF);
            self.open(number);
            assert_eq!(self.is_accepted().await, number == 4, "fetch {number}");
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// Starts the fetches 1 and 2, on one runtime each, with a caller that is dropped.
fn two_fetches(
    responses: impl IntoIterator<Item = Result<(), u16>>,
) -> (Overlapping, [Runtime; 2]) {
    let runtimes = [runtime(), runtime()];
    let key = runtimes[0].block_on(Overlapping::new(responses));
    key.tools.clock.advance(KEY_SET_MAX_AGE);
    for (started, runtime) in (2..).zip(&runtimes) {
        runtime.block_on(async { assert!(key.is_accepted().now_or_never().is_none()) });
        assert_eq!(key.started(), started);
    }
    (key, runtimes)
}

#[tokio::test]
async fn a_late_success_does_not_restore_a_withdrawn_key() {
    let key = Overlapping::new([Ok(()), Err(404), Err(503), Ok(())]).await;
    let late = key.late();
    key.open(2);
    assert!(!key.is_accepted().await, "the key is withdrawn");
    key.open(1);
    assert!(!late.await, "the key was withdrawn after the start of this fetch");
    key.assert_withdrawn_until_the_fourth_fetch().await;
}

#[tokio::test]
async fn a_late_withdrawal_is_recorded() {
    let key = Overlapping::new([Err(404), Err(503), Err(503), Ok(())]).await;
    let late = key.late();
    key.open(2);
    assert!(key.is_accepted().await, "the key is used during an outage");
    key.open(1);
    assert!(!late.await);
    key.assert_withdrawn_until_the_fourth_fetch().await;
}

#[tokio::test]
async fn a_late_withdrawal_does_not_remove_the_key_of_a_later_fetch() {
    let key = Overlapping::new([Err(404), Ok(()), Err(503)]).await;
    let late = key.late();
    key.open(2);
    assert!(key.is_accepted().await, "the key exists again");
    key.open(1);
    assert!(late.await, "the later fetch found the key");
    key.tools.clock.advance(KEY_SET_REFRESH_AGE);
    key.open(3);
    assert!(key.is_accepted().await, "the key is used during an outage");
}

#[test]
fn a_withdrawal_is_recorded_after_the_failure_of_an_overlapping_fetch() {
    let (key, [first, second]) = two_fetches([Err(503), Err(404), Err(503), Ok(())]);
    let mut waiting = Box::pin(key.is_accepted());
    second.block_on(async { assert!((&mut waiting).now_or_never().is_none()) });
    key.open(1);
    assert!(first.block_on(key.is_accepted()), "the key is used during an outage");
    key.open(2);
    assert!(!second.block_on(waiting), "the key is withdrawn");
    first.block_on(key.assert_withdrawn_until_the_fourth_fetch());
}

#[test]
fn a_failure_after_a_withdrawal_does_not_restore_the_key() {
    let (key, [first, second]) = two_fetches([Err(503), Err(404)]);
    let mut waiting = Box::pin(key.is_accepted());
    first.block_on(async { assert!((&mut waiting).now_or_never().is_none()) });
    key.open(2);
    assert!(!second.block_on(key.is_accepted()), "the key is withdrawn");
    key.open(1);
    assert!(!first.block_on(waiting));
}
