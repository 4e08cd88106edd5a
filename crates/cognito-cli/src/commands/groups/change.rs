//! `cognito groups add`, `remove` and `delete`.

use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::aws;
use crate::commands::selection::Users;
use crate::commands::user_change::{self, Change};
use crate::commands::writing::{self, Call, quoted};
use crate::failure::{Exit, Outcome};

/// Adds users to a group
///
/// Calls AdminAddUserToGroup. Users who are already in the group stay in it. Asks for confirmation for several users.
#[derive(Args, Debug)]
#[command(before_help = "\
Examples:
  cognito groups add staff alice bob
  cognito groups add staff --from staff.csv --column login --dry-run
")]
#[command(override_usage = "\
cognito groups add [OPTIONS] <GROUP> <USERNAME>...
       cognito groups add [OPTIONS] <GROUP> <--from <FILE>|--filter <CONDITION>|--in-group <GROUP>|--all>")]
pub(crate) struct Add {
    /// Name of the group
    group: String,
    #[command(flatten)]
    users: Users,
}

/// Removes users from a group
///
/// Calls AdminRemoveUserFromGroup. Asks for confirmation for several users.
#[derive(Args, Debug)]
#[command(before_help = "\
Examples:
  cognito groups remove staff alice
  cognito groups remove staff --filter enabled=false
")]
#[command(override_usage = "\
cognito groups remove [OPTIONS] <GROUP> <USERNAME>...
       cognito groups remove [OPTIONS] <GROUP> <--from <FILE>|--filter <CONDITION>|--in-group <GROUP>|--all>")]
pub(crate) struct Remove {
    /// Name of the group
    group: String,
    #[command(flatten)]
    users: Users,
}

/// Deletes a group with its memberships, which cannot be undone
///
/// Calls DeleteGroup. The users of the group are not deleted. Asks for the name of the user pool; scripts confirm with
/// --yes.
#[derive(Args, Debug)]
#[command(before_help = "\
Examples:
  cognito groups delete staff
  cognito groups delete staff --yes
")]
pub(crate) struct Delete {
    /// Name of the group
    group: String,
}

pub(crate) async fn add(add: Add, app: &App) -> Outcome<Exit> {
    user_change::run(Change::AddToGroup { group: add.group }, &add.users, app).await
}

pub(crate) async fn remove(remove: Remove, app: &App) -> Outcome<Exit> {
    user_change::run(Change::RemoveFromGroup { group: remove.group }, &remove.users, app).await
}

pub(crate) async fn delete(delete: &Delete, app: &App) -> Outcome {
    let admin = aws::admin(app).await?;
    let name = quoted(&delete.group);
    writing::confirm(&format!("deletes the group {name} with its memberships"), &admin, app)
        .await?;
    let call = Call::new("DeleteGroup", &admin, json!({ "GroupName": delete.group }));
    if writing::send(call, admin.group(&delete.group).delete(), app).await?.is_some() {
        app.terminal.note(&format!("the group {name} was deleted"));
    }
    Ok(())
}
