//! Attributes of users: their names, and their forms on the wire.

mod map;
mod rules;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::ServiceError;

pub(crate) use crate::state::schema::SchemaAttribute;
pub(crate) use map::Attributes;
pub(crate) use rules::{
    check_deletion, check_mutable, check_new, check_required, check_update, is_email, is_known,
    is_phone_number, missing, required, required_stays, unauthorized,
};

/// AttributeType of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attribute {
    name: String,
    value: Option<String>,
}

impl Attribute {
    pub(crate) fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: Some(value.to_owned()) }
    }
}

/// Attributes that can stand for a user's name.
pub(crate) const ALIASES: [&str; 3] = ["email", "phone_number", "preferred_username"];

/// The writer of attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// The user through an app client, who may not claim that an address is verified.
    User,
    /// An administrator.
    Admin,
}

/// Reads the attributes of a new user. Empty values count as absent.
pub(crate) fn read_new(
    attributes: Vec<Attribute>,
    schema: &[SchemaAttribute],
    writer: Writer,
) -> Result<Attributes, ServiceError> {
    let mut attributes = with_values(attributes)?;
    check_new(&attributes, schema, writer)?;
    attributes.retain(|_, value| !value.is_empty());
    Ok(attributes)
}

/// Reads changes of a user's attributes. Empty values delete.
pub(crate) fn read_update(
    attributes: Vec<Attribute>,
    schema: &[SchemaAttribute],
    writer: Writer,
) -> Result<Attributes, ServiceError> {
    let changes = with_values(attributes)?;
    check_update(&changes, schema, writer)?;
    Ok(changes)
}

/// Reads ValidationData of a request, which is for triggers alone.
pub(crate) fn unchecked(attributes: Vec<Attribute>) -> BTreeMap<String, String> {
    let pair = |Attribute { name, value }| (name, value.unwrap_or_default());
    attributes.into_iter().map(pair).collect()
}

/// Returns whether that attribute is the flag of an address.
pub(crate) fn is_verified_flag(name: &str) -> bool {
    ["email_verified", "phone_number_verified"].contains(&name)
}

/// Returns whether only administrators read and write that attribute.
pub(crate) fn is_developer_only(name: &str) -> bool {
    name.starts_with("dev:")
}

/// Returns whether a Boolean attribute is true.
///
/// The service keeps `True` and `TRUE` as they were written: amplify-js#8205.
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

fn with_values(attributes: Vec<Attribute>) -> Result<Attributes, ServiceError> {
    let pair = |Attribute { name, value }: Attribute| match value {
        Some(value) => Ok((name, value)),
        None => Err(ServiceError::invalid_parameter(format!(
            "Attribute value for {name} must not be null"
        ))),
    };
    attributes.into_iter().map(pair).collect()
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
