//! Tables with aligned columns and without lines, which `grep` and `awk` can process too.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::record::Record;
use super::text::{plain, printable};

/// The number of rows that determine the widths of the columns. Further rows are not kept in
/// memory.
const SAMPLE: usize = 1_000;

/// A table that is written as soon as the widths of its columns are known.
pub(super) struct Table<'a> {
    fields: Vec<&'a str>,
    sample: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
}

impl<'a> Table<'a> {
    pub(super) fn new(fields: Vec<&'a str>) -> Self {
        Self { fields, sample: Vec::new(), widths: None }
    }

    pub(super) fn push(&mut self, record: &Record, out: &mut impl Write) -> io::Result<()> {
        let cells: Vec<_> = self.fields.iter().map(|field| cell(record, field)).collect();
        match &self.widths {
            Some(widths) => write_line(out, &cells, widths),
            None => {
                self.sample.push(cells);
                if self.sample.len() < SAMPLE { Ok(()) } else { self.write_sample(out) }
            }
        }
    }

    pub(super) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.sample.is_empty() { Ok(()) } else { self.write_sample(out) }
    }

    fn write_sample(&mut self, out: &mut impl Write) -> io::Result<()> {
        let header = self.fields.iter().map(|field| printable(&field.to_uppercase())).collect();
        self.sample.insert(0, header);
        let widths = self.widths.insert(widths(&self.sample));
        let rows = std::mem::take(&mut self.sample);
        rows.iter().try_for_each(|row| write_line(out, row, widths))
    }
}

/// Writes one record: a line for each field.
pub(super) fn write_record(
    out: &mut impl Write,
    record: &Record,
    fields: &[&str],
) -> io::Result<()> {
    let rows: Vec<_> =
        fields.iter().map(|field| vec![printable(field), cell(record, field)]).collect();
    let widths = widths(&rows);
    rows.iter().try_for_each(|row| write_line(out, row, &widths))
}

fn cell(record: &Record, field: &str) -> String {
    // Users choose the values of attributes, which must not control the terminal.
    printable(&plain(record.get(field), ", "))
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.width()).max().unwrap_or_default()
    };
    (0..columns).map(width).collect()
}

fn write_line(out: &mut impl Write, cells: &[String], widths: &[usize]) -> io::Result<()> {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(cell);
        // Two spaces between columns.
        let padding = width.saturating_sub(cell.width()).saturating_add(2);
        line.extend(std::iter::repeat_n(' ', padding));
    }
    writeln!(out, "{}", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(names: impl Iterator<Item = String>) -> String {
        let mut out = Vec::new();
        let mut table = Table::new(vec!["name", "age"]);
        names.for_each(|name| {
            table.push(&Record::new().with("name", name).with("age", 7), &mut out).unwrap();
        });
        table.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned_by_the_width_on_the_terminal() {
        let names = ["漢字", "abc"].map(str::to_owned);
        assert_eq!(table(names.into_iter()), "NAME  AGE\n漢字  7\nabc   7\n");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let names = ["\u{1b}]0;title\u{7}", "a\nb", "\u{9b}2J", "\u{202e}abc"].map(str::to_owned);
        let table = table(names.into_iter());
        let controls = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!table.contains(controls), "{table:?}");
        assert_eq!(table.lines().count(), 5);

        // Claims of tokens and settings of files have any names.
        let (name, mut out) = ("a\u{1b}]0;title\u{7}", Vec::new());
        write_record(&mut out, &Record::new().with(name, "b"), &[name]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\\u{1b}]0;title\\u{7}  b\n");
    }

    #[test]
    fn long_tables_are_written_before_their_end() {
        let mut out = Vec::new();
        let mut table = Table::new(vec!["name"]);
        (0..SAMPLE).for_each(|_| table.push(&Record::new().with("name", "a"), &mut out).unwrap());
        assert_eq!(out.len(), "NAME\n".len() + SAMPLE * "a\n".len());
    }
}
