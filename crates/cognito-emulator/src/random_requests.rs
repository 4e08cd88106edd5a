//! Random requests of every operation, generated from the shapes, to pools with users, groups and
//! sign-ins: none causes a panic or an internal error.
//!
//! `COGNITO_FUZZ_MILLISECONDS` is the duration, and `COGNITO_FUZZ_SEED` repeats a run.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::model::Api;
use crate::model::random::{Known, RandomValues};
use crate::{Emulator, EmulatorError, PoolSettings, SigningKeys};

/// The number of requests before a new emulator is created.
const REQUESTS: usize = 400;

/// The number of values that are kept of each member.
const KEPT: usize = 8;

/// An emulator, and the values of its responses, which are used in requests.
struct World {
    emulator: Emulator,
    known: Known,
}

impl World {
    fn new() -> Self {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).seed(7).in_process();
        let flows = json!([
            "ALLOW_USER_AUTH",
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_ADMIN_USER_PASSWORD_AUTH"
        ]);
        let settings = PoolSettings::default().client_member("ExplicitAuthFlows", flows);
        let pool = emulator.create_pool(settings).unwrap();
        pool.add_user("alice", "Correct-horse1").unwrap();
        pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
        let parameters = json!({ "USERNAME": "alice", "PASSWORD": "Correct-horse1" });
        let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        let mut world = Self { emulator, known: Known::new() };
        world.learn("", &pool.call("InitiateAuth", input).unwrap());
        world.learn("", &parameters);
        world.learn(
            "",
            &json!({
                "UserPoolId": pool.id().as_str(), "ClientId": pool.client_id().as_str(),
                "Username": "alice", "GroupName": "staff", "Password": "Correct-horse1",
                "email": "alice@example.com", "EMAIL_OTP_CODE": "123456", "ANSWER": "EMAIL_OTP",
                "SRP_A": "abcdef0123", "PREFERRED_CHALLENGE": "EMAIL_OTP", "DEVICE_KEY": "a"
            }),
        );
        world
    }

    /// Stores the values of a response by member name.
    fn learn(&mut self, name: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| self.learn(name, value));
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(name, item)),
            Value::Null => {}
            scalar => {
                let name = if name == "Id" { "UserPoolId" } else { name };
                let values = self.known.entry(name.to_owned()).or_default();
                if values.len() < KEPT && !values.contains(scalar) {
                    values.push(scalar.clone());
                }
            }
        }
    }

    /// Sends a request, and returns whether it succeeded.
    fn send(&mut self, name: &str, request: &Value) -> bool {
        match self.emulator.call(name, request) {
            Ok(response) => {
                self.learn("", &response);
                true
            }
            Err(EmulatorError::Refused { name: error, message }) => {
                assert!(!error.starts_with("Internal"), "{error}: {message}");
                false
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

fn now() -> u64 {
    u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos())
}

/// Returns the names of all operations; those of identity pools have their prefix.
fn operations() -> Vec<(String, &'static crate::model::Shape)> {
    let of = |api: Api, prefix: &'static str| {
        api.operations().iter().map(move |o| (format!("{prefix}{}", o.name), o.input))
    };
    of(Api::UserPools, "").chain(of(Api::IdentityPools, "AWSCognitoIdentityService.")).collect()
}

#[test]
fn random_requests_cause_no_internal_errors() {
    let time = Duration::from_millis(number("COGNITO_FUZZ_MILLISECONDS").unwrap_or(3_000));
    let seed = number("COGNITO_FUZZ_SEED").unwrap_or_else(now);
    let (mut random, operations) = (RandomValues::new(seed), operations());
    let (mut sent, mut succeeded) = (0, BTreeSet::new());
    let begin = Instant::now();
    while begin.elapsed() < time {
        let mut world = World::new();
        for _ in 0..REQUESTS {
            // First each operation in order.
            let at = if sent < operations.len() { sent } else { random.below(operations.len()) };
            let (name, shape) = &operations[at];
            let request = random.value(shape, &world.known);
            let sending = AssertUnwindSafe(|| world.send(name, &request));
            match catch_unwind(sending) {
                Ok(true) => drop(succeeded.insert(name)),
                Ok(false) => {}
                Err(_) => panic!("{name} fails with the seed {seed}: {request}"),
            }
            sent += 1;
        }
    }
    let count = succeeded.len();
    println!("{sent} requests with the seed {seed}; {count} operations succeeded");
    assert!(sent >= REQUESTS && count > 20, "{sent} requests, {count} operations succeeded");
}
