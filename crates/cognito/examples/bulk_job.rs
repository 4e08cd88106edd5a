//! Moves the users of one pool to another: an export, the plan of an import, and the import, at the
//! rate of the quotas and with progress events.
//!
//! Both pools are in the emulator. Passwords cannot be exported, so the users of the second pool reset theirs.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::error::Error;
use std::fs;
use std::path::Path;

use cognito::admin::{Credentials, SdkConfig, SharedCredentialsProvider};
use cognito::bulk::{Export, Import, JobEvent, Quota, QuotaCategory};
use cognito::{Admin, UserPool};
use cognito_emulator::{Emulator, PoolSettings, SigningKeys};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// The users of the first pool, as the reports count them.
const COUNT: u64 = 30;

#[tokio::main]
async fn main() -> Outcome {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let (from, to) = (administrator(&emulator)?, administrator(&emulator)?);
    fill(&from).await?;

    let directory = tempfile::tempdir()?;
    let users = directory.path().join("users.jsonl");
    let outcomes = directory.path().join("outcomes.jsonl");
    // The account has no other traffic, for which a part of each quota is reserved by default.
    let quota = Quota::builder().exclusive().build();
    export(&from, &quota, &users).await?;
    plan(&to, &quota, &users, &outcomes).await?;
    import(&to, &quota, &users, &outcomes).await?;

    let usage = quota.usage(QuotaCategory::UserCreation);
    println!("{} requests to create users, {} throttled", usage.permits, usage.throttled);
    assert_eq!(to.group("staff").users().await?.len(), usize::try_from(COUNT)?);
    Ok(())
}

fn administrator(emulator: &Emulator) -> Outcome<Admin> {
    let local = emulator.create_pool(PoolSettings::default())?;
    let credentials = Credentials::new("id", "secret", None, None, "example");
    let credentials = SharedCredentialsProvider::new(credentials);
    let config = SdkConfig::builder().credentials_provider(credentials).build();
    let pool = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
    Ok(pool.http_client(local.http_client()).build()?.admin(&config))
}

async fn fill(admin: &Admin) -> Outcome {
    admin.create_group("staff").await?;
    for number in 0..COUNT {
        let name = format!("user{number}");
        let user = admin.create_user(&name).attribute("email", format!("{name}@example.com"));
        user.attribute("email_verified", true).suppress_invitation().await?;
        admin.user(&name).set_password("Correct-horse1").await?;
        admin.user(&name).add_to_group("staff").await?;
    }
    Ok(())
}

async fn export(admin: &Admin, quota: &Quota, users: &Path) -> Outcome {
    let export = Export::to(users);
    let plan = export.plan(admin, quota).await?;
    println!("export of about {} users: {} requests", plan.users, plan.requests);
    let report = export.run(admin, quota).finish().await?;
    assert_eq!((report.users, report.memberships), (COUNT, COUNT));
    assert_eq!(lines_of(users)?, COUNT);
    Ok(())
}

/// Checks every line against the pool. A plan changes nothing.
async fn plan(admin: &Admin, quota: &Quota, users: &Path, outcomes: &Path) -> Outcome {
    let plan = Import::new(users, outcomes).create_groups().plan(admin, quota).await?;
    println!("import of {} users takes {:?}: {:?}", plan.users, plan.time, plan.requests);
    assert_eq!((plan.users, plan.rejected_lines, plan.messages), (COUNT, 0, 0));
    assert_eq!(plan.groups_to_create, ["staff"]);
    assert_eq!(plan.without_password, COUNT);
    assert!(admin.users().await?.is_empty() && admin.groups().await?.is_empty());
    assert!(!outcomes.exists());
    Ok(())
}

async fn import(admin: &Admin, quota: &Quota, users: &Path, outcomes: &Path) -> Outcome {
    let mut run = Import::new(users, outcomes).create_groups().run(admin, quota);
    let mut last = 0;
    while let Some(event) = run.next_event().await {
        match event {
            JobEvent::Started { expected, resumed } => {
                assert!(!resumed);
                println!("import of {expected} users has started");
            }
            JobEvent::Progress(progress) => {
                if progress.done % 10 == 0 {
                    println!("  {} of {}", progress.done, progress.expected);
                }
                last = progress.done;
            }
            JobEvent::ItemNotDone { username, outcome } => println!("  {username}: {outcome:?}"),
            _ => {}
        }
    }
    let report = run.finish().await?;
    assert_eq!((last, report.outcomes.done, report.outcomes.total()), (COUNT, COUNT, COUNT));
    assert_eq!(lines_of(outcomes)?, COUNT);
    Ok(())
}

fn lines_of(path: &Path) -> Outcome<u64> {
    Ok(fs::read_to_string(path)?.lines().count().try_into()?)
}
