//! `cognito users export`: all users to a file.

use std::path::{Path, PathBuf};

use clap::Args;
use cognito::Admin;
use cognito::bulk::{Export, ExportReport, JobShard, Quota};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::aws;
use crate::commands::listing;
use crate::commands::users::input;
use crate::failure::{Exit, Outcome};
use crate::jobs::store::{Description, Work};
use crate::jobs::{self, RateOptions, ShardOption, parts};
use crate::output::{Record, counted};

const EXAMPLES: &str = "\
Examples:
  cognito users export users.jsonl
  cognito users export users.csv --no-groups
  cognito users export users-2.jsonl --shard 2/3
  cognito users export users.jsonl --dry-run
";

/// Writes all users with their groups to a file
///
/// The file is CSV if its name ends in .csv, otherwise JSON Lines. It is written at the end, is readable only by its
/// owner, and replaces no file. Calls DescribeUserPool, ListUsers, ListGroups, ListUsersInGroup, and with --mfa
/// AdminGetUser.
///
/// Until the end, the directory FILE.job contains the finished parts: after an interrupt (exit code 75), a kill or an
/// error, the same command resumes the export.
///
/// --shard divides an export into at most 16 parts; 2, 4, 8 or 16 parts have about the same size. With `cognito job
/// worker`, the file of each part is users.jsonl or users.csv in its directory.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Path of the file, which must not exist
    #[arg(value_parser = input::output_file())]
    file: PathBuf,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    part: ShardOption,
    #[command(flatten)]
    rates: RateOptions,
}

/// The options of an export, also as the part of a worker remembers them.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Options {
    /// Leave out the groups, and the requests that list their users
    #[arg(long)]
    no_groups: bool,
    /// Add the second factors, with a request for each user, who then counts as monthly active
    #[arg(long)]
    mfa: bool,
    /// Accept that the service lists less than half of the users that it estimates, which otherwise is an error
    #[arg(long)]
    allow_incomplete: bool,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    let shard = arguments.part.shard;
    let work = arguments.work();
    work.check_parts(shard.map_or(1, |shard| shard.count()))?;
    if let Some(parts) = app.parts.get() {
        parts.check(&work)?;
    }
    let admin = aws::admin(app).await?;
    let quota = arguments.rates.quota_of(shard);
    let export = arguments.options.export(&arguments.file, shard);
    if app.dry_run {
        plan(&export, &admin, &quota, app).await?;
        return Ok(Exit::Done);
    }
    if let Some(parts) = app.parts.get() {
        let description = Description::new(work, &admin, app).part(shard);
        return parts::work(parts, description, Vec::new(), &arguments.rates, app).await;
    }
    let report = jobs::finish(export.run(&admin, &quota), "users exported", app).await;
    let report = report.map_err(|failure| jobs::of_directory(failure, &arguments.directory()))?;
    arguments.note_counts(&report, &admin, app);
    let record = Record::new()
        .with("file", arguments.file.display().to_string())
        .with("users", report.users)
        .with("expected", report.expected)
        .with("duplicates", report.duplicates)
        .with("memberships", report.memberships);
    app.output.record(&record)?;
    Ok(Exit::Done)
}

impl Arguments {
    fn work(&self) -> Work {
        Work::Export { csv: input::is_csv_name(&self.file), options: self.options.clone() }
    }

    fn note_counts(&self, report: &ExportReport, admin: &Admin, app: &App) {
        let of_part = self.part.shard.map(|shard| format!(" of the part {shard}"));
        let of_part = of_part.unwrap_or_default();
        if report.users != report.expected {
            let expected = counted(report.expected, "user");
            app.terminal.note(&format!(
                "the service estimated {expected}{of_part} (EstimatedNumberOfUsers), which is not exact"
            ));
        }
        let none = format!("there are no users{of_part}");
        listing::note_if_empty(report.users, &none, admin.pool_id(), app);
    }

    fn directory(&self) -> PathBuf {
        let mut directory = self.file.clone().into_os_string();
        directory.push(".job");
        directory.into()
    }
}

impl Options {
    /// Returns the export to a file, in the format of the file's name.
    pub(crate) fn export(&self, file: &Path, shard: Option<JobShard>) -> Export {
        let mut export = Export::to(file);
        if input::is_csv_name(file) {
            export = export.csv();
        }
        if self.no_groups {
            export = export.without_groups();
        }
        if self.mfa {
            export = export.with_mfa();
        }
        if self.allow_incomplete {
            export = export.allow_incomplete();
        }
        match shard {
            Some(shard) => export.shard(shard),
            None => export,
        }
    }
}

/// Writes the requests and the time that the export would take.
pub(super) async fn plan(export: &Export, admin: &Admin, quota: &Quota, app: &App) -> Outcome {
    let plan = jobs::planned(export.plan(admin, quota), app).await?;
    let record = Record::new()
        .with("users", plan.users)
        .with("groups", plan.groups)
        .with("requests", plan.requests)
        .with("seconds", plan.time.as_secs())
        .with("monthly_active_users", plan.monthly_active_users);
    app.output.record(&record)
}
