//! Parses the fields of a test case, and compares results with them.

use std::fmt::Display;

use serde_json::Value;

use super::Mismatch;

/// Returns a required field as text.
pub(super) fn text<'a>(case: &'a Value, name: &str) -> Result<&'a str, Mismatch> {
    case[name].as_str().ok_or_else(|| Mismatch::new(name, "text", &case[name]))
}

/// Returns a field of hexadecimal bytes.
pub(super) fn bytes(case: &Value, name: &str) -> Result<Vec<u8>, Mismatch> {
    let digits = text(case, name)?;
    let even = format!("{}{digits}", if digits.len() % 2 == 1 { "0" } else { "" });
    let pairs = (0..even.len()).step_by(2);
    let decoded = pairs.map(|start| {
        let pair = even.get(start..start + 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    decoded.collect::<Option<_>>().ok_or_else(|| Mismatch::new(name, "hexadecimal", digits))
}

/// Returns a text field whose value is UTF-8 bytes in hexadecimal.
pub(super) fn utf8(case: &Value, name: &str) -> Result<String, Mismatch> {
    String::from_utf8(bytes(case, name)?).map_err(|error| Mismatch::new(name, "UTF-8", error))
}

/// Succeeds if the field is absent or equals the result, regardless of case.
pub(super) fn compare(expected: &Value, name: &str, actual: impl Display) -> Result<(), Mismatch> {
    let actual = actual.to_string();
    let expected = match &expected[name] {
        Value::Null => return Ok(()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let same = if name.ends_with("_hex") {
        expected.eq_ignore_ascii_case(&actual)
    } else {
        expected == actual
    };
    if same { Ok(()) } else { Err(Mismatch::new(name, expected, actual)) }
}

/// Compares like [`compare`], but the field is required.
pub(super) fn must_equal(
    expected: &Value,
    name: &str,
    actual: impl Display,
) -> Result<(), Mismatch> {
    if expected[name].is_null() {
        return Err(Mismatch::new(name, "a value to compare with", "none in the file"));
    }
    compare(expected, name, actual)
}
