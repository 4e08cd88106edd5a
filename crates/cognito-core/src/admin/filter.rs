//! Filters of user lists.

use std::fmt;

use super::UserStatus;

/// A filter of a user list (Filter of ListUsers), with the one condition that the service supports.
///
/// Custom attributes cannot be searched.
///
/// ```
/// # mod cognito { pub use cognito_core as admin; }
/// use cognito::admin::{Filter, UserStatus};
///
/// assert_eq!(Filter::email().starts_with("b").to_string(), r#"email ^= "b""#);
/// assert_eq!(Filter::family_name().equals(r#"O"Neil"#).to_string(), r#"family_name = "O\"Neil""#);
/// assert_eq!(Filter::enabled(false).to_string(), r#"status = "Disabled""#);
/// let status = Filter::status(&UserStatus::ResetRequired);
/// assert_eq!(status.to_string(), r#"cognito:user_status = "RESET_REQUIRED""#);
/// ```
///
/// See [Searching for users](https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html#cognito-user-pools-searching-for-users-using-listusers-api).
#[derive(Clone, PartialEq, Eq)]
pub struct Filter(String);

/// An attribute that a [`Filter`] compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a filter needs a value too"]
pub struct FilterField(&'static str);

macro_rules! fields {
    ($($name:ident: $what:literal;)+) => {
        /// Attributes that can be searched by text.
        impl Filter {
            $(
                #[doc = concat!("Compares the ", $what, " (`", stringify!($name), "`).")]
                pub fn $name() -> FilterField {
                    FilterField(stringify!($name))
                }
            )+
        }
    };
}

fields! {
    email: "e-mail address";
    family_name: "family name";
    given_name: "given name";
    name: "whole name";
    phone_number: "telephone number";
    preferred_username: "preferred user name";
    sub: "id of the user";
    username: "user name, in the case that the pool stores";
}

impl Filter {
    /// Selects users by the status of the account (`cognito:user_status`).
    pub fn status(status: &UserStatus) -> Self {
        FilterField("cognito:user_status").equals(status.as_str())
    }

    /// Selects users by whether they may sign in (`status`).
    pub fn enabled(enabled: bool) -> Self {
        FilterField("status").equals(if enabled { "Enabled" } else { "Disabled" })
    }
}

impl FilterField {
    /// Selects users with exactly this value.
    pub fn equals(self, value: &str) -> Filter {
        self.compared("=", value)
    }

    /// Selects users whose value starts with this prefix.
    pub fn starts_with(self, prefix: &str) -> Filter {
        self.compared("^=", prefix)
    }

    fn compared(self, operator: &str, value: &str) -> Filter {
        let value = value.replace('\\', r"\\").replace('"', r#"\""#);
        Filter(format!(r#"{} {operator} "{value}""#, self.0))
    }
}

/// Prints the filter in the syntax of the service.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may contain an address of a user.
        let field = self.0.split(' ').next().unwrap_or_default();
        f.debug_struct("Filter").field("field", &field).finish_non_exhaustive()
    }
}
