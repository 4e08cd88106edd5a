//! Third-party OpenID Connect clients, against managed login of the emulator over TLS.

use std::process::Stdio;

use super::report::{self, Report};
use super::script;
use super::servers::Server;
use crate::apt::Programs;
use crate::run::{self, Outcome};
use crate::third_party;

/// A third-party client.
struct Client {
    /// Name and version.
    name: &'static str,
    /// Its script or program in `tests/interop`.
    file: &'static str,
    /// The kinds of app client that it runs with: `public`, `secret`.
    kinds: &'static [&'static str],
    /// Programs that must be installed.
    needs: Option<Programs>,
}

const BROWSER: Programs =
    Programs { names: &["chromium", "certutil"], packages: &["chromium", "libnss3-tools"] };

const GO: Programs = Programs {
    names: &[
        "go",
        "/usr/share/gocode/src/github.com/coreos/go-oidc",
        "/usr/share/gocode/src/golang.org/x/oauth2",
    ],
    packages: &["golang-go", "golang-github-coreos-go-oidc-dev", "golang-golang-x-oauth2-dev"],
};

const CLIENTS: [Client; 8] = [
    server("oauth4webapi 3.8.8", "oauth4webapi_client.mjs"),
    server("openid-client 6.9.0", "openid_client.mjs"),
    server("@auth/core 0.41.3, Cognito", "authjs_client.mjs"),
    server("arctic 3.7.0, AmazonCognito", "arctic_client.mjs"),
    server("Authlib 1.9.10, Flask", "authlib_client.py"),
    page("oidc-client-ts 3.5.0, Chromium", "oidc_client_ts_client.mjs"),
    page("aws-amplify 6.22.1, Chromium", "amplify_redirect_client.mjs"),
    Client { needs: Some(GO), ..server("go-oidc 2.1 and x/oauth2 of Debian", "go_oidc_client.go") },
];

/// Returns a client that runs on a server.
const fn server(name: &'static str, file: &'static str) -> Client {
    Client { name, file, kinds: &["public", "secret"], needs: None }
}

/// Returns a client that runs in a web page, which can have no secret.
const fn page(name: &'static str, file: &'static str) -> Client {
    Client { name, file, kinds: &["public"], needs: Some(BROWSER) }
}

/// Runs every client, and prints one table.
pub(super) fn run() -> Outcome {
    let ca = run::target().join("interop/ca");
    let server = Server::ours_over_tls(&ca)?;
    let mut reports = Vec::new();
    for client in &CLIENTS {
        if let Some(Err(reason)) = client.needs.map(Programs::install) {
            run::skip(client.name, &reason);
            continue;
        }
        for kind in client.kinds {
            println!("xtask: {}, {kind}, against managed login", client.name);
            let mut command = script(client.file)?;
            // Each language reads a different variable.
            for variable in ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
                command.env(variable, ca.join("ca.pem"));
            }
            command.arg(server.endpoint()).arg(third_party::node_packages()).arg(kind);
            let name = format!("{}, {kind}", client.name);
            reports.push(Report::of(&name, command.stdout(Stdio::piped()))?);
        }
    }
    report::conclude(&report::MANAGED_LOGIN, &reports)
}
