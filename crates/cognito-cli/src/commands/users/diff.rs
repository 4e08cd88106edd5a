//! `cognito users diff`: the differences between the users of a file and of the user pool.

mod compare;
mod file;
mod row;

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Args;
use cognito::Admin;
use cognito::bulk::Export;

use self::compare::{Comparison, Difference};
use self::file::Users;
use self::row::JsonLines;
use crate::app::App;
use crate::aws;
use crate::commands::users::export;
use crate::failure::{Exit, Failure, Outcome};
use crate::jobs::workspace::Workspace;
use crate::jobs::{self, RateOptions};
use crate::output::Record;

const EXAMPLES: &str = "\
Examples:
  cognito users diff users.jsonl
  cognito users diff staff.csv --by email
  cognito users list --output jsonl | cognito users diff - --pool staging
";

/// Shows the differences between the users of a file and of the user pool
///
/// The file has the format of `cognito users export` and `import`: CSV if its name ends in .csv, otherwise JSON Lines.
/// Compares status, enabled, groups and attributes, if the file contains them; sub, dates, second factors and passwords
/// are not compared. The users of the file must fit into memory.
///
/// The exit code is 0 if the users are the same, and 10 if they differ. Calls DescribeUserPool and ListUsers, and if the
/// file contains groups ListGroups and ListUsersInGroup. After an interrupt (exit code 75), a kill or an error, the same
/// command resumes the comparison for a day.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// File of users; - is standard input, of at most 64 MiB
    file: PathBuf,
    /// Field or attribute that identifies users, such as username, sub or email
    #[arg(long, value_name = "FIELD", default_value = "username")]
    by: String,
    /// Accept that the service lists less than half of the users that it estimates, which otherwise is an error
    #[arg(long)]
    allow_incomplete: bool,
    #[command(flatten)]
    rates: RateOptions,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    let users = Users::read(&arguments.file, &arguments.by, app).await?;
    let (admin, quota) = (aws::admin(app).await?, arguments.rates.quota());
    let of_pool = app.environment.state_directory()?.join("diffs").join(admin.pool_id().as_str());
    // A resumed job must have the same settings.
    let name = if users.have_groups() { "with-groups.jsonl" } else { "without-groups.jsonl" };
    if app.dry_run {
        let export = arguments.export(&of_pool.join(name), users.have_groups());
        return export::plan(&export, &admin, &quota, app).await.map(|()| Exit::Done);
    }
    let job = format!("{name}.job");
    let workspace = Workspace::take(&of_pool, &job)?;
    jobs::note_start(&workspace, app);
    let output = workspace.directory().join(name);
    let export = arguments.export(&output, users.have_groups());
    let report = jobs::finish(export.run(&admin, &quota), "users compared", app).await;
    report.map_err(|failure| jobs::of_directory(failure, &workspace.directory().join(job)))?;
    let lines = open_and_remove(&output)?;
    compare(users, lines, &admin, app)
}

impl Arguments {
    fn export(&self, output: &Path, has_groups: bool) -> Export {
        let mut export = Export::to(output);
        if !has_groups {
            export = export.without_groups();
        }
        if self.allow_incomplete {
            export = export.allow_incomplete();
        }
        export
    }
}

/// Opens the file of the pool's users, which is removed after it was read.
fn open_and_remove(output: &Path) -> Outcome<JsonLines<BufReader<Temporary>>> {
    let file = File::open(output).map_err(|error| Failure::of_file(output, &error))?;
    Ok(JsonLines::new(BufReader::new(Temporary { file, path: output.to_owned() })))
}

/// A file that is removed when this value is dropped.
struct Temporary {
    file: File,
    path: PathBuf,
}

impl std::io::Read for Temporary {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // The next comparison removes files that remain.
        let _ = fs::remove_file(&self.path);
    }
}

fn compare(
    users: Users,
    lines: JsonLines<BufReader<Temporary>>,
    admin: &Admin,
    app: &App,
) -> Outcome<Exit> {
    let mut comparison = Comparison::new(users);
    match write(&mut comparison, lines, app) {
        // The exit code is that of the differences which were found so far.
        Err(failure)
            if failure.exit() == Exit::OutputClosed && !comparison.counts().are_the_same() =>
        {
            return Ok(Exit::Differs);
        }
        written => written?,
    }
    let (pool, counts) = (admin.pool_id(), comparison.counts());
    app.terminal.note(&format!(
        "users: {} the same, {} different, {} only in the file, {} only in the user pool {pool}, Region {}",
        counts.same,
        counts.differing,
        counts.only_in_file,
        counts.only_in_pool,
        pool.region()
    ));
    Ok(if counts.are_the_same() { Exit::Done } else { Exit::Differs })
}

fn write(
    comparison: &mut Comparison,
    mut lines: JsonLines<BufReader<Temporary>>,
    app: &App,
) -> Outcome {
    let mut rows = app.output.rows(&["user", "difference", "field", "file", "pool"])?;
    while let Some((_, user)) = lines.next().map_err(|_| damaged())? {
        for difference in comparison.compare(&user.map_err(|_| damaged())?) {
            rows.push(&record(difference))?;
        }
    }
    for difference in comparison.only_in_file() {
        rows.push(&record(difference))?;
    }
    rows.finish()
}

fn record(difference: Difference) -> Record {
    Record::new()
        .with("user", difference.user)
        .with("difference", difference.kind)
        .with("field", difference.field)
        .with("file", difference.file)
        .with("pool", difference.pool)
}

fn damaged() -> Failure {
    let failure = Failure::failed("damaged_export", "the list of the pool's users is damaged");
    failure.hint("run the same command again")
}
