//! The comparison with AWS, by the program `against_aws` of `tests`.

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

/// Becomes the program, so that Ctrl-C does not end this one before the program has deleted its pools.
#[cfg(unix)]
fn replace(command: &mut Command) -> Outcome {
    use std::os::unix::process::CommandExt;
    Err(format!("cannot run against_aws: {}", command.exec()))
}

#[cfg(not(unix))]
fn replace(command: &mut Command) -> Outcome {
    run::run(command)
}
