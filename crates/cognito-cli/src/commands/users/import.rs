//! `cognito users import`: imports the users of a file, after a plan that lists the rejected lines.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::input;
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
/// The file is CSV if its name ends in .csv, otherwise JSON Lines, in the formats of `cognito users export`. It may also
/// contain passwords. The whole file is checked first: if a line is rejected, no user is created, unless --skip-rejected
/// is given. No message is sent without --invite. Calls DescribeUserPool, ListGroups and AdminCreateUser, and depending on
/// the file AdminSetUserPassword, AdminDisableUser and AdminAddUserToGroup.
///
/// With --by import-job, the service imports the file in user import jobs (CreateUserImportJob): this takes few requests
/// and counts no user as monthly active, but every user has to reset the password. Lines with groups, passwords or
/// disabled users are rejected, as are users without a verified address. For failed users, the report contains only
/// their number; the service writes the reasons to CloudWatch Logs.
///
/// The import is a job: after an interrupt (exit code 75), a kill or an error, `cognito job resume` continues it.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// File of users; - is standard input, of at most 64 MiB
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
    /// Create the groups of the file that do not exist in the pool (CreateGroup); by default their users are rejected
    #[arg(long)]
    pub(crate) create_groups: bool,
    /// Send an invitation to each user without a password, by e-mail or else by text message
    #[arg(long)]
    pub(crate) invite: bool,
    /// Update users that already exist; by default they are skipped
    #[arg(long)]
    pub(crate) update_existing: bool,
    /// Requests that create users
    #[arg(long, value_enum, default_value_t)]
    #[serde(default)]
    pub(crate) by: By,
    /// ARN of the role with which the service writes to CloudWatch Logs; required for --by import-job
    #[arg(long, value_name = "ARN", required_if_eq("by", "import-job"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
    /// If lines are rejected, import the other users
    #[arg(long)]
    pub(crate) skip_rejected: bool,
    /// File to which all rejected lines and the reasons are written; an existing file is replaced
    #[arg(long, value_name = "FILE", value_parser = input::output_file())]
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
            Some((option, _)) => {
                Err(Failure::usage(format!("{option} cannot be combined with --by import-job"))
                    .hint("leave it out, or import without --by import-job"))
            }
            None => Ok(()),
        }
    }
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    let Arguments { file, options, part, rates } = arguments;
    options.check(part.shard.is_some())?;
    import::start(file, options, part.shard, rates, app).await
}
