//! Lists, searches and descriptions of users.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cognito_emulator::{InjectedFault, LocalPool, PoolSettings};
use serde_json::{Value, json};

use crate::support::{Home, emulator, pool, pool_with};

/// Creates a user without a message, with an e-mail address.
pub(crate) fn add(pool: &LocalPool, name: &str) {
    let email = format!("{name}@example.com");
    let user = json!({
        "Username": name, "MessageAction": "SUPPRESS",
        "UserAttributes": [
            { "Name": "email", "Value": email }, { "Name": "custom:tenant", "Value": "acme" }
        ]
    });
    pool.call("AdminCreateUser", user).unwrap();
}

/// A pool with these users, and a home with AWS credentials.
pub(crate) async fn pool_of(names: &[&str]) -> (LocalPool, Home) {
    let schema = json!([{ "Name": "tenant", "AttributeDataType": "String", "Mutable": true }]);
    let settings = PoolSettings::default().pool_member("Schema", schema);
    let pool = emulator().await.create_pool(settings).unwrap();
    names.iter().for_each(|name| add(&pool, name));
    let home = Home::of(&pool).with_credentials();
    (pool, home)
}

/// A pool of users `user0`, …, and a home with their names in `users.txt`.
pub(crate) async fn pool_of_users(number: usize) -> (LocalPool, Home) {
    let (pool, home) = pool_of(&[]).await;
    let names: Vec<String> = (0..number).map(|number| format!("user{number}")).collect();
    names.iter().for_each(|name| add(&pool, name));
    home.write("users.txt", &names.join("\n"));
    (pool, home)
}

pub(crate) fn requests(pool: &LocalPool, operation: &str) -> usize {
    let requests = pool.emulator().requests();
    requests.iter().filter(|request| request.operation == operation).count()
}

/// Starts a command, and waits until the emulator has received a number of requests of an operation.
pub(crate) fn started(
    pool: &LocalPool,
    home: &Home,
    arguments: &[&str],
    operation: &str,
    number: usize,
) -> Child {
    let mut command = home.command(arguments);
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while requests(pool, operation) < number {
        assert!(Instant::now() < deadline, "{operation} is not requested");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

pub(crate) fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn users_have_the_fields_of_an_export_in_each_format() {
    let (_pool, home) = pool_of(&["bob"]).await;
    let bob = &home.run(&["users", "list", "-o", "json"]).succeeded().json()[0];
    let names: Vec<&str> = bob.as_object().unwrap().keys().map(String::as_str).collect();
    let fields = ["username", "sub", "status", "enabled", "created", "modified", "attributes"];
    assert_eq!(names, fields);
    assert_eq!(bob["status"], "FORCE_CHANGE_PASSWORD");
    let attributes = json!({ "custom:tenant": "acme", "email": "bob@example.com" });
    assert_eq!(bob["attributes"], attributes);

    let csv = home.run(&["users", "list", "-o", "csv", "--fields", "username,email,custom:tenant"]);
    let expected = "username,email,custom:tenant\r\nbob,bob@example.com,acme\r\n";
    assert_eq!(csv.succeeded().stdout, expected);
    let table = home.run(&["users", "list"]).succeeded().stdout;
    assert!(table.starts_with("USERNAME  STATUS "), "{table}");
    assert!(table.contains(" true ") && table.contains("  bob@example.com\n"), "{table}");
    home.run(&["users", "list", "--fields", "emial"]).failed(2, "has no field `emial`");
}

#[tokio::test(flavor = "multi_thread")]
async fn list_reads_all_pages_or_ends_after_its_limit() {
    let (pool, home) = pool_of(&[]).await;
    (0..65).for_each(|number| add(&pool, &format!("user{number:02}")));
    let all = lines(&home.run(&["users", "list", "-o", "jsonl"]).succeeded().stdout);
    assert_eq!(all.len(), 65);
    assert_eq!(requests(&pool, "ListUsers"), 2);
    for limit in [1, 60, 61] {
        let arguments = ["users", "list", "-o", "jsonl", "--limit", &limit.to_string()];
        assert_eq!(lines(&home.run(&arguments).succeeded().stdout).len(), limit);
    }
    assert_eq!(requests(&pool, "ListUsers"), 6, "no page is read without need");
    home.run(&["users", "list", "--limit", "0"]).failed(2, "--limit");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_appear_as_pages_arrive() {
    let (pool, home) = pool_of(&[]).await;
    (0..61).for_each(|number| add(&pool, &format!("user{number:02}")));
    let late = InjectedFault::Delayed(Duration::from_secs(120));
    pool.emulator().plan_fault("ListUsers", 2, late);
    for format in ["jsonl", "csv"] {
        let mut command = home.command(&["users", "list", "--output", format]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap();
        let rows = BufReader::new(child.stdout.take().unwrap()).lines();
        let expected = if format == "csv" { 61 } else { 60 };
        assert_eq!(rows.take(expected).map_while(Result::ok).count(), expected);
        let is_waiting = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_waiting, "the second page has not come yet");
        let late = InjectedFault::Delayed(Duration::from_secs(120));
        pool.emulator().plan_fault("ListUsers", 2, late);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_list_names_pool_and_region() {
    let (pool, home) = pool_of(&[]).await;
    let ran = home.run(&["users", "list", "-o", "json"]).succeeded();
    assert_eq!(ran.stdout, "[]\n");
    let pool_id = pool.id();
    let note = format!("no users in the user pool {pool_id}, Region {}", pool_id.region());
    assert!(ran.stderr.contains(&note), "{}", ran.stderr);
    let ran = home.run(&["users", "search", "email=a@b.io"]).succeeded();
    assert!(ran.stderr.contains(pool_id.as_str()), "{}", ran.stderr);
    assert_eq!(home.run(&["users", "list", "--quiet"]).succeeded().stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn user_is_shown_with_groups_and_factors() {
    let (pool, home) = pool_of(&["bob"]).await;
    pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    let membership = json!({ "GroupName": "staff", "Username": "bob" });
    pool.call("AdminAddUserToGroup", membership).unwrap();
    let bob = home.run(&["users", "get", "bob", "-o", "json"]).succeeded().json();
    assert_eq!((&bob["groups"], &bob["mfa"]), (&json!(["staff"]), &json!([])));
    assert_eq!(bob["attributes"]["email"], "bob@example.com");
    let table = home.run(&["users", "get", "bob"]).succeeded().stdout;
    assert!(table.lines().any(|line| line == "email          bob@example.com"), "{table}");
    let arguments = ["users", "get", "bob", "--fields", "email,groups", "-o", "csv"];
    let csv = home.run(&arguments).succeeded().stdout;
    assert_eq!(csv, "email,groups\r\nbob@example.com,staff\r\n");
    let before = requests(&pool, "AdminListGroupsForUser");
    home.run(&["users", "get", "bob", "--no-groups"]).succeeded();
    assert_eq!(requests(&pool, "AdminListGroupsForUser"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_users_and_pools_are_not_found() {
    let (_pool, home) = pool_of(&[]).await;
    let error = home.run(&["users", "get", "nobody", "-o", "json"]).failed(4, "").error();
    assert_eq!(error["code"], "user_not_found");
    home.run(&["users", "list", "--pool", "eu-west-1_Absent123"]).failed(4, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_searched_by_a_condition_of_the_service() {
    let (pool, home) = pool_of(&["alice", "alina", "bob"]).await;
    pool.call("AdminDisableUser", json!({ "Username": "bob" })).unwrap();
    let cases = [
        ("ali", &["alice", "alina"][..]),
        ("bob@example.com", &["bob"]),
        ("email^=ali", &["alice", "alina"]),
        ("enabled=false", &["bob"]),
        ("status=force_change_password", &["alice", "alina", "bob"]),
    ];
    for (condition, expected) in cases {
        let found = home.run(&["users", "search", condition, "-o", "jsonl"]).succeeded().stdout;
        let mut names: Vec<_> = lines(&found).iter().map(|user| user["username"].clone()).collect();
        names.sort_by_key(Value::to_string);
        assert_eq!(names, expected, "{condition}");
    }
    home.run(&["users", "search", "custom:tenant=acme"]).failed(2, "jq");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_the_service_have_codes_of_their_own() {
    let pool = pool_with(PoolSettings::default()).await;
    let home = Home::of(&pool).with_credentials();
    let message = "User is not authorized to perform: cognito-idp:ListUsers";
    let fault = InjectedFault::exception("AccessDeniedException", message);
    pool.emulator().plan_fault("ListUsers", 1, fault);
    home.run(&["users", "list"]).failed(7, "the IAM action cognito-idp:ListUsers");
    for attempt in 1..=20 {
        pool.emulator().plan_fault("ListUsers", attempt, InjectedFault::Throttled);
    }
    home.run(&["users", "list"]).failed(5, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn administration_needs_aws_credentials() {
    let pool = pool().await;
    let home = Home::of(&pool);
    let error = home.run(&["users", "list", "-o", "json"]).failed(3, "").error();
    assert_eq!(error["code"], "no_credentials");
}
