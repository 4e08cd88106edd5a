//! Packages: archives of the crates, and packages of the emulator for other languages.

mod crates;
mod go;
mod java;
mod node;
mod python;

use std::env::consts;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{self, Outcome};

/// A language with packages: its name as an argument, and its job.
type Language = (&'static str, fn() -> Outcome);

const LANGUAGES: [Language; 4] =
    [("python", python::run), ("node", node::run), ("java", java::run), ("go", go::run)];

/// Checks the crates' archives, builds and tests the packages for one language, or does all of that.
pub(crate) fn run(kinds: &[&str]) -> Outcome {
    match kinds {
        [] => {
            check_crates()?;
            languages()
        }
        ["crates"] => check_crates(),
        [name] => match LANGUAGES.iter().find(|(language, _)| language == name) {
            Some((_, job)) => job(),
            None => Err(format!("there are no packages for `{name}`")),
        },
        _ => Err("packages accepts at most one kind".to_owned()),
    }
}

pub(crate) fn check_crates() -> Outcome {
    crates::check()
}

/// Compiles each crate alone, as a project that depends only on it does.
pub(crate) fn check_crates_alone() -> Outcome {
    crates::check_alone()
}

/// Builds the packages for other languages, installs them in fresh environments and tests them there.
pub(crate) fn languages() -> Outcome {
    LANGUAGES.iter().try_for_each(|(_, job)| job())
}

/// Returns the directory of the sources of a language's package.
fn source(language: &str) -> PathBuf {
    run::root().join("crates/cognito-emulator").join(language)
}

/// Returns the directory of a language's packages and environment.
fn directory(language: &str) -> PathBuf {
    run::target().join("packages").join(language)
}

/// Removes a directory, if it exists.
fn remove(directory: &Path) -> Outcome {
    match directory.exists() {
        true => fs::remove_dir_all(directory)
            .map_err(|error| format!("{}: {error}", directory.display())),
        false => Ok(()),
    }
}

/// Builds the program for packages, without symbols, and returns its path.
fn program() -> Result<PathBuf, String> {
    run::build(&["-p", "cognito-emulator", "--bins"])?;
    let name = format!("cognito-emulator{}", consts::EXE_SUFFIX);
    let stripped = directory("program").join(&name);
    fs::create_dir_all(directory("program")).map_err(|error| error.to_string())?;
    run::run(Command::new("strip").arg("-o").arg(&stripped).arg(run::built("cognito-emulator")))?;
    Ok(stripped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_kinds_of_packages_are_rejected() {
        assert_eq!(run(&["cobol"]), Err("there are no packages for `cobol`".to_owned()));
        assert!(run(&["python", "node"]).is_err());
    }
}
