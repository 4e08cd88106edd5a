//! `cognito job worker`: parts of a job that several machines divide.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, FromArgMatches};
use cognito::bulk::{DEFAULT_LEASE, MAX_CLAIMED_PARTS};

use crate::app::App;
use crate::args::{Cli, Command};
use crate::commands::{self, groups, users};
use crate::failure::{Exit, Failure, Outcome};
use crate::help;
use crate::jobs::parts::{PartsOptions, Source};

const EXAMPLES: &str = "\
Examples:
  cognito job worker --redis redis://cache:6379 --job leavers --parts 16 --yes -- \\
      users disable --from leavers.csv --column login
  cognito job worker --redis env --job copy --parts 8 --directory /mnt/jobs -- \\
      users export users.jsonl
  cognito job worker --queue https://sqs.eu-west-1.amazonaws.com/123456789012/parts --yes -- \\
      users sign-out --all

  On one machine, with an emulator whose seed file has a pool with the name shop, and a Redis server:
    cognito emulator serve --port 4701 --seed-file seed.toml
    redis-server --port 6379
    eval \"$(cognito emulator env --url http://localhost:4701)\"
    cognito job worker --redis redis://127.0.0.1:6379 --job try --parts 4 --pool shop --yes -- \\
        users disable --all
";

/// Runs parts of a job, together with workers on other machines
///
/// The command of the job follows --: a change of several users, `users import` or `users export`. Run the same command
/// with the same options on each machine; a file of users must have the same path on all of them. An export has at most
/// 16 parts, each with its file in the directory of the part. User import jobs of the service have one part.
///
/// With --redis, a worker claims parts until all of them are finished, and takes over the parts of workers that have
/// died. All workers share the request rates through Redis. With --queue, AWS Step Functions distributes the parts: a
/// worker receives them from an Amazon SQS queue, sends heartbeats while it runs them, and sends their results. For
/// other servers than those of AWS, set AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_SFN.
///
/// Each part is a job of `cognito job list`, such as leavers-2-of-16. If the workers share --directory, a part that is
/// taken over is resumed from its journal; otherwise it begins again.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: SourceOptions,
    /// Name of the job, the same for all its workers: at most 80 letters, digits and hyphens
    #[arg(long, value_name = "NAME", requires = "redis", value_parser = name)]
    job: Option<String>,
    /// Number of parts, the same for all workers; at most 1000
    #[arg(long, value_name = "N", requires = "redis", value_parser = parts())]
    parts: Option<u32>,
    /// Number of workers, among which the request rates are divided; by default the number of parts
    #[arg(long, value_name = "N", requires = "queue", value_parser = clap::value_parser!(u32).range(1..))]
    workers: Option<u32>,
    /// Seconds without a message after which the worker ends; by default it runs until an interrupt
    #[arg(long, value_name = "SECONDS", requires = "queue")]
    until_idle: Option<u64>,
    /// Seconds after which another worker takes over the part of a worker that has died, from 3 to 43200
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = DEFAULT_LEASE.as_secs(),
        value_parser = clap::value_parser!(u64).range(3..=43_200)
    )]
    lease: u64,
    /// Directory of the parts, which workers may share; by default that of all jobs of this machine
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
    /// Command of the job, without `cognito`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct SourceOptions {
    /// Address of the Redis server, such as redis://cache:6379; `env` reads it from COGNITO_REDIS_URL, because it may
    /// contain a password
    #[arg(long, value_name = "URL", requires = "job", requires = "parts")]
    redis: Option<String>,
    /// URL of the Amazon SQS queue with the parts
    #[arg(long, value_name = "URL")]
    queue: Option<String>,
}

fn parts() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(MAX_CLAIMED_PARTS))
}

/// Parses a name that is a part of the ids of jobs.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    match (1..=80).contains(&text.len()) && text.chars().all(is_name) {
        true => Ok(text.to_owned()),
        false => Err("use 1 to 80 letters, digits and hyphens".to_owned()),
    }
}

pub(super) async fn run(arguments: Arguments, app: &App) -> Outcome<Exit> {
    let command = parse(&arguments.command)?;
    let options = arguments.options(app)?;
    if app.parts.set(options).is_err() {
        return Err(Failure::usage("the command of a worker cannot be a worker"));
    }
    // The futures of commands are large, and this one is nested in another.
    Box::pin(commands::run(command, app)).await
}

impl Arguments {
    fn options(&self, app: &App) -> Outcome<PartsOptions> {
        let source = match (&self.source.redis, &self.source.queue, &self.job, self.parts) {
            (Some(url), _, Some(job), Some(parts)) => {
                Source::Redis { url: redis_url(url, app)?, job: job.clone(), parts }
            }
            (_, Some(url), ..) => Source::Queue {
                url: url.clone(),
                workers: self.workers,
                until_idle: self.until_idle.map(Duration::from_secs),
            },
            // clap rejects all other combinations.
            _ => return Err(Failure::usage("--job and --parts are missing")),
        };
        Ok(PartsOptions {
            source,
            lease: Duration::from_secs(self.lease),
            directory: self.directory.as_ref().map(|path| app.environment.directory().join(path)),
        })
    }
}

/// Returns the address, or reads it from the environment if it is `env`, because it may contain a
/// password.
fn redis_url(url: &str, app: &App) -> Outcome<String> {
    if url != "env" {
        return Ok(url.to_owned());
    }
    let found = app.environment.get("COGNITO_REDIS_URL");
    found.ok_or_else(|| {
        let failure = Failure::usage("COGNITO_REDIS_URL is not set");
        failure.hint("set it to an address such as redis://:PASSWORD@cache:6379")
    })
}

/// Parses the command of the job, and rejects commands without a job for many users.
fn parse(words: &[String]) -> Outcome<Command> {
    let arguments = ["cognito"].into_iter().chain(words.iter().map(String::as_str));
    let parsed = help::command().try_get_matches_from(arguments);
    let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = parsed.map_err(|error| {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        Failure::usage(format!("the command of the job is invalid: {message}"))
    })?;
    if cli.global.is_set() {
        let message = "the command of the job has a global option, such as --pool or --yes";
        return Err(Failure::usage(message).hint("write global options before --"));
    }
    match cli.command {
        Command::Users(
            users::Subcommand::Import(_)
            | users::Subcommand::Export(_)
            | users::Subcommand::Set(_)
            | users::Subcommand::Password(_)
            | users::Subcommand::Confirm(_)
            | users::Subcommand::Enable(_)
            | users::Subcommand::Disable(_)
            | users::Subcommand::SignOut(_)
            | users::Subcommand::Delete(_),
        )
        | Command::Groups(groups::Subcommand::Add(_) | groups::Subcommand::Remove(_)) => {
            Ok(cli.command)
        }
        _ => {
            let message = "a worker cannot run parts of this command";
            Err(Failure::usage(message)
                .hint("use a change of several users, `users import` or `users export`"))
        }
    }
}
