//! CSV files of user import jobs: header, lines and escapes.

use serde::{Deserialize, Serialize};

use crate::state::attributes::Attributes;
use crate::state::import_job::Position;
use crate::state::settings::PoolSettings;

/// The maximum length of a file, in bytes (quotas of the developer guide).
pub(crate) const MAX_FILE_BYTES: usize = 100 * 1024 * 1024;

/// The maximum length of all files of jobs that have not ended, in bytes. They are in memory.
pub(crate) const MAX_HELD_BYTES: usize = 2 * MAX_FILE_BYTES;

/// The maximum number of users in a file, and of characters in a line (quotas of the developer
/// guide).
const MAX_USERS: usize = 500_000;
const MAX_LINE_CHARS: usize = 16_000;

const USERNAME: &str = "cognito:username";
const MFA_ENABLED: &str = "cognito:mfa_enabled";

/// The column of password hashes, if the job has a hashing algorithm. Users with a hash are
/// rejected, because the API model does not describe the format of hashes.
const PASSWORD_HASH: &str = "password_hash";

/// The uploaded file of an import job.
#[derive(Serialize, Deserialize)]
pub(crate) struct ImportFile {
    /// `None` if the file is not in UTF-8.
    text: Option<String>,
}

/// The columns of a file, in file order.
pub(crate) struct Columns(Vec<String>);

/// The user of a line.
pub(crate) struct Row {
    pub(crate) username: String,
    pub(crate) attributes: Attributes,
    /// `None` if the column is empty.
    pub(crate) mfa_enabled: Option<bool>,
}

/// Lines of a file, and the position after them.
pub(crate) struct Lines {
    pub(crate) lines: Vec<String>,
    pub(crate) position: Position,
    pub(crate) is_last: bool,
}

/// Returns the columns for a pool: the attributes, `cognito:mfa_enabled` and `cognito:username`.
pub(crate) fn columns(settings: &PoolSettings) -> Vec<String> {
    const NOT_IMPORTED: [&str; 2] = ["identities", "sub"];
    let names = settings.schema.iter().map(|attribute| attribute.name.as_str());
    let columns = names.filter(|name| !NOT_IMPORTED.contains(name) && !name.starts_with("dev:"));
    columns.chain([MFA_ENABLED, USERNAME]).map(str::to_owned).collect()
}

impl ImportFile {
    pub(crate) fn new(mut bytes: Vec<u8>) -> Self {
        // A buffer that grew with a body can be twice as long.
        bytes.shrink_to_fit();
        Self { text: String::from_utf8(bytes).ok() }
    }

    /// Returns the memory that the file takes, in bytes.
    pub(crate) fn held_bytes(&self) -> usize {
        self.text.as_ref().map_or(0, String::capacity)
    }

    /// Parses the header, and checks the size of the file if no line was read yet.
    ///
    /// # Errors
    ///
    /// Returns the reason why the file cannot be imported.
    pub(crate) fn columns(&self, settings: &PoolSettings) -> Result<Columns, &'static str> {
        let text = self.text.as_deref().ok_or("it is not in UTF-8")?;
        let header = text.lines().next().unwrap_or_default();
        // The order does not matter, but all columns are required. A byte order mark is part of the
        // first name.
        let names: Vec<String> = fields(header);
        let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
        sorted.retain(|name| *name != PASSWORD_HASH);
        sorted.sort_unstable();
        let mut wanted = columns(settings);
        wanted.sort_unstable();
        if sorted != wanted {
            return Err("its header is not that of the user pool");
        }
        Ok(Columns(names))
    }

    /// Returns whether the file exceeds the quotas.
    pub(crate) fn is_too_large(&self) -> bool {
        let text = self.text.as_deref().unwrap_or_default();
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        text.len() > MAX_FILE_BYTES || lines > MAX_USERS.saturating_add(1)
    }

    /// Returns the next non-blank lines, up to the number of lines that are due.
    pub(crate) fn lines(&self, from: Position, due: u64) -> Lines {
        let text = self.text.as_deref().and_then(|text| text.get(from.bytes..)).unwrap_or_default();
        let mut position = from;
        let mut lines = Vec::new();
        let mut rest = text.split_inclusive('\n');
        while position.lines < due
            && let Some(line) = rest.next()
        {
            let is_header = position.bytes == 0;
            position.bytes = position.bytes.saturating_add(line.len());
            let line = line.trim();
            if !is_header && !line.is_empty() {
                position.lines = position.lines.saturating_add(1);
                lines.push(line.to_owned());
            }
        }
        let is_last = rest.all(|line| line.trim().is_empty());
        Lines { lines, position, is_last }
    }
}

impl Columns {
    /// Returns the user of a line, or `None` if the line is invalid.
    ///
    /// A line that is too long fails alone; it is not known whether the service fails the job.
    pub(crate) fn row(&self, line: &str) -> Option<Row> {
        let Self(columns) = self;
        let values = fields(line);
        if line.chars().count() > MAX_LINE_CHARS || values.len() != columns.len() {
            return None;
        }
        let mut row =
            Row { username: String::new(), attributes: Attributes::default(), mfa_enabled: None };
        for (column, value) in columns.iter().zip(values).filter(|(_, value)| !value.is_empty()) {
            match column.as_str() {
                USERNAME => row.username = value,
                MFA_ENABLED => row.mfa_enabled = Some(boolean(&value)?),
                PASSWORD_HASH => return None,
                "birthdate" => row.attributes.insert("birthdate", iso_date(&value)?),
                // Elsewhere the service stores flags unchanged; for files this is not known.
                "email_verified" | "phone_number_verified" => {
                    row.attributes.insert(column, boolean(&value)?.to_string());
                }
                name => row.attributes.insert(name, value),
            }
        }
        Some(row)
    }
}

/// Splits a line at commas. A comma after a backslash belongs to the value. Quotation marks have no
/// special meaning, and spaces around a value are ignored (developer guide).
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        let escaped = (char == '\\').then(|| chars.next_if_eq(&',')).flatten();
        match (escaped, char, fields.last_mut()) {
            (None, ',', _) => fields.push(String::new()),
            (escaped, char, Some(field)) => field.push(escaped.unwrap_or(char)),
            (_, _, None) => {}
        }
    }
    fields.iter().map(|field| field.trim().to_owned()).collect()
}

fn boolean(text: &str) -> Option<bool> {
    text.to_ascii_lowercase().parse().ok()
}

/// Converts `mm/dd/yyyy` to `yyyy-mm-dd`, the format of the attribute elsewhere. The guide
/// documents the first format; it is not known whether the service converts it.
fn iso_date(text: &str) -> Option<String> {
    let mut parts = text.split('/').map(|part| part.parse().ok());
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    let date = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    parts.next().is_none().then(|| date.ok().map(|date| date.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_comma_after_a_backslash_is_escaped() {
        assert_eq!(fields(r"a\,b, c ,d\e,"), ["a,b", "c", r"d\e", ""]);
        assert_eq!(fields(r#""a,b""#), ["\"a", "b\""]);
        assert_eq!(fields(r"\"), [r"\"]);
    }

    #[test]
    fn birthdates_are_parsed_as_in_the_guide() {
        assert_eq!(iso_date("02/29/2024").as_deref(), Some("2024-02-29"));
        assert_eq!(iso_date("2/3/2024").as_deref(), Some("2024-02-03"));
        for text in ["02/30/2024", "2024-02-29", "1/2", "1/2/3/4", "a/b/c", "13/01/2024"] {
            assert_eq!(iso_date(text), None, "{text}");
        }
    }

    #[test]
    fn lines_continue_after_the_last_ones() {
        let file = ImportFile::new(b"header\r\na\r\n\r\nb\nc".to_vec());
        let first = file.lines(Position::default(), 1);
        assert_eq!((first.lines.concat().as_str(), first.is_last), ("a", false));
        let last = file.lines(first.position, u64::MAX);
        assert_eq!((last.lines.concat().as_str(), last.is_last), ("bc", true));
        let blank = ImportFile::new(b"header\na\n\n \n".to_vec());
        assert!(blank.lines(Position::default(), 1).is_last);
        let empty = ImportFile::new(Vec::new()).lines(Position::default(), 9);
        assert!(empty.lines.is_empty() && empty.is_last);
    }
}
