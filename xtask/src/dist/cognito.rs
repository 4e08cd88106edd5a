//! Size of the program `cognito`, and the time of commands that scripts and shell prompts run.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::{self, Outcome, cargo};
use crate::third_party::{self, PythonPackages};

/// The maximum size of the program, which now has 22.6 MB: the emulator has 10.1 of them, and the
/// rest is mostly the AWS SDK, the keyrings and the jobs.
const MOST_BYTES: u64 = 23_000_000;

/// Number of runs whose median time is printed.
const RUNS: usize = 20;

/// A pool with one user.
const SEED: &str = r#"{ "Pools": [{
    "Id": "eu-west-1_Ab12Cd34E",
    "Clients": [{ "ClientId": "1example23456789", "ClientName": "app" }],
    "Users": [{ "Username": "alice", "Password": "Correct-horse1" }]
}] }"#;

pub(super) fn check() -> Outcome {
    cargo(&["build", "--profile", "dist", "-p", "cognito-cli"], &[])?;
    let program = run::target().join(format!("dist/cognito{EXE_SUFFIX}"));
    let failed = |error: io::Error| format!("{}: {error}", program.display());
    let bytes = fs::metadata(&program).map_err(failed)?.len();
    let version = time_of_version(&program).map_err(failed)?;
    let whoami = time_of_whoami(&program).map_err(failed)?;
    println!("xtask: `cognito` has {bytes} bytes; --version takes {version:?}, whoami {whoami:?}");
    beside_aws()?;
    if bytes > MOST_BYTES {
        return Err(format!("`cognito` has {bytes} bytes; at most {MOST_BYTES} are permitted"));
    }
    Ok(())
}

/// Prints the time of `aws --version` on the same machine, for comparison.
fn beside_aws() -> Outcome {
    if let Err(reason) = third_party::install(PythonPackages::AWS_CLI) {
        run::skip("the start of the AWS CLI", &reason);
        return Ok(());
    }
    let aws = PythonPackages::AWS_CLI.programs().join("aws");
    let version = time_of_version(&aws).map_err(|error| format!("{}: {error}", aws.display()))?;
    let number = PythonPackages::AWS_CLI.version_of("awscli")?;
    println!("xtask: `aws --version` of the AWS CLI {number} takes {version:?}");
    Ok(())
}

fn time_of_version(program: &Path) -> io::Result<Duration> {
    median(|| Command::new(program).arg("--version").stdout(Stdio::null()).status())
}

/// Returns the time of `whoami` with a stored session, which sends no request.
fn time_of_whoami(program: &Path) -> io::Result<Duration> {
    let home = run::target().join("dist-home");
    fs::create_dir_all(&home)?;
    let seed = home.join("seed.json");
    fs::write(&seed, SEED)?;
    let mut emulator = Serving::start(program, &seed)?;
    let url = emulator.url()?;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.env("HOME", &home).env("XDG_DATA_HOME", &home).env("XDG_STATE_HOME", &home);
        command.envs([
            ("COGNITO_POOL", "eu-west-1_Ab12Cd34E"),
            ("COGNITO_CLIENT", "1example23456789"),
            ("COGNITO_TOKEN_STORE", "file"),
            ("COGNITO_PASSWORD", "Correct-horse1"),
            ("COGNITO_ENDPOINT_URL", &url),
        ]);
        command
    };
    if !command(&["login", "alice"]).status()?.success() {
        return Err(io::Error::other("the sign-in failed"));
    }
    median(|| command(&["whoami"]).status())
}

/// Runs a program several times, and returns the median time.
fn median(mut run: impl FnMut() -> io::Result<std::process::ExitStatus>) -> io::Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begin = Instant::now();
        if !run()?.success() {
            return Err(io::Error::other("the program failed"));
        }
        times.push(begin.elapsed());
    }
    times.sort();
    Ok(times[RUNS / 2])
}

/// An emulator process, which ends when this value is dropped.
struct Serving(Child);

impl Serving {
    fn start(program: &Path, seed: &PathBuf) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(["emulator", "serve", "--port", "0", "--ready-json", "--exit-with-stdin"]);
        command.arg("--seed-file").arg(seed).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().map(Self)
    }

    fn url(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if let Some(stdout) = self.0.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let ready: Value = serde_json::from_str(&line)?;
        Ok(ready["url"].as_str().unwrap_or_default().to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Dropping its standard input makes the emulator exit.
        if let Some(mut stdin) = self.0.stdin.take() {
            let _ = stdin.flush();
        }
        let _ = self.0.wait();
    }
}
