//! Members of JSON structures: of requests that fit their shapes, and of what is kept of them.

use serde_json::{Map, Value};

/// The members of a structure, such as a request.
pub(crate) type Members = Map<String, Value>;

/// Access to the members of a request, whose shape has been checked.
pub(crate) trait MembersExt {
    /// Returns a text, or an empty one where it is missing, which a required member is not.
    fn text(&self, name: &str) -> &str;

    /// Returns a text if it is there.
    fn optional_text(&self, name: &str) -> Option<&str>;

    /// Returns some of the members.
    fn only(&self, names: &[&str]) -> Value;

    /// Returns a member inside of members by its path.
    fn at(&self, path: &[&str]) -> Option<&Value>;

    /// As [`at`](Self::at), to change it.
    fn at_mut(&mut self, path: &[&str]) -> Option<&mut Value>;

    /// Returns the items of a list by its path; none where it is missing.
    fn items(&self, path: &[&str]) -> impl Iterator<Item = &Value>;

    /// Adds the members that are missing, also inside of others.
    fn fill_in(&mut self, defaults: Value);
}

impl MembersExt for Members {
    fn text(&self, name: &str) -> &str {
        self.optional_text(name).unwrap_or_default()
    }

    fn optional_text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    fn only(&self, names: &[&str]) -> Value {
        let members = self.iter().filter(|(name, _)| names.contains(&name.as_str()));
        members.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.get(*first)?, |value, name| value.get(name))
    }

    fn at_mut(&mut self, path: &[&str]) -> Option<&mut Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.get_mut(*first)?, |value, name| value.get_mut(name))
    }

    fn items(&self, path: &[&str]) -> impl Iterator<Item = &Value> {
        self.at(path).and_then(Value::as_array).into_iter().flatten()
    }

    fn fill_in(&mut self, defaults: Value) {
        for (name, default) in object(defaults).unwrap_or_default() {
            match self.get_mut(&name) {
                None => {
                    self.insert(name, default);
                }
                Some(Value::Object(inner)) => inner.fill_in(default),
                Some(_) => {}
            }
        }
    }
}

/// Returns the members of a value that is a structure.
pub(crate) fn object(value: Value) -> Option<Members> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}
