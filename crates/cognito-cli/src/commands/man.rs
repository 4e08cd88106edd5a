//! `cognito man`: writes the manual, for packages.

use std::path::PathBuf;

use clap::Args;

use crate::app::App;
use crate::failure::{Failure, Outcome};
use crate::help;

/// Writes the manual pages into a directory
#[derive(Args, Debug)]
#[command(hide = true)]
pub(crate) struct Arguments {
    /// Directory of the pages, which must exist
    directory: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, app: &App) -> Outcome {
    let directory = &arguments.directory;
    if app.dry_run {
        app.terminal.note(&format!("the pages would be written to {}", directory.display()));
        return Ok(());
    }
    clap_mangen::generate_to(help::manual(), directory).map_err(|error| {
        Failure::failed("io", format!("{} cannot be written to: {error}", directory.display()))
    })?;
    app.terminal.note(&format!("the pages are in {}", directory.display()));
    Ok(())
}
