//! `cognito users list`: all users, page by page.

use clap::Args;
use cognito::admin::UserRecord;
use cognito::types::Pages;

use super::record::{FIELDS, TABLE_FIELDS, record};
use crate::app::App;
use crate::aws;
use crate::commands::listing::{self, Limit};
use crate::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  cognito users list --limit 20
  cognito users list --output jsonl | jq 'select(.status == \"UNCONFIRMED\")'
  cognito users list --fields username,email,custom:tenant --output csv
";

/// Lists the users
///
/// Calls ListUsers. Besides the fields of an export (username, sub, status, enabled, created, modified,
/// attributes), --fields takes the names of attributes. Tables have a selection of them.
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
