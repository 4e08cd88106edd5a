//! Users in CSV, with the header of an export or of the service's import jobs.

use std::io;

use cognito_types::Password;
use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::attributes::Attributes;
use super::rejection::{self, RejectionReason};
use super::text::Text;
use super::user::{InputUser, Row};
use crate::csv_text::{self, CsvText, Taken};

/// The records of an input.
pub(super) struct CsvRecords {
    reader: Reader<CsvText>,
    columns: Vec<Column>,
    record: ByteRecord,
    taken: Taken,
}

enum Column {
    Username,
    Status,
    Enabled,
    Groups,
    Password,
    TemporaryPassword,
    PasswordHash,
    /// A field that only the service can set.
    Ignored(&'static str),
    /// All attributes as a JSON object, as in `cognito users list --output csv`.
    Attributes,
    Attribute(String),
}

/// The reason why the rest of an input cannot be read.
pub(super) enum CsvError {
    Io(io::Error),
    /// An invalid header or record, with its line and the reason.
    Invalid(u64, &'static str),
}

impl CsvRecords {
    /// Opens an input, and reads its header.
    pub(super) fn new(text: Text) -> Result<Self, CsvError> {
        let text = CsvText::new(text);
        let taken = text.taken();
        // Records of another length than the header are rejected one by one.
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let mut records = Self { reader, columns: Vec::new(), record: ByteRecord::new(), taken };
        let line = records.read()?;
        let invalid = |reason| CsvError::Invalid(line.unwrap_or(1), reason);
        records.columns = columns(&records.record).map_err(invalid)?;
        Ok(records)
    }

    /// Returns the user of the next record.
    pub(super) fn next(&mut self) -> Result<Option<Row>, CsvError> {
        Ok(self.read()?.map(|line| Row { line, user: self.user() }))
    }

    /// Reads a record, and returns the line at which it begins.
    fn read(&mut self) -> Result<Option<u64>, CsvError> {
        self.taken.begin(self.reader.position());
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Ok(Some(self.taken.line())),
            Ok(false) => Ok(None),
            Err(error) => Err(Self::failure(self.taken.line(), error)),
        }
    }

    /// Returns the reason why the record that begins at a line cannot be read.
    fn failure(line: u64, error: csv::Error) -> CsvError {
        let ErrorKind::Io(error) = error.into_kind() else {
            return CsvError::Invalid(line, "it is not CSV");
        };
        match csv_text::reason(&error, line) {
            Some((line, reason)) => CsvError::Invalid(line, reason),
            None => CsvError::Io(error),
        }
    }

    fn user(&self) -> Result<InputUser, RejectionReason> {
        if self.record.len() != self.columns.len() {
            return Err(RejectionReason::Malformed);
        }
        let mut user = InputUser::default();
        for (column, value) in self.columns.iter().zip(&self.record) {
            let value = std::str::from_utf8(value).map_err(|_| RejectionReason::NotUtf8)?;
            if !value.is_empty() {
                column.set(&mut user, value)?;
            }
        }
        Ok(user)
    }
}

impl Column {
    fn new(name: &str) -> Self {
        match name {
            "username" | "cognito:username" => Self::Username,
            "status" => Self::Status,
            "enabled" => Self::Enabled,
            "groups" => Self::Groups,
            "attributes" => Self::Attributes,
            "password" => Self::Password,
            "temporary_password" => Self::TemporaryPassword,
            "password_hash" => Self::PasswordHash,
            "created" => Self::Ignored("created"),
            "modified" => Self::Ignored("modified"),
            "mfa" => Self::Ignored("mfa"),
            "preferred_mfa" => Self::Ignored("preferred_mfa"),
            "cognito:mfa_enabled" => Self::Ignored("cognito:mfa_enabled"),
            _ => Self::Attribute(name.to_owned()),
        }
    }

    /// Sets the field of a user to a value that is not empty.
    fn set(&self, user: &mut InputUser, value: &str) -> Result<(), RejectionReason> {
        match self {
            Self::Username => value.clone_into(&mut user.username),
            Self::Status => user.status = Some(value.to_owned()),
            Self::Enabled => {
                let is_enabled = value.to_ascii_lowercase().parse();
                let invalid = |_| RejectionReason::InvalidField(rejection::name("enabled"));
                user.is_enabled = is_enabled.map_err(invalid)?;
            }
            Self::Groups => user.groups = value.split_whitespace().map(str::to_owned).collect(),
            Self::Password => user.password = Some(Password::from(value)),
            Self::TemporaryPassword => user.temporary_password = Some(Password::from(value)),
            Self::PasswordHash => user.has_password_hash = true,
            Self::Ignored(name) => user.ignored.push(name),
            Self::Attributes => {
                let attributes: Result<Attributes, _> = serde_json::from_str(value);
                let invalid = |_| RejectionReason::InvalidField(rejection::name("attributes"));
                attributes.map_err(invalid)?.add_to(user)?;
            }
            Self::Attribute(name) => user.add_attribute(name.clone(), value.to_owned()),
        }
        Ok(())
    }
}

fn columns(header: &ByteRecord) -> Result<Vec<Column>, &'static str> {
    let mut names: Vec<&str> = Vec::new();
    for name in header {
        let name = std::str::from_utf8(name).map_err(|_| "it is not UTF-8")?;
        if names.contains(&name) {
            return Err("the header has a column twice");
        }
        names.push(name);
    }
    let columns: Vec<Column> = names.into_iter().map(Column::new).collect();
    // Either value of an attribute may be the right one. Only the service sets `sub`.
    let is_attribute = |column: &Column| matches!(column, Column::Attribute(name) if name != "sub");
    let has_all = columns.iter().any(|column| matches!(column, Column::Attributes));
    if has_all && columns.iter().any(is_attribute) {
        return Err("the header has `attributes` and a column of an attribute");
    }
    match columns.iter().filter(|column| matches!(column, Column::Username)).count() {
        0 => Err("the header has no column `username` or `cognito:username`"),
        1 => Ok(columns),
        _ => Err("the header has two columns for the user name"),
    }
}

impl From<io::Error> for CsvError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv_quotes::OPEN_QUOTES;
    use crate::csv_text::LONG_RECORD;
    use crate::text::MAX_LINE;

    fn records(text: &str) -> Result<CsvRecords, CsvError> {
        CsvRecords::new(Box::new(io::Cursor::new(text.to_owned().into_bytes())))
    }

    fn rows(text: &str) -> Vec<Row> {
        let mut records = records(text).ok().unwrap();
        std::iter::from_fn(|| records.next().ok().unwrap()).collect()
    }

    fn invalid(error: CsvError) -> (u64, &'static str) {
        match error {
            CsvError::Invalid(line, reason) => (line, reason),
            CsvError::Io(error) => panic!("{error}"),
        }
    }

    #[test]
    fn records_are_read_by_the_header_of_an_export_and_of_an_import_job() {
        let export = "username,sub,status,enabled,created,modified,groups,email,name\r\n\
                      bob,34c8,CONFIRMED,False,x,x,staff all,b@x.io,\"B \"\"b\"\",\nB\"\r\n\r\n\
                      al,,,,,,,,\r\n";
        let users = rows(export);
        assert_eq!(users.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 5]);
        let bob = users[0].user.as_ref().ok().unwrap();
        assert_eq!(bob.attributes["name"], "B \"b\",\nB");
        assert_eq!(bob.groups, ["staff", "all"]);
        assert_eq!((bob.is_enabled, bob.ignored.len()), (false, 3));
        assert!(users[1].user.as_ref().ok().unwrap().is_enabled);

        let job = "name,email,cognito:mfa_enabled,cognito:username\nAl,a@x.io,FALSE,al\n";
        let al = rows(job).remove(0).user.ok().unwrap();
        assert_eq!((&*al.username, &*al.ignored), ("al", &["cognito:mfa_enabled"][..]));
    }

    #[test]
    fn attributes_are_read_from_the_column_of_a_list() {
        let list = "username,sub,attributes\r\n\
                    bob,34c8,\"{\"\"email\"\":\"\"b@x.io\"\",\"\"custom:n\"\":7}\"\r\n\
                    al,34c9,{}\r\neve,34ca,[]\r\n";
        let users = rows(list);
        let bob = users[0].user.as_ref().ok().unwrap();
        assert_eq!((&*bob.attributes["email"], &*bob.attributes["custom:n"]), ("b@x.io", "7"));
        assert!(users[1].user.as_ref().ok().unwrap().attributes.is_empty());
        let invalid = RejectionReason::InvalidField(rejection::name("attributes"));
        assert_eq!(users[2].user.as_ref().err(), Some(&invalid));
    }

    #[test]
    fn records_have_the_numbers_of_their_first_lines() {
        for end in ["\n", "\r\n"] {
            let text = "username,name\na,\"A\nA\"\n\n\nb,\"x\n\ny\"\nc,C";
            let lines: Vec<_> = rows(&text.replace('\n', end)).iter().map(|row| row.line).collect();
            assert_eq!(lines, [2, 6, 9], "{end:?}");
        }
    }

    #[test]
    fn records_of_another_length_are_rejected_one_by_one() {
        let reasons: Vec<_> = rows("username,name\na\nb,B\nc,C,\n")
            .into_iter()
            .map(|row| (row.line, row.user.err()))
            .collect();
        let malformed = Some(RejectionReason::Malformed);
        assert_eq!(reasons, [(2, malformed.clone()), (3, None), (4, malformed)]);
    }

    #[test]
    fn a_header_without_a_user_name_or_with_a_column_twice_is_invalid() {
        for (header, expected) in [
            ("", "no column"),
            ("username;name\n", "no column"),
            ("username,name,name\n", "a column twice"),
            ("username,cognito:username\n", "two columns"),
            ("username,attributes,email\n", "a column of an attribute"),
        ] {
            let (line, reason) = invalid(records(header).err().unwrap());
            assert!(line == 1 && reason.contains(expected), "{header}: {reason}");
        }
    }

    #[test]
    fn lines_after_an_open_quotation_mark_do_not_become_a_value() {
        for end in ["\n", "\r\n"] {
            let text = "username,name\na,A\n\nb,\"B\nc,C\n".replace('\n', end);
            let mut records = records(&text).ok().unwrap();
            assert!(records.next().ok().flatten().is_some());
            assert_eq!(invalid(records.next().err().unwrap()), (4, OPEN_QUOTES), "{end:?}");
        }
        let header = records("username,\"name\na,A\n").err().unwrap();
        assert_eq!(invalid(header), (1, OPEN_QUOTES));
    }

    #[test]
    fn an_open_quotation_mark_does_not_take_the_file_into_memory() {
        let text = format!("username\na\n\"b\n{}", "x".repeat(MAX_LINE * 3));
        let mut records = records(&text).ok().unwrap();
        assert!(records.next().ok().flatten().is_some());
        assert_eq!(invalid(records.next().err().unwrap()), (3, LONG_RECORD));
        assert!(records.record.as_slice().len() < MAX_LINE * 2);
    }
}
