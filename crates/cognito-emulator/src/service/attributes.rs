//! Attributes of users: their names, what the pool's schema says of them, their forms on the wire.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::constraint::{ATTRIBUTE_NAME, ATTRIBUTE_VALUE};
use super::error::ApiError;

/// Attributes by name.
pub(crate) type Attributes = BTreeMap<String, String>;

/// AttributeType of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attribute {
    name: String,
    #[serde(default)]
    value: String,
}

/// Standard attributes that applications may write.
const STANDARD: [&str; 17] = [
    "address",
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// Attributes that can stand for a user's name.
pub(crate) const ALIASES: [&str; 3] = ["email", "phone_number", "preferred_username"];

/// Attributes that say whether another was verified.
const VERIFIED_FLAGS: [&str; 2] = ["email_verified", "phone_number_verified"];

/// SchemaAttributeType, as far as it decides what is accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SchemaAttribute {
    name: String,
    required: bool,
    mutable: bool,
    attribute_data_type: String,
    string_attribute_constraints: StringConstraints,
    number_attribute_constraints: NumberConstraints,
}

impl Default for SchemaAttribute {
    fn default() -> Self {
        Self {
            name: String::new(),
            required: false,
            mutable: true,
            attribute_data_type: "String".to_owned(),
            string_attribute_constraints: StringConstraints::default(),
            number_attribute_constraints: NumberConstraints::default(),
        }
    }
}

/// StringAttributeConstraintsType, whose numbers are texts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct StringConstraints {
    min_length: Option<String>,
    max_length: Option<String>,
}

/// NumberAttributeConstraintsType, whose numbers are texts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NumberConstraints {
    min_value: Option<String>,
    max_value: Option<String>,
}

impl SchemaAttribute {
    /// What is wrong with a value of the attribute, if anything is.
    fn broken_by(&self, value: &str) -> Option<String> {
        match self.attribute_data_type.as_str() {
            "Number" => self.broken_by_number(value),
            "Boolean" if !["true", "false"].contains(&value) => {
                Some("Value must be true or false".to_owned())
            }
            "String" => {
                let StringConstraints { min_length, max_length } =
                    &self.string_attribute_constraints;
                let length = value.chars().count();
                if let Some(least) = limit(min_length).filter(|least| length < *least) {
                    return Some(format!("String must be at least {least} characters long"));
                }
                let most = limit(max_length).filter(|most| length > *most)?;
                Some(format!("String must be no longer than {most} characters"))
            }
            _ => None,
        }
    }

    fn broken_by_number(&self, value: &str) -> Option<String> {
        let NumberConstraints { min_value, max_value } = &self.number_attribute_constraints;
        let Ok(number) = value.parse::<f64>() else {
            return Some("Value must be a number".to_owned());
        };
        if let Some(least) = limit(min_value).filter(|least| number < *least) {
            return Some(format!("Number must be at least {least}"));
        }
        let most = limit(max_value).filter(|most| number > *most)?;
        Some(format!("Number must be no more than {most}"))
    }
}

fn limit<N: FromStr>(text: &Option<String>) -> Option<N> {
    text.as_deref()?.parse().ok()
}

/// Who writes attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// The user through an app client, who may not claim that anything is verified.
    User,
    /// An administrator.
    Admin,
}

/// Reads the attributes of a request, refusing those that the pool does not know.
pub(crate) fn read(
    attributes: Option<Vec<Attribute>>,
    schema: &[SchemaAttribute],
    writer: Writer,
) -> Result<Attributes, ApiError> {
    let attributes = unchecked(attributes);
    check(&attributes, schema, writer)?;
    Ok(attributes)
}

/// Refuses attributes that the pool does not know, or of which it does not allow the value.
pub(crate) fn check(
    attributes: &Attributes,
    schema: &[SchemaAttribute],
    writer: Writer,
) -> Result<(), ApiError> {
    attributes.iter().try_for_each(|(name, value)| {
        ATTRIBUTE_NAME.check(name)?;
        ATTRIBUTE_VALUE.check(value)?;
        check_known(name, schema, writer)?;
        check_form(name, value)?;
        check_conforms(name, value, schema)
    })
}

/// Refuses what no message can be sent to. An empty value takes the attribute away.
fn check_form(name: &str, value: &str) -> Result<(), ApiError> {
    match name {
        "email" if !value.is_empty() && !is_email(value) => {
            Err(ApiError::invalid_parameter("Invalid email address format."))
        }
        "phone_number" if !value.is_empty() && !is_phone_number(value) => {
            Err(ApiError::invalid_parameter("Invalid phone number format."))
        }
        _ => Ok(()),
    }
}

fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace)
    })
}

/// Whether a text is a number of E.164, such as `+4915112345678`.
pub(crate) fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Refuses a value that the schema does not allow. An empty one takes the attribute away.
fn check_conforms(name: &str, value: &str, schema: &[SchemaAttribute]) -> Result<(), ApiError> {
    let attribute = schema.iter().find(|attribute| attribute.name == name);
    let attribute = attribute.filter(|_| !value.is_empty());
    match attribute.and_then(|attribute| attribute.broken_by(value)) {
        None => Ok(()),
        Some(broken) => Err(ApiError::invalid_parameter(format!(
            "Attributes did not conform to the schema: {name}: {broken}"
        ))),
    }
}

/// ValidationData of a request, which is for triggers alone.
pub(crate) fn unchecked(attributes: Option<Vec<Attribute>>) -> Attributes {
    let attributes = attributes.unwrap_or_default();
    attributes.into_iter().map(|Attribute { name, value }| (name, value)).collect()
}

/// Refuses an attribute that the pool does not know or that is not the writer's to write.
pub(crate) fn check_known(
    name: &str,
    schema: &[SchemaAttribute],
    writer: Writer,
) -> Result<(), ApiError> {
    let flag = VERIFIED_FLAGS.contains(&name);
    // Only administrators write developer-only attributes (API reference, SchemaAttributeType).
    let for_admins = flag || is_developer_only(name);
    if name == "sub" || (for_admins && writer == Writer::User) {
        return Err(unauthorized());
    }
    if !flag && !STANDARD.contains(&name) && !is_custom(name, schema) {
        return Err(ApiError::invalid_parameter(format!(
            "Attributes did not conform to the schema: \
             Type for attribute {{{name}}} could not be determined"
        )));
    }
    Ok(())
}

/// Whether users of the pool can have that attribute.
pub(crate) fn is_known(name: &str, schema: &[SchemaAttribute]) -> bool {
    ["sub", "identities"].contains(&name) || check_known(name, schema, Writer::Admin).is_ok()
}

/// The refusal of a client that writes what it may not.
pub(crate) fn unauthorized() -> ApiError {
    ApiError::not_authorized("A client attempted to write unauthorized attribute")
}

/// Refuses a new user who lacks an attribute that the pool requires.
pub(crate) fn check_required(
    attributes: &Attributes,
    schema: &[SchemaAttribute],
) -> Result<(), ApiError> {
    match missing(attributes, schema).first() {
        None => Ok(()),
        Some(name) => Err(ApiError::invalid_parameter(format!(
            "Attributes did not conform to the schema: {name}: The attribute is required"
        ))),
    }
}

/// Refuses the change of an attribute that keeps its first value.
pub(crate) fn check_mutable(name: &str, schema: &[SchemaAttribute]) -> Result<(), ApiError> {
    let fixed = |attribute: &SchemaAttribute| !attribute.mutable && attribute.name == name;
    match schema.iter().any(fixed) {
        true => {
            Err(ApiError::invalid_parameter(format!("user.{name}: Attribute cannot be updated.")))
        }
        false => Ok(()),
    }
}

/// Whether a user must keep a value of that attribute.
pub(crate) fn is_required(name: &str, schema: &[SchemaAttribute]) -> bool {
    schema.iter().any(|attribute| attribute.required && attribute.name == name)
}

/// The attributes that every user must have, save the one that the service sets.
pub(crate) fn required(schema: &[SchemaAttribute]) -> impl Iterator<Item = &str> {
    let required = schema.iter().filter(|attribute| attribute.required && attribute.name != "sub");
    required.map(|attribute| attribute.name.as_str())
}

/// The required attributes that a user does not have.
pub(crate) fn missing<'a>(attributes: &Attributes, schema: &'a [SchemaAttribute]) -> Vec<&'a str> {
    required(schema).filter(|name| !attributes.contains_key(*name)).collect()
}

/// The list of names and values that the service returns, the user's id first.
pub(crate) fn to_json(sub: &str, attributes: &Attributes) -> Value {
    let pair = |name: &str, value: &str| json!({ "Name": name, "Value": value });
    let others = attributes.iter().map(|(name, value)| pair(name, value));
    std::iter::once(pair("sub", sub)).chain(others).collect()
}

/// An address without most of its letters: `f***@e***`, `+*******1234`.
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

fn is_custom(name: &str, schema: &[SchemaAttribute]) -> bool {
    let custom = name.starts_with("custom:") || is_developer_only(name);
    custom && schema.iter().any(|attribute| attribute.name == name)
}

/// Returns whether only administrators read and write that attribute.
pub(crate) fn is_developer_only(name: &str) -> bool {
    name.starts_with("dev:")
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
