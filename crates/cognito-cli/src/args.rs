//! The command line.

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::commands::{
    audit, aws_credentials, clients, completions, config, context, devices, emulator, explain,
    groups, job, login, logout, man, mfa, pool, quota, token, users, verify, whoami,
};
use crate::configuration::{Flags, Setting};
use crate::output::Format;

const EXAMPLES: &str = "\
Examples:
  cognito emulator serve
  cognito login alice --pool eu-west-1_Ab12Cd34E --client 1example23456789
  cognito whoami
  cognito users list --fields username,email --output csv
  cognito users disable --from leavers.txt --dry-run
";

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed, or a token is invalid
  2    the command line or the configuration is invalid, or a question cannot be asked
  3    no user is signed in, there are no AWS credentials, or the clock of the machine is wrong
  4    a user, a user pool or another resource does not exist
  5    the service throttles requests longer than the program waits
  6    a part was done; the error or the outcomes of the job name the rest
  7    refused by a policy or for a missing permission, or not confirmed
  10   the compared users or settings differ
  75   stopped; the error names the command that resumes the work
  130  interrupted (143 by SIGTERM, 129 by SIGHUP)
";

/// Signs users of Amazon Cognito user pools in, and administers the pools.
#[derive(Debug, Parser)]
#[command(name = "cognito", version, max_term_width = 100)]
#[command(before_help = EXAMPLES, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The options of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalOptions {
    /// Context of ~/.config/cognito/config.toml; by default COGNITO_CONTEXT, or else that of `cognito context use`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// User pool: its id, its ARN, or its name if that is unique; by default COGNITO_POOL
    #[arg(long, global = true, value_name = "POOL")]
    pub(crate) pool: Option<String>,
    /// App client: its id; by default COGNITO_CLIENT
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) client: Option<String>,
    /// AWS profile; by default AWS_PROFILE, or else `default`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// AWS Region of a user pool that is given by its name; by default AWS_REGION, or else that of the profile
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Address of the service, such as http://localhost:4701 for an emulator; by default that of AWS
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Format of the output and of errors; by default table
    #[arg(long, short, global = true, value_name = "FORMAT")]
    pub(crate) output: Option<Format>,
    /// Fields of the output, in this order; by default all of them, or the main ones in tables
    #[arg(long, global = true, value_name = "A,B", value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// Ask no question: fail if an answer is needed
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// Confirm changes in advance, for scripts
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Show the requests or the plan, and change nothing
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
    /// Write only data, warnings and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Add the library's report to errors; -vv also logs requests, without secrets
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Login(login::Arguments),
    Logout(logout::Arguments),
    Token(token::Arguments),
    Whoami(whoami::Arguments),
    Verify(verify::Arguments),
    AwsCredentials(aws_credentials::Arguments),
    #[command(subcommand)]
    Users(users::Subcommand),
    #[command(subcommand)]
    Groups(groups::Subcommand),
    #[command(subcommand)]
    Clients(clients::Subcommand),
    #[command(subcommand)]
    Pool(pool::Subcommand),
    #[command(subcommand)]
    Mfa(mfa::Subcommand),
    #[command(subcommand)]
    Devices(devices::Subcommand),
    #[command(subcommand)]
    Job(job::Subcommand),
    Quota(quota::Arguments),
    Audit(audit::Arguments),
    #[command(subcommand)]
    Context(context::Subcommand),
    #[command(subcommand)]
    Config(config::Subcommand),
    Emulator(emulator::Arguments),
    Explain(explain::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl GlobalOptions {
    /// Returns the options, with their values, that determine the user pool to which requests are
    /// sent.
    pub(crate) fn of_service(&self) -> Vec<String> {
        let options = [
            ("--context", &self.context),
            ("--pool", &self.pool),
            ("--client", &self.client),
            ("--profile", &self.profile),
            ("--region", &self.region),
            ("--endpoint-url", &self.endpoint_url),
        ];
        let given = options.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        given.flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }

    /// Returns whether one of the options is given.
    pub(crate) fn is_set(&self) -> bool {
        let flags = [self.no_input, self.yes, self.dry_run, self.quiet, self.verbose > 0];
        !self.of_service().is_empty()
            || flags.contains(&true)
            || self.output.is_some()
            || !self.fields.is_empty()
    }
}

impl Cli {
    /// Returns the settings of the command line.
    pub(crate) fn flags(&self) -> Flags {
        let global = &self.global;
        let format = global.output.map(|format| format.name().to_owned());
        let (domain, identity_pool) = match &self.command {
            Command::Login(login) => (login.domain(), None),
            Command::AwsCredentials(credentials) => (None, credentials.identity_pool()),
            _ => (None, None),
        };
        let flags = [
            (Setting::Pool, global.pool.clone()),
            (Setting::Client, global.client.clone()),
            (Setting::Profile, global.profile.clone()),
            (Setting::Region, global.region.clone()),
            (Setting::EndpointUrl, global.endpoint_url.clone()),
            (Setting::Output, format),
            (Setting::Domain, domain),
            (Setting::IdentityPool, identity_pool),
        ];
        flags.into_iter().filter_map(|(setting, value)| Some((setting, value?))).collect()
    }
}
