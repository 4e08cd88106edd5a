//! Parts of a job that workers on several machines claim through Redis.

mod part;
mod scripts;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use redis::Client;
use sha2::{Digest, Sha256};

pub use self::part::PartClaim;
use self::scripts::{Claimed, Scripts};
use crate::job_shard::JobShard;
use crate::redis_server::{RedisServer, RedisServerError};
use crate::text::hexadecimal;

/// The time after which a claim expires without renewal, unless [`RedisClaims::lease`] sets another
/// one.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(30);

/// The largest number of parts of a job that workers claim.
pub const MAX_CLAIMED_PARTS: u32 = 1000;

/// The shortest lease. Redis has to respond several times within a lease.
const LEAST_LEASE: Duration = Duration::from_millis(300);

/// The longest lease, of a hundred years, which can be added to the time of every clock.
const LONGEST_LEASE: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The parts of a job that workers on several machines claim through Redis or Valkey.
///
/// A worker claims a part ([`claim`](Self::claim)), runs the job with the part's [`JobShard`] while
/// the claim is renewed in the background ([`PartClaim::keep`]), and marks the part as finished
/// ([`PartClaim::complete`]). If a worker dies, its lease expires and another worker can claim the
/// part.
///
/// Each claim has a larger fencing number than all earlier claims of the part. A worker that has
/// lost its claim cannot renew or complete it, even if it continues after the part was taken over.
///
/// Times are measured by the server's clock. The key `{cognito:job:NAME}` holds the state of the
/// job until 30 days after the last request. The user of Redis needs the commands `EVALSHA`,
/// `SCRIPT|LOAD`, `TIME`, `HGET`, `HMGET`, `HSET`, `HSETNX` and `PEXPIRE`.
///
/// ```no_run
/// # mod cognito { pub use cognito_core::Admin; pub mod bulk { pub use cognito_bulk::*; } }
/// use cognito::Admin;
/// use cognito::bulk::{ClaimOutcome, MassChange, Quota, RedisClaims, UserChange, UserQuery};
///
/// # async fn work(admin: &Admin, quota: &Quota) -> Result<(), Box<dyn std::error::Error>> {
/// let claims = RedisClaims::open("redis://127.0.0.1:6379", "disable-all", 8)?;
/// loop {
///     match claims.claim().await? {
///         ClaimOutcome::Finished => break,
///         ClaimOutcome::Busy { retry_after } => tokio::time::sleep(retry_after).await,
///         ClaimOutcome::Claimed(part) => {
///             let outcomes = format!("outcomes-{}.jsonl", part.shard().number());
///             let change = MassChange::new(UserChange::Disable, UserQuery::all(), outcomes);
///             let run = change.shard(part.shard()).run(admin, quota);
///             let report = part.keep(run.finish()).await??;
///             part.complete(&report.outcomes.done.to_string()).await?;
///         }
///         other => return Err(format!("unknown: {other:?}").into()),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisClaims {
    server: Arc<RedisServer>,
    scripts: Arc<Scripts>,
    key: String,
    parts: NonZeroU32,
    /// The digest of the description of the work; empty without one.
    work: String,
    /// The name of the directory of the journals.
    place: String,
    lease: Duration,
}

/// The result of [`RedisClaims::claim`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ClaimOutcome {
    /// The caller has claimed a part.
    Claimed(PartClaim),
    /// All unfinished parts are claimed by other workers.
    Busy {
        /// The time until the first of these claims expires, but at most a second, because workers
        /// may release parts earlier.
        retry_after: Duration,
    },
    /// All parts are finished.
    Finished,
}

/// The state of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartStatus {
    /// The part.
    pub shard: JobShard,
    /// Its state.
    pub state: PartState,
    /// The place of the journals of the last worker that claimed the part.
    pub place: Option<String>,
    /// The report that was passed to [`PartClaim::complete`].
    pub report: Option<String>,
}

/// The state of a part, as other workers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartState {
    /// The part was not claimed, or its claim has expired.
    Open,
    /// A worker has claimed the part.
    Claimed,
    /// The part is finished.
    Finished,
}

/// The reason why a part could not be claimed, or why a claim has ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// A request to Redis failed.
    #[error(transparent)]
    Redis(#[from] RedisServerError),
    /// The number of parts is 0, or more than [`MAX_CLAIMED_PARTS`].
    #[error("the number of parts is out of range; use 1 to {MAX_CLAIMED_PARTS}")]
    InvalidParts,
    /// A job of this name has another number of parts, or another description of the work.
    #[error(
        "the job of this name has other work or another number of parts; use the same, or another name"
    )]
    OtherJob,
    /// The claim has expired, or another worker has claimed the part since.
    #[error("the claim of the part is lost; another worker may have taken over the part")]
    Lost,
}

impl RedisClaims {
    /// Creates the parts of a job, on the server at an address such as
    /// `redis://user:password@host:6379/0`. It connects at the first claim.
    ///
    /// # Errors
    ///
    /// [`ClaimError::InvalidParts`], and [`ClaimError::Redis`] for an invalid address.
    pub fn open(url: &str, job: &str, parts: u32) -> Result<Self, ClaimError> {
        Self::of_server(RedisServer::open(url)?, job, parts)
    }

    /// Creates the parts of a job on the server of a client, with its certificates and credentials.
    ///
    /// # Errors
    ///
    /// [`ClaimError::InvalidParts`].
    pub fn new(client: Client, job: &str, parts: u32) -> Result<Self, ClaimError> {
        Self::of_server(RedisServer::new(client), job, parts)
    }

    fn of_server(server: RedisServer, job: &str, parts: u32) -> Result<Self, ClaimError> {
        let parts = NonZeroU32::new(parts).filter(|parts| parts.get() <= MAX_CLAIMED_PARTS);
        Ok(Self {
            server: Arc::new(server),
            scripts: Arc::default(),
            key: format!("{{cognito:job:{job}}}"),
            parts: parts.ok_or(ClaimError::InvalidParts)?,
            work: String::new(),
            place: String::new(),
            lease: DEFAULT_LEASE,
        })
    }

    /// Describes the work, without secrets. Workers with another description are refused
    /// ([`ClaimError::OtherJob`]). Only the digest of the description is sent.
    #[must_use]
    pub fn work(self, description: &str) -> Self {
        Self { work: hexadecimal(Sha256::digest(description)), ..self }
    }

    /// Names the place of the journals. Workers that share a directory use the same name, and first
    /// claim the parts whose journals are there ([`PartClaim::has_journal`]).
    #[must_use]
    pub fn place(self, place: impl Into<String>) -> Self {
        Self { place: place.into(), ..self }
    }

    /// Sets the time after which a claim expires without renewal, at least 300 ms.
    ///
    /// The claim is renewed three times in each lease. A worker that cannot renew it stops after
    /// five sixths of the lease.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease: lease.clamp(LEAST_LEASE, LONGEST_LEASE), ..self }
    }

    /// Claims a part, and starts renewing the claim in the background.
    ///
    /// # Errors
    ///
    /// [`ClaimError::OtherJob`] or [`ClaimError::Redis`].
    pub async fn claim(&self) -> Result<ClaimOutcome, ClaimError> {
        // The lease starts later at the server, so the claim lasts at least as long there.
        let requested = tokio::time::Instant::now();
        match self.scripts.claim(self).await? {
            Claimed::Part { number, fence, before } => {
                let shard = JobShard::new(number, self.parts.get());
                let shard = shard.map_err(|_| ClaimError::OtherJob)?;
                let part = PartClaim::new(self.clone(), shard, fence, before, requested);
                Ok(ClaimOutcome::Claimed(part))
            }
            Claimed::Busy(wait) => {
                Ok(ClaimOutcome::Busy { retry_after: wait.min(Duration::from_secs(1)) })
            }
            Claimed::Finished => Ok(ClaimOutcome::Finished),
            Claimed::Other => Err(ClaimError::OtherJob),
        }
    }

    /// Returns the states of all parts, in order.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Redis`].
    pub async fn status(&self) -> Result<Vec<PartStatus>, ClaimError> {
        Ok(self.scripts.status(self).await?)
    }
}

impl fmt::Debug for RedisClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RedisClaims");
        debug.field("key", &self.key).field("parts", &self.parts).field("lease", &self.lease);
        debug.field("place", &self.place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_parts_are_checked() {
        let open = |parts| RedisClaims::open("redis://127.0.0.1", "job", parts);
        assert!(open(1).is_ok() && open(MAX_CLAIMED_PARTS).is_ok());
        for parts in [0, MAX_CLAIMED_PARTS + 1] {
            assert!(matches!(open(parts).unwrap_err(), ClaimError::InvalidParts));
        }
        let invalid = RedisClaims::open("http://127.0.0.1", "job", 2).unwrap_err();
        assert!(matches!(invalid, ClaimError::Redis(RedisServerError::InvalidUrl { .. })));
    }

    #[test]
    fn debug_has_no_password_and_a_lease_has_limits() {
        let claims = RedisClaims::open("redis://:planted@127.0.0.1", "job", 2).unwrap();
        let claims = claims.lease(Duration::ZERO).work("planted");
        assert_eq!(claims.lease, LEAST_LEASE);
        assert_eq!(claims.clone().lease(Duration::MAX).lease, LONGEST_LEASE);
        let text = format!("{claims:?}");
        assert!(!text.contains("planted") && text.contains("{cognito:job:job}"), "{text}");
    }
}
