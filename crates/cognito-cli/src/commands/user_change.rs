//! A change of one user with a request, or of many users with a job.

use std::collections::BTreeMap;

use cognito::account::Attributes;
use cognito::bulk::UserChange;
use cognito::{Admin, Error};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::selection::Users;
use crate::commands::writing::{self, Call, quoted};
use crate::failure::{Exit, Outcome};
use crate::jobs::mass_change;

/// A change of users, also in the form in which jobs store it.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(crate) enum Change {
    AddToGroup { group: String },
    RemoveFromGroup { group: String },
    Enable,
    Disable,
    SetAttributes { attributes: BTreeMap<String, String> },
    ResetPassword,
    ConfirmSignUp,
    SignOut,
    Delete,
}

/// Changes the users that the command line selects: one user with a request, several with a job.
pub(crate) async fn run(change: Change, users: &Users, app: &App) -> Outcome<Exit> {
    match users.single() {
        Some(username) if app.parts.get().is_none() => one(&change, username, app).await,
        _ => mass_change::start(change, users, app).await,
    }
}

async fn one(change: &Change, username: &str, app: &App) -> Outcome<Exit> {
    let admin = crate::aws::admin(app).await?;
    let name = quoted(username);
    if *change == Change::Delete {
        writing::confirm(&format!("deletes the user {name}"), &admin, app).await?;
    }
    if *change == Change::ResetPassword && !app.dry_run {
        let question = format!("The password of the user {name} becomes invalid. Send a code?");
        app.terminal.agree(&question).await?;
    }
    let call = Call::new(change.operation(), &admin, change.members(username));
    if writing::send(call, change.send(&admin, username), app).await?.is_some() {
        app.terminal.note(&format!("the user {name} was {}", change.done()));
    }
    Ok(Exit::Done)
}

impl Change {
    /// Returns the change for a job of the library.
    pub(crate) fn of_users(&self) -> UserChange {
        match self {
            Self::AddToGroup { group } => UserChange::AddToGroup(group.clone()),
            Self::RemoveFromGroup { group } => UserChange::RemoveFromGroup(group.clone()),
            Self::Enable => UserChange::Enable,
            Self::Disable => UserChange::Disable,
            Self::SetAttributes { attributes } => UserChange::SetAttributes(of_map(attributes)),
            Self::ResetPassword => UserChange::ResetPassword,
            Self::ConfirmSignUp => UserChange::ConfirmSignUp,
            Self::SignOut => UserChange::SignOutEverywhere,
            Self::Delete => UserChange::DeletePermanently,
        }
    }

    /// Returns the name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::AddToGroup { .. } => "AdminAddUserToGroup",
            Self::RemoveFromGroup { .. } => "AdminRemoveUserFromGroup",
            Self::Enable => "AdminEnableUser",
            Self::Disable => "AdminDisableUser",
            Self::SetAttributes { .. } => "AdminUpdateUserAttributes",
            Self::ResetPassword => "AdminResetUserPassword",
            Self::ConfirmSignUp => "AdminConfirmSignUp",
            Self::SignOut => "AdminUserGlobalSignOut",
            Self::Delete => "AdminDeleteUser",
        }
    }

    /// Completes "The users are …".
    pub(crate) fn done(&self) -> String {
        match self {
            Self::AddToGroup { group } => format!("added to the group {}", quoted(group)),
            Self::RemoveFromGroup { group } => format!("removed from the group {}", quoted(group)),
            Self::Enable => "enabled".to_owned(),
            Self::Disable => "disabled, and signed out".to_owned(),
            Self::SetAttributes { attributes } => {
                let names: Vec<&str> = attributes.keys().map(String::as_str).collect();
                format!("given the attributes {}", quoted(&names.join(", ")))
            }
            Self::ResetPassword => "sent a code for setting another password".to_owned(),
            Self::ConfirmSignUp => "confirmed".to_owned(),
            Self::SignOut => "signed out everywhere".to_owned(),
            Self::Delete => "deleted".to_owned(),
        }
    }

    /// Returns the name of the change in the id of a job.
    pub(crate) fn slug(&self) -> &'static str {
        match self {
            Self::AddToGroup { .. } => "add-to-group",
            Self::RemoveFromGroup { .. } => "remove-from-group",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::SetAttributes { .. } => "set-attributes",
            Self::ResetPassword => "reset-password",
            Self::ConfirmSignUp => "confirm",
            Self::SignOut => "sign-out",
            Self::Delete => "delete",
        }
    }

    fn members(&self, username: &str) -> Value {
        match self {
            Self::AddToGroup { group } | Self::RemoveFromGroup { group } => {
                json!({ "GroupName": group, "Username": username })
            }
            Self::SetAttributes { attributes } => {
                let pairs = attributes.iter().map(|(name, value)| (&**name, &**value));
                json!({ "Username": username, "UserAttributes": writing::attributes(pairs) })
            }
            _ => json!({ "Username": username }),
        }
    }

    async fn send(&self, admin: &Admin, username: &str) -> Result<(), Error> {
        let user = admin.user(username);
        match self {
            Self::AddToGroup { group } => user.add_to_group(group).await,
            Self::RemoveFromGroup { group } => user.remove_from_group(group).await,
            Self::Enable => user.enable().await,
            Self::Disable => user.disable().await,
            Self::SetAttributes { attributes } => {
                user.update_attributes(&of_map(attributes)).await.map(drop)
            }
            Self::ResetPassword => user.reset_password().await.map(drop),
            Self::ConfirmSignUp => user.confirm_sign_up().await,
            Self::SignOut => user.sign_out_everywhere().await,
            Self::Delete => user.delete().await,
        }
    }
}

/// Converts pairs of names and values to attributes.
pub(crate) fn of_map(pairs: &BTreeMap<String, String>) -> Attributes {
    let mut attributes = Attributes::new();
    pairs.iter().for_each(|(name, value)| attributes.set(name, value));
    attributes
}
