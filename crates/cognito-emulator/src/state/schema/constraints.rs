//! The constraints of schema attributes, whose numbers are texts.

use serde_json::Value;

use crate::model::ServiceError;
use crate::state::members::{Members, MembersExt};

/// The largest length of a text.
const LONGEST: u64 = 2048;

/// Rejects constraints that are not numbers, are too large, or contradict each other.
///
/// The messages are those of moto; the one for values is derived from the one for lengths.
/// Constraints of another type than the attribute's are kept and not checked.
pub(super) fn check(attribute: &Members) -> Result<(), ServiceError> {
    match attribute.text("AttributeDataType") {
        "String" => check_lengths(attribute),
        "Number" => check_values(attribute),
        _ => Ok(()),
    }
}

fn check_lengths(attribute: &Members) -> Result<(), ServiceError> {
    const LONG: &str = "String attributes cannot have a length of more than 2048";
    let length = |text: &str| text.parse::<u64>().ok();
    let min = limit(attribute, ["StringAttributeConstraints", "MinLength"], length)?;
    let max = limit(attribute, ["StringAttributeConstraints", "MaxLength"], length)?;
    if [min, max].into_iter().flatten().any(|length| length > LONGEST) {
        return Err(refusal(attribute, LONG));
    }
    match min.zip(max).is_some_and(|(min, max)| min > max) {
        true => Err(refusal(attribute, "Max length cannot be less than min length.")),
        false => Ok(()),
    }
}

fn check_values(attribute: &Members) -> Result<(), ServiceError> {
    let value = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    let min = limit(attribute, ["NumberAttributeConstraints", "MinValue"], value)?;
    let max = limit(attribute, ["NumberAttributeConstraints", "MaxValue"], value)?;
    match min.zip(max).is_some_and(|(min, max)| min > max) {
        true => Err(refusal(attribute, "Max value cannot be less than min value.")),
        false => Ok(()),
    }
}

/// Returns a limit, of which an empty one counts as absent.
fn limit<N>(
    attribute: &Members,
    [block, name]: [&str; 2],
    parse: impl Fn(&str) -> Option<N>,
) -> Result<Option<N>, ServiceError> {
    let text = attribute.at(&[block, name]).and_then(Value::as_str);
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let name = attribute.text("Name");
    let invalid = || format!("Invalid {block} for schema attribute {name}");
    parse(text).map(Some).ok_or_else(|| ServiceError::invalid_parameter(invalid()))
}

fn refusal(attribute: &Members, rule: &str) -> ServiceError {
    ServiceError::invalid_parameter(format!("user.{}: {rule}", attribute.text("Name")))
}
