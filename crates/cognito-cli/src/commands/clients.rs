//! `cognito clients`: the app clients of a user pool.

mod allow_cli_login;
mod describe;
mod list;
mod update;

use crate::app::App;
use crate::failure::{Exit, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito clients list
  cognito clients describe 1example23456789
  cognito clients describe --fields ClientName,CallbackURLs
  cognito clients update --set AccessTokenValidity=30 --dry-run
  cognito clients allow-cli-login
";

/// Lists, shows and changes app clients
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    List(list::Arguments),
    Describe(describe::Arguments),
    Update(update::Arguments),
    AllowCliLogin(allow_cli_login::Arguments),
}

pub(crate) async fn run(subcommand: Subcommand, app: &App) -> Outcome<Exit> {
    match subcommand {
        Subcommand::List(arguments) => list::run(&arguments, app).await?,
        Subcommand::Describe(arguments) => describe::run(&arguments, app).await?,
        Subcommand::Update(arguments) => update::run(&arguments, app).await?,
        Subcommand::AllowCliLogin(arguments) => allow_cli_login::run(&arguments, app).await?,
    }
    Ok(Exit::Done)
}
