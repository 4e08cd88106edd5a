//! The import of users with user import jobs of the service.

use std::path::{Path, PathBuf};

use cognito::Admin;
use cognito::bulk::{CsvImport, CsvImportPlan, CsvImportReport};

use super::import::{numbers, rejected_lines, show_plan};
use super::store::{Counts, Job};
use super::{RateOptions, planned, runs};
use crate::app::App;
use crate::commands::users::{ImportOptions, input};
use crate::failure::{Exit, Failure, Outcome, even_if_closed};
use crate::output::{Record, counted, printable};

/// Checks the whole file. With `--dry-run` it writes the plan, and otherwise asks for confirmation.
pub(super) async fn review(
    file: &Path,
    options: &ImportOptions,
    role: &str,
    rates: &RateOptions,
    admin: &Admin,
    app: &App,
) -> Outcome {
    let mut draft = import(file, options, role, PathBuf::new());
    if let Some(path) = &options.rejected_to {
        draft = draft.rejected_to(path);
    }
    let plan = planned(draft.plan(admin, &rates.quota()), app).await?;
    show_plan(&record(&plan), &plan.rejected, plan.rejected_lines, options, app)?;
    if app.dry_run {
        return Ok(());
    }
    if !app.terminal.is_confirmed() {
        let (users, pool) = (counted(plan.users, "user"), admin.pool_id());
        let jobs = counted(plan.jobs, "user import job");
        app.terminal.show(&format!(
            "this creates {users} in the user pool {pool} with {jobs}: no message is sent, no user counts as monthly \
             active, and every user has to reset the password"
        ));
    }
    app.terminal.agree("Import them?").await
}

/// Returns the import of a file, in the format of the file's name.
pub(super) fn import(
    file: &Path,
    options: &ImportOptions,
    role: &str,
    outcomes: PathBuf,
) -> CsvImport {
    let import = CsvImport::new(file, outcomes, role);
    let import = if input::is_csv_name(file) { import.csv() } else { import };
    if options.skip_rejected { import.skip_rejected() } else { import }
}

/// Writes the report of a finished job, and returns the result of the command.
pub(super) fn end(job: &Job, report: &CsvImportReport, app: &App) -> Outcome<Exit> {
    let CsvImportReport { imported: done, skipped, failed, .. } = *report;
    let counts = Counts { done, skipped, failed, unknown: 0 };
    even_if_closed(app.output.record(&runs::record(job, &counts)))?;
    let unfinished = report.jobs.iter().find(|job| !job.has_succeeded());
    let message = match unfinished {
        Some(job) => {
            let message = job.message.as_deref().unwrap_or_default();
            format!("the user import job {} has the status {}: {message}", job.job_id, job.status)
        }
        None if failed > 0 => format!("{} failed", counted(failed, "user")),
        None => return Ok(Exit::Done),
    };
    let failure = Failure::new(Exit::Partly, "partly", printable(&message));
    Err(failure.hint(format!(
        "CloudWatch Logs contains the reason for each user; {} lists the user import jobs",
        job.outcomes().display()
    )))
}

fn record(plan: &CsvImportPlan) -> Record {
    Record::new()
        .with("users", plan.users)
        .with("jobs", plan.jobs)
        .with("requests", numbers(&plan.requests))
        .with("messages", 0)
        .with("monthly_active_users", 0)
        .with("without_password", plan.users)
        .with("ignored", numbers(&plan.ignored))
        .with("rejected_lines", plan.rejected_lines)
        .with("rejected", rejected_lines(&plan.rejected))
}
