//! State files together with seed files, resets and other options.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cognito_emulator::{Emulator, SigningKeys};
use serde_json::{Value, json};

use crate::support::{Client, Program, program};

const POOL: &str = "eu-west-1_Example01";

fn seed_file(directory: &Path) -> String {
    let alice = json!({ "Username": "alice", "Password": "Correct-horse1" });
    let pool =
        json!({ "Id": POOL, "Clients": [{ "ClientId": "1example23456789" }], "Users": [alice] });
    let path = directory.join("seed.json");
    fs::write(&path, json!({ "Pools": [pool] }).to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn user(username: &str) -> Value {
    json!({ "UserPoolId": POOL, "Username": username })
}

fn has_user(client: &mut Client, username: &str) -> bool {
    client.call("AdminGetUser", &user(username)).unwrap().is_ok()
}

/// Starts the program, and replaces alice, who is in the seed file, by bob.
fn start_and_replace_alice(state: &Path, options: &[&str]) -> (Program, Client) {
    let program = Program::start(state, options);
    let mut client = program.client();
    client.done("AdminDeleteUser", &user("alice"));
    client.done("AdminCreateUser", &user("bob"));
    (program, client)
}

#[test]
fn seed_file_is_applied_to_a_new_state_file_only() {
    let directory = tempfile::tempdir().unwrap();
    let (state, seed) = (directory.path().join("state"), seed_file(directory.path()));
    let options = ["--seed-file", &seed];
    let (program, _) = start_and_replace_alice(&state, &options);
    program.kill();

    let program = Program::start(&state, &options);
    let mut client = program.client();
    assert!(!has_user(&mut client, "alice") && has_user(&mut client, "bob"));
}

#[test]
fn rejected_seed_file_is_applied_after_it_was_corrected() {
    let directory = tempfile::tempdir().unwrap();
    let (state, seed) = (directory.path().join("state"), seed_file(directory.path()));
    let right = fs::read_to_string(&seed).unwrap();
    fs::write(&seed, right.replace("Correct-horse1", "weak")).unwrap();
    let options = ["--seed-file", &seed];
    let rejected = program(&state, &options).output().unwrap();
    assert_eq!(rejected.status.code(), Some(1));
    fs::write(&seed, right).unwrap();
    let program = Program::start(&state, &options);
    assert!(has_user(&mut program.client(), "alice"));
}

#[test]
fn reset_returns_to_the_seed_file_in_the_state_file_too() {
    let directory = tempfile::tempdir().unwrap();
    let (state, seed) = (directory.path().join("state"), seed_file(directory.path()));
    let options = ["--seed-file", &seed];
    let (program, mut client) = start_and_replace_alice(&state, &options);
    client.done("CreateUserPool", &json!({ "PoolName": "other" }));
    client.send("/_emulator/clock", "", r#"{"Now":1709164800,"Frozen":true}"#).unwrap();
    client.send("/_emulator/reset", "", "").unwrap();
    program.kill();

    let program = Program::start(&state, &options);
    let mut client = program.client();
    assert!(has_user(&mut client, "alice") && !has_user(&mut client, "bob"));
    let pools = client.done("ListUserPools", &json!({ "MaxResults": 10 }));
    assert_eq!(pools["UserPools"].as_array().map(Vec::len), Some(1));
    let (_, clock) = client.send("/_emulator/clock", "", "{}").unwrap();
    assert_eq!(clock["Frozen"], false);
}

#[test]
fn key_set_and_clock_are_the_same_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let seed = seed_file(directory.path());
    // The default issuer is the address, whose port changes with a restart.
    let options = ["--seed-file", &seed, "--issuer", "aws"];
    let tokens = json!({ "UserPoolId": POOL, "ClientId": "1example23456789", "Username": "alice" });
    let program = Program::start(&state, &options);
    let mut client = program.client();
    let (_, issued) = client.send("/_emulator/tokens", "", &tokens.to_string()).unwrap();
    let token = json!({ "AccessToken": issued["AccessToken"] });
    client.send("/_emulator/clock", "", r#"{"AdvanceSeconds":600}"#).unwrap();
    let (_, clock) = client.send("/_emulator/clock", "", "{}").unwrap();
    program.kill();

    let program = Program::start(&state, &options);
    let mut client = program.client();
    assert_eq!(client.done("GetUser", &token)["Username"], "alice");
    let (_, later) = client.send("/_emulator/clock", "", "{}").unwrap();
    let past = later["Now"].as_u64().unwrap() - clock["Now"].as_u64().unwrap();
    assert!(past < 300, "{past}");
}

#[test]
fn rotation_of_keys_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let (state, seed) = (directory.path().join("state"), seed_file(directory.path()));
    let options = ["--seed-file", &seed, "--issuer", "aws"];
    let tokens = json!({ "UserPoolId": POOL, "ClientId": "1example23456789", "Username": "alice" });
    let program = Program::start(&state, &options);
    let mut client = program.client();
    let mut issue = || client.send("/_emulator/tokens", "", &tokens.to_string()).unwrap().1;
    let before = issue();
    client.send("/_emulator/rotate-keys", "", "").unwrap();
    program.kill();

    let program = Program::start(&state, &options);
    let mut client = program.client();
    let after = client.send("/_emulator/tokens", "", &tokens.to_string()).unwrap().1;
    assert_ne!(key_id(&after), key_id(&before));
    let token = json!({ "AccessToken": before["AccessToken"] });
    assert_eq!(client.done("GetUser", &token)["Username"], "alice");
}

/// Returns the key id in the header of an access token.
fn key_id(tokens: &Value) -> &str {
    tokens["AccessToken"].as_str().unwrap().split('.').next().unwrap()
}

#[tokio::test]
async fn stopped_server_releases_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let builder = builder.state_file(directory.path().join("state"));
    for count in 0..20 {
        let emulator = builder.clone().start().await.unwrap();
        let address = emulator.endpoint().trim_start_matches("http://").to_owned();
        let client = tokio::task::spawn_blocking(move || {
            let mut client = Client::connect(&address).unwrap();
            client.done("CreateUserPool", &json!({ "PoolName": "a" }));
            client.done("ListUserPools", &json!({ "MaxResults": 60 }))
        });
        let pools = client.await.unwrap();
        assert_eq!(pools["UserPools"].as_array().map(Vec::len), Some(count + 1));
        emulator.stop().await;
    }
}

#[test]
fn state_file_is_readable_by_its_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    for durability in ["process", "power"] {
        let state = directory.path().join(durability);
        // The file exists, and other users can access it.
        fs::write(&state, "").unwrap();
        for _start in 0..2 {
            let program = Program::start(&state, &["--state-durability", durability]);
            program.client().done("CreateUserPool", &json!({ "PoolName": "a" }));
            assert_eq!(fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o600);
            program.kill();
        }
    }
}

#[test]
fn changes_survive_a_kill_with_durability_against_power_failures() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let options = ["--state-durability", "power"];
    let program = Program::start(&state, &options);
    let created = program.client().done("CreateUserPool", &json!({ "PoolName": "a" }));
    program.kill();
    let program = Program::start(&state, &options);
    let input = json!({ "UserPoolId": created["UserPool"]["Id"] });
    program.client().done("DescribeUserPool", &input);
}
