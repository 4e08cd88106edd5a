//! `cognito users get`: one user with groups and second factors.

use clap::Args;

use super::list::record;
use crate::app::App;
use crate::aws;
use crate::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  cognito users get alice
  cognito users get alice@example.com --output json
  cognito users get alice --fields username,status,groups,email
";

/// Shows a user, with attributes, groups and second factors
///
/// Calls AdminGetUser, which counts the user as monthly active, and AdminListGroupsForUser.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// User name, sub, or an alias such as an e-mail address
    username: String,
    /// Leave out the groups, and the request that lists them
    #[arg(long)]
    no_groups: bool,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let admin = aws::admin(app).await?;
    let user = admin.user(&arguments.username).get().await?;
    let mut shown = record(&user);
    if !arguments.no_groups {
        let groups = admin.user(user.username()).groups().await?;
        let names: Vec<String> = groups.iter().map(|group| group.name().to_owned()).collect();
        shown = shown.with("groups", names);
    }
    let factors = user.mfa_factors().to_vec();
    app.output.record(&shown.with("mfa", factors).with("preferred_mfa", user.preferred_mfa()))
}
