//! Rates of an account in a Region that programs share through Redis.

mod connection;
mod lease;

use std::fmt;
use std::sync::Arc;

use cognito_types::QuotaCategory;
use redis::Client;

use self::connection::{Connection, Request};
pub(super) use self::lease::meter;
use crate::redis_server::{RedisServer, RedisServerError};

/// The permits of an account in a Region, shared by programs through Redis or Valkey.
///
/// All programs with the same server, account and Region, jobs as well as live services, take their
/// permits from one rate for each category ([`QuotaBuilder::shared`](super::QuotaBuilder::shared)).
/// A program leases the permits of at most a sixth of a second, for requests that wait, and returns
/// unused ones. The leased permits of a program that is killed are lost. Throttling of one program
/// reduces the rate of all. Set the same limits and reserve in all of them.
///
/// While Redis cannot be reached, programs use up their leased permits within at most half a second
/// and then send no further requests: these wait until their timeout, and jobs report
/// [`JobEvent::PermitsUnavailable`](crate::JobEvent::PermitsUnavailable). With
/// [`fall_back`](Self::fall_back) each of n programs uses the n-th part of the rate meanwhile.
///
/// Times are measured by the server's clock, so the clocks of programs may differ. The keys are
/// `{cognito:ACCOUNT:REGION}:CATEGORY` and `{cognito:ACCOUNT:REGION}:CATEGORY:returned`, and
/// contain no secrets. The user of Redis needs the commands `EVALSHA`, `SCRIPT|LOAD`, `TIME`,
/// `HMGET`, `HSET`, `PEXPIRE`, `ZADD`, `ZRANGE`, `ZREM` and `ZREMRANGEBYSCORE`. For TLS
/// (`rediss://`), enable a TLS feature of the crate `redis` in the program.
///
/// ```no_run
/// # mod cognito { pub use cognito_core::Admin; pub mod bulk { pub use cognito_bulk::*; } }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// use cognito::bulk::{Quota, RedisPermits};
///
/// let permits = RedisPermits::open("redis://127.0.0.1:6379", "123456789012", "eu-west-1")?;
/// permits.check().await?;
/// let quota = Quota::builder().shared(permits).build();
/// let admin = admin.with_permits(quota);
/// admin.create_user("bob").suppress_invitation().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisPermits {
    connection: Arc<Connection>,
    /// The prefix of all keys.
    account: String,
    falls_back: bool,
}

impl RedisPermits {
    /// Creates permits of an account in a Region, on the server at an address such as
    /// `redis://user:password@host:6379/0`. It connects when a request first waits for a permit.
    ///
    /// # Errors
    ///
    /// [`InvalidUrl`](RedisServerError::InvalidUrl).
    pub fn open(
        url: &str,
        account: impl fmt::Display,
        region: impl fmt::Display,
    ) -> Result<Self, RedisServerError> {
        Ok(Self::of_server(RedisServer::open(url)?, account, region))
    }

    /// Creates permits on the server of a client, with its certificates and credentials.
    pub fn new(client: Client, account: impl fmt::Display, region: impl fmt::Display) -> Self {
        Self::of_server(RedisServer::new(client), account, region)
    }

    fn of_server(
        server: RedisServer,
        account: impl fmt::Display,
        region: impl fmt::Display,
    ) -> Self {
        // The braces keep both keys of a category on one node of a cluster.
        let account = format!("{{cognito:{account}:{region}}}");
        Self { connection: Arc::new(Connection::new(server)), account, falls_back: false }
    }

    /// Uses the n-th part of each rate while Redis cannot be reached.
    /// [`QuotaBuilder::workers`](super::QuotaBuilder::workers) sets n.
    ///
    /// The rate of the account is exceeded if more than n programs run, and while some of them
    /// still reach Redis.
    #[must_use]
    pub fn fall_back(self) -> Self {
        Self { falls_back: true, ..self }
    }

    /// Checks that the server can be reached and allows the required commands.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](RedisServerError::Unavailable) or [`Refused`](RedisServerError::Refused).
    pub async fn check(&self) -> Result<(), RedisServerError> {
        // Returning a permit in the distant future and leasing it again uses all commands.
        let returned = vec![4_102_444_800_000_000];
        let request = Request { rate: 1.0, wanted: 1, returned, ..Request::default() };
        self.connection.send(&format!("{}:check", self.account), &request).await.map(drop)
    }

    fn key(&self, category: QuotaCategory) -> String {
        format!("{}:{category}", self.account)
    }
}

impl fmt::Debug for RedisPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RedisPermits");
        debug.field("account", &self.account).field("falls_back", &self.falls_back);
        debug.finish_non_exhaustive()
    }
}
