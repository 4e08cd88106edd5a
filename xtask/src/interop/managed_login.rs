//! Clients of OpenID Connect that others wrote, against managed login over TLS.

use std::process::Stdio;

use super::report::{self, Report};
use super::script;
use super::servers::Server;
use crate::peers;
use crate::run::{self, Outcome};

/// Clients with their versions, and their scripts in `tests/interop`. Each runs as a public app
/// client and as one with a secret.
const CLIENTS: [(&str, &str); 4] = [
    ("oauth4webapi 3.8.8", "oauth4webapi_client.mjs"),
    ("openid-client 6.9.0", "openid_client.mjs"),
    ("@auth/core 0.41.3, Cognito", "authjs_client.mjs"),
    ("arctic 3.7.0, AmazonCognito", "arctic_client.mjs"),
];

/// Runs every client, and prints one table.
pub(super) fn run() -> Outcome {
    let ca = run::target().join("interop/ca");
    let server = Server::ours_over_tls(&ca)?;
    let certificate = ca.join("ca.pem");
    let mut reports = Vec::new();
    for (name, file) in CLIENTS {
        for kind in ["public", "secret"] {
            println!("xtask: {name}, {kind}, against managed login");
            let mut command = script(file);
            // Each language has variables of its own.
            for variable in ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
                command.env(variable, &certificate);
            }
            command.arg(server.endpoint()).arg(peers::node_packages()).arg(kind);
            let name = format!("{name}, {kind}");
            reports.push(Report::of(&name, command.stdout(Stdio::piped()))?);
        }
    }
    report::conclude(&report::MANAGED_LOGIN, &reports)
}
