//! The program `cognito-emulator`.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    cognito_emulator::program::run(env::args_os())
}
