//! The parts of a job that a worker runs, one after the other.

mod queue;
mod redis;

use std::path::PathBuf;
use std::time::Duration;

use cognito::Admin;
use cognito::bulk::{JobShard, Quota};
use serde::{Deserialize, Serialize};

use super::store::{Counts, Description, Job, State, Store, Work};
use super::{RateOptions, runs};
use crate::app::App;
use crate::failure::{Exit, Failure, Outcome, even_if_closed};
use crate::output::Record;

/// The options of `cognito job worker`.
#[derive(Debug)]
pub(crate) struct PartsOptions {
    pub(crate) source: Source,
    pub(crate) lease: Duration,
    pub(crate) directory: Option<PathBuf>,
}

/// The source of parts.
#[derive(Debug)]
pub(crate) enum Source {
    Redis { url: String, job: String, parts: u32 },
    Queue { url: String, workers: Option<u32>, until_idle: Option<Duration> },
}

/// A worker, and the work whose parts it runs.
struct Worker<'a> {
    options: &'a PartsOptions,
    description: Description,
    /// The names of users from the command line or from standard input.
    names: Vec<String>,
    rates: &'a RateOptions,
    admin: Admin,
    store: Store,
    app: &'a App,
}

/// The report of a part, in the form in which it is stored for the other workers.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct PartReport {
    done: u64,
    skipped: u64,
    failed: u64,
    unknown: u64,
}

/// Runs parts of a job until all are finished, or until the worker ends.
pub(crate) async fn work(
    options: &PartsOptions,
    description: Description,
    names: Vec<String>,
    rates: &RateOptions,
    app: &App,
) -> Outcome<Exit> {
    if description.shard.is_some() {
        let failure = Failure::usage("--shard cannot be combined with `cognito job worker`");
        return Err(failure.hint("leave out --shard: the workers divide the users"));
    }
    let store = match &options.directory {
        Some(directory) => Store::at(directory.clone()),
        None => Store::of(app)?,
    };
    let admin = description.admin(app).await?;
    let worker = Worker { options, description, names, rates, admin, store, app };
    match &options.source {
        Source::Redis { url, job, parts } => redis::work(&worker, url, job, *parts).await,
        Source::Queue { url, workers, until_idle } => {
            queue::work(&worker, url, *workers, *until_idle).await
        }
    }
}

impl PartsOptions {
    /// Fails if the work cannot be divided into the parts of the command line.
    pub(crate) fn check(&self, work: &Work) -> Outcome {
        match self.source {
            Source::Redis { parts, .. } => work.check_parts(parts),
            // The messages contain the number of parts.
            Source::Queue { .. } => Ok(()),
        }
    }
}

impl Worker<'_> {
    /// Runs a part, or resumes it from its journal, and returns the numbers of its outcomes.
    /// `fence` is the fencing number of the claim.
    async fn run(
        &self,
        name: &str,
        shard: JobShard,
        fence: Option<u64>,
        quota: &Quota,
    ) -> Outcome<PartReport> {
        self.description.work.check_parts(shard.count())?;
        let id = format!("{name}-{}-of-{}", shard.number(), shard.count());
        let description = self.description.clone().part(Some(shard));
        let job = self.store.open_or_create(&id, description, &self.names)?;
        let _lock = self.lock(&job).await?;
        if job.state_of_files() != State::Finished || job.has_parts_of_export() {
            runs::run_part(&job, fence, &self.admin, quota, self.app).await?;
        }
        let Counts { done, skipped, failed, unknown } = job.counts()?;
        Ok(PartReport { done, skipped, failed, unknown })
    }

    /// Locks a part. A previous worker in the same directory holds the lock until it notices that
    /// it has lost the part.
    async fn lock(&self, job: &Job) -> Outcome<std::fs::File> {
        let mut is_noted = false;
        loop {
            match job.lock() {
                Err(failure) if failure.is("running") => {}
                locked => return locked,
            }
            if !is_noted {
                self.app.terminal.note(&format!("waiting for another worker that runs {}", job.id));
                is_noted = true;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Notes that a part begins, and whether it is resumed.
    fn note_start(&self, shard: JobShard, is_taken_over: bool, has_journal: bool) {
        let text = match (is_taken_over, has_journal) {
            (false, _) => format!("part {shard} begins"),
            (true, true) => format!("part {shard} is taken over, and resumed by its journal"),
            (true, false) => {
                format!("part {shard} is taken over, and begins again, as its journal is elsewhere")
            }
        };
        self.app.terminal.note(&text);
    }

    fn note_lost(&self, shard: JobShard) {
        self.app.terminal.warn(&format!(
            "part {shard} is lost: its claim was not renewed in time, and another worker may have it"
        ));
    }
}

impl PartReport {
    fn add(&mut self, other: Self) {
        self.done = self.done.saturating_add(other.done);
        self.skipped = self.skipped.saturating_add(other.skipped);
        self.failed = self.failed.saturating_add(other.failed);
        self.unknown = self.unknown.saturating_add(other.unknown);
    }

    /// Writes the final report of the worker, with the totals of these parts.
    fn end(self, name: &str, parts: usize, worker: &Worker<'_>) -> Outcome<Exit> {
        let record = Record::new()
            .with("job", name.to_owned())
            .with("parts", parts)
            .with("done", self.done)
            .with("skipped", self.skipped)
            .with("failed", self.failed)
            .with("unknown", self.unknown)
            .with("directory", worker.store.path().display().to_string());
        even_if_closed(worker.app.output.record(&record))?;
        if self.failed == 0 && self.unknown == 0 {
            return Ok(Exit::Done);
        }
        let message = runs::failed_or_unknown(self.failed, self.unknown);
        let failure = Failure::new(Exit::Partly, "partly", message);
        Err(failure.hint("outcomes.jsonl in the directory of each part contains the reasons"))
    }
}
