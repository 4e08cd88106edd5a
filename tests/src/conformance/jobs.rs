//! Conformance of servers with the requests of bulk jobs.

use std::path::Path;

use cognito::account::Attributes;
use cognito::admin::{Filter, UserRecord, UserStatus};
use cognito::bulk::{
    Audit, Export, FindingKind, MassChange, Memberships, Quota, QuotaCategory, UserChange,
    UserNames, UserQuery, UserSelection, WriteReport,
};
use cognito::types::BoxFuture;
use cognito::{Admin, ErrorKind};
use serde_json::Value;

use super::administration::Administered;
use crate::fixture::PASSWORD;

/// More than a page of users.
const USERS: usize = 70;

type Step = fn(&Administered) -> BoxFuture<'_, ()>;

/// The suite. Each step has separate users and groups, in a shared pool.
pub const STEPS: [(&str, Step); 3] = [
    ("exports all users with their groups", |target| Box::pin(export(target))),
    ("audits users and groups", |target| Box::pin(audit(target))),
    ("changes the users of lists and queries", |target| Box::pin(changes(target))),
];

fn quota(target: &Administered) -> Quota {
    let quota = Quota::builder().exclusive().limit(QuotaCategory::UserUpdate, target.rate);
    quota.limit(QuotaCategory::UserList, target.rate).build()
}

async fn create(admin: &Admin, prefix: &str, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    for number in 0..count {
        let name = format!("{prefix}-{number:02}");
        let user = admin.create_user(&name).suppress_invitation();
        let user = user.attribute("email", format!("{name}@example.com"));
        user.attribute("email_verified", "true").await.unwrap();
        names.push(name);
    }
    names
}

async fn export(target: &Administered) {
    let names = create(&target.admin, "exported", USERS).await;
    target.admin.create_group("exported").await.unwrap();
    for name in &names[..3] {
        target.admin.user(name).add_to_group("exported").await.unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.jsonl");
    let export = Export::to(&path).shard_users(20);
    let report = export.run(&target.admin, &quota(target)).finish().await.unwrap();
    let mut exported: Vec<_> = rows(&path)
        .into_iter()
        .filter(|row| row["username"].as_str().is_some_and(|name| name.starts_with("exported-")))
        .collect();
    exported.sort_by_key(|row| row["username"].to_string());
    let listed = exported.iter().map(|row| row["username"].as_str().unwrap());
    assert!(listed.eq(names.iter()), "every user once");
    assert_eq!(exported[2]["groups"], serde_json::json!(["exported"]));
    assert_eq!(exported[3]["groups"], serde_json::json!([]));
    assert_eq!(exported[3]["attributes"]["email"], "exported-03@example.com");
    assert_eq!(u64::try_from(rows(&path).len()).unwrap(), report.users);
}

async fn audit(target: &Administered) {
    let admin = &target.admin;
    let names = create(admin, "audited", USERS).await;
    for group in ["audited", "audited-by-nobody"] {
        admin.create_group(group).await.unwrap();
    }
    for name in &names[..3] {
        admin.user(name).add_to_group("audited").await.unwrap();
    }
    let shared = Attributes::from_iter([("email", "AUDITED-68@example.com")]);
    admin.user(&names[69]).update_attributes(&shared).await.unwrap();
    for way in [Memberships::ByGroup, Memberships::ByUser] {
        let directory = tempfile::tempdir().unwrap();
        let (job, lists) = (directory.path().join("job"), directory.path().join("lists"));
        let audit = Audit::in_directory(job).write_lists(&lists).memberships(way);
        let audit = audit.with_mfa().shard_users(20);
        let report = audit.run(admin, &quota(target)).finish().await.unwrap();
        let group = report.groups.iter().find(|group| group.name == "audited").unwrap();
        assert_eq!(group.users, 3, "{way:?}");
        let found = |kind: FindingKind, member| {
            let rows = rows(&lists.join(format!("{kind}.jsonl"))).into_iter();
            let names = rows.filter_map(|row| Some(row[member].as_str()?.to_owned()));
            let mut names: Vec<_> = names.filter(|name| name.starts_with("audited-")).collect();
            names.sort();
            names
        };
        assert_eq!(found(FindingKind::EmptyGroup, "group"), ["audited-by-nobody"], "{way:?}");
        assert_eq!(found(FindingKind::WithoutGroup, "username"), names[3..], "{way:?}");
        assert_eq!(found(FindingKind::SameEmail, "username"), names[68..], "{way:?}");
        assert_eq!(found(FindingKind::WithoutMfa, "username"), names, "{way:?}");
    }
}

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn changes(target: &Administered) {
    let admin = &target.admin;
    let names = create(admin, "changed", USERS).await;
    for name in &names {
        admin.user(name).set_password(PASSWORD).await.unwrap();
    }
    admin.create_group("changed").await.unwrap();
    let query = || UserQuery::filter(Filter::username().starts_with("changed-"));
    let first = || UserNames::of(names[..2].to_vec());

    let add = UserChange::AddToGroup("changed".into());
    assert_eq!(done(target, add, query()).await.items, 70);
    let members =
        || UserQuery::members_of("changed").matching(|user| user.username() < "changed-05");
    let attributes = Attributes::from_iter([("nickname", "Jo")]);
    assert_eq!(done(target, UserChange::SetAttributes(attributes), members()).await.items, 5);
    assert_eq!(user(admin, &names[4]).await.attributes().nickname(), Some("Jo"));
    assert_eq!(user(admin, &names[5]).await.attributes().nickname(), None);

    done(target, UserChange::Disable, first()).await;
    assert!(!user(admin, &names[1]).await.is_enabled());
    done(target, UserChange::Enable, first()).await;
    assert!(user(admin, &names[1]).await.is_enabled());
    done(target, UserChange::SignOutEverywhere, first()).await;
    done(target, UserChange::ResetPassword, first()).await;
    assert_eq!(*user(admin, &names[1]).await.status(), UserStatus::ResetRequired);

    done(target, UserChange::RemoveFromGroup("changed".into()), first()).await;
    assert_eq!(admin.group("changed").users().await.unwrap().len(), 68);
    done(target, UserChange::DeletePermanently, members()).await;
    let deleted = admin.user(&names[4]).get().await.unwrap_err();
    assert_eq!(deleted.kind(), ErrorKind::UserNotFound);
    user(admin, &names[1]).await;
}

/// Runs a change that must succeed for all users.
async fn done(
    target: &Administered,
    change: UserChange,
    users: impl Into<UserSelection>,
) -> WriteReport {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("outcomes.jsonl");
    let change = MassChange::new(change, users, &path);
    let report = change.run(&target.admin, &quota(target)).finish().await.unwrap();
    assert_eq!(report.outcomes.done, report.items, "{}", std::fs::read_to_string(&path).unwrap());
    report
}

async fn user(admin: &Admin, name: &str) -> UserRecord {
    admin.user(name).get().await.unwrap()
}
