//! Futures that are dropped at each of their awaits, and stores and HTTP clients with more awaits.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use cognito::TokenStore;
use cognito::session::{Revision, SessionKey, StoreError, StoredSession, Swap};
use cognito::types::{BoxFuture, HttpError, SendHttp};
use futures_util::future::{Either, select};
use http::{Request, Response};
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

/// A store or an HTTP client that yields before and after each operation, where its callers can be
/// dropped.
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
