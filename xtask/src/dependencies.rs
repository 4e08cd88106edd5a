//! Rules for dependencies of crates, checked against cargo's resolution.

use std::process::Command;

use crate::run::{self, Outcome};

/// A crate with features, and its permitted and forbidden dependencies, direct and transitive.
struct Rule {
    krate: &'static str,
    features: &'static [&'static str],
    /// The only crates of this workspace that are permitted.
    own: &'static [&'static str],
    /// Prefixes of the names of other crates; `=` marks a whole name.
    forbidden: &'static [&'static str],
}

const RULES: [Rule; 16] = [
    Rule {
        krate: "cognito-srp",
        features: &["--all-features"],
        own: &[],
        forbidden: &["=tokio", "=serde", "=reqwest", "aws-", "=rustls", "=std", "=getrandom"],
    },
    Rule {
        krate: "cognito-types",
        features: &["--all-features"],
        own: &[],
        forbidden: &["aws-", "=reqwest", "=hyper", "=rustls", "=url"],
    },
    Rule {
        krate: "cognito-tokens",
        features: &[],
        own: &["cognito-types"],
        forbidden: &["aws-sdk", "aws-smithy", "aws-types", "=tokio", "=reqwest", "=hyper"],
    },
    Rule {
        krate: "cognito-tokens",
        features: &["--features", "alb,api-gateway,fetch"],
        own: &["cognito-types"],
        forbidden: &["aws-sdk", "aws-smithy", "aws-types", "=jsonwebtoken"],
    },
    Rule {
        krate: "cognito-core",
        features: &["--all-features"],
        own: BELOW_CORE,
        forbidden: &["=axum"],
    },
    // The light clients need neither the AWS SDK nor the crate `url` with its Unicode tables.
    Rule {
        krate: "cognito-core",
        features: &["--no-default-features"],
        own: BELOW_CORE,
        forbidden: LIGHT,
    },
    Rule {
        krate: "cognito",
        features: &["--no-default-features"],
        own: &["cognito-core", "cognito-srp", "cognito-tokens", "cognito-types"],
        forbidden: LIGHT,
    },
    // Credentials for the AWS SDK add its traits, but neither the SDK nor its HTTP client.
    Rule {
        krate: "cognito",
        features: &["--no-default-features", "--features", "credentials"],
        own: &["cognito-core", "cognito-srp", "cognito-tokens", "cognito-types"],
        forbidden: &[
            "aws-config",
            "aws-runtime",
            "aws-sdk",
            "aws-sigv4",
            "aws-smithy-http",
            "=aws-smithy-runtime",
            "aws-types",
            "=h2",
            "=ring",
            "=url",
        ],
    },
    // One TLS stack.
    Rule {
        krate: "cognito-core",
        features: &[],
        own: BELOW_CORE,
        forbidden: &["=ring", "=native-tls", "=openssl"],
    },
    Rule {
        krate: "cognito-emulator",
        features: &["--all-features"],
        own: BELOW_CORE,
        forbidden: &["aws-sdk"],
    },
    // Only sign-in needs cognito-core.
    Rule {
        krate: "cognito-http",
        features: &["--features", "axum,m2m,managed-login,reqwest,tower,tower-client"],
        own: &["cognito-tokens", "cognito-types"],
        forbidden: &["aws-sdk", "aws-smithy", "aws-types", "=ring", "=native-tls", "=openssl"],
    },
    Rule {
        krate: "cognito-http",
        features: &["--all-features"],
        own: &["cognito-core", "cognito-srp", "cognito-tokens", "cognito-types"],
        forbidden: &["=axum"],
    },
    Rule {
        krate: "cognito-bulk",
        features: &["--all-features"],
        own: &["cognito-core", "cognito-srp", "cognito-tokens", "cognito-types"],
        forbidden: &["=axum", "=aws-config", "=reqwest", "=ring", "=native-tls", "=openssl"],
    },
    Rule {
        krate: "cognito",
        features: &[],
        own: &["cognito-core", "cognito-srp", "cognito-tokens", "cognito-types"],
        forbidden: &["=axum", "=aws-config", "=reqwest", "=clap"],
    },
    Rule {
        krate: "cognito",
        features: &["--all-features"],
        own: &[
            "cognito-bulk",
            "cognito-core",
            "cognito-emulator",
            "cognito-http",
            "cognito-srp",
            "cognito-tokens",
            "cognito-types",
        ],
        forbidden: &["=clap", "=ring"],
    },
    Rule {
        krate: "cognito-cli",
        features: &[],
        own: &[
            "cognito",
            "cognito-bulk",
            "cognito-core",
            "cognito-emulator",
            "cognito-http",
            "cognito-srp",
            "cognito-tokens",
            "cognito-types",
        ],
        forbidden: &["=ring", "=native-tls", "=openssl"],
    },
];

const LIGHT: &[&str] =
    &["aws-config", "aws-credential", "aws-runtime", "aws-s", "aws-types", "=h2", "=ring", "=url"];

const BELOW_CORE: &[&str] = &["cognito-srp", "cognito-tokens", "cognito-types"];

pub(crate) fn check() -> Outcome {
    let mut broken = Vec::new();
    for rule in &RULES {
        for name in below(rule)? {
            if name != rule.krate && rule.forbids(&name) {
                let features = rule.features.join(" ");
                broken.push(format!("{} {features} must not depend on {name}", rule.krate));
            }
        }
    }
    check_no_std()?;
    if broken.is_empty() {
        println!("xtask: all dependencies are permitted");
        return Ok(());
    }
    Err(broken.join("\nxtask: "))
}

impl Rule {
    fn forbids(&self, name: &str) -> bool {
        if name == "cognito" || name.starts_with("cognito-") {
            return !self.own.contains(&name);
        }
        self.forbidden.iter().any(|pattern| match pattern.strip_prefix('=') {
            Some(whole) => name == whole,
            None => name.starts_with(pattern),
        })
    }
}

/// Returns the names of all crates that are compiled into a crate.
fn below(rule: &Rule) -> Result<Vec<String>, String> {
    let lines = tree(rule.krate, rule.features, "{p}")?;
    let names = lines.iter().filter_map(|line| line.split(' ').next());
    Ok(names.map(str::to_owned).collect())
}

/// Checks that no dependency of cognito-srp needs `std` when its feature `std` is disabled.
fn check_no_std() -> Outcome {
    let features = ["--no-default-features", "--features", "hazmat"];
    let lines = tree("cognito-srp", &features, "{p} [{f}]")?;
    let with_std = lines.iter().find(|line| {
        let features = line.rsplit('[').next().unwrap_or_default().trim_end_matches(']');
        features.split(',').any(|feature| feature == "std")
    });
    match with_std {
        None => Ok(()),
        Some(line) => Err(format!("cognito-srp must not need std without its feature: {line}")),
    }
}

fn tree(krate: &str, features: &[&str], format: &str) -> Result<Vec<String>, String> {
    let mut command = Command::new(run::cargo_program());
    command.args(["tree", "--locked", "-e", "normal", "--prefix", "none", "--format", format]);
    command.args(["-p", krate]).args(features).current_dir(run::root());
    let printed = run::output(&mut command)?;
    Ok(printed.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
