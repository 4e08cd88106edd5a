//! The JSON types that the service accepts for each scalar, and its errors for other types.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::model::error::ServiceError;
use crate::model::shape::{Kind, Shape};

/// Converts the value of a scalar shape.
pub(super) fn scalar(shape: &Shape, value: Value) -> Result<Value, ServiceError> {
    let fits = match (&shape.kind, &value) {
        (Kind::Document, _)
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Text(..) | Kind::Enum(_), Value::String(_))
        | (Kind::Timestamp, Value::Number(_)) => true,
        // Every string is true. The evidence is weak: one report of one operation that accepts
        // "yes" (floci#2869); it is not measured whether "false" is true as well.
        (Kind::Boolean, Value::String(_)) => return Ok(Value::Bool(true)),
        (Kind::Integer(_), Value::Number(number)) => {
            number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
        }
        (Kind::Blob(_), Value::String(text)) => STANDARD.decode(text).is_ok(),
        _ => false,
    };
    if fits { Ok(value) } else { Err(wrong_type(shape, &value)) }
}

/// Returns the error for a wrong JSON type.
///
/// Captured from user pools: the message for structures (amplify-js#5165), the one for values that
/// are no list (floci#2869), and `NUMBER_VALUE can not be converted to a String`. The others are
/// from services with similar messages; that for lists is from aws-sdk-js-v3#2831.
pub(super) fn wrong_type(shape: &Shape, value: &Value) -> ServiceError {
    let text = match (&shape.kind, value) {
        (_, Value::Array(_)) => "Start of list found where not expected".to_owned(),
        (_, Value::Object(_)) => "Start of structure or map found where not expected.".to_owned(),
        (Kind::List(..) | Kind::Map(..) | Kind::Structure(_), _) => {
            "Unexpected field type".to_owned()
        }
        (Kind::Blob(_), _) => "only base-64-encoded strings are convertible to bytes".to_owned(),
        (kind, value) => format!("{} can not be converted to {}", token(value), java_type(kind)),
    };
    ServiceError::serialization(text)
}

/// Returns the parser token for a value.
fn token(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    }
}

fn java_type(kind: &Kind) -> &'static str {
    match kind {
        Kind::Boolean => "a Boolean",
        Kind::Integer(_) => "an Integer",
        Kind::Timestamp => "a Date",
        _ => "a String",
    }
}
