//! The users of a file, by the field that identifies them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;

use cognito::bulk::{ClosedQuotes, OpenQuotes};
use csv::{ReaderBuilder, StringRecord};

use super::row::{JsonLines, User};
use crate::app::App;
use crate::commands::users::input;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::printable;
use crate::text;

/// The users of a file.
#[derive(Debug)]
pub(super) struct Users {
    pub(super) by: String,
    pub(super) users: BTreeMap<String, User>,
}

/// A function that adds the user of a line, or the reason why the line is invalid.
type Add<'a> = dyn FnMut(u64, Result<User, String>) -> Outcome + 'a;

impl Users {
    /// Reads a file, or standard input, in the format of its name.
    pub(super) async fn read(path: &Path, by: &str, app: &App) -> Outcome<Self> {
        let by = by.to_owned();
        if input::is_input(path) {
            let text = app.terminal.read_input().await?;
            let is_csv = input::is_csv_text(&text);
            return Self::of_text(Box::new(Cursor::new(text)), is_csv, "standard input", by);
        }
        let (name, is_csv) = (format!("the file {}", path.display()), input::is_csv_name(path));
        let path = app.environment.directory().join(path);
        // A pipe blocks until another program writes to it; an interrupt ends the command meanwhile.
        let read = tokio::task::spawn_blocking(move || {
            let file = File::open(&path).map_err(|error| unreadable(&name, &error))?;
            let text = text::open(file).map_err(|error| unreadable(&name, &error))?;
            Self::of_text(text, is_csv, &name, by)
        });
        read.await.map_err(io::Error::other)?
    }

    fn of_text(text: Box<dyn BufRead>, is_csv: bool, name: &str, by: String) -> Outcome<Self> {
        let mut users = Self { by, users: BTreeMap::new() };
        let mut add = |line, user| users.add(user).map_err(|reason| at(line, name, &reason));
        match is_csv {
            true => read_csv(text, name, &mut add)?,
            false => read_json_lines(text, name, &mut add)?,
        }
        match users.users.is_empty() {
            true => Err(Failure::usage(format!("{name} contains no users"))),
            false => Ok(users),
        }
    }

    pub(super) fn have_groups(&self) -> bool {
        self.users.values().any(|user| user.groups.is_some())
    }

    fn add(&mut self, user: Result<User, String>) -> Result<(), String> {
        let user = user?;
        let by = printable(&self.by);
        let key = user.value(&self.by).ok_or_else(|| format!("the user has no `{by}`"))?;
        match self.users.entry(key.to_owned()) {
            Entry::Occupied(_) => Err(format!("an earlier line has the same `{by}`")),
            Entry::Vacant(entry) => {
                entry.insert(user);
                Ok(())
            }
        }
    }
}

fn read_json_lines(text: Box<dyn BufRead>, name: &str, add: &mut Add<'_>) -> Outcome {
    let mut lines = JsonLines::new(text);
    while let Some((line, user)) = lines.next().map_err(|error| unreadable(name, &error))? {
        add(line, user)?;
    }
    Ok(())
}

fn read_csv(text: impl Read, name: &str, add: &mut Add<'_>) -> Outcome {
    let mut bytes = Vec::new();
    ClosedQuotes::new(text).read_to_end(&mut bytes).map_err(|error| unclosed(&error, name))?;
    let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&*bytes);
    let mut header = None;
    for record in reader.into_byte_records() {
        let record = record.map_err(|error| unreadable(name, &error.into()))?;
        let line = line(&bytes, record.position());
        let record = StringRecord::from_byte_record(record);
        let record = record.map_err(|_| at(line, name, "it is not UTF-8"))?;
        match &header {
            None => {
                check_header(&record, name)?;
                header = Some(record);
            }
            Some(header) if record.len() != header.len() => {
                return Err(at(line, name, "it has another number of cells than the header"));
            }
            Some(header) => add(line, of_cells(header, &record))?,
        }
    }
    Ok(())
}

fn unclosed(error: &io::Error, name: &str) -> Failure {
    match OpenQuotes::of(error) {
        Some(open) => at(open.line(), name, &open.to_string()),
        None => unreadable(name, error),
    }
}

/// Returns the line of a record. Its position is that of the blank lines before it, and of the line
/// feed after a record with CRLF.
fn line(text: &[u8], position: Option<&csv::Position>) -> u64 {
    let at = position.and_then(|position| usize::try_from(position.byte()).ok());
    let rest = at.and_then(|at| text.get(at..)).unwrap_or_default();
    let before = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    let feeds = u64::try_from(before.filter(|byte| **byte == b'\n').count()).unwrap_or_default();
    position.map_or(1, csv::Position::line).saturating_add(feeds)
}

fn check_header(header: &StringRecord, name: &str) -> Outcome {
    let mut names = header.iter().collect::<Vec<_>>();
    names.sort_unstable();
    if names.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
        return Err(at(1, name, "the header has a column twice"));
    }
    // Either value of an attribute may be the right one.
    let empty = StringRecord::from(vec![""; header.len()]);
    let has_attribute = of_cells(header, &empty).is_ok_and(|user| !user.attributes.is_empty());
    if names.contains(&"attributes") && has_attribute {
        return Err(at(1, name, "the header has `attributes` and a column of an attribute"));
    }
    Ok(())
}

/// Returns the user of a record. An empty cell means that the user does not have the attribute.
fn of_cells(header: &StringRecord, record: &StringRecord) -> Result<User, String> {
    let mut user = User::default();
    for (column, cell) in header.iter().zip(record) {
        let text = || Some(cell.to_owned()).filter(|cell| !cell.is_empty());
        match column.trim_start_matches('\u{feff}') {
            "username" | "cognito:username" => user.username = text(),
            "sub" => user.sub = text(),
            "status" => user.status = text(),
            "enabled" if cell.is_empty() => {}
            "enabled" => {
                let enabled = cell.to_ascii_lowercase().parse();
                user.enabled =
                    Some(enabled.map_err(|_| "`enabled` must be true or false".to_owned())?);
            }
            "groups" => user.groups = Some(cell.split_whitespace().map(str::to_owned).collect()),
            "attributes" if cell.is_empty() => {}
            "attributes" => user.read_attributes(cell)?,
            "created" | "modified" | "mfa" | "preferred_mfa" | "cognito:mfa_enabled" => {}
            "password" | "temporary_password" | "password_hash" => {}
            name => {
                user.attributes.insert(name.to_owned(), cell.to_owned());
            }
        }
    }
    Ok(user)
}

fn at(line: u64, name: &str, reason: &str) -> Failure {
    let message = format!("line {line} of {name}: {}", printable(reason));
    Failure::new(Exit::Usage, "invalid_input", message)
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    let exit = match error.kind() {
        io::ErrorKind::NotFound => Exit::NotFound,
        io::ErrorKind::InvalidData => Exit::Usage,
        _ => Exit::Failed,
    };
    Failure::new(exit, "unreadable_file", format!("{name} cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<User>, String> {
        read_bytes(text.as_bytes())
    }

    fn read_bytes(text: &[u8]) -> Result<Vec<User>, String> {
        let mut users = Vec::new();
        let mut add = |line, user: Result<User, String>| {
            users.push(user.map_err(|reason| at(line, "users.csv", &reason))?);
            Ok(())
        };
        let read = read_csv(text, "users.csv", &mut add);
        read.map_err(|failure| failure.message().to_owned()).map(|()| users)
    }

    #[test]
    fn cells_are_the_fields_of_their_columns() {
        let text = "\u{feff}username,enabled,groups,email,password\r\nbob,FALSE,b a,,Secret-1\r\n";
        let bob = read(text).unwrap().remove(0);
        assert_eq!((bob.value("username"), bob.enabled), (Some("bob"), Some(false)));
        assert_eq!(bob.groups.unwrap().into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(
            bob.attributes.into_iter().collect::<Vec<_>>(),
            [("email".to_owned(), String::new())]
        );
        assert!(!bob.has_all_attributes);
        assert_eq!(read("").unwrap().len() + read("\r\n").unwrap().len(), 0);
        assert_eq!(read("username\na\n\"b\"\n\u{1}").unwrap().len(), 3);
    }

    #[test]
    fn column_of_attributes_has_all_of_them() {
        let text = "username,attributes\r\nbob,\"{\"\"name\"\":\"\"B\"\",\"\"sub\"\":\"\"1\"\"}\"\r\nal,\r\n";
        let users = read(text).unwrap();
        assert_eq!((users[0].value("name"), users[0].has_all_attributes), (Some("B"), true));
        assert_eq!((users[0].attributes.len(), users[1].has_all_attributes), (1, false));
    }

    #[test]
    fn bytes_that_are_not_utf8_do_not_end_the_file() {
        for text in [&b"username\na\n\xff\xfe\nb\n"[..], b"username,name\na,A\nb,B\xff\xfe\n"] {
            assert_eq!(read_bytes(text).unwrap_err(), "line 3 of users.csv: it is not UTF-8");
        }
        let text = "username,name\na,\"A\u{1}\"\nb,B\u{1}";
        let names: Vec<_> =
            read(text).unwrap().iter().map(|user| user.attributes["name"].clone()).collect();
        assert_eq!(names, ["A\u{1}", "B\u{1}"]);
    }

    #[test]
    fn wrong_records_have_line_and_reason() {
        for (text, expected) in [
            ("username,name,name\n", "line 1 of users.csv: the header has a column twice"),
            (
                "username,attributes,name\n",
                "line 1 of users.csv: the header has `attributes` and a column of an attribute",
            ),
            (
                "username,name\na\n",
                "line 2 of users.csv: it has another number of cells than the header",
            ),
            (
                "username,attributes\na,[]\n",
                "line 2 of users.csv: `attributes` is not a JSON object of texts",
            ),
            ("username,enabled\na,no\n", "line 2 of users.csv: `enabled` must be true or false"),
            (
                "username,name\na,A\nb,\"B\nc,C\n",
                "line 3 of users.csv: a quotation mark is not closed",
            ),
            ("username,\"name\na,A\n", "line 1 of users.csv: a quotation mark is not closed"),
            (
                "username,name\na,\"A\nA\"\n\n\nb\n",
                "line 6 of users.csv: it has another number of cells than the header",
            ),
        ] {
            for end in ["\n", "\r\n"] {
                let text = text.replace('\n', end);
                assert_eq!(read(&text).unwrap_err(), expected, "{text:?}");
            }
        }
    }
}
