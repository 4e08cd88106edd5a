//! Import of users with user import jobs of the service.

mod lines;
mod records;
mod service_job;
mod work;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use cognito_core::Admin;
use serde::{Deserialize, Serialize};

use self::work::Work;
use super::Import;
use super::plan::pool_rules;
use super::rejection::RejectedLine;
use crate::error::JobError;
use crate::quota::Quota;
use crate::run::JobRun;

/// The maximum number of users of a user import job: the quotas page of the developer guide.
pub const MAX_USERS_OF_JOB: u64 = 500_000;

/// An import of users with user import jobs of the service (CreateUserImportJob), which can be
/// resumed.
///
/// The input has the format of an [`Import`](crate::Import). It is divided into files for jobs of
/// the service, which run one after the other. Compared with AdminCreateUser, such a job needs few
/// requests, sends no messages, and its users do not count as monthly active. Every user has to
/// reset the password, and needs a verified address for it. Jobs cannot set passwords, groups and
/// states: lines with these are rejected.
///
/// The service returns the numbers of users that were imported, skipped because they exist, or
/// failed. It uses the role to write the reason for each line to Amazon CloudWatch Logs, which this
/// type does not read.
///
/// A run that ends early, even if it was killed, is resumed by running the same import again: the
/// id of a job is written to the journal before its file is sent, so that a started job is found
/// again.
///
/// ```
/// # mod cognito { pub use cognito_core::Admin; pub mod bulk { pub use cognito_bulk::*; } }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// # let directory = tempfile::tempdir()?;
/// # let [path, outcomes] = ["users.jsonl", "jobs.jsonl"].map(|name| directory.path().join(name));
/// # let bob = "{\"username\":\"bob\",\"attributes\":{\"email\":\"b@x.io\",\"email_verified\":\"true\"}}\n";
/// # std::fs::write(&path, format!("{bob}{{\"username\":\"al\"}}\n"))?;
/// use cognito::bulk::{CsvImport, Quota};
///
/// let role = "arn:aws:iam::123456789012:role/import-log";
/// let quota = Quota::builder().build();
/// let import = CsvImport::new(&path, &outcomes, role).skip_rejected();
/// let plan = import.plan(&admin, &quota).await?;
/// assert_eq!((plan.users, plan.jobs, plan.rejected_lines), (1, 1, 1));
///
/// let report = import.run(&admin, &quota).finish().await?;
/// assert_eq!((report.imported, report.skipped, report.failed), (1, 0, 0));
/// assert!(report.jobs.iter().all(|job| job.has_succeeded()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CsvImport {
    import: Import,
    role: String,
    users_of_job: u64,
}

/// The plan of a [`CsvImport`]: its users, its jobs, and the lines that are rejected.
///
/// No message is sent, no user counts as monthly active, and all users have to reset their passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvImportPlan {
    /// The number of users to be created.
    pub users: u64,
    /// The number of user import jobs, which run one after the other.
    pub jobs: u64,
    /// The first rejected lines, up to [`MAX_REJECTED_LINES`](crate::MAX_REJECTED_LINES).
    pub rejected: Vec<RejectedLine>,
    /// The number of all rejected lines.
    pub rejected_lines: u64,
    /// The numbers of requests by operation, without those that poll the state of a job, at most
    /// one in ten seconds.
    pub requests: BTreeMap<&'static str, u64>,
    /// The numbers of users by the fields that only the service can set, such as `sub`, and that
    /// are ignored.
    pub ignored: BTreeMap<&'static str, u64>,
}

/// The report of a [`CsvImport`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvImportReport {
    /// The number of users of the input, without rejected lines.
    pub users: u64,
    /// The number of users that were imported.
    pub imported: u64,
    /// The number of users that were skipped because they already exist.
    pub skipped: u64,
    /// The number of users that the service could not import.
    pub failed: u64,
    /// The jobs of the service.
    pub jobs: Vec<UserImportJobOutcome>,
    /// The file with a line for each job.
    pub output: PathBuf,
}

/// The outcome of a user import job of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserImportJobOutcome {
    /// The id of the job. In CloudWatch Logs, its stream is `<id>/<name>`, in which the first user
    /// of the file has the line number 2.
    pub job_id: String,
    /// The name of the job.
    pub name: String,
    /// The line of the input with its first user.
    pub first_line: u64,
    /// The line of the input with its last user.
    pub last_line: u64,
    /// The number of users of its file.
    pub users: u64,
    /// The final state, such as `Succeeded`.
    pub status: String,
    /// The number of users that were imported.
    pub imported: u64,
    /// The number of users that were skipped because they already exist.
    pub skipped: u64,
    /// The number of users that could not be imported.
    pub failed: u64,
    /// The message of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl UserImportJobOutcome {
    /// Returns whether the service has completed the job. Some of its users may have failed
    /// nevertheless.
    pub fn has_succeeded(&self) -> bool {
        self.status == "Succeeded"
    }
}

impl CsvImport {
    /// Creates an import from a file in JSON Lines, with the path of its file of outcomes, which
    /// must not exist and gets a line for each job. `role` is the ARN of the role with which the
    /// service writes to CloudWatch Logs.
    pub fn new(
        input: impl Into<PathBuf>,
        outcomes: impl Into<PathBuf>,
        role: impl Into<String>,
    ) -> Self {
        let import = Import::new(input, outcomes);
        Self { import, role: role.into(), users_of_job: MAX_USERS_OF_JOB }
    }

    /// Reads CSV, like [`Import::csv`](crate::Import::csv).
    pub fn csv(self) -> Self {
        Self { import: self.import.csv(), ..self }
    }

    /// Imports the other users if lines are rejected, in place of failing with
    /// [`JobError::RejectedLines`].
    pub fn skip_rejected(self) -> Self {
        Self { import: self.import.skip_rejected(), ..self }
    }

    /// Sets the file to which all rejected lines of a plan or a run are written, in JSON Lines. An
    /// existing file is replaced.
    pub fn rejected_to(self, path: impl Into<PathBuf>) -> Self {
        Self { import: self.import.rejected_to(path), ..self }
    }

    /// Sets the maximum number of users of a job, from 1 to [`MAX_USERS_OF_JOB`], which is the
    /// default. A file is in memory while it is sent.
    pub fn users_of_job(self, users: u64) -> Self {
        Self { users_of_job: users.clamp(1, MAX_USERS_OF_JOB), ..self }
    }

    /// Sets the fencing number of a claim, like
    /// [`Import::fencing_number`](crate::Import::fencing_number).
    pub fn fencing_number(self, number: u64) -> Self {
        Self { import: self.import.fencing_number(number), ..self }
    }

    /// Reads and checks the whole input, and returns the rejected lines and the jobs, without
    /// changing the pool (DescribeUserPool, ListGroups, GetCSVHeader).
    ///
    /// # Errors
    ///
    /// The errors of [`Import::plan`](crate::Import::plan).
    pub async fn plan(&self, admin: &Admin, quota: &Quota) -> Result<CsvImportPlan, JobError> {
        let admin = admin.with_permits(quota.clone());
        let rules = Arc::new(pool_rules(&admin).await?);
        let header = lines::header(&admin).await?;
        Ok(self.check_input(&rules, &header).await?.plan)
    }

    /// Imports the users, or resumes an earlier run. If a line is rejected, the run fails with
    /// [`JobError::RejectedLines`] before its first change, unless
    /// [`skip_rejected`](Self::skip_rejected) is set.
    ///
    /// Permissions `cognito-idp:DescribeUserPool`, `cognito-idp:ListGroups`, `cognito-idp:GetCSVHeader`,
    /// `cognito-idp:CreateUserImportJob` with `iam:PassRole`, `cognito-idp:ListUserImportJobs`,
    /// `cognito-idp:DescribeUserImportJob` and `cognito-idp:StartUserImportJob`.
    pub fn run(self, admin: &Admin, quota: &Quota) -> JobRun<CsvImportReport> {
        let (admin, quota) = (admin.clone(), quota.clone());
        JobRun::new(|context| Work::run(self, admin, quota, context))
    }
}
