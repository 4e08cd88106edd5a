//! Members of JSON structures that are stored unchanged.

use serde_json::{Map, Value};

/// The members of a structure.
pub(crate) type Members = Map<String, Value>;

/// Access to the members of a structure that was validated.
pub(crate) trait MembersExt {
    /// Returns a string member, if it is present.
    fn optional_text(&self, name: &str) -> Option<&str>;

    /// Returns a nested member by its path.
    fn at(&self, path: &[&str]) -> Option<&Value>;

    /// Returns the items of a list by its path, or nothing if it is missing.
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

/// Returns a value as text: a string unchanged, and other values as JSON; `None` for null.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Returns the members of a JSON object.
pub(crate) fn object(value: Value) -> Option<Members> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}
