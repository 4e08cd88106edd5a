//! Tests of token stores and shared quotas with real servers from Debian packages, and of a service with
//! actix-web.

use std::process::Command;
use std::thread::{self, JoinHandle};

use crate::apt::Programs;
use crate::run::{self, Outcome, cargo};

/// Suites of `tests/services` and the programs that they need.
const SERVICES: [(&str, Programs); 4] = [
    ("light_logs", Programs { names: &[], packages: &[] }),
    ("actix", Programs { names: &[], packages: &[] }),
    ("redis", REDIS),
    (
        "keyring",
        Programs {
            names: &["dbus-run-session", "gnome-keyring-daemon"],
            packages: &["dbus", "gnome-keyring"],
        },
    ),
];

pub(crate) const REDIS: Programs =
    Programs { names: &["redis-server"], packages: &["redis-server"] };

/// The tests outside of `tests/services` that need Redis, and are ignored by default: the arguments of
/// `cargo test` that select them. They need the AWS SDK, which `tests/services` does not use. Without a
/// package, cargo uses the build of the job `test`.
const REDIS_TESTS: [&[&str]; 2] =
    [&["--test", "shared_quota"], &["--test", "program", "workers::"]];

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
        "redis" => test_redis(),
        _ => Ok(()),
    }
}

/// Runs the tests that need Redis, or prints that they are skipped if it is not installed.
pub(crate) fn test_redis_if_installed() -> Outcome {
    match REDIS.are_installed() {
        true => test_redis(),
        false => {
            run::skip("tests with Redis", "no redis-server; `cargo xtask services` installs it");
            Ok(())
        }
    }
}

fn test_redis() -> Outcome {
    for selection in REDIS_TESTS {
        check_that_some_are_ignored(selection)?;
        cargo(&["test"], &[selection, &["--", "--ignored"]].concat())?;
    }
    Ok(())
}

/// Fails if a selection has no ignored tests, because cargo then succeeds without running any.
fn check_that_some_are_ignored(selection: &[&str]) -> Outcome {
    let mut list = Command::new(run::cargo_program());
    list.args(["test", "--quiet"]).args(selection).args(["--", "--ignored", "--list"]);
    let list = run::output(list.current_dir(run::root()))?;
    match list.lines().any(|line| line.ends_with(": test")) {
        true => Ok(()),
        false => Err(format!("no test of {} needs Redis", selection.join(" "))),
    }
}
