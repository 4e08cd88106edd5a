//! `cognito pool recover`: users as they were at an earlier time.

mod service;

use std::time::{Duration, SystemTime};

use clap::Args;
use cognito::Admin;
use jiff::Timestamp;
use serde_json::json;
use tokio::time::sleep;

use self::service::{Recoveries, Recovery};
use crate::app::App;
use crate::aws;
use crate::commands::writing::{self, Call, quoted};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Record;

/// The interval at which the status is polled.
const POLL: Duration = Duration::from_secs(2);

/// The minimum age of the time to which the service restores users.
const LEAST_AGE: Duration = Duration::from_secs(15 * 60);

const EXAMPLES: &str = "\
Examples:
  cognito pool recover --to 2026-11-20T10:00Z
  cognito pool recover --list
  cognito pool recover --continue 0a1b2c3d-4e5f-6789-abcd-ef0123456789
  cognito pool recover --cancel 0a1b2c3d-4e5f-6789-abcd-ef0123456789
";

/// Restores the users of the user pool as they were at an earlier time
///
/// The service restores users with their attributes, groups, passwords, second factors and passkeys, but no settings. In
/// the feature plan Essentials the time is at most 1 day ago, in Plus 14 days.
///
/// The service first makes a preview: the numbers of objects that will be created, updated and deleted. Then the program
/// asks for the name of the user pool; scripts confirm with --yes. Without confirmation the preview is discarded. From
/// the preview to the end of the recovery, the user pool accepts no writes, and sign-ins that set a password or a second
/// factor fail.
///
/// Calls InitiatePointInTimeRecovery, DescribePointInTimeRecovery, StartPointInTimeRecovery,
/// CancelPointInTimeRecovery and ListPointInTimeRecoveries.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
#[group(required = true, multiple = false)]
pub(crate) struct Arguments {
    /// Time to which the users are restored, at least 15 minutes ago: a date, a time and an offset, such as
    /// 2026-11-20T10:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Timestamp>,
    /// Continue the recovery with this id, after an interrupt
    #[arg(long = "continue", value_name = "ID")]
    go_on: Option<String>,
    /// Discard the preview of the recovery with this id
    #[arg(long, value_name = "ID")]
    cancel: Option<String>,
    /// List the recoveries of the user pool
    #[arg(long)]
    list: bool,
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "use a date, a time and an offset, such as 2026-11-20T10:00Z")
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    let admin = aws::admin(app).await?;
    let recoveries = Recoveries::open(&admin, app).await?;
    if let Some(time) = arguments.to {
        return recover(time, &recoveries, &admin, app).await;
    }
    if let Some(id) = &arguments.go_on {
        if app.dry_run {
            return shown("StartPointInTimeRecovery", id, &admin, app);
        }
        app.terminal.require_confirmation()?;
        return restore(id, &recoveries, &admin, app).await;
    }
    if let Some(id) = &arguments.cancel {
        if app.dry_run {
            return shown("CancelPointInTimeRecovery", id, &admin, app);
        }
        let recovery = recoveries.cancel(id).await?;
        app.output.record(&record(&recovery))?;
        return Ok(Exit::Done);
    }
    list(&recoveries, app).await
}

async fn list(recoveries: &Recoveries, app: &App) -> Outcome<Exit> {
    let mut rows = app.output.rows(&["recovery", "status", "to"])?;
    for recovery in recoveries.list().await? {
        let record = Record::new().with("recovery", recovery.id).with("status", recovery.status);
        rows.push(&record.with("to", recovery.to))?;
    }
    if rows.written() == 0 {
        app.terminal.note("the user pool has no recoveries");
    }
    rows.finish()?;
    Ok(Exit::Done)
}

/// Shows the request that would be sent.
fn shown(operation: &'static str, id: &str, admin: &Admin, app: &App) -> Outcome<Exit> {
    writing::show(&[Call::new(operation, admin, json!({ "RestoreId": id }))], app)?;
    Ok(Exit::Done)
}

async fn recover(
    time: Timestamp,
    recoveries: &Recoveries,
    admin: &Admin,
    app: &App,
) -> Outcome<Exit> {
    let age = SystemTime::now().duration_since(time.into()).unwrap_or_default();
    if age < LEAST_AGE {
        let failure = Failure::usage("the time to recover to is less than 15 minutes ago");
        return Err(failure.hint("pass an earlier one, such as 2026-11-20T10:00Z"));
    }
    if app.dry_run {
        let members = json!({ "RestoreTimestamp": time.as_second() });
        writing::show(&[Call::new("InitiatePointInTimeRecovery", admin, members)], app)?;
        return Ok(Exit::Done);
    }
    let pool = admin.pool_id();
    let question = "until the preview is discarded or the users are restored. Make the preview?";
    let question = format!("The user pool {pool} accepts no writes {question}");
    app.terminal.agree(&question).await?;
    let id = recoveries.initiate(time).await?.id;
    app.terminal.note(&format!(
        "the recovery {id} was started; if this command is interrupted, continue it with `cognito pool recover \
         --continue {id}`, or discard it with `cognito pool recover --cancel {id}`"
    ));
    restore(&id, recoveries, admin, app).await
}

/// Waits for the preview, asks for confirmation, and restores the users.
async fn restore(id: &str, recoveries: &Recoveries, admin: &Admin, app: &App) -> Outcome<Exit> {
    let mut recovery = settled(id, "PREVIEW_GENERATING", recoveries).await?;
    if recovery.status == "PREVIEW_GENERATED" {
        confirm(&recovery, recoveries, admin, app).await?;
        recoveries.start(id).await?;
        recovery = settled(id, "PREVIEW_GENERATED", recoveries).await?;
    }
    if recovery.status == "RESTORING" {
        recovery = settled(id, "RESTORING", recoveries).await?;
    }
    app.output.record(&record(&recovery))?;
    match &*recovery.status {
        "RESTORE_COMPLETED" => Ok(Exit::Done),
        status => {
            let message =
                format!("the recovery {} ended with the status {}", quoted(id), quoted(status));
            Err(Failure::failed("recovery", message).hint(hint(status)))
        }
    }
}

/// Polls the recovery until its status changes.
async fn settled(id: &str, status: &str, recoveries: &Recoveries) -> Outcome<Recovery> {
    loop {
        let recovery = recoveries.describe(id).await?;
        if recovery.status != status {
            return Ok(recovery);
        }
        sleep(POLL).await;
    }
}

/// Shows the preview, and asks the user to type the name of the user pool. Without confirmation the
/// preview is discarded, because the pool accepts no writes while it exists.
async fn confirm(
    recovery: &Recovery,
    recoveries: &Recoveries,
    admin: &Admin,
    app: &App,
) -> Outcome {
    for change in &recovery.preview {
        app.terminal.show(&change.text());
    }
    let action = format!("restores the users as of {}", recovery.to);
    let Err(failure) = writing::confirm(&action, admin, app).await else { return Ok(()) };
    recoveries.cancel(&recovery.id).await?;
    app.terminal.note("the preview was discarded; nothing was changed");
    Err(failure)
}

fn record(recovery: &Recovery) -> Record {
    let preview: Vec<_> = recovery.preview.iter().map(service::Change::json).collect();
    Record::new()
        .with("recovery", recovery.id.clone())
        .with("status", recovery.status.clone())
        .with("to", recovery.to.clone())
        .with("preview", preview)
}

fn hint(status: &str) -> &'static str {
    match status {
        "PREVIEW_CANCELLED" | "PREVIEW_EXPIRED" | "PREVIEW_GENERATION_FAILED" => {
            "no user was changed; start another recovery with --to"
        }
        _ => {
            "the user pool accepts no writes until AWS Support has resolved the failure; see your support cases"
        }
    }
}
