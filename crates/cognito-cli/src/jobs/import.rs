//! The import of users: its plan, and its start as a job.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cognito::Admin;
use cognito::bulk::{Import, ImportPlan, JobShard, RejectedLine};
use serde_json::{Value, json};

use super::store::{Description, Store, Work};
use super::{RateOptions, import_job, parts, planned, runs};
use crate::app::App;
use crate::aws;
use crate::commands::users::{ImportOptions, input};
use crate::failure::{Exit, Failure, Outcome, even_if_closed};
use crate::output::{Record, counted, printable};

/// The maximum number of rejected lines that are shown.
const SHOWN: usize = 20;

/// Starts the job that imports the users of a file or of standard input, after the user has
/// confirmed its plan.
pub(crate) async fn start(
    file: &Path,
    options: &ImportOptions,
    shard: Option<JobShard>,
    rates: &RateOptions,
    app: &App,
) -> Outcome<Exit> {
    let (admin, store) = (aws::admin(app).await?, Store::of(app)?);
    let is_input = input::is_input(file);
    let path = if is_input { file.to_owned() } else { app.environment.directory().join(file) };
    let work = Work::Import { file: path.clone(), options: options.clone() };
    if let Some(parts) = app.parts.get() {
        if is_input {
            let failure = Failure::usage("a worker cannot read the users from standard input");
            return Err(failure.hint("pass a file, with the same path for all workers"));
        }
        parts.check(&work)?;
    }
    let description = Description::new(work, &admin, app).part(shard);
    let draft = is_input.then(|| store.draft(description.clone())).transpose()?;
    let path = match &draft {
        Some(draft) => draft.write_input(&app.terminal.read_input().await?)?,
        None => path,
    };
    review(&path, options, shard, rates, &admin, app).await?;
    if app.dry_run {
        return Ok(Exit::Done);
    }
    if let Some(parts) = app.parts.get() {
        return parts::work(parts, description, Vec::new(), rates, app).await;
    }
    let job = match draft {
        Some(draft) => draft.finish()?,
        None => store.create(description, &[])?,
    };
    runs::run(&job, false, rates, app).await
}

/// Checks the whole file. With `--dry-run` it writes the plan, and otherwise asks for confirmation.
async fn review(
    file: &Path,
    options: &ImportOptions,
    shard: Option<JobShard>,
    rates: &RateOptions,
    admin: &Admin,
    app: &App,
) -> Outcome {
    if let Some(role) = options.job_role() {
        return import_job::review(file, options, role, rates, admin, app).await;
    }
    let mut draft = import(file, options, shard, PathBuf::new());
    if let Some(path) = &options.rejected_to {
        draft = draft.rejected_to(path);
    }
    let plan = planned(draft.plan(admin, &rates.quota_of(shard)), app).await?;
    let record = record(&plan).with("update_existing", options.update_existing);
    show_plan(&record, &plan.rejected, plan.rejected_lines, options, app)?;
    if app.dry_run { Ok(()) } else { agree(&plan, options, admin, app).await }
}

/// Shows the rejected lines, and the plan with `--dry-run`. Fails if there are rejected lines that may not
/// be skipped.
pub(super) fn show_plan(
    plan: &Record,
    rejected: &[RejectedLine],
    lines: u64,
    options: &ImportOptions,
    app: &App,
) -> Outcome {
    show_rejected(rejected, lines, app);
    if app.dry_run {
        even_if_closed(app.output.record(plan))?;
        app.terminal.note("nothing was changed");
    }
    if lines == 0 || options.skip_rejected {
        return Ok(());
    }
    let message = format!("the file has {}", counted(lines, "rejected line"));
    let failure = Failure::new(Exit::Usage, "rejected_lines", message);
    Err(failure.hint("correct them, or pass --skip-rejected"))
}

/// Returns the import of a file, in the format of the file's name.
pub(super) fn import(
    file: &Path,
    options: &ImportOptions,
    shard: Option<JobShard>,
    outcomes: PathBuf,
) -> Import {
    let mut import = Import::new(file, outcomes);
    if let Some(shard) = shard {
        import = import.shard(shard);
    }
    if input::is_csv_name(file) {
        import = import.csv();
    }
    if options.create_groups {
        import = import.create_groups();
    }
    if options.invite {
        import = import.invite();
    }
    if options.update_existing {
        import = import.update_existing();
    }
    if options.skip_rejected {
        import = import.skip_rejected();
    }
    import
}

fn show_rejected(rejected: &[RejectedLine], lines: u64, app: &App) {
    for line in rejected.iter().take(SHOWN) {
        let name = line.username.as_deref().map(|name| format!(" ({})", printable(name)));
        let name = name.unwrap_or_default();
        app.terminal.warn(&printable(&format!("line {}{name}: {}", line.line, line.reason)));
    }
    let shown = u64::try_from(SHOWN).unwrap_or(u64::MAX);
    if let Some(more) = lines.checked_sub(shown).filter(|more| *more > 0) {
        let more = counted(more, "more rejected line");
        app.terminal.warn(&format!("the file has {more}; --rejected-to FILE writes all of them"));
    }
}

async fn agree(plan: &ImportPlan, options: &ImportOptions, admin: &Admin, app: &App) -> Outcome {
    if !app.terminal.is_confirmed() {
        let (pool, seconds) = (admin.pool_id(), plan.time.as_secs());
        let users = counted(plan.users, "user");
        let requests = counted(plan.requests.values().sum::<u64>(), "request");
        let messages = counted(plan.messages, "message");
        let active = counted(plan.monthly_active_users, "monthly active user");
        let (updates, more) = match options.update_existing {
            true => (
                ", and updates existing ones (attributes, passwords, groups, enabled),",
                ", up to 3 more for each existing user",
            ),
            false => ("", ""),
        };
        app.terminal.show(&format!(
            "this creates {users}{updates} in the user pool {pool}: {requests}{more}, about {seconds} s, \
             {messages} to users, at most {active}"
        ));
    }
    app.terminal.agree("Import them?").await
}

fn record(plan: &ImportPlan) -> Record {
    Record::new()
        .with("users", plan.users)
        .with("requests", numbers(&plan.requests))
        .with("seconds", plan.time.as_secs())
        .with("messages", plan.messages)
        .with("monthly_active_users", plan.monthly_active_users)
        .with("without_password", plan.without_password)
        .with("groups_to_create", plan.groups_to_create.clone())
        .with("ignored", numbers(&plan.ignored))
        .with("rejected_lines", plan.rejected_lines)
        .with("rejected", rejected_lines(&plan.rejected))
}

pub(super) fn numbers(numbers: &BTreeMap<&'static str, u64>) -> Value {
    numbers.iter().map(|(name, number)| ((*name).to_owned(), json!(number))).collect()
}

pub(super) fn rejected_lines(rejected: &[RejectedLine]) -> Vec<Value> {
    let line = |line: &RejectedLine| json!({ "line": line.line, "username": line.username, "reason": line.reason.to_string() });
    rejected.iter().map(line).collect()
}
