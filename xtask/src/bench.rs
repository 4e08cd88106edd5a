//! Speed beside other implementations, in release mode; tables go to `target/bench` as JSON.

mod build;
mod conditions;
pub(crate) mod performance;
mod plot;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use conditions::Measurement;

use crate::peers;
use crate::run::{self, Outcome, cargo};

/// Features of `bench/client` whose programs are built together, so that the AWS SDK is built once.
const FEATURES: [&str; 4] = ["admin", "aws-sdk", "bulk", "tokens"];

/// Programs of one build, and their names among those of all builds.
const PROGRAMS: [(&str, &str); 4] = [
    ("bench-aws-sdk", "bench-aws-sdk"),
    ("bench-cognito", "bench-cognito-admin"),
    ("bench-export", "bench-export"),
    ("bench-token", "bench-token"),
];

/// The benchmarks that run other programs of this project.
const WITH_PROGRAMS: [&str; 4] = ["bulk", "emulator", "signin", "start"];

/// The benchmarks whose short form is part of `ci`.
const SHORT: [&str; 8] = ["srp", "server", "tokens", "http", "start", "signin", "emulator", "bulk"];

/// The profile that programs are built with.
#[derive(Clone, Copy)]
enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// The directory of its programs in `target`.
    fn directory(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Runs a benchmark.
pub(crate) fn run(name: &str) -> Outcome {
    let directory = run::target().join("bench");
    match name {
        "build" => {}
        _ if WITH_PROGRAMS.contains(&name) => build_programs()?,
        _ => cargo(&["build", "--quiet", "--release", "-p", "cognito-bench"], &[])?,
    }
    let measurement = Measurement::begin()?;
    match name {
        "build" => build::run()?,
        _ => run_in(Profile::Release, name, &directory, &[])?,
    }
    performance::add_conditions(&directory, &measurement.conditions()?)
}

/// Runs the short forms, which fail where a ratio is far from its goal.
pub(crate) fn check() -> Outcome {
    build_programs()?;
    let directory = run::target().join("bench/short");
    SHORT.iter().try_for_each(|name| run_in(Profile::Release, name, &directory, &["short"]))?;
    build::check(&programs(), &directory)
}

/// Runs the short forms with the builds that the tests have, so that no benchmark stops to work: their
/// figures say nothing about speed.
pub(crate) fn check_that_all_run() -> Outcome {
    build_programs_of_tests()?;
    let directory = run::target().join("bench/unchecked");
    SHORT.iter().try_for_each(|name| run_in(Profile::Dev, name, &directory, &["unchecked"]))
}

fn run_in(profile: Profile, name: &str, directory: &Path, options: &[&str]) -> Outcome {
    let built = run::target().join(profile.directory());
    let mut bench = Command::new(built.join("cognito-bench"));
    bench.arg(name).arg(directory).args(options);
    if WITH_PROGRAMS.contains(&name) {
        bench.arg(option("emulator", &built.join("cognito-emulator")));
        bench.arg(option("programs", &programs()));
    }
    if !["http", "server"].contains(&name) {
        bench.args(peers::install_python_if_there().map(|python| option("python", &python)));
    }
    if ["signin", "start", "tokens"].contains(&name) {
        bench.args(peers::install_node_if_there().map(|packages| option("node", &packages)));
    }
    println!("xtask: bench {name}");
    run::run(&mut bench)
}

fn option(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

/// The directory of the programs of `bench/client`.
fn programs() -> PathBuf {
    run::target().join("bench/programs")
}

/// Builds the benchmarks, the emulator and the programs of `bench/client`.
fn build_programs() -> Outcome {
    let light = ["build", "--quiet", "--release", "-p", "cognito-bench-client"];
    cargo(&light, &["--features", "light", "--bin", "bench-cognito"])?;
    copy(Profile::Release, "bench-cognito", "bench-cognito")?;
    let packages = ["-p", "cognito-bench", "-p", "cognito-bench-client", "-p", "cognito-emulator"];
    let all = [&["build", "--quiet", "--release", "--bins"], &packages[..]].concat();
    cargo(&all, &["--features", &features()])?;
    PROGRAMS.iter().try_for_each(|(program, name)| copy(Profile::Release, program, name))
}

/// Builds the same as parts of the whole workspace, for which the tests have built all dependencies.
fn build_programs_of_tests() -> Outcome {
    let all = ["build", "--quiet", "--workspace", "--all-targets"];
    cargo(&all, &["--features", &features()])?;
    copy(Profile::Dev, "bench-cognito", "bench-cognito")?;
    PROGRAMS.iter().try_for_each(|(program, name)| copy(Profile::Dev, program, name))
}

fn features() -> String {
    FEATURES.map(|feature| format!("cognito-bench-client/{feature}")).join(",")
}

/// Copies a program to the others, where later builds do not replace it.
fn copy(profile: Profile, program: &str, name: &str) -> Outcome {
    let directory = programs();
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    let built = run::target().join(profile.directory()).join(program);
    fs::copy(built, directory.join(name)).map_err(|error| error.to_string())?;
    Ok(())
}
