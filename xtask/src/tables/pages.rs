//! Checks that the paths, types and jobs that the pages about the code name exist.

use std::collections::BTreeSet;

use super::{read, sources};
use crate::run;

const PAGES: [&str; 4] = ["ARCHITECTURE.md", "CONTRIBUTING.md", "DESIGN.md", "RELEASING.md"];

/// The directories whose paths are checked.
const ROOTS: [&str; 8] =
    ["crates/", "tests/", "docs/", "xtask/", "bench/", "fuzz/", ".github/", ".ci/"];

/// The directories of sources with types.
const SOURCES: [&str; 4] = ["crates", "tests", "xtask/src", "bench"];

/// Names that look like types of this project, but are not.
const OTHERS: [&str; 3] = ["Session", "Some", "Cargo"];

pub(super) fn check() -> Result<Vec<String>, String> {
    let mut types = BTreeSet::new();
    for directory in SOURCES {
        for source in sources(directory)? {
            types.extend(types_of(&read(&source)?).map(str::to_owned));
        }
    }
    let mut problems = Vec::new();
    for page in PAGES.into_iter().filter(|page| run::root().join(page).exists()) {
        let text = read(page)?;
        let unknown = codes(&text).filter(|code| !exists(code, &types));
        problems.extend(unknown.map(|code| format!("{page}: `{code}` does not exist")));
        let missing = links(&text).filter(|link| !run::root().join(link).exists());
        problems.extend(missing.map(|link| format!("{page}: the link to {link} is broken")));
    }
    Ok(problems)
}

/// Returns whether a path, a job or a type exists; other texts in backquotes are not checked.
fn exists(code: &str, types: &BTreeSet<String>) -> bool {
    if let Some(job) = code.strip_prefix("cargo xtask ") {
        let job = job.split(' ').next();
        return crate::HELP.lines().any(|line| line.trim_start().split(' ').next() == job);
    }
    if ROOTS.iter().any(|root| code.starts_with(root)) && !code.contains(['*', ' ', '<']) {
        return run::root().join(code).exists();
    }
    let name = code.split("::").next().unwrap_or_default();
    let is_type = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().any(|letter| letter.is_ascii_lowercase())
        && code
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == ':' || letter == '_');
    !is_type || OTHERS.contains(&name) || types.contains(name)
}

/// Returns the texts in backquotes outside of code blocks.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2))
}

/// Returns the files to which a page links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.contains("://") && !target.is_empty())
}

/// Returns the names of the types that a source declares.
fn types_of(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let words = ["struct ", "enum ", "trait ", "type "];
        let declared = words.iter().find_map(|word| Some(line.split_once(word)?.1))?;
        declared.split(|letter: char| !letter.is_ascii_alphanumeric()).next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_jobs_and_types_that_do_not_exist_are_found() {
        let types = types_of("pub(crate) struct Known<'a> {").map(str::to_owned).collect();
        for code in ["xtask/src/main.rs", "cargo xtask ci", "Known::new", "x-amz-target", "sub"] {
            assert!(exists(code, &types), "{code}");
        }
        for code in ["xtask/src/gone.rs", "cargo xtask gone", "Unknown", "Unknown::new"] {
            assert!(!exists(code, &types), "{code}");
        }
    }

    #[test]
    fn code_blocks_are_ignored() {
        assert_eq!(codes("a `b`\n```text\n`c`\n```\n`d`").collect::<Vec<_>>(), ["b", "d"]);
        assert_eq!(links("[a](b.md#c), [d](https://e)").collect::<Vec<_>>(), ["b.md"]);
    }
}
