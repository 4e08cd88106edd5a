//! `cognito emulator`: the program of the emulator.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  cognito emulator serve --seed-file seed.toml --ready-json
  cognito emulator codes alice --url http://localhost:4701
  cognito emulator serve --help
";

/// Serves user pools on this machine, for tests without AWS
///
/// The commands are those of the program `cognito-emulator`: serve, health, codes, reset, env, import.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES, disable_help_flag = true)]
pub(crate) struct Arguments {
    /// A command of the emulator and its options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let name = OsString::from("cognito emulator");
    cognito_emulator::program::run(std::iter::once(&name).chain(&arguments.arguments))
}
