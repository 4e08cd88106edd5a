//! The core of jobs that write: they send requests for each of many items, and record an outcome
//! for each.

mod calls;
mod job_files;
mod outcome;
mod records;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Admin, Error};
use cognito_types::{BoxFuture, QuotaCategory};
use serde_json::Value;
use tokio::time::Instant;

pub(crate) use self::calls::{Calls, Once};
pub(crate) use self::job_files::JobFiles;
use self::outcome::ItemState;
pub use self::outcome::{ItemOutcome, OutcomeCounts};
pub(crate) use self::records::Input;
use self::records::{Entry, Records, Started};
use crate::concurrent::run_each;
use crate::error::JobError;
use crate::quota::Quota;
use crate::run::{JobEvent, JobProgress, RunContext};

/// A job that sends requests for each of many items.
///
/// [`run`] streams the items, sends their requests concurrently, and records the outcome of each.
pub(crate) trait WriteJob: Send + Sync + 'static {
    /// An item, such as a user to change or a line of an import.
    type Item: Send + Sync;

    /// The name of the kind of job, for its journal.
    const NAME: &'static str;

    /// The names of the files that the job creates in its directory, which are removed with it.
    const FILES: &'static [&'static str];

    /// Returns the settings that a resumed run has to share. They contain no secrets.
    fn settings(&self) -> Value;

    /// Returns the fencing number of the claim of a part, if a worker has claimed it.
    fn fence(&self) -> Option<u64>;

    /// Returns the categories of the requests. The first one has the most requests.
    fn categories(&self) -> &[QuotaCategory];

    /// Reads or lists the input. `earlier` is the input in the journal, if an earlier run has read
    /// it: a different return value ends a resumed run with [`JobError::InputChanged`].
    fn input<'a>(
        &'a self,
        start: &'a Start<'_>,
        earlier: Option<&'a Input>,
    ) -> BoxFuture<'a, Result<Input, JobError>>;

    /// Streams the items in their order, which is the same in each run.
    fn items(&self, files: &JobFiles) -> Result<Items<Self::Item>, JobError>;

    /// Returns the name of the user of an item, for the file of outcomes.
    fn username<'a>(&self, item: &'a Self::Item) -> &'a str;

    /// Sends the requests of an item. A resumed run repeats the requests of items without an
    /// outcome, except for those of [`Calls::once`].
    ///
    /// An error ends the run, and the item stays without an outcome. An error that concerns only
    /// this item is returned as [`ItemOutcome::failed`].
    fn send<'a>(
        &'a self,
        item: &'a Self::Item,
        calls: &'a Calls,
    ) -> BoxFuture<'a, Result<ItemOutcome, Error>>;
}

/// A stream of items.
pub(crate) type Items<T> = Box<dyn Iterator<Item = Result<T, JobError>> + Send>;

/// The start of a run, for a job that reads its input.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    /// The administrator, with the permits of the run.
    pub(crate) admin: &'a Admin,
    pub(crate) files: &'a JobFiles,
    pub(crate) context: &'a RunContext,
}

/// The report of a job in which every item has an outcome, such as an import.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteReport {
    /// The number of items of the input.
    pub items: u64,
    /// The number of items that were left out because another item names the same user.
    pub duplicates: u64,
    /// The numbers of items by their outcomes.
    pub outcomes: OutcomeCounts,
    /// The file with a line for each item, in the order of the input.
    pub output: PathBuf,
}

/// Runs a job, or resumes it. With `repeats_unknown`, requests with an unknown effect are sent
/// again.
pub(crate) async fn run<J: WriteJob>(
    job: J,
    files: JobFiles,
    repeats_unknown: bool,
    admin: Admin,
    quota: Quota,
    context: RunContext,
) -> Result<WriteReport, JobError> {
    let records = Arc::new(open(&files, job.fence())?);
    let resumed = check_settings(&job, &files, &records, admin.pool_id().as_str())?;
    let gated = admin.with_permits(context.permits(&quota));
    let start = Start { admin: &gated, files: &files, context: &context };
    let input = input(&job, &start, &records).await?;
    context.send(JobEvent::Started { expected: input.items, resumed });
    let work = Work {
        job,
        files,
        repeats_unknown,
        admin,
        quota,
        context,
        records,
        input,
        start: Instant::now(),
    };
    work.run().await
}

struct Work<J> {
    job: J,
    files: JobFiles,
    repeats_unknown: bool,
    admin: Admin,
    quota: Quota,
    context: RunContext,
    records: Arc<Records>,
    input: Input,
    start: Instant,
}

impl<J: WriteJob> Work<J> {
    async fn run(self) -> Result<WriteReport, JobError> {
        let counts = self.records.counts();
        if !self.records.is_finished() || (self.repeats_unknown && counts.unknown > 0) {
            if !self.records.has_output() && self.files.has_output() {
                if counts.total() < self.input.items {
                    return Err(JobError::OutputExists);
                }
                // A run that was killed at its end may have moved its outcomes to the output. This
                // is recorded before some of the outcomes change, so that the new file may replace
                // it.
                if self.repeats_unknown {
                    self.publish().await?;
                }
            }
            tokio::select! {
                biased;
                error = self.records.failed() => return Err(error),
                sent = self.send_all() => sent.map_err(|error| self.records.cause(error))?,
            }
            self.publish().await?;
        }
        self.finish()
    }

    /// Moves the outcomes to their path, where they replace those of an earlier run.
    async fn publish(&self) -> Result<(), JobError> {
        self.records.check_claim()?;
        self.files.write_outcomes(self.outcomes()?, self.records.has_output())?;
        self.records.record_durably(Entry::Finished).await
    }

    /// Sends the requests of all items that are not finished.
    async fn send_all(&self) -> Result<(), JobError> {
        let before = self.records.counts().total();
        let limit = || {
            let categories = self.job.categories().iter();
            categories.fold(0, |sum: usize, category| {
                sum.saturating_add(self.quota.concurrency(*category))
            })
        };
        let items = self.numbered()?.filter(|item| match item {
            Ok((number, _)) => self.is_open(*number),
            Err(_) => true,
        });
        let send = |(number, item)| -> BoxFuture<'_, _> {
            Box::pin(async move { self.send(number, item, before).await })
        };
        run_each(limit, items, send).await
    }

    async fn send(&self, number: u64, item: J::Item, before: u64) -> Result<(), JobError> {
        let may_be_sent = self.records.state(number) != ItemState::Open;
        let permits = self.context.permits(&self.quota);
        let calls = Calls::new(
            &self.admin,
            &permits,
            &self.records,
            number,
            may_be_sent,
            self.repeats_unknown,
        );
        let outcome = self.job.send(&item, &calls).await?;
        // Nothing is awaited between the last response and this line, so that a stopped run has
        // recorded the outcome.
        self.records.record(Entry::Outcome { item: number, outcome: outcome.clone() })?;
        if outcome != ItemOutcome::Done {
            let username = self.job.username(&item).to_owned();
            self.context.send(JobEvent::ItemNotDone { username, outcome });
        }
        self.report_progress(before);
        self.records.sync_now_and_then().await
    }

    fn is_open(&self, item: u64) -> bool {
        match self.records.state(item) {
            ItemState::Open | ItemState::Intent => true,
            ItemState::Outcome(ItemOutcome::Unknown) => self.repeats_unknown,
            ItemState::Outcome(_) => false,
        }
    }

    /// Streams the items with their numbers, and fails at the end if their number differs from that
    /// of the input.
    fn numbered(
        &self,
    ) -> Result<impl Iterator<Item = Result<(u64, J::Item), JobError>> + Send, JobError> {
        let items = self.job.items(&self.files)?;
        let expected = self.input.items;
        let numbered = (0_u64..).zip(items.map(Some).chain([None]));
        Ok(numbered.filter_map(move |(number, item)| match item {
            Some(Ok(_)) if number >= expected => Some(Err(JobError::InputChanged)),
            Some(item) => Some(item.map(|item| (number, item))),
            None => (number < expected).then_some(Err(JobError::InputChanged)),
        }))
    }

    fn outcomes(
        &self,
    ) -> Result<impl Iterator<Item = Result<(String, ItemOutcome), JobError>>, JobError> {
        Ok(self.numbered()?.map(|item| {
            let (number, item) = item?;
            let outcome = match self.records.state(number) {
                ItemState::Outcome(outcome) => outcome,
                ItemState::Open | ItemState::Intent => ItemOutcome::Unknown,
            };
            Ok((self.job.username(&item).to_owned(), outcome))
        }))
    }

    fn report_progress(&self, before: u64) {
        let (done, elapsed) = (self.records.counts().total(), self.start.elapsed());
        let expected = self.input.items;
        let categories = self.job.categories().iter();
        let throttled = categories.map(|category| self.quota.usage(*category).throttled).sum();
        let remaining =
            remaining(done.saturating_sub(before), expected.saturating_sub(done), elapsed);
        let progress = JobProgress { done, expected, throttled, elapsed, remaining };
        self.context.send(JobEvent::Progress(progress));
    }

    /// Returns the report. The journal is kept while the effect of a request is unknown.
    fn finish(&self) -> Result<WriteReport, JobError> {
        let outcomes = self.records.counts();
        if outcomes.unknown == 0 {
            self.files.directory().remove(J::FILES)?;
        }
        let Input { items, duplicates, .. } = self.input;
        Ok(WriteReport { items, duplicates, outcomes, output: self.files.output().to_owned() })
    }
}

/// Returns the time that the remaining items take at the speed of this run.
fn remaining(done: u64, rest: u64, elapsed: Duration) -> Option<Duration> {
    let [done, rest] =
        [done, rest].map(|count| f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    (done > 0.0).then(|| Duration::try_from_secs_f64(elapsed.as_secs_f64() / done * rest).ok())?
}

/// Opens the journal of a job. Fails if the output of another job exists.
fn open(files: &JobFiles, fence: Option<u64>) -> Result<Records, JobError> {
    let directory = files.directory();
    directory.check_target(files.output())?;
    if files.has_output() && !directory.journal().exists() {
        return Err(JobError::OutputExists);
    }
    directory.create()?;
    let records = Records::open(&directory.journal(), fence)?;
    if records.started().is_none() && directory.has_other_files()? {
        return Err(JobError::DirectoryInUse);
    }
    Ok(records)
}

/// Fails if the journal belongs to another job. Returns whether the job has an earlier run.
fn check_settings<J: WriteJob>(
    job: &J,
    files: &JobFiles,
    records: &Records,
    pool_id: &str,
) -> Result<bool, JobError> {
    let started = Started::new(J::NAME, pool_id, job.settings(), files.output());
    match records.started() {
        Some(earlier) if earlier == started => Ok(true),
        // Nothing is sent before the input is accepted, so the settings may still change after a
        // rejected input.
        Some(_) if records.input().is_some() => Err(JobError::OtherSettings),
        _ => records.record(Entry::Started(started)).map(|()| false),
    }
}

/// Reads the input, and fails if it differs from that of the journal.
async fn input<J: WriteJob>(
    job: &J,
    start: &Start<'_>,
    records: &Records,
) -> Result<Input, JobError> {
    let earlier = records.input();
    let input = job.input(start, earlier.as_ref()).await?;
    match earlier {
        None => records.record_durably(Entry::Input(input.clone())).await?,
        Some(earlier) if earlier == input => {}
        Some(_) => return Err(JobError::InputChanged),
    }
    Ok(input)
}
