//! `cognito groups`: the groups of a user pool.

mod list;
mod members;
mod of;

use crate::app::App;
use crate::failure::{Exit, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito groups list
  cognito groups members admins --output jsonl
  cognito groups of alice
";

/// Lists groups and their users
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    List(list::Arguments),
    Members(members::Arguments),
    Of(of::Arguments),
}

pub(crate) async fn run(subcommand: Subcommand, app: &App) -> Outcome<Exit> {
    match subcommand {
        Subcommand::List(arguments) => list::run(&arguments, app).await?,
        Subcommand::Members(arguments) => members::run(&arguments, app).await?,
        Subcommand::Of(arguments) => of::run(&arguments, app).await?,
    }
    Ok(Exit::Done)
}
