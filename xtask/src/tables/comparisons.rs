//! Checks that the tests, jobs and pages that README.md's comparisons name exist.

use std::collections::BTreeSet;

use super::names::{all_tests, exists};
use super::{Row, read, rows_of, section};
use crate::run;

const DOCUMENT: &str = "README.md";

const SECTIONS: [&str; 2] = ["## Beside other libraries", "## The emulator beside other servers"];

pub(super) fn check() -> Result<Vec<String>, String> {
    let (document, tests) = (read(DOCUMENT)?, all_tests()?);
    let mut problems = Vec::new();
    for heading in SECTIONS {
        let text = section(&document, heading);
        let text = text.ok_or_else(|| format!("{DOCUMENT} has no section {heading:?}"))?;
        let rows = rows_of(text);
        if rows.is_empty() {
            problems.push(format!("{DOCUMENT}: {heading:?} has no table"));
        }
        let is_file = |name: &str| run::root().join(name).is_file();
        let missing = rows.iter().filter_map(|row| missing(row, &tests, crate::HELP, is_file));
        problems.extend(missing.map(|name| {
            format!("{DOCUMENT}: {heading:?} names `{name}`, which is not a test, job or file")
        }));
    }
    Ok(problems)
}

/// Returns the first name in the first cell of a row that is not a test, job or file.
fn missing(
    row: &Row,
    tests: &BTreeSet<String>,
    jobs: &str,
    is_file: impl Fn(&str) -> bool,
) -> Option<String> {
    let mut names = row.code(0).into_iter();
    names.find(|name| !exists(name, tests, jobs) && !is_file(name)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tests_jobs_and_files_exist() {
        let tests = BTreeSet::from(["a_test".to_owned()]);
        let missing = |head: &str| {
            let table = format!("| | a |\n| --- | --- |\n| {head} | `other` |\n");
            let is_file = |name: &str| name == "docs/a.md";
            missing(&rows_of(&table)[0], &tests, "  ci    every check\n", is_file)
        };
        for head in ["x", "x (`a_test`)", "x (`cargo xtask ci`)", "x (`docs/a.md`, `a_test`)"] {
            assert_eq!(missing(head), None, "{head}");
        }
        assert_eq!(missing("x (`a_test`, `no_test`)").as_deref(), Some("no_test"));
        assert_eq!(missing("x (`cargo xtask c`)").as_deref(), Some("cargo xtask c"));
    }
}
