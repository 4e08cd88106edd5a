//! The list of all users of a pool, in parts on disk, which exports and audits share.

mod cost;
mod members;
mod paths;
mod progress;
mod shard;
mod shards;
mod work;

use std::path::PathBuf;

use cognito_core::UserRecord;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(crate) use self::cost::{estimated_users, pages, probes, time};
pub(crate) use self::members::GroupsOfUsers;
pub(crate) use self::paths::Paths;
pub(crate) use self::progress::{Complete, ListedGroup, Started};
pub(crate) use self::shards::users_of;
pub(crate) use self::work::Work;
use crate::error::JobError;
use crate::job_shard::JobShard;

/// The number of users from which a shard is divided, unless the job sets another one.
pub const DEFAULT_SHARD_USERS: u64 = 12_000;

/// The requests that read the memberships of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Memberships {
    /// Lists the users of each group (ListUsersInGroup): a request for 60 memberships.
    ByGroup,
    /// Lists the groups of each user (AdminListGroupsForUser): a request for each user, who then
    /// counts as monthly active.
    ByUser,
}

/// The settings and files of the list of a job.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    /// The path of the output, which a resumed job must share with the earlier run.
    pub(crate) output: PathBuf,
    /// The directory of the job.
    pub(crate) paths: Paths,
    pub(crate) settings: Settings,
    pub(crate) allows_incomplete: bool,
    /// The fencing number of the claim, if a worker has claimed the part.
    pub(crate) fence: Option<u64>,
}

/// The settings that a resumed job must share with the earlier run, because its files depend on
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) rows: RowFormat,
    pub(crate) memberships: Option<Memberships>,
    pub(crate) mfa: bool,
    pub(crate) shard_users: u64,
    /// The part of the users that is listed; all of them by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shard: Option<JobShard>,
}

/// The format of the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RowFormat {
    JsonLines,
    Csv,
    Audit,
}

/// A user, with the groups and the second factors if they are requested.
#[derive(Clone, Copy)]
pub(crate) struct ListedUser<'a> {
    pub(crate) user: &'a UserRecord,
    /// The numbers of the groups, in order, if rows contain them.
    pub(crate) groups: Option<&'a [u32]>,
    /// The response of AdminGetUser, which contains the second factors.
    pub(crate) details: Option<&'a UserRecord>,
}

/// A job that lists all users of a pool.
pub(crate) trait Target: Clone + Send + Sync + 'static {
    type Report: Serialize + DeserializeOwned + Send + 'static;

    /// True if rows contain the groups of users when memberships are listed by group. Otherwise
    /// they are joined at the end by [`Complete::groups_of_users`], and users and groups are listed
    /// concurrently, because the pages of a group can only be listed one after the other.
    const ROWS_HAVE_GROUPS: bool;

    fn listing(&self) -> &Listing;

    /// Fails if the output could not be written at the end. Sends no request.
    fn check(&self) -> Result<(), JobError>;

    /// Returns whether an output exists, of this job or another.
    fn has_output(&self) -> Result<bool, JobError>;

    /// Appends the row of a user to a part.
    fn write_row(&self, started: &Started, user: ListedUser<'_>, to: &mut Vec<u8>);

    /// Writes the output from the complete parts, on a thread that may block.
    ///
    /// A run that is resumed after a kill calls it again, so it replaces the files of the earlier
    /// call.
    fn finish(&self, users: &Complete) -> Result<Self::Report, JobError>;
}
