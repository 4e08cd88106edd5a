//! Lists of attributes in requests and responses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::attributes::{self, Attributes, SchemaAttribute, Writer};
use crate::state::identity;
use crate::state::user::User;

/// AttributeType of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    name: String,
    value: Option<String>,
}

/// AttributeType of a response.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttributeType {
    pub(super) name: String,
    value: String,
}

/// Parses the attributes of a new user. Empty values count as missing.
pub(super) fn read_new(
    list: Vec<Attribute>,
    schema: &[SchemaAttribute],
    writer: Writer,
) -> Result<Attributes, ServiceError> {
    let mut attributes = with_values(list)?;
    attributes::check_new(&attributes, schema, writer)?;
    attributes.retain(|_, value| !value.is_empty());
    Ok(attributes)
}

/// Parses changes of a user's attributes. Empty values delete an attribute.
pub(super) fn read_update(
    list: Vec<Attribute>,
    schema: &[SchemaAttribute],
    writer: Writer,
) -> Result<Attributes, ServiceError> {
    let changes = with_values(list)?;
    attributes::check_update(&changes, schema, writer)?;
    Ok(changes)
}

/// Parses ValidationData of a request without validation, since only triggers use it.
pub(super) fn unchecked(list: Vec<Attribute>) -> BTreeMap<String, String> {
    let pair = |Attribute { name, value }| (name, value.unwrap_or_default());
    list.into_iter().map(pair).collect()
}

/// Returns the attributes of a user, `sub` first.
pub(super) fn of(user: &User) -> Vec<AttributeType> {
    let pair =
        |name: &str, value: &str| AttributeType { name: name.to_owned(), value: value.to_owned() };
    let others = user.attributes().iter();
    let others = others.map(|(name, value)| pair(name, &identity::shown(name, value)));
    std::iter::once(pair("sub", &user.sub)).chain(others).collect()
}

fn with_values(list: Vec<Attribute>) -> Result<Attributes, ServiceError> {
    let pair = |Attribute { name, value }: Attribute| match value {
        Some(value) => Ok((name, value)),
        None => Err(ServiceError::invalid_parameter(format!(
            "Attribute value for {name} must not be null"
        ))),
    };
    list.into_iter().map(pair).collect()
}
