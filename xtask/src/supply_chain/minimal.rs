//! Checks that the light crates compile with the minimal versions of dependencies that the manifests allow.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{self, Outcome};

/// The crates below the clients. The other crates depend on the AWS SDK or reqwest, whose dependencies do
/// not compile in their minimal versions.
const CRATES: [&str; 3] = ["cognito-srp", "cognito-types", "cognito-tokens"];

pub(super) fn check() -> Outcome {
    let copy = run::target().join("minimal/workspace");
    write_workspace(&copy).map_err(|error| format!("{}: {error}", copy.display()))?;
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(run::cargo_program());
        command.args(arguments).current_dir(&copy);
        // `-Z direct-minimal-versions` is unstable.
        command.env("RUSTC_BOOTSTRAP", "1");
        command.env("CARGO_TARGET_DIR", run::target().join("minimal/target"));
        command
    };
    let _ = fs::remove_file(copy.join("Cargo.lock"));
    for download in [&["update", "--quiet", "-Z", "direct-minimal-versions"][..], &["fetch"]] {
        let printed = cargo(download).output().map_err(|error| error.to_string())?;
        let reason = String::from_utf8_lossy(&printed.stderr).into_owned();
        if reason.contains("failed to select a version") {
            return Err(format!("the minimal versions of dependencies conflict:\n{reason}"));
        }
        if !printed.status.success() {
            run::skip("minimal versions of dependencies", reason.trim());
            return Ok(());
        }
    }
    run::run(&mut cargo(&["check", "--quiet", "--workspace"]))?;
    println!("xtask: the light crates compile with the minimal versions of their dependencies");
    Ok(())
}

/// Writes a workspace with copies of the light crates.
fn write_workspace(copy: &Path) -> std::io::Result<()> {
    let root = fs::read_to_string(run::root().join("Cargo.toml"))?;
    let members = CRATES.map(|name| format!("    \"crates/{name}\",\n")).concat();
    let (_, rest) = root.split_once("[workspace.package]").unwrap_or_default();
    let rest = rest.split("\n[profile.").next().unwrap_or_default();
    let own = |line: &&str| {
        let is_own = line.starts_with("cognito") && line.contains("path = ");
        !is_own || CRATES.iter().any(|name| line.starts_with(&format!("{name} =")))
    };
    let rest: String = rest.lines().filter(own).map(|line| format!("{line}\n")).collect();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\n{members}]\n\n[workspace.package]{rest}"
    );
    for name in CRATES {
        let (from, to) = (run::root().join("crates").join(name), copy.join("crates").join(name));
        copy_directory(&from, &to)?;
        let manifest = fs::read_to_string(from.join("Cargo.toml"))?;
        fs::write(to.join("Cargo.toml"), without_dev_dependencies(&manifest))?;
    }
    fs::write(copy.join("Cargo.toml"), manifest)
}

/// Removes dev-dependencies, which include other crates of the workspace.
fn without_dev_dependencies(manifest: &str) -> String {
    let mut kept = String::new();
    let mut is_kept = true;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_kept = !line.contains("dev-dependencies");
        }
        if is_kept {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn copy_directory(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy_directory(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dev_dependencies_are_removed_from_a_manifest() {
        let manifest = "[package]\nname = \"a\"\n[dev-dependencies]\nb = \"1\"\n[target.'cfg(x)'.dev-dependencies]\nc = \"1\"\n[lints]\nworkspace = true\n";
        let kept = without_dev_dependencies(manifest);
        assert_eq!(kept, "[package]\nname = \"a\"\n[lints]\nworkspace = true\n");
    }
}
