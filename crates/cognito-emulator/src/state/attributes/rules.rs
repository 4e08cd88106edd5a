//! Validation of attributes against a pool's schema.

use super::{Attributes, Writer, is_developer_only, is_verified_flag};
use crate::model::ServiceError;
use crate::model::{self, shapes};
use crate::state::schema::SchemaAttribute;

/// Rejects attributes of a new user that violate the schema.
pub(crate) fn check_new(
    attributes: &Attributes,
    schema: &[SchemaAttribute],
    writer: Writer,
) -> Result<(), ServiceError> {
    check_members(attributes, writer)?;
    if let Some(unknown) = attributes.keys().find(|name| !exists(name, schema)) {
        return Err(nonconforming(&format!(
            "Type for attribute {{{unknown}}} could not be determined"
        )));
    }
    let broken = broken(attributes, schema).map(|(name, rule)| format!("{name}: {rule}\n"));
    refuse(broken.collect(), nonconforming)
}

/// Rejects changes of a user's attributes that violate the schema.
pub(crate) fn check_update(
    changes: &Attributes,
    schema: &[SchemaAttribute],
    writer: Writer,
) -> Result<(), ServiceError> {
    check_members(changes, writer)?;
    let unknown = changes.keys().filter(|name| !exists(name, schema));
    // One line for each attribute: amplify-flutter#1531.
    let unknown = unknown.map(does_not_exist);
    let broken = broken(changes, schema).map(|(name, rule)| format!("user.{name}: {rule}\n"));
    refuse(unknown.chain(broken).collect(), |lines| {
        ServiceError::invalid_parameter(lines.to_owned())
    })
}

/// Rejects the deletion of an unknown or immutable attribute.
pub(crate) fn check_deletion(
    name: &str,
    schema: &[SchemaAttribute],
    writer: Writer,
) -> Result<(), ServiceError> {
    check_authorized(name, writer)?;
    if !exists(name, schema) {
        let line = does_not_exist(name);
        return Err(ServiceError::invalid_parameter(format!("Invalid user attributes: {line}")));
    }
    check_mutable(name, schema)
}

/// Returns the rejection of the deletion of a required attribute.
pub(crate) fn required_stays(name: &str) -> ServiceError {
    ServiceError::invalid_parameter(format!(
        "Invalid user attributes: {name}: Required attribute cannot be deleted."
    ))
}

/// Rejects a new user without a required attribute.
pub(crate) fn check_required(
    attributes: &Attributes,
    schema: &[SchemaAttribute],
) -> Result<(), ServiceError> {
    let missing = missing(attributes, schema);
    let lines = missing.iter().map(|name| format!("{name}: The attribute is required\n"));
    refuse(lines.collect(), nonconforming)
}

/// Rejects the change of an immutable attribute.
pub(crate) fn check_mutable(name: &str, schema: &[SchemaAttribute]) -> Result<(), ServiceError> {
    match schema.iter().any(|attribute| !attribute.mutable && attribute.name == name) {
        true => Err(ServiceError::invalid_parameter(format!(
            "user.{name}: Attribute cannot be updated."
        ))),
        false => Ok(()),
    }
}

/// Returns the required attributes, except for `sub`, which the service sets.
pub(crate) fn required(schema: &[SchemaAttribute]) -> impl Iterator<Item = &str> {
    let required = schema.iter().filter(|attribute| attribute.required && attribute.name != "sub");
    required.map(|attribute| attribute.name.as_str())
}

/// Returns the required attributes that a user does not have.
pub(crate) fn missing<'a>(attributes: &Attributes, schema: &'a [SchemaAttribute]) -> Vec<&'a str> {
    required(schema).filter(|name| !attributes.contains_key(name)).collect()
}

/// Returns whether users of the pool can have the attribute.
pub(crate) fn is_known(name: &str, schema: &[SchemaAttribute]) -> bool {
    schema.iter().any(|attribute| attribute.name == name)
}

/// Returns the rejection of a write that the client is not allowed.
pub(crate) fn unauthorized() -> ServiceError {
    ServiceError::not_authorized("A client attempted to write unauthorized attribute")
}

/// Returns whether a text is a number of E.164, such as `+4915112345678`.
pub(crate) fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

pub(crate) fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace)
    })
}

/// Returns whether requests can write the attribute; `sub` and `identities` are written by the
/// service.
fn exists(name: &str, schema: &[SchemaAttribute]) -> bool {
    !["sub", "identities"].contains(&name) && is_known(name, schema)
}

/// Checks the rules that do not depend on the schema, for attributes from requests, triggers,
/// challenge responses and identity providers.
fn check_members(attributes: &Attributes, writer: Writer) -> Result<(), ServiceError> {
    attributes.iter().try_for_each(|(name, value)| {
        model::check_text("AttributeName", &shapes::ATTRIBUTE_NAME_TYPE, Some(name))?;
        model::check_text("Value", &shapes::ATTRIBUTE_VALUE_TYPE, Some(value))?;
        check_authorized(name, writer)?;
        check_form(name, value)
    })
}

fn check_authorized(name: &str, writer: Writer) -> Result<(), ServiceError> {
    // Only administrators write developer-only attributes (API reference, SchemaAttributeType).
    let for_administrators = is_verified_flag(name) || is_developer_only(name);
    match name == "sub" || (for_administrators && writer == Writer::User) {
        true => Err(unauthorized()),
        false => Ok(()),
    }
}

/// Rejects malformed addresses. An empty value deletes the attribute.
fn check_form(name: &str, value: &str) -> Result<(), ServiceError> {
    match name {
        "email" if !value.is_empty() && !is_email(value) => {
            Err(ServiceError::invalid_parameter("Invalid email address format."))
        }
        "phone_number" if !value.is_empty() && !is_phone_number(value) => {
            Err(ServiceError::invalid_parameter("Invalid phone number format."))
        }
        _ => Ok(()),
    }
}

/// Returns the attributes whose values violate the schema, each with the rule. Empty values delete
/// an attribute, and are valid.
fn broken<'a>(
    attributes: &'a Attributes,
    schema: &'a [SchemaAttribute],
) -> impl Iterator<Item = (&'a str, String)> {
    attributes.iter().filter(|(_, value)| !value.is_empty()).filter_map(|(name, value)| {
        let attribute = schema.iter().find(|attribute| attribute.name == *name)?;
        Some((name, attribute.broken_by(value)?))
    })
}

fn does_not_exist(name: &str) -> String {
    format!("user.{name}: Attribute does not exist in the schema.\n")
}

fn nonconforming(lines: &str) -> ServiceError {
    ServiceError::invalid_parameter(format!("Attributes did not conform to the schema: {lines}"))
}

fn refuse(lines: String, refusal: impl FnOnce(&str) -> ServiceError) -> Result<(), ServiceError> {
    if lines.is_empty() { Ok(()) } else { Err(refusal(&lines)) }
}
