//! A record of named fields.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The field whose members can be selected by their own names, as in an export to CSV.
pub(super) const ATTRIBUTES: &str = "attributes";

/// The standard attributes of users (OpenID Connect Core 1.0, section 5.1, and `identities`).
const STANDARD_ATTRIBUTES: [&str; 20] = [
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "identities",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// A record of named fields, in order. The names are the same in every format and every command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(Vec<(Cow<'static, str>, Value)>);

impl Record {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a field. A missing value is `null`.
    pub(crate) fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Value>,
    ) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// Returns the value of a field, of an attribute, or of a member by its path, such as
    /// `Policies.PasswordPolicy`.
    pub(crate) fn get(&self, name: &str) -> &Value {
        let found = self.field(name).or_else(|| self.field(ATTRIBUTES)?.get(name));
        found.or_else(|| self.member(name)).unwrap_or(&Value::Null)
    }

    /// Returns the selected fields as a JSON object.
    pub(crate) fn object(&self, selected: &[&str]) -> Value {
        let fields = selected.iter().map(|name| ((*name).to_owned(), self.get(name).clone()));
        Value::Object(fields.collect::<Map<_, _>>())
    }

    /// Returns the selected fields for tables, in which the members of an object are separate
    /// fields.
    pub(super) fn lines(&self, selected: &[&str]) -> Self {
        let mut lines = Vec::new();
        for name in selected {
            match (*name, self.get(name)) {
                (ATTRIBUTES, Value::Object(members)) => {
                    members.iter().for_each(|(name, value)| flatten(name, value, &mut lines));
                }
                (name, value) => flatten(name, value, &mut lines),
            }
        }
        Self(lines)
    }

    fn field(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    fn member(&self, path: &str) -> Option<&Value> {
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(self.field(first)?, |value, name| value.get(name))
    }
}

/// Returns whether a record with these fields can have a field of this name.
pub(super) fn is_selectable(name: &str, fields: &[&str]) -> bool {
    let is_attribute = |name: &str| {
        STANDARD_ATTRIBUTES.contains(&name)
            || ["custom:", "dev:custom:"].iter().any(|prefix| name.starts_with(prefix))
    };
    let parent = name.split_once('.').map_or(name, |(first, _)| first);
    fields.contains(&name)
        || fields.contains(&parent)
        || fields.contains(&ATTRIBUTES) && is_attribute(name)
}

fn flatten(name: &str, value: &Value, lines: &mut Vec<(Cow<'static, str>, Value)>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let members = members.iter();
            members.for_each(|(member, value)| flatten(&format!("{name}.{member}"), value, lines));
        }
        value => lines.push((Cow::Owned(name.to_owned()), value.clone())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record() -> Record {
        let attributes = json!({ "email": "a@b.io", "custom:a.b": "1" });
        let policies = json!({ "Password": { "Length": 8 } });
        Record::new().with("username", "a").with("attributes", attributes).with("P", policies)
    }

    #[test]
    fn attributes_and_members_are_fields() {
        let record = record();
        assert_eq!(record.get("email"), "a@b.io");
        assert_eq!(record.get("custom:a.b"), "1");
        assert_eq!(record.get("P.Password.Length"), 8);
        assert_eq!(record.get("P.Password.Other.More"), &Value::Null);
    }

    #[test]
    fn only_names_that_a_record_can_have_are_selectable() {
        let of_users = ["username", "attributes"];
        for name in ["username", "email", "custom:tenant", "attributes.email"] {
            assert!(is_selectable(name, &of_users), "{name}");
        }
        assert!(!is_selectable("emial", &of_users));
        assert!(!is_selectable("email", &["name"]));
    }

    #[test]
    fn people_see_members_as_lines() {
        let lines = record().lines(&["attributes", "P"]);
        let names: Vec<&str> = lines.names().collect();
        assert_eq!(names, ["email", "custom:a.b", "P.Password.Length"]);
    }
}
