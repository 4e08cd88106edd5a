//! Compilation with each feature alone, and with pairs of features that affect the same code.
//!
//! Features that enable the AWS SDK are left out: the SDK would be compiled again for each of them,
//! and `ci` compiles the crates with and without them anyway.

use crate::run::{self, Outcome};

/// Features of a crate, each of which must compile without the others.
const ALONE: [(&str, &[&str]); 7] = [
    ("cognito-srp", &["std", "hazmat"]),
    ("cognito-types", &["tokio"]),
    ("cognito-tokens", &["alb", "api-gateway", "fetch", "jsonwebtoken"]),
    ("cognito-core", &["file-store", "keyring-store", "redis-store", "qr", "credentials"]),
    (
        "cognito-http",
        &["axum", "m2m", "managed-login", "reqwest", "session", "tower", "tower-client"],
    ),
    ("cognito-emulator", &["cli", "sdk", "tls", "toml", "wiremock"]),
    (
        "cognito",
        &[
            "alb",
            "api-gateway",
            "axum",
            "blocking",
            "emulator",
            "fetch",
            "file-store",
            "jsonwebtoken",
            "m2m",
            "managed-login",
            "qr",
            "reqwest",
            "session",
            "tower",
            "tower-client",
            "wiremock",
        ],
    ),
];

/// Pairs of features that enable the same items, or modules that use each other.
const PAIRS: [(&str, &str); 12] = [
    ("cognito-tokens", "alb,fetch"),
    ("cognito-tokens", "api-gateway,fetch"),
    ("cognito-tokens", "fetch,jsonwebtoken"),
    ("cognito-core", "file-store,keyring-store"),
    ("cognito-core", "file-store,redis-store"),
    ("cognito-core", "credentials,file-store"),
    ("cognito-http", "m2m,managed-login"),
    ("cognito-http", "managed-login,session"),
    ("cognito-http", "reqwest,tower-client"),
    ("cognito-http", "axum,session"),
    ("cognito", "blocking,file-store"),
    ("cognito", "emulator,managed-login"),
];

/// Crates whose features only [`check_pairs`] compiles, because that takes minutes. The features of the
/// facade enable features of its layers, which are checked there.
const REPEATED: [&str; 1] = ["cognito"];

pub(super) fn check_alone() -> Outcome {
    let quick = ALONE.iter().filter(|(krate, _)| !REPEATED.contains(krate));
    quick.clone().try_for_each(|(krate, features)| check_each(krate, features))?;
    println!(
        "xtask: {} features compile alone",
        quick.map(|(_, features)| features.len()).sum::<usize>()
    );
    Ok(())
}

pub(super) fn check_pairs() -> Outcome {
    let repeated = ALONE.iter().filter(|(krate, _)| REPEATED.contains(krate));
    repeated.into_iter().try_for_each(|(krate, features)| check_each(krate, features))?;
    PAIRS.iter().try_for_each(|(krate, pair)| compile(krate, pair))
}

fn check_each(krate: &str, features: &[&str]) -> Outcome {
    features.iter().try_for_each(|feature| compile(krate, feature))
}

fn compile(krate: &str, features: &str) -> Outcome {
    let clippy = ["clippy", "--quiet", "--no-deps", "-p", krate, "--no-default-features"];
    // `RUSTFLAGS` would deny warnings too, but compile all dependencies again.
    run::cargo(&clippy, &["--features", features, "--", "-D", "warnings"])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    /// Features that enable the AWS SDK, or only name other features.
    const LEFT_OUT: [&str; 5] = ["admin", "aws-config", "bulk", "bulk-redis", "default"];

    /// Features of the facade that are checked in its layers.
    const OF_LAYERS: [&str; 3] = ["credentials", "keyring-store", "redis-store"];

    #[test]
    fn every_feature_is_checked_or_left_out_by_name() {
        for (krate, checked) in ALONE {
            let manifest = run::root().join("crates").join(krate).join("Cargo.toml");
            let manifest = fs::read_to_string(manifest).unwrap();
            let (_, features) = manifest.split_once("\n[features]\n").unwrap();
            let features = features.split("\n[").next().unwrap();
            let names = features.lines().filter(|line| !line.starts_with([' ', '#', ']']));
            let declared: BTreeSet<&str> =
                names.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
            let known: BTreeSet<&str> =
                checked.iter().chain(&LEFT_OUT).chain(&OF_LAYERS).copied().collect();
            let unknown: Vec<_> = declared.difference(&known).collect();
            assert!(unknown.is_empty(), "{krate}: {unknown:?} are not checked");
            let absent: Vec<_> = checked.iter().filter(|name| !declared.contains(**name)).collect();
            assert!(absent.is_empty(), "{krate} has no features {absent:?}");
        }
    }
}
