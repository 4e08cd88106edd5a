//! Files in TOML, whose errors have a line and a reason.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::setting::Setting;
use crate::failure::{Failure, Outcome};
use crate::output::printable;

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
        let failed = |reason: String| {
            Failure::new(
                crate::failure::Exit::Usage,
                "bad_configuration",
                format!("{}: {reason}", path.display()),
            )
        };
        match fs::metadata(path) {
            Ok(metadata) if metadata.len() > MAX_BYTES => {
                return Err(failed(format!("the file has more than {MAX_BYTES} bytes")));
            }
            // A link of a project to a device or a pipe would be read without an end.
            Ok(metadata) if !metadata.is_file() => {
                return Err(failed("it is not a regular file".to_owned()));
            }
            Ok(_) => {}
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
        }
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self { path, text })),
            Err(error) => Err(failed(error.to_string())),
        }
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
        Failure::new(crate::failure::Exit::Usage, "bad_configuration", message)
    }
}

/// Returns whether an error means that a file does not exist.
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
