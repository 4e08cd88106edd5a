//! Users in JSON Lines, as an export writes them.

use std::collections::BTreeMap;
use std::io;

use cognito_types::Password;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::attributes::Attributes;
use super::rejection::{self, RejectionReason};
use super::text::{self, MAX_LINE, Text};
use super::user::{InputUser, Row};

/// The lines of an input.
pub(super) struct JsonLines {
    text: Text,
    number: u64,
    line: Vec<u8>,
}

impl JsonLines {
    pub(super) fn new(text: Text) -> Self {
        Self { text, number: 0, line: Vec::new() }
    }

    /// Returns the user of the next line that is not blank.
    pub(super) fn next(&mut self) -> io::Result<Option<Row>> {
        while text::read_line(&mut self.text, &mut self.line)? {
            self.number = self.number.saturating_add(1);
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some(Row { line: self.number, user: parsed(&self.line) }));
            }
        }
        Ok(None)
    }
}

/// A line of the input. It may contain the members of an export that only the service can set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    username: Option<String>,
    attributes: Option<Attributes>,
    status: Option<String>,
    enabled: Option<bool>,
    groups: Option<Vec<String>>,
    password: Option<Password>,
    temporary_password: Option<Password>,
    password_hash: Option<IgnoredAny>,
    sub: Option<IgnoredAny>,
    created: Option<IgnoredAny>,
    modified: Option<IgnoredAny>,
    mfa: Option<IgnoredAny>,
    preferred_mfa: Option<IgnoredAny>,
}

fn parsed(line: &[u8]) -> Result<InputUser, RejectionReason> {
    if line.len() > MAX_LINE {
        return Err(RejectionReason::TooLong);
    }
    let line = std::str::from_utf8(line).map_err(|_| RejectionReason::NotUtf8)?;
    // Serde would also accept an array of the values in order.
    if !line.trim_start().starts_with('{') {
        return Err(RejectionReason::Malformed);
    }
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let mut read: Line =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|e| reason(&e))?;
    deserializer.end().map_err(|_| RejectionReason::Malformed)?;
    let attributes = read.attributes.take().unwrap_or_default();
    let mut user = InputUser::from(read);
    attributes.add_to(&mut user)?;
    Ok(user)
}

/// Returns the reason for an error, without its message, which may contain the value of a field.
fn reason(error: &serde_path_to_error::Error<serde_json::Error>) -> RejectionReason {
    let path = error.path().to_string();
    if path == "." || !error.inner().is_data() {
        return RejectionReason::Malformed;
    }
    if error.inner().to_string().starts_with("unknown field") {
        return RejectionReason::UnknownField(rejection::name(&path));
    }
    RejectionReason::InvalidField(rejection::name(&path))
}

impl From<Line> for InputUser {
    fn from(line: Line) -> Self {
        let ignored = [
            ("sub", line.sub),
            ("created", line.created),
            ("modified", line.modified),
            ("mfa", line.mfa),
            ("preferred_mfa", line.preferred_mfa),
        ];
        let ignored = ignored.into_iter().filter_map(|(name, value)| value.map(|_| name));
        Self {
            username: line.username.unwrap_or_default(),
            attributes: BTreeMap::new(),
            status: line.status,
            is_enabled: line.enabled.unwrap_or(true),
            groups: line.groups.unwrap_or_default(),
            password: line.password,
            temporary_password: line.temporary_password,
            has_password_hash: line.password_hash.is_some(),
            ignored: ignored.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_an_export_are_read_with_their_ignored_members() {
        let line = r#"{"username":"bob","sub":"34c8","status":"CONFIRMED","enabled":false,
            "created":"2026-11-28T22:15:46Z","attributes":{"email":"b@x.io","email_verified":true,
            "custom:n":7,"name":null,"sub":"34c8"},"groups":["staff"],"password":"Secret-1"}"#;
        let user = parsed(line.replace('\n', "").as_bytes()).unwrap();
        assert_eq!((&*user.username, user.is_enabled), ("bob", false));
        let attributes = [("custom:n", "7"), ("email", "b@x.io"), ("email_verified", "true")];
        let read: Vec<_> = user.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(read, attributes);
        assert_eq!(user.ignored, ["sub", "created", "sub"]);
        assert_eq!(user.groups, ["staff"]);
        assert_eq!(user.password.unwrap().expose_secret(), "Secret-1");
    }

    #[test]
    fn bad_lines_have_a_reason_without_their_values() {
        let name = str::to_owned;
        let inexact = || RejectionReason::InexactNumber(name("custom:id"));
        for (line, expected) in [
            (&b"{\"username\":\"bob\"} {}"[..], RejectionReason::Malformed),
            (b"{\"username\":\"bob\"", RejectionReason::Malformed),
            (b"[1]", RejectionReason::Malformed),
            (b"\"Secret-1\"", RejectionReason::Malformed),
            (b"{\"username\":\"b\xff\"}", RejectionReason::NotUtf8),
            (b"{\"usrname\":\"Secret-1\"}", RejectionReason::UnknownField(name("usrname"))),
            (b"{\"password\":7}", RejectionReason::InvalidField(name("password"))),
            (b"{\"enabled\":\"Secret-1\"}", RejectionReason::InvalidField(name("enabled"))),
            (b"{\"groups\":[1]}", RejectionReason::InvalidField(name("groups[0]"))),
            (
                b"{\"attributes\":{\"name\":[\"Secret-1\"]}}",
                RejectionReason::InvalidField(name("attributes.name")),
            ),
            (
                b"{\"attributes\":{\"name\":\"Secret-1\",\"name\":\"Secret-2\"}}",
                RejectionReason::InvalidField(name("attributes")),
            ),
            (b"{\"attributes\":{\"custom:id\":123456789012345678901234567890}}", inexact()),
            (b"{\"attributes\":{\"custom:id\":1.10}}", inexact()),
            (b"{\"attributes\":{\"custom:id\":1e3}}", inexact()),
        ] {
            let reason = parsed(line).err().unwrap();
            assert_eq!(reason, expected, "{}", String::from_utf8_lossy(line));
            assert!(!reason.to_string().contains("Secret"));
        }
    }
}
