//! `cognito users`: the users of a user pool.

mod export;
mod get;
mod list;
mod record;
mod search;

pub(crate) use self::list::write_users;
use crate::app::App;
use crate::failure::{Exit, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito users list --limit 20
  cognito users get alice
  cognito users search alice@example.com
  cognito users search 'email^=ali' --fields username,email,custom:tenant --output csv
  cognito users export users.jsonl
";

/// Lists, shows and exports users
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    List(list::Arguments),
    Get(get::Arguments),
    Search(search::Arguments),
    Export(export::Arguments),
}

pub(crate) async fn run(subcommand: Subcommand, app: &App) -> Outcome<Exit> {
    match subcommand {
        Subcommand::List(arguments) => list::run(&arguments, app).await?,
        Subcommand::Get(arguments) => get::run(&arguments, app).await?,
        Subcommand::Search(arguments) => search::run(&arguments, app).await?,
        Subcommand::Export(arguments) => export::run(&arguments, app).await?,
    }
    Ok(Exit::Done)
}
