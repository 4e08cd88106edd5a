//! `cognito groups members`: the users of a group.

use clap::Args;

use crate::app::App;
use crate::aws;
use crate::commands::listing::Limit;
use crate::commands::users::write_users;
use crate::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  cognito groups members admins
  cognito groups members admins --fields username,email --output csv
";

/// Lists the users of a group
///
/// Calls ListUsersInGroup. The fields are those of `cognito users list`.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Name of the group
    group: String,
    #[command(flatten)]
    limit: Limit,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let admin = aws::admin(app).await?;
    let users = admin.group(&arguments.group).users();
    let users = users.page_size(arguments.limit.page_size()).pages();
    write_users(users, &arguments.limit, "the group has no users", app, &admin).await
}
