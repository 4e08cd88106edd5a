//! Bar charts in SVG, with one bar for each row and a line for its spread.

use super::performance::{Row, Table};

const WIDTH: f64 = 760.0;
const BAR: f64 = 18.0;
const ROW: f64 = 44.0;
const HEAD: f64 = 40.0;
const LEFT: f64 = 12.0;
/// Space for the figure after the longest bar.
const RIGHT: f64 = 110.0;

/// Returns the chart of a table.
pub(super) fn bars(table: &Table) -> String {
    let most = table.rows.iter().map(|row| row.high).fold(f64::MIN_POSITIVE, f64::max);
    let scale = (WIDTH - LEFT - RIGHT) / most;
    let mut rows = String::new();
    let mut y = HEAD;
    for (index, row) in table.rows.iter().enumerate() {
        let color = if index == 0 { "#0969da" } else { "#8c959f" };
        rows += &bar(row, &table.unit, scale, y, color);
        y += ROW;
    }
    let title = escaped(&format!("{}: {} ({})", table.benchmark, table.title, table.unit));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>{title}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-weight=\"bold\">{title}</text>\n{rows}</svg>\n"
    )
}

fn bar(row: &Row, unit: &str, scale: f64, y: f64, color: &str) -> String {
    let end = |value: f64| LEFT + value * scale;
    let (text, top, middle) = (y + 12.0, y + 17.0, y + 17.0 + BAR / 2.0);
    let name = escaped(&row.name);
    let (low, high, after) =
        (end(row.low), end(row.high), end(row.high).max(end(row.median)) + 6.0);
    format!(
        "<text x=\"{LEFT}\" y=\"{text}\">{name}</text>\n\
         <rect x=\"{LEFT}\" y=\"{top}\" width=\"{:.1}\" height=\"{BAR}\" fill=\"{color}\"/>\n\
         <path d=\"M{low:.1} {middle}H{high:.1}\" stroke=\"#24292f\"/>\n\
         <text x=\"{after:.1}\" y=\"{:.1}\">{}</text>\n",
        row.median * scale,
        middle + 4.5,
        figure(row.median, unit),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Formats a figure with its unit. Times of 1,000 µs or more are in milliseconds.
pub(super) fn figure(value: f64, unit: &str) -> String {
    match unit {
        "µs" if value >= 1000.0 => format!("{} ms", significant(value / 1000.0)),
        _ => format!("{} {unit}", significant(value)),
    }
}

/// Formats a value with three significant digits; further digits would be noise.
pub(super) fn significant(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v if v >= 1.0 => format!("{v:.2}"),
        v if v >= 0.1 => format!("{v:.3}"),
        v => format!("{v:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{escaped, figure, significant};

    #[test]
    fn figures_have_three_digits_and_a_unit() {
        assert_eq!(figure(3812.4, "µs"), "3.81 ms");
        assert_eq!(figure(0.7934, "µs"), "0.793 µs");
        assert_eq!(figure(57.31, "MB"), "57.3 MB");
        assert_eq!(significant(204.4), "204");
    }

    #[test]
    fn names_are_escaped_for_svg() {
        assert_eq!(escaped("a & b < c"), "a &amp; b &lt; c");
    }
}
