//! `cognito users`: the users of a user pool.

mod change;
mod create;
mod diff;
mod export;
mod get;
mod import;
pub(crate) mod input;
mod list;
mod new_password;
mod password;
mod search;
mod set;

pub(crate) use self::export::Options as ExportOptions;
pub(crate) use self::import::Options as ImportOptions;
pub(crate) use self::list::write_users;
pub(crate) use self::search::filter;
use super::user_change::{self, Change};
use crate::app::App;
use crate::failure::{Exit, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito users list --limit 20
  cognito users get alice
  cognito users search alice@example.com
  cognito users search 'email^=ali' --fields username,email,custom:tenant --output csv
  cognito users export users.jsonl
  cognito users diff users.jsonl
  cognito users create alice -a email=alice@example.com --invite email
  cognito users disable --from leavers.txt --dry-run
";

/// Lists, shows, exports, imports, compares and changes users
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    List(list::Arguments),
    Get(get::Arguments),
    Search(search::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Diff(diff::Arguments),
    Create(create::Arguments),
    Set(set::Arguments),
    Password(password::Arguments),
    Confirm(change::Confirm),
    Enable(change::Enable),
    Disable(change::Disable),
    SignOut(change::SignOut),
    Delete(change::Delete),
}

pub(crate) async fn run(subcommand: Subcommand, app: &App) -> Outcome<Exit> {
    match subcommand {
        Subcommand::List(arguments) => list::run(&arguments, app).await?,
        Subcommand::Get(arguments) => get::run(&arguments, app).await?,
        Subcommand::Search(arguments) => search::run(&arguments, app).await?,
        Subcommand::Export(arguments) => return export::run(&arguments, app).await,
        Subcommand::Import(arguments) => return import::run(&arguments, app).await,
        Subcommand::Diff(arguments) => return diff::run(&arguments, app).await,
        Subcommand::Create(arguments) => create::run(&arguments, app).await?,
        Subcommand::Set(arguments) => return set::run(&arguments, app).await,
        Subcommand::Password(arguments) => return password::run(&arguments, app).await,
        Subcommand::Confirm(arguments) => {
            return user_change::run(Change::ConfirmSignUp, &arguments.users, app).await;
        }
        Subcommand::Enable(arguments) => {
            return user_change::run(Change::Enable, &arguments.users, app).await;
        }
        Subcommand::Disable(arguments) => {
            return user_change::run(Change::Disable, &arguments.users, app).await;
        }
        Subcommand::SignOut(arguments) => {
            return user_change::run(Change::SignOut, &arguments.users, app).await;
        }
        Subcommand::Delete(arguments) => {
            return user_change::run(Change::Delete, &arguments.users, app).await;
        }
    }
    Ok(Exit::Done)
}
