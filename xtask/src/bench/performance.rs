//! Figures in the README and in docs/performance.md, and plots, generated from recorded tables.
//!
//! `docs/performance/*.json` are the tables of one run of each benchmark. Tables in Markdown are written
//! between `<!-- figures: NAME -->` and `<!-- end of figures -->`. With `medians of NAME...` as the name, a
//! table has a column of medians for each recorded table, and no goals. Plots are `docs/performance/*.svg`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::conditions::Conditions;
use super::plot;
use crate::run::{self, Outcome};

const PAGES: [&str; 2] = ["README.md", "docs/performance.md"];

const BEGIN: &str = "<!-- figures: ";
const END: &str = "<!-- end of figures -->";

/// A table as a benchmark writes it.
#[derive(Deserialize, Serialize)]
pub(super) struct Table {
    pub(super) benchmark: String,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) rows: Vec<Row>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conditions: Option<Conditions>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) median: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// None if ours is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ratio_to_ours: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wanted: Option<String>,
}

impl Table {
    /// Returns a table without rows.
    pub(super) fn new(benchmark: &str, title: &str, unit: &str) -> Self {
        let [benchmark, title, unit] = [benchmark, title, unit].map(str::to_owned);
        Self { benchmark, title, unit, rows: Vec::new(), conditions: None }
    }

    /// Adds a row of a single measurement. Ratios compare it with the first row.
    pub(super) fn add(&mut self, name: &str, value: f64) {
        println!("{}, {name}: {}", self.title, plot::figure(value, &self.unit));
        let first = self.rows.first().map_or(value, |row| row.median);
        let (median, low, high) = (value, value, value);
        let (name, ratio_to_ours) = (name.to_owned(), Some(value / first));
        self.rows.push(Row { name, median, low, high, ratio_to_ours, wanted: None });
    }

    /// Writes the table as `NAME.json`, in the format of the other benchmarks.
    pub(super) fn write(&self, directory: &Path) -> Outcome {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        let path = directory.join(format!("{}.json", self.benchmark));
        fs::create_dir_all(directory).map_err(|error| error.to_string())?;
        fs::write(&path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// Adds the conditions of a measurement to its tables, which have no conditions yet.
pub(super) fn add_conditions(directory: &Path, conditions: &Conditions) -> Outcome {
    for path in json_files(directory)? {
        let mut table = read(&path)?;
        if table.conditions.is_none() {
            table.conditions = Some(conditions.clone());
            table.write(directory)?;
        }
    }
    Ok(())
}

/// Copies the tables of the last runs to the recorded ones, and writes pages and plots.
pub(crate) fn record() -> Outcome {
    fs::create_dir_all(recorded()).map_err(|error| error.to_string())?;
    for path in json_files(&run::target().join("bench"))? {
        let name = path.file_name().unwrap_or_default();
        fs::copy(&path, recorded().join(name)).map_err(|error| error.to_string())?;
    }
    write()
}

/// Writes pages and plots from the recorded tables.
pub(crate) fn write() -> Outcome {
    for (path, text) in derived()? {
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Checks that pages and plots agree with the recorded tables.
pub(crate) fn check() -> Outcome {
    for (path, text) in derived()? {
        // A checkout on Windows may have CRLF line endings.
        if fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n") != text {
            let path = path.display();
            return Err(format!(
                "{path} differs from docs/performance/*.json; run `cargo xtask bench write`"
            ));
        }
    }
    println!("xtask: the figures of the README and of the guide agree with the recorded tables");
    Ok(())
}

/// Returns the paths and texts of all files that are generated from recorded tables.
fn derived() -> Result<Vec<(PathBuf, String)>, String> {
    let mut files = Vec::new();
    for path in json_files(&recorded())? {
        files.push((path.with_extension("svg"), plot::bars(&read(&path)?)));
    }
    for page in PAGES {
        let path = run::root().join(page);
        let text = fs::read_to_string(&path).map_err(|error| format!("{page}: {error}"))?;
        let text = with_figures(&text.replace("\r\n", "\n"), figures)?;
        files.push((path, text));
    }
    Ok(files)
}

/// Returns the Markdown of the tables that a marker names.
fn figures(marker: &str) -> Result<String, String> {
    let table = |name: &str| read(&recorded().join(format!("{name}.json")));
    match marker.strip_prefix("medians of ") {
        Some(names) => {
            let tables: Result<Vec<Table>, String> = names.split(' ').map(table).collect();
            Ok(medians(&tables?))
        }
        None => Ok(markdown(&table(marker)?)),
    }
}

fn recorded() -> PathBuf {
    run::root().join("docs/performance")
}

fn json_files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", directory.display())),
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    Ok(paths)
}

fn read(path: &PathBuf) -> Result<Table, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
    serde_json::from_str(&text).map_err(|error| failed(&error))
}

/// Replaces the text between the markers of each table.
fn with_figures(
    page: &str,
    figures: impl Fn(&str) -> Result<String, String>,
) -> Result<String, String> {
    let mut parts = page.split(BEGIN);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let unmarked = || format!("`{BEGIN}` without ` -->` or `{END}`");
        let (name, rest) = part.split_once(" -->").ok_or_else(unmarked)?;
        let (_, rest) = rest.split_once(END).ok_or_else(unmarked)?;
        text += &format!("{BEGIN}{name} -->\n\n{}\n{END}{rest}", figures(name)?);
    }
    Ok(text)
}

/// Returns a table in Markdown, without empty columns.
fn markdown(table: &Table) -> String {
    let spread = table.rows.iter().any(|row| row.low < row.high);
    let goals = table.rows.iter().any(|row| row.wanted.is_some());
    let ratios = table.rows.iter().any(|row| row.ratio_to_ours.is_some());
    let mut text = format!("| {} | {} |", table.title, if spread { "median" } else { &table.unit });
    text += if spread { " 10 % to 90 % |" } else { "" };
    text += if ratios { " × ours |" } else { "" };
    text += if goals { " goal |\n" } else { "\n" };
    text += "| --- | ---: |";
    text += if spread { " ---: |" } else { "" };
    text += if ratios { " ---: |" } else { "" };
    text += if goals { " --- |\n" } else { "\n" };
    for row in &table.rows {
        let figure = |value| plot::figure(value, &table.unit);
        text += &format!("| {} | {} |", row.name, figure(row.median));
        if spread {
            text += &format!(" {} to {} |", figure(row.low), figure(row.high));
        }
        if ratios {
            text += &format!(" {} |", ratio(row));
        }
        if goals {
            text += &format!(" {} |", row.wanted.as_deref().unwrap_or("none"));
        }
        text += "\n";
    }
    if let Some(conditions) = &table.conditions {
        text += &format!("\n{}\n", conditions.describe());
    }
    text
}

/// Returns the medians of several tables of one run side by side, for the rows of the first table. A single
/// table also shows ratios.
fn medians(tables: &[Table]) -> String {
    let ratios = tables.len() == 1;
    let mut text = String::from("| |");
    text.extend(tables.iter().map(|table| format!(" {} |", table.title)));
    text += if ratios { " × ours |\n| --- | ---: |" } else { "\n| --- |" };
    text += &" ---: |".repeat(tables.len());
    for row in tables.first().into_iter().flat_map(|table| &table.rows) {
        text += &format!("\n| {} |", row.name);
        for table in tables {
            let same = table.rows.iter().find(|other| other.name == row.name);
            let median = same.map(|same| plot::figure(same.median, &table.unit));
            text += &format!(" {} |", median.as_deref().unwrap_or("has none"));
        }
        if ratios {
            text += &format!(" {} |", ratio(row));
        }
    }
    text += "\n";
    if let Some(conditions) = tables.first().and_then(|table| table.conditions.as_ref()) {
        text += &format!("\n{}\n", conditions.describe());
    }
    text
}

fn ratio(row: &Row) -> String {
    row.ratio_to_ours.map(plot::significant).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Table, markdown, medians, with_figures};

    #[test]
    fn figures_replace_those_between_markers() {
        let figures = |name: &str| Ok(format!("| {name} |\n"));
        let page = "before\n<!-- figures: srp -->\nold\n<!-- end of figures -->\nafter\n";
        let expected =
            "before\n<!-- figures: srp -->\n\n| srp |\n\n<!-- end of figures -->\nafter\n";
        assert_eq!(with_figures(page, figures).as_deref(), Ok(expected));
        assert_eq!(with_figures(expected, figures).as_deref(), Ok(expected));
    }

    #[test]
    fn begin_without_end_is_an_error() {
        assert!(with_figures("<!-- figures: srp -->\n", |_| Ok(String::new())).is_err());
    }

    #[test]
    fn medians_of_tables_are_side_by_side() {
        let mut start = Table::new("start", "start", "µs");
        start.add("ours", 4000.0);
        start.add("theirs", 8000.0);
        let mut memory = Table::new("memory", "memory", "MB");
        memory.add("ours", 15.0);
        let ratios = "| | start | × ours |\n| --- | ---: | ---: |\n\
            | ours | 4.00 ms | 1.00 |\n| theirs | 8.00 ms | 2.00 |\n";
        assert_eq!(medians(std::slice::from_ref(&start)), ratios);
        let joined = "| | start | memory |\n| --- | ---: | ---: |\n\
            | ours | 4.00 ms | 15.0 MB |\n| theirs | 8.00 ms | has none |\n";
        assert_eq!(medians(&[start, memory]), joined);
    }

    #[test]
    fn columns_without_figures_are_left_out() {
        let mut table = Table::new("build_size", "the program", "MB");
        table.add("ours", 4.0);
        table.add("theirs", 10.0);
        let measured_once = "| the program | MB | × ours |\n| --- | ---: | ---: |\n\
            | ours | 4.00 MB | 1.00 |\n| theirs | 10.0 MB | 2.50 |\n";
        assert_eq!(markdown(&table), measured_once);
        table.rows[1].high = 11.0;
        table.rows[1].wanted = Some("at least 2.00: 2.50, met".to_owned());
        let measured_often = "| the program | median | 10 % to 90 % | × ours | goal |\n\
            | --- | ---: | ---: | ---: | --- |\n\
            | ours | 4.00 MB | 4.00 MB to 4.00 MB | 1.00 | none |\n\
            | theirs | 10.0 MB | 10.0 MB to 11.0 MB | 2.50 | at least 2.00: 2.50, met |\n";
        assert_eq!(markdown(&table), measured_often);
    }
}
