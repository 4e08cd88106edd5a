//! The benchmarked programs that sign in and that verify a token, ours first.

use std::path::Path;
use std::process::Command;

use crate::child::script_command;
use crate::tokens::{CLIENT_ID, Job, POOL_ID};
use crate::{Installed, Result};

pub(crate) const OURS: &str = "cognito";
pub(crate) const OURS_WITH_ADMIN: &str = "cognito with the feature admin";
pub(crate) const AWS_SDK: &str = "AWS SDK for Rust, aws-cognito-srp 0.2.6";
pub(crate) const PYCOGNITO: &str = "pycognito 2024.5.1";
pub(crate) const IDENTITY_JS: &str = "amazon-cognito-identity-js 6.3.21 (node)";
pub(crate) const AMPLIFY: &str = "@aws-amplify/auth 6.21.1 (node)";
pub(crate) const JWT_VERIFY: &str = "aws-jwt-verify 5.2.1 (node)";

/// The program of a client, and its name in tables.
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) command: Command,
}

/// Returns the available programs that sign in.
pub(crate) fn that_sign_in(installed: &Installed, arguments: &[String]) -> Result<Vec<Client>> {
    let programs = installed.programs.as_deref().ok_or("programs=DIRECTORY is missing")?;
    let mut clients = Vec::new();
    for (name, program) in [
        (OURS, "bench-cognito"),
        (OURS_WITH_ADMIN, "bench-cognito-admin"),
        (AWS_SDK, "bench-aws-sdk"),
    ] {
        let program = programs.join(program);
        if program.exists() {
            clients.push(Client { name, command: Command::new(program) });
        }
    }
    if let Some(python) = &installed.python {
        let command = script_command(python, "pycognito_client.py");
        clients.push(Client { name: PYCOGNITO, command });
    }
    if let Some(packages) = &installed.node {
        let client = |name, script| Client { name, command: script_of_node(packages, script) };
        clients.push(client(IDENTITY_JS, "identity_js_client.mjs"));
        clients.push(client(AMPLIFY, "amplify_client.mjs"));
    }
    for client in &mut clients {
        client.command.args(arguments);
    }
    Ok(clients)
}

/// Returns the available programs that verify a token.
pub(crate) fn that_verify(installed: &Installed, job: &Job) -> Result<Vec<Client>> {
    let programs = installed.programs.as_deref().ok_or("programs=DIRECTORY is missing")?;
    let command = Command::new(programs.join("bench-token"));
    let mut clients = vec![Client { name: OURS, command }];
    if let Some(packages) = &installed.node {
        let command = script_of_node(packages, "aws_jwt_verify.mjs");
        clients.push(Client { name: JWT_VERIFY, command });
    }
    if let Some(python) = &installed.python {
        let command = script_command(python, "pycognito_verify.py");
        clients.push(Client { name: PYCOGNITO, command });
    }
    for client in &mut clients {
        client.command.args([POOL_ID, CLIENT_ID, &job.jwks, &job.token]);
    }
    Ok(clients)
}

fn script_of_node(packages: &Path, script: &str) -> Command {
    let mut command = script_command("node".as_ref(), script);
    command.arg(packages).env("NODE_NO_WARNINGS", "1");
    command
}
