//! The comparison with AWS, which the program `against_aws` of `tests` runs.

use std::process::Command;

use crate::run::{self, Outcome};

pub(crate) fn run(arguments: &[&str]) -> Outcome {
    run::build(&["-p", "cognito-tests", "--bin", "against_aws"])?;
    let mut command = Command::new(run::built("against_aws"));
    match arguments {
        ["plan" | "clean", ..] => command.args(arguments),
        _ => command.arg("run").arg("--report").arg(run::target().join("aws")).args(arguments),
    };
    replace(&mut command)
}

/// Replaces this process with the program, so that Ctrl-C reaches the program alone, which then deletes
/// its pools.
#[cfg(unix)]
fn replace(command: &mut Command) -> Outcome {
    use std::os::unix::process::CommandExt;
    Err(format!("cannot run against_aws: {}", command.exec()))
}

#[cfg(not(unix))]
fn replace(command: &mut Command) -> Outcome {
    run::run(command)
}
