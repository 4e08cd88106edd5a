//! Speed beside other implementations, in release mode; tables go to `target/bench` as JSON.

mod build;
pub(crate) mod performance;
mod plot;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// Runs a benchmark.
pub(crate) fn run(name: &str) -> Outcome {
    if name == "build" {
        return build::run();
    }
    if WITH_PROGRAMS.contains(&name) {
        build_programs()?;
    } else {
        cargo(&["build", "--quiet", "--release", "-p", "cognito-bench"], &[])?;
    }
    run_in(name, &run::target().join("bench"), &[])
}

/// Runs the short forms, which fail where a ratio is far from its goal.
pub(crate) fn check() -> Outcome {
    build_programs()?;
    let directory = run::target().join("bench/short");
    SHORT.iter().try_for_each(|name| run_in(name, &directory, &["short"]))?;
    build::check(&programs(), &directory)
}

fn run_in(name: &str, directory: &Path, options: &[&str]) -> Outcome {
    let release = run::target().join("release");
    let mut bench = Command::new(release.join("cognito-bench"));
    bench.arg(name).arg(directory).args(options);
    if WITH_PROGRAMS.contains(&name) {
        bench.arg(option("emulator", &release.join("cognito-emulator")));
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
    let directory = programs();
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    let copy = |program: &str, name: &str| -> Outcome {
        let built = run::target().join("release").join(program);
        fs::copy(built, directory.join(name)).map_err(|error| error.to_string())?;
        Ok(())
    };
    let light = ["build", "--quiet", "--release", "-p", "cognito-bench-client"];
    cargo(&light, &["--features", "light", "--bin", "bench-cognito"])?;
    copy("bench-cognito", "bench-cognito")?;
    let features = FEATURES.map(|feature| format!("cognito-bench-client/{feature}")).join(",");
    let packages = ["-p", "cognito-bench", "-p", "cognito-bench-client", "-p", "cognito-emulator"];
    let all = [&["build", "--quiet", "--release", "--bins"], &packages[..]].concat();
    cargo(&all, &["--features", &features])?;
    PROGRAMS.iter().try_for_each(|(program, name)| copy(program, name))
}
