//! Filters of users: one attribute, compared with one value.

use std::borrow::Cow;

use crate::state::user::User;

/// A filter such as `email ^= "alice@"`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) attribute: &'static str,
    /// True if the value is a prefix.
    pub(crate) is_prefix: bool,
    /// In lower case, unless case counts.
    pub(crate) value: String,
}

/// The attributes that users can be searched by.
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
    /// Returns a filter of an attribute; none of one that users cannot be searched by.
    pub(crate) fn new(attribute: &str, is_prefix: bool, value: &str) -> Option<Self> {
        let attribute = SEARCHABLE.into_iter().find(|known| *known == attribute)?;
        Some(Self { attribute, is_prefix, value: comparable(attribute, value).into_owned() })
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
