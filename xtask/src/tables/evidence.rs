//! Checks that each table of README and the guides names its evidence: tests, jobs, files or sources.

use std::collections::BTreeSet;

use super::names::{all_tests, exists};
use super::{names_in, read, rows_of};
use crate::run;

/// The beginning of a comment below a table, which lists its evidence.
const SHOWN_BY: &str = "<!-- shown by: ";

/// The heads of columns with the evidence of each row.
const COLUMNS: [&str; 2] = ["shown by", "evidence"];

/// The page whose tables are figures with their commands, which `cargo xtask bench` writes.
const FIGURES: &str = "docs/performance.md";

/// A table of a page.
struct Table<'a> {
    line: usize,
    /// The lines from the head to the last row.
    text: String,
    /// The text above it.
    above: &'a str,
    /// The first line below it that is not blank.
    below: &'a str,
}

pub(super) fn check() -> Result<Vec<String>, String> {
    let tests = all_tests()?;
    let known = |name: &str| {
        name.starts_with("https://")
            || exists(name, &tests, crate::HELP)
            || run::root().join(name).is_file()
    };
    let guides = names_in("docs")?.into_iter().filter(|name| name.ends_with(".md"));
    let pages = guides.map(|name| format!("docs/{name}")).chain(["README.md".to_owned()]);
    let mut problems = Vec::new();
    for page in pages.filter(|page| page != FIGURES) {
        let text = read(&page)?;
        let found = tables(&text).into_iter().filter_map(|table| table.problem(&tests, known));
        problems.extend(found.map(|problem| format!("{page}:{problem}")));
    }
    Ok(problems)
}

fn tables(text: &str) -> Vec<Table<'_>> {
    let mut tables: Vec<Table> = Vec::new();
    let (mut start, mut is_open) = (0, false);
    for (line, content) in (1..).zip(text.lines()) {
        let is_row = content.starts_with('|');
        match tables.last_mut() {
            Some(last) if is_row && is_open => last.text.extend([content, "\n"]),
            Some(last) if last.below.is_empty() && !is_row => last.below = content,
            _ => {}
        }
        if is_row && !is_open {
            let above = text.get(..start).unwrap_or_default();
            tables.push(Table { line, text: format!("{content}\n"), above, below: "" });
        }
        is_open = is_row;
        start += content.len() + 1;
    }
    tables
}

impl Table<'_> {
    /// Returns the line and the problem of a table without evidence, or with unknown names.
    fn problem(&self, tests: &BTreeSet<String>, known: impl Fn(&str) -> bool) -> Option<String> {
        let line = self.line;
        if let Some(names) = self.below.strip_prefix(SHOWN_BY) {
            let mut names = names.trim_end_matches(" -->").split(", ");
            let unknown = names.find(|name| !known(name))?;
            return Some(format!("{line}: `{unknown}` is not a test, job, file or address"));
        }
        let shows = self.is_generated() || self.has_column() || self.has_names(tests);
        (!shows).then(|| format!("{line}: a table without evidence; add `{SHOWN_BY}… -->` below"))
    }

    /// Returns whether a test or a benchmark writes the table.
    fn is_generated(&self) -> bool {
        let (_, figures) = self.above.rsplit_once("<!-- figures: ").unwrap_or_default();
        let is_figure = !figures.is_empty() && !figures.contains("<!-- end of figures -->");
        is_figure || self.above.contains("<!-- operations -->")
    }

    fn has_column(&self) -> bool {
        let head = self.text.lines().next().unwrap_or_default().trim_end_matches([' ', '|']);
        COLUMNS.iter().any(|name| head.ends_with(&format!("| {name}")))
    }

    /// Returns whether the first cell of a row names a test or a job.
    fn has_names(&self, tests: &BTreeSet<String>) -> bool {
        let rows = rows_of(&self.text);
        rows.iter().flat_map(|row| row.code(0)).any(|name| exists(name, tests, crate::HELP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(page: &str) -> Vec<String> {
        let tests = BTreeSet::from(["a_test".to_owned()]);
        let known = |name: &str| name == "a_test" || name == "docs/a.md";
        tables(page).iter().filter_map(|table| table.problem(&tests, known)).collect()
    }

    #[test]
    fn evidence_is_below_a_table_in_a_column_or_in_its_first_cells() {
        let table = "| a | b |\n| --- | --- |\n| c | d |\n";
        assert!(problems(table)[0].starts_with("1: a table without evidence"));
        assert_eq!(problems(&format!("{table}\n{SHOWN_BY}a_test, docs/a.md -->\n")), [""; 0]);
        assert_eq!(problems(&table.replace("b |", "shown by |")), [""; 0]);
        assert_eq!(problems(&table.replace("| c", "| c (`a_test`)")), [""; 0]);
        let unknown = problems(&format!("\n{table}\n{SHOWN_BY}a_test, no_test -->\n"));
        assert_eq!(unknown, ["2: `no_test` is not a test, job, file or address"]);
    }

    #[test]
    fn each_table_has_its_own_evidence() {
        let table = "| a |\n| --- |\n| b |\n";
        let page = format!("{table}\ntext\n\n{table}\n{SHOWN_BY}a_test -->\n");
        assert_eq!(problems(&page).len(), 1);
    }

    #[test]
    fn generated_tables_are_evidence_of_themselves() {
        let table = "| a |\n| --- |\n| b |\n";
        let figures = format!("<!-- figures: srp -->\n\n{table}\n<!-- end of figures -->\n");
        assert_eq!(problems(&figures), [""; 0]);
        assert_eq!(problems(&format!("{figures}\n{table}")).len(), 1);
        assert_eq!(problems(&format!("<!-- operations -->\n{table}")), [""; 0]);
    }
}
