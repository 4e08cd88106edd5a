//! `cognito token`: the token of the session, for other programs.

use clap::Args;

use crate::app::App;
use crate::failure::Outcome;
use crate::output::{Format, Record, time};
use crate::sessions::Sessions;

const EXAMPLES: &str = "\
Examples:
  cognito token --header | curl -H @- https://api.example.com/orders
  cognito token --id | cognito verify
  COGNITO_REFRESH_TOKEN=… cognito token --client 1example23456789
";

/// Prints the access token, and refreshes it first if it is about to expire
///
/// Pipe the token into the program that needs it: other users of the machine can see the arguments of programs.
///
/// If COGNITO_REFRESH_TOKEN is set, refreshes that token instead of the stored session, and stores nothing. With
/// --output json, the output contains the time of expiry.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Print the ID token instead of the access token
    #[arg(long)]
    id: bool,
    /// Print the token as a header of HTTP: `Authorization: Bearer …`
    #[arg(long)]
    header: bool,
    /// Refresh the token first, even if it is still valid
    #[arg(long)]
    refresh: bool,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let session = Sessions::of(app).await?.restore().await?.session;
    if arguments.refresh {
        session.refresh().await?;
    }
    let token = match arguments.id {
        true => session.id_token().await?.expose_secret().to_owned(),
        false => session.access_token().await?.expose_secret().to_owned(),
    };
    match (arguments.header, app.output.format()) {
        (true, _) => app.output.text(&format!("Authorization: Bearer {token}")),
        (false, Format::Table) => app.output.text(&token),
        (false, _) => app.output.record(
            &Record::new().with("token", token).with("expires_at", time(session.expires_at()?)),
        ),
    }
}
