//! The names of the tests and jobs that tables name.

use std::collections::BTreeSet;

use super::{read, sources};

/// The directories of sources with tests.
const SOURCES: [&str; 3] = ["crates", "tests", "xtask/src"];

/// Returns the names of the tests of the workspace.
pub(super) fn all_tests() -> Result<BTreeSet<String>, String> {
    let mut tests = BTreeSet::new();
    for directory in SOURCES {
        for source in sources(directory)? {
            tests.extend(tests_of(&read(&source)?).map(str::to_owned));
        }
    }
    Ok(tests)
}

/// Returns whether a name is a test, or a job such as `cargo xtask ci`.
pub(super) fn exists(name: &str, tests: &BTreeSet<String>, jobs: &str) -> bool {
    match name.strip_prefix("cargo xtask ") {
        Some(job) => jobs.lines().any(|line| line.trim_start().split(' ').next() == Some(job)),
        None => tests.contains(name),
    }
}

/// Returns the functions with an attribute such as `#[test]` or `#[tokio::test(start_paused = true)]`.
fn tests_of(source: &str) -> impl Iterator<Item = &str> {
    let mut is_test = false;
    source.lines().filter_map(move |line| {
        let line = line.trim_start();
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
            return None;
        }
        let name = line.trim_start_matches("async ").strip_prefix("fn ")?.split('(').next()?;
        std::mem::take(&mut is_test).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "#[test]\nfn a_test() {}\nfn helper() {}\n    #[tokio::test(start_paused = true)]\n    \
                          #[ignore]\n    async fn another_test() {}\n";

    #[test]
    fn tests_are_distinguished_from_other_functions() {
        assert_eq!(tests_of(SOURCE).collect::<Vec<_>>(), ["a_test", "another_test"]);
    }

    #[test]
    fn jobs_exist_under_their_whole_name() {
        let (tests, jobs) = (BTreeSet::from(["a_test".to_owned()]), "  ci    every check\n");
        assert!(exists("a_test", &tests, jobs) && exists("cargo xtask ci", &tests, jobs));
        assert!(!exists("ci", &tests, jobs) && !exists("cargo xtask c", &tests, jobs));
    }
}
