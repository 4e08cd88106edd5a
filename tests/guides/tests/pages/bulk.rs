//! Guide about bulk jobs.

use cognito::Admin;
use cognito_guides::{Outcome, administered, staff};

use crate::pages::bulk_jobs;

/// Creates alice and bob in the group `staff`.
async fn group_of_staff(admin: &Admin) -> Outcome {
    staff(admin, &["alice", "bob"]).await?;
    admin.create_group("staff").await?;
    for name in ["alice", "bob"] {
        admin.user(name).add_to_group("staff").await?;
    }
    Ok(())
}

#[tokio::test]
async fn sign_all_users_out() -> Outcome {
    let (_local, _, admin) = administered()?;
    staff(&admin, &["alice", "bob"]).await?;
    assert_eq!(bulk_jobs::sign_all_users_out(&admin).await?, 2);

    Ok(())
}

#[tokio::test]
async fn disable_in_shards() -> Outcome {
    let (_local, _, admin) = administered()?;
    staff(&admin, &["alice", "bob"]).await?;
    let directory = tempfile::tempdir()?;
    let mut done = 0;
    for shard in ["1/3", "2/3", "3/3"] {
        let outcomes = directory.path().join(shard.replace('/', "-"));
        done += bulk_jobs::disable(&admin, shard, &outcomes).await?.outcomes.done;
    }
    assert_eq!(done, 2);
    Ok(())
}

#[tokio::test]
async fn export() -> Outcome {
    let (_local, _, admin) = administered()?;
    staff(&admin, &["alice", "bob"]).await?;
    let directory = tempfile::tempdir()?;
    let report = bulk_jobs::export(&admin, &directory.path().join("users.jsonl")).await?;
    assert_eq!(report.users, 2);
    Ok(())
}

#[tokio::test]
async fn import() -> Outcome {
    let (_local, _, admin) = administered()?;
    let directory = tempfile::tempdir()?;
    let [users, outcomes, rejected] =
        ["users.jsonl", "outcomes.jsonl", "rejected.jsonl"].map(|name| directory.path().join(name));
    std::fs::write(
        &users,
        "{\"username\":\"alice\",\"groups\":[\"staff\"]}\n{\"username\":\"b b\"}\n",
    )?;
    let report = bulk_jobs::import(&admin, &users, &outcomes, &rejected).await?;
    assert_eq!((report.outcomes.done, report.outcomes.failed), (1, 1));
    assert!(std::fs::read_to_string(&rejected)?.contains("invalid_username"));
    Ok(())
}

#[tokio::test]
async fn disable_staff() -> Outcome {
    let (_local, _, admin) = administered()?;
    let directory = tempfile::tempdir()?;
    group_of_staff(&admin).await?;
    let path = directory.path().join("disabled.jsonl");
    let report = bulk_jobs::disable_staff(&admin, &path).await?;
    assert_eq!((report.items, report.outcomes.done), (1, 1));
    assert_eq!(std::fs::read_to_string(&path)?, "{\"username\":\"bob\",\"outcome\":\"done\"}\n");
    Ok(())
}

#[tokio::test]
async fn audit() -> Outcome {
    let (_local, _, admin) = administered()?;
    let directory = tempfile::tempdir()?;
    group_of_staff(&admin).await?;
    admin.create_group("guests").await?;
    let (job, lists) = (directory.path().join("audit.job"), directory.path().join("findings"));
    let report = bulk_jobs::audit(&admin, &job, &lists).await?;
    assert_eq!((report.users, report.groups.len()), (2, 2));
    let empty = report.finding(cognito::bulk::FindingKind::EmptyGroup).ok_or("no finding")?;
    assert_eq!(empty.examples, [["guests"]]);
    assert!(lists.join("empty_group.jsonl").exists());
    Ok(())
}

#[tokio::test]
async fn import_by_jobs() -> Outcome {
    let (_local, _, admin) = administered()?;
    let directory = tempfile::tempdir()?;
    let [users, outcomes] = ["users.jsonl", "jobs.jsonl"].map(|name| directory.path().join(name));
    let attributes = "{\"email\":\"alice@example.com\",\"email_verified\":\"true\"}";
    std::fs::write(
        &users,
        format!(
            "{{\"username\":\"alice\",\"attributes\":{attributes}}}\n{{\"username\":\"bob\"}}\n"
        ),
    )?;
    let report = bulk_jobs::import_by_jobs(&admin, &users, &outcomes).await?;
    assert_eq!((report.imported, report.failed, report.jobs.len()), (1, 0, 1));
    Ok(())
}
