//! A day of the test clock.

use serde_json::json;

use crate::support::{Served, call, head, send, sign_in, size};

/// The number of steps in an hour.
const STEPS: usize = 6;

fn advance(address: &str) {
    let body = json!({ "AdvanceSeconds": 3600 / STEPS }).to_string();
    let request = head("", body.len()).replacen("POST /", "POST /_emulator/clock", 1) + &body;
    assert!(send(address, request.as_bytes()).starts_with("HTTP/1.1 200"));
}

/// Users sign up, enter wrong codes, sign in, refresh tokens, and are deleted.
fn step(address: &str, number: usize) {
    let name = format!("user-{number}");
    let sign_up = json!({ "Username": name, "Password": "Correct-horse1" });
    assert_eq!(call(address, "SignUp", sign_up).0, "200");
    let wrong = json!({ "Username": name, "ConfirmationCode": "000000" });
    assert_eq!(call(address, "ConfirmSignUp", wrong).0, "400");
    assert_eq!(call(address, "AdminConfirmSignUp", json!({ "Username": name })).0, "200");
    for _ in 0..3 {
        let tokens = sign_in(address);
        let refresh = json!({ "REFRESH_TOKEN": tokens["RefreshToken"] });
        let request = json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": refresh });
        assert_eq!(call(address, "InitiateAuth", request).0, "200");
        let token = json!({ "Token": tokens["RefreshToken"] });
        assert_eq!(call(address, "RevokeToken", token).0, "200");
    }
    assert_eq!(call(address, "AdminDeleteUser", json!({ "Username": name })).0, "200");
    advance(address);
}

#[test]
fn memory_stays_constant_for_a_day_of_the_test_clock() {
    let served = Served::start(&[]);
    // The request log and the outbox grow until they are full.
    let rounds = size("COGNITO_EMULATOR_ROUNDS", 1);
    let mut hours = Vec::new();
    for hour in 0..24 {
        for at in 0..STEPS * rounds {
            step(served.address(), (hour * STEPS * rounds) + at);
        }
        hours.push(served.mebibytes());
    }
    println!("MiB at each hour: {hours:?}");
    assert!(hours[23] < hours[11] + 8, "{hours:?}");
    served.end();
}
