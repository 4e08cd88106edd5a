//! The names of a list, from files of several formats.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::users::{NameSource, UserNames};
use crate::error::{JobError, OfFile};

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

/// The lines of a file that are not empty, without the spaces around them, and their numbers.
struct FileLines {
    path: PathBuf,
    lines: Lines<BufReader<File>>,
    number: u64,
}

impl FileLines {
    fn open(path: &Path) -> Result<Self, JobError> {
        let file = File::open(path).of_file(path)?;
        Ok(Self { path: path.to_owned(), lines: BufReader::new(file).lines(), number: 0 })
    }
}

impl Iterator for FileLines {
    type Item = Result<(u64, String), JobError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.number = self.number.saturating_add(1);
            let line = match self.lines.next()? {
                Ok(line) => line,
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    return Some(Err(invalid(&self.path, self.number, "it is not UTF-8")));
                }
                Err(error) => return Some(Err(error).of_file(&self.path)),
            };
            // Editors on Windows write a byte order mark.
            let text = line.trim_start_matches('\u{feff}').trim();
            if !text.is_empty() {
                return Some(Ok((self.number, text.to_owned())));
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
    let file = File::open(path).of_file(path)?;
    let mut reader = csv::Reader::from_reader(file);
    let headers = reader.headers().map_err(|error| csv_error(path, error))?;
    let at = headers.iter().position(|name| name == column);
    let at = at.ok_or_else(|| invalid(path, 1, "the header does not have the column"))?;
    Ok(Box::new(reader.into_records().map(move |record| {
        let record = record.map_err(|error| csv_error(path, error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let name = record.get(at).map(str::trim).filter(|name| !name.is_empty());
        name.map(str::to_owned).ok_or_else(|| invalid(path, line, "its name is empty"))
    })))
}

fn csv_error(path: &Path, error: csv::Error) -> JobError {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(source) => JobError::Io { path: path.to_owned(), source },
        csv::ErrorKind::Utf8 { .. } => invalid(path, line, "it is not UTF-8"),
        csv::ErrorKind::UnequalLengths { .. } => {
            invalid(path, line, "it has another number of fields than the header")
        }
        _ => invalid(path, line, "it is not CSV"),
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
        let (_directory, path) = file(b"alice\n\nb\xffb\n");
        assert_eq!(invalid_line(&UserNames::lines(&path)), 3);
        let missing = read(&UserNames::lines(path.with_extension("missing")));
        assert!(matches!(missing, Err(JobError::Io { .. })));
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
        for (broken, line) in [("1,a\n2\n", 3), ("1,a\n2,\n", 3), ("1,a\n2,\"b\n", 3)] {
            let (_directory, path) = file(format!("id,username\n{broken}").as_bytes());
            if broken.ends_with("\"b\n") {
                // An open quote ends with the file.
                assert_eq!(read(&UserNames::csv(&path, "username")).unwrap(), ["a", "b"]);
            } else {
                assert_eq!(invalid_line(&UserNames::csv(&path, "username")), line, "{broken}");
            }
        }
    }
}
