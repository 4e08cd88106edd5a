//! The memory of users, measured on Linux.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::fs;

use cognito_emulator::{Emulator, PoolSettings, SigningKeys};
use serde_json::json;

/// Just over the size at which hash tables with a maximum load of 7/8 double.
const USERS: usize = 7 * 1024 + 64;

const MOST_BYTES: usize = 1200;

fn resident_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: usize = resident.trim().strip_suffix(" kB").unwrap().parse().unwrap();
    kilobytes * 1024
}

#[test]
fn user_with_an_email_and_a_password_takes_less_than_1200_bytes() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let pool = emulator.create_pool(PoolSettings::default()).unwrap();
    let create = |number: usize| {
        let name = format!("user-{number:07}");
        let attributes = json!([
            { "Name": "email", "Value": format!("{name}@example.com") },
            { "Name": "email_verified", "Value": "true" },
        ]);
        let input = json!({
            "Username": name, "TemporaryPassword": "Correct-horse1", "MessageAction": "SUPPRESS",
            "UserAttributes": attributes
        });
        pool.call("AdminCreateUser", input).unwrap();
    };
    (0..64).for_each(create);
    let before = resident_bytes();
    (64..USERS + 64).for_each(create);
    let each = (resident_bytes() - before) / USERS;
    println!("{each} bytes for each of {USERS} users");
    assert!(each < MOST_BYTES, "{each}");
}
