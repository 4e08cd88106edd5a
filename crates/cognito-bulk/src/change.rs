//! Changes of many users.

mod listed;
mod names;
mod plan;
mod send;
mod users;

use std::fmt;
use std::path::PathBuf;

use cognito_core::{Admin, Attributes};
use cognito_types::QuotaCategory;

pub use self::plan::MassChangePlan;
pub use self::users::{UserNames, UserQuery, UserSelection};
use crate::error::JobError;
use crate::job_shard::JobShard;
use crate::quota::Quota;
use crate::run::JobRun;
use crate::writes::{self, JobFiles, WriteReport};

/// A change of one user, which a [`MassChange`] makes to many.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserChange {
    /// Adds the user to a group (AdminAddUserToGroup).
    AddToGroup(String),
    /// Removes the user from a group (AdminRemoveUserFromGroup).
    RemoveFromGroup(String),
    /// Lets the user sign in again (AdminEnableUser).
    Enable,
    /// Keeps the user from signing in, and ends the sessions (AdminDisableUser).
    Disable,
    /// Sets attributes, the same for all users (AdminUpdateUserAttributes).
    ///
    /// The service may send a code to a new address or phone number, unless `email_verified` or
    /// `phone_number_verified` is set to `true` with it.
    SetAttributes(Attributes),
    /// Makes the password invalid, and sends a code to set another one (AdminResetUserPassword).
    ResetPassword,
    /// Confirms the sign-up without its code, and verifies no address (AdminConfirmSignUp).
    ConfirmSignUp,
    /// Ends all sessions of the user (AdminUserGlobalSignOut).
    SignOutEverywhere,
    /// Deletes the user, which cannot be undone (AdminDeleteUser).
    DeletePermanently,
}

/// A change of many users, which is resumed where it ended.
///
/// A run that ends early, also by a kill, is resumed by running the same change again: users that
/// have an outcome are not changed again. Until then the directory `<outcomes>.job` has a journal
/// and the names of the users. At the end, the file of outcomes has a line for each user, in the
/// order of the input, and replaces no file.
///
/// A change that sends messages, or that the service refuses the second time
/// ([`ConfirmSignUp`](UserChange::ConfirmSignUp)), is written to the journal before it is sent. If the run ends before
/// its response, the next one reads the user: [`ItemOutcome::Unknown`](crate::ItemOutcome::Unknown)
/// is the outcome if that cannot tell, and the journal stays for
/// [`repeat_unknown`](Self::repeat_unknown).
///
/// ```
/// # mod cognito { pub use cognito_core::Admin; pub mod bulk { pub use cognito_bulk::*; } }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// # admin.create_user("bob").suppress_invitation().await?;
/// # let directory = tempfile::tempdir()?;
/// # let outcomes = directory.path().join("disabled.jsonl");
/// use cognito::bulk::{MassChange, Quota, UserChange, UserNames};
///
/// let quota = Quota::builder().build();
/// let leavers = UserNames::of(["bob", "carol"]);
/// let change = MassChange::new(UserChange::Disable, leavers, &outcomes);
/// let report = change.run(&admin, &quota).finish().await?;
/// assert_eq!((report.outcomes.done, report.outcomes.failed), (1, 1));
/// assert!(std::fs::read_to_string(&outcomes)?.contains("UserNotFound"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct MassChange {
    change: UserChange,
    users: UserSelection,
    files: JobFiles,
    repeats_unknown: bool,
    shard: Option<JobShard>,
    fence: Option<u64>,
}

impl MassChange {
    /// Creates a change of users, whose outcomes are written to a file that does not exist: an
    /// object with `username` and `outcome` in each line, and `reason`, or `error` and `message`.
    pub fn new(
        change: UserChange,
        users: impl Into<UserSelection>,
        outcomes: impl Into<PathBuf>,
    ) -> Self {
        let (users, files) = (users.into(), JobFiles::of(outcomes));
        Self { change, users, files, repeats_unknown: false, shard: None, fence: None }
    }

    /// Sends requests again that may have had their effect, such as to send a message a second
    /// time, when a run is resumed or has finished with outcomes that are unknown. The file of
    /// outcomes of that run is replaced.
    pub fn repeat_unknown(mut self) -> Self {
        self.repeats_unknown = true;
        self
    }

    /// Changes one of several parts of the users, whose outcomes have a file each. Together the parts
    /// change every user once.
    ///
    /// Each part reads the whole list of names, or lists all users of a query.
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

    /// Sets the directory in which the job has its own, `<name of the outcomes>.job`, with the
    /// journal; that of the outcomes by default. It has to be in the file system of the outcomes.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.files = self.files.within(directory);
        self
    }

    /// Returns the requests, the time, the messages and the monthly active users of the change,
    /// without a change.
    ///
    /// It reads a list of names, and lists the users of a query (ListUsers, ListUsersInGroup); for
    /// all users it takes the service's estimate (DescribeUserPool).
    ///
    /// # Errors
    ///
    /// [`JobError::Request`], and [`JobError::Io`] or [`JobError::InvalidInput`] for a file of names.
    pub async fn plan(&self, admin: &Admin, quota: &Quota) -> Result<MassChangePlan, JobError> {
        MassChangePlan::new(self, &admin.with_permits(quota.clone()), quota).await
    }

    /// Changes the users, or resumes an earlier run.
    ///
    /// Permissions: that of the change, such as `cognito-idp:AdminDisableUser`;
    /// `cognito-idp:ListUsers` or `cognito-idp:ListUsersInGroup` for a query;
    /// `cognito-idp:AdminGetUser` for a change that sends messages, and to confirm sign-ups.
    pub fn run(self, admin: &Admin, quota: &Quota) -> JobRun<WriteReport> {
        let (admin, quota) = (admin.clone(), quota.clone());
        JobRun::new(|context| {
            let (files, repeats_unknown) = (self.files.clone(), self.repeats_unknown);
            writes::run(self, files, repeats_unknown, admin, quota, context)
        })
    }
}

impl UserChange {
    fn category(&self) -> QuotaCategory {
        match self {
            Self::ResetPassword => QuotaCategory::UserAccountRecovery,
            Self::ConfirmSignUp => QuotaCategory::UserCreation,
            _ => QuotaCategory::UserUpdate,
        }
    }

    /// Returns the number of messages that the service sends to a user at most.
    fn messages(&self) -> u64 {
        match self {
            Self::ResetPassword => 1,
            Self::SetAttributes(attributes) => {
                let is_sent = |name: &str, is_verified: Option<bool>| {
                    attributes.get(name).is_some() && is_verified != Some(true)
                };
                u64::from(is_sent("email", attributes.email_verified()))
                    + u64::from(is_sent("phone_number", attributes.phone_number_verified()))
            }
            _ => 0,
        }
    }
}

impl fmt::Debug for MassChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MassChange")
            .field("change", &self.change)
            .field("users", &self.users)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}
