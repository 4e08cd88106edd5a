//! Runs of the libFuzzer targets in the directory `fuzz`, which is not a member of the workspace.
//!
//! `ci` runs the same targets as property tests (`tests/tests/inputs`).

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{self, Outcome};
use crate::supply_chain::tools::Tool;

const CARGO_FUZZ: Tool = Tool { program: "cargo-fuzz", version: "0.13.2", features: &[] };

/// The target that needs the program, and with it the AWS SDK.
const OF_PROGRAM: &str = "settings_files";

/// Seconds per target by default; `full` gives each ten minutes.
const SECONDS: &str = "10";

/// Runs all targets or those that are named after the number of seconds for each.
pub(crate) fn run(arguments: &[&str]) -> Outcome {
    let (seconds, only) = match arguments {
        [] => (SECONDS, arguments),
        [seconds, only @ ..] => (*seconds, only),
    };
    if seconds.parse::<u32>().is_err() {
        return Err(format!("`{seconds}` is not a number of seconds"));
    }
    let mut targets = targets()?;
    if let Some(unknown) = only.iter().find(|name| !targets.iter().any(|target| target == *name)) {
        return Err(format!("no target `{unknown}`; the targets are {}", targets.join(", ")));
    }
    targets.retain(|target| only.is_empty() || only.contains(&target.as_str()));
    let fuzz = match CARGO_FUZZ.install() {
        Ok(fuzz) if cfg!(target_os = "linux") => fuzz,
        Ok(_) => {
            run::skip("libFuzzer", "not Linux");
            return Ok(());
        }
        Err(reason) => {
            run::skip("libFuzzer", &reason);
            return Ok(());
        }
    };
    let mut problems = Vec::new();
    for target in targets {
        if let Err(problem) = run_target(&fuzz, &target, seconds) {
            problems.push(format!("{target}: {problem}"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\nxtask: ")) }
}

fn run_target(fuzz: &Path, target: &str, seconds: &str) -> Outcome {
    let [corpus, seeds] =
        ["corpus", "seeds"].map(|name| run::root().join("fuzz").join(name).join(target));
    fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    println!("xtask: cargo fuzz run {target} for {seconds} s");
    let mut command = Command::new(fuzz);
    // The code is safe Rust: a sanitizer would find nothing, and add minutes of compilation.
    command.args(["run", "--sanitizer", "none"]);
    if target == OF_PROGRAM {
        command.args(["--features", "program"]);
    }
    command.arg(target).arg(corpus).arg(seeds);
    // An input that takes 10 seconds is a failure, because a client could send it.
    command.args(["--", &format!("-max_total_time={seconds}"), "-max_len=32768", "-timeout=10"]);
    // Coverage instrumentation needs unstable compiler options.
    run::run(command.env("RUSTC_BOOTSTRAP", "1").current_dir(run::root()))
}

/// Returns the names of the targets, each of which has a directory of seeds.
fn targets() -> Result<Vec<String>, String> {
    let seeds = run::root().join("fuzz/seeds");
    let listed = fs::read_dir(&seeds).map_err(|error| format!("{}: {error}", seeds.display()))?;
    let names = listed.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_of_the_manifest_has_seeds() {
        let manifest = fs::read_to_string(run::root().join("fuzz/Cargo.toml")).unwrap();
        let programs = manifest.split("[[bin]]").skip(1);
        let names: Vec<_> = programs.filter_map(|program| program.split('"').nth(1)).collect();
        assert_eq!(targets().unwrap(), names);
    }

    #[test]
    fn other_arguments_than_seconds_and_targets_are_rejected() {
        assert_eq!(run(&["ten"]), Err("`ten` is not a number of seconds".to_owned()));
        let unknown = run(&["10", "jws", "jwt"]).unwrap_err();
        assert!(unknown.starts_with("no target `jwt`; the targets are alb_header, "), "{unknown}");
    }
}
