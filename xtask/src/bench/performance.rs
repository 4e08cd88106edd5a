//! The figures of the README and plots, written from recorded tables.
//!
//! `docs/performance/*.json` are the tables of one run of each benchmark. Tables in Markdown stand
//! between `<!-- figures: NAME -->` and `<!-- end of figures -->`; plots are `docs/performance/*.svg`.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde::Deserialize;

use super::plot;
use crate::run::{self, Outcome};

const PAGES: [&str; 1] = ["README.md"];

const BEGIN: &str = "<!-- figures: ";
const END: &str = "<!-- end of figures -->";

/// A table as a benchmark writes it.
#[derive(Deserialize)]
pub(super) struct Table {
    pub(super) benchmark: String,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) rows: Vec<Row>,
}

#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) median: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    ratio_to_ours: f64,
    wanted: Option<String>,
}

/// Copies the tables of the last runs to the recorded ones, and writes pages and plots.
pub(crate) fn record() -> Outcome {
    fs::create_dir_all(recorded()).map_err(|error| error.to_string())?;
    for path in json_files(run::target().join("bench"))? {
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
        // A checkout on Windows has other ends of lines.
        if fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n") != text {
            let path = path.display();
            return Err(format!(
                "{path} differs from docs/performance/*.json; run `cargo xtask bench write`"
            ));
        }
    }
    println!("xtask: the figures of the README and of the guide are those on record");
    Ok(())
}

/// Returns all files that are written from recorded tables, with their texts.
fn derived() -> Result<Vec<(PathBuf, String)>, String> {
    let mut files = Vec::new();
    for path in json_files(recorded())? {
        files.push((path.with_extension("svg"), plot::bars(&read(&path)?)));
    }
    for page in PAGES {
        let path = run::root().join(page);
        let text = fs::read_to_string(&path).map_err(|error| format!("{page}: {error}"))?;
        let text = with_figures(&text.replace("\r\n", "\n"), |name| {
            Ok(markdown(&read(&recorded().join(format!("{name}.json")))?))
        })?;
        files.push((path, text));
    }
    Ok(files)
}

fn recorded() -> PathBuf {
    run::root().join("docs/performance")
}

fn json_files(directory: PathBuf) -> Result<Vec<PathBuf>, String> {
    let entries = match fs::read_dir(&directory) {
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

/// Replaces what stands between the markers of each table.
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

fn markdown(table: &Table) -> String {
    let mut text = format!(
        "| {} | median | 10 % to 90 % | × ours | goal |\n| --- | ---: | ---: | ---: | --- |\n",
        table.title
    );
    for row in &table.rows {
        let figure = |value| plot::figure(value, &table.unit);
        let goal = row.wanted.as_deref().unwrap_or_default();
        text += &format!(
            "| {} | {} | {} to {} | {} | {goal} |\n",
            row.name,
            figure(row.median),
            figure(row.low),
            figure(row.high),
            plot::significant(row.ratio_to_ours),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::with_figures;

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
}
