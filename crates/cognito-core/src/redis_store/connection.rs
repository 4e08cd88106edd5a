//! The connection to Redis that all operations of a store share.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cognito_types::{FlightError, SingleFlight};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError};
use tokio::runtime::Handle;

use super::RedisStoreError;

/// The time limit of a connection attempt, and of a response.
///
/// Two of each fit within [`STORE_TIMEOUT`](crate::STORE_TIMEOUT).
const TIMEOUT: Duration = Duration::from_secs(3);

/// A connection that is opened when it is first needed, once for all callers, and again after it
/// was lost.
#[derive(Clone)]
pub(super) struct SharedConnection {
    client: Client,
    newest: Arc<Mutex<Newest>>,
}

/// The newest attempt to connect; none after a failure or a lost connection.
#[derive(Default)]
struct Newest {
    number: u64,
    attempt: Option<Attempt>,
}

type Attempt = SingleFlight<Result<MultiplexedConnection, RedisError>>;

impl SharedConnection {
    pub(super) fn new(client: Client) -> Self {
        Self { client, newest: Arc::default() }
    }

    /// Runs an operation, and drops the connection after an error that a new connection may solve.
    pub(super) async fn run<T, F>(
        &self,
        operation: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<T, RedisStoreError>
    where
        F: Future<Output = Result<T, RedisError>>,
    {
        // A tokio timer panics without a runtime.
        Handle::try_current().map_err(|_| RedisStoreError::NoRuntime)?;
        let (number, attempt) = self.attempt()?;
        let connection = match attempt.outcome().await {
            Ok(connected) => connected.map_err(RedisStoreError::from_redis)?,
            Err(lost) => {
                self.forget(number);
                return Err(RedisStoreError::Unavailable { source: lost.into() });
            }
        };
        let outcome = operation(connection).await.map_err(RedisStoreError::from_redis);
        if let Err(RedisStoreError::Unavailable { .. }) = &outcome {
            self.forget(number);
        }
        outcome
    }

    /// Returns the newest attempt with its number, or starts one.
    fn attempt(&self) -> Result<(u64, Attempt), RedisStoreError> {
        let mut newest = self.newest();
        if let Some(attempt) = &newest.attempt {
            return Ok((newest.number, attempt.clone()));
        }
        let number = newest.number + 1;
        let connection = self.clone();
        let work = async move {
            let connected = connect(&connection.client).await;
            if connected.is_err() {
                connection.forget(number);
            }
            connected
        };
        let attempt = SingleFlight::spawn(work).map_err(|error| match error {
            FlightError::NoRuntime => RedisStoreError::NoRuntime,
            other => RedisStoreError::Unavailable { source: other.into() },
        })?;
        *newest = Newest { number, attempt: Some(attempt.clone()) };
        Ok((number, attempt))
    }

    /// Drops an attempt, unless another caller has started a newer one.
    fn forget(&self, number: u64) {
        let mut newest = self.newest();
        if newest.number == number {
            newest.attempt = None;
        }
    }

    fn newest(&self) -> MutexGuard<'_, Newest> {
        // No code under the lock can panic, so the state is valid even if the lock is poisoned.
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn connect(client: &Client) -> Result<MultiplexedConnection, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(TIMEOUT))
        .set_response_timeout(Some(TIMEOUT));
    client.get_multiplexed_async_connection_with_config(&config).await
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_error_of_an_older_connection_does_not_drop_a_newer_one() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", silent.local_addr().unwrap());
        let shared = SharedConnection::new(Client::open(url).unwrap());
        let number = || shared.attempt().unwrap().0;
        assert_eq!([number(), number()], [1, 1]);
        shared.forget(1);
        assert_eq!(number(), 2);
        shared.forget(1);
        assert_eq!(number(), 2);
    }
}
