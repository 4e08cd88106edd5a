//! `cognito clients allow-cli-login`: an app client for `cognito login --browser`.

use clap::Args;
use serde_json::Value;

use super::update::{ALLOWED_FLOWS, CALLBACKS, FLOWS_ALLOWED, PROVIDERS, SCOPES, id, write};
use crate::app::App;
use crate::aws;
use crate::commands::described;
use crate::commands::edits::Edited;
use crate::commands::login::PORT;
use crate::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  cognito clients allow-cli-login --dry-run
  cognito clients allow-cli-login 1example23456789 --port 9000
";

/// Configures an app client for `cognito login --browser`
///
/// Adds the callback URL http://localhost:8765/callback, and allows the OAuth flow `code`. If the app client has no
/// scope, adds openid; if it has no identity provider, adds COGNITO, the users of the pool. Shows the difference, and
/// asks for confirmation. Calls DescribeUserPoolClient and UpdateUserPoolClient.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Id of the app client; by default --client or COGNITO_CLIENT
    id: Option<String>,
    /// Port of the callback URL, which `cognito login --browser --port` has to use
    #[arg(long, default_value_t = PORT, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let id = id(arguments.id.as_deref(), app)?;
    let admin = aws::admin(app).await?;
    let before = described::of_client(&admin, id).await?;
    let mut edited = Edited::of(&before);
    edited.add(CALLBACKS, &format!("http://localhost:{}/callback", arguments.port));
    edited.add(ALLOWED_FLOWS, "code");
    edited.set(FLOWS_ALLOWED, Value::Bool(true));
    for (list, value) in [(SCOPES, "openid"), (PROVIDERS, "COGNITO")] {
        if edited.items(list).is_empty() {
            edited.add(list, value);
        }
    }
    if edited.review(&before, app).await? {
        write(&edited, &admin, id, app).await?;
    }
    Ok(())
}
