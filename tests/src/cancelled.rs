//! Futures that are dropped at each of their awaits, runtimes that stop there, and stores, caches
//! and HTTP clients with more awaits.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use cognito::TokenStore;
use cognito::http::{MachineTokenCache, MachineTokenKey};
use cognito::session::{Revision, SessionKey, StoreError, StoredSession, Swap, TokenSet};
use cognito::types::{BoxFuture, HttpError, SendHttp};
use cognito::verify::{FetchError, FetchKeys};
use futures_util::future::{Either, select};
use http::{Request, Response};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio::time::timeout;

/// The time limit of a case; a case that takes longer is a deadlock.
const LIMIT: Duration = Duration::from_secs(30);

/// The number of rounds after which an operation must have completed.
const MAX_ROUNDS: usize = 500;

/// Runs a case with each number of rounds, from zero, until it reports that its operation
/// completed.
pub async fn at_each_await(name: &str, mut case: impl AsyncFnMut(usize) -> bool) {
    for rounds in 0..MAX_ROUNDS {
        match timeout(LIMIT, case(rounds)).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(_) => panic!("{name} was dropped after {rounds} rounds, and the next caller hangs"),
        }
    }
    panic!("{name} did not complete within {MAX_ROUNDS} rounds");
}

/// Polls a future during this number of rounds of all tasks of a runtime of one thread; returns
/// none if it was dropped before it completed.
pub async fn within_rounds<F: Future>(future: F, rounds: usize) -> Option<F::Output> {
    let over = async {
        for _ in 0..rounds {
            yield_now().await;
        }
    };
    match select(pin!(future), pin!(over)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Polls a future this number of times, each time it is woken; returns none if it was dropped before
/// it completed.
///
/// Unlike rounds, polls do not depend on the duration of requests over sockets.
pub async fn within_polls<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A runtime that ran an operation and no longer runs tasks. It is shut down when it is dropped.
#[derive(Debug)]
pub struct Stopped {
    /// The runtime.
    pub runtime: Runtime,
    /// True if the operation has completed.
    pub has_completed: bool,
}

impl Stopped {
    /// Runs an operation on a runtime of its own during this number of rounds of all tasks.
    pub fn after(rounds: usize, operation: impl Future<Output = ()> + Send + 'static) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let has_completed = runtime.block_on(async {
            let work = tokio::spawn(operation);
            for _ in 0..rounds {
                yield_now().await;
            }
            work.is_finished()
        });
        Self { runtime, has_completed }
    }
}

/// Runs a case with each number of rounds, from zero, until it reports that its operation
/// completed.
pub fn at_each_round(name: &str, mut case: impl FnMut(usize) -> bool) {
    let has_completed = (0..2 * MAX_ROUNDS).any(&mut case);
    assert!(has_completed, "{name} did not complete");
}

/// A store, a cache or an HTTP client that yields before and after each operation, where its callers
/// can be dropped.
#[derive(Clone, Debug, Default)]
pub struct Yielding<T>(pub T);

async fn between_yields<T>(operation: BoxFuture<'_, T>) -> T {
    yield_now().await;
    let output = operation.await;
    yield_now().await;
    output
}

impl<S: TokenStore> TokenStore for Yielding<S> {
    fn load(
        &self,
        key: &SessionKey,
    ) -> BoxFuture<'_, Result<Option<(StoredSession, Revision)>, StoreError>> {
        let key = key.clone();
        Box::pin(async move { between_yields(Box::pin(async { self.0.load(&key).await })).await })
    }

    fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> BoxFuture<'_, Result<Swap, StoreError>> {
        let key = key.clone();
        let swap = async move { self.0.swap(&key, expected, new).await };
        Box::pin(between_yields(Box::pin(swap)))
    }
}

impl<H: SendHttp> SendHttp for Yielding<H> {
    fn send(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
        let sent = async move { self.0.send(request, max_body_bytes).await };
        Box::pin(between_yields(Box::pin(sent)))
    }
}

impl<C: MachineTokenCache> MachineTokenCache for Yielding<C> {
    fn get<'a>(&'a self, key: &'a MachineTokenKey) -> BoxFuture<'a, Option<TokenSet>> {
        Box::pin(between_yields(Box::pin(async { self.0.get(key).await })))
    }

    fn put<'a>(&'a self, key: &'a MachineTokenKey, token: TokenSet) -> BoxFuture<'a, ()> {
        Box::pin(between_yields(Box::pin(async { self.0.put(key, token).await })))
    }
}

impl<F: FetchKeys> FetchKeys for Yielding<F> {
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        Box::pin(between_yields(Box::pin(async { self.0.fetch(uri).await })))
    }
}
