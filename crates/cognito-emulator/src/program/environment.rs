//! `env`: the variables that point AWS SDKs and TLS clients at an emulator.

use std::error::Error;
use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use url::Url;

use crate::program::client::Emulator;
use crate::program::options::{Environment, Syntax, region};
use crate::program::quoted;
use crate::program::requests::pool_ids;

/// Credentials with which SDKs sign requests. The emulator does not check them.
const CREDENTIALS: &str = "test";

/// The Region of an emulator without pools.
const DEFAULT_REGION: &str = "us-east-1";

/// Variables that take precedence over the credentials, or belong to other credentials.
const REMOVED: [&str; 4] =
    ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];

/// Variables with the hosts that need no proxy; each client uses one of them.
const WITHOUT_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Variables with the certificates that a client trusts.
const CA_VARIABLES: [&str; 4] =
    ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// Prints a line for each variable.
pub(super) fn print(options: &Environment) -> Result<(), Box<dyn Error>> {
    let mut lines = String::new();
    for name in REMOVED {
        match options.syntax {
            Syntax::Sh => writeln!(lines, "unset {name}")?,
            // An empty variable would not do: SDKs then look for a profile without a name.
            Syntax::Dotenv => {}
            Syntax::Powershell => {
                writeln!(lines, "Remove-Item Env:{name} -ErrorAction SilentlyContinue")?;
            }
        }
    }
    for (name, value) in variables(options)? {
        match options.syntax {
            // The rest of the value would be another variable.
            Syntax::Dotenv if value.contains(char::is_control) => {
                let reason = "has a line break or a control character, which --syntax dotenv cannot \
                              express; choose another --syntax";
                return Err(format!("the value of {name} {reason}").into());
            }
            Syntax::Sh => writeln!(lines, "export {name}={}", quoted(&value))?,
            Syntax::Dotenv => writeln!(lines, "{name}={value}")?,
            Syntax::Powershell => writeln!(lines, "$env:{name} = '{}'", value.replace('\'', "''"))?,
        }
    }
    Ok(io::stdout().write_all(lines.as_bytes())?)
}

fn variables(options: &Environment) -> io::Result<Vec<(&'static str, String)>> {
    let url = options.url.trim_end_matches('/').to_owned();
    let region = options.region.clone().or_else(|| region_of_first_pool(&url));
    let region = region.unwrap_or_else(|| DEFAULT_REGION.to_owned());
    let mut variables = vec![
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", url.clone()),
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY", url),
        // If this variable is true, SDKs ignore the endpoint and send requests to AWS.
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false".to_owned()),
        ("AWS_ACCESS_KEY_ID", CREDENTIALS.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", CREDENTIALS.to_owned()),
        ("AWS_REGION", region.clone()),
        ("AWS_DEFAULT_REGION", region),
    ];
    if let Some(hosts) = hosts_without_proxy(&options.url) {
        variables.extend(WITHOUT_PROXY.map(|name| (name, hosts.clone())));
    }
    if let Some(file) = &options.ca {
        let path = std::path::absolute(file)?.display().to_string();
        variables.extend(CA_VARIABLES.map(|name| (name, path.clone())));
    }
    Ok(variables)
}

/// Returns the Region of the first pool. Warns if the pools cannot be listed (the emulator is not
/// running, has no test interface, or has an https address), or if the response contains an invalid
/// pool id.
fn region_of_first_pool(url: &str) -> Option<String> {
    let warn = |error: &dyn Display| {
        let hint = format!("the Region is {DEFAULT_REGION}; set it with --region");
        eprintln!("cognito-emulator: warning: {hint} ({error})");
    };
    let pools = pool_ids(&Emulator { url }).inspect_err(|error| warn(error)).ok()?;
    let first = pools.into_iter().next()?;
    let parsed = first.split_once('_').map(|(text, _)| region(text).ok());
    parsed.flatten().or_else(|| {
        warn(&"the id of the first pool is invalid");
        None
    })
}

/// Returns the hosts of both variables and that of the emulator.
fn hosts_without_proxy(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let values = WITHOUT_PROXY.map(|name| std::env::var(name).unwrap_or_default());
    let mut hosts: Vec<&str> = Vec::new();
    for listed in values.iter().flat_map(|value| value.split(',')).chain([&*host]) {
        let listed = listed.trim();
        if !listed.is_empty() && !hosts.contains(&listed) {
            hosts.push(listed);
        }
    }
    // Clients ignore a star beside other hosts.
    if hosts.contains(&"*") { Some("*".to_owned()) } else { Some(hosts.join(",")) }
}
