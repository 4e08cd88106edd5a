//! Import of users into a pool.

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

/// An import of users from a file, such as one that an [`Export`](crate::Export) wrote, which is
/// resumed where it ended.
///
/// The input is JSON Lines, an object with `username`, and optionally `attributes`, `status`,
/// `enabled`, `groups`, `password` and `temporary_password` for each user, or [CSV](Self::csv), in
/// UTF-8 or UTF-16. It is read more than once, and has to be a regular file, not a pipe. `sub`,
/// `created` and `modified`, which only the service sets, and the second factors are ignored.
///
/// Users are created one by one (AdminCreateUser), without a message. One with a `password`, or with
/// the status `CONFIRMED` or `RESET_REQUIRED` and no password, is confirmed: the latter with a random
/// password, as passwords cannot be exported, which the user has to reset. Others have to change a
/// temporary password, that of `temporary_password` or a random one that is not kept.
///
/// A run that ends early, also by a kill, is resumed by running the same import again: users that
/// have an outcome are not created again, and those that were created are completed. Until then the
/// directory `<outcomes>.job` has a journal, in which there are no names, values and passwords. At the
/// end, the file of outcomes has a line for each user, in the order of the input, and replaces no
/// file.
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
    /// Creates an import from a file in JSON Lines, whose outcomes are written to a file that does
    /// not exist: an object with `username` and `outcome` in each line, and `reason`, or `error` and
    /// `message`.
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

    /// Reads CSV (RFC 4180) with a header: the columns of an export, or those of the service's import
    /// jobs, such as `cognito:username`; besides `password` and `temporary_password`.
    pub fn csv(mut self) -> Self {
        self.format = Format::Csv;
        self
    }

    /// Creates the groups of the input that the pool does not have. Without it, their users are
    /// rejected.
    pub fn create_groups(mut self) -> Self {
        self.options.creates_groups = true;
        self
    }

    /// Sends each user without a `password` an invitation with a temporary one, by e-mail if the
    /// user has an address, else by text message. Without it, no message is sent.
    ///
    /// Invited users are not confirmed, regardless of their status in the input.
    pub fn invite(mut self) -> Self {
        self.options.invites = true;
        self
    }

    /// Updates users that exist already: the attributes of the input that can be changed, the
    /// password if the input has one, whether the user is enabled, and the groups, to which the user
    /// is added. Without it, they are left as they are, and skipped.
    ///
    /// An e-mail address or phone number is changed only to one that the input has as verified, as
    /// the service would send a code to it. It takes up to three more requests for each such user
    /// than the plan has.
    pub fn update_existing(mut self) -> Self {
        self.options.updates_existing = true;
        self
    }

    /// Imports the other users if lines are rejected, in place of [`JobError::RejectedLines`]. The
    /// outcome of a rejected line is that it failed.
    pub fn skip_rejected(mut self) -> Self {
        self.skips_rejected = true;
        self
    }

    /// Sets a file for all rejected lines of a plan or a run, in JSON Lines. It is replaced.
    pub fn rejected_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.rejected_to = Some(path.into());
        self
    }

    /// Imports one of several parts of the users, whose outcomes have a file each. Together the parts
    /// import every user once.
    ///
    /// Each part reads and checks the whole input, and rejects the same lines.
    pub fn shard(mut self, shard: JobShard) -> Self {
        self.shard = Some(shard);
        self
    }

    /// Sets the fencing number of the claim with which a worker has the part, such as
    /// `PartClaim::fencing_number`. It is larger than those of the claims before.
    ///
    /// Records of the journal have it. Those that come after a record of a later claim are ignored, and the run
    /// that writes them fails with [`JobError::TakenOver`], as does one that begins too late. A run
    /// without a number continues under the last one.
    pub fn fencing_number(mut self, number: u64) -> Self {
        self.fence = Some(number);
        self
    }

    /// Reads and checks the whole input, and returns the rejected lines, the requests and the time
    /// that the import takes, without a change of the pool (DescribeUserPool, ListGroups).
    ///
    /// Memory grows with the number of users, by about 50 bytes each: no two can have the same name.
    ///
    /// # Errors
    ///
    /// [`JobError::InvalidInput`] for a header or a record of CSV after which nothing can be read,
    /// [`JobError::Io`], and [`JobError::Request`].
    pub async fn plan(&self, admin: &Admin, quota: &Quota) -> Result<ImportPlan, JobError> {
        let rules = Arc::new(pool_rules(&admin.with_permits(quota.clone())).await?);
        Ok(self.check_input(&rules).await?.plan.with_time(quota))
    }

    /// Imports the users, or resumes an earlier run. It ends with [`JobError::RejectedLines`] before
    /// its first change if a line is rejected, unless [`skip_rejected`](Self::skip_rejected) is set.
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
