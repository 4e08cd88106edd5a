//! Benchmarks against other implementations, in release mode, with tables as JSON in `target/bench`.

mod build;
mod conditions;
pub(crate) mod performance;
mod plot;
mod programs;

use std::path::Path;
use std::process::Command;

use self::conditions::Measurement;
use self::programs::Profile;
use crate::run::{self, Outcome};
use crate::third_party;

/// The benchmarks that run other programs of this project.
const WITH_PROGRAMS: [&str; 4] = ["bulk", "emulator", "signin", "start"];

/// The benchmarks whose short form is part of `ci`.
const SHORT: [&str; 8] = ["srp", "server", "tokens", "http", "start", "signin", "emulator", "bulk"];

/// Runs a benchmark.
pub(crate) fn run(name: &str) -> Outcome {
    let directory = run::target().join("bench");
    match name {
        "build" => {}
        _ if WITH_PROGRAMS.contains(&name) => programs::build()?,
        _ => programs::build_benchmarks(Profile::Release)?,
    }
    let measurement = Measurement::begin()?;
    match name {
        "build" => build::run()?,
        _ => run_in(Profile::Release, name, &directory, &[])?,
    }
    performance::add_conditions(&directory, &measurement.conditions()?)
}

/// Runs the short forms, which fail if a ratio is far from its goal.
pub(crate) fn check() -> Outcome {
    programs::build()?;
    let directory = run::target().join("bench/short");
    SHORT.iter().try_for_each(|name| run_in(Profile::Release, name, &directory, &["short"]))?;
    build::check(&Profile::Release.programs(), &directory)
}

/// Runs the short forms with the debug builds of the tests, to check that every benchmark works. Their
/// figures are meaningless.
pub(crate) fn check_that_all_run() -> Outcome {
    programs::build_as_tests()?;
    let directory = run::target().join("bench/unchecked");
    SHORT.iter().try_for_each(|name| run_in(Profile::Dev, name, &directory, &["unchecked"]))
}

fn run_in(profile: Profile, name: &str, directory: &Path, options: &[&str]) -> Outcome {
    let built = profile.builds();
    let mut bench = Command::new(built.join("cognito-bench"));
    bench.arg(name).arg(directory).args(options);
    if WITH_PROGRAMS.contains(&name) {
        bench.arg(option("emulator", &built.join("cognito-emulator")));
        bench.arg(option("programs", &profile.programs()));
    }
    if !["http", "server"].contains(&name) {
        bench.args(third_party::try_install_python().map(|python| option("python", &python)));
    }
    if ["signin", "start", "tokens"].contains(&name) {
        bench.args(third_party::try_install_node().map(|packages| option("node", &packages)));
    }
    println!("xtask: bench {name}");
    run::run(&mut bench)
}

fn option(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}
