//! Checks of the tables of the guides: the tests, files, types and permissions that they name exist.

mod comparisons;
mod evidence;
mod members;
mod names;
mod pages;
mod permissions;
mod threats;

use std::fs;
use std::path::Path;

use crate::run::{self, Outcome, read};

pub(crate) fn check() -> Outcome {
    let problems = [
        guides()?,
        hidden_lines()?,
        comparisons::check()?,
        evidence::check()?,
        members::check()?,
        pages::check()?,
        permissions::check()?,
        threats::check()?,
    ]
    .concat();
    if problems.is_empty() {
        println!("xtask: the tables of the guides are right");
        return Ok(());
    }
    Err(problems.join("\nxtask: "))
}

/// Checks that every guide is a page of the documentation, and links to other guides by known labels.
fn guides() -> Result<Vec<String>, String> {
    let pages = read("crates/cognito/src/guide.rs")?;
    let links = read("crates/cognito/src/guide/links.md")?;
    let mut problems = Vec::new();
    for name in names_in("docs")?.iter().filter(|name| name.ends_with(".md")) {
        if !pages.contains(&format!("\"{name}\"")) {
            problems.push(format!("docs/{name} is missing in crates/cognito/src/guide.rs"));
        }
        let guide = read(format!("docs/{name}"))?;
        if let Some(file) = inline_link(&guide) {
            problems.push(format!("docs/{name} links to {file}; define a label for it at the end"));
        }
        let unknown = labels(&guide).filter(|label| !links.contains(&format!("[{label}]: crate")));
        problems.extend(unknown.map(|label| {
            format!("docs/{name}: `{label}` is missing in crates/cognito/src/guide/links.md")
        }));
    }
    Ok(problems)
}

/// Checks that README and guides have no lines that rustdoc hides, because code hosts show them.
fn hidden_lines() -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    let guides = names_in("docs")?.into_iter().filter(|name| name.ends_with(".md"));
    for page in guides.map(|name| format!("docs/{name}")).chain(["README.md".to_owned()]) {
        let lines = hidden_lines_of(&read(&page)?);
        problems.extend(lines.map(|line| format!("{page}:{line}: a hidden line of an example")));
    }
    Ok(problems)
}

/// Returns the numbers of the lines that begin with `#` and a space, or are `#`, in blocks of Rust.
fn hidden_lines_of(text: &str) -> impl Iterator<Item = usize> + use<> {
    let (mut is_open, mut is_rust) = (false, false);
    let mut hidden = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(words) = line.strip_prefix("```") {
            is_open = !is_open;
            is_rust = is_open && words.starts_with("rust");
        } else if is_rust && line.split(' ').find(|word| !word.is_empty()) == Some("#") {
            hidden.push(number);
        }
    }
    hidden.into_iter()
}

/// Returns the first link to a file of another guide that is not made by a label.
fn inline_link(guide: &str) -> Option<&str> {
    let targets = guide.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let mut files = targets.filter(|target| !target.contains("://") && target.contains(".md"));
    files.next()
}

/// Returns the labels that a guide defines for other guides.
fn labels(guide: &str) -> impl Iterator<Item = &str> {
    let definitions = guide.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    definitions.filter(|(_, target)| target.contains(".md")).map(|(label, _)| label)
}

/// A row of a table, except the head.
struct Row {
    cells: Vec<String>,
}

impl Row {
    /// Returns the texts in backquotes in a cell.
    fn code(&self, cell: usize) -> Vec<&str> {
        let cell = self.cells.get(cell).map(String::as_str).unwrap_or_default();
        cell.split('`').skip(1).step_by(2).collect()
    }

    /// Returns the names in a cell, which are separated by commas.
    fn names(&self, cell: usize) -> Vec<&str> {
        let cell = self.cells.get(cell).map(String::as_str).unwrap_or_default();
        cell.split(", ").filter(|name| !name.is_empty()).collect()
    }
}

/// Returns the rows of all tables of a guide.
fn rows(guide: &str) -> Result<Vec<Row>, String> {
    read(guide).map(|text| rows_of(&text))
}

/// Returns the rows of all tables of a text.
fn rows_of(text: &str) -> Vec<Row> {
    let lines: Vec<&str> = text.lines().collect();
    let of_table = |line: &str| line.starts_with('|');
    let is_head = |at: usize| lines.get(at + 1).is_some_and(|next| next.starts_with("| ---"));
    let body = lines
        .iter()
        .enumerate()
        .filter(|(at, line)| of_table(line) && !line.starts_with("| ---") && !is_head(*at));
    let cells =
        |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    body.map(|(_, line)| Row { cells: cells(line) }).collect()
}

/// Returns the text from a heading to the next one of its level.
fn section<'a>(document: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(heading)?;
    rest.split("\n## ").next()
}

fn names_in(directory: &str) -> Result<Vec<String>, String> {
    let listed = fs::read_dir(run::root().join(directory));
    let listed = listed.map_err(|error| format!("{directory}: {error}"))?;
    let mut names: Vec<String> =
        listed.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    Ok(names)
}

/// Returns the Rust sources below a directory, except those of installed packages.
pub(crate) fn sources(directory: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let installed = ["node_modules", "target"];
    for name in names_in(directory)?.into_iter().filter(|name| !installed.contains(&&**name)) {
        let path = format!("{directory}/{name}");
        if run::root().join(&path).is_dir() {
            found.extend(sources(&path)?);
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_lines_are_found_in_rust_blocks_only() {
        let page =
            "# a\n```rust\n# use a;\n#[test]\n#\n```\n```sh\n# b\n```\n```rust,no_run\n  # c\n```";
        assert_eq!(hidden_lines_of(page).collect::<Vec<_>>(), [3, 5, 11]);
    }

    #[test]
    fn section_ends_at_the_next_heading_of_its_level() {
        let document = "## A\na\n## Threats\nb\n### c\nd\n## E\n";
        assert_eq!(section(document, "## Threats"), Some("\nb\n### c\nd"));
    }

    #[test]
    fn links_between_guides_have_labels() {
        let guide = "[a](https://x.example/b.md) and [c][c]\n\n[c]: c.md#d\n";
        assert_eq!((inline_link(guide), labels(guide).collect::<Vec<_>>()), (None, vec!["c"]));
        assert_eq!(inline_link("[c](c.md#d)"), Some("c.md#d"));
    }
}
