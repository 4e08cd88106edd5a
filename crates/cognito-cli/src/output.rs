//! Data on standard output, in the format that the user selected. Nothing else is written there.

mod csv;
mod record;
mod rows;
mod table;
mod text;

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;

pub(crate) use self::record::Record;
pub(crate) use self::rows::Rows;
pub(crate) use self::text::{
    counted, printable, printable_json, printable_lines, printable_url, time,
};
use crate::failure::{Failure, Outcome};

/// A format of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns for people
    Table,
    /// One JSON document
    Json,
    /// One JSON document on each line
    Jsonl,
    /// Comma-separated values with a header (RFC 4180)
    Csv,
}

impl Format {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let all = Self::value_variants().iter();
        all.copied().find(|format| format.name() == name)
    }

    /// Returns whether errors are JSON too.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}

/// The output of a command.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    format: Format,
    /// The fields that the user selected, in order; if empty, all fields are written.
    fields: Vec<String>,
    /// True if standard output is a terminal, which no text may control.
    is_terminal: bool,
}

impl Output {
    pub(crate) fn new(format: Format, fields: Vec<String>) -> Self {
        Self { format, fields, is_terminal: io::stdout().is_terminal() }
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Starts a list of records with these fields.
    pub(crate) fn rows<'a>(&'a self, fields: &[&'a str]) -> Outcome<Rows<'a, impl Write + use<>>> {
        self.rows_of(fields, fields)
    }

    /// Starts a list of records with these fields, some of which are shown by default.
    pub(crate) fn rows_of<'a>(
        &'a self,
        shown: &[&'a str],
        fields: &[&'a str],
    ) -> Outcome<Rows<'a, impl Write + use<>>> {
        let selected = if self.fields.is_empty() { shown.to_vec() } else { self.selected(fields)? };
        Ok(Rows::new(self.format, selected, self.is_terminal, standard_output()))
    }

    /// Writes one record, such as the description of a user.
    pub(crate) fn record(&self, record: &Record) -> Outcome {
        let names: Vec<&str> = record.names().collect();
        let selected = self.selected(&names)?;
        let mut out = standard_output();
        match self.format {
            Format::Table => {
                let lines = record.lines(&selected);
                let names: Vec<&str> = lines.names().collect();
                table::write_record(&mut out, &lines, &names)?;
            }
            Format::Json => {
                let document = serde_json::to_string_pretty(&record.object(&selected));
                let document = document.map_err(io::Error::from)?;
                writeln!(out, "{}", printable_json(&document))?;
            }
            Format::Jsonl | Format::Csv => {
                let mut rows = Rows::new(self.format, selected, self.is_terminal, out);
                rows.push(record)?;
                return rows.finish();
            }
        }
        Ok(out.flush()?)
    }

    /// Writes a text that is the whole output, such as a token; unchanged, except at a terminal.
    pub(crate) fn text(&self, text: &str) -> Outcome {
        let mut out = standard_output();
        let shown = self.is_terminal.then(|| printable_lines(text));
        let text = shown.as_deref().unwrap_or(text);
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        Ok(out.flush()?)
    }

    /// Returns the selected fields in the user's order.
    fn selected<'a>(&'a self, fields: &[&'a str]) -> Outcome<Vec<&'a str>> {
        if self.fields.is_empty() {
            return Ok(fields.to_vec());
        }
        let check = |name: &'a String| match record::is_selectable(name, fields) {
            true => Ok(name.as_str()),
            false => Err(unknown_field(name, fields)),
        };
        self.fields.iter().map(check).collect()
    }
}

fn unknown_field(name: &str, fields: &[&str]) -> Failure {
    let message = format!("the output has no field `{}`", printable(name));
    let attributes = match fields.contains(&record::ATTRIBUTES) {
        true => ", and attributes such as email and custom:tenant",
        false => "",
    };
    Failure::usage(message).hint(format!("its fields are {}{attributes}", fields.join(", ")))
}

fn standard_output() -> impl Write + use<> {
    io::BufWriter::new(io::stdout())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_a_wrong_command_line() {
        let output = Output::new(Format::Csv, vec!["name".to_owned(), "agee".to_owned()]);
        let failure = output.selected(&["age", "name"]).unwrap_err();
        assert_eq!(failure.exit().code(), 2);
        assert!(failure.to_text(false).contains("its fields are age, name"));
        let output = Output::new(Format::Csv, vec!["name".to_owned(), "age".to_owned()]);
        assert_eq!(output.selected(&["age", "name"]).unwrap(), ["name", "age"]);
    }
}
