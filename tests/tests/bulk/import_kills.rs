//! Imports by a separate process, which is killed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};

use crate::import::{kills, next_random};

/// Returns the number of users, every thirtieth of whom already exists: more than are imported
/// between the kills.
fn users() -> usize {
    kills() * 60
}

fn input() -> String {
    let mut lines = String::new();
    for number in 0..users() {
        let mut user = json!({
            "username": format!("user{number}"),
            "attributes": { "email": format!("user{number}@example.com") },
            "groups": if number % 3 == 0 { json!(["thirds", "all"]) } else { json!(["all"]) },
            "enabled": number % 5 != 0,
        });
        if number % 7 == 0 {
            user["password"] = "Planted-1".into();
        }
        writeln!(lines, "{user}").unwrap();
    }
    lines
}

async fn pool() -> LocalPool {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let local = builder.start().await.unwrap().create_pool(PoolSettings::default()).unwrap();
    // Older than the import, even if clocks differ.
    local.clock().set(SystemTime::now() - Duration::from_secs(3600));
    for number in (0..users()).step_by(30) {
        let user = json!({ "Username": format!("user{number}"), "MessageAction": "SUPPRESS" });
        local.call("AdminCreateUser", user).unwrap();
    }
    local.clock().set(SystemTime::now());
    local
}

fn import(local: &LocalPool, input: &Path, outcomes: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_import_users"));
    command.args([local.emulator().endpoint(), local.id().as_str()]).args([input, outcomes]);
    command.stdout(Stdio::null()).spawn().unwrap()
}

/// Returns the users with their status, attributes, state and groups.
fn described(local: &LocalPool) -> BTreeMap<String, Vec<Value>> {
    let mut users = BTreeMap::<String, Vec<Value>>::new();
    for user in listed(local, "ListUsers", "PaginationToken", json!({})) {
        let mut attributes = user["Attributes"].as_array().unwrap().clone();
        attributes.retain(|attribute| attribute["Name"] != "sub");
        let described =
            vec![user["UserStatus"].clone(), user["Enabled"].clone(), attributes.into()];
        users.insert(user["Username"].as_str().unwrap().to_owned(), described);
    }
    for group in ["thirds", "all"] {
        for user in listed(local, "ListUsersInGroup", "NextToken", json!({ "GroupName": group })) {
            users.get_mut(user["Username"].as_str().unwrap()).unwrap().push(group.into());
        }
    }
    users
}

fn listed(local: &LocalPool, operation: &str, token: &str, mut input: Value) -> Vec<Value> {
    let mut users = Vec::new();
    loop {
        let page = local.call(operation, input.clone()).unwrap();
        users.extend(page["Users"].as_array().unwrap().iter().cloned());
        match page.get(token) {
            Some(next) => input[token] = next.clone(),
            None => return users,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_by_a_process_that_is_killed_ends_in_the_pool_of_an_undisturbed_one() {
    let (local, undisturbed) = (pool().await, pool().await);
    let directory = tempfile::tempdir().unwrap();
    let [users, outcomes, other] = ["users.jsonl", "outcomes.jsonl", "undisturbed.jsonl"]
        .map(|name| directory.path().join(name));
    fs::write(&users, input()).unwrap();
    assert!(import(&undisturbed, &users, &other).wait().unwrap().success());

    let mut random = u64::from(std::process::id());
    println!("seed {random}");
    for kill in 0..kills() {
        let mut child = import(&local, &users, &outcomes);
        let time = next_random(&mut random) % 120;
        tokio::time::sleep(Duration::from_millis(30 + time)).await;
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "it ends before kill {kill}");
    }
    let done = local.call("DescribeUserPool", json!({})).unwrap();
    println!("{} users before the last run", done["UserPool"]["EstimatedNumberOfUsers"]);
    assert!(import(&local, &users, &outcomes).wait().unwrap().success());

    assert_eq!(described(&local), described(&undisturbed));
    assert_eq!(fs::read(&outcomes).unwrap(), fs::read(&other).unwrap());
    let messages = |local: &LocalPool| {
        let outbox = local.emulator().outbox();
        let mut users: Vec<_> = outbox.into_iter().map(|message| message.username).collect();
        users.sort();
        users
    };
    assert_eq!(messages(&local), messages(&undisturbed), "each user is invited once");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3, "the files of the job are gone");
}
