//! Changes of many users: the plan, its confirmation, and the start as a job.

use std::path::PathBuf;

use cognito::Admin;
use cognito::bulk::{JobShard, MassChange, MassChangePlan, UserSelection};

use super::store::{Description, Store, Work};
use super::{parts, planned, runs};
use crate::app::App;
use crate::aws;
use crate::commands::selection::{Selection, Users};
use crate::commands::user_change::Change;
use crate::commands::writing;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Record, counted};

/// Starts the job that changes the selected users, after the user has confirmed its plan.
pub(crate) async fn start(change: Change, users: &Users, app: &App) -> Outcome<Exit> {
    if !app.dry_run {
        // This fails before the requests of the plan, which may list all users.
        app.terminal.require_confirmation()?;
    }
    let selection = users.selection(app).await?;
    let admin = aws::admin(app).await?;
    protect(&change, &selection, &admin).await?;
    let shard = users.part.shard;
    let quota = users.rates.quota_of(shard);
    let is_confirmed = app.terminal.is_confirmed();
    // The plan of a file sends no request. A job whose file cannot be read could not be resumed.
    if app.dry_run || !is_confirmed || matches!(selection, Selection::File { .. }) {
        let draft = self::change(&change, selection.of_job(None)?, shard, PathBuf::new());
        let plan = planned(draft.plan(&admin, &quota), app).await?;
        if app.dry_run {
            app.output.record(&record_of(&plan, &change))?;
            app.terminal.note("nothing was changed");
            return Ok(Exit::Done);
        }
        if !is_confirmed {
            let users = part_of(&selection.description(), shard);
            confirm(&change, &users, &plan, &admin, app).await?;
        }
    }
    let names = match &selection {
        Selection::Names { names } => names.clone(),
        _ => Vec::new(),
    };
    let work = Work::MassChange { change, selection };
    let description = Description::new(work, &admin, app).part(shard);
    if let Some(parts) = app.parts.get() {
        return parts::work(parts, description, names, &users.rates, app).await;
    }
    let job = Store::of(app)?.create(description, &names)?;
    runs::run(&job, false, &users.rates, app).await
}

/// Returns the change of users, or of a part of them.
pub(super) fn change(
    change: &Change,
    users: UserSelection,
    shard: Option<JobShard>,
    outcomes: PathBuf,
) -> MassChange {
    let work = MassChange::new(change.of_users(), users, outcomes);
    match shard {
        Some(shard) => work.shard(shard),
        None => work,
    }
}

/// Refuses to delete all users of a pool that is protected from deletion.
async fn protect(change: &Change, selection: &Selection, admin: &Admin) -> Outcome {
    if *change != Change::Delete || *selection != Selection::All {
        return Ok(());
    }
    let pool = admin.pool().describe().await?;
    let is_protected = pool.deletion_protection().map(|protection| protection.as_str());
    if is_protected != Some("ACTIVE") {
        return Ok(());
    }
    let message = "the user pool is protected from deletion, and so are all its users";
    let failure = Failure::new(Exit::Refused, "deletion_protection", message);
    Err(failure.hint("turn it off first: cognito pool update --set DeletionProtection=INACTIVE"))
}

async fn confirm(
    change: &Change,
    users: &str,
    plan: &MassChangePlan,
    admin: &Admin,
    app: &App,
) -> Outcome {
    let count = counted(plan.users, "user");
    if *change == Change::Delete {
        let action = format!("deletes {count} ({users})");
        return writing::confirm(&action, admin, app).await;
    }
    app.terminal.show(&format!(
        "{count} ({users}) of the user pool {}, to be {}: {}, about {} s{}",
        admin.pool_id(),
        change.done(),
        counted(plan.requests, "request"),
        plan.time.as_secs(),
        messages(plan.messages)
    ));
    app.terminal.agree("Change these users?").await
}

/// Describes the users of a part.
fn part_of(users: &str, shard: Option<JobShard>) -> String {
    match shard {
        Some(shard) => format!("part {shard} of {users}"),
        None => users.to_owned(),
    }
}

fn messages(number: u64) -> String {
    match number {
        0 => String::new(),
        number => format!(", at most {} to users", counted(number, "message")),
    }
}

fn record_of(plan: &MassChangePlan, change: &Change) -> Record {
    Record::new()
        .with("operation", change.operation())
        .with("users", plan.users)
        .with("requests", plan.requests)
        .with("seconds", plan.time.as_secs())
        .with("messages", plan.messages)
        .with("monthly_active_users", plan.monthly_active_users)
        .with("reversible", plan.is_reversible)
}
