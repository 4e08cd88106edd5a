//! Third-party clients of identity pools, against the emulator.

use std::process::Stdio;

use super::report::{self, Report};
use super::script;
use super::servers::Server;
use crate::run::Outcome;
use crate::third_party;

/// Names with versions, scripts in `tests/interop`, and the issuer of the tokens. Amplify derives the name
/// of the login provider from the issuer of AWS.
const CLIENTS: [(&str, &str, &str); 3] = [
    ("boto3 1.43.106", "identity_pools.py", "endpoint"),
    (
        "@aws-sdk/credential-provider-cognito-identity 3.972.84",
        "identity_pool_sdk_js.mjs",
        "endpoint",
    ),
    ("@aws-amplify/auth 6.21.1, fetchAuthSession", "identity_pool_amplify.mjs", "aws"),
];

/// Runs every client, and prints one table.
pub(super) fn run() -> Outcome {
    let mut reports = Vec::new();
    for (name, file, issuer) in CLIENTS {
        println!("xtask: {name} against identity pools of the emulator");
        let server = Server::ours(issuer)?;
        let mut command = script(file)?;
        command.arg(server.endpoint()).arg(third_party::node_packages());
        reports.push(Report::of(name, command.stdout(Stdio::piped()))?);
    }
    report::conclude(&report::IDENTITY_POOLS, &reports)
}
