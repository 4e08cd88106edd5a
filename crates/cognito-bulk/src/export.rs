//! Export of the users of a pool.

mod assemble;
mod plan;
mod row;

use std::path::PathBuf;

use cognito_core::{Admin, Error};
use serde::{Deserialize, Serialize};

pub use self::plan::ExportPlan;
use self::row::Row;
use crate::error::JobError;
use crate::job_directory::JobDirectory;
use crate::job_shard::JobShard;
use crate::listing::{
    Complete, DEFAULT_SHARD_USERS, ListedUser, Listing, Memberships, Paths, RowFormat, Settings,
    Started, Target, Work,
};
use crate::quota::Quota;
use crate::run::JobRun;

/// An export of all users of a pool to a file.
///
/// Users are listed in shards by the beginning of their ids, as many shards concurrently as the
/// quota allows. A run that ends early, even if it was killed, is resumed by running the same
/// export again: finished shards are not listed again. Until the end, the directory `<output>.job`
/// contains a journal and the parts. The output is moved to its path when it is complete, is
/// readable only by its owner, and never replaces a file. Missing directories are created. Memory
/// grows with the size of shards, not with the size of the pool.
///
/// Users that are created, and changes that are made, during the export may be missing. Users are
/// in the order of their shards.
///
/// ```
/// # mod cognito { pub use cognito_core::Admin; pub mod bulk { pub use cognito_bulk::*; } }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// # admin.create_user("bob").suppress_invitation().await?;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users.jsonl");
/// use cognito::bulk::{Export, Quota};
///
/// let quota = Quota::builder().build();
/// let report = Export::to(&path).run(&admin, &quota).finish().await?;
/// assert_eq!(report.users, 1);
/// assert!(std::fs::read_to_string(&path)?.contains(r#""username":"bob""#));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Export {
    listing: Listing,
}

/// The report of a finished export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportReport {
    /// The number of users in the output.
    pub users: u64,
    /// The number of users that the service estimated at the start (EstimatedNumberOfUsers), which
    /// is not exact.
    pub expected: u64,
    /// The number of users that the service listed more than once; each is in the output once.
    pub duplicates: u64,
    /// The number of memberships that were listed.
    pub memberships: u64,
}

impl Export {
    /// Creates an export to a file, which must not exist, in JSON Lines: an object with `username`,
    /// `sub`, `status`, `enabled`, `created`, `modified`, `attributes` and `groups` for each user.
    pub fn to(output: impl Into<PathBuf>) -> Self {
        let output = output.into();
        let settings = Settings {
            rows: RowFormat::JsonLines,
            memberships: Some(Memberships::ByGroup),
            mfa: false,
            shard_users: DEFAULT_SHARD_USERS,
            shard: None,
        };
        let paths = Paths::new(JobDirectory::beside(&output));
        Self { listing: Listing { output, paths, settings, allows_incomplete: false, fence: None } }
    }

    /// Writes CSV (RFC 4180, with line feeds) with a header: a column for each of these members and
    /// for each attribute of the pool's schema. Groups are separated by spaces, which group names
    /// cannot contain.
    ///
    /// Values are written unchanged. Users choose some of them, and a spreadsheet may run a value
    /// that begins with `=`, `+`, `-` or `@` as a formula: import columns as text.
    pub fn csv(mut self) -> Self {
        self.listing.settings.rows = RowFormat::Csv;
        self
    }

    /// Leaves out the groups of users, and the requests that list them.
    pub fn without_groups(mut self) -> Self {
        self.listing.settings.memberships = None;
        self
    }

    /// Adds the second factors that are enabled, as `mfa`, and the preferred one, as
    /// `preferred_mfa`.
    ///
    /// Sends a request for each user (AdminGetUser), which counts each as a monthly active user.
    /// Users that are deleted before their request are left out.
    pub fn with_mfa(mut self) -> Self {
        self.listing.settings.mfa = true;
        self
    }

    /// Sets the number of users from which a shard is divided. A resumed run lists unfinished
    /// shards again.
    pub fn shard_users(mut self, users: u64) -> Self {
        self.listing.settings.shard_users = users.max(1);
        self
    }

    /// Exports only one of several parts of the users. Each part has its own output; together they
    /// contain each user once. In CSV, each output has the header.
    ///
    /// Users are divided by the first digit of their ids: with more than 16 parts, some have no
    /// users. Each part lists all groups. The number of users of a part is not compared with the
    /// estimate of the service, which is for the whole pool.
    pub fn shard(mut self, shard: JobShard) -> Self {
        self.listing.settings.shard = Some(shard);
        self
    }

    /// Sets the fencing number of the worker's claim of the part, such as
    /// `PartClaim::fencing_number`. Each claim of a part has a larger number than all earlier ones.
    ///
    /// The records of the journal contain the number. Records that follow a record of a later claim
    /// are ignored, and the run that wrote them fails with [`JobError::TakenOver`], as does a run
    /// that starts after a later claim. A run without a number uses the last number in the journal.
    pub fn fencing_number(mut self, number: u64) -> Self {
        self.listing.fence = Some(number);
        self
    }

    /// Sets the parent of the job's directory, `<name of the output>.job`, which contains the
    /// journal and the parts. By default it is the directory of the output. On another file system
    /// than the output, the run fails with
    /// [`JobError::OtherFileSystem`](crate::JobError::OtherFileSystem).
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.listing.paths.set_parent(&directory.into());
        self
    }

    /// Accepts a list of less than half of the users that the service estimates, in place of
    /// failing with [`JobError::Incomplete`](crate::JobError::Incomplete).
    pub fn allow_incomplete(mut self) -> Self {
        self.listing.allows_incomplete = true;
        self
    }

    /// Returns the requests and the time that the export takes, without starting it
    /// (DescribeUserPool, ListGroups).
    ///
    /// # Errors
    ///
    /// As [`PoolHandle::describe`](cognito_core::PoolHandle::describe).
    pub async fn plan(&self, admin: &Admin, quota: &Quota) -> Result<ExportPlan, Error> {
        ExportPlan::new(&self.listing.settings, &admin.with_permits(quota.clone()), quota).await
    }

    /// Runs the export, or resumes it.
    ///
    /// Permissions `cognito-idp:DescribeUserPool`, `cognito-idp:ListUsers`, and for groups
    /// `cognito-idp:ListGroups` and `cognito-idp:ListUsersInGroup`, for second factors
    /// `cognito-idp:AdminGetUser`.
    pub fn run(self, admin: &Admin, quota: &Quota) -> JobRun<ExportReport> {
        JobRun::new(|context| {
            let admin = admin.with_permits(context.permits(quota));
            Work::run(self, admin, quota.clone(), context)
        })
    }
}

impl Target for Export {
    type Report = ExportReport;

    const ROWS_HAVE_GROUPS: bool = true;

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn check(&self) -> Result<(), JobError> {
        self.listing.paths.directory().check_target(&self.listing.output)
    }

    fn has_output(&self) -> Result<bool, JobError> {
        Ok(self.listing.output.symlink_metadata().is_ok())
    }

    fn write_row(&self, started: &Started, user: ListedUser<'_>, to: &mut Vec<u8>) {
        Row::new(started, user).write(&self.listing.settings, &started.attributes, to);
    }

    fn finish(&self, users: &Complete) -> Result<ExportReport, JobError> {
        assemble::output(self, users)?;
        Ok(ExportReport {
            users: users.users(),
            expected: users.started.expected,
            duplicates: users.duplicates(),
            memberships: users.groups.values().map(|listed| listed.members).sum(),
        })
    }
}
