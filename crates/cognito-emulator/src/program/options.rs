//! The command line, and the emulator that its options describe.

use std::error::Error;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use cognito_emulator::{
    Emulator, EmulatorBuilder, InvalidQuotas, IssuerStyle, Quotas, StateDurability,
};
use cognito_types::UserPoolId;

use crate::program::{decode, help, urls, with_causes};

/// An emulator of Amazon Cognito user pools and identity pools, which needs no AWS account.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = help::EXAMPLES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Serve the API until interrupted.
    ///
    /// The first line of the standard output is printed when requests are served, and has the
    /// address. Pools, app clients and users come from a seed file, or are created through the API
    /// with any AWS credentials.
    #[command(after_help = help::REQUESTS)]
    Serve(Box<Serve>),

    /// Check that an emulator serves requests; the health check of a container.
    Health(Health),

    /// Print the last code that an emulator sent to a user.
    Codes(Codes),

    /// Reset an emulator to its state after the start.
    Reset(Target),

    /// Print shell commands that point AWS SDKs at an emulator.
    #[command(after_help = help::ENVIRONMENT)]
    Env(Environment),

    /// Write a seed file with the settings of existing pools.
    #[command(after_help = help::IMPORT)]
    Import(Import),
}

/// A running emulator.
#[derive(Args)]
pub(super) struct Target {
    /// Address of the emulator, an http address without a path.
    #[arg(long, value_name = "URL", value_parser = urls::origin, hide_env_values = true)]
    #[arg(env = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")]
    pub(super) url: String,
}

#[derive(Args)]
pub(super) struct Health {
    #[command(flatten)]
    pub(super) target: Target,

    /// Maximum time to wait until the emulator serves requests.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(super) wait: u64,
}

#[derive(Args)]
pub(super) struct Codes {
    /// Name or alias of the user.
    #[arg(value_name = "USER")]
    pub(super) username: String,

    /// Id of the user's pool; by default all pools are searched.
    #[arg(long, value_name = "ID")]
    pub(super) pool: Option<String>,

    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Args)]
pub(super) struct Environment {
    /// Address of the emulator, with the path that a proxy removes, if there is one.
    #[arg(long, value_name = "URL", value_parser = urls::endpoint, hide_env_values = true)]
    #[arg(env = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")]
    pub(super) url: String,

    /// Region of the SDKs; by default the Region of the emulator's first pool. It is us-east-1 if
    /// the emulator has no pool, is not running or has no test interface, or if the URL is not an
    /// http address.
    #[arg(long, value_parser = region)]
    pub(super) region: Option<String>,

    /// CA certificate to trust for https: the file "ca" of --ready-json, or ca.pem in the directory
    /// of --tls-ca.
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,

    /// Syntax of the lines.
    #[arg(long, value_enum, default_value_t = Syntax::Sh)]
    pub(super) syntax: Syntax,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Syntax {
    /// export NAME='value', for eval in sh, bash and zsh
    Sh,
    /// NAME=value, for $GITHUB_ENV, Docker and .env files
    Dotenv,
    /// $env:NAME = 'value'
    Powershell,
}

#[derive(Args)]
pub(super) struct Import {
    /// Outputs of the AWS CLI in JSON, in any order; - for the standard input.
    #[arg(long, value_name = "FILES", num_args = 1.., required_unless_present = "from_cognito_local")]
    pub(super) from_json: Vec<PathBuf>,

    /// Directory of cognito-local: .cognito, or .cognito/db.
    #[arg(long, value_name = "DIR")]
    pub(super) from_cognito_local: Option<PathBuf>,

    /// Password of all users without one, such as those of list-users; they are then confirmed.
    ///
    /// Set it with the variable, so that it is not in the list of processes and the history of the
    /// shell.
    #[arg(long, env = "COGNITO_EMULATOR_IMPORT_PASSWORD", hide_env_values = true)]
    pub(super) password: Option<String>,

    /// File to write, readable only by its owner, because it contains secrets; by default the
    /// standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// Replace the file of --output if it exists.
    #[arg(long, requires = "output")]
    pub(super) force: bool,
}

#[derive(Args)]
pub(super) struct Serve {
    /// Port to listen on; 0 selects a free port.
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Address to listen on.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,

    /// Serve the test interface (/_emulator/) even if --bind is not a loopback address.
    ///
    /// Every host that reaches the address can then read codes and issue tokens.
    #[arg(long)]
    test_interface: bool,

    #[command(flatten)]
    pub(super) tls: Tls,

    /// Address for clients, if it differs from the bound one: http://cognito:4567 in a container
    /// network.
    #[arg(long, value_name = "URL", value_parser = urls::endpoint)]
    endpoint: Option<String>,

    /// Address for browsers, without a path, if it differs from the address for clients.
    #[arg(long, value_name = "URL", value_parser = urls::origin)]
    public_url: Option<String>,

    /// Origin whose pages may use the test interface and operations for administrators, such as
    /// https://app.example; can be repeated.
    ///
    /// Pages of localhost, of names below it, of names that public DNS does not have (without a dot,
    /// or below .test and .internal), of loopback addresses, and of the hosts of --endpoint and
    /// --public-url may use them without this option.
    #[arg(long, value_name = "ORIGIN", value_parser = urls::web_origin)]
    allow_origin: Vec<String>,

    /// Add a nonce to ID tokens of users of identity providers even if the application sent none,
    /// as the service does.
    #[arg(long)]
    unexpected_nonce: bool,

    /// Issuer (`iss`) of tokens; by default tls if --tls is on and --endpoint is not set, and
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

    /// Seed file in JSON or TOML, with pools, app clients, groups, users and more to create at the
    /// start.
    #[arg(long, value_name = "FILE")]
    pub(super) seed_file: Option<PathBuf>,

    /// File that keeps the state: acknowledged changes survive a restart, even after a kill.
    ///
    /// It is created if it does not exist; only then --seed-file is applied. It contains signing
    /// keys and other secrets.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Failures that acknowledged changes in the state file survive.
    #[arg(long, value_enum, default_value_t = Durability::Process, requires = "state")]
    state_durability: Durability,

    /// URL that receives the events of triggers, for pools whose LambdaConfig has ARNs; http only.
    #[arg(long, value_name = "URL", value_parser = urls::function)]
    trigger_url: Option<String>,

    /// Write a line for each request to the standard error: operation, status, error, time.
    #[arg(long)]
    log: bool,

    /// Print one line of JSON once requests are served: addresses, pools and app clients.
    ///
    /// It replaces the lines of text on the standard output. Its members are "url", "https_url",
    /// "ca" and "pools"; the guide to the emulator describes them. It contains client secrets.
    #[arg(long)]
    pub(super) ready_json: bool,

    /// Exit when the standard input is closed, which happens when the parent process ends.
    ///
    /// Ctrl-C, which a terminal sends to both processes, is then ignored, so that the parent
    /// process can continue or clean up.
    #[arg(long)]
    pub(super) exit_with_stdin: bool,
}

#[derive(Args)]
pub(super) struct Tls {
    /// Serve https in addition to http. The lines after the first explain how clients trust its
    /// certificates.
    ///
    /// A certificate authority is created at each start. It permits names of this host only, and
    /// its key is never stored.
    #[arg(long)]
    tls: bool,

    /// Port for https; 0 selects a free port. Turns on --tls.
    #[arg(long, value_name = "PORT")]
    tls_port: Option<u16>,

    /// Directory that keeps the certificate authority, so that clients need to trust it only once.
    /// Turns on --tls.
    ///
    /// The first start creates ca.pem and ca-key.pem there.
    #[arg(long, value_name = "DIR")]
    pub(super) tls_ca: Option<PathBuf>,
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
pub(super) enum Issuer {
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
pub(super) enum Durability {
    /// Any end of the process.
    Process,
    /// Also a crash of the operating system and a power failure; slower.
    Power,
}

impl From<Durability> for StateDurability {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::Process => Self::Process,
            Durability::Power => Self::Power,
        }
    }
}

impl Serve {
    /// Returns the address to listen on.
    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.bind, self.port)
    }

    /// Returns the settings of the emulator, and reads the files that the options name.
    pub(super) fn builder(self) -> Result<EmulatorBuilder, Box<dyn Error>> {
        let builder = Emulator::builder().address(self.address()).region(self.region);
        let mut builder = self.tls.apply(builder);
        if let Some(issuer) = self.issuer {
            builder = builder.issuer(issuer.into());
        }
        if let Some(url) = self.public_url {
            builder = builder.public_url(url);
        }
        for origin in self.allow_origin {
            builder = builder.allow_origin(origin);
        }
        if self.unexpected_nonce {
            builder = builder.unexpected_nonce();
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
            builder = builder.state_file(path).state_durability(self.state_durability.into());
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

/// Parses a Region, which must be valid at the beginning of a pool id.
pub(super) fn region(text: &str) -> Result<String, String> {
    match format!("{text}_Example01").parse::<UserPoolId>() {
        Ok(_) if !text.is_empty() => Ok(text.to_owned()),
        _ => {
            Err("the Region must consist of letters, digits and dashes, such as eu-west-1"
                .to_owned())
        }
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
    let text = fs::read(path).and_then(decode);
    text.map_err(|error| format!("{}: {error}", path.display()))
}
