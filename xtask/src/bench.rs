//! Speed beside other implementations, in release mode; tables go to `target/bench` as JSON.

pub(crate) mod performance;
mod plot;

use std::fs;

use crate::peers;
use crate::run::{self, Outcome, cargo};

/// Builds of the programs that sign in: features, the program, and its name among the others.
///
/// The AWS SDK is left out of the short form, because its build takes minutes.
const PROGRAMS: [(&[&str], &str, &str); 4] = [
    (&[], "bench-cognito", "bench-cognito"),
    (&[], "bench-token", "bench-token"),
    (&["--features", "admin"], "bench-cognito", "bench-cognito-admin"),
    (&["--features", "aws-sdk"], "bench-aws-sdk", "bench-aws-sdk"),
];

/// The benchmarks whose short form is part of `ci`.
const SHORT: [&str; 5] = ["srp", "server", "tokens", "start", "signin"];

/// Runs a benchmark.
pub(crate) fn run(name: &str) -> Outcome {
    run_in(name, &run::target().join("bench").display().to_string(), &[])
}

/// Runs the short forms, which fail where a goal is missed by far.
pub(crate) fn check() -> Outcome {
    let directory = run::target().join("bench/short").display().to_string();
    SHORT.iter().try_for_each(|name| run_in(name, &directory, &["short"]))
}

fn run_in(name: &str, directory: &str, options: &[&str]) -> Outcome {
    let mut arguments = vec![name.to_owned(), directory.to_owned()];
    arguments.extend(options.iter().map(|option| (*option).to_owned()));
    let signs_in = ["signin", "start"].contains(&name);
    if signs_in || name == "emulator" {
        cargo(&["build", "--release", "-p", "cognito-emulator"], &[])?;
        let program = run::target().join("release/cognito-emulator");
        arguments.push(format!("emulator={}", program.display()));
    }
    if signs_in {
        arguments.push(format!("programs={}", programs(options.is_empty())?));
    }
    let without_python = ["http", "server"].contains(&name);
    let python = if without_python { None } else { peers::install_python_if_there() };
    arguments.extend(python.map(|python| format!("python={}", python.display())));
    let with_node = signs_in || name == "tokens";
    let node = if with_node { peers::install_node_if_there() } else { None };
    arguments.extend(node.map(|directory| format!("node={}", directory.display())));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    cargo(&["run", "--quiet", "--release", "-p", "cognito-bench", "--"], &arguments)
}

/// Builds the programs that sign in, each with its features, and returns their directory.
fn programs(all: bool) -> Result<String, String> {
    let directory = run::target().join(if all { "bench/programs" } else { "bench/few-programs" });
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    for (features, program, name) in PROGRAMS {
        if all || features.is_empty() {
            let build = ["build", "--quiet", "--release", "-p", "cognito-bench-client", "--bin"];
            cargo(&build, &[&[program], features].concat())?;
            let built = run::target().join("release").join(program);
            fs::copy(built, directory.join(name)).map_err(|error| error.to_string())?;
        }
    }
    Ok(directory.display().to_string())
}
