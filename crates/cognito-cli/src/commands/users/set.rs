//! `cognito users set`: attributes of users.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::aws;
use crate::commands::selection::Users;
use crate::commands::user_change::{self, Change};
use crate::commands::writing::{self, Call, quoted};
use crate::failure::{Exit, Failure, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito users set alice -a email=alice@example.com -a email_verified=true
  cognito users set alice --remove nickname
  cognito users set --in-group staff -a custom:tenant=acme --dry-run
";

/// Sets attributes of users, and leaves the others unchanged
///
/// Calls AdminUpdateUserAttributes. The service may send a code to a new e-mail address or phone number, unless
/// email_verified or phone_number_verified is set to true in the same command. Asks for confirmation for several users.
///
/// --remove deletes attributes of one user (AdminDeleteUserAttributes), and cannot be combined with --attribute.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Attribute, such as email=alice@example.com; may be given several times
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = writing::pair)]
    attribute: Vec<(String, String)>,
    /// Attribute to delete; may be given several times
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    #[command(flatten)]
    users: Users,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    let attributes: BTreeMap<_, _> = arguments.attribute.iter().cloned().collect();
    match (attributes.is_empty(), arguments.remove.is_empty()) {
        (true, true) => Err(writing::nothing_to_change("pass --attribute or --remove")),
        (true, false) => remove(arguments, app).await,
        (false, true) => set(attributes, arguments, app).await,
        (false, false) => {
            let message = "--attribute and --remove cannot be combined";
            Err(Failure::usage(message).hint("run the command once for each of them"))
        }
    }
}

async fn set(
    attributes: BTreeMap<String, String>,
    arguments: &Arguments,
    app: &App,
) -> Outcome<Exit> {
    user_change::run(Change::SetAttributes { attributes }, &arguments.users, app).await
}

async fn remove(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    let username = arguments.users.single().ok_or_else(|| {
        Failure::usage("attributes are removed from one user at a time").hint("pass one user name")
    })?;
    let admin = aws::admin(app).await?;
    let names = &arguments.remove;
    let members = json!({ "Username": username, "UserAttributeNames": names });
    let call = Call::new("AdminDeleteUserAttributes", &admin, members);
    let request = admin.user(username).delete_attributes(names.iter().cloned());
    if writing::send(call, request, app).await?.is_some() {
        app.terminal.note(&format!("the attributes of {} were removed", quoted(username)));
    }
    Ok(Exit::Done)
}
