//! The connection to Redis that all categories share, and the script that issues permits.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, Script};
use tokio::sync::Mutex;

use super::RedisPermitsError;
use crate::quota::pace::{CUT, CUT_INTERVAL, LEAST, RECOVERY};

/// The time in which permits that are issued begin. It is what a program sends without Redis.
pub(super) const HORIZON: Duration = Duration::from_millis(500);

/// Lateness of a lease that is made up for by the next one; requests to Redis take longer than timers.
const LATENESS: Duration = Duration::from_millis(100);

/// The time limit of a connection attempt, and of a response.
const TIMEOUT: Duration = Duration::from_secs(1);

/// A connection that is made when it is needed, and again after an error.
pub(super) struct Connection {
    client: Client,
    script: Script,
    open: Mutex<Option<MultiplexedConnection>>,
}

/// A request for permits of a category.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// Permits per second, without cuts.
    pub(super) rate: f64,
    pub(super) wanted: usize,
    /// The service has throttled a request.
    pub(super) throttled: bool,
    /// The moments of unused permits.
    pub(super) returned: Vec<u64>,
}

/// The response; moments are in microseconds of the server's clock.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) now: u64,
    /// The part of the rate that is left after cuts.
    pub(super) factor: f64,
    /// The time until further permits are issued.
    pub(super) wait: Duration,
    pub(super) moments: Vec<u64>,
}

impl Connection {
    pub(super) fn new(client: Client) -> Self {
        let script = Script::new(include_str!("permits.lua"));
        Self { client, script, open: Mutex::default() }
    }

    pub(super) async fn send(
        &self,
        key: &str,
        request: &Request,
    ) -> Result<Response, RedisPermitsError> {
        let sent = self.try_send(key, request).await;
        if sent.is_err() {
            // A new one may reach a server that responds, such as another primary.
            *self.open.lock().await = None;
        }
        sent.map_err(RedisPermitsError::from_redis)
    }

    async fn try_send(&self, key: &str, request: &Request) -> Result<Response, RedisError> {
        let mut connection = self.connection().await?;
        let mut call = self.script.key(key);
        call.key(format!("{key}:returned"));
        call.arg(request.rate).arg(request.wanted).arg(u8::from(request.throttled));
        call.arg(microseconds(HORIZON)).arg(microseconds(LATENESS));
        call.arg(CUT).arg(LEAST).arg(RECOVERY).arg(microseconds(CUT_INTERVAL));
        for moment in &request.returned {
            call.arg(*moment);
        }
        let texts: Vec<String> = call.invoke_async(&mut connection).await?;
        parsed(&texts).ok_or_else(|| (ErrorKind::UnexpectedReturnType, "not of this script").into())
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

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn parsed(texts: &[String]) -> Option<Response> {
    let [now, factor, wait, moments @ ..] = texts else { return None };
    Some(Response {
        now: now.parse().ok()?,
        factor: factor.parse().ok()?,
        wait: Duration::from_micros(wait.parse().ok()?),
        moments: moments.iter().map(|moment| moment.parse().ok()).collect::<Option<_>>()?,
    })
}
