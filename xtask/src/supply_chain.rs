//! The supply chain: licences, bans and sources of dependencies, their minimal versions, each feature
//! alone, the public API and the types of other crates in it, and crates built from their archives.

mod external_types;
mod features;
mod interface;
mod minimal;
pub(crate) mod tools;

use std::process::Command;

use self::tools::Tool;
use crate::run::{self, Outcome};

pub(crate) const CARGO_DENY: Tool =
    Tool { program: "cargo-deny", version: "0.20.2", features: &[] };

/// Runs the checks of every change. They exclude [`external_types`], for which everything is compiled again.
pub(crate) fn check_change() -> Outcome {
    interface::check()?;
    deny()?;
    minimal::check()?;
    features::check_alone()
}

/// Runs the checks of every change, and the check of types of other crates.
pub(crate) fn check() -> Outcome {
    check_change()?;
    external_types::check()
}

/// Runs all checks, including advisories, pairs of features, and builds of each crate from its archive.
pub(crate) fn check_all() -> Outcome {
    check()?;
    advisories()?;
    features::check_pairs()?;
    build_packages()
}

/// Writes the list of types of other crates.
pub(crate) fn write_external_types() -> Outcome {
    external_types::write()
}

/// Writes the public API of a checkout as the baseline.
pub(crate) fn write_baseline(checkout: &str) -> Outcome {
    interface::write_baseline(checkout.as_ref())
}

/// Checks deny.toml offline.
fn deny() -> Outcome {
    match CARGO_DENY.install() {
        Ok(deny) => {
            let mut command = Command::new(deny);
            command.args(["--offline", "check", "licenses", "bans", "sources"]);
            run::run(command.current_dir(run::root()))
        }
        Err(reason) => {
            run::skip("licences, bans and sources of dependencies", &reason);
            Ok(())
        }
    }
}

/// Compares dependencies with the advisory database, if it can be fetched.
fn advisories() -> Outcome {
    let fetched = CARGO_DENY.install().and_then(|deny| {
        let mut command = Command::new(&deny);
        run::output(command.arg("fetch").arg("db").current_dir(run::root())).map(|_| deny)
    });
    match fetched {
        Ok(deny) => {
            let mut command = Command::new(deny);
            run::run(command.args(["check", "advisories"]).current_dir(run::root()))
        }
        Err(reason) => {
            run::skip("advisories of dependencies", &format!("no database: {reason}"));
            Ok(())
        }
    }
}

/// Builds every crate from its archive, with the archives of its dependencies.
fn build_packages() -> Outcome {
    let crates = ["srp", "types", "tokens", "core", "http", "emulator", "bulk"];
    let names: Vec<String> = crates.iter().map(|name| format!("cognito-{name}")).collect();
    let named = names.iter().map(String::as_str).chain(["cognito"]);
    let arguments: Vec<&str> = named.flat_map(|name| ["-p", name]).collect();
    run::cargo(&["package", "--quiet", "--allow-dirty", "--offline"], &arguments)
}
