//! The table of pycognito's members: each test that it names is there.

use super::{Row, read, rows};

const GUIDE: &str = "docs/pycognito.md";

pub(super) fn check() -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for row in rows(GUIDE)? {
        let tests = row.code(row.cells.len().saturating_sub(1));
        if tests.is_empty() {
            problems.push(problem(&row, "no test is named"));
        }
        for test in tests {
            if !exists(test) {
                problems.push(problem(&row, &format!("there is no test `{test}`")));
            }
        }
    }
    Ok(problems)
}

fn problem(row: &Row, what: &str) -> String {
    let first = row.cells.first().map(String::as_str).unwrap_or_default();
    format!("{GUIDE}: {what} in the row `{first}`")
}

/// Returns whether `file.rs::name` is a test, or a step of a suite. Files of `tests/tests` are
/// named without that path.
fn exists(test: &str) -> bool {
    let Some((file, name)) = test.split_once("::") else { return false };
    let source = read(&format!("tests/tests/{file}")).or_else(|_| read(file));
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
        assert!(exists("sign_in/members.rs::what_has_no_method_is_asked_of_the_sdk"));
        assert!(exists("tests/src/conformance.rs::refresh"));
        assert!(!exists("sign_in/members.rs::host"), "a helper is no test");
        assert!(!exists("sign_in/members.rs::what_has_no_method"));
        assert!(!exists("sign_in/no_such_file.rs::host"));
    }
}
