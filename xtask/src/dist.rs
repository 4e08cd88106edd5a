//! Sizes and start times of the programs in the profile in which they are distributed.

mod cognito;

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{self, Outcome, cargo};

/// The maximum size of the program, which now has 10.1 MB.
const MOST_BYTES: u64 = 10_300_000;

/// Number of starts whose median time is printed.
const STARTS: usize = 21;

pub(crate) fn check() -> Outcome {
    check_emulator()?;
    cognito::check()
}

fn check_emulator() -> Outcome {
    cargo(&["build", "--profile", "dist", "-p", "cognito-emulator"], &[])?;
    let program = run::target().join(format!("dist/cognito-emulator{EXE_SUFFIX}"));
    let failed = |error| format!("{}: {error}", program.display());
    let bytes = fs::metadata(&program).map_err(failed)?.len();
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(time_to_serve(&program).map_err(failed)?);
    }
    starts.sort();
    println!("xtask: the program has {bytes} bytes and is ready after {:?}", starts[STARTS / 2]);
    if bytes > MOST_BYTES {
        return Err(format!("the program has {bytes} bytes; at most {MOST_BYTES} are permitted"));
    }
    Ok(())
}

/// Returns the time from the start of the program to its first line.
fn time_to_serve(program: &Path) -> std::io::Result<Duration> {
    let mut command = Command::new(program);
    command.args(["serve", "--ready-json", "--exit-with-stdin"]);
    let begin = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let time = begin.elapsed();
    drop(child.stdin.take());
    child.wait()?;
    match line.contains("\"url\"") {
        true => Ok(time),
        false => Err(std::io::Error::other("the program did not print its URL")),
    }
}
