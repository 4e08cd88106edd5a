//! One table, for people and for programs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Result;
use crate::measure::Row;

/// Prints the table.
pub(crate) fn print(name: &str, rows: &[Row]) {
    println!("{name}: medians of one run on one core, in turns");
    println!("{:<64} {:>12} {:>9}  wanted", "", "µs", "× ours");
    for row in rows {
        let wanted = row.wanted_ratio.map(|wanted| describe(wanted, row.ratio));
        let wanted = wanted.unwrap_or_default();
        println!("{:<64} {:>12.2} {:>9.3}  {wanted}", row.name, row.microseconds, row.ratio);
    }
}

/// Writes the table as JSON.
pub(crate) fn write(path: &Path, name: &str, rows: &[Row]) -> Result<()> {
    let rows: Vec<Value> = rows.iter().map(row).collect();
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let document = json!({ "benchmark": name, "unit": "microseconds", "rows": rows });
    Ok(fs::write(path, format!("{document:#}\n"))?)
}

fn row(row: &Row) -> Value {
    let mut value = json!({
        "name": row.name,
        "median": row.microseconds,
        "ratio_to_ours": row.ratio,
    });
    if let Some(wanted) = row.wanted_ratio {
        value["wanted_ratio"] = json!(wanted);
        value["met"] = json!(row.ratio >= wanted);
    }
    value
}

fn describe(wanted: f64, ratio: f64) -> String {
    let verdict = if ratio >= wanted { "met" } else { "missed" };
    format!("at least {wanted:.2}: {verdict}")
}
