//! `cognito groups of`: the groups of a user.

use clap::Args;

use super::list::write_groups;
use crate::app::App;
use crate::aws;
use crate::commands::listing::Limit;
use crate::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  cognito groups of alice
  cognito groups of alice --fields name --output csv
";

/// Lists the groups of a user
///
/// Calls AdminListGroupsForUser, which counts the user as monthly active. The fields are those of `cognito groups list`.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// User name, sub, or an alias such as an e-mail address
    username: String,
    #[command(flatten)]
    limit: Limit,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let admin = aws::admin(app).await?;
    let groups = admin.user(&arguments.username).groups();
    let groups = groups.page_size(arguments.limit.page_size()).pages();
    write_groups(groups, &arguments.limit, "the user has no groups", app, &admin).await
}
