//! Changes of settings, second factors and devices.

use std::time::Duration;

use cognito_emulator::{InjectedFault, LocalPool, Mfa, PoolSettings};
use serde_json::{Value, json};

use crate::pseudo_terminal::Terminal;
use crate::support::{Home, PASSWORD, pool, pool_with};
use crate::users::lines;
use crate::writes::writes;

fn client(pool: &LocalPool) -> Value {
    let client = json!({ "ClientId": pool.client_id().as_str() });
    pool.call("DescribeUserPoolClient", client).unwrap()["UserPoolClient"].take()
}

fn described(pool: &LocalPool) -> Value {
    pool.call("DescribeUserPool", json!({})).unwrap()["UserPool"].take()
}

/// The names of the settings in which two descriptions differ.
fn changed(before: &Value, after: &Value) -> Vec<String> {
    let (before, after) = (before.as_object().unwrap(), after.as_object().unwrap());
    let names = before.keys().chain(after.keys()).collect::<std::collections::BTreeSet<_>>();
    let differs =
        |name: &&String| *name != "LastModifiedDate" && before.get(*name) != after.get(*name);
    names.into_iter().filter(differs).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn difference_is_shown_and_agreed_to_before_the_other_settings_are_written_back() {
    let pool = pool().await;
    let home = Home::of(&pool).with_credentials();
    let before = client(&pool);
    let edits =
        ["--set", "AccessTokenValidity=30", "--set", "TokenValidityUnits.AccessToken=minutes"];
    let arguments = [&["clients", "update"], &edits[..]].concat();
    let dry = home.run(&[&arguments[..], &["--dry-run", "-o", "jsonl"]].concat()).succeeded();
    let settings: Vec<_> = lines(&dry.stdout).iter().map(|row| row["setting"].clone()).collect();
    assert!(settings.contains(&json!("AccessTokenValidity")), "{settings:?}");
    home.run(&arguments).failed(2, "pass --yes");
    assert_eq!(client(&pool), before);
    assert!(writes(&pool).is_empty());

    let mut terminal = Terminal::start(&home, &arguments);
    terminal.expect("AccessTokenValidity");
    terminal.expect("Change these settings? [y/N]: ");
    terminal.type_line("y");
    terminal.expect("was changed");
    assert_eq!(terminal.end().0, 0);
    let after = client(&pool);
    assert_eq!(changed(&before, &after), ["AccessTokenValidity", "TokenValidityUnits"]);
    let again = home.run(&arguments).succeeded();
    assert!(again.stderr.contains("the settings already have these values"), "{}", again.stderr);
    assert_eq!(writes(&pool).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn client_is_set_up_for_sign_in_at_the_browser() {
    let pool = pool().await;
    let home = Home::of(&pool).with_credentials();
    let before = client(&pool);
    home.run(&["clients", "allow-cli-login", "--yes"]).succeeded();
    let after = client(&pool);
    let callbacks = after["CallbackURLs"].as_array().unwrap();
    assert!(callbacks.contains(&json!("http://localhost:8765/callback")), "{after}");
    assert!(after["AllowedOAuthFlows"].as_array().unwrap().contains(&json!("code")));
    assert_eq!(after["AllowedOAuthFlowsUserPoolClient"], true);
    let names = changed(&before, &after);
    let of_login = |name: &String| {
        name.contains("OAuth") || name == "CallbackURLs" || name == "SupportedIdentityProviders"
    };
    assert!(names.iter().all(of_login), "{names:?}");
    let port = ["clients", "allow-cli-login", "--port", "9000", "--yes"];
    home.run(&port).succeeded();
    let added = json!("http://localhost:9000/callback");
    let callbacks = client(&pool)["CallbackURLs"].as_array().unwrap().clone();
    assert!(callbacks.contains(&added) && callbacks.len() >= 2, "{callbacks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_settings_are_changed_one_by_one() {
    let pool = pool().await;
    let home = Home::of(&pool).with_credentials();
    let before = described(&pool);
    let arguments =
        ["pool", "update", "--set", "Policies.PasswordPolicy.MinimumLength=12", "--yes"];
    home.run(&arguments).succeeded();
    let after = described(&pool);
    assert_eq!(changed(&before, &after), ["Policies"]);
    let (old, new) = (&before["Policies"]["PasswordPolicy"], &after["Policies"]["PasswordPolicy"]);
    assert_eq!(changed(old, new), ["MinimumLength"]);
    home.run(&["pool", "update", "--set", "DeletionProtection=ACTIVE", "--yes"]).succeeded();
    assert_eq!(described(&pool)["DeletionProtection"], "ACTIVE");
    home.run(&["pool", "update", "--set", "Nothing=1", "--yes"])
        .failed(2, "the settings that can be changed are ");
    home.run(&["pool", "update", "--yes"]).failed(2, "nothing to change");
    home.run(&["pool", "update", "--set", "UserPoolTier=x", "--yes"]).failed(1, "");
}

/// Signs alice in at the terminal with an authenticator app, which she sets up.
pub(crate) fn set_up_app(pool: &LocalPool, home: &Home) {
    let mut terminal = Terminal::start(home, &["login", "alice"]);
    terminal.expect("Password: ");
    terminal.type_line(PASSWORD);
    terminal.expect("or type its key: ");
    let key = terminal.expect("\r\n");
    terminal.expect("First code of the authenticator app: ");
    terminal.type_line(pool.totp(&key).unwrap().expose_secret());
    terminal.expect("signed in as alice");
    assert_eq!(terminal.end().0, 0);
    pool.clock().advance(Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn second_factors_are_shown_and_reset() {
    let pool = pool_with(PoolSettings::default().mfa(Mfa::Required)).await;
    let home = Home::of(&pool).with_credentials();
    let status = || home.run(&["mfa", "status", "alice", "-o", "json"]).succeeded().json();
    assert_eq!(status()["mfa"], json!([]));
    // There is nothing to confirm, also where the permission for the last step is missing.
    let reset = || home.run(&["mfa", "reset", "alice"]).succeeded().stderr;
    assert!(reset().contains("had no second factor"));
    for exception in ["AccessDeniedException", "UnknownOperationException"] {
        let fault = InjectedFault::exception(exception, "no");
        pool.emulator().plan_fault("AdminDeleteSoftwareToken", 1, fault);
        assert!(reset().contains("had no second factor"), "{exception}");
    }
    set_up_app(&pool, &home);
    assert_eq!(status()["mfa"], json!(["SOFTWARE_TOKEN_MFA"]));
    let before = writes(&pool).len();
    let dry = home.run(&["mfa", "reset", "alice", "--dry-run", "-o", "jsonl"]).succeeded().stdout;
    let planned: Vec<_> = lines(&dry).iter().map(|call| call["operation"].clone()).collect();
    assert_eq!(planned, ["AdminSetUserMFAPreference", "AdminDeleteSoftwareToken"]);
    home.run(&["mfa", "reset", "alice"]).failed(2, "pass --yes");
    assert_eq!(writes(&pool).len(), before);
    home.run(&["mfa", "reset", "alice", "--yes"]).succeeded();
    assert_eq!(status()["mfa"], json!([]));
    // The next sign-in sets another app up.
    set_up_app(&pool, &home);
    home.run(&["mfa", "status", "nobody"]).failed(4, "");
}

/// A pool that remembers devices.
pub(crate) async fn pool_with_devices() -> LocalPool {
    let devices = json!({
        "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false
    });
    pool_with(PoolSettings::default().pool_member("DeviceConfiguration", devices)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_listed_and_forgotten() {
    let pool = pool_with_devices().await;
    let home = Home::signed_in(&pool).with_credentials();
    let listed = || {
        let listed = home.run(&["devices", "list", "alice", "-o", "jsonl"]).succeeded().stdout;
        lines(&listed)
    };
    let keys = || {
        let devices = listed();
        let keys = devices.iter().map(|device| device["key"].as_str().unwrap().to_owned());
        keys.collect::<Vec<_>>()
    };
    let key = keys().remove(0);
    assert_eq!(listed()[0]["status"], "remembered");
    let status = json!({
        "Username": "alice", "DeviceKey": key, "DeviceRememberedStatus": "not_remembered"
    });
    pool.call("AdminUpdateDeviceStatus", status).unwrap();
    assert_eq!(listed()[0]["status"], "not_remembered");
    home.run(&["devices", "forget", "alice", &key]).failed(2, "pass --yes");
    home.run(&["devices", "forget", "alice", "--all", "--dry-run"]).succeeded();
    assert_eq!(keys(), std::slice::from_ref(&key));
    home.run(&["devices", "forget", "alice", &key, "--yes"]).succeeded();
    assert!(keys().is_empty());
    home.run(&["devices", "forget", "alice", "--all", "--yes"]).succeeded();
    home.run(&["devices", "forget", "alice", &key, "--yes"]).failed(4, "");
    home.run(&["devices", "forget", "alice"]).failed(2, "KEY");
}
