//! Checks that the AWS SDK is built once for examples and interop. The tests build it with more features,
//! which the program `cognito` enables.
//!
//! Cargo builds a crate again for every set of features of the crate or of its dependencies.

use std::collections::BTreeSet;
use std::process::Command;

use crate::run::{self, Outcome};

/// The selections of packages and features that commands of the README, and jobs, build.
const SELECTIONS: [(&str, &[&str]); 3] = [
    ("the quickstart", &["-p", "cognito"]),
    ("the other examples", &["-p", "cognito", "--features", crate::FEATURES_OF_EXAMPLES]),
    ("the programs of interop", &["-p", "cognito-emulator", "-p", "cognito-tests"]),
];

const SDK: &str = "aws-sdk-cognitoidentityprovider";

pub(crate) fn check() -> Outcome {
    let below = tree(&["-p", SDK], "normal,build", "{p}")?;
    let built = |selection: &[&str]| -> Result<BTreeSet<String>, String> {
        let mut packages = tree(selection, "normal,build,dev", "{p} with {f}")?;
        packages.retain(|line| below.iter().any(|package| is_of(line, package)));
        Ok(packages)
    };
    let [(_, first), rest @ ..] = SELECTIONS;
    let for_quickstart = built(first)?;
    for (name, selection) in rest {
        let others = built(selection)?;
        let differ: Vec<_> = for_quickstart.symmetric_difference(&others).cloned().collect();
        if !differ.is_empty() {
            return Err(format!(
                "the AWS SDK is built again for {name}; make the features of these agree by the \
                 dev-dependencies of crates/cognito:\n  {}",
                differ.join("\n  ")
            ));
        }
    }
    println!("xtask: the AWS SDK is built once for examples and interop");
    Ok(())
}

/// Returns whether a line lists the features of a package.
fn is_of(line: &str, package: &str) -> bool {
    line.strip_prefix(package).is_some_and(|rest| rest.starts_with(" with "))
}

fn tree(selection: &[&str], edges: &str, format: &str) -> Result<BTreeSet<String>, String> {
    let mut command = Command::new(run::cargo_program());
    command.args(["tree", "--locked", "--prefix", "none", "-e", edges, "--format", format]);
    let printed = run::output(command.args(selection).current_dir(run::root()))?;
    let clean = |line: &str| line.trim_end_matches(" (*)").replace(" (proc-macro)", "");
    Ok(printed.lines().filter(|line| !line.is_empty()).map(clean).collect())
}
