//! Settings of pools and app clients, their differences, and quotas.

use cognito_emulator::{InjectedFault, LocalPool, PoolSettings};
use serde_json::{Value, json};

use crate::support::{Home, pool, pool_with};
use crate::users::requests;

fn home(pool: &LocalPool) -> Home {
    let mut home = Home::of(pool).with_credentials();
    home.set("AWS_REGION", pool.id().region());
    home
}

fn create(pool: &LocalPool, name: &str, length: u8) -> String {
    let created = pool.emulator().call(
        "CreateUserPool",
        &json!({
            "PoolName": name,
            "Policies": { "PasswordPolicy": { "MinimumLength": length } },
            "AutoVerifiedAttributes": ["email"]
        }),
    );
    created.unwrap()["UserPool"]["Id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_is_described_as_the_service_does() {
    let pool = pool().await;
    let home = home(&pool);
    let shown = home.run(&["pool", "describe", "-o", "json"]).succeeded().json();
    let service = pool.call("DescribeUserPool", json!({})).unwrap()["UserPool"].clone();
    for (name, value) in service.as_object().unwrap() {
        let is_time = name.ends_with("Date");
        assert!(is_time || &shown[name] == value, "{name}: {} {value}", shown[name]);
    }
    assert!(shown["CreationDate"].as_str().unwrap().ends_with('Z'));
    assert_eq!(shown["MfaConfig"]["MfaConfiguration"], "OFF");
    let path = "Policies.PasswordPolicy.MinimumLength";
    let csv = home.run(&["pool", "describe", "-o", "csv", "--fields", path]).succeeded().stdout;
    assert_eq!(csv, format!("{path}\r\n8\r\n"));
    let table = home.run(&["pool", "describe"]).succeeded().stdout;
    assert!(table.lines().any(|line| line.starts_with(path)), "{table}");
    let absent = ["pool", "describe", "--pool", "eu-west-1_Absent123"];
    home.run(&absent).failed(4, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn differences_of_pools_have_a_code_and_a_path() {
    let pool = pool().await;
    let (strict, same) = (create(&pool, "strict", 12), create(&pool, "same", 12));
    let lax = create(&pool, "lax", 8);
    let home = home(&pool);
    let diff = |other: &str| home.run(&["pool", "diff", other, "--pool", &strict, "-o", "json"]);
    let ran = diff(&same).succeeded();
    assert_eq!(ran.stdout, "[]\n");
    assert!(ran.stderr.contains("has the same settings"));
    for other in [&*lax, "lax"] {
        let ran = diff(other).failed(10, "1 setting differs");
        let path = "Policies.PasswordPolicy.MinimumLength";
        assert_eq!(ran.json(), json!([{ "setting": path, "pool": 12, "other": 8 }]));
    }
    diff("absent").failed(4, "there is no user pool `absent`");
    diff("eu-west-1_Absent123").failed(4, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_is_compared_with_a_file() {
    let pool = pool().await;
    let home = home(&pool);
    let shown = home.run(&["pool", "describe", "-o", "json"]).succeeded().stdout;
    home.write("reviewed.json", &shown);
    home.run(&["pool", "diff", "reviewed.json"]).succeeded();
    let mut of_cli: Value = serde_json::from_str(&shown).unwrap();
    of_cli.as_object_mut().unwrap().remove("MfaConfig");
    home.write("cli.json", &json!({ "UserPool": of_cli }).to_string());
    home.run(&["pool", "diff", "cli.json"]).succeeded();
    let mut update = json!({ "DeletionProtection": "ACTIVE" });
    update["Policies"] = of_cli["Policies"].clone();
    pool.call("UpdateUserPool", update).unwrap();
    let ran = home.run(&["pool", "diff", "reviewed.json", "-o", "csv"]).failed(10, "differ");
    assert!(ran.stdout.contains("\r\nDeletionProtection,ACTIVE,"), "{}", ran.stdout);

    home.write("list.json", "[]");
    home.write("broken.json", "{");
    home.write("other.json", r#"{ "a": 1 }"#);
    for (file, code) in [("list", 2), ("broken", 2), ("other", 2), ("absent", 4)] {
        home.run(&["pool", "diff", &format!("{file}.json")]).failed(code, "the file ");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn app_clients_are_shown_without_their_secrets() {
    let pool = pool_with(PoolSettings::default().client_secret("very-secret-value")).await;
    let mut home = home(&pool);
    home.set("COGNITO_CLIENT", pool.client_id().as_str());
    let list = home.run(&["clients", "list", "-o", "json"]).succeeded().json();
    assert_eq!(list[0]["client_id"], pool.client_id().as_str());
    for format in ["table", "json", "jsonl", "csv"] {
        let shown = home.run(&["clients", "describe", "-o", format]).succeeded();
        assert!(!shown.stdout.contains("very-secret-value"), "{format}");
        assert!(shown.stdout.contains("[redacted]"), "{format}: {}", shown.stdout);
    }
    let logs = home.run(&["clients", "describe", "-vvv"]).succeeded();
    assert!(logs.stderr.contains("DescribeUserPoolClient"), "{}", logs.stderr);
    assert!(!logs.stderr.contains("very-secret-value"));
    let id = pool.client_id();
    let shown = home.run(&["clients", "describe", id.as_str(), "-o", "json"]).succeeded().json();
    assert_eq!(shown["ClientId"], id.as_str());
    home.run(&["clients", "describe", "absent"]).failed(4, "");
    home.unset("COGNITO_CLIENT");
    home.run(&["clients", "describe"]).failed(2, "the app client is not named");
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_of_the_account_are_shown_with_the_rates_of_jobs() {
    let pool = pool().await;
    let home = home(&pool);
    let arguments = ["quota", "UserList", "userread", "--reserve", "0.5", "-o", "json"];
    let shown = home.run(&arguments).succeeded().json();
    assert_eq!((&shown[0]["category"], &shown[0]["limit"]), (&json!("UserList"), &json!(30)));
    assert_eq!((&shown[0]["adjustable"], &shown[0]["rate"]), (&json!(false), &json!(14.4)));
    assert_eq!((&shown[1]["adjustable"], &shown[1]["default"]), (&json!(true), &json!(120)));
    assert_eq!(requests(&pool, "GetProvisionedLimit"), 1, "the other has no other limit");
    let mut elsewhere = Home::of(&pool).with_credentials();
    elsewhere.unset("COGNITO_POOL");
    elsewhere.unset("AWS_REGION");
    elsewhere.run(&["quota", "UserRead"]).failed(2, "pass --region or --pool");
    home.run(&["quota", "Users"]).failed(2, "the categories are UserAuthentication, ");

    let message = "User is not authorized to perform: cognito-idp:GetProvisionedLimit";
    let fault = InjectedFault::exception("AccessDeniedException", message);
    pool.emulator().plan_fault("GetProvisionedLimit", 1, fault);
    let ran = home.run(&["quota", "UserRead"]);
    ran.failed(7, "the IAM action cognito-idp:GetProvisionedLimit");
}
