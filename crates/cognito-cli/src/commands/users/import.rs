//! `cognito users import`: users of a file, after a plan that names the rejected lines.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::failure::{Exit, Outcome};
use crate::jobs::{RateOptions, ShardOption, import};

const EXAMPLES: &str = "\
Examples:
  cognito users import users.jsonl --dry-run
  cognito users import users.jsonl --create-groups --yes
  cognito users import new.csv --invite --rejected-to rejected.jsonl
  cognito users import users.jsonl --shard 2/3 --yes
  gunzip -c users.jsonl.gz | cognito users import - --yes
";

/// Creates the users of a file
///
/// The file is CSV if its name ends in .csv, and else JSON Lines, as `cognito users export` writes both. It
/// may have passwords. No message is sent without --invite. The whole file is checked first: no user is
/// created while lines are rejected, unless --skip-rejected is given. Calls DescribeUserPool, ListGroups,
/// AdminCreateUser, and for what the file has AdminSetUserPassword, AdminDisableUser, AdminAddUserToGroup.
///
/// The import is a job: after an interrupt (exit code 75), a kill or an error, `cognito job resume` goes on.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The file; - is standard input, of at most 64 MiB
    file: PathBuf,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    part: ShardOption,
    #[command(flatten)]
    rates: RateOptions,
}

/// The options of an import, also as its job remembers them.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Options {
    /// Create the groups of the file that the pool does not have (CreateGroup)
    #[arg(long)]
    pub(crate) create_groups: bool,
    /// Send each user without a password an invitation
    #[arg(long)]
    pub(crate) invite: bool,
    /// Update users that exist already, who are skipped otherwise
    #[arg(long)]
    pub(crate) update_existing: bool,
    /// Import the other users if lines are rejected
    #[arg(long)]
    pub(crate) skip_rejected: bool,
    /// File for all rejected lines and their reasons, which is replaced
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub(crate) rejected_to: Option<PathBuf>,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    let Arguments { file, options, part, rates } = arguments;
    import::start(file, options, part.shard, rates, app).await
}
