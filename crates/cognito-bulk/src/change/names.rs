//! The names of a list, from files of several formats.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::users::{NameSource, UserNames};
use crate::csv_text::{self, CsvText, Taken};
use crate::error::{JobError, OfFile};
use crate::text::{self, MAX_LINE, Text};

const NOT_TEXT: &str = "it is neither UTF-8 nor UTF-16 with a byte order mark";
const TOO_LONG: &str = "it is longer than 1 MiB";
const NO_COLUMN: &str = "the header does not contain the column of the user names";
const TWO_COLUMNS: &str = "the header contains the column of the user names twice";

type Names<'a> = Box<dyn Iterator<Item = Result<String, JobError>> + Send + 'a>;

impl UserNames {
    /// Streams the names.
    pub(super) fn read(&self) -> Result<Names<'_>, JobError> {
        match &self.0 {
            NameSource::Names(names) => Ok(Box::new(names.iter().cloned().map(Ok))),
            NameSource::Lines(path) => {
                let lines = FileLines::open(path)?;
                Ok(Box::new(lines.map(|line| Ok(line?.1))))
            }
            NameSource::JsonLines(path) => {
                let lines = FileLines::open(path)?;
                Ok(Box::new(lines.map(|line| {
                    let (number, text) = line?;
                    json_name(&text).ok_or_else(|| {
                        invalid(path, number, "it has no object with the text `username`")
                    })
                })))
            }
            NameSource::Csv { path, column } => csv_names(path, column),
        }
    }
}

/// The non-empty lines of a file, without surrounding spaces, with their numbers.
struct FileLines {
    path: PathBuf,
    text: Text,
    line: Vec<u8>,
    number: u64,
}

impl FileLines {
    fn open(path: &Path) -> Result<Self, JobError> {
        let (text, _) = text::open(path).of_file(path)?;
        Ok(Self { path: path.to_owned(), text, line: Vec::new(), number: 0 })
    }

    /// Reads the next line, without surrounding spaces; returns `None` at the end.
    fn read(&mut self) -> Result<Option<String>, JobError> {
        self.number = self.number.saturating_add(1);
        let is_read = text::read_line(&mut self.text, &mut self.line);
        if !is_read.map_err(|error| unreadable(&self.path, self.number, error))? {
            return Ok(None);
        }
        if self.line.len() > MAX_LINE {
            return Err(invalid(&self.path, self.number, TOO_LONG));
        }
        let line = str::from_utf8(&self.line);
        let line = line.map_err(|_| invalid(&self.path, self.number, NOT_TEXT))?;
        // Concatenated files have a byte order mark inside.
        Ok(Some(line.trim_start_matches('\u{feff}').trim().to_owned()))
    }
}

impl Iterator for FileLines {
    type Item = Result<(u64, String), JobError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.read().transpose()?;
            if !line.as_ref().is_ok_and(String::is_empty) {
                return Some(line.map(|line| (self.number, line)));
            }
        }
    }
}

fn json_name(line: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Line {
        Name(String),
        User { username: String },
    }
    let name = match serde_json::from_str(line).ok()? {
        Line::Name(name) | Line::User { username: name } => name,
    };
    (!name.is_empty()).then_some(name)
}

fn csv_names<'a>(path: &'a Path, column: &str) -> Result<Names<'a>, JobError> {
    let (text, _) = text::open(path).of_file(path)?;
    let text = CsvText::new(text);
    let taken = text.taken();
    let mut reader = csv::Reader::from_reader(text);
    let headers = reader.headers();
    let headers = headers.map_err(|error| csv_error(path, taken.line(), error))?;
    let mut columns = headers.iter().zip(0..).filter(|(name, _)| *name == column);
    let at: usize = match (columns.next(), columns.next()) {
        (Some((_, at)), None) => at,
        (None, _) => return Err(invalid(path, 1, NO_COLUMN)),
        // Either of them may be the right one.
        (Some(_), Some(_)) => return Err(invalid(path, 1, TWO_COLUMNS)),
    };
    Ok(Box::new(CsvNames { path, records: reader.into_records(), at, taken }))
}

/// The names in a column of CSV.
struct CsvNames<'a> {
    path: &'a Path,
    records: csv::StringRecordsIntoIter<CsvText>,
    at: usize,
    taken: Taken,
}

impl Iterator for CsvNames<'_> {
    type Item = Result<String, JobError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.taken.begin(self.records.reader().position());
        let record = self.records.next()?;
        let line = self.taken.line();
        let record = record.map_err(|error| csv_error(self.path, line, error));
        Some(record.and_then(|record| {
            let name = record.get(self.at).map(str::trim).filter(|name| !name.is_empty());
            name.map(str::to_owned).ok_or_else(|| invalid(self.path, line, "its name is empty"))
        }))
    }
}

/// Converts an error of the record that begins at a line.
fn csv_error(path: &Path, line: u64, error: csv::Error) -> JobError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => match csv_text::reason(&error, line) {
            Some((line, reason)) => invalid(path, line, reason),
            None => unreadable(path, line, error),
        },
        csv::ErrorKind::Utf8 { .. } => invalid(path, line, NOT_TEXT),
        csv::ErrorKind::UnequalLengths { .. } => {
            invalid(path, line, "it has another number of fields than the header")
        }
        _ => invalid(path, line, "it is not CSV"),
    }
}

fn unreadable(path: &Path, line: u64, error: io::Error) -> JobError {
    match error.kind() {
        io::ErrorKind::InvalidData => invalid(path, line, NOT_TEXT),
        _ => JobError::Io { path: path.to_owned(), source: error },
    }
}

fn invalid(path: &Path, line: u64, reason: &'static str) -> JobError {
    JobError::InvalidInput { path: path.to_owned(), line, reason }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(names: &UserNames) -> Result<Vec<String>, JobError> {
        names.read()?.collect()
    }

    fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, content).unwrap();
        (directory, path)
    }

    fn invalid_line(names: &UserNames) -> u64 {
        match read(names).unwrap_err() {
            JobError::InvalidInput { line, .. } => line,
            error => panic!("{error}"),
        }
    }

    #[test]
    fn names_are_read_from_lines_with_and_without_byte_order_mark() {
        let (_directory, path) = file("\u{feff}alice\r\n\r\n  bob \nçelik".as_bytes());
        assert_eq!(read(&UserNames::lines(&path)).unwrap(), ["alice", "bob", "çelik"]);
        let (_directory, path) = file("\u{feff}alice\n\u{feff}bob\n".as_bytes());
        assert_eq!(read(&UserNames::lines(&path)).unwrap(), ["alice", "bob"]);
        let (_directory, path) = file(b"alice\n\nb\xffb\n");
        assert_eq!(invalid_line(&UserNames::lines(&path)), 3);
        let missing = read(&UserNames::lines(path.with_extension("missing")));
        assert!(matches!(missing, Err(JobError::Io { .. })));
    }

    #[test]
    fn names_are_read_from_utf16_as_powershell_writes_it() {
        let utf16 = |text: &str| {
            let units = ['\u{feff}'].into_iter().chain(text.chars());
            let units: Vec<u16> = units.collect::<String>().encode_utf16().collect();
            units.into_iter().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
        };
        let (_directory, path) = file(&utf16("alice\r\nçelik\r\n"));
        assert_eq!(read(&UserNames::lines(&path)).unwrap(), ["alice", "çelik"]);
        let (_directory, path) = file(&utf16("id,username\r\n1,çelik\r\n"));
        assert_eq!(read(&UserNames::csv(&path, "username")).unwrap(), ["çelik"]);
    }

    #[test]
    fn lines_and_records_that_are_too_long_are_rejected() {
        let long = "x".repeat(3 * MAX_LINE);
        let (_directory, path) = file(format!("alice\n{long}\nbob").as_bytes());
        assert_eq!(invalid_line(&UserNames::lines(&path)), 2);
        for end in ["\n", "\r\n"] {
            let text = format!("id,username\n1,a\n\n2,\"{long}\n").replace('\n', end);
            let (_directory, path) = file(text.as_bytes());
            assert_eq!(invalid_line(&UserNames::csv(&path, "username")), 4, "{end:?}");
        }
    }

    #[test]
    fn names_are_read_from_json_lines_of_texts_and_of_exports() {
        let (_directory, path) = file(b"\"alice\"\n\n{\"username\":\"b\\nb\",\"sub\":\"1\"}\n");
        assert_eq!(read(&UserNames::json_lines(&path)).unwrap(), ["alice", "b\nb"]);
        for broken in ["{\"name\":\"bob\"}", "7", "{", "\"\"", "{\"username\":null}"] {
            let (_directory, path) = file(format!("\"alice\"\n{broken}\n").as_bytes());
            assert_eq!(invalid_line(&UserNames::json_lines(&path)), 2, "{broken}");
        }
    }

    #[test]
    fn names_are_read_from_a_column_of_csv() {
        let (_directory, path) = file("\u{feff}id,username\n1,\"a,b\"\n2, bob \n".as_bytes());
        assert_eq!(read(&UserNames::csv(&path, "username")).unwrap(), ["a,b", "bob"]);
        assert_eq!(read(&UserNames::csv(&path, "id")).unwrap(), ["1", "2"]);
        assert_eq!(invalid_line(&UserNames::csv(&path, "email")), 1);
        let (_directory, path) = file(b"username,id,username\nbob,1,carol\n");
        assert_eq!(invalid_line(&UserNames::csv(&path, "username")), 1);
        assert_eq!(read(&UserNames::csv(&path, "id")).unwrap(), ["1"]);
        for (broken, line) in [
            ("1,a\n2\n", 3),
            ("1,a\n2,\n", 3),
            ("1,a\n\n\n2,\n", 5),
            ("1,a\n2,\"b\n", 3),
            ("1,a\n2,\"b\n3,c\n", 3),
        ] {
            for end in ["\n", "\r\n"] {
                let text = format!("id,username\n{broken}").replace('\n', end);
                let (_directory, path) = file(text.as_bytes());
                assert_eq!(invalid_line(&UserNames::csv(&path, "username")), line, "{text:?}");
            }
        }
    }
}
