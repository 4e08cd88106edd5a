//! The commands of the program, and its exit codes.

mod client;
mod environment;
mod help;
mod import;
mod options;
mod ready;
mod requests;
mod serve;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use self::options::{Cli, Command};

/// Runs the command of the command line. A command line that is invalid ends the program with the
/// code 2.
pub(crate) fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(options) => serve::run(*options),
        Command::Health(options) => requests::health(&options),
        Command::Codes(options) => requests::code(&options),
        Command::Reset(target) => requests::reset(&target),
        Command::Env(options) => environment::print(&options),
        Command::Import(options) => import::run(options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cognito-emulator: {}", with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Returns a text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_causes(source)),
        None => error.to_string(),
    }
}
