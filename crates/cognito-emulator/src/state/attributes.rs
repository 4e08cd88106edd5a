//! Attributes of users, and the rules for them.

mod map;
mod rules;

pub(crate) use crate::state::schema::SchemaAttribute;
pub(crate) use map::Attributes;
pub(crate) use rules::{
    check_deletion, check_mutable, check_new, check_required, check_update, is_email, is_known,
    is_phone_number, missing, required, required_stays, unauthorized,
};

/// Attributes that can be aliases.
pub(crate) const ALIASES: [&str; 3] = ["email", "phone_number", "preferred_username"];

/// The writer of attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// The user through an app client, who may not mark an address as verified.
    User,
    /// An administrator.
    Admin,
}

/// Returns whether the attribute is the flag of an address.
pub(crate) fn is_verified_flag(name: &str) -> bool {
    ["email_verified", "phone_number_verified"].contains(&name)
}

/// Returns whether only administrators can read and write the attribute.
pub(crate) fn is_developer_only(name: &str) -> bool {
    name.starts_with("dev:")
}

/// Returns whether a Boolean attribute is true.
///
/// The service stores `True` and `TRUE` unchanged: amplify-js#8205.
pub(crate) fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

/// Masks an address as the service does: `f***@e***`, `+*******1234`.
pub(crate) fn masked(address: &str) -> String {
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    match address.split_once('@') {
        Some((name, domain)) => format!("{}***@{}***", first(name), first(domain)),
        None => {
            let last: Vec<char> = address.chars().rev().take(4).collect();
            format!("+*******{}", last.into_iter().rev().collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_masked_as_the_service_does() {
        assert_eq!(masked("fred@example.com"), "f***@e***");
        assert_eq!(masked("+4915112345678"), "+*******5678");
        assert_eq!(masked(""), "+*******");
    }
}
