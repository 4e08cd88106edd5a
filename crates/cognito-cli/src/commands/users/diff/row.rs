//! A user as a row of an export or an import.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead};

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The compared fields of a user. Fields that a row does not have are `None`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct User {
    pub(super) username: Option<String>,
    pub(super) sub: Option<String>,
    pub(super) status: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) groups: Option<BTreeSet<String>>,
    /// The attributes by name. An empty value denotes an attribute that the user should not have.
    pub(super) attributes: BTreeMap<String, String>,
    /// True if the user has no other attributes than these.
    pub(super) has_all_attributes: bool,
}

impl User {
    /// Returns the value of a field or an attribute, unless it is empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let value = match name {
            "username" => self.username.as_deref(),
            "sub" => self.sub.as_deref(),
            name => self.attributes.get(name).map(String::as_str),
        };
        value.filter(|value| !value.is_empty())
    }

    /// Adds all attributes from a JSON object, as in `cognito users list --output csv`.
    pub(super) fn read_attributes(&mut self, object: &str) -> Result<(), String> {
        let attributes = serde_json::from_str(object);
        self.set_attributes(attributes.map_err(|_| "`attributes` is not a JSON object of texts")?);
        Ok(())
    }

    fn set_attributes(&mut self, attributes: Attributes) {
        self.has_all_attributes = true;
        for (name, value) in attributes {
            let value = match value {
                _ if name == "sub" => continue,
                None => String::new(),
                Some(Value::Text(text)) => text,
                Some(Value::Flag(flag)) => flag.to_string(),
                Some(Value::Number(number)) => number.to_string(),
            };
            self.attributes.insert(name, value);
        }
    }
}

type Attributes = BTreeMap<String, Option<Value>>;

/// The users of a file in JSON Lines, with their line numbers.
pub(super) struct JsonLines<R> {
    text: R,
    line: u64,
}

impl<R: BufRead> JsonLines<R> {
    pub(super) fn new(text: R) -> Self {
        Self { text, line: 0 }
    }

    /// Returns the next line that is not blank, with its number: a user, or the reason why the line
    /// is invalid.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Result<User, String>)>> {
        let mut text = String::new();
        while self.text.read_line(&mut text)? > 0 {
            self.line = self.line.saturating_add(1);
            let line = text.trim_start_matches('\u{feff}').trim();
            if !line.is_empty() {
                return Ok(Some((self.line, parsed(line))));
            }
            text.clear();
        }
        Ok(None)
    }
}

/// A line, including members that are not compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    username: Option<String>,
    sub: Option<String>,
    status: Option<String>,
    enabled: Option<bool>,
    groups: Option<BTreeSet<String>>,
    attributes: Option<Attributes>,
    #[serde(rename = "password")]
    _password: Option<IgnoredAny>,
    #[serde(rename = "temporary_password")]
    _temporary_password: Option<IgnoredAny>,
    #[serde(rename = "password_hash")]
    _password_hash: Option<IgnoredAny>,
    #[serde(rename = "created")]
    _created: Option<IgnoredAny>,
    #[serde(rename = "modified")]
    _modified: Option<IgnoredAny>,
    #[serde(rename = "mfa")]
    _mfa: Option<IgnoredAny>,
    #[serde(rename = "preferred_mfa")]
    _preferred_mfa: Option<IgnoredAny>,
}

/// The value of an attribute, which the service stores as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Flag(bool),
    Number(serde_json::Number),
}

fn parsed(line: &str) -> Result<User, String> {
    // Serde would also accept an array of the values in order.
    if !line.starts_with('{') {
        return Err("it is not a JSON object".to_owned());
    }
    let line: Line = serde_json::from_str(line).map_err(|error| reason(&error))?;
    let Line { username, sub, status, enabled, groups, attributes, .. } = line;
    let mut user = User { username, sub, status, enabled, groups, ..User::default() };
    if let Some(attributes) = attributes {
        user.set_attributes(attributes);
    }
    Ok(user)
}

/// Returns the kind of an error, without its message, which may contain the value of a field, such
/// as a password.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let unknown = text.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    match unknown {
        Some((name, _)) => format!("it has the unknown field `{name}`"),
        None if error.is_data() => "a field has a value of the wrong type".to_owned(),
        None => "it is not a JSON object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_exports_and_imports_are_read() {
        let text = "\u{feff}{\"username\":\"bob\",\"sub\":\"34c8\",\"status\":\"CONFIRMED\",\"enabled\":true,\
                    \"created\":\"x\",\"attributes\":{\"email_verified\":true,\"name\":null,\"sub\":\"34c8\"},\
                    \"groups\":[\"b\",\"a\"],\"password\":\"Secret-1\"}\n\n{\"username\":\"al\"}\n";
        let mut lines = JsonLines::new(text.as_bytes());
        let (number, bob) = lines.next().unwrap().unwrap();
        let bob = bob.unwrap();
        assert_eq!(
            (number, bob.value("username"), bob.value("sub")),
            (1, Some("bob"), Some("34c8"))
        );
        assert_eq!((bob.value("email_verified"), bob.value("name")), (Some("true"), None));
        assert!(bob.has_all_attributes && bob.attributes.contains_key("name"));
        let (number, al) = lines.next().unwrap().unwrap();
        let expected = User { username: Some("al".to_owned()), ..User::default() };
        assert_eq!((number, al.unwrap()), (3, expected));
        assert!(lines.next().unwrap().is_none());
    }

    #[test]
    fn reasons_have_no_values() {
        for (line, expected) in [
            ("[1]", "it is not a JSON object"),
            ("{\"username\":", "it is not a JSON object"),
            ("{\"usrname\":\"Secret-1\"}", "it has the unknown field `usrname`"),
            ("{\"enabled\":\"Secret-1\"}", "a field has a value of the wrong type"),
        ] {
            assert_eq!(parsed(line).unwrap_err(), expected);
        }
    }
}
