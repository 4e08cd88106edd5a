//! Members of JSON structures that are kept as they were sent.

use serde_json::{Map, Value};

/// The members of a structure.
pub(crate) type Members = Map<String, Value>;

/// Access to the members of a structure, whose shape has been checked.
pub(crate) trait MembersExt {
    /// Returns a text, if it is present.
    fn optional_text(&self, name: &str) -> Option<&str>;

    /// Returns a member inside of members by its path.
    fn at(&self, path: &[&str]) -> Option<&Value>;

    /// Returns the items of a list by its path; none where it is missing.
    fn items(&self, path: &[&str]) -> impl Iterator<Item = &Value>;
}

impl MembersExt for Members {
    fn optional_text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.get(*first)?, |value, name| value.get(name))
    }

    fn items(&self, path: &[&str]) -> impl Iterator<Item = &Value> {
        self.at(path).and_then(Value::as_array).into_iter().flatten()
    }
}

/// Returns a value as a text: a text as it is, and others as JSON; none for null.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Returns the members of a value that is a structure.
pub(crate) fn object(value: Value) -> Option<Members> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}
