//! A user as a row of an export or an import.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, BufRead};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

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
        self.set_attributes(attributes.map_err(|_| "`attributes` is not a JSON object of texts")?)
    }

    fn set_attributes(&mut self, attributes: Attributes) -> Result<(), String> {
        self.has_all_attributes = true;
        for (name, value) in attributes.0 {
            let value = match value {
                None => String::new(),
                Some(Value::Text(text)) => text,
                Some(Value::Flag(flag)) => flag.to_string(),
                // As in an import: `1.10` and `1e3` would become `1.1` and `1000.0`.
                Some(Value::Number(number)) if number.is_f64() => {
                    return Err(format!("the number of `{name}` is inexact; write it as a text"));
                }
                Some(Value::Number(number)) => number.to_string(),
            };
            if self.attributes.insert(name, value).is_some() {
                return Err("an attribute has two values".to_owned());
            }
        }
        // It is not compared, because a copy of a pool gives its users new ones.
        self.attributes.remove("sub");
        Ok(())
    }
}

/// The attributes in the order of the file.
struct Attributes(Vec<(String, Option<Value>)>);

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfObject)
    }
}

struct OfObject;

impl<'de> Visitor<'de> for OfObject {
    type Value = Attributes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of attributes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Attributes, A::Error> {
        let mut attributes = Vec::new();
        while let Some(attribute) = object.next_entry()? {
            attributes.push(attribute);
        }
        Ok(Attributes(attributes))
    }
}

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
#[derive(serde::Deserialize)]
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
#[derive(serde::Deserialize)]
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
        user.set_attributes(attributes)?;
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
    fn attributes_that_an_import_rejects_are_not_compared() {
        let inexact = "the number of `custom:id` is inexact; write it as a text";
        for (attributes, expected) in [
            (r#"{"custom:id":1.10}"#, inexact),
            (r#"{"custom:id":1e3}"#, inexact),
            (r#"{"custom:id":123456789012345678901234567890}"#, inexact),
            (r#"{"name":"A","name":"B"}"#, "an attribute has two values"),
        ] {
            let line = format!("{{\"username\":\"bob\",\"attributes\":{attributes}}}");
            assert_eq!(parsed(&line).unwrap_err(), expected);
            assert_eq!(User::default().read_attributes(attributes).unwrap_err(), expected);
        }
        let exact = parsed(r#"{"attributes":{"custom:id":9007199254740993}}"#).unwrap();
        assert_eq!(exact.value("custom:id"), Some("9007199254740993"));
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
