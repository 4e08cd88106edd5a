//! The claim of a part, renewed in the background until it is completed, lost or dropped.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::{ClaimError, RedisClaims};
use crate::job_shard::JobShard;
use crate::redis_server::RedisServerError;

/// The claim of a part of a job.
///
/// A dropped claim is no longer renewed, and expires after its lease.
#[must_use = "a claim is held as long as this value"]
pub struct PartClaim {
    job: RedisClaims,
    shard: JobShard,
    fence: u64,
    before: Option<String>,
    /// The time until which the worker may write; `None` after the claim was lost.
    until: watch::Receiver<Option<Instant>>,
    renewal: Renewal,
}

/// The task that renews a claim. It is aborted when this value is dropped.
struct Renewal(JoinHandle<()>);

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl PartClaim {
    /// Creates a claim and starts its renewal. `requested` is the time at which the claim was
    /// requested.
    pub(super) fn new(
        job: RedisClaims,
        shard: JobShard,
        fence: u64,
        before: Option<String>,
        requested: Instant,
    ) -> Self {
        let (sender, until) = watch::channel(Some(end(requested, job.lease)));
        let renewal = tokio::spawn(renew(job.clone(), shard, fence, sender));
        Self { job, shard, fence, before, until, renewal: Renewal(renewal) }
    }

    /// Returns the part.
    pub fn shard(&self) -> JobShard {
        self.shard
    }

    /// Returns the fencing number, which is larger than that of every earlier claim of the part.
    pub fn fencing_number(&self) -> u64 {
        self.fence
    }

    /// Returns whether an earlier worker has claimed the part and not finished it.
    pub fn is_taken_over(&self) -> bool {
        self.before.is_some()
    }

    /// Returns whether an earlier worker of the part had its journal at the place of this worker
    /// ([`RedisClaims::place`]). If so, the run resumes the part, and otherwise begins again.
    pub fn has_journal(&self) -> bool {
        let place = &self.job.place;
        !place.is_empty() && self.before.as_ref() == Some(place)
    }

    /// Returns whether the claim is lost: its renewal was refused, or did not succeed in time.
    pub fn is_lost(&self) -> bool {
        self.until.borrow().is_none_or(|until| Instant::now() >= until)
    }

    /// Waits until the claim is lost.
    pub async fn lost(&self) {
        let mut until = self.until.clone();
        while !self.is_lost() {
            let end = *until.borrow_and_update();
            let Some(end) = end else { return };
            // The sender ends after it has sent `None`.
            let _ = timeout_at(end, until.changed()).await;
        }
    }

    /// Runs work while the claim is held. If the claim is lost, the work is dropped at once, as if
    /// it was killed; requests that were already sent may still take effect.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Lost`].
    pub async fn keep<T>(&self, work: impl Future<Output = T>) -> Result<T, ClaimError> {
        let (mut work, mut lost) = (pin!(work), pin!(self.lost()));
        poll_fn(|context| {
            // After a process was suspended, responses may be handled before timers fire.
            if self.is_lost() || lost.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(ClaimError::Lost));
            }
            work.as_mut().poll(context).map(Ok)
        })
        .await
    }

    /// Records that the part is finished, with a report for [`RedisClaims::status`]. If Redis
    /// cannot be reached, the request is retried for the time of a lease.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Lost`] if another worker has claimed the part since, and [`ClaimError::Redis`].
    pub async fn complete(self, report: &str) -> Result<(), ClaimError> {
        // The claim is renewed until the end of this function, so that no other worker takes over a
        // finished part.
        let last = Instant::now().checked_add(self.job.lease);
        let report = if report.is_empty() { "{}" } else { report };
        loop {
            match self.job.scripts.complete(&self.job, self.shard, self.fence, report).await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(ClaimError::Lost),
                Err(RedisServerError::Unavailable { .. })
                    if last.is_some_and(|last| Instant::now() < last) =>
                {
                    sleep(pause(self.job.lease)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Releases the part, so that another worker can claim it at once.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Redis`]; the claim then expires after its lease. A lost claim is not an error.
    pub async fn release(self) -> Result<(), ClaimError> {
        let Self { job, shard, fence, renewal, .. } = self;
        // A renewal after the release would claim the part again.
        drop(renewal);
        job.scripts.renew(&job, shard, fence, Duration::ZERO).await?;
        Ok(())
    }
}

/// Renews a claim three times in each lease, until it is lost.
async fn renew(
    job: RedisClaims,
    shard: JobShard,
    fence: u64,
    sender: watch::Sender<Option<Instant>>,
) {
    let mut wait = job.lease / 3;
    loop {
        let until = *sender.borrow();
        let Some(until) = until else { return };
        sleep(wait).await;
        let requested = Instant::now();
        let renewed = tokio::select! {
            renewed = job.scripts.renew(&job, shard, fence, job.lease) => renewed,
            () = sleep_until(until) => Ok(false),
        };
        wait = match renewed {
            Ok(true) => {
                sender.send_replace(Some(end(requested, job.lease)));
                job.lease / 3
            }
            Ok(false) => {
                sender.send_replace(None);
                return;
            }
            Err(_) => pause(job.lease),
        };
    }
}

/// Returns the time at which a worker stops if it requested its lease at this time. It is before
/// the claim expires at the server, because the last requests of the worker take time.
fn end(requested: Instant, lease: Duration) -> Instant {
    let held = lease.saturating_sub(lease / 6);
    requested.checked_add(held).unwrap_or(requested)
}

/// Returns the pause between attempts while Redis cannot be reached.
fn pause(lease: Duration) -> Duration {
    (lease / 20).min(Duration::from_secs(1))
}

impl fmt::Debug for PartClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PartClaim");
        debug.field("shard", &self.shard).field("fence", &self.fence).finish_non_exhaustive()
    }
}
