//! Runs of jobs: their events, their end, and a handle to stop them.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use cognito_core::{AttemptOutcome, Error, ErrorKind, Permits, RequestAttempt};
use cognito_types::BoxFuture;
use futures_util::{Stream, StreamExt};
use tokio::sync::{mpsc, watch};

use crate::error::JobError;
use crate::quota::Quota;
use crate::writes::ItemOutcome;

tokio::task_local! {
    /// The events of the run that is being polled, for requests without access to its context.
    static EVENTS: mpsc::UnboundedSender<JobEvent>;
}

/// Makes the plan of a job, and reports each pause before a retry of its requests
/// ([`JobEvent::Waiting`]), as a run does. A plan that lists users may wait for minutes if the
/// service throttles.
///
/// ```
/// # mod cognito { pub use cognito_core::Admin; pub mod bulk { pub use cognito_bulk::*; } }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// use cognito::bulk::{Export, Quota, plan_with_events};
///
/// let (export, quota) = (Export::to("users.jsonl"), Quota::builder().build());
/// let plan = plan_with_events(export.plan(&admin, &quota), |event| eprintln!("{event:?}"));
/// assert_eq!(plan.await?.users, 0);
/// # Ok(())
/// # }
/// ```
pub async fn plan_with_events<T>(
    plan: impl Future<Output = T>,
    mut report: impl FnMut(JobEvent),
) -> T {
    let (sender, mut events) = mpsc::unbounded_channel();
    let mut plan = pin!(EVENTS.scope(sender, plan));
    let planned = loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => report(event),
            planned = &mut plan => break planned,
        }
    };
    // Events of the last poll.
    while let Ok(event) = events.try_recv() {
        report(event);
    }
    planned
}

/// Reports the pause before a request of a run or a plan is retried.
pub(crate) fn report_pause(error: &Error, pause: Duration) {
    let (operation, kind) = (error.operation(), error.kind());
    // A plan may have no receiver; the receiver of a run lives as long as the run.
    let _ = EVENTS.try_with(|events| events.send(JobEvent::Waiting { operation, kind, pause }));
}

/// A run of a job, which proceeds while it is polled: a stream of its events.
///
/// A run that is dropped ends at once, as if it was killed, and can be resumed. While a dropped run
/// is still writing a file, the same job fails with [`JobError::Running`].
#[must_use = "a job does nothing until it is polled"]
pub struct JobRun<T> {
    work: Option<BoxFuture<'static, Result<T, JobError>>>,
    outcome: Option<Result<T, JobError>>,
    events: mpsc::UnboundedReceiver<JobEvent>,
    stop: StopHandle,
}

/// An event of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobEvent {
    /// The job has started, or was resumed.
    Started {
        /// The number of users that the service estimates, or that the job writes.
        expected: u64,
        /// True if this run continues an earlier one.
        resumed: bool,
    },
    /// The users of a group were listed.
    GroupListed {
        /// The name of the group.
        name: String,
        /// The number of its users.
        members: u64,
    },
    /// A page of users was written to a file, or all requests about a user have responses.
    Progress(JobProgress),
    /// A page of users to be changed was listed.
    UsersListed {
        /// The number of users that were listed so far.
        users: u64,
    },
    /// The outcome of a user is not [`ItemOutcome::Done`].
    ItemNotDone {
        /// The name of the user.
        username: String,
        /// The outcome.
        outcome: ItemOutcome,
    },
    /// A request has failed and is retried after a pause.
    Waiting {
        /// The operation of the API; `None` if the request was not sent.
        operation: Option<&'static str>,
        /// The kind of the failure.
        kind: ErrorKind,
        /// The time until the retry.
        pause: Duration,
    },
    /// The store of shared permits cannot be reached. Requests wait, or use a part of the rate if a
    /// fallback is set.
    PermitsUnavailable,
    /// The store of shared permits issues permits again.
    PermitsAvailable,
    /// A shard is finished, and is not listed again when the job is resumed.
    ShardFinished {
        /// The beginning of the ids of its users; empty for all users.
        prefix: String,
        /// The number of its users.
        users: u64,
    },
}

/// The progress of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobProgress {
    /// The number of users that are done, including those of earlier runs.
    pub done: u64,
    /// The number of users that the service estimates, or that the job writes.
    pub expected: u64,
    /// The number of attempts that the service has throttled since the quotas were created.
    pub throttled: u64,
    /// The time since the start of this run.
    pub elapsed: Duration,
    /// The estimated time to the end, at the speed of this run; `None` at its start.
    pub remaining: Option<Duration>,
}

/// A handle that stops a run of a job, such as at SIGINT. Clones stop the same run.
#[derive(Clone, Debug, Default)]
pub struct StopHandle(Arc<watch::Sender<bool>>);

impl StopHandle {
    /// Stops the run: it sends no further requests, and waits for the responses to those that were
    /// sent. It ends with [`JobError::Stopped`], unless these requests were the last ones.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    async fn stopped(&self) {
        // The sender lives as long as this handle.
        let _ = self.0.subscribe().wait_for(|is_stopped| *is_stopped).await;
    }
}

/// The permits of a run, which are those of a quota until the run is stopped.
#[derive(Clone, Debug)]
pub(crate) struct RunPermits {
    quota: Quota,
    stop: StopHandle,
    /// The number of sent requests without a response.
    sent: Arc<watch::Sender<usize>>,
    events: mpsc::UnboundedSender<JobEvent>,
    /// True if the last event about permits was that they are unavailable.
    reported: Arc<AtomicBool>,
}

impl RunPermits {
    /// Reports outages of the store of permits while a request waits for one.
    async fn report_outages(&self) {
        let mut outages = self.quota.outages();
        loop {
            let is_away = *outages.borrow_and_update();
            if self.reported.swap(is_away, Ordering::Relaxed) != is_away {
                let unavailable = JobEvent::PermitsUnavailable;
                let event = if is_away { unavailable } else { JobEvent::PermitsAvailable };
                // The receiver lives as long as the run.
                let _ = self.events.send(event);
            }
            // The sender lives as long as the quota.
            let _ = outages.changed().await;
        }
    }
}

impl Permits for RunPermits {
    fn acquire<'a>(&'a self, attempt: RequestAttempt<'a>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            tokio::select! {
                biased;
                // The run is dropped when all sent requests have responses.
                () = self.stop.stopped() => std::future::pending().await,
                () = self.quota.acquire(attempt) => {}
                () = self.report_outages() => {}
            }
            self.sent.send_modify(|sent| *sent = sent.saturating_add(1));
        })
    }

    fn finished(&self, attempt: RequestAttempt<'_>, outcome: AttemptOutcome) {
        self.quota.finished(attempt, outcome);
        self.sent.send_modify(|sent| *sent = sent.saturating_sub(1));
    }
}

/// The events and the permits of a job.
#[derive(Clone, Debug)]
pub(crate) struct RunContext {
    events: mpsc::UnboundedSender<JobEvent>,
    stop: StopHandle,
    sent: Arc<watch::Sender<usize>>,
    reported: Arc<AtomicBool>,
}

impl RunContext {
    pub(crate) fn send(&self, event: JobEvent) {
        // The receiver lives as long as the run.
        let _ = self.events.send(event);
    }

    pub(crate) fn permits(&self, quota: &Quota) -> RunPermits {
        RunPermits {
            quota: quota.clone(),
            stop: self.stop.clone(),
            sent: Arc::clone(&self.sent),
            events: self.events.clone(),
            reported: Arc::clone(&self.reported),
        }
    }

    /// Makes the run ignore a stop until the value is dropped.
    pub(crate) fn unstoppable(&self) -> Unstoppable {
        self.sent.send_modify(|sent| *sent = sent.saturating_add(1));
        Unstoppable(Arc::clone(&self.sent))
    }

    /// Waits until the run is stopped and all sent requests have responses.
    async fn drained(self) {
        self.stop.stopped().await;
        let _ = self.sent.subscribe().wait_for(|sent| *sent == 0).await;
    }
}

/// The last part of a run, which a stop does not interrupt.
pub(crate) struct Unstoppable(Arc<watch::Sender<usize>>);

impl Drop for Unstoppable {
    fn drop(&mut self) {
        self.0.send_modify(|sent| *sent = sent.saturating_sub(1));
    }
}

impl<T> JobRun<T> {
    pub(crate) fn new<F>(work: impl FnOnce(RunContext) -> F) -> Self
    where
        F: Future<Output = Result<T, JobError>> + Send + 'static,
    {
        let (sender, events) = mpsc::unbounded_channel();
        let stop = StopHandle::default();
        let context = RunContext {
            events: sender,
            stop: stop.clone(),
            sent: Arc::default(),
            reported: Arc::default(),
        };
        let work = EVENTS.scope(context.events.clone(), work(context.clone()));
        let drained = context.drained();
        let work = async move {
            tokio::select! {
                biased;
                outcome = work => outcome,
                () = drained => Err(JobError::Stopped),
            }
        };
        Self { work: Some(Box::pin(work)), outcome: None, events, stop }
    }

    /// Returns a handle that stops the run.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Runs the job to its next event, and returns the event; `None` at the end of the job.
    pub async fn next_event(&mut self) -> Option<JobEvent> {
        self.next().await
    }

    /// Runs the job to its end, and returns its report.
    ///
    /// # Errors
    ///
    /// Returns the reason why the job did not finish.
    pub async fn finish(mut self) -> Result<T, JobError> {
        while self.next().await.is_some() {}
        self.outcome.unwrap_or(Err(JobError::Stopped))
    }
}

impl<T> Stream for JobRun<T> {
    type Item = JobEvent;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<JobEvent>> {
        if let Some(work) = &mut self.work
            && let Poll::Ready(outcome) = work.as_mut().poll(context)
        {
            self.work = None;
            self.outcome = Some(outcome);
        }
        // Ends after the last event, as the sender is dropped with the work.
        self.events.poll_recv(context)
    }
}

/// No field is structurally pinned.
impl<T> Unpin for JobRun<T> {}

impl<T> fmt::Debug for JobRun<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobRun").field("stop", &self.stop).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_of_a_run_are_events() {
        let mut run = JobRun::new(|_| async {
            let failed = || async { Err::<(), _>(Error::from(ErrorKind::Transport)) };
            crate::patience::patiently(failed).await.map_err(JobError::from)
        });
        let mut pauses = Vec::new();
        while let Some(event) = run.next_event().await {
            let JobEvent::Waiting { operation: None, kind, pause } = event else {
                panic!("{event:?}")
            };
            assert_eq!(kind, ErrorKind::Transport);
            pauses.push(pause.as_secs());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        assert!(run.finish().await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_of_a_plan_are_events() {
        let failed = || async { Err::<(), _>(Error::from(ErrorKind::Throttled)) };
        let start = tokio::time::Instant::now();
        let mut seen = Vec::new();
        let planned = plan_with_events(crate::patience::patiently(failed), |event| {
            let JobEvent::Waiting { kind, pause, .. } = event else { panic!("{event:?}") };
            seen.push((kind, start.elapsed().as_secs(), pause.as_secs()));
        });
        assert_eq!(planned.await.unwrap_err().kind(), ErrorKind::Throttled);
        // Each pause is reported when it begins.
        let throttled = |(at, pause)| (ErrorKind::Throttled, at, pause);
        let expected = [(0, 1), (1, 2), (3, 4), (7, 8), (15, 16), (31, 30), (61, 30)];
        assert_eq!(seen, expected.map(throttled));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_writes_its_output_is_not_stopped() {
        for writes in [true, false] {
            let run = JobRun::new(|context| async move {
                let _last = writes.then(|| context.unstoppable());
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(())
            });
            run.stop_handle().stop();
            assert_eq!(run.finish().await.is_ok(), writes);
        }
    }
}
