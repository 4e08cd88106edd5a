//! A Redis server, on which scripts run over one connection. It is opened on demand, and reopened
//! after an error.

use std::error::Error;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, RetryMethod, ScriptInvocation};
use tokio::sync::Mutex;

/// The timeout of a connection attempt, and of a response.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The reason why Redis issued no permit or claim.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisServerError {
    /// The address is not a valid Redis address.
    #[error("the address of Redis is invalid; write it as redis://host:6379")]
    InvalidUrl {
        /// The invalid part of the address.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server cannot be reached, did not respond in time, is loading, or is no longer a
    /// primary.
    #[error("Redis cannot be reached or is not ready; check that a primary runs at this address")]
    Unavailable {
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server refused a command.
    #[error("Redis refused a command; check the password and the permissions of the user")]
    Refused {
        /// The error of the server.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// A server whose scripts return lists of texts.
pub(crate) struct RedisServer {
    client: Client,
    open: Mutex<Option<MultiplexedConnection>>,
}

impl RedisServer {
    pub(crate) fn open(url: &str) -> Result<Self, RedisServerError> {
        match Client::open(url) {
            Ok(client) => Ok(Self::new(client)),
            Err(error) => Err(RedisServerError::InvalidUrl { source: error.into() }),
        }
    }

    pub(crate) fn new(client: Client) -> Self {
        Self { client, open: Mutex::default() }
    }

    /// Runs a script, and parses the texts that it returns.
    pub(crate) async fn run<T>(
        &self,
        call: &ScriptInvocation<'_>,
        parse: impl FnOnce(&[String]) -> Option<T>,
    ) -> Result<T, RedisServerError> {
        let sent = self.try_run(call).await;
        if sent.is_err() {
            // A new connection may reach a server that responds, such as another primary.
            *self.open.lock().await = None;
        }
        let texts = sent.map_err(RedisServerError::from_redis)?;
        parse(&texts).ok_or_else(|| {
            let unexpected = (ErrorKind::UnexpectedReturnType, "not of this script");
            RedisServerError::from_redis(unexpected.into())
        })
    }

    async fn try_run(&self, call: &ScriptInvocation<'_>) -> Result<Vec<String>, RedisError> {
        let mut connection = self.connection().await?;
        call.invoke_async(&mut connection).await
    }

    async fn connection(&self) -> Result<MultiplexedConnection, RedisError> {
        let mut open = self.open.lock().await;
        if let Some(connection) = &*open {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(open.insert(connection).clone())
    }
}

impl RedisServerError {
    fn from_redis(error: RedisError) -> Self {
        let is_refused = error.kind() == ErrorKind::AuthenticationFailed
            || error.code().is_some() && matches!(error.retry_method(), RetryMethod::NoRetry);
        let source = error.into();
        if is_refused { Self::Refused { source } } else { Self::Unavailable { source } }
    }
}

/// Returns a duration in microseconds, the unit of the scripts.
pub(crate) fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
