//! Parts that workers claim through Redis.

use std::time::Duration;

use cognito::bulk::{
    ClaimError, ClaimOutcome, JobShard, PartClaim, Quota, RedisClaims, RedisPermits,
    RedisServerError,
};
use tokio::time::sleep;

use super::{PartReport, Worker};
use crate::failure::{Exit, Failure, Outcome};

/// Claims and runs parts until all are finished, and reports the outcomes of all workers.
pub(super) async fn work(worker: &Worker<'_>, url: &str, job: &str, parts: u32) -> Outcome<Exit> {
    let claims = RedisClaims::open(url, job, parts).map_err(of_claim)?;
    let claims = claims.lease(worker.options.lease).work(&worker.description.text(&worker.names)?);
    let claims = claims.place(worker.store.place()?);
    let quota = shared_quota(worker, url).await?;
    loop {
        match claims.claim().await {
            Ok(ClaimOutcome::Claimed(part)) => take(worker, job, part, &quota).await?,
            Ok(ClaimOutcome::Busy { retry_after }) => sleep(retry_after).await,
            Ok(_) => break,
            // Redis could be reached before, so the outage may end.
            Err(ClaimError::Redis(RedisServerError::Unavailable { .. })) => {
                worker.app.terminal.warn("waiting for Redis, which cannot be reached");
                sleep(Duration::from_secs(5)).await;
            }
            Err(error) => return Err(of_claim(error)),
        }
    }
    let mut total = PartReport::default();
    for part in claims.status().await.map_err(of_claim)? {
        let report = part.report.and_then(|report| serde_json::from_str(&report).ok());
        total.add(report.unwrap_or_default());
    }
    total.end(job, usize::try_from(parts).unwrap_or(usize::MAX), worker)
}

/// Runs a part while it is claimed. A failed part is released.
async fn take(worker: &Worker<'_>, job: &str, part: PartClaim, quota: &Quota) -> Outcome {
    let shard: JobShard = part.shard();
    worker.note_start(shard, part.is_taken_over(), part.has_journal());
    let fence = Some(part.fencing_number());
    match part.keep(worker.run(job, shard, fence, quota)).await {
        Err(_) => worker.note_lost(shard),
        Ok(Err(failure)) if failure.is("taken_over") => worker.note_lost(shard),
        Ok(Ok(report)) => {
            let report = serde_json::to_string(&report).map_err(std::io::Error::from)?;
            match part.complete(&report).await {
                Err(ClaimError::Lost) => worker.note_lost(shard),
                completed => completed.map_err(of_claim)?,
            }
        }
        Ok(Err(failure)) => {
            if part.release().await.is_err() {
                worker
                    .app
                    .terminal
                    .warn("another worker can claim the part after its lease has ended");
            }
            return Err(match failure.is_of_request() || failure.is("io") {
                true => failure.and_hint("run the same command again to continue"),
                false => failure,
            });
        }
    }
    Ok(())
}

/// Returns the rates of the account, which all workers with the same Redis share.
async fn shared_quota(worker: &Worker<'_>, url: &str) -> Outcome<Quota> {
    let pool = worker.admin.pool().describe().await?;
    // arn:aws:cognito-idp:REGION:ACCOUNT:userpool/ID
    let account = pool.arn().and_then(|arn| arn.split(':').nth(4)).unwrap_or_default();
    let permits = RedisPermits::open(url, account, worker.admin.pool_id().region());
    let permits = permits.map_err(|error| of_claim(ClaimError::Redis(error)))?;
    permits.check().await.map_err(|error| of_claim(ClaimError::Redis(error)))?;
    Ok(worker.rates.shared_quota(permits))
}

fn of_claim(error: ClaimError) -> Failure {
    let reason = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    let message = format!("{error}{}", reason.unwrap_or_default());
    match error {
        ClaimError::OtherJob
        | ClaimError::InvalidParts
        | ClaimError::Redis(RedisServerError::InvalidUrl { .. }) => Failure::usage(message),
        _ => Failure::failed("redis", message),
    }
}
