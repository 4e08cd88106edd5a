//! Import of users into a pool.

mod attributes;
mod check;
mod csv;
mod csv_import;
mod input;
mod json_lines;
mod password;
mod plan;
mod rejection;
mod rules;
mod send;
mod user;
mod work;

use std::path::PathBuf;
use std::sync::Arc;

use cognito_core::Admin;
use serde::Serialize;

use self::check::Options;
pub use self::csv_import::{
    CsvImport, CsvImportPlan, CsvImportReport, MAX_USERS_OF_JOB, UserImportJobOutcome,
};
use self::plan::pool_rules;
pub use self::plan::{ImportPlan, MAX_REJECTED_LINES};
pub use self::rejection::{RejectedLine, RejectionReason};
use self::work::ImportJob;
use crate::error::JobError;
use crate::job_shard::JobShard;
use crate::quota::Quota;
use crate::run::JobRun;
use crate::text;
use crate::writes::{self, JobFiles, WriteReport};

/// An import of users from a file, such as the output of an [`Export`](crate::Export), which can be
/// resumed.
///
/// The input is JSON Lines, an object with `username`, and optionally `attributes`, `status`,
/// `enabled`, `groups`, `password` and `temporary_password` for each user, or [CSV](Self::csv), in
/// UTF-8 or UTF-16. It is read more than once, and has to be a regular file, not a pipe. `sub`,
/// `created` and `modified`, which only the service sets, and second factors are ignored.
///
/// Users are created one by one (AdminCreateUser), without a message. A user with a `password` is
/// confirmed. A user with the status `CONFIRMED` or `RESET_REQUIRED` and no password is confirmed
/// with a random password, which the user has to reset, because passwords cannot be exported. Other
/// users have to change a temporary password: `temporary_password`, or a random one that is not
/// kept.
///
/// A run that ends early, even if it was killed, is resumed by running the same import again: users
/// with an outcome are not created again, and users that were only created are completed. Until the
/// end, the directory `<outcomes>.job` contains a journal without names, values and passwords. The
/// file of outcomes is written at the end, with a line for each user in the order of the input, and
/// never replaces a file.
///
/// ```
/// # mod cognito { pub use cognito_core::Admin; pub mod bulk { pub use cognito_bulk::*; } }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// # let directory = tempfile::tempdir()?;
/// # let [path, outcomes] = ["users.jsonl", "outcomes.jsonl"].map(|name| directory.path().join(name));
/// # std::fs::write(&path, "{\"username\":\"bob\"}\n{\"username\":\"al\",\"groups\":[\"staff\"]}\n")?;
/// use cognito::bulk::{Import, Quota};
///
/// let quota = Quota::builder().build();
/// let import = Import::new(&path, &outcomes);
/// let plan = import.plan(&admin, &quota).await?;
/// assert_eq!((plan.users, plan.rejected_lines), (1, 1));
/// assert_eq!(plan.rejected[0].reason.to_string(), "the pool has no group \"staff\"");
///
/// let report = import.create_groups().run(&admin, &quota).finish().await?;
/// assert_eq!(report.outcomes.done, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Import {
    input: PathBuf,
    outcomes: PathBuf,
    format: Format,
    options: Options,
    skips_rejected: bool,
    rejected_to: Option<PathBuf>,
    shard: Option<JobShard>,
    fence: Option<u64>,
}

/// The format of an input.
#[derive(Clone, Copy, Debug, Serialize)]
enum Format {
    JsonLines,
    Csv,
}

impl Import {
    /// Creates an import from a file in JSON Lines, with the path of its file of outcomes, which
    /// must not exist. Each line is an object with `username` and `outcome`, and with `reason`, or
    /// `error` and `message`.
    pub fn new(input: impl Into<PathBuf>, outcomes: impl Into<PathBuf>) -> Self {
        Self {
            input: input.into(),
            outcomes: outcomes.into(),
            format: Format::JsonLines,
            options: Options::default(),
            skips_rejected: false,
            rejected_to: None,
            shard: None,
            fence: None,
        }
    }

    /// Reads CSV (RFC 4180) with a header: the columns of an export, or those of the service's
    /// import jobs, such as `cognito:username`, and also `password` and `temporary_password`.
    pub fn csv(mut self) -> Self {
        self.format = Format::Csv;
        self
    }

    /// Creates the groups of the input that do not exist in the pool. By default, users of such
    /// groups are rejected.
    pub fn create_groups(mut self) -> Self {
        self.options.creates_groups = true;
        self
    }

    /// Sends each user without a `password` an invitation with a temporary one, by e-mail if the
    /// user has an address, otherwise by text message. By default, no message is sent.
    ///
    /// Invited users are not confirmed, regardless of their status in the input.
    pub fn invite(mut self) -> Self {
        self.options.invites = true;
        self
    }

    /// Updates users that already exist: the mutable attributes of the input, the password if the
    /// input has one, and whether the user is enabled. Users are added to the groups of the input.
    /// By default, existing users are skipped and not changed.
    ///
    /// An e-mail address or phone number is changed only if the input marks the new one as
    /// verified, because the service would send a code to an unverified one. Each existing user
    /// takes up to three more requests than the plan counts.
    pub fn update_existing(mut self) -> Self {
        self.options.updates_existing = true;
        self
    }

    /// Imports the other users if lines are rejected, in place of failing with
    /// [`JobError::RejectedLines`]. Rejected lines have the outcome `failed`.
    pub fn skip_rejected(mut self) -> Self {
        self.skips_rejected = true;
        self
    }

    /// Sets the file to which all rejected lines of a plan or a run are written, in JSON Lines. An
    /// existing file is replaced.
    pub fn rejected_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.rejected_to = Some(path.into());
        self
    }

    /// Imports only one of several parts of the users. Each part has its own file of outcomes;
    /// together they import every user once.
    ///
    /// Each part reads and checks the whole input, and rejects the same lines.
    pub fn shard(mut self, shard: JobShard) -> Self {
        self.shard = Some(shard);
        self
    }

    /// Sets the fencing number of the worker's claim of the part, such as
    /// `PartClaim::fencing_number`. Each claim of a part has a larger number than all earlier ones.
    ///
    /// The records of the journal contain the number. Records that follow a record of a later claim
    /// are ignored, and the run that wrote them fails with [`JobError::TakenOver`], as does a run
    /// that starts after a later claim. A run without a number uses the last number in the journal.
    pub fn fencing_number(mut self, number: u64) -> Self {
        self.fence = Some(number);
        self
    }

    /// Reads and checks the whole input, and returns the rejected lines, the requests and the time
    /// that the import takes, without changing the pool (DescribeUserPool, ListGroups).
    ///
    /// Memory grows by about 50 bytes for each user, as names are compared to find duplicates.
    ///
    /// # Errors
    ///
    /// [`JobError::InvalidInput`] for an invalid header or record of CSV after which the rest
    /// cannot be read, [`JobError::Io`], and [`JobError::Request`].
    pub async fn plan(&self, admin: &Admin, quota: &Quota) -> Result<ImportPlan, JobError> {
        let rules = Arc::new(pool_rules(&admin.with_permits(quota.clone())).await?);
        Ok(self.check_input(&rules).await?.plan.with_time(quota))
    }

    /// Imports the users, or resumes an earlier run. If a line is rejected, the run fails with
    /// [`JobError::RejectedLines`] before its first change, unless
    /// [`skip_rejected`](Self::skip_rejected) is set.
    ///
    /// Permissions `cognito-idp:DescribeUserPool`, `cognito-idp:ListGroups`,
    /// `cognito-idp:AdminCreateUser`, `cognito-idp:AdminGetUser` (for lost responses and existing
    /// users), and for what the input has `cognito-idp:AdminSetUserPassword`,
    /// `cognito-idp:AdminDisableUser`, `cognito-idp:AdminAddUserToGroup` and
    /// `cognito-idp:CreateGroup`; to update users `cognito-idp:AdminUpdateUserAttributes` and
    /// `cognito-idp:AdminEnableUser`.
    pub fn run(self, admin: &Admin, quota: &Quota) -> JobRun<WriteReport> {
        let (admin, quota) = (admin.clone(), quota.clone());
        JobRun::new(|context| {
            let files = JobFiles::of(&self.outcomes);
            writes::run(ImportJob::new(self), files, false, admin, quota, context)
        })
    }
}
