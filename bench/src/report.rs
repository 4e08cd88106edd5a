//! One table, for people and for programs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Result;
use crate::measure::{Row, Wanted};

/// Prints the table under a title.
pub(crate) fn print(title: &str, rows: &[Row]) {
    println!("{title}");
    println!("{:<64} {:>12} {:>10} {:>9}  wanted", "", "µs", "a second", "× ours");
    for row in rows {
        let wanted = row.wanted.map(|(wanted, found)| describe(wanted, found));
        let wanted = wanted.unwrap_or_default();
        let (time, ratio) = (row.microseconds, row.ratio);
        println!("{:<64} {time:>12.2} {:>10.0} {ratio:>9.3}  {wanted}", row.name, 1e6 / time);
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
    if let Some((wanted, found)) = row.wanted {
        value["wanted"] = json!(describe(wanted, found));
        value["met"] = json!(is_met(wanted, found));
    }
    value
}

fn describe(wanted: Wanted, found: f64) -> String {
    let verdict = if is_met(wanted, found) { "met" } else { "missed" };
    match wanted {
        Wanted::AtLeast(ratio) => format!("at least {ratio:.2}: {verdict}"),
        Wanted::AtMost(ratio, of) => {
            format!("at most {ratio:.2} of {of}: {found:.3}, {verdict}")
        }
        Wanted::Within(time) => format!("within {} ms: {verdict}", time.as_millis()),
    }
}

fn is_met(wanted: Wanted, found: f64) -> bool {
    match wanted {
        Wanted::AtLeast(ratio) => found >= ratio,
        Wanted::AtMost(ratio, _) => found <= ratio,
        Wanted::Within(time) => found <= time.as_secs_f64() * 1e6,
    }
}
