//! Output of tables, on the terminal and as JSON.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::Result;
use crate::measure::{Row, Wanted};

/// Returns the factor by which a ratio of the short form may miss its goal. Short runs on busy machines are
/// noisy, except for processor times and for rows that share a core.
fn generosity(benchmark: &str) -> f64 {
    match benchmark {
        "srp" | "server" => 1.3,
        "bulk_cpu" | "http" | "signin_cpu" | "tokens" => 2.0,
        _ => 4.0,
    }
}

/// The output directory, and the form of the run.
pub(crate) struct Output {
    pub(crate) directory: PathBuf,
    /// True for the short form, which takes seconds.
    pub(crate) short: bool,
    /// True if a ratio that is far from its goal is an error.
    pub(crate) check: bool,
}

/// The unit of a table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Microseconds,
    Megabytes,
    UsersPerSecond,
    Percent,
    Requests,
}

impl Unit {
    fn symbol(self) -> &'static str {
        match self {
            Self::Microseconds => "µs",
            Self::Megabytes => "MB",
            Self::UsersPerSecond => "users/s",
            Self::Percent => "%",
            Self::Requests => "requests",
        }
    }
}

impl Output {
    /// Prints a table and writes it as `NAME.json`.
    ///
    /// # Errors
    ///
    /// An I/O error, or a ratio that is far from its goal, if ratios are checked.
    pub(crate) fn table(&self, name: &str, title: &str, unit: Unit, rows: &[Row]) -> Result<()> {
        print(&format!("{name}: medians of one run, {title}"), unit, rows);
        fs::create_dir_all(&self.directory)?;
        let values: Vec<Value> = rows.iter().map(row).collect();
        let document =
            json!({ "benchmark": name, "title": title, "unit": unit.symbol(), "rows": values });
        fs::write(self.directory.join(format!("{name}.json")), format!("{document:#}\n"))?;
        let generosity = generosity(name);
        match rows.iter().find(|row| self.check && is_far_off(row, generosity)) {
            Some(row) => Err(format!("{name}: {} is far from its goal", row.name).into()),
            None => Ok(()),
        }
    }
}

fn print(title: &str, unit: Unit, rows: &[Row]) {
    println!("{title}");
    let heads = (unit.symbol(), "10 %", "90 %", "× ours");
    println!("{:<64} {:>12} {:>12} {:>12} {:>9}  wanted", "", heads.0, heads.1, heads.2, heads.3);
    for row in rows {
        let wanted = row.wanted.map(|(wanted, found)| describe(wanted, found));
        let wanted = wanted.unwrap_or_default();
        let (median, (low, high)) = (row.median, row.spread);
        let ratio = row.ratio.map(|ratio| format!("{ratio:.3}")).unwrap_or_default();
        println!("{:<64} {median:>12.2} {low:>12.2} {high:>12.2} {ratio:>9}  {wanted}", row.name);
    }
}

fn row(row: &Row) -> Value {
    let mut value = json!({
        "name": row.name,
        "median": rounded(row.median),
        "low": rounded(row.spread.0),
        "high": rounded(row.spread.1),
    });
    if let Some(ratio) = row.ratio {
        value["ratio_to_ours"] = json!(rounded(ratio));
    }
    if let Some((wanted, found)) = row.wanted {
        value["wanted"] = json!(describe(wanted, found));
        value["met"] = json!(is_met(wanted, found, 1.0));
    }
    value
}

/// Rounds to five digits; further digits would be noise.
fn rounded(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}

fn describe(wanted: Wanted, found: f64) -> String {
    let verdict = if is_met(wanted, found, 1.0) { "met" } else { "missed" };
    match wanted {
        Wanted::AtLeast(ratio) => format!("at least {ratio:.2}: {found:.2}, {verdict}"),
        Wanted::AtMost(ratio, of) | Wanted::OnIdleCores(ratio, of) => {
            format!("at most {ratio:.2} of {of}: {found:.3}, {verdict}")
        }
        Wanted::Within(time) => format!("within {} ms: {verdict}", time.as_millis()),
        Wanted::Share(percent) => format!("at least {percent} %: {found:.1}, {verdict}"),
    }
}

/// Returns whether a ratio is far from its goal. Times, shares and the use of several cores are not checked,
/// because they depend on other programs on the machine.
fn is_far_off(row: &Row, generosity: f64) -> bool {
    row.wanted.is_some_and(|(wanted, found)| match wanted {
        Wanted::Within(_) | Wanted::Share(_) | Wanted::OnIdleCores(..) => false,
        Wanted::AtLeast(_) | Wanted::AtMost(..) => !is_met(wanted, found, generosity),
    })
}

fn is_met(wanted: Wanted, found: f64, generosity: f64) -> bool {
    match wanted {
        Wanted::AtLeast(ratio) => found >= ratio / generosity,
        Wanted::AtMost(ratio, _) | Wanted::OnIdleCores(ratio, _) => found <= ratio * generosity,
        Wanted::Within(time) => found <= time.as_secs_f64() * 1e6 * generosity,
        Wanted::Share(percent) => found >= percent / generosity,
    }
}
