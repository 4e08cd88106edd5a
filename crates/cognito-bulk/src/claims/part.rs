//! The claim of a part, which is renewed in the background until it is completed, lost or dropped.

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
/// A claim that is dropped is not renewed, and expires after its lease.
#[must_use = "a claim is held as long as this value"]
pub struct PartClaim {
    job: RedisClaims,
    shard: JobShard,
    fence: u64,
    before: Option<String>,
    /// The time until which the worker may write; none after the claim was lost.
    until: watch::Receiver<Option<Instant>>,
    renewal: Renewal,
}

/// The task that renews a claim, which ends with this value.
struct Renewal(JoinHandle<()>);

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl PartClaim {
    /// `requested` is the time of the request for the claim.
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

    /// Returns whether a worker before has claimed the part and not finished it.
    pub fn is_taken_over(&self) -> bool {
        self.before.is_some()
    }

    /// Returns whether a worker before has its journal at the place of this one ([`RedisClaims::place`]):
    /// the run of the part resumes it, and begins again otherwise.
    pub fn has_journal(&self) -> bool {
        let place = &self.job.place;
        !place.is_empty() && self.before.as_ref() == Some(place)
    }

    /// Returns whether the claim is lost: it was refused to this worker, or could not be renewed in time.
    pub fn is_lost(&self) -> bool {
        self.until.borrow().is_none_or(|until| Instant::now() >= until)
    }

    /// Waits until the claim is lost.
    pub async fn lost(&self) {
        let mut until = self.until.clone();
        while !self.is_lost() {
            let end = *until.borrow_and_update();
            let Some(end) = end else { return };
            // The sender ends after it has sent none.
            let _ = timeout_at(end, until.changed()).await;
        }
    }

    /// Runs work while the claim is held. Work is dropped at once when the claim is lost, as by a kill;
    /// requests that were sent may still have their effect.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Lost`].
    pub async fn keep<T>(&self, work: impl Future<Output = T>) -> Result<T, ClaimError> {
        let (mut work, mut lost) = (pin!(work), pin!(self.lost()));
        poll_fn(|context| {
            // Timers may fire after the responses for which a process waited that was stopped.
            if self.is_lost() || lost.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(ClaimError::Lost));
            }
            work.as_mut().poll(context).map(Ok)
        })
        .await
    }

    /// Records that the part is finished, with a report for [`RedisClaims::status`]. While Redis cannot be
    /// reached it tries again for a lease.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Lost`] if another worker has claimed the part since, and [`ClaimError::Redis`].
    pub async fn complete(self, report: &str) -> Result<(), ClaimError> {
        // Until its end the claim is renewed, so that no other worker takes a finished part over.
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

    /// Gives the part back, so that another worker can claim it at once.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Redis`]; the claim expires in this case. A claim that is lost is no error.
    pub async fn release(self) -> Result<(), ClaimError> {
        let Self { job, shard, fence, renewal, .. } = self;
        // A renewal after the release would hold the part again.
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

/// Returns the time at which a worker stops after a request for a lease at this time: before the claim
/// expires at the server, as its last requests take time.
fn end(requested: Instant, lease: Duration) -> Instant {
    let held = lease.saturating_sub(lease / 6);
    requested.checked_add(held).unwrap_or(requested)
}

/// Returns the time between attempts while Redis cannot be reached.
fn pause(lease: Duration) -> Duration {
    (lease / 20).min(Duration::from_secs(1))
}

impl fmt::Debug for PartClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PartClaim");
        debug.field("shard", &self.shard).field("fence", &self.fence).finish_non_exhaustive()
    }
}
