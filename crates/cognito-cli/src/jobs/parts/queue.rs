//! Parts that AWS Step Functions distributes as messages of an Amazon SQS queue, each with a task
//! token.

mod message;

use std::time::Duration;

use cognito::bulk::JobShard;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use self::message::{Message, Queue};
use super::{PartReport, Worker};
use crate::aws_json::JsonFailure;
use crate::failure::{Exit, Failure, Outcome};

/// The pause between requests to a queue that cannot be reached.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// Receives parts until an interrupt, or until no message was received for a time.
pub(super) async fn work(
    worker: &Worker<'_>,
    url: &str,
    workers: Option<u32>,
    until_idle: Option<Duration>,
) -> Outcome<Exit> {
    let queue = Queue::open(url, worker).await?;
    let (mut total, mut parts, mut idle) = (PartReport::default(), 0_usize, Instant::now());
    loop {
        let left = until_idle.map(|limit| limit.saturating_sub(idle.elapsed()));
        let wait = left.map_or(message::LONGEST_WAIT, |left| left.min(message::LONGEST_WAIT));
        match queue.receive(worker.options.lease, wait).await {
            Ok(Some(message)) => {
                if let Some(report) = take(worker, &queue, &message, workers).await? {
                    total.add(report);
                    parts = parts.saturating_add(1);
                }
                // A message of another kind is delivered repeatedly.
                if message.task.is_some() {
                    idle = Instant::now();
                }
            }
            Ok(None) => {}
            Err(failure) if failure.may_pass() => {
                worker.app.terminal.warn(&format!(
                    "the request for messages failed and is repeated: {}",
                    failure.reason()
                ));
                sleep(RETRY_PAUSE).await;
                continue;
            }
            Err(failure) => return Err(failure.of("the request for messages")),
        }
        if until_idle.is_some_and(|limit| idle.elapsed() >= limit) {
            return total.end("queue", parts, worker);
        }
    }
}

/// Runs the part of a message while its task is active, and sends the result to the state machine.
async fn take(
    worker: &Worker<'_>,
    queue: &Queue,
    message: &Message,
    workers: Option<u32>,
) -> Outcome<Option<PartReport>> {
    let Some(task) = &message.task else {
        worker.app.terminal.warn(
            "a message of the queue is not a part of a job (job, part, taskToken); it stays in the \
             queue",
        );
        return Ok(None);
    };
    let shard = task.part;
    // The message of a worker that died is delivered again; its task may have ended by then.
    match queue.heartbeat(message, worker.options.lease).await {
        Ok(true) => {}
        Ok(false) => {
            queue.delete(message).await;
            return Ok(None);
        }
        Err(failure) if failure.may_pass() => {
            let reason = failure.reason();
            worker.app.terminal.warn(&format!(
                "the heartbeat of part {shard} failed, which waits until its lease has ended: {reason}"
            ));
            return Ok(None);
        }
        // Requests for the next message would be refused too.
        Err(failure) => return Err(failure.of(&format!("the heartbeat of part {shard}"))),
    }
    worker.app.terminal.note(&format!("part {shard} of {} begins", task.job));
    let quota = worker.rates.divided_quota(workers.unwrap_or_else(|| shard.count()));
    let ran = tokio::select! {
        biased;
        () = lost(queue, message, worker.options.lease) => {
            worker.note_lost(shard);
            return Ok(None);
        }
        ran = worker.run(&task.job, shard, None, &quota) => ran,
    };
    end(worker, queue, message, shard, ran).await
}

/// Sends the result of a part, and removes its message.
async fn end(
    worker: &Worker<'_>,
    queue: &Queue,
    message: &Message,
    shard: JobShard,
    ran: Outcome<PartReport>,
) -> Outcome<Option<PartReport>> {
    match ran {
        Ok(report) => {
            let output = json!({ "part": shard.to_string(), "outcomes": report });
            match queue.succeed(message, &output).await {
                Ok(true) => return Ok(Some(report)),
                Ok(false) => worker.note_lost(shard),
                Err(failure) => release(worker, queue, message, shard, failure).await?,
            }
            Ok(None)
        }
        Err(stopped) if stopped.exit() == Exit::Stopped => {
            queue.give_back(message).await;
            Err(stopped
                .hint("another worker takes over the part; run the same command again to continue"))
        }
        Err(failure) => {
            let warning = failure.to_warning();
            worker.app.terminal.warn(&format!("part {shard} failed: {warning}"));
            let failed = queue.fail(message, error_name(&failure), failure.message()).await;
            if let Err(failure) = failed {
                release(worker, queue, message, shard, failure).await?;
            }
            Ok(None)
        }
    }
}

/// Releases a part whose result could not be sent. The worker that receives its message again sends
/// the result, with the outcomes of the journal if the workers share the directory.
async fn release(
    worker: &Worker<'_>,
    queue: &Queue,
    message: &Message,
    shard: JobShard,
    failure: JsonFailure,
) -> Outcome {
    queue.give_back(message).await;
    if failure.may_pass() {
        let reason = failure.reason();
        worker.app.terminal.warn(&format!(
            "the result of part {shard} was not sent, and is sent when a worker receives the part \
             again: {reason}"
        ));
        return Ok(());
    }
    Err(unsent(failure, shard))
}

/// Returns the failure of a worker that cannot send the result of a part. Without credentials, it
/// cannot return the message either, which then stays hidden until the end of its lease.
fn unsent(failure: JsonFailure, shard: JobShard) -> Failure {
    failure.of(&format!("sending the result of part {shard}")).and_hint(
        "correct the cause and run the same command again: the part returns to the queue, at the \
         latest when its lease ends; if the workers share the directory, its outcomes are in its \
         journal",
    )
}

/// Returns the error name of a failure for the `Retry` of a state machine.
fn error_name(failure: &Failure) -> &'static str {
    match failure.exit() {
        Exit::Throttled => "QuotaExhausted",
        Exit::Usage | Exit::Refused | Exit::NotFound => "BadInput",
        _ => "JobFailed",
    }
}

/// Sends heartbeats, and returns when the task has ended, or when heartbeats have failed for a
/// lease.
async fn lost(queue: &Queue, message: &Message, lease: Duration) {
    let mut last = Instant::now();
    loop {
        sleep(lease / 3).await;
        let asked = Instant::now();
        match queue.heartbeat(message, lease).await {
            Ok(true) => last = asked,
            Ok(false) => return,
            Err(_) if last.elapsed() >= lease.saturating_sub(lease / 6) => return,
            Err(_) => {}
        }
    }
}

/// A part of a job, in the form in which the state machine sends it.
pub(super) struct QueuedPart {
    pub(super) job: String,
    pub(super) part: JobShard,
    token: String,
}

impl QueuedPart {
    /// Parses `{"job": "leavers", "part": "2/16", "taskToken": "…"}`.
    fn parse(text: &str) -> Option<Self> {
        let body: Value = serde_json::from_str(text).ok()?;
        let member = |name: &str| body.get(name)?.as_str();
        let job = crate::commands::job::name(member("job")?).ok()?;
        Some(Self {
            job,
            part: member("part")?.parse().ok()?,
            token: member("taskToken")?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worker_without_credentials_shows_how_to_find_them_and_to_continue() {
        let failure = JsonFailure::NoCredentials("expired".to_owned());
        let failure = unsent(failure, "2/16".parse().unwrap());
        let hint = failure.to_text(false);
        assert!(hint.contains("aws sts get-caller-identity"), "{hint}");
        assert!(hint.contains("at the latest when its lease ends"), "{hint}");
    }

    #[test]
    fn messages_name_a_part_and_a_task() {
        let part = QueuedPart::parse(r#"{"job":"leavers","part":"2/16","taskToken":"t"}"#).unwrap();
        assert_eq!((&*part.job, part.part.number(), &*part.token), ("leavers", 2, "t"));
        for wrong in [
            "",
            "{}",
            r#"{"job":"../x","part":"2/16","taskToken":"t"}"#,
            r#"{"job":"leavers","part":"17/16","taskToken":"t"}"#,
            r#"{"job":"leavers","part":"2/16"}"#,
        ] {
            assert!(QueuedPart::parse(wrong).is_none(), "{wrong}");
        }
    }
}
