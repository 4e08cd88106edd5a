//! Checks that each row of three cells in the tables of other libraries' members names existing tests.

use super::{Row, read, rows};

const GUIDES: [&str; 3] =
    ["docs/migrating-from-identity-js.md", "docs/migrating-from-the-sdk.md", "docs/pycognito.md"];

/// The index of the cell with the names of tests.
const TESTS: usize = 2;

pub(super) fn check() -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for guide in GUIDES {
        let rows: Vec<Row> = rows(guide)?.into_iter().filter(has_tests).collect();
        if rows.is_empty() {
            problems.push(format!("{guide}: no table names tests"));
        }
        let found = rows.iter().flat_map(problems_of);
        problems.extend(found.map(|problem| format!("{guide}: {problem}")));
    }
    Ok(problems)
}

fn has_tests(row: &Row) -> bool {
    row.cells.len() == TESTS + 1
}

fn problems_of(row: &Row) -> Vec<String> {
    let first = row.cells.first().map(String::as_str).unwrap_or_default();
    let tests = row.code(TESTS);
    if tests.is_empty() {
        return vec![format!("no test is named in the row `{first}`")];
    }
    let missing = tests.into_iter().filter(|test| !exists(test));
    missing.map(|test| format!("there is no test `{test}` in the row `{first}`")).collect()
}

/// Returns whether `file.rs::name` is a test, or a step of a suite. Files of `tests/tests` are
/// named without that path.
fn exists(test: &str) -> bool {
    let Some((file, name)) = test.split_once("::") else { return false };
    let source = read(format!("tests/tests/{file}")).or_else(|_| read(file));
    let Ok(source) = source else { return false };
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    let defines = |line: &&str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ").is_some_and(|rest| rest.starts_with(&format!("{name}(")))
    };
    let Some(at) = lines.iter().position(defines) else { return false };
    let attributes = lines.iter().take(at).rev().take_while(|line| line.starts_with('#'));
    let is_test = |line: &&str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    let is_step = source.contains(&format!("Box::pin({name}(target))"));
    is_step || attributes.into_iter().any(is_test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tests_and_steps_of_suites_count() {
        assert!(exists("xtask/src/tables/members.rs::only_tests_and_steps_of_suites_count"));
        assert!(exists("sign_in/members.rs::sdk_client_is_available_for_other_operations"));
        assert!(exists("tests/src/conformance.rs::refresh"));
        assert!(!exists("sign_in/members.rs::host"), "a helper is no test");
        assert!(!exists("sign_in/members.rs::sdk_client_is_available"));
        assert!(!exists("sign_in/no_such_file.rs::host"));
    }
}
