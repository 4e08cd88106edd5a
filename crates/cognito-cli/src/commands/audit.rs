//! `cognito audit`: totals and findings of all users and groups.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use cognito::Admin;
use cognito::bulk::{Audit, AuditReport, Memberships, Quota};

use crate::app::App;
use crate::audit_page::{AuditPage, meaning};
use crate::aws;
use crate::commands::listing;
use crate::commands::users::input;
use crate::failure::{Exit, Failure, Outcome, even_if_closed};
use crate::jobs::workspace::Workspace;
use crate::jobs::{self, RateOptions};
use crate::output::{Format, Record, counted};
use crate::private_files::{create_new_private_file, create_private_directory};

const EXAMPLES: &str = "\
Examples:
  cognito audit
  cognito audit --html audit.html
  cognito audit --lists findings/ --mfa
  cognito audit --dry-run
  cognito audit --output json
";

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Audits the users and groups, and changes nothing
///
/// Counts users by status and by month of creation, and the users of groups and of their overlaps. Finds users without
/// a group, without a verified address, with the address of another user, and more. Tables, CSV and JSON Lines contain
/// the findings, JSON contains the whole report. Calls DescribeUserPool, ListUsers, ListGroups, ListUsersInGroup, and
/// with --mfa AdminGetUser.
///
/// After an interrupt (exit code 75), a kill or an error, the same command resumes the audit; without --lists, it does
/// so for a day.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Also write the report with charts to this file, which must not exist: a page without scripts and external resources
    #[arg(long, value_name = "FILE", value_parser = input::output_file())]
    html: Option<PathBuf>,
    /// Also write all users and groups of each finding to DIR/<finding>.jsonl, such as same_email.jsonl
    #[arg(long, value_name = "DIR", value_parser = input::output_file())]
    lists: Option<PathBuf>,
    /// Also find users without a second factor, with a request for each user, who then counts as monthly active
    #[arg(long)]
    mfa: bool,
    /// Days without a change after which a user with a temporary password, a pending reset or a pending sign-up is stale
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    stale_after: u32,
    /// Accept that the service lists less than half of the users that it estimates, which otherwise is an error
    #[arg(long)]
    allow_incomplete: bool,
    #[command(flatten)]
    rates: RateOptions,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let (admin, quota) = (aws::admin(app).await?, arguments.rates.quota());
    let audits = app.environment.state_directory()?.join("audits");
    let (of_pool, job) = (audits.join(admin.pool_id().as_str()), arguments.job());
    if app.dry_run {
        return plan(&arguments.audit(&of_pool.join(job)), &admin, &quota, app).await;
    }
    if let Some(file) = &arguments.html {
        // This checks at the start of an audit, which may take hours, that the file can be created.
        // The file is removed, because it would otherwise prevent a killed audit from being
        // resumed.
        drop(create(file)?);
        fs::remove_file(file)?;
    }
    let (_workspace, directory) = arguments.take(&of_pool, &job, app)?;
    let audit = arguments.audit(&directory);
    let report = jobs::finish(audit.run(&admin, &quota), "users audited", app).await;
    let report = report.map_err(|failure| jobs::of_directory(failure, &directory))?;
    let page = arguments.html.as_deref().map_or(Ok(()), |file| write_page(&report, file));
    listing::note_if_empty(report.users, "there are no users", admin.pool_id(), app);
    even_if_closed(write(&report, app))?;
    page
}

impl Arguments {
    fn audit(&self, directory: &Path) -> Audit {
        let mut audit = Audit::in_directory(directory);
        audit = audit.stale_after(DAY.saturating_mul(self.stale_after));
        if let Some(lists) = &self.lists {
            audit = audit.write_lists(lists);
        }
        if self.mfa {
            audit = audit.with_mfa();
        }
        if self.allow_incomplete {
            audit = audit.allow_incomplete();
        }
        audit
    }

    /// Returns the name of the job, which depends on its settings: a resumed audit has the same
    /// settings.
    fn job(&self) -> String {
        let factors = if self.mfa { "mfa-" } else { "" };
        format!("{factors}stale-after-{}.job", self.stale_after)
    }

    /// Returns the directory of the job, and the locked directory that contains it. With lists, it
    /// is on their file system.
    fn take(&self, of_pool: &Path, job: &str, app: &App) -> Outcome<(Option<Workspace>, PathBuf)> {
        if let Some(lists) = &self.lists {
            let directory = lists.join("audit.job");
            // The files of the job contain users of the pool.
            create_private_directory(&directory)?;
            return Ok((None, directory));
        }
        let workspace = Workspace::take(of_pool, job)?;
        jobs::note_start(&workspace, app);
        let directory = workspace.directory().join(job);
        Ok((Some(workspace), directory))
    }
}

fn write_page(report: &AuditReport, file: &Path) -> Outcome {
    let html = AuditPage::new(report).html();
    let html = html.map_err(|error| Failure::failed("page", error.to_string()))?;
    let written = create(file)?.write_all(html.as_bytes());
    written.map_err(|error| {
        // A page that ends in the middle looks like a complete one in a browser.
        let _ = fs::remove_file(file);
        Failure::of_file(file, &error)
    })
}

/// Creates a file that only its owner can read. It replaces no existing file.
fn create(file: &Path) -> Outcome<fs::File> {
    create_new_private_file(file).map_err(|error| {
        let message = format!("the file {} cannot be created: {error}", file.display());
        Failure::new(Exit::Usage, "output_exists", message).hint("choose another file")
    })
}

/// Writes the estimate of the audit.
async fn plan(audit: &Audit, admin: &Admin, quota: &Quota, app: &App) -> Outcome {
    let plan = jobs::planned(audit.plan(admin, quota), app).await?;
    let cost = &plan.by_group;
    let cheaper = match plan.cheaper() {
        Memberships::ByGroup => "by_group",
        _ => "by_user",
    };
    let record = Record::new()
        .with("users", plan.users)
        .with("groups", plan.groups)
        .with("requests", cost.requests)
        .with("seconds", cost.time.as_secs())
        .with("monthly_active_users", cost.monthly_active_users)
        .with("cheaper", cheaper);
    app.output.record(&record)
}

fn write(report: &AuditReport, app: &App) -> Outcome {
    if app.output.format() == Format::Json {
        let report = serde_json::to_value(report).unwrap_or_default();
        let members = report.as_object().cloned().unwrap_or_default();
        let record = members
            .into_iter()
            .fold(Record::new(), |record, (name, value)| record.with(name, value));
        return app.output.record(&record);
    }
    let mut rows = app.output.rows(&["finding", "count", "meaning", "examples"])?;
    for finding in report.findings.iter().filter(|finding| finding.count > 0) {
        let examples: Vec<String> =
            finding.examples.iter().map(|names| names.join(" = ")).collect();
        let record = Record::new().with("finding", finding.kind.as_str());
        let record = record.with("count", finding.count).with("meaning", meaning(finding.kind).0);
        rows.push(&record.with("examples", examples))?;
    }
    let users = counted(report.users, "user");
    let groups = counted(report.groups.len(), "group");
    let memberships = counted(report.memberships, "membership");
    app.terminal.note(&format!("{users}, {groups}, {memberships}"));
    if rows.written() == 0 {
        app.terminal.note("there are no findings");
    }
    rows.finish()
}
