//! Runs of jobs from their directories, and their ends.

use cognito::Admin;
use cognito::bulk::{JobRun, OutcomeCounts, Quota, WriteReport};

use super::store::{Counts, Job, Work};
use super::{RateOptions, finish, import, import_job, mass_change};
use crate::app::App;
use crate::commands::listing;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Record;

/// Runs a job that was started, to its end.
pub(crate) async fn run(
    job: &Job,
    repeats_unknown: bool,
    rates: &RateOptions,
    app: &App,
) -> Outcome<Exit> {
    let _lock = job.lock()?;
    let admin = job.description.admin().await?;
    let quota = rates.quota_of(job.description.shard);
    if let Work::Import { file, options } = &job.description.work
        && let Some(role) = options.job_role()
    {
        let import = import_job::import(&job.input(file), options, role, job.outcomes());
        return import_job::run(job, import, &admin, &quota, app).await;
    }
    let work = start(job, repeats_unknown, &admin, &quota)?;
    let report = finish(work, job.description.work.progress(), app).await;
    let report = report.map_err(|failure| unfinished(failure, job, app))?;
    written(job, &report, &admin, app)
}

/// Runs the job of a part, which the caller has locked, or resumes it.
pub(super) async fn run_part(job: &Job, admin: &Admin, quota: &Quota, app: &App) -> Outcome {
    let work = start(job, false, admin, quota)?;
    let label = job.description.work.progress();
    finish(work, label, app).await.map(drop)
}

/// Starts the run of a job.
fn start(
    job: &Job,
    repeats_unknown: bool,
    admin: &Admin,
    quota: &Quota,
) -> Outcome<JobRun<WriteReport>> {
    let shard = job.description.shard;
    match &job.description.work {
        Work::MassChange { change, selection } => {
            let users = selection.of_job(Some(&job.names()))?;
            let work = mass_change::change(change, users, shard, job.outcomes());
            let work = if repeats_unknown { work.repeat_unknown() } else { work };
            Ok(work.run(admin, quota))
        }
        Work::Import { file, options } => {
            let work = import::import(&job.input(file), options, shard, job.outcomes());
            Ok(work.run(admin, quota))
        }
    }
}

/// Says how a job that has not finished is resumed.
pub(super) fn unfinished(failure: Failure, job: &Job, app: &App) -> Failure {
    let resume = format!("`cognito job resume {}`", job.id);
    if failure.exit() == Exit::Stopped {
        return failure.hint(format!("resume it with {resume}"));
    }
    app.terminal.warn(&format!("the job {} has not finished; resume it with {resume}", job.id));
    failure
}

fn written(job: &Job, report: &WriteReport, admin: &Admin, app: &App) -> Outcome<Exit> {
    listing::note_if_empty(report.items, "there are no such users", admin.pool_id(), app);
    if !job.has_journal() {
        job.remove_input()?;
    }
    let counts = Counts::from(report.outcomes);
    let record = record(job, &counts).with("duplicates", report.duplicates);
    end(job, &counts, &record, app)
}

/// Returns the report of a finished job.
pub(crate) fn record(job: &Job, counts: &Counts) -> Record {
    Record::new()
        .with("job", job.id.clone())
        .with("done", counts.done)
        .with("skipped", counts.skipped)
        .with("failed", counts.failed)
        .with("unknown", counts.unknown)
        .with("outcomes", job.outcomes().display().to_string())
}

/// Writes the report of a finished job, and returns its end, also where nothing reads the output.
pub(crate) fn end(job: &Job, counts: &Counts, record: &Record, app: &App) -> Outcome<Exit> {
    match app.output.record(record) {
        Err(failure) if failure.exit() == Exit::OutputClosed => {}
        written => written?,
    }
    let Counts { failed, unknown, .. } = *counts;
    let outcomes = job.outcomes();
    let outcomes = outcomes.display();
    match (failed, unknown) {
        (0, 0) => Ok(Exit::Done),
        (failed, 0) => {
            let message = format!("{failed} users failed");
            let failure = Failure::new(Exit::Partly, "partly", message);
            Err(failure.hint(format!("{outcomes} has the reason for each")))
        }
        (failed, unknown) => {
            let message = format!(
                "{failed} users failed, and of {unknown} it is not known whether they were changed"
            );
            let failure = Failure::new(Exit::Partly, "partly", message);
            Err(failure.hint(format!(
                "see {outcomes}; `cognito job resume {} --repeat-unknown` sends these requests again",
                job.id
            )))
        }
    }
}

impl From<OutcomeCounts> for Counts {
    fn from(counts: OutcomeCounts) -> Self {
        let OutcomeCounts { done, skipped, failed, unknown, .. } = counts;
        Self { done, skipped, failed, unknown }
    }
}
