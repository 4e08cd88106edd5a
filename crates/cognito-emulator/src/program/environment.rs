//! `env`: the variables by which AWS SDKs and clients over TLS reach an emulator.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::program::options::{Environment, Syntax};
use crate::program::quoted;

/// Credentials with which SDKs sign requests. The emulator does not check them.
const CREDENTIALS: &str = "test";

/// Variables with the certificates that a client trusts.
const CA_VARIABLES: [&str; 4] =
    ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// Prints a line for each variable.
pub(super) fn print(options: &Environment) -> Result<(), Box<dyn Error>> {
    let mut lines = String::new();
    for (name, value) in variables(options)? {
        match options.syntax {
            Syntax::Sh => writeln!(lines, "export {name}={}", quoted(&value))?,
            Syntax::Dotenv => writeln!(lines, "{name}={value}")?,
            Syntax::Powershell => writeln!(lines, "$env:{name} = '{}'", value.replace('\'', "''"))?,
        }
    }
    Ok(io::stdout().write_all(lines.as_bytes())?)
}

fn variables(options: &Environment) -> io::Result<Vec<(&'static str, String)>> {
    let url = options.target.url.trim_end_matches('/').to_owned();
    let mut variables = vec![
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", url.clone()),
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY", url),
        ("AWS_ACCESS_KEY_ID", CREDENTIALS.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", CREDENTIALS.to_owned()),
        ("AWS_REGION", options.region.clone()),
        ("AWS_DEFAULT_REGION", options.region.clone()),
    ];
    if let Some(file) = &options.ca {
        let path = std::path::absolute(file)?.display().to_string();
        variables.extend(CA_VARIABLES.map(|name| (name, path.clone())));
    }
    Ok(variables)
}
