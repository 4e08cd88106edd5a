//! Checks of each published crate: licences, a README, metadata, and every included file.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::run::{self, Outcome};

/// The licence files that every package contains.
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Required fields, which a registry shows.
const FIELDS: [&str; 6] =
    ["categories", "description", "keywords", "license", "readme", "rust_version"];

pub(super) fn check() -> Outcome {
    let (packages, mut problems) = (published()?, Vec::new());
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        let found = [metadata(package), files(package)?].concat();
        problems.extend(found.into_iter().map(|problem| format!("{name}: {problem}")));
    }
    if !problems.is_empty() {
        return Err(problems.join("\nxtask: "));
    }
    pack(&packages)?;
    println!("xtask: the crates' packages are complete");
    Ok(())
}

/// Compiles each package alone, with its default features and with none.
pub(super) fn check_alone() -> Outcome {
    for package in published()? {
        let name = package["name"].as_str().unwrap_or_default();
        for features in [&[][..], &["--no-default-features"]] {
            let clippy = [&["clippy", "--quiet", "--no-deps", "-p", name], features].concat();
            run::cargo(&clippy, &["--", "-D", "warnings"])?;
        }
    }
    Ok(())
}

/// Packs all packages. This fails if a package depends on itself, or on a package without a version.
fn pack(packages: &[Value]) -> Outcome {
    let names = packages.iter().filter_map(|package| package["name"].as_str());
    let names: Vec<&str> = names.flat_map(|name| ["-p", name]).collect();
    run::cargo(&["package", "--quiet", "--no-verify", "--allow-dirty", "--offline"], &names)
}

fn published() -> Result<Vec<Value>, String> {
    let mut command = Command::new(run::cargo_program());
    command.args(["metadata", "--locked", "--no-deps", "--format-version", "1"]);
    let printed = run::output(command.current_dir(run::root()))?;
    let metadata: Value = serde_json::from_str(&printed).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    Ok(packages.filter(|package| package["publish"].is_null()).cloned().collect())
}

fn metadata(package: &Value) -> Vec<String> {
    let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let lacking = FIELDS.iter().filter(|field| is_empty(&package[**field]));
    let mut problems: Vec<String> =
        lacking.map(|field| format!("`{field}` is missing in Cargo.toml")).collect();
    let docs = &package["metadata"]["docs"]["rs"];
    if docs["all-features"] != true
        || docs["rustdoc-args"] != serde_json::json!(["--cfg", "docsrs"])
    {
        problems.push("package.metadata.docs.rs must document all features with docsrs".to_owned());
    }
    problems
}

/// Returns the problems of a package's files, as cargo lists them.
fn files(package: &Value) -> Result<Vec<String>, String> {
    let name = package["name"].as_str().unwrap_or_default();
    let directory = Path::new(package["manifest_path"].as_str().unwrap_or_default());
    let directory = directory.parent().unwrap_or(directory);
    let mut command = Command::new(run::cargo_program());
    command.args(["package", "--list", "--allow-dirty", "--offline", "--quiet", "-p", name]);
    let printed = run::output(command.current_dir(run::root()))?;
    let listed: Vec<&str> = printed.lines().collect();
    let mut problems = Vec::new();
    for file in LICENCES {
        // In a checkout without symbolic links, the file contains the path of its target.
        let same = fs::read(directory.join(file)).ok() == fs::read(run::root().join(file)).ok();
        if !listed.contains(&file) || !same {
            problems.push(format!("{file} is missing or differs from the workspace's file"));
        }
    }
    if !listed.contains(&"README.md") {
        problems.push("README.md is missing".to_owned());
    }
    for source in listed.iter().filter(|file| file.starts_with("src/") && file.ends_with(".rs")) {
        let text = fs::read_to_string(directory.join(source));
        let text = text.map_err(|error| format!("{name}/{source}: {error}"))?;
        let lacking = included(source, &text).filter(|file| !listed.contains(&&**file));
        problems.extend(lacking.map(|file| format!("{source} includes {file}, which is missing")));
    }
    Ok(problems)
}

/// Returns the files that a source includes, as paths in the package.
fn included<'a>(source: &'a str, text: &'a str) -> impl Iterator<Item = String> + 'a {
    let calls = ["include_str!(\"", "include_bytes!(\"", "include!(\""];
    let literals = calls.into_iter().flat_map(move |call| text.split(call).skip(1));
    literals.map(move |rest| {
        let path = rest.split('"').next().unwrap_or_default();
        within_package(&Path::new(source).with_file_name(path))
    })
}

/// Resolves `..` in a path. A leading `..` remains if the path leaves the package.
fn within_package(path: &Path) -> String {
    let mut clean = PathBuf::new();
    for component in path.components() {
        if component == Component::ParentDir && !clean.as_os_str().is_empty() {
            clean.pop();
        } else {
            clean.push(component);
        }
    }
    clean.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn included_files_are_found_by_their_path_in_the_package() {
        let text =
            r#"include_str!("../README.md"); include_bytes!("a.der"); include!("../../x.rs")"#;
        let files: Vec<String> = included("src/keys/mod.rs", text).collect();
        assert_eq!(files, ["src/README.md", "src/keys/a.der", "x.rs"]);
        assert_eq!(within_package(Path::new("src/../../docs/a.md")), "../docs/a.md");
    }

    #[test]
    fn missing_metadata_is_reported() {
        let package = serde_json::json!({ "license": "MIT", "keywords": [] });
        let problems = metadata(&package);
        assert!(problems.contains(&"`keywords` is missing in Cargo.toml".to_owned()));
        assert!(!problems.contains(&"`license` is missing in Cargo.toml".to_owned()));
        assert!(problems.iter().any(|problem| problem.contains("docs.rs")));
    }
}
