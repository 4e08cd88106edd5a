//! Filters of users: one attribute, compared with one value.

use std::borrow::Cow;

use crate::state::user::User;

/// A filter such as `email ^= "alice@"`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) attribute: &'static str,
    /// True if the value is a prefix.
    pub(crate) is_prefix: bool,
    /// In lower case, unless the attribute is case-sensitive.
    pub(crate) value: String,
}

/// The searchable attributes.
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
    /// Creates a filter, or returns `None` if the attribute is not searchable.
    pub(crate) fn new(attribute: &str, is_prefix: bool, value: &str) -> Option<Self> {
        let attribute = SEARCHABLE.into_iter().find(|known| *known == attribute)?;
        Some(Self { attribute, is_prefix, value: comparable(attribute, value).into_owned() })
    }

    /// Returns whether a user with the [value](Self::value_of) matches.
    pub(crate) fn matches(&self, own: &str) -> bool {
        if self.is_prefix { own.starts_with(&self.value) } else { own == self.value }
    }

    /// Returns the value of a user in its comparable form, or `None` for a user without a value.
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

/// Returns a value in lower case, because searches are case-insensitive (developer guide), except
/// for `username` and `status`, which are case-sensitive by the API reference.
fn comparable<'a>(attribute: &str, value: &'a str) -> Cow<'a, str> {
    match attribute {
        "username" | "status" => Cow::Borrowed(value),
        _ => Cow::Owned(value.to_lowercase()),
    }
}
