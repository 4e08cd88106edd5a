//! Interoperability: third-party clients against the emulator, and our clients against third-party servers.

mod aws;
mod identity_pools;
mod managed_login;
pub(crate) mod pages;
mod report;
mod servers;

use std::process::{Command, Stdio};

use self::report::Report;
use self::servers::Server;
use crate::go;
use crate::run::{self, Outcome, cargo};
use crate::shapes;
use crate::third_party;

/// A third-party client.
struct Client {
    /// Name and version.
    name: &'static str,
    /// Its script in `tests/interop`.
    script: &'static str,
    /// Arguments after the endpoint.
    arguments: &'static [&'static str],
    /// The issuer that it expects.
    issuer: Issuer,
}

/// The `iss` of the tokens of an emulator: its endpoint, or the issuer of AWS.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Issuer {
    Endpoint,
    Aws,
}

/// The script that compares pycognito with the guide's table of its members.
const MEMBERS: &str = "pycognito_members.py";

/// The script that compares amazon-cognito-identity-js with the guide's tables of its members.
const IDENTITY_JS_MEMBERS: &str = "identity_js_members.mjs";

const PYCOGNITO: &str = "pycognito_client.py";
const BOTO3: &str = "boto3_client.py";
const SDK_JS: &str = "sdk_js_client.mjs";
const IDENTITY_JS: &str = "identity_js_client.mjs";
const AMPLIFY: &str = "amplify_client.mjs";
const SDK_GO: &str = "go_sdk_client.go";
const PROGRAM_MOTO: &str = "program_moto.py";
const STEP_FUNCTIONS_MOTO: &str = "step_functions_moto.py";
const TOKEN_EXCHANGE: &str = "token_exchange_client.mjs";

const CLIENTS: [Client; 12] = [
    client("pycognito 2024.5.1, kwargs", PYCOGNITO, &["kwargs"], Issuer::Endpoint),
    client(
        "pycognito 2024.5.1, kwargs, secret",
        PYCOGNITO,
        &["kwargs", "secret"],
        Issuer::Endpoint,
    ),
    client("pycognito 2024.5.1, env", PYCOGNITO, &["env"], Issuer::Aws),
    client("pycognito 2024.5.1, env, secret", PYCOGNITO, &["env", "secret"], Issuer::Aws),
    client("boto3 1.43.106", BOTO3, &[], Issuer::Endpoint),
    client("boto3 1.43.106, secret", BOTO3, &["secret"], Issuer::Endpoint),
    client("@aws-sdk for JavaScript 3.1169.0", SDK_JS, &[], Issuer::Endpoint),
    client("@aws-sdk for JavaScript 3.1169.0, secret", SDK_JS, &["secret"], Issuer::Endpoint),
    client("amazon-cognito-identity-js 6.3.21", IDENTITY_JS, &[], Issuer::Endpoint),
    client("@aws-amplify/auth 6.21.1", AMPLIFY, &[], Issuer::Endpoint),
    client("AWS SDK for Go 1.17.1 of Debian", SDK_GO, &[], Issuer::Endpoint),
    client("AWS SDK for Go 1.17.1 of Debian, secret", SDK_GO, &["secret"], Issuer::Endpoint),
];

const fn client(
    name: &'static str,
    script: &'static str,
    arguments: &'static [&'static str],
    issuer: Issuer,
) -> Client {
    Client { name, script, arguments, issuer }
}

pub(crate) fn run() -> Outcome {
    shapes::check()?;
    third_party::install_python()?;
    third_party::install_node()?;
    run::build(&["-p", "cognito-emulator", "-p", "cognito-tests", "--bins"])?;
    let guides = run::root().join("docs");
    run::run(script(MEMBERS)?.arg(guides.join("pycognito.md")))?;
    let mut members = script(IDENTITY_JS_MEMBERS)?;
    members.arg(guides.join("migrating-from-identity-js.md"));
    run::run(members.arg(third_party::node_packages()))?;
    third_party_clients()?;
    token_exchange()?;
    managed_login::run()?;
    identity_pools::run()?;
    pages::run(None)?;
    third_party_servers()?;
    program_against_moto()?;
    aws::run()?;
    cargo(&["test", "-p", "cognito-apart-tests"], &[])
}

/// Runs only the clients of managed login.
pub(crate) fn run_managed_login() -> Outcome {
    third_party::install_python()?;
    third_party::install_node()?;
    run::build(&["-p", "cognito-emulator", "--bins"])?;
    managed_login::run()
}

/// Runs only the comparison with AWS, on moto.
pub(crate) fn run_aws() -> Outcome {
    third_party::install_python()?;
    run::build(&["-p", "cognito-tests", "--bin", "against_aws"])?;
    aws::run()
}

/// Runs only token exchange.
pub(crate) fn run_token_exchange() -> Outcome {
    third_party::install_node()?;
    run::build(&["-p", "cognito-emulator", "--bins"])?;
    token_exchange()
}

/// Exchanges tokens on a separate emulator, because the client advances its clock.
fn token_exchange() -> Outcome {
    const NAME: &str = "openid-client 6.9.0, aws-jwt-verify 5.2.1, jose 6.2.18";
    println!("xtask: token exchange with {NAME}");
    let server = Server::ours("aws")?;
    let mut client = script(TOKEN_EXCHANGE)?;
    client.arg(server.endpoint()).arg(third_party::node_packages()).stdout(Stdio::piped());
    report::conclude(&report::TOKEN_EXCHANGE, &[Report::of(NAME, &mut client)?])
}

/// Runs only the clients of identity pools.
pub(crate) fn run_identity_pools() -> Outcome {
    third_party::install_python()?;
    third_party::install_node()?;
    run::build(&["-p", "cognito-emulator", "--bins"])?;
    identity_pools::run()
}

/// Runs all clients, even after failures, and then prints one table.
fn third_party_clients() -> Outcome {
    let by_endpoint = Server::ours("endpoint")?;
    let by_aws = Server::ours("aws")?;
    let mut reports = Vec::new();
    for client in &CLIENTS {
        if let (SDK_GO, Err(reason)) = (client.script, go::SDK.install()) {
            run::skip(client.name, &reason);
            continue;
        }
        println!("xtask: {} against the emulator", client.name);
        let server = match client.issuer {
            Issuer::Endpoint => &by_endpoint,
            Issuer::Aws => &by_aws,
        };
        let mut command = script(client.script)?;
        command.arg(server.endpoint());
        if is_of_node(client.script) {
            command.arg(third_party::node_packages());
        }
        command.args(client.arguments).stdout(Stdio::piped());
        reports.push(Report::of(client.name, &mut command)?);
    }
    report::conclude(&report::OPERATIONS, &reports)
}

/// Runs our client against ministack 1.5.33 and moto 5.2.5.
fn third_party_servers() -> Outcome {
    let (ministack, moto) = (Server::ministack()?, Server::moto()?);
    for (server, arguments) in [
        (&ministack, &["ministack"][..]),
        (&ministack, &["ministack", "secret"]),
        (&moto, &["moto"]),
    ] {
        println!("xtask: our client against {}", arguments.join(", "));
        let mut client = Command::new(run::built("against_other_servers"));
        run::run(client.arg(server.endpoint()).args(arguments))?;
    }
    Ok(())
}

/// Runs the program `cognito` against moto 5.2.5, on a separate server.
fn program_against_moto() -> Outcome {
    println!("xtask: the program cognito against moto");
    run::build(&["-p", "cognito-cli", "--bins"])?;
    let moto = Server::moto()?;
    let program = run::built("cognito");
    run::run(script(PROGRAM_MOTO)?.arg(moto.endpoint()).arg(&program))?;
    let machine = run::root().join("docs/state-machines/bulk-job.asl.json");
    run::run(script(STEP_FUNCTIONS_MOTO)?.arg(moto.endpoint()).arg(&program).arg(machine))
}

/// Returns a command of a script or program of `tests/interop`, without its arguments.
fn script(name: &str) -> Result<Command, String> {
    if let Some(name) = name.strip_suffix(".go") {
        return go::build(name).map(Command::new);
    }
    let mut command = match is_of_node(name) {
        true => Command::new("node"),
        false => Command::new(third_party::python()),
    };
    // The clients call functions that newer versions of Python and Node deprecate.
    command.env("PYTHONWARNINGS", "ignore").env("NODE_NO_WARNINGS", "1");
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(run::root().join("tests/interop").join(name));
    Ok(command)
}

fn is_of_node(script: &str) -> bool {
    script.ends_with(".mjs")
}
