//! Lists of records, which may be larger than the memory.

use std::io::{self, Write};

use super::record::Record;
use super::table::Table;
use super::text::printable_json;
use super::{Format, csv};
use crate::failure::Outcome;

/// A list that is written record by record.
pub(crate) struct Rows<'a, W: Write> {
    format: Format,
    fields: Vec<&'a str>,
    table: Table<'a>,
    is_terminal: bool,
    written: u64,
    out: W,
}

impl<'a, W: Write> Rows<'a, W> {
    pub(super) fn new(format: Format, fields: Vec<&'a str>, is_terminal: bool, out: W) -> Self {
        let table = Table::new(fields.clone());
        Self { format, fields, table, is_terminal, written: 0, out }
    }

    pub(crate) fn push(&mut self, record: &Record) -> Outcome {
        let is_first = self.written == 0;
        self.written = self.written.saturating_add(1);
        match self.format {
            Format::Table => self.table.push(record, &mut self.out)?,
            Format::Json => {
                self.out.write_all(if is_first { b"[\n  " } else { b",\n  " })?;
                self.write_object(record)?;
            }
            Format::Jsonl => {
                self.write_object(record)?;
                self.out.write_all(b"\n")?;
            }
            Format::Csv => {
                if is_first {
                    csv::write_header(&mut self.out, &self.fields)?;
                }
                csv::write_record(&mut self.out, record, &self.fields, self.is_terminal)?;
            }
        }
        Ok(())
    }

    /// Flushes the records that were written so far. A table waits until the widths of its columns
    /// are known.
    pub(crate) fn flush(&mut self) -> Outcome {
        Ok(self.out.flush()?)
    }

    /// Returns the number of records that were written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Ends the list. An empty list is written as `[]`, as a header or as nothing, depending on the
    /// format.
    pub(crate) fn finish(mut self) -> Outcome {
        let is_empty = self.written == 0;
        match self.format {
            Format::Table => self.table.finish(&mut self.out)?,
            Format::Json if is_empty => self.out.write_all(b"[]\n")?,
            Format::Json => self.out.write_all(b"\n]\n")?,
            Format::Csv if is_empty => csv::write_header(&mut self.out, &self.fields)?,
            Format::Jsonl | Format::Csv => {}
        }
        Ok(self.out.flush()?)
    }

    fn write_object(&mut self, record: &Record) -> io::Result<()> {
        let document = serde_json::to_string(&record.object(&self.fields))?;
        self.out.write_all(printable_json(&document).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format, names: &[&str]) -> String {
        written_to(false, format, names)
    }

    fn written_to(is_terminal: bool, format: Format, names: &[&str]) -> String {
        let mut out = Vec::new();
        let mut rows = Rows::new(format, vec!["name", "groups"], is_terminal, &mut out);
        for name in names {
            let groups = vec!["a", "b"];
            rows.push(&Record::new().with("name", *name).with("groups", groups)).unwrap();
        }
        rows.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_format_has_the_same_fields() {
        let names = ["alice", "b,\"o\"b"];
        let json: serde_json::Value = serde_json::from_str(&written(Format::Json, &names)).unwrap();
        assert_eq!(json[1]["name"], "b,\"o\"b");
        assert_eq!(json[0]["groups"], serde_json::json!(["a", "b"]));
        let lines = written(Format::Jsonl, &names);
        assert_eq!(lines.lines().next(), Some(r#"{"name":"alice","groups":["a","b"]}"#));
        let csv = written(Format::Csv, &names);
        assert_eq!(csv, "name,groups\r\nalice,a;b\r\n\"b,\"\"o\"\"b\",a;b\r\n");
        let table = written(Format::Table, &names);
        assert_eq!(table, "NAME    GROUPS\nalice   a, b\nb,\"o\"b  a, b\n");
    }

    #[test]
    fn no_text_controls_a_terminal() {
        let name = "\u{1b}[2J\u{9b}2J\u{202e}\n";
        let csv = |is_terminal| written_to(is_terminal, Format::Csv, &[name]);
        assert_eq!(csv(false), format!("name,groups\r\n\"{name}\",a;b\r\n"), "unchanged");
        assert_eq!(csv(true), "name,groups\r\n\\u{1b}[2J\\u{9b}2J\\u{202e}\\u{a},a;b\r\n");
        for format in [Format::Json, Format::Jsonl] {
            let json = written(format, &[name]);
            let shown = r"\u001b[2J\u009b2J\u202e\n";
            assert!(json.contains(shown), "{json}");
        }
    }

    #[test]
    fn empty_lists_are_well_formed() {
        assert_eq!(written(Format::Json, &[]), "[]\n");
        assert_eq!(written(Format::Jsonl, &[]), "");
        assert_eq!(written(Format::Csv, &[]), "name,groups\r\n");
        assert_eq!(written(Format::Table, &[]), "");
    }
}
