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

/// A change of a user, which a [`MassChange`] applies to many users.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserChange {
    /// Adds the user to a group (AdminAddUserToGroup).
    AddToGroup(String),
    /// Removes the user from a group (AdminRemoveUserFromGroup).
    RemoveFromGroup(String),
    /// Lets the user sign in again (AdminEnableUser).
    Enable,
    /// Prevents the user from signing in, and ends all sessions (AdminDisableUser).
    Disable,
    /// Sets attributes, the same for all users (AdminUpdateUserAttributes).
    ///
    /// The service may send a code to a new address or phone number, unless the change also sets
    /// `email_verified` or `phone_number_verified` to `true`.
    SetAttributes(Attributes),
    /// Invalidates the password, and sends a code for setting a new one (AdminResetUserPassword).
    ResetPassword,
    /// Confirms the sign-up without a code. It does not verify addresses (AdminConfirmSignUp).
    ConfirmSignUp,
    /// Ends all sessions of the user (AdminUserGlobalSignOut).
    SignOutEverywhere,
    /// Deletes the user, which cannot be undone (AdminDeleteUser).
    DeletePermanently,
}

/// A change of many users, which can be resumed.
///
/// A run that ends early, even if it was killed, is resumed by running the same change again: users
/// with an outcome are not changed again. Until the end, the directory `<outcomes>.job` contains a
/// journal and the names of the users. The file of outcomes is written at the end, with a line for
/// each user in the order of the input, and never replaces a file.
///
/// A change that sends messages, or that the service refuses the second time
/// ([`ConfirmSignUp`](UserChange::ConfirmSignUp)), is written to the journal before it is sent. If
/// the run ends before the response, the next run reads the user. If this does not show whether the
/// change took effect, the outcome is [`ItemOutcome::Unknown`](crate::ItemOutcome::Unknown), and
/// the journal is kept for [`repeat_unknown`](Self::repeat_unknown).
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
    /// Creates a change of users, with the path of its file of outcomes, which must not exist. Each
    /// line is an object with `username` and `outcome`, and with `reason`, or `error` and
    /// `message`.
    pub fn new(
        change: UserChange,
        users: impl Into<UserSelection>,
        outcomes: impl Into<PathBuf>,
    ) -> Self {
        let (users, files) = (users.into(), JobFiles::of(outcomes));
        Self { change, users, files, repeats_unknown: false, shard: None, fence: None }
    }

    /// Repeats requests whose effect is unknown, when the run is resumed or has finished with
    /// unknown outcomes. This may send a message a second time. The file of outcomes of the earlier
    /// run is replaced.
    pub fn repeat_unknown(mut self) -> Self {
        self.repeats_unknown = true;
        self
    }

    /// Changes only one of several parts of the users. Each part has its own file of outcomes;
    /// together they change every user once.
    ///
    /// Each part reads the whole list of names, or lists all users of a query.
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

    /// Sets the parent of the job's directory, `<name of the outcomes>.job`, which contains the
    /// journal. By default it is the directory of the outcomes. It has to be on the same file
    /// system as the outcomes.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.files = self.files.within(directory);
        self
    }

    /// Returns the requests, the time, the messages and the monthly active users of the change,
    /// without changing users.
    ///
    /// It reads a list of names, or lists the users of a query (ListUsers, ListUsersInGroup). For
    /// all users it uses the service's estimate (DescribeUserPool).
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

    /// Returns the maximum number of messages that the service sends to a user.
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::*;
    use crate::run::JobEvent;

    include!("example.rs");

    #[tokio::test]
    async fn failed_write_of_the_journal_ends_the_run_of_concurrent_requests() {
        let directory = tempfile::tempdir().unwrap();
        let outcomes = directory.path().join("reset.jsonl");
        let names = UserNames::of(["bob", "carol"]);
        let change = MassChange::new(UserChange::ResetPassword, names, &outcomes).fencing_number(1);
        let mut run = change.run(&admin().unwrap(), &Quota::builder().build());
        let event = run.next_event().await.unwrap();
        assert!(matches!(event, JobEvent::Started { expected: 2, .. }), "{event:?}");
        // A later claim makes the writes fail: the first one with its error, the second one because
        // the journal is closed.
        let journal = directory.path().join("reset.jsonl.job/journal.jsonl");
        let mut file = File::options().append(true).open(&journal).unwrap();
        file.write_all(b"{\"sum\":\"0\",\"fence\":2}\n").unwrap();
        let error = run.finish().await.unwrap_err();
        assert!(matches!(error, JobError::TakenOver), "{error:?}");
        assert!(!outcomes.exists());
    }
}
