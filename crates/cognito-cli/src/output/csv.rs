//! Comma-separated values, as in RFC 4180. At a terminal, characters that control it are escaped.

use std::io::{self, Write};

use super::record::Record;
use super::text;

pub(super) fn write_header(out: &mut impl Write, fields: &[&str]) -> io::Result<()> {
    write_line(out, fields.iter().map(|field| (*field).to_owned()))
}

pub(super) fn write_record(
    out: &mut impl Write,
    record: &Record,
    fields: &[&str],
    is_terminal: bool,
) -> io::Result<()> {
    let cell = |field: &&str| {
        let text = text::plain(record.get(field), ";");
        if is_terminal { text::printable(&text) } else { text }
    };
    write_line(out, fields.iter().map(cell))
}

fn write_line(out: &mut impl Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    let cells: Vec<String> = cells.map(quoted).collect();
    write!(out, "{}\r\n", cells.join(","))
}

fn quoted(cell: String) -> String {
    match cell.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}
