//! `cognito clients describe`: the settings of an app client.

use clap::Args;

use crate::app::App;
use crate::aws;
use crate::commands::described;
use crate::configuration::Setting;
use crate::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  cognito clients describe 1example23456789
  cognito clients describe --output json --fields CallbackURLs,AllowedOAuthFlows
";

/// Shows the settings of an app client, without its secret
///
/// Calls DescribeUserPoolClient. The fields are those of the service; --fields also accepts a path such as
/// TokenValidityUnits.AccessToken.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Id of the app client; by default --client or COGNITO_CLIENT
    id: Option<String>,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let id = match &arguments.id {
        Some(id) => id,
        None => app.settings.require(Setting::Client)?,
    };
    let admin = aws::admin(app).await?;
    let settings = described::of_client(&admin, id).await?;
    app.output.record(&described::record(settings))
}
