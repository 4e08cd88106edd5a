//! Import jobs: states and counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::model::ServiceError;

/// The number of seconds after which a job that was not started expires; 24 to 48 hours in the
/// service.
const EXPIRES: f64 = 86_400.0;

/// The validity of the upload address in seconds (developer guide).
const UPLOAD_SECONDS: f64 = 900.0;

/// The number of seconds before a started job imports users; not known of the service.
const PENDING_SECONDS: f64 = 1.0;

/// The number of lines that a job imports per second; not known of the service.
const LINES_PER_SECOND: f64 = 5_000.0;

/// A job that imports users from a file.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ImportJob {
    pub(crate) id: String,
    pub(crate) settings: JobSettings,
    /// The secret in the upload address.
    pub(crate) signature: String,
    pub(crate) created: f64,
    pub(crate) started: Option<f64>,
    pub(crate) completed: Option<f64>,
    pub(crate) status: JobStatus,
    pub(crate) counts: Counts,
    pub(crate) message: Option<String>,
    pub(crate) position: Position,
}

/// The members of the request that created a job.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct JobSettings {
    pub(crate) job_name: String,
    pub(crate) cloud_watch_logs_role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_hashing_algorithm: Option<String>,
}

/// UserImportJobStatusType. `Stopping` is never used, because lines are imported between requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum JobStatus {
    Created,
    Pending,
    InProgress,
    Stopped,
    Expired,
    Succeeded,
    Failed,
}

/// The counts of the lines that a job has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Counts {
    imported_users: u64,
    skipped_users: u64,
    failed_users: u64,
}

/// The outcome of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineOutcome {
    Imported,
    /// The user already exists.
    Skipped,
    Failed,
}

/// The position up to which a job has read its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) bytes: usize,
    pub(crate) lines: u64,
}

/// A job in a state file of an earlier version, which stored jobs but accepted no files.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EarlierJob {
    job_id: String,
    creation_date: f64,
    #[serde(flatten)]
    settings: JobSettings,
}

impl From<EarlierJob> for ImportJob {
    /// Creates an expired job, because it has no file.
    fn from(EarlierJob { job_id, creation_date, settings }: EarlierJob) -> Self {
        let job = Self::new(job_id, settings, String::new(), creation_date);
        Self { status: JobStatus::Expired, ..job }
    }
}

/// Deserializes jobs, also from earlier versions.
pub(super) fn read_all<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, ImportJob>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Current(ImportJob),
        Earlier(EarlierJob),
    }
    let stored = BTreeMap::<String, Stored>::deserialize(deserializer)?;
    let current = |job| match job {
        Stored::Current(job) => job,
        Stored::Earlier(job) => job.into(),
    };
    Ok(stored.into_iter().map(|(id, job)| (id, current(job))).collect())
}

impl ImportJob {
    pub(crate) fn new(id: String, settings: JobSettings, signature: String, date: f64) -> Self {
        Self {
            id,
            settings,
            signature,
            created: date,
            started: None,
            completed: None,
            status: JobStatus::Created,
            counts: Counts::default(),
            message: None,
            position: Position::default(),
        }
    }

    /// Returns whether the job was started and has not ended.
    pub(crate) fn is_active(&self) -> bool {
        matches!(self.status, JobStatus::Pending | JobStatus::InProgress)
    }

    /// Returns whether the upload address of the job accepts a file.
    pub(crate) fn takes_file(&self, date: f64) -> bool {
        self.status == JobStatus::Created && date < self.created + UPLOAD_SECONDS
    }

    pub(crate) fn start(&mut self, date: f64) -> Result<(), ServiceError> {
        self.check(self.status == JobStatus::Created, "Created")?;
        self.status = JobStatus::Pending;
        self.started = Some(date);
        Ok(())
    }

    /// Stops a running job. The service's response also has the final state.
    pub(crate) fn stop(&mut self, date: f64) -> Result<(), ServiceError> {
        self.check(self.is_active(), "started")?;
        // The message in the examples of the AWS CLI.
        self.end(JobStatus::Stopped, "The Import Job was stopped by the developer.", date);
        Ok(())
    }

    /// Marks the job as expired if it was not started in time. Returns whether it has expired.
    pub(crate) fn expire(&mut self, date: f64) -> bool {
        if self.status == JobStatus::Created && self.created + EXPIRES < date {
            self.status = JobStatus::Expired;
        }
        self.status == JobStatus::Expired
    }

    /// Moves the start of the job to a date before it, and returns whether it was moved: if the test
    /// clock was set back, the job must not wait for the time of its start.
    pub(crate) fn set_back(&mut self, date: f64) -> bool {
        let is_later = self.started.is_some_and(|started| started > date);
        if is_later {
            self.started = Some(date);
        }
        is_later
    }

    /// Returns the number of lines that are due by now; `None` before the job imports users.
    #[allow(clippy::as_conversions)] // The cast saturates.
    pub(crate) fn lines_due(&self, date: f64) -> Option<u64> {
        let seconds = date - self.started? - PENDING_SECONDS;
        let due = (seconds * LINES_PER_SECOND) as u64;
        (seconds >= 0.0).then_some(due.max(1))
    }

    /// Counts lines, and moves to the position after them.
    pub(crate) fn read(&mut self, outcomes: &[LineOutcome], position: Position) {
        self.status = JobStatus::InProgress;
        self.position = position;
        for outcome in outcomes {
            let count = match outcome {
                LineOutcome::Imported => &mut self.counts.imported_users,
                LineOutcome::Skipped => &mut self.counts.skipped_users,
                LineOutcome::Failed => &mut self.counts.failed_users,
            };
            *count = count.saturating_add(1);
        }
    }

    /// Ends a job after its last line. The service fails jobs with too many failed or skipped users
    /// (aws-solutions/cognito-user-profiles-export-reference-architecture#9: 32 of 46). Its limit
    /// is not known; the emulator uses half of the users. The message of a success is quoted by
    /// applications that compare it.
    pub(crate) fn finish(&mut self, date: f64) {
        let Counts { imported_users, skipped_users, failed_users } = self.counts;
        let (status, message) = match skipped_users.saturating_add(failed_users) > imported_users {
            true => {
                (JobStatus::Failed, "Too many users have failed or been skipped during the import.")
            }
            false => (JobStatus::Succeeded, "Import Job Completed Successfully."),
        };
        self.end(status, message, date);
    }

    /// Ends a job with an invalid file. The message of the service is not known.
    pub(crate) fn fail(&mut self, reason: &str, date: f64) {
        self.end(JobStatus::Failed, &format!("The csv file could not be parsed: {reason}"), date);
    }

    fn end(&mut self, status: JobStatus, message: &str, date: f64) {
        self.status = status;
        self.message = Some(message.to_owned());
        self.completed = Some(date);
    }

    fn check(&self, is_met: bool, wanted: &str) -> Result<(), ServiceError> {
        // The message of the service is not known.
        let status = self.status;
        let message = || format!("The import job is {status:?} and not {wanted}.");
        if is_met { Ok(()) } else { Err(ServiceError::precondition_not_met(message())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> ImportJob {
        let settings = JobSettings {
            job_name: "all".to_owned(),
            cloud_watch_logs_role_arn: String::new(),
            password_hashing_algorithm: None,
        };
        ImportJob::new("import-1".to_owned(), settings, String::new(), 100.0)
    }

    #[derive(Deserialize)]
    struct Jobs(#[serde(deserialize_with = "read_all")] BTreeMap<String, ImportJob>);

    #[test]
    fn jobs_of_earlier_state_files_have_expired() {
        let earlier = serde_json::json!({
            "JobId": "import-1", "JobName": "all", "CloudWatchLogsRoleArn": "arn:aws:iam::1:role/a",
            "UserPoolId": "us-east-1_a", "PreSignedUrl": "https://example.com", "Status": "InProgress",
            "CreationDate": 100.0, "StartDate": 101.0, "ImportedUsers": 0, "SkippedUsers": 0,
            "FailedUsers": 0,
        });
        let stored = serde_json::json!({ "import-1": earlier, "import-2": job() });
        let mut bytes = Vec::new();
        ciborium::into_writer(&stored, &mut bytes).unwrap();
        let Jobs(jobs) = ciborium::from_reader(&*bytes).unwrap();
        let of = |id: &str| (&*jobs[id].settings.job_name, jobs[id].status, jobs[id].created);
        assert_eq!(of("import-1"), ("all", JobStatus::Expired, 100.0));
        assert_eq!(of("import-2"), ("all", JobStatus::Created, 100.0));
    }

    #[test]
    fn lines_are_due_after_the_job_was_pending() {
        let mut job = job();
        assert_eq!(job.lines_due(1e9), None);
        job.start(200.0).unwrap();
        assert_eq!(job.lines_due(200.9), None);
        assert_eq!(job.lines_due(201.0), Some(1));
        assert_eq!(job.lines_due(203.0), Some(10_000));
        assert_eq!(job.lines_due(f64::MAX), Some(u64::MAX));
    }

    #[test]
    fn job_fails_if_more_than_half_of_its_users_are_not_imported() {
        use LineOutcome::{Failed, Imported, Skipped};

        let ended = |outcomes: &[LineOutcome]| {
            let mut job = job();
            job.start(200.0).unwrap();
            job.read(outcomes, Position::default());
            job.finish(300.0);
            job.status
        };
        assert_eq!(ended(&[Imported, Skipped]), JobStatus::Succeeded);
        assert_eq!(ended(&[Imported, Skipped, Failed]), JobStatus::Failed);
        assert_eq!(ended(&[Failed]), JobStatus::Failed);
        assert_eq!(ended(&[]), JobStatus::Succeeded);
    }
}
