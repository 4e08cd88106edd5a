//! Audits of users and groups: findings, requests, and resumption.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cognito::bulk::{
    Audit, AuditPlan, AuditReport, FindingKind, JobError, JobEvent, Memberships, QuotaCategory,
};
use cognito::types::Clock;
use cognito_emulator::Quotas;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use crate::export::{pool, quota, users_in_large_pools};
use crate::timed::Timed;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.job");
    (directory, path)
}

async fn audited(timed: &Timed, audit: Audit) -> Result<AuditReport, JobError> {
    audit.run(&timed.admin(), &quota()).finish().await
}

/// Returns the number of all requests.
fn requests(timed: &Timed) -> u64 {
    timed.emulator.quota_usage().iter().map(|usage| usage.requests).sum()
}

/// Creates a user with attributes, without a message.
fn add(timed: &Timed, name: &str, attributes: &[(&str, &str)]) {
    let attributes: Vec<Value> =
        attributes.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let user = json!({
        "Username": name, "MessageAction": "SUPPRESS", "UserAttributes": attributes
    });
    timed.seed("AdminCreateUser", user);
}

fn confirm(timed: &Timed, name: &str) {
    let password = json!({ "Username": name, "Password": "Correct-horse1", "Permanent": true });
    timed.seed("AdminSetUserPassword", password);
}

fn add_to_group(timed: &Timed, name: &str, group: &str) {
    timed.seed("AdminAddUserToGroup", json!({ "GroupName": group, "Username": name }));
}

/// Returns a pool with each kind of finding; most of its users are 40 days old.
fn pool_with_findings() -> Timed {
    let timed = Timed::new(Quotas::default());
    let now = timed.emulator.clock().now();
    timed.emulator.clock().set(now - 40 * DAY);
    for (group, precedence, role) in [
        ("admins", 1, Some("arn:aws:iam::123456789012:role/admin")),
        ("editors", 1, Some("arn:aws:iam::123456789012:role/editor")),
        ("readers", 1, None),
        ("writers", 2, Some("arn:aws:iam::123456789012:role/editor")),
    ] {
        let mut input = json!({ "GroupName": group, "Precedence": precedence });
        input["RoleArn"] = role.map_or(Value::Null, Value::from);
        input.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        timed.seed("CreateGroup", input);
    }
    let verified = [("email", "bob@example.com"), ("email_verified", "true")];
    add(&timed, "bob", &verified);
    add(&timed, "Bob", &[("email", "BOB@example.com"), ("email_verified", "true")]);
    add(&timed, "carol", &[("email", "carol@example.com"), ("phone_number", "+4912345678")]);
    add(&timed, "dave", &[("phone_number", "+4912345678"), ("phone_number_verified", "true")]);
    for name in ["bob", "Bob", "dave"] {
        confirm(&timed, name);
    }
    timed.seed("AdminResetUserPassword", json!({ "Username": "Bob" }));
    let sign_up = json!({
        "ClientId": timed.local.client_id().as_str(), "Username": "erin",
        "Password": "Correct-horse1"
    });
    timed.seed("SignUp", sign_up);
    timed.seed("AdminDisableUser", json!({ "Username": "erin" }));
    for (name, group) in
        [("bob", "admins"), ("Bob", "admins"), ("carol", "admins"), ("bob", "readers")]
    {
        add_to_group(&timed, name, group);
    }
    timed.set_clock();
    add(&timed, "frank", &[]);
    timed
}

/// Returns the names of the users or groups of a list.
fn listed(lists: &Path, kind: FindingKind) -> Vec<String> {
    let text = fs::read_to_string(lists.join(format!("{kind}.jsonl"))).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let name = |line: Value| {
        let name = line.get("username").unwrap_or(&line["group"]);
        name.as_str().unwrap().to_owned()
    };
    let mut names: Vec<_> = lines.map(name).collect();
    names.sort();
    names
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_finding_has_its_users_or_groups_in_a_list() {
    use FindingKind::*;

    let timed = pool_with_findings();
    let (directory, path) = directory();
    let lists = directory.path().join("lists");
    let now = timed.emulator.clock().now();
    let audit = Audit::in_directory(&path).with_mfa().write_lists(&lists).as_of(now);
    let report = audited(&timed, audit).await.unwrap();
    let expected: [(FindingKind, &[&str]); 12] = [
        (EmptyGroup, &["editors", "writers"]),
        (SharedPrecedence, &["admins", "editors"]),
        (WithoutGroup, &["dave", "erin", "frank"]),
        (SameUsername, &["Bob", "bob"]),
        (SameEmail, &["Bob", "bob"]),
        (SamePhoneNumber, &["carol", "dave"]),
        (UnverifiedEmail, &["carol"]),
        (UnverifiedPhoneNumber, &["carol"]),
        (StaleForceChangePassword, &["carol"]),
        (StaleResetRequired, &["Bob"]),
        (StaleUnconfirmed, &["erin"]),
        (WithoutMfa, &["Bob", "bob", "carol", "dave", "erin", "frank"]),
    ];
    assert_eq!(FindingKind::ALL.len(), expected.len());
    for (kind, names) in expected {
        let finding = report.finding(kind).unwrap();
        assert_eq!(finding.count, u64::try_from(names.len()).unwrap(), "{kind}");
        assert_eq!(listed(&lists, kind), names, "{kind}");
        let mut examples = finding.examples.concat();
        examples.sort();
        assert_eq!(examples, names, "{kind}");
    }
    assert_eq!(report.finding(SameEmail).unwrap().examples.len(), 1, "they share one value");
    let line = fs::read_to_string(lists.join("same_email.jsonl")).unwrap();
    let line: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    assert_eq!(line["value"], "bob@example.com");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "the job's files are gone");
}

#[tokio::test(start_paused = true)]
async fn a_report_has_the_totals_of_users_and_groups() {
    let timed = pool_with_findings();
    let (_directory, path) = directory();
    let report = audited(&timed, Audit::in_directory(&path)).await.unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(serde_json::from_value::<AuditReport>(json.clone()).unwrap(), report);
    assert_eq!((report.users, report.expected, report.memberships), (6, 6, 4));
    assert_eq!(
        json["statuses"],
        json!({
            "CONFIRMED": { "enabled": 2, "disabled": 0 },
            "FORCE_CHANGE_PASSWORD": { "enabled": 2, "disabled": 0 },
            "RESET_REQUIRED": { "enabled": 1, "disabled": 0 },
            "UNCONFIRMED": { "enabled": 0, "disabled": 1 },
        })
    );
    assert_eq!(report.sign_ups.values().sum::<u64>(), 6);
    assert_eq!(report.sign_ups.len(), 2, "40 days are more than a month: {:?}", report.sign_ups);
    let sizes: Vec<_> = report.groups.iter().map(|group| (&*group.name, group.users)).collect();
    assert_eq!(sizes, [("admins", 3), ("readers", 1), ("editors", 0), ("writers", 0)]);
    assert_eq!(json["overlaps"], json!([{ "groups": ["admins", "readers"], "users": 1 }]));
    assert!(report.finding(FindingKind::WithoutMfa).is_none(), "factors were not read");
    assert_eq!(timed.requests(QuotaCategory::UserRead).0, 0);
}

#[tokio::test(start_paused = true)]
async fn an_audit_of_an_empty_pool_names_the_pool_and_its_region() {
    let timed = Timed::new(Quotas::default());
    let (_directory, path) = directory();
    let report = audited(&timed, Audit::in_directory(&path)).await.unwrap();
    assert_eq!(report.pool_id, timed.local.id().as_str());
    assert_eq!(report.region, timed.local.id().region());
    assert_eq!((report.users, report.groups.len(), report.memberships), (0, 0, 0));
    assert!(report.findings.iter().all(|finding| finding.count == 0));
    assert!(report.finding(FindingKind::WithoutGroup).is_none(), "the pool has no groups");
}

/// Returns a pool of 122 users with groups of 122, 61 and no users.
fn pool_with_full_pages() -> Timed {
    let timed = Timed::new(Quotas::default());
    timed.add_users(122);
    for (group, size) in [("all", 122), ("half", 61), ("none", 0)] {
        timed.seed("CreateGroup", json!({ "GroupName": group }));
        (0..size).for_each(|number| add_to_group(&timed, &format!("user{number}"), group));
    }
    timed
}

#[tokio::test(start_paused = true)]
async fn an_audit_sends_the_number_of_requests_of_its_plan_by_either_way() {
    let timed = pool_with_full_pages();
    let mut reports = Vec::new();
    for (way, mfa) in [
        (Memberships::ByGroup, false),
        (Memberships::ByGroup, true),
        (Memberships::ByUser, false),
        (Memberships::ByUser, true),
    ] {
        let (_directory, path) = directory();
        let mut audit = Audit::in_directory(&path).memberships(way).mean_memberships(1.5);
        if mfa {
            audit = audit.with_mfa();
        }
        let plan = audit.plan(&timed.admin(), &quota()).await.unwrap();
        let cost = match way {
            Memberships::ByGroup => plan.by_group,
            _ => plan.by_user,
        };
        let before = requests(&timed);
        let start = Instant::now();
        reports.push(audited(&timed, audit).await.unwrap());
        assert_eq!(requests(&timed) - before, cost.requests, "{way:?} {mfa}");
        let time = start.elapsed().saturating_sub(cost.time);
        assert!(time < Duration::from_secs(2), "{way:?} {mfa}: {time:?} longer");
        let active = if mfa || way == Memberships::ByUser { 122 } else { 0 };
        assert_eq!(cost.monthly_active_users, active, "{way:?} {mfa}");
    }
    for report in &mut reports {
        report.time.clear();
        report.findings.retain(|finding| finding.kind != FindingKind::WithoutMfa);
    }
    assert!(reports.windows(2).all(|reports| reports[0] == reports[1]), "{reports:?}");
    assert_eq!(reports[0].memberships, 122 + 61);
}

#[tokio::test(start_paused = true)]
async fn the_monthly_active_users_of_a_plan_are_those_that_the_emulator_counts() {
    for (way, mfa) in
        [(Memberships::ByGroup, false), (Memberships::ByGroup, true), (Memberships::ByUser, false)]
    {
        let timed = Timed::new(Quotas::default());
        // Users are also active when they are created.
        let now = timed.emulator.clock().now();
        timed.emulator.clock().set(now - 40 * DAY);
        timed.add_users(70);
        timed.set_clock();
        let (_directory, path) = directory();
        let mut audit = Audit::in_directory(&path).memberships(way);
        if mfa {
            audit = audit.with_mfa();
        }
        let plan = planned(&timed, audit.clone()).await;
        audited(&timed, audit).await.unwrap();
        let counted = timed.local.monthly_active_users();
        let cost = if way == Memberships::ByUser { plan.by_user } else { plan.by_group };
        assert_eq!(counted, cost.monthly_active_users, "{way:?} {mfa}");
    }
}

async fn planned(timed: &Timed, audit: Audit) -> AuditPlan {
    audit.plan(&timed.admin(), &quota()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_plan_prefers_the_list_by_user_above_about_35_memberships_of_a_user() {
    for (groups, cheaper) in [(25, Memberships::ByGroup), (45, Memberships::ByUser)] {
        let timed = Timed::new(Quotas::default());
        timed.add_users(300);
        for group in 0..groups {
            let group = format!("group{group}");
            timed.seed("CreateGroup", json!({ "GroupName": group }));
            (0..300).for_each(|number| add_to_group(&timed, &format!("user{number}"), &group));
        }
        let (_directory, path) = directory();
        let audit = || Audit::in_directory(&path);
        let plan = planned(&timed, audit()).await;
        assert_eq!((plan.users, plan.groups, plan.mean_memberships), (300, groups, None));
        assert_eq!(plan.cheaper(), Memberships::ByGroup, "the number is not known");
        let (before, _) = timed.requests(QuotaCategory::UserResourceRead);
        let plan = planned(&timed, audit().sample_memberships(10)).await;
        assert_eq!(timed.requests(QuotaCategory::UserResourceRead).0 - before, 10);
        assert_eq!(plan.cheaper(), cheaper, "{plan:?}");
        let mean = plan.mean_memberships.unwrap();
        assert!((mean - f64::from(u32::try_from(groups).unwrap())).abs() < 0.01, "{mean}");
        let report = audited(&timed, audit().memberships(plan.cheaper())).await.unwrap();
        assert_eq!(report.memberships, 300 * groups);
    }
}

#[tokio::test(start_paused = true)]
async fn audits_use_the_quota_without_throttling() {
    let by_user = QuotaCategory::UserResourceRead;
    // In a short run the last pages have a large share.
    let many = (users_in_large_pools() / 4).max(12_000);
    for (users, way, category, limit) in [
        (many, Memberships::ByGroup, QuotaCategory::UserList, 30.0),
        (3000, Memberships::ByUser, by_user, 50.0),
    ] {
        let timed = pool(users);
        let (_directory, path) = directory();
        let count = u64::try_from(users).unwrap();
        let audit = Audit::in_directory(&path).memberships(way).shard_users(count / 15);
        let quota = quota();
        let mut run = audit.run(&timed.admin(), &quota);
        let started = run.next_event().await;
        assert!(matches!(started, Some(JobEvent::Started { .. })), "{started:?}");
        let (start, (before, _)) = (Instant::now(), timed.requests(category));
        let report = run.finish().await.unwrap();
        let memberships = count.div_ceil(3) + count.div_ceil(4);
        assert_eq!((report.users, report.memberships), (count, memberships));
        let overlap = &report.overlaps[0];
        assert_eq!(overlap.groups, ["thirds", "fourths"]);
        assert_eq!(overlap.users, count.div_ceil(12));
        let (requests, throttled) = timed.requests(category);
        assert_eq!((throttled, quota.usage(category).throttled), (0, 0));
        let requests = f64::from(u32::try_from(requests - before).unwrap());
        let used = requests / (limit * start.elapsed().as_secs_f64());
        println!("{users} users, {way:?}: {used:.3} of the quota in {:?}", start.elapsed());
        assert!(used >= 0.94, "{way:?}: {used}, {requests} requests in {:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_audit_that_is_killed_ten_times_has_the_report_of_an_undisturbed_one() {
    for (users, way) in [(2000, Memberships::ByGroup), (400, Memberships::ByUser)] {
        let timed = pool(users);
        let (directory, path) = directory();
        let lists = |name: &str| directory.path().join(name);
        let now = timed.emulator.clock().now();
        let audit = |name: &str| {
            let audit = Audit::in_directory(&path).shard_users(30).as_of(now + 40 * DAY);
            audit.memberships(way).write_lists(lists(name))
        };
        let undisturbed = audited(&timed, audit("undisturbed")).await.unwrap();
        let (mut random, mut kills) = (u64::from(std::process::id()), 0);
        println!("seed {random}");
        while kills < 10 {
            // The constants of Knuth's MMIX generator.
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let time = Duration::from_millis(20 + (random >> 33) % 900);
            if timeout(time, audited(&timed, audit("killed"))).await.is_ok() {
                fs::remove_dir_all(lists("killed")).unwrap();
                continue;
            }
            kills += 1;
        }
        let report = audited(&timed, audit("killed")).await.unwrap();
        assert_eq!(report, undisturbed);
        for kind in FindingKind::ALL.iter().filter(|kind| report.finding(**kind).is_some()) {
            let text = |name| fs::read(lists(name).join(format!("{kind}.jsonl"))).unwrap();
            assert!(text("killed") == text("undisturbed"), "{kind}");
        }
        let stale = report.finding(FindingKind::StaleForceChangePassword).unwrap();
        assert_eq!(stale.count, u64::try_from(users).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_audit_is_resumed_without_listing_finished_groups_and_shards_again() {
    let timed = pool(1000);
    let (_directory, path) = directory();
    let audit = || Audit::in_directory(&path).shard_users(100);
    let mut run = audit().run(&timed.admin(), &quota());
    let stop = run.stop_handle();
    let (mut shards, mut groups) = (Vec::new(), Vec::new());
    while let Some(event) = run.next_event().await {
        match event {
            JobEvent::ShardFinished { prefix, .. } => shards.push(prefix),
            JobEvent::GroupListed { name, .. } => groups.push(name),
            _ => {}
        }
        if !shards.is_empty() && !groups.is_empty() {
            stop.stop();
        }
    }
    let error = run.finish().await.unwrap_err();
    assert!(matches!(error, JobError::Stopped) && error.is_resumable(), "{error}");
    let mut run = audit().run(&timed.admin(), &quota());
    while let Some(event) = run.next_event().await {
        match event {
            JobEvent::Started { resumed, .. } => assert!(resumed),
            JobEvent::ShardFinished { prefix, .. } => assert!(!shards.contains(&prefix)),
            JobEvent::GroupListed { name, .. } => assert!(!groups.contains(&name)),
            _ => {}
        }
    }
    let report = run.finish().await.unwrap();
    assert_eq!((report.users, report.memberships), (1000, 334 + 250));
}

#[tokio::test(start_paused = true)]
async fn groups_and_users_that_are_deleted_during_an_audit_are_left_out() {
    for way in [Memberships::ByGroup, Memberships::ByUser] {
        let timed = pool(130);
        let (_directory, path) = directory();
        let audit = Audit::in_directory(&path).memberships(way);
        let mut run = audit.run(&timed.admin(), &quota());
        run.next_event().await;
        timed.seed("DeleteGroup", json!({ "GroupName": "thirds" }));
        timed.seed("AdminDeleteUser", json!({ "Username": "user4" }));
        let report = run.finish().await.unwrap();
        assert_eq!((report.users, report.memberships), (129, 32), "{way:?}");
        if way == Memberships::ByGroup {
            assert_eq!(report.deleted_groups, ["thirds"]);
            assert_eq!(report.groups.len(), 2);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_audit_replaces_no_lists_and_uses_no_directory_of_another_job() {
    let timed = pool(5);
    let (directory, path) = directory();
    let lists = directory.path().join("lists");
    let audit = || Audit::in_directory(&path).write_lists(&lists);
    fs::create_dir(&lists).unwrap();
    fs::write(lists.join("same_email.jsonl"), "precious").unwrap();
    let before = requests(&timed);
    let error = audited(&timed, audit()).await.unwrap_err();
    assert!(matches!(error, JobError::OutputExists), "{error}");
    assert_eq!(requests(&timed), before, "it fails before the first request");
    assert_eq!(fs::read_to_string(lists.join("same_email.jsonl")).unwrap(), "precious");

    fs::remove_dir_all(&lists).unwrap();
    fs::write(path.join("precious"), "").unwrap();
    let error = audited(&timed, audit()).await.unwrap_err();
    assert!(matches!(error, JobError::DirectoryInUse), "{error}");
    fs::remove_file(path.join("precious")).unwrap();

    let mut run = audit().run(&timed.admin(), &quota());
    run.next_event().await;
    drop(run);
    let error = audited(&timed, audit().with_mfa()).await.unwrap_err();
    assert!(matches!(error, JobError::OtherSettings), "{error}");
    assert_eq!(audited(&timed, audit()).await.unwrap().users, 5);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_appears_during_an_audit_is_kept_and_lost_members_are_listed_again() {
    let timed = pool(300);
    let (directory, path) = directory();
    let lists = directory.path().join("lists");
    let audit = || Audit::in_directory(&path).shard_users(100).write_lists(&lists);
    let mut run = audit().run(&timed.admin(), &quota());
    run.next_event().await;
    let precious = lists.join("same_email.jsonl");
    fs::write(&precious, "precious").unwrap();
    let error = run.finish().await.unwrap_err();
    assert!(matches!(error, JobError::OutputExists), "{error}");
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");

    fs::remove_dir_all(&lists).unwrap();
    fs::remove_dir_all(path.join("members")).unwrap();
    let report = audited(&timed, audit()).await.unwrap();
    assert_eq!((report.users, report.memberships), (300, 100 + 75));
    assert!(precious.exists());
}
