//! The script that issues permits, on a connection that all categories share.

use std::time::Duration;

use redis::Script;

use crate::quota::pace::{CUT, CUT_INTERVAL, LEAST, RECOVERY};
use crate::redis_server::{RedisServer, RedisServerError, microseconds};

/// The time within which issued permits become valid. If Redis fails, a program still sends
/// requests for this time.
pub(super) const HORIZON: Duration = Duration::from_millis(500);

/// The maximum lateness of a lease that the next one compensates. It is larger than that of timers,
/// because requests to Redis take longer.
const LATENESS: Duration = Duration::from_millis(100);

/// The script on a server.
pub(super) struct Connection {
    server: RedisServer,
    script: Script,
}

/// A request for permits of a category.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// Permits per second, without cuts.
    pub(super) rate: f64,
    pub(super) wanted: usize,
    /// True if the service has throttled a request.
    pub(super) throttled: bool,
    /// The times of unused permits that are returned.
    pub(super) returned: Vec<u64>,
}

/// The response. Times are in microseconds of the server's clock.
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
    pub(super) fn new(server: RedisServer) -> Self {
        Self { server, script: Script::new(include_str!("permits.lua")) }
    }

    pub(super) async fn send(
        &self,
        key: &str,
        request: &Request,
    ) -> Result<Response, RedisServerError> {
        let mut call = self.script.key(key);
        call.key(format!("{key}:returned"));
        call.arg(request.rate).arg(request.wanted).arg(u8::from(request.throttled));
        call.arg(microseconds(HORIZON)).arg(microseconds(LATENESS));
        call.arg(CUT).arg(LEAST).arg(RECOVERY).arg(microseconds(CUT_INTERVAL));
        for moment in &request.returned {
            call.arg(*moment);
        }
        self.server.run(&call, parsed).await
    }
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
