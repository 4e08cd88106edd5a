//! The program `cognito-emulator`.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use cognito_emulator::{Emulator, IssuerStyle};

/// An Amazon Cognito user pool on your machine: real SRP, real tokens, no AWS account.
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
    /// One line on the standard output says the address as soon as it answers. Pools and app
    /// clients are made with CreateUserPool and CreateUserPoolClient; any AWS credentials will do.
    /// The codes that would have been sent are at GET /_emulator/outbox, key sets at
    /// GET /<pool id>/.well-known/jwks.json.
    Serve(Serve),
}

#[derive(Args)]
struct Serve {
    /// Port to listen on; 0 lets the system choose.
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,

    /// What tokens carry as `iss`.
    #[arg(long, value_enum, default_value_t = Issuer::Endpoint)]
    issuer: Issuer,

    /// Region in the ids of new pools.
    #[arg(long, default_value = "us-east-1")]
    region: String,

    /// Make the same ids and codes at every start.
    #[arg(long)]
    seed: Option<u64>,
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

#[tokio::main]
async fn serve(options: Serve) -> Result<(), Box<dyn Error>> {
    let style = match options.issuer {
        Issuer::Aws => IssuerStyle::Aws,
        Issuer::Endpoint => IssuerStyle::Endpoint,
    };
    let mut builder = Emulator::builder()
        .address(SocketAddr::new(options.bind, options.port))
        .issuer(style)
        .region(options.region);
    if let Some(seed) = options.seed {
        builder = builder.seed(seed);
    }
    let emulator = builder.start().await?;
    #[allow(clippy::print_stdout)] // It is what says that the server is ready.
    {
        println!("cognito-emulator is ready at {}", emulator.endpoint());
    }
    std::future::pending().await
}

fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_causes(source)),
        None => error.to_string(),
    }
}
