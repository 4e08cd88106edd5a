//! `cognito clients`: the app clients of a user pool.

mod describe;
mod list;

use crate::app::App;
use crate::failure::{Exit, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito clients list
  cognito clients describe 1example23456789
  cognito clients describe --fields ClientName,CallbackURLs
";

/// Lists and shows app clients
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    List(list::Arguments),
    Describe(describe::Arguments),
}

pub(crate) async fn run(subcommand: Subcommand, app: &App) -> Outcome<Exit> {
    match subcommand {
        Subcommand::List(arguments) => list::run(&arguments, app).await?,
        Subcommand::Describe(arguments) => describe::run(&arguments, app).await?,
    }
    Ok(Exit::Done)
}
