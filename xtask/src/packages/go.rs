//! The package for tests in Go, which projects copy into their sources.

use std::fs;
use std::process::Command;

use super::{directory, program, remove, source};
use crate::go;
use crate::run::{self, Outcome};

pub(super) fn run() -> Outcome {
    if let Err(reason) = go::SDK.install() {
        run::skip("the package for Go", &reason);
        return Ok(());
    }
    println!("xtask: the package for Go");
    let path = directory("go");
    let copied = path.join("src/cognitotest");
    remove(&copied)?;
    fs::create_dir_all(&copied).map_err(|error| error.to_string())?;
    run::run(Command::new("cp").arg("-R").arg(source("go").join(".")).arg(&copied))?;
    let program = program()?;
    for job in [&["vet"][..], &["test", "-count", "1", "-v"]] {
        let mut command = go::command(&path);
        command.args(job).current_dir(&copied);
        run::run(command.env("COGNITO_EMULATOR_PROGRAM", &program))?;
    }
    Ok(())
}
