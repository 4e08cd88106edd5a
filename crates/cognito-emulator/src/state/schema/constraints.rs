//! The constraints of schema attributes, and validation of values. Their numbers are strings in the
//! API.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::schema::SchemaAttribute;

/// StringAttributeConstraintsType.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StringConstraints {
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<String>,
}

/// NumberAttributeConstraintsType.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NumberConstraints {
    #[serde(skip_serializing_if = "Option::is_none")]
    min_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_value: Option<String>,
}

/// The maximum length of a string.
const LONGEST: u64 = 2048;

impl StringConstraints {
    pub(super) fn between(least: &str, most: &str) -> Self {
        Self { min_length: Some(least.to_owned()), max_length: Some(most.to_owned()) }
    }

    /// Returns the rule that a string violates, if any.
    fn broken_by(&self, value: &str) -> Option<String> {
        let length = value.chars().count();
        if let Some(least) = number(&self.min_length).filter(|least| length < *least) {
            return Some(format!("String must be no shorter than {least} characters"));
        }
        let most = number(&self.max_length).filter(|most| length > *most)?;
        Some(format!("String must be no longer than {most} characters"))
    }
}

impl NumberConstraints {
    pub(super) fn at_least(least: &str) -> Self {
        Self { min_value: Some(least.to_owned()), max_value: None }
    }

    /// Returns the rule that a number violates, if any.
    fn broken_by(&self, value: f64) -> Option<String> {
        if let Some(least) = number(&self.min_value).filter(|least| value < *least) {
            return Some(format!("Number must be at least {least}"));
        }
        let most = number(&self.max_value).filter(|most| value > *most)?;
        Some(format!("Number must be no more than {most}"))
    }
}

impl SchemaAttribute {
    /// Returns the rule that a value violates, if any.
    pub(crate) fn broken_by(&self, value: &str) -> Option<String> {
        match self.attribute_data_type.as_str() {
            "Number" => match value.parse::<f64>().ok().filter(|number| number.is_finite()) {
                Some(number) => self.number_attribute_constraints.as_ref()?.broken_by(number),
                None => Some("Value must be a number".to_owned()),
            },
            "Boolean" if !["true", "false"].iter().any(|flag| value.eq_ignore_ascii_case(flag)) => {
                Some("Value must be true or false".to_owned())
            }
            "String" => self.string_attribute_constraints.as_ref()?.broken_by(value),
            _ => None,
        }
    }

    /// Rejects constraints that are not numbers, too large, or contradictory.
    ///
    /// The messages are from moto; the one for values is derived from the one for lengths.
    /// Constraints of another type than the attribute's are stored without a check.
    pub(super) fn check_constraints(&self) -> Result<(), ServiceError> {
        match self.attribute_data_type.as_str() {
            "String" => self.check_lengths(),
            "Number" => self.check_values(),
            _ => Ok(()),
        }
    }

    fn check_lengths(&self) -> Result<(), ServiceError> {
        const LONG: &str = "String attributes cannot have a length of more than 2048";
        let Some(StringConstraints { min_length, max_length }) = &self.string_attribute_constraints
        else {
            return Ok(());
        };
        let limit = |text| self.limit::<u64>("StringAttributeConstraints", text);
        let (min, max) = (limit(min_length)?, limit(max_length)?);
        if [min, max].into_iter().flatten().any(|length| length > LONGEST) {
            return Err(self.refusal(LONG));
        }
        match min.zip(max).is_some_and(|(min, max)| min > max) {
            true => Err(self.refusal("Max length cannot be less than min length.")),
            false => Ok(()),
        }
    }

    fn check_values(&self) -> Result<(), ServiceError> {
        const BLOCK: &str = "NumberAttributeConstraints";
        let Some(NumberConstraints { min_value, max_value }) = &self.number_attribute_constraints
        else {
            return Ok(());
        };
        let limit = |text| match self.limit::<f64>(BLOCK, text)? {
            Some(value) if !value.is_finite() => Err(self.invalid(BLOCK)),
            value => Ok(value),
        };
        let (min, max) = (limit(min_value)?, limit(max_value)?);
        match min.zip(max).is_some_and(|(min, max)| min > max) {
            true => Err(self.refusal("Max value cannot be less than min value.")),
            false => Ok(()),
        }
    }

    /// Returns a limit; an empty one counts as missing.
    fn limit<N: FromStr>(
        &self,
        block: &str,
        text: &Option<String>,
    ) -> Result<Option<N>, ServiceError> {
        let text = text.as_deref().filter(|text| !text.is_empty());
        text.map(|text| text.parse().map_err(|_| self.invalid(block))).transpose()
    }

    fn invalid(&self, block: &str) -> ServiceError {
        let name = &self.name;
        ServiceError::invalid_parameter(format!("Invalid {block} for schema attribute {name}"))
    }

    fn refusal(&self, rule: &str) -> ServiceError {
        ServiceError::invalid_parameter(format!("user.{}: {rule}", self.name))
    }
}

fn number<N: FromStr>(text: &Option<String>) -> Option<N> {
    text.as_deref()?.parse().ok()
}
