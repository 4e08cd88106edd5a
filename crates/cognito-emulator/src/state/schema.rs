//! The schema of a pool: standard and custom attributes.

mod constraints;

use serde::{Deserialize, Serialize};

use self::constraints::{NumberConstraints, StringConstraints};
use crate::model::ServiceError;

/// SchemaAttributeType.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SchemaAttribute {
    pub(crate) name: String,
    pub(crate) attribute_data_type: String,
    developer_only_attribute: bool,
    pub(crate) mutable: bool,
    pub(crate) required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    string_attribute_constraints: Option<StringConstraints>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_attribute_constraints: Option<NumberConstraints>,
}

/// SchemaAttributeType of a custom attribute, or of changes to a standard one.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NewAttribute {
    name: Option<String>,
    attribute_data_type: Option<String>,
    #[serde(default)]
    developer_only_attribute: bool,
    mutable: Option<bool>,
    required: Option<bool>,
    string_attribute_constraints: Option<StringConstraints>,
    number_attribute_constraints: Option<NumberConstraints>,
}

/// The maximum number of custom attributes of a pool.
const MOST_CUSTOM: usize = 50;

/// The standard attributes that say whether an address is verified.
const FLAGS: [&str; 2] = ["email_verified", "phone_number_verified"];

/// The maximum length of a string, which is also the default.
const LONGEST: &str = "2048";

/// Returns the schema of a new pool: all standard attributes with the changes of the request, and
/// custom attributes.
pub(crate) fn create(given: Vec<NewAttribute>) -> Result<Vec<SchemaAttribute>, ServiceError> {
    let mut schema = standard();
    let mut custom = Vec::new();
    for attribute in given {
        let name = attribute.name.as_deref().unwrap_or_default();
        // A request cannot change the flags: an attribute with their name is a custom attribute,
        // such as custom:email_verified.
        let adaptable = !FLAGS.contains(&name);
        match schema.iter_mut().find(|known| adaptable && known.name == name) {
            Some(known) => known.adapt(attribute)?,
            None => custom.push(attribute),
        }
    }
    add(&mut schema, custom)?;
    Ok(schema)
}

/// Adds custom attributes to a schema.
pub(crate) fn add(
    schema: &mut Vec<SchemaAttribute>,
    custom: Vec<NewAttribute>,
) -> Result<(), ServiceError> {
    for attribute in custom {
        let attribute = SchemaAttribute::custom(attribute)?;
        if schema.iter().any(|known| known.name == attribute.name) {
            let name = &attribute.name;
            let short = name.strip_prefix("dev:").unwrap_or(name);
            return Err(ServiceError::invalid_parameter(format!(
                "{short}: Existing attribute already has name {name}."
            )));
        }
        schema.push(attribute);
    }
    if schema.iter().filter(|attribute| attribute.name.contains("custom:")).count() > MOST_CUSTOM {
        return Err(ServiceError::invalid_parameter(format!(
            "Cannot have more than {MOST_CUSTOM} custom attributes."
        )));
    }
    Ok(())
}

impl SchemaAttribute {
    /// Returns an attribute without constraints.
    fn new(name: &str, kind: &str) -> Self {
        Self {
            name: name.to_owned(),
            attribute_data_type: kind.to_owned(),
            developer_only_attribute: false,
            mutable: true,
            required: false,
            string_attribute_constraints: None,
            number_attribute_constraints: None,
        }
    }

    fn text(name: &str, least: &str, most: &str) -> Self {
        let constraints = StringConstraints::between(least, most);
        Self { string_attribute_constraints: Some(constraints), ..Self::new(name, "String") }
    }

    /// Returns a custom attribute with its full name. A prefix in the request is part of the name:
    /// `custom:x` becomes `custom:custom:x`.
    fn custom(given: NewAttribute) -> Result<Self, ServiceError> {
        const NO_TYPE: &str = "Invalid AttributeDataType input, consider using the provided \
                               AttributeDataType enum.";
        let name = given.name.unwrap_or_default();
        if name.is_empty() {
            return Err(ServiceError::invalid_parameter("Attributes must have a name."));
        }
        if given.required == Some(true) {
            return Err(ServiceError::invalid_parameter(
                "Required custom attributes are not supported currently.",
            ));
        }
        let kind = given.attribute_data_type;
        let kind = kind.ok_or_else(|| ServiceError::invalid_parameter(NO_TYPE))?;
        let prefix = if given.developer_only_attribute { "dev:custom" } else { "custom" };
        let mut attribute = Self::new(&format!("{prefix}:{name}"), &kind);
        attribute.mutable = given.mutable.unwrap_or(true);
        attribute.developer_only_attribute = given.developer_only_attribute;
        attribute.string_attribute_constraints = given
            .string_attribute_constraints
            .or_else(|| (kind == "String").then(Default::default));
        attribute.number_attribute_constraints = given
            .number_attribute_constraints
            .or_else(|| (kind == "Number").then(Default::default));
        attribute.check_constraints()?;
        Ok(attribute)
    }

    /// Applies the allowed changes to a standard attribute.
    fn adapt(&mut self, given: NewAttribute) -> Result<(), ServiceError> {
        let other_type =
            given.attribute_data_type.is_some_and(|kind| kind != self.attribute_data_type);
        if given.developer_only_attribute || other_type {
            return Err(ServiceError::invalid_parameter(format!(
                "You can not change AttributeDataType or set developerOnlyAttribute for standard \
                 schema attribute {}",
                self.name
            )));
        }
        self.mutable = given.mutable.unwrap_or(self.mutable);
        self.required = given.required.unwrap_or(self.required);
        let (texts, numbers) =
            (given.string_attribute_constraints, given.number_attribute_constraints);
        self.string_attribute_constraints =
            texts.or_else(|| self.string_attribute_constraints.take());
        self.number_attribute_constraints =
            numbers.or_else(|| self.number_attribute_constraints.take());
        self.check_constraints()
    }
}

/// Returns the standard attributes, in the order of the service.
pub(crate) fn standard() -> Vec<SchemaAttribute> {
    let long = |name: &str| SchemaAttribute::text(name, "0", LONGEST);
    let flag = |name: &str| SchemaAttribute::new(name, "Boolean");
    let sub = SchemaAttribute {
        mutable: false,
        required: true,
        ..SchemaAttribute::text("sub", "1", LONGEST)
    };
    let updated_at = SchemaAttribute {
        number_attribute_constraints: Some(NumberConstraints::at_least("0")),
        ..SchemaAttribute::new("updated_at", "Number")
    };
    let identities = SchemaAttribute {
        string_attribute_constraints: Some(StringConstraints::default()),
        ..SchemaAttribute::new("identities", "String")
    };
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
        SchemaAttribute::text("birthdate", "10", "10"),
        long("zoneinfo"),
        long("locale"),
        long("phone_number"),
        flag("phone_number_verified"),
        long("address"),
        updated_at,
        identities,
    ]
}
