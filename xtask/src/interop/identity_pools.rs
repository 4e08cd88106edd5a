//! Clients of identity pools that others wrote, against identity pools of ours.

use std::process::Stdio;

use super::report::{self, Report};
use super::script;
use super::servers::Server;
use crate::peers;
use crate::run::Outcome;

/// Names with versions, scripts in `tests/interop`, and the issuer of the tokens: Amplify names the
/// provider of its logins by that of AWS.
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
        println!("xtask: {name} against our identity pools");
        let server = Server::ours(issuer)?;
        let mut command = script(file)?;
        command.arg(server.endpoint()).arg(peers::node_packages());
        reports.push(Report::of(name, command.stdout(Stdio::piped()))?);
    }
    report::conclude(&report::IDENTITY_POOLS, &reports)
}
