//! The script that runs a command with an emulator in continuous integration.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

const VARIABLE: &str = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER";

/// Returns the script with a seed file and a shell command.
fn script(seed_file: &Path, command: &str) -> Command {
    let mut script = script_alone();
    script.arg(seed_file).args(["sh", "-c", command]);
    script
}

fn script_alone() -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_cognito-emulator"));
    let paths = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let path = program.parent().into_iter().map(Path::to_owned).chain(paths);
    let mut script = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/with-cognito.sh"));
    script.env("PATH", env::join_paths(path).unwrap());
    script
}

/// Returns the address in an environment that a command printed.
fn address(url: &str) -> &str {
    url.trim().strip_prefix("http://").unwrap()
}

#[test]
fn command_has_an_emulator_and_its_exit_code_is_returned() {
    let directory = tempfile::tempdir().unwrap();
    let seed_file = directory.path().join("seed.json");
    fs::write(&seed_file, r#"{"Pools": [{"Id": "eu-west-1_Example01"}]}"#).unwrap();
    let command = format!("cognito-emulator health && echo ${VARIABLE} && exit 7");
    let output = script(&seed_file, &command).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(refuses(address(stdout.lines().last().unwrap())), "the emulator still runs");
}

#[test]
fn script_without_a_command_fails_with_its_usage() {
    for arguments in [&[][..], &["seed.json"]] {
        let output = script_alone().args(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.starts_with("Usage: with-cognito.sh SEED_FILE COMMAND"), "{error}");
    }
}

#[test]
fn command_is_not_run_without_an_emulator() {
    let output = script(Path::new("/no/such/seed.json"), "echo it runs").output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/seed.json"), "{output:?}");
}

#[test]
fn command_is_not_run_without_the_variables_of_the_emulator() {
    let directory = tempfile::tempdir().unwrap();
    let seed_file = directory.path().join("seed.json");
    fs::write(&seed_file, r#"{"Pools": []}"#).unwrap();
    let program = env!("CARGO_BIN_EXE_cognito-emulator");
    let without_env = format!("#!/bin/sh\n[ \"$1\" != env ] || exit 3\nexec '{program}' \"$@\"\n");
    // Written by another process, because other children of this process may still have the file
    // open.
    let write = "printf %s \"$1\" > \"$0\" && chmod +x \"$0\"";
    let path = directory.path().join("cognito-emulator");
    let written = Command::new("sh").args(["-c", write]).arg(path).arg(without_env).status();
    assert!(written.unwrap().success());
    let inherited = env::var_os("PATH").unwrap_or_default();
    let paths = [directory.path().to_owned()].into_iter().chain(env::split_paths(&inherited));
    let mut script = script(&seed_file, "echo it runs");
    let output = script.env("PATH", env::join_paths(paths).unwrap()).output().unwrap();
    assert_eq!((output.status.code(), &*output.stdout), (Some(3), &b""[..]), "{output:?}");
}

#[test]
fn emulator_ends_with_a_killed_script() {
    let directory = tempfile::tempdir().unwrap();
    let seed_file = directory.path().join("seed.json");
    fs::write(&seed_file, r#"{"Pools": []}"#).unwrap();
    // The command runs longer than the script, until its standard input ends.
    let mut script = script(&seed_file, &format!("echo ${VARIABLE} && read -r line"));
    let mut script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(script.stdout.take().unwrap());
    let mut url = String::new();
    stdout.read_line(&mut url).unwrap();
    assert!(!refuses_at_once(address(&url)));
    script.kill().unwrap();
    assert!(refuses(address(&url)), "the emulator still runs");
    drop(script.stdin.take());
    script.wait().unwrap();
    stdout.read_to_string(&mut url).unwrap();
}

/// Returns whether an address refuses connections within a second.
fn refuses(address: &str) -> bool {
    let begin = Instant::now();
    while !refuses_at_once(address) {
        if begin.elapsed() > Duration::from_secs(1) {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
    true
}

fn refuses_at_once(address: &str) -> bool {
    TcpStream::connect(address).is_err()
}
