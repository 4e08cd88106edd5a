//! `cognito users confirm`, `enable`, `disable`, `sign-out` and `delete`.

use clap::Args;

use crate::commands::selection::Users;

/// Confirms the sign-ups of users without their codes
///
/// Calls AdminConfirmSignUp, which does not verify the e-mail address and the phone number. Asks for confirmation for
/// several users.
#[derive(Args, Debug)]
#[command(before_help = "\
Examples:
  cognito users confirm alice
  cognito users confirm --filter status=UNCONFIRMED --dry-run
")]
pub(crate) struct Confirm {
    #[command(flatten)]
    pub(super) users: Users,
}

/// Enables users, who can then sign in again
///
/// Calls AdminEnableUser. Asks for confirmation for several users.
#[derive(Args, Debug)]
#[command(before_help = "\
Examples:
  cognito users enable alice
  cognito users enable --filter enabled=false
")]
pub(crate) struct Enable {
    #[command(flatten)]
    pub(super) users: Users,
}

/// Disables users: they cannot sign in, and their sessions end
///
/// Calls AdminDisableUser. Asks for confirmation for several users.
#[derive(Args, Debug)]
#[command(before_help = "\
Examples:
  cognito users disable alice
  cognito users disable --from leavers.csv --column login --dry-run
  cut -d, -f1 leavers.csv | cognito users disable --from - --yes
")]
pub(crate) struct Disable {
    #[command(flatten)]
    pub(super) users: Users,
}

/// Ends all sessions of users
///
/// Calls AdminUserGlobalSignOut, which revokes the refresh tokens. Access tokens and ID tokens that were issued stay valid
/// until they expire, except for requests to Amazon Cognito. Asks for confirmation for several users.
#[derive(Args, Debug)]
#[command(before_help = "\
Examples:
  cognito users sign-out alice
  cognito users sign-out --in-group administrators --dry-run
")]
pub(crate) struct SignOut {
    #[command(flatten)]
    pub(super) users: Users,
}

/// Deletes users, which cannot be undone
///
/// Calls AdminDeleteUser. Shows the account, the Region, the user pool and its number of users, and asks for the name of
/// the user pool; scripts confirm with --yes. In a user pool that is protected from deletion, --all is refused.
#[derive(Args, Debug)]
#[command(before_help = "\
Examples:
  cognito users delete alice
  cognito users delete --filter 'email^=test-' --dry-run
")]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(super) users: Users,
}
