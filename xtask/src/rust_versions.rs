//! Checks that each crate declares the highest Rust version that its dependencies require.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::run::{self, Outcome};

/// The output of `cargo metadata`.
struct Metadata(Value);

type Version = Vec<u32>;

pub(crate) fn check() -> Outcome {
    let metadata = Metadata::read()?;
    let mut wrong = Vec::new();
    for id in metadata.members() {
        let package = metadata.package(id);
        let Some(declared) = rust_version(package) else { continue };
        let needed = metadata.below(id).into_iter().max_by_key(|(version, _)| version.clone());
        if let Some((needed, by)) = needed
            && needed != declared
        {
            let name = package["name"].as_str().unwrap_or_default();
            let needed = needed.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
            wrong.push(format!("{name} must declare rust-version {needed}, which {by} requires"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\nxtask: ")) }
}

impl Metadata {
    fn read() -> Result<Self, String> {
        let mut command = Command::new(run::cargo_program());
        command.args(["metadata", "--format-version=1", "--locked", "--all-features"]);
        let printed = run::output(command.current_dir(run::root()))?;
        serde_json::from_str(&printed).map(Self).map_err(|error| error.to_string())
    }

    fn members(&self) -> impl Iterator<Item = &str> {
        elements(&self.0["workspace_members"]).filter_map(Value::as_str)
    }

    fn package(&self, id: &str) -> &Value {
        let mut packages = elements(&self.0["packages"]);
        packages.find(|package| package["id"] == id).unwrap_or(&Value::Null)
    }

    /// Returns the declared Rust versions and names of all direct and transitive dependencies.
    fn below(&self, id: &str) -> Vec<(Version, &str)> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![id]);
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.dependencies(id));
            }
        }
        seen.remove(id);
        let named = |id: &&str| {
            let package = self.package(id);
            Some((rust_version(package)?, package["name"].as_str()?))
        };
        seen.iter().filter_map(named).collect()
    }

    /// Returns the dependencies of a package, except build and dev-dependencies.
    fn dependencies(&self, id: &str) -> impl Iterator<Item = &str> {
        let node = elements(&self.0["resolve"]["nodes"]).find(|node| node["id"] == id);
        let dependencies = node.map(|node| &node["deps"]).into_iter().flat_map(elements);
        let normal = |dependency: &&Value| {
            elements(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null())
        };
        dependencies.filter(normal).filter_map(|dependency| dependency["pkg"].as_str())
    }
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Returns the version as three numbers, because `1.88` and `1.88.0` are equal.
fn rust_version(package: &Value) -> Option<Version> {
    let text = package["rust_version"].as_str()?;
    let mut version: Version = text.split('.').map_while(|part| part.parse().ok()).collect();
    version.resize(3, 0);
    Some(version)
}
