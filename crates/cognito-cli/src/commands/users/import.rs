//! `cognito users import`: imports the users of a file, after a plan that lists the rejected lines.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::failure::{Exit, Failure, Outcome};
use crate::jobs::{RateOptions, ShardOption, import};

const EXAMPLES: &str = "\
Examples:
  cognito users import users.jsonl --dry-run
  cognito users import users.jsonl --create-groups --yes
  cognito users import new.csv --invite --rejected-to rejected.jsonl
  cognito users import users.jsonl --shard 2/3 --yes
  cognito users import users.jsonl --by import-job --role arn:aws:iam::123456789012:role/import-log
  gunzip -c users.jsonl.gz | cognito users import - --yes
";

/// Creates the users of a file
///
/// The file is CSV if its name ends in .csv, and else JSON Lines, as `cognito users export` writes both. It
/// may have passwords. No message is sent without --invite. The whole file is checked first: no user is
/// created while lines are rejected, unless --skip-rejected is given. Calls DescribeUserPool, ListGroups,
/// AdminCreateUser, and for what the file has AdminSetUserPassword, AdminDisableUser, AdminAddUserToGroup.
///
/// --by import-job has the service import the file in its user import jobs (CreateUserImportJob): few requests,
/// no monthly active users, and every user has to reset the password. Groups, passwords and disabled users
/// are rejected then, as are users without a verified address. The service writes the reason of a user that
/// fails to CloudWatch Logs, with the role; the report here has the number of them.
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
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The requests that create users
    #[arg(long, value_enum, default_value_t)]
    #[serde(default)]
    pub(crate) by: By,
    /// ARN of the role with which the service writes the log of --by import-job
    #[arg(long, value_name = "ARN", required_if_eq("by", "import-job"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
    /// Import the other users if lines are rejected
    #[arg(long)]
    pub(crate) skip_rejected: bool,
    /// File for all rejected lines and their reasons, which is replaced
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub(crate) rejected_to: Option<PathBuf>,
}

/// The requests by which users are created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum By {
    /// A request for each user (AdminCreateUser)
    #[default]
    CreateUser,
    /// User import jobs of the service (CreateUserImportJob)
    ImportJob,
}

impl Options {
    /// Returns the role if users are created by import jobs.
    pub(crate) fn job_role(&self) -> Option<&str> {
        self.role.as_deref().filter(|_| self.by == By::ImportJob)
    }

    /// Fails if an option applies only to users that are created one by one.
    fn check(&self, is_part: bool) -> Outcome {
        let options = [
            ("--create-groups", self.create_groups),
            ("--invite", self.invite),
            ("--update-existing", self.update_existing),
            ("--shard", is_part),
        ];
        let of_jobs = self.by == By::ImportJob;
        match options.iter().find(|(_, is_set)| of_jobs && *is_set) {
            Some((option, _)) => Err(Failure::usage(format!(
                "{option} is not for --by import-job: a user import job does not do that"
            ))),
            None => Ok(()),
        }
    }
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    let Arguments { file, options, part, rates } = arguments;
    options.check(part.shard.is_some())?;
    import::start(file, options, part.shard, rates, app).await
}
