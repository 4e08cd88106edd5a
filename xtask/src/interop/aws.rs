//! The comparison of `cargo xtask aws`, run on moto instead of AWS. moto differs from the emulator in many
//! cases, so the run covers the report of differences and the deletion of pools.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::servers::Server;
use crate::run::{self, Outcome};

/// The prefix of the names of the run's pools.
const PREFIX: &str = "moto";

pub(super) fn run() -> Outcome {
    println!("xtask: the comparison with AWS, on moto");
    let moto = Server::moto()?;
    let reports = run::target().join("interop").join("aws");
    if reports.exists() {
        fs::remove_dir_all(&reports).map_err(|error| format!("{}: {error}", reports.display()))?;
    }
    // A run fails if it ends early or leaves pools.
    run::run(against(&moto).args(["run", "--yes", "--report"]).arg(&reports))?;
    check(&read_only_report(&reports)?)?;
    let left = run::output(against(&moto).args(["clean", PREFIX, "--yes"]))?;
    match left.starts_with("0 pools") && !left.contains("left out") {
        true => Ok(()),
        false => Err(format!("the run on moto left pools: {left}")),
    }
}

/// Returns a command of the program, with an account of moto in its environment.
fn against(moto: &Server) -> Command {
    let mut command = Command::new(run::built("against_aws"));
    command.envs([
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", moto.endpoint()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("COGNITO_AWS_PREFIX", PREFIX),
    ]);
    command
}

fn read_only_report(directory: &Path) -> Result<Value, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", directory.display());
    let mut files = fs::read_dir(directory).map_err(|error| failed(&error))?.flatten();
    let (Some(file), None) = (files.next(), files.next()) else {
        return Err(failed(&"the directory must contain exactly one report"));
    };
    let text = fs::read(file.path()).map_err(|error| failed(&error))?;
    serde_json::from_slice(&text).map_err(|error| failed(&error))
}

/// Checks that a report has equal and different results, and that each difference has both sides and its
/// operations.
fn check(report: &Value) -> Outcome {
    let differences = report["differences"].as_array().map(Vec::as_slice).unwrap_or_default();
    let equal = report["equal"].as_u64().unwrap_or_default();
    let is_whole = |difference: &Value| {
        let sides = ["aws", "emulator"].map(|side| difference.get(side).is_some());
        sides == [true; 2] && difference["operations"].is_array()
    };
    match equal > 0 && !differences.is_empty() && differences.iter().all(is_whole) {
        true => {
            println!("xtask: {equal} cases equal, {} different on moto", differences.len());
            Ok(())
        }
        false => Err("the report of the run on moto is incomplete".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn incomplete_reports_are_rejected() {
        let difference = json!({ "operations": ["SignUp"], "aws": {}, "emulator": {} });
        assert!(check(&json!({ "equal": 1, "differences": [difference] })).is_ok());
        assert!(check(&json!({ "equal": 0, "differences": [difference] })).is_err());
        assert!(check(&json!({ "equal": 1, "differences": [] })).is_err());
        assert!(check(&json!({ "equal": 1, "differences": [{ "operations": [] }] })).is_err());
    }
}
