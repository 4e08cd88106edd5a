//! Runs of jobs from their directories, and their reports.

use cognito::Admin;
use cognito::bulk::{
    CsvImport, CsvImportReport, Export, ExportReport, Import, JobRun, MassChange, OutcomeCounts,
    Quota, WriteReport,
};

use super::store::{Counts, Job, Work};
use super::{RateOptions, finish, import, import_job, mass_change};
use crate::app::App;
use crate::commands::listing;
use crate::failure::{Exit, Failure, Outcome, even_if_closed};
use crate::output::{Record, counted};

/// Runs a started job to its end.
pub(crate) async fn run(
    job: &Job,
    repeats_unknown: bool,
    rates: &RateOptions,
    app: &App,
) -> Outcome<Exit> {
    let _lock = job.lock()?;
    let admin = job.description.admin(app).await?;
    let quota = rates.quota_of(job.description.shard);
    let label = job.description.work.progress();
    let unfinished = |failure| unfinished(failure, job);
    match start(job, repeats_unknown, None, &admin, &quota)? {
        Started::Writes(run) => {
            let report = finish(run, label, app).await.map_err(unfinished)?;
            written(job, &report, &admin, app)
        }
        Started::ServiceImport(run) => {
            let report = finish(run, label, app).await.map_err(unfinished)?;
            job.remove_input()?;
            import_job::end(job, &report, app)
        }
        Started::Export(run) => {
            let ExportReport { users, .. } = finish(run, label, app).await.map_err(unfinished)?;
            let counts = Counts { done: users, ..Counts::default() };
            end(job, &counts, &record(job, &counts), app)
        }
    }
}

/// Runs or resumes the job of a part, which the caller has locked. `fence` is the fencing number of
/// the claim.
pub(super) async fn run_part(
    job: &Job,
    fence: Option<u64>,
    admin: &Admin,
    quota: &Quota,
    app: &App,
) -> Outcome {
    let label = job.description.work.progress();
    let ended = match start(job, false, fence, admin, quota)? {
        Started::Writes(run) => finish(run, label, app).await.map(drop),
        Started::ServiceImport(run) => finish(run, label, app).await.map(drop),
        Started::Export(run) => finish(run, label, app).await.map(drop),
    };
    ended.map_err(|failure| failed_part(failure, job))
}

/// Adds the directory of the part to a failure that would be repeated. The part may not be a job of
/// this user's directory, so that `cognito job forget` cannot remove it.
fn failed_part(failure: Failure, job: &Job) -> Failure {
    let directory = job.directory.display();
    if failure.is("damaged_journal") {
        return failure.hint(format!("the directory is {directory}; the part then begins again"));
    }
    let Some(restore) = step_before_resume(&failure) else { return failure };
    failure.hint(format!(
        "{restore} and run the same command again, or remove the directory {directory} to begin the part again"
    ))
}

/// Returns the step without which a resumed run fails for the same reason.
fn step_before_resume(failure: &Failure) -> Option<&'static str> {
    if failure.is("rejected_lines") {
        return Some("restore the groups or attributes of the user pool");
    }
    failure.is("invalid_input").then_some("restore the input")
}

/// The run of a job.
enum Started {
    Writes(JobRun<WriteReport>),
    ServiceImport(JobRun<CsvImportReport>),
    Export(JobRun<ExportReport>),
}

/// Starts the run of a job.
fn start(
    job: &Job,
    repeats_unknown: bool,
    fence: Option<u64>,
    admin: &Admin,
    quota: &Quota,
) -> Outcome<Started> {
    let (shard, outcomes) = (job.description.shard, job.outcomes());
    Ok(match &job.description.work {
        Work::MassChange { change, selection } => {
            let users = selection.of_job(Some(&job.names()))?;
            let work = mass_change::change(change, users, shard, outcomes);
            let work = if repeats_unknown { work.repeat_unknown() } else { work };
            let work = fence.into_iter().fold(work, MassChange::fencing_number);
            Started::Writes(work.run(admin, quota))
        }
        Work::Import { file, options } => match options.job_role() {
            Some(role) => {
                let work = import_job::import(&job.input(file), options, role, outcomes);
                let work = fence.into_iter().fold(work, CsvImport::fencing_number);
                Started::ServiceImport(work.run(admin, quota))
            }
            None => {
                let work = import::import(&job.input(file), options, shard, outcomes);
                let work = fence.into_iter().fold(work, Import::fencing_number);
                Started::Writes(work.run(admin, quota))
            }
        },
        Work::Export { options, .. } => {
            let work = options.export(&outcomes, shard);
            let work = fence.into_iter().fold(work, Export::fencing_number);
            Started::Export(work.run(admin, quota))
        }
    })
}

/// Adds to a failure the command that resumes the unfinished job. If a resumed job would fail for the
/// same reason, the hint also names the remedy.
fn unfinished(failure: Failure, job: &Job) -> Failure {
    let id = &job.id;
    if failure.is("stopped") {
        return failure.hint(format!("resume it with `cognito job resume {id}`"));
    }
    if failure.is("damaged_journal") {
        return failure.hint(format!("`cognito job forget {id}` removes the directory"));
    }
    let resume = format!("resume the job with `cognito job resume {id}`");
    let Some(restore) = step_before_resume(&failure) else { return failure.and_hint(&resume) };
    failure.hint(format!(
        "{restore} and {resume}, or run `cognito job forget {id}` and start another job"
    ))
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

/// Writes the report of a finished job, and returns the result of the command, even if the output
/// is closed.
pub(crate) fn end(job: &Job, counts: &Counts, record: &Record, app: &App) -> Outcome<Exit> {
    even_if_closed(app.output.record(record))?;
    let Counts { failed, unknown, .. } = *counts;
    let outcomes = job.outcomes();
    let outcomes = outcomes.display();
    match (failed, unknown) {
        (0, 0) => Ok(Exit::Done),
        (failed, 0) => {
            let message = format!("{} failed", counted(failed, "user"));
            let failure = Failure::new(Exit::Partly, "partly", message);
            Err(failure.hint(format!("{outcomes} contains the reason for each of them")))
        }
        (failed, unknown) => {
            let message = failed_or_unknown(failed, unknown);
            let failure = Failure::new(Exit::Partly, "partly", message);
            Err(failure.hint(format!(
                "see {outcomes}; `cognito job resume {} --repeat-unknown` sends these requests again",
                job.id
            )))
        }
    }
}

/// Returns the message for users that failed, and users of which it is not known whether they were
/// changed.
pub(super) fn failed_or_unknown(failed: u64, unknown: u64) -> String {
    let failed = counted(failed, "user");
    format!("{failed} failed, and {unknown} may have been changed or not")
}

impl From<OutcomeCounts> for Counts {
    fn from(counts: OutcomeCounts) -> Self {
        let OutcomeCounts { done, skipped, failed, unknown, .. } = counts;
        Self { done, skipped, failed, unknown }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use cognito::bulk::{JobError, RejectionReason};
    use cognito::{Error, ErrorKind};
    use serde_json::json;

    use super::*;

    fn job() -> Job {
        let description = json!({
            "version": 1, "pool": "eu-west-1_Ab12Cd34E", "created": "2026-11-29T12:00:00Z",
            "work": {
                "kind": "mass_change",
                "change": { "change": "disable" },
                "selection": { "users": "all" },
            },
        });
        let description = serde_json::from_value(description).unwrap();
        Job { id: "20261129-disable".to_owned(), directory: PathBuf::new(), description }
    }

    #[test]
    fn failed_job_names_the_command_that_resumes_it() {
        let hint = |error: JobError| unfinished(error.into(), &job()).to_text(false);
        let resume = "resume the job with `cognito job resume 20261129-disable`\n";
        let throttled = hint(JobError::Request(Error::from(ErrorKind::Throttled)));
        assert!(throttled.ends_with(&format!("hint: {resume}")), "{throttled}");
        let lost = hint(JobError::Request(Error::from(ErrorKind::Transport)));
        assert!(lost.ends_with(&format!("--endpoint-url; {resume}")), "{lost}");
        let damaged = hint(JobError::Damaged { line: 3 });
        assert!(damaged.contains("`cognito job forget 20261129-disable`"), "{damaged}");
        assert!(!damaged.contains("job resume"), "{damaged}");
    }

    /// The errors that a resumed run repeats, with the start of their remedies.
    fn repeated() -> [(JobError, &'static str); 2] {
        let reason = RejectionReason::MissingUsername;
        let rejected = JobError::RejectedLines { lines: 2, line: 1, reason };
        [
            (JobError::InputChanged, "hint: restore the input"),
            (rejected, "hint: restore the groups or attributes of the user pool"),
        ]
    }

    #[test]
    fn failure_that_a_resumed_job_repeats_names_its_remedy() {
        for (error, remedy) in repeated() {
            let text = unfinished(error.into(), &job()).to_text(false);
            assert!(text.contains(&format!("{remedy} and resume the job with ")), "{text}");
            assert!(text.contains("or run `cognito job forget 20261129-disable`"), "{text}");
        }
    }

    #[test]
    fn failed_part_that_would_fail_again_names_its_directory() {
        let job = Job { directory: "/mnt/jobs/leavers-1-of-2".into(), ..job() };
        for (error, remedy) in repeated() {
            let text = failed_part(error.into(), &job).to_text(false);
            assert!(text.contains(&format!("{remedy} and run the same command again")), "{text}");
            assert!(text.contains("remove the directory /mnt/jobs/leavers-1-of-2"), "{text}");
        }
        let damaged = failed_part(JobError::Damaged { line: 3 }.into(), &job).to_text(false);
        assert!(damaged.contains("hint: the directory is /mnt/jobs/leavers-1-of-2"), "{damaged}");
        let throttled = JobError::Request(Error::from(ErrorKind::Throttled));
        assert!(!failed_part(throttled.into(), &job).to_text(false).contains("hint: "));
    }
}
