//! The filter of ListUsers: one attribute, compared with one value.

use std::borrow::Cow;

use crate::model::ServiceError;
use crate::state::user::User;

/// A filter such as `email ^= "alice@"`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) attribute: &'static str,
    /// Whether the value may go on.
    pub(crate) is_prefix: bool,
    /// In lower case, unless case counts.
    pub(crate) value: String,
}

/// What users can be searched by.
const SEARCHABLE: [&str; 10] = [
    "cognito:user_status",
    "email",
    "family_name",
    "given_name",
    "name",
    "phone_number",
    "preferred_username",
    "status",
    "sub",
    "username",
];

impl Filter {
    /// Reads a filter; an empty one is none.
    pub(crate) fn read(text: &str) -> Result<Option<Self>, ServiceError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let (left, right) = text.split_once('=').ok_or_else(unreadable)?;
        let (name, is_prefix) = match left.strip_suffix('^') {
            Some(name) => (name.trim(), true),
            None => (left.trim(), false),
        };
        // The service takes names in quotation marks as well: ministack#1050.
        let name = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name);
        let value = unquoted(right.trim()).ok_or_else(unreadable)?;
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "_:-.".contains(c)) {
            return Err(unreadable());
        }
        let attribute = SEARCHABLE.into_iter().find(|known| *known == name).ok_or_else(|| {
            ServiceError::invalid_parameter(format!("Invalid search attribute: {name}"))
        })?;
        let value = comparable(attribute, &value).into_owned();
        Ok(Some(Self { attribute, is_prefix, value }))
    }

    /// Returns whether a user with that [value](Self::value_of) is found.
    pub(crate) fn matches(&self, own: &str) -> bool {
        if self.is_prefix { own.starts_with(&self.value) } else { own == self.value }
    }

    /// The value of a user as values are compared and sorted; none of a user without one.
    pub(crate) fn value_of<'a>(&self, user: &'a User) -> Option<Cow<'a, str>> {
        let value = match self.attribute {
            "username" => &user.username,
            "sub" => &user.sub,
            "status" if user.enabled => "Enabled",
            "status" => "Disabled",
            "cognito:user_status" => user.status.as_str(),
            attribute => user.attributes().get(attribute)?,
        };
        Some(comparable(self.attribute, value))
    }
}

/// A value without its case: the developer guide calls all searches case-insensitive. Of `username`
/// and `status` the API reference says that they are case-sensitive.
fn comparable<'a>(attribute: &str, value: &'a str) -> Cow<'a, str> {
    match attribute {
        "username" | "status" => Cow::Borrowed(value),
        _ => Cow::Owned(value.to_lowercase()),
    }
}

/// The text between quotation marks, one of which in it has a backslash before it.
fn unquoted(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut inner = text.strip_prefix('"')?.strip_suffix('"')?.chars();
    while let Some(c) = inner.next() {
        match c {
            '"' => return None,
            '\\' => value.push(inner.next()?),
            c => value.push(c),
        }
    }
    Some(value)
}

fn unreadable() -> ServiceError {
    ServiceError::invalid_parameter("Error while parsing filter.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(&'static str, bool, String)> {
        let filter = Filter::read(text).unwrap();
        filter.map(|filter| (filter.attribute, filter.is_prefix, filter.value))
    }

    #[test]
    fn filters_are_read_as_the_service_writes_them() {
        let filter = |name, is_prefix, value: &str| Some((name, is_prefix, value.to_owned()));
        assert_eq!(read(r#"given_name = "Jon""#), filter("given_name", false, "jon"));
        assert_eq!(read(r#"given_name ^= "Jon""#), filter("given_name", true, "jon"));
        assert_eq!(read(r#"username = "Jon""#), filter("username", false, "Jon"));
        assert_eq!(read(r#"email="a=b^=c""#), filter("email", false, "a=b^=c"));
        assert_eq!(read(r#" sub^="" "#), filter("sub", true, ""));
        assert_eq!(read(r#"name = "a \"b\" \\c""#), filter("name", false, r#"a "b" \c"#));
        assert_eq!(read(r#"cognito:user_status = "x""#), filter("cognito:user_status", false, "x"));
        assert_eq!(read(r#""email" = "x""#), filter("email", false, "x"));
        assert_eq!(read(r#""email"^="x""#), filter("email", true, "x"));
        assert_eq!(read(""), None);
        assert_eq!(read("  "), None);
    }

    #[test]
    fn filters_that_cannot_be_read_are_refused() {
        let unreadable = [
            "email",
            "email = alice",
            r#"email = "alice"#,
            r#"email = alice""#,
            r#"email = "alice" and name = "x""#,
            r#"email = "al"ice""#,
            r#"email = "alice\""#,
            r#"email ~= "alice""#,
            r#"e mail = "alice""#,
            r#" = "alice""#,
            r#""" = "alice""#,
            r#""email = "alice""#,
            r#"email" = "alice""#,
            "=",
            "\"",
        ];
        for text in unreadable {
            let refused = Filter::read(text).unwrap_err();
            assert_eq!(refused.message, "Error while parsing filter.", "{text}");
        }
        for name in ["custom:plan", "Email", "locale", "email_verified"] {
            let refused = Filter::read(&format!("{name} = \"x\"")).unwrap_err();
            assert_eq!(refused.message, format!("Invalid search attribute: {name}"));
        }
    }
}
