//! The program `cognito-emulator`.

use std::error::Error;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use cognito_emulator::{Emulator, EmulatorBuilder, InvalidQuotas, IssuerStyle, Quotas};
use cognito_types::UserPoolId;

/// Amazon Cognito user pools on your machine: real SRP, real tokens, no AWS account.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API until interrupted.
    ///
    /// One line on the standard output has the address, as soon as requests are served. Pools, app
    /// clients and users come from a seed file, or are created through the API with any AWS
    /// credentials.
    #[command(after_help = REQUESTS)]
    Serve(Serve),
}

/// The requests that are served beside those of the API.
const REQUESTS: &str = "\
Requests beside those of the API:
  GET  /<pool id>/.well-known/jwks.json             keys that verify tokens
  GET  /<pool id>/.well-known/openid-configuration  addresses of the keys and of the next
  POST /oauth2/token                                tokens of programs (client credentials)

Test interface, for tests in every language:
  GET    /_emulator/code?UserPoolId=ID&Username=NAME  the last code that was sent to a user
  GET    /_emulator/outbox                            all messages that would have been sent
  GET    /_emulator/requests                          the log of requests
  GET    /_emulator/quotas                            requests by quota category, monthly active users
  GET    /_emulator/clock
  POST   /_emulator/clock        {\"AdvanceSeconds\": 3600}, {\"Now\": 1709164800}, {\"Frozen\": true}
  POST   /_emulator/faults       {\"Operation\": \"GetUser\", \"Nth\": 2, \"Fault\": \"Throttled\"}
  POST   /_emulator/rotate-keys  new signing keys; the old ones verify for a day
  POST   /_emulator/tokens       {\"UserPoolId\": ID, \"ClientId\": ID, \"Username\": NAME, \"Claims\": {}}
  POST   /_emulator/reset        back to the seed file
  GET lists and DELETE clears outbox, requests and faults.

Faults: Throttled, InternalError, ConnectionRefused, ResponseLost, ResponseTruncated,
  Delayed (with Milliseconds), Exception (with Name and Message).

A seed file:
  { \"Pools\": [{ \"Id\": \"us-east-1_Example01\",
      \"Clients\": [{ \"ClientId\": \"1example23456789\" }],
      \"Groups\": [{ \"GroupName\": \"admins\" }],
      \"Users\": [{ \"Username\": \"alice\", \"Password\": \"Correct-horse1\",
        \"Attributes\": { \"email\": \"alice@example.com\" }, \"Groups\": [\"admins\"] }] }] }
  Entries may have all members of CreateUserPool, CreateUserPoolClient and CreateGroup.";

#[derive(Args)]
struct Serve {
    /// Port to listen on; 0 for one that the system chooses.
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Address to listen on.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,

    /// Serve the test interface (/_emulator/) also if --bind is no loopback address.
    ///
    /// Every host that reaches the address can then read codes and issue tokens.
    #[arg(long)]
    test_interface: bool,

    /// Address of the server for clients, if it differs: http://cognito:4567 in a container network.
    #[arg(long, value_name = "URL", value_parser = http_url)]
    endpoint: Option<String>,

    /// Issuer (`iss`) of the tokens.
    #[arg(long, value_enum, default_value_t = Issuer::Endpoint)]
    issuer: Issuer,

    /// Reject requests over the request rate quotas: "default", or a JSON file such as {"UserList": 5}.
    #[arg(long, value_name = "default|FILE")]
    quotas: Option<PathBuf>,

    /// Region in the ids of new pools.
    #[arg(long, default_value = "us-east-1", value_parser = region)]
    region: String,

    /// Seed of the random source: the same ids, codes and secrets at every start.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// JSON file with pools, app clients, groups and users to create at the start.
    #[arg(long, value_name = "FILE")]
    seed_file: Option<PathBuf>,

    /// Function that receives the events of triggers, for pools whose LambdaConfig has ARNs.
    #[arg(long, value_name = "URL", value_parser = http_url)]
    trigger_url: Option<String>,

    /// Write a line for each request to the standard error: operation, status, error, time.
    #[arg(long)]
    log: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Issuer {
    /// https://cognito-idp.<region>.amazonaws.com/<pool id>
    Aws,
    /// http://<this server>/<pool id>
    Endpoint,
}

fn main() -> ExitCode {
    let Command::Serve(options) = Cli::parse().command;
    match serve(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cognito-emulator: {}", with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

/// The time that requests under way may take when the program is interrupted.
const STOP_WITHIN: Duration = Duration::from_secs(5);

#[tokio::main]
async fn serve(options: Serve) -> Result<(), Box<dyn Error>> {
    let emulator = options.builder()?.start().await?;
    // Before the line is printed, so that its reader can interrupt the program.
    let interrupted = interrupted()?;
    #[allow(clippy::print_stdout)] // The line that the server is ready.
    {
        println!("cognito-emulator is ready at {}", emulator.endpoint());
    }
    interrupted.await;
    // A client that never finishes its request does not keep the program running.
    let _late = tokio::time::timeout(STOP_WITHIN, emulator.stop()).await;
    Ok(())
}

impl Serve {
    fn builder(self) -> Result<EmulatorBuilder, Box<dyn Error>> {
        let style = match self.issuer {
            Issuer::Aws => IssuerStyle::Aws,
            Issuer::Endpoint => IssuerStyle::Endpoint,
        };
        let mut builder = Emulator::builder()
            .address(SocketAddr::new(self.bind, self.port))
            .issuer(style)
            .region(self.region);
        if let Some(endpoint) = self.endpoint {
            builder = builder.endpoint(endpoint);
        }
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        if let Some(path) = self.seed_file {
            builder = builder.seed_file(read(&path)?);
        }
        if let Some(path) = self.quotas {
            builder = builder.quotas(quotas(&path)?);
        }
        if let Some(url) = self.trigger_url {
            builder = builder.trigger_url(url);
        }
        if self.test_interface {
            builder = builder.test_interface_beyond_loopback();
        }
        if self.log {
            builder = builder.on_request(|record| eprintln!("{record}"));
        }
        Ok(builder)
    }
}

/// Parses a URL; clients would fail on another text much later.
fn http_url(text: &str) -> Result<String, String> {
    let host = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    match host.is_some_and(|host| !host.is_empty() && !host.starts_with('/')) {
        true => Ok(text.to_owned()),
        false => Err("a URL begins with http:// or https:// and a host".to_owned()),
    }
}

/// Parses a Region with which ids of pools can begin.
fn region(text: &str) -> Result<String, String> {
    match format!("{text}_Example01").parse::<UserPoolId>() {
        Ok(_) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err("a Region is letters, digits and dashes, such as eu-west-1".to_owned()),
    }
}

fn quotas(path: &Path) -> Result<Quotas, String> {
    if path == Path::new("default") {
        return Ok(Quotas::default());
    }
    let error = |error| format!("{}: {}", path.display(), with_causes(&error));
    read(path)?.parse().map_err(|invalid: InvalidQuotas| error(invalid))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Completes at the first signal that interrupts the program.
#[cfg(unix)]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes at Ctrl-C.
#[cfg(not(unix))]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_causes(source)),
        None => error.to_string(),
    }
}
