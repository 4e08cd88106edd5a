//! The scripts of claims. Each runs as one request to Redis.

use std::time::Duration;

use redis::Script;

use super::{PartState, PartStatus, RedisClaims};
use crate::job_shard::JobShard;
use crate::redis_server::{RedisServerError, microseconds};

/// The scripts, each with its digest.
pub(super) struct Scripts {
    claim: Script,
    renew: Script,
    complete: Script,
    status: Script,
}

/// The response to a claim.
pub(super) enum Claimed {
    Part {
        number: u32,
        fence: u64,
        /// The place of the journals of the previous worker, if there was one; empty for an unnamed
        /// place.
        before: Option<String>,
    },
    Busy(Duration),
    Finished,
    /// The job has other parts or other work.
    Other,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            claim: Script::new(include_str!("claim.lua")),
            renew: Script::new(include_str!("renew.lua")),
            complete: Script::new(include_str!("complete.lua")),
            status: Script::new(include_str!("status.lua")),
        }
    }
}

impl Scripts {
    pub(super) async fn claim(&self, job: &RedisClaims) -> Result<Claimed, RedisServerError> {
        let mut call = self.claim.key(&job.key);
        call.arg(job.parts.get()).arg(&job.work).arg(&job.place).arg(microseconds(job.lease));
        job.server.run(&call, claimed).await
    }

    /// Renews a claim for a lease, or releases the part if the lease is zero. Returns whether the
    /// worker held the claim.
    pub(super) async fn renew(
        &self,
        job: &RedisClaims,
        shard: JobShard,
        fence: u64,
        lease: Duration,
    ) -> Result<bool, RedisServerError> {
        let mut call = self.renew.key(&job.key);
        // The script compares the fencing number as text.
        call.arg(shard.number()).arg(fence.to_string()).arg(microseconds(lease));
        job.server.run(&call, is_held).await
    }

    /// Records that a part is finished. Returns whether the worker held the claim.
    pub(super) async fn complete(
        &self,
        job: &RedisClaims,
        shard: JobShard,
        fence: u64,
        report: &str,
    ) -> Result<bool, RedisServerError> {
        let mut call = self.complete.key(&job.key);
        call.arg(shard.number()).arg(fence.to_string()).arg(report);
        job.server.run(&call, is_held).await
    }

    pub(super) async fn status(
        &self,
        job: &RedisClaims,
    ) -> Result<Vec<PartStatus>, RedisServerError> {
        let mut call = self.status.key(&job.key);
        call.arg(job.parts.get());
        job.server.run(&call, |texts| statuses(texts, job.parts.get())).await
    }
}

fn claimed(texts: &[String]) -> Option<Claimed> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Some(match &*texts {
        ["claimed", number, fence, before @ ..] => Claimed::Part {
            number: number.parse().ok()?,
            fence: fence.parse().ok()?,
            before: before.first().map(|place| (*place).to_owned()),
        },
        ["busy", wait] => Claimed::Busy(Duration::from_micros(wait.parse().ok()?)),
        ["finished"] => Claimed::Finished,
        ["other"] => Claimed::Other,
        _ => return None,
    })
}

fn is_held(texts: &[String]) -> Option<bool> {
    match texts {
        [text] if text == "held" => Some(true),
        [text] if text == "lost" => Some(false),
        _ => None,
    }
}

fn statuses(texts: &[String], parts: u32) -> Option<Vec<PartStatus>> {
    let rows = (1..=parts).zip(texts.chunks(3));
    let statuses = rows.map(|(number, row)| {
        let [state, place, report] = row else { return None };
        let state = match &**state {
            "open" => PartState::Open,
            "held" => PartState::Claimed,
            "finished" => PartState::Finished,
            _ => return None,
        };
        let shard = JobShard::new(number, parts).ok()?;
        Some(PartStatus { shard, state, place: of_text(place), report: of_text(report) })
    });
    statuses.collect()
}

fn of_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
