//! `cognito users create`: creates a user, by default without a message.

use clap::{Args, ValueEnum};
use cognito::Admin;
use cognito::admin::{CreateUser, UserRecord};
use cognito::types::Password;
use serde_json::{Value, json};

use super::list::record;
use super::new_password::NewPassword;
use crate::app::App;
use crate::aws;
use crate::commands::steps::Step;
use crate::commands::writing::{self, Call, REDACTED, quoted};
use crate::failure::{Failure, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito users create alice -a email=alice@example.com -a email_verified=true --invite email
  pass show cognito/bob | cognito users create bob --password-stdin --group staff
  cognito users create carol --dry-run
";

/// Creates a user
///
/// Calls AdminCreateUser. No message is sent without --invite. Without a password, the service generates a temporary one,
/// which only an invitation contains.
///
/// A password is set with --with-password or --password-stdin. It is permanent (AdminSetUserPassword, then AdminGetUser),
/// unless --temporary is given; --invite requires --temporary then. Calls AdminAddUserToGroup for each group.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// User name; in a pool that uses e-mail addresses or phone numbers as user names, one of these
    username: String,
    /// Attribute, such as email=alice@example.com; may be given several times
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = writing::pair)]
    attribute: Vec<(String, String)>,
    /// Send an invitation with the temporary password, by e-mail or text message; may be given several times
    #[arg(long, value_name = "MEDIUM")]
    invite: Vec<Medium>,
    /// Read the password from COGNITO_NEW_PASSWORD, or else from a prompt
    #[arg(long)]
    with_password: bool,
    #[command(flatten)]
    password: NewPassword,
    /// Group of the user; may be given several times
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Medium {
    Email,
    Sms,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    arguments.check()?;
    let admin = aws::admin(app).await?;
    if app.dry_run {
        return writing::show(&arguments.calls(&admin), app);
    }
    let password = match arguments.has_password() {
        true => Some(arguments.password.read(app).await?),
        false => None,
    };
    let (temporary, permanent) = match arguments.password.is_temporary() {
        true => (password, None),
        false => (None, password),
    };
    app.steps.plan(arguments.steps(permanent.is_some()));
    let mut user = app.steps.send(arguments.request(&admin, temporary)).await?;
    complete(&mut user, permanent, &arguments.group, &admin, app).await?;
    app.terminal.note(&format!("the user {} was created", quoted(&arguments.username)));
    app.output.record(&record(&user).with("groups", arguments.group.clone()))
}

/// Sets the password, adds the groups, and reads the user again if the status has changed.
async fn complete(
    user: &mut UserRecord,
    password: Option<Password>,
    groups: &[String],
    admin: &Admin,
    app: &App,
) -> Outcome {
    let handle = admin.user(user.username());
    if let Some(password) = password {
        app.steps.send(handle.set_password(password)).await?;
        *user = handle.get().await?;
    }
    for group in groups {
        app.steps.send(handle.add_to_group(group)).await?;
    }
    Ok(())
}

impl Arguments {
    /// Rejects an invitation together with a permanent password, which would invalidate the
    /// password in the message.
    fn check(&self) -> Outcome {
        if self.invite.is_empty() || !self.has_password() || self.password.is_temporary() {
            return Ok(());
        }
        let failure =
            Failure::usage("--invite sends a temporary password, and this one is permanent");
        Err(failure.hint("pass --temporary, or leave --invite out"))
    }

    fn has_password(&self) -> bool {
        self.with_password || self.password.is_of_input()
    }

    fn request(&self, admin: &Admin, temporary: Option<Password>) -> CreateUser {
        let request = admin.create_user(&self.username);
        let attributes = self.attribute.iter();
        let request =
            attributes.fold(request, |request, (name, value)| request.attribute(name, value));
        let request = self.invite.iter().fold(request, |request, medium| match medium {
            Medium::Email => request.invite_by_email(),
            Medium::Sms => request.invite_by_sms(),
        });
        let request = match temporary {
            Some(password) => request.temporary_password(password),
            None => request,
        };
        if self.invite.is_empty() { request.suppress_invitation() } else { request }
    }

    /// Returns the steps for the requests of [`Self::calls`], each with the command that completes or
    /// checks it.
    fn steps(&self, has_permanent_password: bool) -> Vec<Step> {
        let (username, name) = (&*self.username, quoted(&self.username));
        // The command only reads the user, because a user who may already exist cannot be created
        // again.
        let create = Step::new(format!("create the user {name}"));
        let create = create.command(&["users", "get"], &[username]);
        let password = Step::new(format!("set the password of the user {name}"));
        let password = password.command(&["users", "password"], &[username]);
        let groups = self.group.iter().map(|group| {
            let step = Step::new(format!("add the user {name} to the group {}", quoted(group)));
            step.command(&["groups", "add"], &[group, username])
        });
        let password = has_permanent_password.then_some(password);
        [create].into_iter().chain(password).chain(groups).collect()
    }

    fn calls(&self, admin: &Admin) -> Vec<Call> {
        let (username, mut calls) = (&self.username, Vec::new());
        let is_temporary = self.password.is_temporary();
        let temporary = (self.has_password() && is_temporary).then_some(REDACTED);
        let pairs = self.attribute.iter().map(|(name, value)| (&**name, &**value));
        let media = self.invite.iter().map(|medium| match medium {
            Medium::Email => "EMAIL",
            Medium::Sms => "SMS",
        });
        let media = media.collect::<Vec<_>>();
        let (action, media) = match media.is_empty() {
            true => (Some("SUPPRESS"), Value::Null),
            false => (None, media.into()),
        };
        let members = json!({
            "Username": username, "UserAttributes": writing::attributes(pairs),
            "TemporaryPassword": temporary, "MessageAction": action,
            "DesiredDeliveryMediums": media
        });
        calls.push(Call::new("AdminCreateUser", admin, members));
        if self.has_password() && !is_temporary {
            let members = json!({ "Username": username, "Password": REDACTED, "Permanent": true });
            calls.push(Call::new("AdminSetUserPassword", admin, members));
        }
        calls.extend(self.group.iter().map(|group| {
            let members = json!({ "Username": username, "GroupName": group });
            Call::new("AdminAddUserToGroup", admin, members)
        }));
        calls
    }
}
