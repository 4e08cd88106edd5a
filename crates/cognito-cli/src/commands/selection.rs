//! The users of a command that changes many users: names, a file, standard input, or a query.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use cognito::bulk::{UserNames, UserQuery, UserSelection};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::commands::users;
use crate::failure::{Failure, Outcome};
use crate::jobs::{RateOptions, ShardOption};

/// The users that a command changes, and the rates of the job that changes several.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Users")]
pub(crate) struct Users {
    #[command(flatten)]
    source: Source,
    /// Column with the user names in a CSV file of --from
    #[arg(long, value_name = "NAME", default_value = "username", requires = "from")]
    column: String,
    #[command(flatten)]
    pub(crate) part: ShardOption,
    #[command(flatten)]
    pub(crate) rates: RateOptions,
}

#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
struct Source {
    /// User names, subs, or aliases such as e-mail addresses. One user is changed by a request, several by a job
    #[arg(
        value_name = "USERNAME",
        conflicts_with = "shard",
        help_heading = None,
        value_parser = NonEmptyStringValueParser::new()
    )]
    usernames: Vec<String>,
    /// Users of a file: .csv, .jsonl such as that of an export, or with a name in each line; - reads standard input, with
    /// a name in each line
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Users that match a condition such as 'email^=test-'; `cognito users search --help` describes it
    #[arg(long, value_name = "CONDITION")]
    filter: Option<String>,
    /// Users of a group
    #[arg(long, value_name = "GROUP")]
    in_group: Option<String>,
    /// All users of the user pool
    #[arg(long)]
    all: bool,
}

/// The users of a job, in the form in which the job stores them.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(tag = "users", rename_all = "snake_case")]
pub(crate) enum Selection {
    /// Names from the command line or from standard input.
    Names {
        #[serde(skip)]
        names: Vec<String>,
    },
    File {
        path: PathBuf,
        /// The column of a CSV file.
        column: String,
    },
    Filter {
        condition: String,
    },
    Group {
        name: String,
    },
    All,
}

impl Users {
    /// Returns the user if there is only one, who is changed without a job.
    pub(crate) fn single(&self) -> Option<&str> {
        match &*self.source.usernames {
            [username] => Some(username),
            _ => None,
        }
    }

    /// Reads names from standard input, and checks the other options.
    pub(crate) async fn selection(&self, app: &App) -> Outcome<Selection> {
        let source = &self.source;
        Ok(match (&source.from, &source.filter, &source.in_group) {
            (Some(path), ..) if path == Path::new("-") => {
                Selection::Names { names: of_input(app).await? }
            }
            (Some(path), ..) => Selection::File {
                path: app.environment.directory().join(path),
                column: self.column.clone(),
            },
            (_, Some(condition), _) => {
                users::filter(condition)?;
                Selection::Filter { condition: condition.clone() }
            }
            (.., Some(name)) => Selection::Group { name: name.clone() },
            _ if source.all => Selection::All,
            _ => Selection::Names { names: source.usernames.clone() },
        })
    }
}

async fn of_input(app: &App) -> Outcome<Vec<String>> {
    let text = app.terminal.read_input().await?;
    let lines = text.lines().map(|line| line.trim_start_matches('\u{feff}').trim());
    let names: Vec<String> = lines.filter(|line| !line.is_empty()).map(str::to_owned).collect();
    match names.is_empty() {
        true => Err(Failure::usage("standard input contains no user names")),
        false => Ok(names),
    }
}

impl Selection {
    /// Returns the users for a job. `names` is the file with the names from the command line.
    pub(crate) fn of_job(&self, names: Option<&Path>) -> Outcome<UserSelection> {
        Ok(match (self, names) {
            (Self::Names { .. }, Some(file)) => UserNames::json_lines(file).into(),
            (Self::Names { names }, None) => UserNames::of(names.iter().cloned()).into(),
            (Self::File { path, column }, _) => of_file(path, column).into(),
            (Self::Filter { condition }, _) => UserQuery::filter(users::filter(condition)?).into(),
            (Self::Group { name }, _) => UserQuery::members_of(name).into(),
            (Self::All, _) => UserQuery::all().into(),
        })
    }

    /// Completes "This … of".
    pub(crate) fn description(&self) -> String {
        match self {
            Self::Names { .. } => "the named users".to_owned(),
            Self::File { path, .. } => format!("the users of the file {}", path.display()),
            Self::Filter { condition } => format!("the users that match {condition}"),
            Self::Group { name } => format!("the users of the group {name}"),
            Self::All => "all users".to_owned(),
        }
    }
}

fn of_file(path: &Path, column: &str) -> UserNames {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("csv") => UserNames::csv(path, column),
        Some("jsonl" | "ndjson") => UserNames::json_lines(path),
        _ => UserNames::lines(path),
    }
}
