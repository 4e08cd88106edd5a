//! Builds of the programs that benchmarks run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::run::{self, Outcome, cargo};

/// Features of `bench/client` whose programs are built together, so that the AWS SDK is built only once.
const FEATURES: [&str; 4] = ["admin", "aws-sdk", "bulk", "tokens"];

/// The features of `bench/client` that enable no further features of the tests' dependencies.
const FEATURES_OF_TESTS: [&str; 3] = ["admin", "bulk", "tokens"];

/// Programs of the build with [`FEATURES`], and the names of their copies.
const PROGRAMS: [(&str, &str); 3] = [
    ("bench-cognito", "bench-cognito-admin"),
    ("bench-export", "bench-export"),
    ("bench-token", "bench-token"),
];

/// The profile with which programs are built.
#[derive(Clone, Copy)]
pub(super) enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// Returns the directory of cargo's builds.
    pub(super) fn builds(self) -> PathBuf {
        run::target().join(match self {
            Self::Dev => "debug",
            Self::Release => "release",
        })
    }

    /// Returns the directory of the programs of `bench/client`.
    pub(super) fn programs(self) -> PathBuf {
        run::target().join(match self {
            Self::Dev => "bench/programs-of-tests",
            Self::Release => "bench/programs",
        })
    }

    /// Copies a program to the directory of programs, where later builds do not replace it.
    fn keep(self, program: &str, name: &str) -> Outcome {
        let directory = self.programs();
        fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
        fs::copy(self.builds().join(program), directory.join(name))
            .map_err(|error| format!("{program}: {error}"))?;
        Ok(())
    }
}

/// Builds only the benchmarks.
pub(super) fn build_benchmarks(profile: Profile) -> Outcome {
    let options: &[&str] = match profile {
        Profile::Dev => &[],
        Profile::Release => &["--release"],
    };
    cargo(&["build", "--quiet", "-p", "cognito-bench"], options)
}

/// Builds the benchmarks, the emulator and the programs of `bench/client` in release mode.
pub(super) fn build() -> Outcome {
    let light = ["build", "--quiet", "--release", "-p", "cognito-bench-client"];
    cargo(&light, &["--features", "light", "--bin", "bench-cognito"])?;
    Profile::Release.keep("bench-cognito", "bench-cognito")?;
    let packages = ["-p", "cognito-bench", "-p", "cognito-bench-client", "-p", "cognito-emulator"];
    let all = [&["build", "--quiet", "--release", "--bins"], &packages[..]].concat();
    cargo(&all, &["--features", &features(&FEATURES)])?;
    Profile::Release.keep("bench-aws-sdk", "bench-aws-sdk")?;
    PROGRAMS.iter().try_for_each(|(program, name)| Profile::Release.keep(program, name))
}

/// Builds the same programs, except the one with the AWS SDK, in the debug profile and together with the
/// tests. With the same packages, cargo chooses the same features, so that it can reuse the tests' builds.
pub(super) fn build_as_tests() -> Outcome {
    let members = default_members()?;
    let mut selection = vec!["--features".to_owned(), features(&FEATURES_OF_TESTS)];
    for package in members.iter().map(String::as_str).chain(["cognito-bench-client"]) {
        selection.extend(["--package".to_owned(), package.to_owned()]);
    }
    let selection: Vec<&str> = selection.iter().map(String::as_str).collect();
    cargo(&["build", "--quiet", "--all-targets"], &selection)?;
    Profile::Dev.keep("bench-cognito", "bench-cognito")?;
    PROGRAMS.iter().try_for_each(|(program, name)| Profile::Dev.keep(program, name))?;
    build_benchmarks(Profile::Dev)
}

fn features(names: &[&str]) -> String {
    names.iter().map(|name| format!("cognito-bench-client/{name}")).collect::<Vec<_>>().join(",")
}

/// Returns the default members of the workspace.
fn default_members() -> Result<Vec<String>, String> {
    let mut command = Command::new(run::cargo_program());
    command.args(["metadata", "--format-version=1", "--locked", "--no-deps"]);
    let printed = run::output(command.current_dir(run::root()))?;
    let metadata: Value = serde_json::from_str(&printed).map_err(|error| error.to_string())?;
    let members = metadata["workspace_default_members"].as_array().cloned().unwrap_or_default();
    Ok(members.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
