//! Random requests of every operation, generated from the shapes, to pools with users, groups and
//! sign-ins: none causes a panic or an internal error, and operations that are marked as reads change
//! nothing.
//!
//! `COGNITO_FUZZ_MILLISECONDS` is the duration, and `COGNITO_FUZZ_SEED` repeats a run.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::flows::storage::Access;
use crate::model::random::{Known, RandomValues};
use crate::model::{Api, Target, http_status};
use crate::operations::{Call, dispatch};
use crate::{Emulator, EmulatorError, PoolSettings, SigningKeys};

/// The number of requests before a new emulator is created.
const REQUESTS: usize = 400;

/// The number of values that are kept of each member.
const KEPT: usize = 8;

/// An emulator, and the values of its responses, which are used in requests.
struct World {
    emulator: Emulator,
    /// Changes are recorded for the state file alone.
    _state_file: TempDir,
    known: Known,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).seed(7);
        let emulator = builder.state_file(directory.path().join("state")).try_in_process().unwrap();
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
        let mut world = Self { emulator, _state_file: directory, known: Known::new() };
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
                assert_eq!(http_status(&error), 400, "{error}: {message}");
                false
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Repeats a request if its operation is marked as a read, without counting the user as active,
    /// and checks that it changes nothing. Returns whether it is a read.
    fn check_read(&self, name: &str, request: &Value) -> bool {
        let call = Call::read(Target::named(name), request.clone());
        let is_read = call.is_ok_and(|call| call.access() == Access::Read);
        if is_read {
            let service = self.emulator.service();
            let commits = service.shared.commits.as_ref().unwrap();
            commits.take();
            let _rejected = dispatch::seed(service, name, request.clone());
            assert!(commits.take().is_empty(), "{name} is marked as a read, but changes the state");
        }
        is_read
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
    let (mut sent, mut succeeded, mut reads) = (0, BTreeSet::new(), BTreeSet::new());
    let begin = Instant::now();
    while begin.elapsed() < time {
        let mut world = World::new();
        for _ in 0..REQUESTS {
            // First each operation in order.
            let at = if sent < operations.len() { sent } else { random.below(operations.len()) };
            let (name, shape) = &operations[at];
            let request = random.value(shape, &world.known);
            let sending = AssertUnwindSafe(|| {
                let has_succeeded = world.send(name, &request);
                (has_succeeded, world.check_read(name, &request))
            });
            let Ok((has_succeeded, is_read)) = catch_unwind(sending) else {
                panic!("{name} fails with the seed {seed}: {request}");
            };
            if has_succeeded {
                succeeded.insert(name);
            }
            if has_succeeded && is_read {
                reads.insert(name);
            }
            sent += 1;
        }
    }
    let (count, reads) = (succeeded.len(), reads.len());
    println!("{sent} requests, seed {seed}; {count} operations succeeded, {reads} of them reads");
    assert!(sent >= REQUESTS && count > 20 && reads > 10, "{sent}, {count}, {reads}");
}
