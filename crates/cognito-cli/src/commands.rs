//! The commands. Each has a module with its arguments and `run`.

pub(crate) mod audit;
pub(crate) mod aws_credentials;
pub(crate) mod clients;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod context;
mod described;
pub(crate) mod devices;
mod edits;
pub(crate) mod emulator;
pub(crate) mod explain;
pub(crate) mod groups;
pub(crate) mod job;
pub(crate) mod listing;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod man;
pub(crate) mod mfa;
pub(crate) mod pool;
pub(crate) mod quota;
pub(crate) mod selection;
pub(crate) mod steps;
pub(crate) mod token;
pub(crate) mod user_change;
pub(crate) mod users;
pub(crate) mod verify;
pub(crate) mod whoami;
pub(crate) mod writing;

use crate::app::App;
use crate::args::Command;
use crate::failure::{Exit, Outcome};

/// Runs a command.
pub(crate) async fn run(command: Command, app: &App) -> Outcome<Exit> {
    match command {
        Command::Login(arguments) => login::run(arguments, app).await?,
        Command::Logout(arguments) => logout::run(&arguments, app).await?,
        Command::Token(arguments) => token::run(&arguments, app).await?,
        Command::Whoami(arguments) => whoami::run(&arguments, app).await?,
        Command::AwsCredentials(arguments) => aws_credentials::run(&arguments, app).await?,
        Command::Users(subcommand) => return users::run(subcommand, app).await,
        Command::Groups(subcommand) => return groups::run(subcommand, app).await,
        Command::Clients(subcommand) => return clients::run(subcommand, app).await,
        Command::Pool(subcommand) => return pool::run(subcommand, app).await,
        Command::Mfa(subcommand) => return mfa::run(&subcommand, app).await,
        Command::Devices(subcommand) => return devices::run(&subcommand, app).await,
        Command::Job(subcommand) => return job::run(subcommand, app).await,
        Command::Quota(arguments) => quota::run(&arguments, app).await?,
        Command::Audit(arguments) => audit::run(&arguments, app).await?,
        Command::Verify(arguments) => verify::run(arguments, app).await?,
        Command::Context(subcommand) => context::run(&subcommand, app)?,
        Command::Config(subcommand) => config::run(&subcommand, app)?,
        // The emulator has its own runtime, and was run before the runtime of other commands is
        // started.
        Command::Emulator(_) => {}
        Command::Explain(arguments) => explain::run(&arguments, app)?,
        Command::Completions(arguments) => completions::run(&arguments, app)?,
        Command::Man(arguments) => man::run(&arguments, app)?,
    }
    Ok(Exit::Done)
}
