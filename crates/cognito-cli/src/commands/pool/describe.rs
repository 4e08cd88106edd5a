//! `cognito pool describe`: the settings of a user pool.

use clap::Args;

use crate::app::App;
use crate::aws;
use crate::commands::described;
use crate::failure::{Exit, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito pool describe
  cognito pool describe --fields Name,EstimatedNumberOfUsers,Policies.PasswordPolicy
  cognito pool describe --output json > reviewed.json
";

/// Shows the settings of a user pool
///
/// Calls DescribeUserPool, and GetUserPoolMfaConfig for the field MfaConfig. The fields are those of the
/// service; --fields also accepts a path such as Policies.PasswordPolicy.MinimumLength.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: &Arguments, app: &App) -> Outcome<Exit> {
    let admin = aws::admin(app).await?;
    app.output.record(&described::record(described::of_pool(&admin).await?))?;
    Ok(Exit::Done)
}
