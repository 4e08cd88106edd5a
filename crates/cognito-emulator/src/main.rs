//! The program `cognito-emulator`.

mod program;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::run()
}
