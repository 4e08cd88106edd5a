//! `cognito groups`: the groups of a user pool.

mod change;
mod create;
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
  cognito groups create staff --precedence 10
  cognito groups add staff alice bob
";

/// Lists and changes groups and their users
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    List(list::Arguments),
    Members(members::Arguments),
    Of(of::Arguments),
    Create(create::Arguments),
    Delete(change::Delete),
    Add(change::Add),
    Remove(change::Remove),
}

pub(crate) async fn run(subcommand: Subcommand, app: &App) -> Outcome<Exit> {
    match subcommand {
        Subcommand::List(arguments) => list::run(&arguments, app).await?,
        Subcommand::Members(arguments) => members::run(&arguments, app).await?,
        Subcommand::Of(arguments) => of::run(&arguments, app).await?,
        Subcommand::Create(arguments) => create::run(&arguments, app).await?,
        Subcommand::Delete(arguments) => change::delete(&arguments, app).await?,
        Subcommand::Add(arguments) => return change::add(arguments, app).await,
        Subcommand::Remove(arguments) => return change::remove(arguments, app).await,
    }
    Ok(Exit::Done)
}
