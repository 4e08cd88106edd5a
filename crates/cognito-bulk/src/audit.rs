//! Audit of the users and groups of a pool.

mod findings;
mod finish;
mod overlaps;
mod plan;
mod report;
mod row;
mod shared;
mod tally;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cognito_core::{Admin, Error, MAX_PAGE_SIZE};
use jiff::Timestamp;

pub use self::plan::{AuditCost, AuditPlan};
pub use self::report::{
    AuditReport, Finding, FindingKind, GroupOverlap, GroupSummary, StatusCount,
};
use self::row::Row;
use crate::error::{JobError, OfFile};
use crate::files;
use crate::job_directory::JobDirectory;
use crate::listing::{
    Complete, DEFAULT_SHARD_USERS, ListedUser, Listing, Memberships, Paths, RowFormat, Settings,
    Started, Target, Work,
};
use crate::quota::Quota;
use crate::run::JobRun;

/// The time without change after which a user who has to act counts as stale, unless
/// [`Audit::stale_after`] sets another one.
pub const DEFAULT_STALE_AFTER: Duration = Duration::from_secs(30 * 24 * 3600);

/// An audit of all users and groups of a pool, which changes nothing.
///
/// Users are listed in shards, like those of an [`Export`](crate::Export), and joined with the
/// lists of the groups' users: an audit sends one request for each 60 users and for each 60
/// memberships. A run that ends early, even if it was killed, is resumed by running the same audit
/// again. Memory grows with the size of shards, and by about 1 MB for a million users; until the
/// end, the directory of the job takes about 1 GB for a million users.
///
/// The service does not return the date of the last sign-in, so staleness depends on the date of
/// the last change of the account (UserLastModifiedDate).
///
/// ```
/// # mod cognito { pub use cognito_core::Admin; pub mod bulk { pub use cognito_bulk::*; } }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// # admin.create_user("bob").suppress_invitation().await?;
/// # admin.create_group("staff").await?;
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path().join("audit.job");
/// use cognito::bulk::{Audit, FindingKind, Quota};
///
/// let quota = Quota::builder().build();
/// let report = Audit::in_directory(&directory).run(&admin, &quota).finish().await?;
/// let without_group = report.finding(FindingKind::WithoutGroup).unwrap();
/// assert_eq!((report.users, without_group.count), (1, 1));
/// assert_eq!(without_group.examples, [["bob"]]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Audit {
    listing: Listing,
    stale_after: Duration,
    as_of: Option<Timestamp>,
    /// The directory to which the lists of findings are written.
    lists: Option<PathBuf>,
    mean_memberships: Option<f64>,
    /// The users whose memberships the plan reads.
    sample: u8,
}

impl Audit {
    /// Creates an audit with the directory of its job. The directory does not exist, is empty, or
    /// contains the files of an earlier run of the same audit. It is removed at the end.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        let settings = Settings {
            rows: RowFormat::Audit,
            memberships: Some(Memberships::ByGroup),
            mfa: false,
            shard_users: DEFAULT_SHARD_USERS,
            shard: None,
        };
        let (output, paths) = (directory.clone(), Paths::new(JobDirectory::at(directory)));
        let listing = Listing { output, paths, settings, allows_incomplete: false, fence: None };
        Self {
            listing,
            stale_after: DEFAULT_STALE_AFTER,
            as_of: None,
            lists: None,
            mean_memberships: None,
            sample: 0,
        }
    }

    /// Sets the way to read memberships, such as [`AuditPlan::cheaper`];
    /// [`ByGroup`](Memberships::ByGroup) by default.
    pub fn memberships(mut self, way: Memberships) -> Self {
        self.listing.settings.memberships = Some(way);
        self
    }

    /// Looks for users without a second factor.
    ///
    /// Sends a request for each user (AdminGetUser), which counts each as a monthly active user.
    /// Users that are deleted before their request are left out.
    pub fn with_mfa(mut self) -> Self {
        self.listing.settings.mfa = true;
        self
    }

    /// Writes the users and groups of each finding to `<kind>.jsonl` in a directory, such as
    /// `same_email.jsonl`: an object with `username`, `sub`, `status` and `enabled`, and the
    /// `value` that users share, if any, or an object with `group` and `precedence`.
    ///
    /// The files are written at the end, are readable only by their owner, and never replace
    /// existing files. The directory has to be on the same file system as the directory of the job.
    pub fn write_lists(mut self, directory: impl Into<PathBuf>) -> Self {
        self.lists = Some(directory.into());
        self
    }

    /// Sets the time after which a user counts as stale who has to change a temporary password, set
    /// a new password or confirm the sign-up.
    pub fn stale_after(mut self, time: Duration) -> Self {
        self.stale_after = time;
        self
    }

    /// Sets the time at which ages are computed; the start of the audit by default.
    pub fn as_of(mut self, time: SystemTime) -> Self {
        self.as_of = Some(Timestamp::try_from(time).unwrap_or(Timestamp::MAX));
        self
    }

    /// Sets the mean number of memberships of a user for the plan.
    pub fn mean_memberships(mut self, mean: f64) -> Self {
        self.mean_memberships = mean.is_finite().then_some(mean.max(0.0));
        self
    }

    /// Has the plan read the memberships of this number of users, at most 60
    /// (AdminListGroupsForUser). Each of them counts as monthly active. By default the plan reads
    /// none.
    pub fn sample_memberships(mut self, users: u8) -> Self {
        self.sample = users.min(MAX_PAGE_SIZE);
        self
    }

    /// Sets the number of users from which a shard is divided. A resumed run lists unfinished
    /// shards again.
    pub fn shard_users(mut self, users: u64) -> Self {
        self.listing.settings.shard_users = users.max(1);
        self
    }

    /// Accepts a list of less than half of the users that the service estimates, in place of
    /// failing with [`JobError::Incomplete`].
    pub fn allow_incomplete(mut self) -> Self {
        self.listing.allows_incomplete = true;
        self
    }

    /// Returns the requests and the time that the audit takes with each way to read memberships,
    /// without starting it (DescribeUserPool, ListGroups).
    ///
    /// Permissions `cognito-idp:DescribeUserPool` and `cognito-idp:ListGroups`, for a sample
    /// `cognito-idp:ListUsers` and `cognito-idp:AdminListGroupsForUser`.
    ///
    /// # Errors
    ///
    /// As [`PoolHandle::describe`](cognito_core::PoolHandle::describe).
    pub async fn plan(&self, admin: &Admin, quota: &Quota) -> Result<AuditPlan, Error> {
        AuditPlan::new(self, &admin.with_permits(quota.clone()), quota).await
    }

    /// Runs the audit, or resumes it.
    ///
    /// Permissions `cognito-idp:DescribeUserPool`, `cognito-idp:ListUsers`, `cognito-idp:ListGroups`,
    /// and `cognito-idp:ListUsersInGroup` or `cognito-idp:AdminListGroupsForUser`, for second factors
    /// `cognito-idp:AdminGetUser`.
    pub fn run(self, admin: &Admin, quota: &Quota) -> JobRun<AuditReport> {
        JobRun::new(|context| {
            let admin = admin.with_permits(context.permits(quota));
            Work::run(self, admin, quota.clone(), context)
        })
    }
}

impl Target for Audit {
    type Report = AuditReport;

    const ROWS_HAVE_GROUPS: bool = false;

    fn listing(&self) -> &Listing {
        &self.listing
    }

    /// Creates the directories, and fails if lists cannot be moved between them.
    fn check(&self) -> Result<(), JobError> {
        let job = self.listing.paths.directory().path();
        if job.as_os_str().is_empty() {
            return Err(JobError::OutputName);
        }
        files::create_directory(job).of_file(job)?;
        let Some(lists) = &self.lists else { return Ok(()) };
        fs::create_dir_all(lists).of_file(lists)?;
        match files::share_file_system(lists, job).of_file(lists)? {
            true => Ok(()),
            false => Err(JobError::OtherFileSystem),
        }
    }

    fn has_output(&self) -> Result<bool, JobError> {
        let exists = |lists: &Path, kind| lists.join(findings::file_name(kind)).exists();
        let Some(lists) = &self.lists else { return Ok(false) };
        Ok(FindingKind::ALL.iter().any(|kind| exists(lists, *kind)))
    }

    fn write_row(&self, _: &Started, user: ListedUser<'_>, to: &mut Vec<u8>) {
        Row::new(user).write(to);
    }

    fn finish(&self, users: &Complete) -> Result<AuditReport, JobError> {
        finish::report(self, users)
    }
}
