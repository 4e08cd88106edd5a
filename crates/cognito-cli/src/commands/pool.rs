//! `cognito pool`: the settings of a user pool, and the recovery of its users.

mod describe;
mod diff;
mod recover;
mod update;

use crate::app::App;
use crate::failure::{Exit, Outcome};

const EXAMPLES: &str = "\
Examples:
  cognito pool describe
  cognito pool diff eu-west-1_Ef56Gh78I
  cognito pool diff reviewed.json
  cognito pool update --set DeletionProtection=ACTIVE
  cognito pool recover --to 2026-11-20T10:00Z
";

/// Shows, compares and changes the settings of user pools, and restores their users
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    Describe(describe::Arguments),
    Diff(diff::Arguments),
    Update(update::Arguments),
    Recover(recover::Arguments),
}

pub(crate) async fn run(subcommand: Subcommand, app: &App) -> Outcome<Exit> {
    match subcommand {
        Subcommand::Describe(arguments) => describe::run(&arguments, app).await,
        Subcommand::Diff(arguments) => diff::run(&arguments, app).await,
        Subcommand::Update(arguments) => update::run(&arguments, app).await,
        Subcommand::Recover(arguments) => recover::run(&arguments, app).await,
    }
}
