//! Plans of imports: the lines that a pool rejects, the requests, and the time.

use std::fs;
use std::time::Duration;

use cognito::bulk::{Import, ImportPlan, MAX_REJECTED_LINES};
use cognito_emulator::{PoolSettings, Quotas};
use serde_json::{Value, json};

use crate::export::{quota, rows};
use crate::import::{Files, pool, settings};
use crate::timed::Timed;

async fn planned(timed: &Timed, import: &Import) -> ImportPlan {
    import.plan(&timed.admin(), &quota()).await.unwrap()
}

/// Returns the rejected lines of an input with their codes.
async fn rejected(timed: &Timed, lines: &[Value]) -> Vec<(u64, &'static str)> {
    rejected_of(timed, lines, |import| import).await
}

async fn rejected_of(
    timed: &Timed,
    lines: &[Value],
    change: impl FnOnce(Import) -> Import,
) -> Vec<(u64, &'static str)> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let files = Files::new(text);
    let plan = planned(timed, &change(files.import())).await;
    assert_eq!(plan.users + plan.rejected_lines, u64::try_from(lines.len()).unwrap());
    plan.rejected.iter().map(|line| (line.line, line.reason.code())).collect()
}

fn with_attribute(name: &str, value: impl Into<Value>) -> Value {
    json!({ "username": format!("{name}-user"), "attributes": { name: value.into() } })
}

#[tokio::test(start_paused = true)]
async fn every_line_that_the_pool_would_refuse_is_rejected_with_its_reason() {
    let timed = pool();
    timed.seed("CreateGroup", json!({ "GroupName": "staff" }));
    let groups: Vec<_> = (0..101).map(|number| format!("group{number}")).collect();
    let lines = [
        (json!({ "username": "ok", "groups": ["staff"], "status": "CONFIRMED" }), None),
        (json!({}), Some("missing_username")),
        (json!({ "username": "" }), Some("missing_username")),
        (json!({ "username": "a b" }), Some("invalid_username")),
        (json!({ "username": "x".repeat(129) }), Some("invalid_username")),
        (json!({ "username": "x".repeat(128) }), None),
        (json!({ "username": "ok" }), Some("duplicate")),
        (json!({ "username": "OK" }), None),
        (json!({ "username": "a", "mail": "a@b" }), Some("unknown_field")),
        (json!({ "username": "a", "enabled": "yes" }), Some("invalid_field")),
        (json!(["a"]), Some("malformed")),
        (json!("a"), Some("malformed")),
        (with_attribute("custom:size", "1"), Some("unknown_attribute")),
        (with_attribute("email", "no-address"), Some("attribute_type")),
        (with_attribute("phone_number", "030 123"), Some("attribute_type")),
        (with_attribute("email_verified", "yes"), Some("attribute_type")),
        (with_attribute("email_verified", "true"), Some("missing_verified")),
        (with_attribute("phone_number_verified", true), Some("missing_verified")),
        (with_attribute("custom:seats", "many"), Some("attribute_type")),
        (with_attribute("custom:seats", "NaN"), Some("attribute_type")),
        (with_attribute("custom:seats", 0), Some("attribute_bound")),
        (with_attribute("custom:seats", 10), Some("attribute_bound")),
        (with_attribute("custom:plan", "x"), Some("attribute_bound")),
        (with_attribute("custom:plan", "äöüßéè"), Some("attribute_bound")),
        (with_attribute("custom:plan", "äöüßé"), None),
        (with_attribute("birthdate", "1.1.99"), Some("attribute_bound")),
        (with_attribute("name", "x".repeat(2049)), Some("attribute_bound")),
        (with_attribute("nickname", Value::Null), None),
        (json!({ "username": "b", "groups": ["stuff"] }), Some("unknown_group")),
        (json!({ "username": "b", "groups": ["a b"] }), Some("invalid_group")),
        (json!({ "username": "b", "groups": groups }), Some("too_many_groups")),
        (json!({ "username": "b", "status": "EXTERNAL_PROVIDER" }), Some("status")),
        (json!({ "username": "b", "status": "UNCONFIRMED" }), Some("status")),
        (json!({ "username": "b", "password": "short-1A" }), None),
        (json!({ "username": "c", "password": "sh0rt-A" }), Some("password_policy")),
        (json!({ "username": "c", "password": "no-digits-A" }), Some("password_policy")),
        (json!({ "username": "c", "password": " Planted-1" }), Some("password_policy")),
        (json!({ "username": "c", "temporary_password": "planted-1" }), Some("password_policy")),
        (
            json!({ "username": "c", "password": "Planted-1", "temporary_password": "Planted-2" }),
            Some("two_passwords"),
        ),
        (json!({ "username": "c", "password_hash": "$2b$10$x" }), Some("password_hash")),
    ];
    let users: Vec<_> = lines.iter().map(|(user, _)| user.clone()).collect();
    let expected: Vec<_> =
        (1..).zip(&lines).filter_map(|(number, (_, reason))| Some((number, (*reason)?))).collect();
    assert_eq!(rejected(&timed, &users).await, expected);
    let pool = timed.local.call("DescribeUserPool", json!({})).unwrap();
    assert_eq!(pool["UserPool"]["EstimatedNumberOfUsers"], 0);
}

/// The service also accepts every accepted line of the test above.
#[tokio::test(start_paused = true)]
async fn users_of_every_accepted_form_are_created() {
    let timed = pool();
    let lines = [
        json!({ "username": "x".repeat(128) }),
        json!({ "username": "ä!?😀" }),
        with_attribute("custom:plan", "äöüßé"),
        with_attribute("custom:seats", "9"),
        with_attribute("phone_number", "+49301234567"),
        with_attribute("updated_at", 1_700_000_000),
        with_attribute("name", "x".repeat(2048)),
        json!({ "username": "b", "password": "short-1A" }),
        json!({ "username": "c", "status": "RESET_REQUIRED" }),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let files = Files::new(text);
    let report = files.import().run(&timed.admin(), &quota()).finish().await.unwrap();
    assert_eq!(report.outcomes.done, 9, "{:?}", rows(&files.outcomes));
}

#[tokio::test(start_paused = true)]
async fn required_attributes_may_not_be_missing() {
    let required = json!([{ "Name": "email", "Required": true, "Mutable": true }]);
    let settings = PoolSettings::default().pool_member("Schema", required);
    let timed = Timed::with(Quotas::default(), settings);
    let lines = [json!({ "username": "a" }), with_attribute("email", "a@example.com")];
    assert_eq!(rejected(&timed, &lines).await, [(1, "required_attribute")]);
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_ignores_case_has_no_two_users_whose_names_differ_in_it() {
    let insensitive = json!({ "CaseSensitive": false });
    let settings = settings().pool_member("UsernameConfiguration", insensitive);
    let timed = Timed::with(Quotas::default(), settings);
    let lines = ["Bob", "al", "bob"].map(|name| json!({ "username": name }));
    let files = Files::new(lines.map(|line| format!("{line}\n")).concat());
    let plan = planned(&timed, &files.import()).await;
    assert_eq!(plan.rejected[0].reason.to_string(), "line 1 has the same user name");
    assert_eq!((plan.rejected[0].line, plan.rejected[0].username.as_deref()), (3, Some("bob")));
}

#[tokio::test(start_paused = true)]
async fn users_named_by_an_address_are_created_by_it() {
    let settings = settings().pool_member("UsernameAttributes", json!(["email", "phone_number"]));
    let timed = Timed::with(Quotas::default(), settings);
    let exported = "34c84488-e0e1-70ae-d2ee-991ad1a898c8";
    let lines = [
        json!({ "username": exported, "attributes": { "email": "a@example.com" } }),
        json!({ "username": "b@example.com" }),
        json!({ "username": "+49301234567" }),
        json!({ "username": exported }),
        json!({ "username": "bob" }),
        json!({ "username": "x", "attributes": { "email": "b@example.com" } }),
        json!({ "username": "c@example.com", "attributes": { "phone_number": "+49301234567" } }),
    ];
    let expected =
        [(4, "missing_address"), (5, "missing_address"), (6, "duplicate"), (7, "duplicate")];
    assert_eq!(rejected(&timed, &lines).await, expected);
    let files = Files::new(lines.map(|line| format!("{line}\n")).concat());
    let import = files.import().skip_rejected();
    let report = import.run(&timed.admin(), &quota()).finish().await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.failed), (3, 4));
    let found = timed.local.call("AdminGetUser", json!({ "Username": "a@example.com" })).unwrap();
    assert_ne!(found["Username"], "a@example.com");
}

#[tokio::test(start_paused = true)]
async fn aliases_belong_to_one_user_and_are_no_user_names() {
    let aliases = json!(["email", "preferred_username"]);
    let settings = settings().pool_member("AliasAttributes", aliases);
    let timed = Timed::with(Quotas::default(), settings);
    let user = |name: &str, verified: bool| {
        let email = json!({ "email": "a@example.com", "email_verified": verified });
        json!({ "username": name, "attributes": email })
    };
    let preferred = |name: &str, preferred: &str| json!({ "username": name, "attributes": { "preferred_username": preferred } });
    let lines = [
        user("a", true),
        user("b", false),
        user("c", true),
        json!({ "username": "d@example.com" }),
        preferred("e", "eve"),
        preferred("f", "eve"),
        preferred("g", "a"),
    ];
    let expected =
        [(3, "duplicate"), (4, "username_like_alias"), (6, "duplicate"), (7, "duplicate")];
    assert_eq!(rejected(&timed, &lines).await, expected);
}

#[tokio::test(start_paused = true)]
async fn users_without_an_address_cannot_be_invited() {
    let timed = pool();
    let lines = [
        with_attribute("email", "a@example.com"),
        with_attribute("phone_number", "+49301234567"),
        json!({ "username": "a" }),
        json!({ "username": "b", "password": "Planted-1" }),
    ];
    let rejected = rejected_of(&timed, &lines, Import::invite).await;
    assert_eq!(rejected, [(3, "no_address_for_invitation")]);
    let files = Files::new(lines.map(|line| format!("{line}\n")).concat());
    let import = files.import().invite().skip_rejected();
    assert_eq!(planned(&timed, &import).await.messages, 2);
    import.run(&timed.admin(), &quota()).finish().await.unwrap();
    let outbox = timed.emulator.outbox();
    let mut media: Vec<_> = outbox.iter().map(|message| format!("{:?}", message.medium)).collect();
    media.sort();
    assert_eq!(media.join(" ").to_lowercase(), "email sms");
}

#[tokio::test(start_paused = true)]
async fn a_plan_has_the_requests_the_time_and_the_cost() {
    let timed = pool();
    timed.seed("CreateGroup", json!({ "GroupName": "staff" }));
    let line = |number: usize| {
        let mut line = json!({
            "username": format!("user{number}"), "sub": "x", "groups": ["staff", "new"]
        });
        match number % 4 {
            0 => line["status"] = "CONFIRMED".into(),
            1 => line["password"] = "Planted-1".into(),
            2 => line["enabled"] = false.into(),
            _ => {}
        }
        format!("{line}\n")
    };
    let files = Files::new((0..100).map(line).collect::<String>());
    let import = files.import().create_groups();
    let plan = planned(&timed, &import).await;
    let requests = [
        ("AdminAddUserToGroup", 200),
        ("AdminCreateUser", 100),
        ("AdminDisableUser", 25),
        ("AdminSetUserPassword", 50),
        ("CreateGroup", 1),
    ];
    assert_eq!(plan.requests, requests.into_iter().collect());
    assert_eq!((plan.users, plan.messages, plan.monthly_active_users), (100, 0, 100));
    assert_eq!((plan.without_password, plan.groups_to_create), (25, vec!["new".to_owned()]));
    assert_eq!(plan.ignored, [("sub", 100)].into_iter().collect());
    // 225 changes of users at 96 % of 25 a second, and a group.
    let expected = Duration::from_secs_f64(225.0 / 24.0 + 1.0 / 4.8);
    assert!(plan.time.abs_diff(expected) < Duration::from_millis(5), "{:?}", plan.time);
    assert_eq!(fs::read_dir(files.directory.path()).unwrap().count(), 1, "no file is written");
}

#[tokio::test(start_paused = true)]
async fn all_rejected_lines_are_counted_and_written_and_the_first_are_kept() {
    let timed = pool();
    let count = MAX_REJECTED_LINES + 500;
    let files = Files::new("{\"username\":\"a b\"}\n".repeat(count));
    let path = files.directory.path().join("rejected.jsonl");
    fs::write(&path, "of an earlier plan").unwrap();
    let plan = planned(&timed, &files.import().rejected_to(&path)).await;
    assert_eq!(plan.rejected_lines, u64::try_from(count).unwrap());
    assert_eq!(plan.rejected.len(), MAX_REJECTED_LINES);
    let rejected = rows(&path);
    assert_eq!(rejected.len(), count);
    let reason = json!({
        "code": "invalid_username",
        "message": "the user name has to have 1 to 128 characters without spaces"
    });
    let expected = json!({ "line": count, "username": "a b", "reason": reason });
    assert_eq!(rejected[count - 1], expected);
}
