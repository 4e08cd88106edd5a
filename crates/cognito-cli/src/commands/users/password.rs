//! `cognito users password`: a new password, or a code to set one.

use clap::Args;
use serde_json::json;

use super::new_password::NewPassword;
use crate::app::App;
use crate::aws;
use crate::commands::selection::Users;
use crate::commands::steps::Step;
use crate::commands::user_change::{self, Change};
use crate::commands::writing::{self, Call, REDACTED, quoted};
use crate::failure::{Exit, Failure, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito users password alice
  pass show cognito/alice | cognito users password alice --password-stdin --temporary
  cognito users password alice --reset
  cognito users password --reset --in-group staff --dry-run
";

/// Sets the password of a user, or resets the passwords of users
///
/// Without --reset, sets the password of one user (AdminSetUserPassword). It is read from standard input
/// (--password-stdin), from COGNITO_NEW_PASSWORD, or from a prompt. With --reset, the passwords become invalid, and the service sends each user a
/// code for setting another one (AdminResetUserPassword); the program asks for confirmation.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Invalidate the password, and send a code for setting another one; also for several users
    #[arg(long, conflicts_with_all = ["password_stdin", "temporary"])]
    reset: bool,
    #[command(flatten)]
    password: NewPassword,
    #[command(flatten)]
    users: Users,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    if arguments.reset {
        return user_change::run(Change::ResetPassword, &arguments.users, app).await;
    }
    let username = arguments.users.single().ok_or_else(|| {
        Failure::usage("a password can be set for one user at a time")
            .hint("pass one user name, or --reset")
    })?;
    if app.parts.get().is_some() {
        return Err(
            Failure::usage("workers can reset passwords, and cannot set them").hint("pass --reset")
        );
    }
    let admin = aws::admin(app).await?;
    let is_permanent = !arguments.password.is_temporary();
    let members = json!({ "Username": username, "Password": REDACTED, "Permanent": is_permanent });
    let call = Call::new("AdminSetUserPassword", &admin, members);
    if app.dry_run {
        return writing::show(&[call], app).map(|()| Exit::Done);
    }
    let (user, password) = (admin.user(username), arguments.password.read(app).await?);
    app.steps.plan(vec![Step::new("AdminSetUserPassword")]);
    match is_permanent {
        true => app.steps.send(user.set_password(password)).await?,
        false => app.steps.send(user.set_temporary_password(password)).await?,
    }
    app.terminal.note(&format!("the password of {} was set", quoted(username)));
    Ok(Exit::Done)
}
