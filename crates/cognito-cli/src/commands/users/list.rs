//! `cognito users list`: all users, page by page.

use clap::Args;
use cognito::admin::UserRecord;
use cognito::types::Pages;
use serde_json::{Map, Value};

use crate::app::App;
use crate::aws;
use crate::commands::listing::{self, Limit};
use crate::failure::Outcome;
use crate::output::{Record, time};

const EXAMPLES: &str = "\
Examples:
  cognito users list --limit 20
  cognito users list --output jsonl | jq 'select(.status == \"UNCONFIRMED\")'
  cognito users list --fields username,email,custom:tenant --output csv
";

/// The fields of a user in a list.
const FIELDS: [&str; 7] =
    ["username", "sub", "status", "enabled", "created", "modified", "attributes"];

/// The fields of a user in a table of users.
const TABLE_FIELDS: [&str; 5] = ["username", "status", "enabled", "created", "email"];

/// Lists the users of the user pool
///
/// Calls ListUsers. The fields are username, sub, status, enabled, created, modified and attributes. --fields also accepts
/// the names of attributes. By default, a table contains username, status, enabled, created and email.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    limit: Limit,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let admin = aws::admin(app).await?;
    let users = admin.users().page_size(arguments.limit.page_size()).pages();
    write_users(users, &arguments.limit, "there are no users", app, &admin).await
}

/// Writes users page by page.
pub(crate) async fn write_users(
    users: Pages<UserRecord>,
    limit: &Limit,
    none: &str,
    app: &App,
    admin: &cognito::Admin,
) -> Outcome {
    let fields = listing::Fields { all: &FIELDS, of_tables: &TABLE_FIELDS };
    let written = listing::write(users, limit, fields, record, app).await?;
    listing::note_if_empty(written, none, admin.pool_id(), app);
    Ok(())
}

/// Returns a user as a record, with the fields of an export.
pub(super) fn record(user: &UserRecord) -> Record {
    let attributes = user.attributes().iter().filter(|(name, _)| *name != "sub");
    let attributes = attributes.map(|(name, value)| (name.to_owned(), Value::from(value)));
    Record::new()
        .with("username", user.username())
        .with("sub", user.subject())
        .with("status", user.status().as_str())
        .with("enabled", user.is_enabled())
        .with("created", time(user.created_at()))
        .with("modified", time(user.modified_at()))
        .with("attributes", Value::Object(attributes.collect::<Map<_, _>>()))
}
