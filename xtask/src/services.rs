//! Stores of sessions and shared quotas against real servers, which Debian's packages bring, and a
//! service of actix-web.

use crate::apt::Programs;
use crate::run::{self, Outcome, cargo};

/// Suites of `tests/services` and their programs.
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

/// The unit tests of the stores that no other job compiles, without the AWS SDK.
const UNIT_TESTS: [&str; 7] = [
    "test",
    "-p",
    "cognito-core",
    "--lib",
    "--no-default-features",
    "--features",
    "redis-store,keyring-store",
];

/// Runs each suite, and says which one is skipped and why.
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
        // Ignored elsewhere, because it needs the keyring.
        "keyring" => cargo(&["test", "-p", "cognito-cli", "--test", suite], &["--", "--ignored"]),
        // With the AWS SDK, which the suites of `tests/services` do without: as the job `test` has built it.
        "redis" => {
            cargo(&["test", "--test", "shared_quota"], &[])?;
            cargo(&["test", "-p", "cognito-cli", "--test", "program"], &["workers::"])
        }
        _ => Ok(()),
    }
}
