//! The connection to Redis that all operations of a store share.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cognito_types::{FlightError, PerRuntime, SingleFlight};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError};
use tokio::runtime::Handle;

use super::RedisStoreError;

/// The time limit of a connection attempt, and of a response.
///
/// Two of each fit within [`STORE_TIMEOUT`](crate::STORE_TIMEOUT).
const TIMEOUT: Duration = Duration::from_secs(3);

/// A connection that is opened when it is first needed, once for all callers of a tokio runtime, and
/// again after it was lost.
///
/// Only the runtime that opened a connection can use it, so runtimes do not share it.
#[derive(Clone)]
pub(super) struct SharedConnection {
    client: Client,
    by_runtime: Arc<PerRuntime<OfRuntime>>,
}

/// The newest attempt to connect on one runtime.
#[derive(Clone, Default)]
struct OfRuntime(Arc<Mutex<Newest>>);

/// The newest attempt to connect; none after a failure or a lost connection.
#[derive(Default)]
struct Newest {
    number: u64,
    attempt: Option<Attempt>,
}

type Attempt = SingleFlight<Result<MultiplexedConnection, RedisError>>;

impl SharedConnection {
    pub(super) fn new(client: Client) -> Self {
        Self { client, by_runtime: Arc::default() }
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
        let own = self.by_runtime.get_or_create(OfRuntime::default);
        let (number, attempt) = own.attempt(&self.client)?;
        let connection = match attempt.outcome().await {
            Ok(connected) => connected.map_err(RedisStoreError::from_redis)?,
            Err(lost) => {
                own.forget(number);
                return Err(RedisStoreError::Unavailable { source: lost.into() });
            }
        };
        let outcome = operation(connection).await.map_err(RedisStoreError::from_redis);
        if let Err(RedisStoreError::Unavailable { .. }) = &outcome {
            own.forget(number);
        }
        outcome
    }
}

impl OfRuntime {
    /// Returns the newest attempt with its number, or starts one.
    fn attempt(&self, client: &Client) -> Result<(u64, Attempt), RedisStoreError> {
        let mut newest = self.newest();
        if let Some(attempt) = &newest.attempt {
            return Ok((newest.number, attempt.clone()));
        }
        let number = newest.number + 1;
        let (own, client) = (self.clone(), client.clone());
        let work = async move {
            let connected = connect(&client).await;
            if connected.is_err() {
                own.forget(number);
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::runtime::Builder;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn an_error_of_an_older_connection_does_not_drop_a_newer_one() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", silent.local_addr().unwrap());
        let (client, own) = (Client::open(url).unwrap(), OfRuntime::default());
        let number = || own.attempt(&client).unwrap().0;
        assert_eq!([number(), number()], [1, 1]);
        own.forget(1);
        assert_eq!(number(), 2);
        own.forget(1);
        assert_eq!(number(), 2);
    }

    /// Responds to each command with the number of its connection.
    async fn serve(listener: TcpListener) {
        for number in 1_u8.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut commands = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut commands).await {
                    let count = commands[..read].iter().filter(|&&byte| byte == b'*').count();
                    let responses = format!(":{number}\r\n").repeat(count);
                    stream.write_all(responses.as_bytes()).await.unwrap();
                }
            });
        }
    }

    #[test]
    fn a_runtime_does_not_wait_for_a_connection_of_another_one() {
        let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = server.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        server.spawn(serve(listener));
        let shared = SharedConnection::new(Client::open(url).unwrap());
        // Each runtime only runs inside `block_on`, so its connection is not served later.
        let runtimes =
            [(); 2].map(|()| Builder::new_current_thread().enable_all().build().unwrap());
        for (runtime, expected) in runtimes.iter().chain(&runtimes).zip([1_u8, 2, 1, 2]) {
            let ping = shared.run(|mut connection| async move {
                redis::cmd("PING").query_async::<u8>(&mut connection).await
            });
            let ping = runtime.block_on(async { timeout(Duration::from_secs(20), ping).await });
            assert_eq!(ping.expect("the connection is served").unwrap(), expected);
        }
        server.shutdown_background();
    }
}
