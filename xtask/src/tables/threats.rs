//! Checks that each threat in SECURITY.md names existing tests or jobs that show the protection.

use std::collections::BTreeSet;

use super::{Row, read, rows_of, sources};

const DOCUMENT: &str = "SECURITY.md";

/// The directories of sources with tests.
const SOURCES: [&str; 3] = ["crates", "tests", "xtask/src"];

pub(super) fn check() -> Result<Vec<String>, String> {
    let document = read(DOCUMENT)?;
    let threats =
        section(&document, "## Threats").ok_or("SECURITY.md has no section of threats")?;
    let tests = all_tests()?;
    let problems =
        rows_of(threats).into_iter().filter_map(|row| problem(&row, &tests, crate::HELP));
    Ok(problems.map(|problem| format!("{DOCUMENT}: {problem}")).collect())
}

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

/// Returns the text from a heading to the next one of its level.
pub(super) fn section<'a>(document: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(heading)?;
    rest.split("\n## ").next()
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

/// Returns the first problem of the row of a threat.
fn problem(row: &Row, tests: &BTreeSet<String>, jobs: &str) -> Option<String> {
    let shown_by = row.code(2);
    if shown_by.is_empty() {
        return Some(format!("no test shows the protection in {:?}", row.cells));
    }
    let mut missing = shown_by.into_iter().filter(|name| !exists(name, tests, jobs));
    missing.next().map(|name| format!("there is no test `{name}`"))
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
    fn threats_without_an_existing_test_or_job_are_reported() {
        let tests = tests_of(SOURCE).map(str::to_owned).collect();
        let problem = |shown: &str| {
            let table = format!("| a | b | c |\n| --- | --- | --- |\n| x | y | {shown} |\n");
            problem(&rows_of(&table)[0], &tests, "  ci    every check\n")
        };
        assert_eq!(problem("`a_test`, `another_test`"), None);
        assert_eq!(problem("`cargo xtask ci`"), None);
        assert!(problem("`cargo xtask c`").is_some());
        assert!(problem("`a_test`, `helper`").unwrap().contains("helper"));
        assert!(problem("nothing").is_some());
    }

    #[test]
    fn section_ends_at_the_next_heading_of_its_level() {
        let document = "## A\na\n## Threats\nb\n### c\nd\n## E\n";
        assert_eq!(section(document, "## Threats"), Some("\nb\n### c\nd"));
    }
}
