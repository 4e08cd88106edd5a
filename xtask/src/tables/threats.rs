//! Checks that each threat in SECURITY.md names existing tests or jobs that show the protection.

use std::collections::BTreeSet;

use super::names::{all_tests, exists};
use super::{Row, read, rows_of, section};

const DOCUMENT: &str = "SECURITY.md";

pub(super) fn check() -> Result<Vec<String>, String> {
    let document = read(DOCUMENT)?;
    let threats =
        section(&document, "## Threats").ok_or("SECURITY.md has no section of threats")?;
    let tests = all_tests()?;
    let problems =
        rows_of(threats).into_iter().filter_map(|row| problem(&row, &tests, crate::HELP));
    Ok(problems.map(|problem| format!("{DOCUMENT}: {problem}")).collect())
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

    #[test]
    fn threats_without_an_existing_test_or_job_are_reported() {
        let tests = ["a_test", "another_test"].map(str::to_owned).into();
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
}
