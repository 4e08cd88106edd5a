//! Tests of token stores and shared quotas with real servers from Debian packages, and of a service with
//! actix-web.

use std::thread::{self, JoinHandle};

use crate::apt::Programs;
use crate::run::{self, Outcome, cargo};

/// Suites of `tests/services` and the programs that they need.
const SERVICES: [(&str, Programs); 4] = [
    ("light_logs", Programs { names: &[], packages: &[] }),
    ("actix", Programs { names: &[], packages: &[] }),
    ("redis", Programs { names: &["redis-server"], packages: &["redis-server"] }),
    (
        "keyring",
        Programs {
            names: &["dbus-run-session", "gnome-keyring-daemon"],
            packages: &["dbus", "gnome-keyring"],
        },
    ),
];

/// The unit tests of stores that no other job compiles.
const UNIT_TESTS: [&str; 7] = [
    "test",
    "-p",
    "cognito-core",
    "--lib",
    "--no-default-features",
    "--features",
    "redis-store,keyring-store",
];

/// Compiles the tests of [`run()`] in the background, while other jobs wait for networks and interpreters.
pub(crate) fn compile_in_background() -> JoinHandle<Outcome> {
    thread::spawn(|| {
        cargo(&UNIT_TESTS, &["--quiet", "--no-run"])?;
        cargo(&["test", "--quiet", "--no-run", "-p", "cognito-services-tests"], &[])
    })
}

/// Runs each suite, and skips those whose programs cannot be installed.
pub(crate) fn run() -> Outcome {
    cargo(&UNIT_TESTS, &["_store"])?;
    for (suite, programs) in SERVICES {
        match programs.install() {
            Ok(()) => run_suite(suite)?,
            Err(reason) => run::skip(suite, &reason),
        }
    }
    Ok(())
}

fn run_suite(suite: &str) -> Outcome {
    cargo(&["test", "-p", "cognito-services-tests", "--test", suite], &[])?;
    match suite {
        // These tests are ignored by default, because they need the keyring.
        "keyring" => cargo(&["test", "--test", suite], &["--", "--ignored"]),
        // These tests need the AWS SDK, which `tests/services` does not use. The job `test` has built it.
        "redis" => {
            cargo(&["test", "--test", "shared_quota"], &[])?;
            cargo(&["test", "--test", "program"], &["workers::"])
        }
        _ => Ok(()),
    }
}
