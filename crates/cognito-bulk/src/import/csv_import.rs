//! Import of users by the user import jobs of the service.

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

/// The most users of a user import job: the quotas page of the developer guide.
pub const MAX_USERS_OF_JOB: u64 = 500_000;

/// An import of users by user import jobs of the service (CreateUserImportJob), which is resumed where
/// the last run ended.
///
/// The input is that of an [`Import`](crate::Import). It is divided into files, which are sent to jobs of
/// the service, one after the other. Compared with AdminCreateUser, such a job needs few requests, sends no
/// message, and bills no monthly active user; every user has to reset the password, and needs a verified
/// address for it. Jobs set no passwords, groups and states: lines with these are rejected.
///
/// The service tells the number of users that were imported, skipped because they exist, or failed. It
/// writes the reason of each line to Amazon CloudWatch Logs, which this does not read; the role is for that.
///
/// A run that ends early, also by a kill, is resumed by running the same import again: the id of a job is
/// in the journal before its file is sent, and a job that was started is found again.
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
    /// The users to be created.
    pub users: u64,
    /// The user import jobs, which run one after the other.
    pub jobs: u64,
    /// The first rejected lines, up to [`MAX_REJECTED_LINES`](crate::MAX_REJECTED_LINES).
    pub rejected: Vec<RejectedLine>,
    /// The number of all rejected lines.
    pub rejected_lines: u64,
    /// The requests by operation, besides those that ask for the state of a job, every ten seconds at most.
    pub requests: BTreeMap<&'static str, u64>,
    /// The fields with values that only the service sets, such as `sub`, by the number of users.
    pub ignored: BTreeMap<&'static str, u64>,
}

/// The report of a [`CsvImport`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvImportReport {
    /// The users of the input, without rejected lines.
    pub users: u64,
    /// The users that were imported.
    pub imported: u64,
    /// The users that exist already.
    pub skipped: u64,
    /// The users that the service could not import.
    pub failed: u64,
    /// The jobs of the service.
    pub jobs: Vec<UserImportJobOutcome>,
    /// The file with a line for each job.
    pub output: PathBuf,
}

/// The end of a user import job of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserImportJobOutcome {
    /// Its id. In CloudWatch Logs, its stream is `<id>/<name>`, in which the first user of the file has the
    /// line number 2.
    pub job_id: String,
    /// Its name.
    pub name: String,
    /// The line of the input with its first user.
    pub first_line: u64,
    /// The line of the input with its last user.
    pub last_line: u64,
    /// The users of its file.
    pub users: u64,
    /// Its state at the end, such as `Succeeded`.
    pub status: String,
    /// The users that were imported.
    pub imported: u64,
    /// The users that exist already.
    pub skipped: u64,
    /// The users that could not be imported.
    pub failed: u64,
    /// The message of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl UserImportJobOutcome {
    /// Returns whether the service has completed the job; users of it may have failed nevertheless.
    pub fn has_succeeded(&self) -> bool {
        self.status == "Succeeded"
    }
}

impl CsvImport {
    /// Creates an import from a file in JSON Lines, whose jobs are written to a file that does not
    /// exist. The role is the ARN of one with which the service writes to CloudWatch Logs.
    pub fn new(
        input: impl Into<PathBuf>,
        outcomes: impl Into<PathBuf>,
        role: impl Into<String>,
    ) -> Self {
        let import = Import::new(input, outcomes);
        Self { import, role: role.into(), users_of_job: MAX_USERS_OF_JOB }
    }

    /// Reads CSV, as [`Import::csv`](crate::Import::csv).
    pub fn csv(self) -> Self {
        Self { import: self.import.csv(), ..self }
    }

    /// Imports the other users if lines are rejected, in place of [`JobError::RejectedLines`].
    pub fn skip_rejected(self) -> Self {
        Self { import: self.import.skip_rejected(), ..self }
    }

    /// Sets a file for all rejected lines of a plan or a run, in JSON Lines. It is replaced.
    pub fn rejected_to(self, path: impl Into<PathBuf>) -> Self {
        Self { import: self.import.rejected_to(path), ..self }
    }

    /// Sets the most users of a job, from 1 to [`MAX_USERS_OF_JOB`], which is the default. A file is in
    /// memory while it is sent.
    pub fn users_of_job(self, users: u64) -> Self {
        Self { users_of_job: users.clamp(1, MAX_USERS_OF_JOB), ..self }
    }

    /// Sets the fencing number of a claim, as [`Import::fencing_number`](crate::Import::fencing_number).
    pub fn fencing_number(self, number: u64) -> Self {
        Self { import: self.import.fencing_number(number), ..self }
    }

    /// Reads and checks the whole input, and returns the rejected lines and the jobs, without a change
    /// of the pool (DescribeUserPool, ListGroups, GetCSVHeader).
    ///
    /// # Errors
    ///
    /// As those of [`Import::plan`](crate::Import::plan).
    pub async fn plan(&self, admin: &Admin, quota: &Quota) -> Result<CsvImportPlan, JobError> {
        let admin = admin.with_permits(quota.clone());
        let rules = Arc::new(pool_rules(&admin).await?);
        let header = lines::header(&admin).await?;
        Ok(self.check_input(&rules, &header).await?.plan)
    }

    /// Imports the users, or resumes an earlier run. It ends with [`JobError::RejectedLines`] before
    /// its first change if a line is rejected, unless [`skip_rejected`](Self::skip_rejected) is set.
    ///
    /// Permissions `cognito-idp:DescribeUserPool`, `cognito-idp:ListGroups`, `cognito-idp:GetCSVHeader`,
    /// `cognito-idp:CreateUserImportJob` with `iam:PassRole`, `cognito-idp:ListUserImportJobs`,
    /// `cognito-idp:DescribeUserImportJob` and `cognito-idp:StartUserImportJob`.
    pub fn run(self, admin: &Admin, quota: &Quota) -> JobRun<CsvImportReport> {
        let (admin, quota) = (admin.clone(), quota.clone());
        JobRun::new(|context| Work::run(self, admin, quota, context))
    }
}
