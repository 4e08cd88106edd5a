//! The attributes of a pool: those that every pool has, and those of its owner.

mod constraints;

use serde_json::{Map, Value, json};

use crate::model::ServiceError;
use crate::state::members::Members;

/// How many attributes of their own pools can have.
const MOST_CUSTOM: usize = 50;

/// The standard attributes that tell whether another was verified.
const FLAGS: [&str; 2] = ["email_verified", "phone_number_verified"];

/// The largest value of a text, which is also that of an attribute without constraints.
const LONGEST: &str = "2048";

/// The schema of a new pool: all standard attributes, as the request changes them, and its own.
pub(crate) fn create(given: Option<Value>) -> Result<Value, ServiceError> {
    let mut schema = standard();
    let mut custom = Vec::new();
    for attribute in list(given) {
        let name = attribute.get("Name").cloned().unwrap_or_default();
        // A request cannot change the flags: one of their name is an attribute of the pool's own,
        // such as custom:email_verified.
        let adaptable = !FLAGS.iter().any(|flag| name == *flag);
        match schema.iter_mut().find(|known| adaptable && known.get("Name") == Some(&name)) {
            Some(known) => adapt(known, attribute)?,
            None => custom.push(Value::Object(attribute)),
        }
    }
    add(Value::Array(schema.into_iter().map(Value::Object).collect()), Value::Array(custom))
}

/// A schema with attributes of the pool's owner.
pub(crate) fn add(schema: Value, custom: Value) -> Result<Value, ServiceError> {
    let mut schema = list(Some(schema));
    for attribute in list(Some(custom)) {
        let attribute = prefixed(attribute)?;
        if schema.iter().any(|known| known.get("Name") == attribute.get("Name")) {
            let name = attribute.get("Name").and_then(Value::as_str).unwrap_or_default();
            let short = name.strip_prefix("dev:").unwrap_or(name);
            return Err(ServiceError::invalid_parameter(format!(
                "{short}: Existing attribute already has name {name}."
            )));
        }
        schema.push(attribute);
    }
    if schema.iter().filter(|attribute| is_custom(attribute)).count() > MOST_CUSTOM {
        return Err(ServiceError::invalid_parameter(format!(
            "Cannot have more than {MOST_CUSTOM} custom attributes."
        )));
    }
    Ok(schema.into_iter().map(Value::Object).collect())
}

/// The names of all attributes, in their order.
pub(crate) fn names(schema: &Value) -> impl Iterator<Item = &str> {
    let attributes = schema.as_array().into_iter().flatten();
    attributes.filter_map(|attribute| attribute.get("Name").and_then(Value::as_str))
}

/// Takes over what a request may change of a standard attribute.
fn adapt(known: &mut Members, given: Members) -> Result<(), ServiceError> {
    let name = known.get("Name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let other_type = |kind: &Value| Some(kind) != known.get("AttributeDataType");
    let developer_only = given.get("DeveloperOnlyAttribute") == Some(&Value::Bool(true));
    if developer_only || given.get("AttributeDataType").is_some_and(other_type) {
        return Err(ServiceError::invalid_parameter(format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard \
             schema attribute {name}"
        )));
    }
    let kept = ["Mutable", "Required", "StringAttributeConstraints", "NumberAttributeConstraints"];
    known.extend(given.into_iter().filter(|(member, _)| kept.contains(&member.as_str())));
    constraints::check(known)
}

/// An attribute of the pool's owner under its full name. A prefix that the request writes is part
/// of the name: `custom:x` becomes `custom:custom:x`.
fn prefixed(mut given: Members) -> Result<Members, ServiceError> {
    const NO_TYPE: &str = "Invalid AttributeDataType input, consider using the provided \
                           AttributeDataType enum.";
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let flag = |name: &str| given.get(name) == Some(&Value::Bool(true));
    let name = text("Name").unwrap_or_default();
    if name.is_empty() {
        return Err(ServiceError::invalid_parameter("Attributes must have a name."));
    }
    if flag("Required") {
        return Err(ServiceError::invalid_parameter(
            "Required custom attributes are not supported currently.",
        ));
    }
    let developer_only = flag("DeveloperOnlyAttribute");
    let prefix = if developer_only { "dev:custom" } else { "custom" };
    let kind = text("AttributeDataType").ok_or_else(|| ServiceError::invalid_parameter(NO_TYPE))?;
    let mutable = given.get("Mutable") != Some(&Value::Bool(false));
    let mut attribute = attribute(&format!("{prefix}:{name}"), kind, mutable);
    attribute.insert("DeveloperOnlyAttribute".to_owned(), developer_only.into());
    for block in ["StringAttributeConstraints", "NumberAttributeConstraints"] {
        if let Some(value) = given.remove(block) {
            attribute.insert(block.to_owned(), value);
        }
    }
    constraints::check(&attribute)?;
    Ok(attribute)
}

fn is_custom(attribute: &Members) -> bool {
    let name = attribute.get("Name").and_then(Value::as_str);
    name.is_some_and(|name| name.contains("custom:"))
}

fn list(attributes: Option<Value>) -> Vec<Members> {
    let Some(Value::Array(attributes)) = attributes else {
        return Vec::new();
    };
    let object = |attribute| match attribute {
        Value::Object(members) => Some(members),
        _ => None,
    };
    attributes.into_iter().filter_map(object).collect()
}

/// The attributes that every pool has, in the order of the service.
fn standard() -> Vec<Members> {
    let text = |name: &str, least: &str, most: &str, mutable: bool| {
        let mut attribute = attribute(name, "String", mutable);
        let constraints = json!({ "MinLength": least, "MaxLength": most });
        attribute.insert("StringAttributeConstraints".to_owned(), constraints);
        attribute
    };
    let long = |name: &str| text(name, "0", LONGEST, true);
    let flag = |name: &str| attribute(name, "Boolean", true);
    let mut sub = text("sub", "1", LONGEST, false);
    sub.insert("Required".to_owned(), true.into());
    let mut updated_at = attribute("updated_at", "Number", true);
    updated_at.insert("NumberAttributeConstraints".to_owned(), json!({ "MinValue": "0" }));
    let mut identities = attribute("identities", "String", true);
    identities.insert("StringAttributeConstraints".to_owned(), json!({}));
    vec![
        sub,
        long("name"),
        long("given_name"),
        long("family_name"),
        long("middle_name"),
        long("nickname"),
        long("preferred_username"),
        long("profile"),
        long("picture"),
        long("website"),
        long("email"),
        flag("email_verified"),
        long("gender"),
        text("birthdate", "10", "10", true),
        long("zoneinfo"),
        long("locale"),
        long("phone_number"),
        flag("phone_number_verified"),
        long("address"),
        updated_at,
        identities,
    ]
}

/// SchemaAttributeType without constraints.
fn attribute(name: &str, kind: &str, mutable: bool) -> Members {
    let mut attribute = Map::new();
    for (member, value) in [
        ("Name", json!(name)),
        ("AttributeDataType", json!(kind)),
        ("DeveloperOnlyAttribute", json!(false)),
        ("Mutable", json!(mutable)),
        ("Required", json!(false)),
    ] {
        attribute.insert(member.to_owned(), value);
    }
    if kind == "String" && name.contains("custom:") {
        attribute.insert("StringAttributeConstraints".to_owned(), json!({}));
    }
    if kind == "Number" {
        attribute.insert("NumberAttributeConstraints".to_owned(), json!({}));
    }
    attribute
}
