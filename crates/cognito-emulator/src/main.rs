//! The program `cognito-emulator`.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use cognito_emulator::{
    Emulator, EmulatorBuilder, InvalidQuotas, IssuerStyle, Quotas, StateDurability,
};
use cognito_types::UserPoolId;
use tempfile::TempDir;

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
  GET  /oauth2/authorize, GET and POST /login       managed login, for browsers
  GET  /oauth2/userInfo, /logout, POST /oauth2/revoke
  POST /oauth2/token                                tokens for codes, refresh tokens and programs

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
  GET    /_emulator/tls          address over TLS, and the certificate to trust for it
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

    #[command(flatten)]
    tls: Tls,

    /// Address of the server for clients, if it differs: http://cognito:4567 in a container network.
    #[arg(long, value_name = "URL", value_parser = http_url)]
    endpoint: Option<String>,

    /// Address of the server for browsers, without a path, if it differs from that for clients.
    #[arg(long, value_name = "URL", value_parser = http_url)]
    public_url: Option<String>,

    /// Issuer (`iss`) of the tokens; by default tls if --tls is on and --endpoint is not given, and
    /// endpoint otherwise.
    #[arg(long, value_enum)]
    issuer: Option<Issuer>,

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

    /// File that keeps the state: acknowledged changes are there after a restart, also after a kill.
    ///
    /// It is created if it does not exist; --seed-file is then applied, and only then. It contains
    /// signing keys and other secrets.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Failures that acknowledged changes in the file of --state survive.
    #[arg(long, value_enum, default_value_t = Durability::Process, requires = "state")]
    state_durability: Durability,

    /// Function that receives the events of triggers, for pools whose LambdaConfig has ARNs.
    #[arg(long, value_name = "URL", value_parser = http_url)]
    trigger_url: Option<String>,

    /// Write a line for each request to the standard error: operation, status, error, time.
    #[arg(long)]
    log: bool,
}

#[derive(Args)]
struct Tls {
    /// Serve https beside http. The lines after the first say how clients trust its certificates.
    ///
    /// A certificate authority is created at each start. It permits names of this host only, and
    /// its key is never stored.
    #[arg(long)]
    tls: bool,

    /// Port for https; 0 for one that the system chooses. Turns on --tls.
    #[arg(long, value_name = "PORT")]
    tls_port: Option<u16>,

    /// Directory that keeps the certificate authority, so that clients trust it once. Turns on --tls.
    ///
    /// The first start creates ca.pem and ca-key.pem there.
    #[arg(long, value_name = "DIR")]
    tls_ca: Option<PathBuf>,
}

impl Tls {
    fn apply(self, mut builder: EmulatorBuilder) -> EmulatorBuilder {
        if self.tls {
            builder = builder.tls();
        }
        if let Some(port) = self.tls_port {
            builder = builder.tls_port(port);
        }
        match self.tls_ca {
            Some(directory) => builder.tls_ca(directory),
            None => builder,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Issuer {
    /// https://cognito-idp.<region>.amazonaws.com/<pool id>
    Aws,
    /// http://<this server>/<pool id>, or <endpoint>/<pool id> with --endpoint
    Endpoint,
    /// https://localhost:<TLS port>/<pool id>
    Tls,
}

impl From<Issuer> for IssuerStyle {
    fn from(issuer: Issuer) -> Self {
        match issuer {
            Issuer::Aws => Self::Aws,
            Issuer::Endpoint => Self::Endpoint,
            Issuer::Tls => Self::Tls,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Durability {
    /// The end of the process, however it ends.
    Process,
    /// A crash of the operating system and a power failure too; slower.
    Power,
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
    let ca_directory = options.tls.tls_ca.clone();
    let emulator = options.builder()?.start().await?;
    // Before the line is printed, so that its reader can interrupt the program.
    let interrupted = interrupted()?;
    let mut lines = format!("cognito-emulator is ready at {}\n", emulator.endpoint());
    let certificate = CaFile::of(&emulator, ca_directory)?;
    if let (Some(file), Some(endpoint)) = (&certificate, emulator.tls_endpoint()) {
        lines += &format!("{endpoint} {}", trust(&file.path()));
    }
    // Its reader may have closed the pipe after the first line.
    let _closed = io::stdout().write_all(lines.as_bytes());
    interrupted.await;
    // A client that never finishes its request does not keep the program running.
    let _late = tokio::time::timeout(STOP_WITHIN, emulator.stop()).await;
    Ok(())
}

impl Serve {
    fn builder(self) -> Result<EmulatorBuilder, Box<dyn Error>> {
        let address = SocketAddr::new(self.bind, self.port);
        let builder = Emulator::builder().address(address).region(self.region);
        let mut builder = self.tls.apply(builder);
        if let Some(issuer) = self.issuer {
            builder = builder.issuer(issuer.into());
        }
        if let Some(url) = self.public_url {
            builder = builder.public_url(url);
        }
        if let Some(endpoint) = self.endpoint {
            builder = builder.endpoint(endpoint);
        }
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        if let Some(path) = self.seed_file {
            builder = builder.seed_file(read(&path)?);
        }
        if let Some(path) = self.state {
            builder = builder.state_file(path).state_durability(match self.state_durability {
                Durability::Process => StateDurability::Process,
                Durability::Power => StateDurability::Power,
            });
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

/// The certificate that clients trust, as a file.
enum CaFile {
    /// In the directory that keeps the authority.
    Kept(PathBuf),
    /// In one that is deleted with this value.
    Temporary(TempDir),
}

impl CaFile {
    fn of(emulator: &Emulator, directory: Option<PathBuf>) -> Result<Option<Self>, String> {
        let Some(certificate) = emulator.ca_certificate() else { return Ok(None) };
        if let Some(directory) = directory {
            return Ok(Some(Self::Kept(std::path::absolute(&directory).unwrap_or(directory))));
        }
        let create = || {
            let directory = tempfile::Builder::new().prefix("cognito-emulator-").tempdir()?;
            fs::write(directory.path().join(CA_FILE), certificate)?;
            Ok(Some(Self::Temporary(directory)))
        };
        create().map_err(|error: io::Error| format!("cannot write the CA's certificate: {error}"))
    }

    fn path(&self) -> PathBuf {
        match self {
            Self::Kept(directory) => directory.join(CA_FILE),
            Self::Temporary(directory) => directory.path().join(CA_FILE),
        }
    }
}

/// The name of the file in [`EmulatorBuilder::tls_ca`]'s directory.
const CA_FILE: &str = "ca.pem";

/// Returns how clients are told to trust a certificate, as lines of a shell.
fn trust(path: &Path) -> String {
    let file = format!("'{}'", path.display().to_string().replace('\'', "'\\''"));
    format!(
        "is ready too, with certificates of a CA of its own; to trust it:
  curl    curl --cacert {file}
  Node    export NODE_EXTRA_CA_CERTS={file}
  Python  export SSL_CERT_FILE={file} REQUESTS_CA_BUNDLE={file}
  Go      export SSL_CERT_FILE={file}
  Java    keytool -importcert -noprompt -alias cognito-emulator -file {file} \\
            -storetype PKCS12 -keystore truststore.p12 -storepass changeit
          java -Djavax.net.ssl.trustStore=truststore.p12 -Djavax.net.ssl.trustStorePassword=changeit
  Chrome  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n cognito-emulator -i {file}
"
    )
}

/// Completes at the first signal that interrupts the program.
#[cfg(unix)]
fn interrupted() -> io::Result<impl Future<Output = ()>> {
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
fn interrupted() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_causes(source)),
        None => error.to_string(),
    }
}
