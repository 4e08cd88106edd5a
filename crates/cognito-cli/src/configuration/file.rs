//! Files in TOML, whose errors have a line and a reason.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::setting::Setting;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::printable;
use crate::owner::{self, Exposure};

/// The maximum size of a file.
const MAX_BYTES: u64 = 1024 * 1024;

/// Words in the names of settings that would hold secrets, which files must not contain.
const SECRETS: [&str; 4] = ["secret", "password", "token", "key"];

/// Values of settings in a file or a table of it.
pub(super) type Values = BTreeMap<Setting, String>;

/// The text of a file, and its path for messages.
pub(super) struct File<'a> {
    path: &'a Path,
    text: String,
}

impl<'a> File<'a> {
    /// Reads a file; returns `None` if it does not exist.
    pub(super) fn read(path: &'a Path) -> Outcome<Option<Self>> {
        let read = open(path).and_then(text).map(|text| Self { path, text });
        existing(path, read)
    }

    /// Reads a file, unless another user could have written it. Returns `None` if it does not
    /// exist.
    pub(super) fn read_unexposed(path: &'a Path) -> Outcome<Option<Result<Self, Exposure>>> {
        let read = unexposed_text(path).map(|text| text.map(|text| Self { path, text }));
        existing(path, read)
    }

    /// Parses the tables of the file.
    pub(super) fn parse(&self) -> Outcome<DeTable<'_>> {
        match DeTable::parse(&self.text) {
            Ok(table) => Ok(table.into_inner()),
            Err(error) => Err(self.wrong(error.span().as_ref(), error.message())),
        }
    }

    /// Parses the settings of a table. Keys that are not settings are passed to `other`.
    pub(super) fn settings(
        &self,
        table: &DeTable<'_>,
        mut other: impl FnMut(&str, &Spanned<DeValue<'_>>) -> Outcome<bool>,
    ) -> Outcome<Values> {
        let mut values = Values::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match Setting::of_key(name) {
                Some(setting) => drop(values.insert(setting, self.string(name, value)?)),
                None if other(name, value)? => {}
                None => return Err(self.unknown(&key.span(), name)),
            }
        }
        Ok(values)
    }

    pub(super) fn string(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Outcome<String> {
        match value.get_ref().as_str() {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            Some(_) => Err(self.wrong(Some(&value.span()), &format!("`{name}` is empty"))),
            None => {
                let reason = format!("`{}` must be a string", printable(name));
                Err(self.wrong(Some(&value.span()), &reason))
            }
        }
    }

    pub(super) fn unknown(&self, span: &Range<usize>, name: &str) -> Failure {
        let failure = self.wrong(Some(span), &format!("there is no setting `{}`", printable(name)));
        if SECRETS.iter().any(|word| name.to_lowercase().contains(word)) {
            return failure.hint("secrets do not belong in files; set COGNITO_CLIENT_SECRET");
        }
        let keys: Vec<_> = Setting::ALL.iter().map(|setting| setting.key()).collect();
        failure.hint(format!("the settings are {}", keys.join(", ")))
    }

    /// Creates the failure for a place in the file. It contains no value of the file.
    pub(super) fn wrong(&self, span: Option<&Range<usize>>, reason: &str) -> Failure {
        let before = span.and_then(|span| self.text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        let message = format!("{}, line {line}: {reason}", self.path.display());
        Failure::new(Exit::Usage, "bad_configuration", message)
    }
}

/// Returns the content of a file; returns `None` if the file does not exist.
fn existing<T>(path: &Path, read: io::Result<T>) -> Outcome<Option<T>> {
    match read {
        Ok(content) => Ok(Some(content)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => {
            let message = format!("{}: {error}", path.display());
            Err(Failure::new(Exit::Usage, "bad_configuration", message))
        }
    }
}

fn unexposed_text(path: &Path) -> io::Result<Result<String, Exposure>> {
    let exposure = |found: &fs::Metadata| owner::exposure(found, owner::of_process());
    // A link of another user could choose among the files of this user. The file of another user
    // may be unreadable, or a directory.
    for found in [fs::symlink_metadata, fs::metadata] {
        if let Some(exposure) = exposure(&found(path)?) {
            return Ok(Err(exposure));
        }
    }
    let file = open(path)?;
    // The file may have been replaced since.
    match exposure(&file.metadata()?) {
        Some(exposure) => Ok(Err(exposure)),
        None => text(file).map(Ok),
    }
}

fn open(path: &Path) -> io::Result<fs::File> {
    // A link of a project to a device or a pipe would be read without an end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    fs::File::open(path)
}

fn text(file: fs::File) -> io::Result<String> {
    let mut text = String::new();
    file.take(MAX_BYTES.saturating_add(1)).read_to_string(&mut text)?;
    match u64::try_from(text.len()).is_ok_and(|length| length <= MAX_BYTES) {
        true => Ok(text),
        false => Err(io::Error::other(format!("the file has more than {MAX_BYTES} bytes"))),
    }
}

/// Returns whether an error means that a file does not exist.
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
