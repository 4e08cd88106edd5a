//! Responses without the values that differ between two runs.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// Members whose values are random, times or secrets.
const MASKED: [&str; 19] = [
    "AccessKey",
    "ClientSecret",
    "ClientSecretId",
    "ClientSecretValue",
    "CloudFrontDistribution",
    "DeviceKey",
    "ManagedLoginBrandingId",
    "NextToken",
    "PaginationToken",
    "RefreshToken",
    "SecretCode",
    "Session",
    "UserSub",
    "Version",
    "auth_time",
    "exp",
    "iat",
    "iss",
    "sub",
];

/// Longer strings without a space are tokens or similar values.
const LONGEST_WORD: usize = 80;

/// Longer words with digits in a failure may be secrets; names of settings have no digits.
const LONGEST_WORD_WITH_DIGITS: usize = 30;

const ACCOUNT_DIGITS: usize = 12;

/// Returns a value with names in place of kept values, and `<…>` in place of random ones.
pub fn normal(value: &Value, kept: &BTreeMap<String, String>) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter();
            Value::Object(members.map(|(name, value)| member(name, value, kept)).collect())
        }
        Value::Array(items) => items.iter().map(|item| normal(item, kept)).collect(),
        Value::String(text) => normal_text(text, kept),
        other => other.clone(),
    }
}

fn member(name: &str, value: &Value, kept: &BTreeMap<String, String>) -> (String, Value) {
    let is_masked = MASKED.contains(&name) || name.ends_with("Date") || name.ends_with("jti");
    let value = match value {
        Value::String(_) | Value::Number(_) if is_masked => json!(format!("<{name}>")),
        _ => normal(value, kept),
    };
    (name.to_owned(), value)
}

fn normal_text(text: &str, kept: &BTreeMap<String, String>) -> Value {
    if let Some(claims) = claims(text) {
        return normal(&Value::Object(claims), kept);
    }
    if is_uuid(text) {
        return json!("<uuid>");
    }
    let mut text = text.to_owned();
    // Longer values first, because an ARN contains the id of the pool, which contains the Region.
    let mut kept: Vec<_> = kept.iter().filter(|(_, value)| value.len() > 3).collect();
    kept.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
    for (name, value) in kept {
        text = text.replace(value, &format!("${name}"));
    }
    if text.len() > LONGEST_WORD && !text.contains(' ') {
        return json!("<long text>");
    }
    json!(text)
}

/// Returns the message of a failure without ARNs, account ids and long words with digits, such as the
/// secret of an app client.
pub fn masked(text: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || "\"'`,;()[]{}<>".contains(c);
    let pieces = text.split_inclusive(is_end).map(|piece| {
        let word = piece.trim_end_matches(is_end);
        format!("{}{}", masked_word(word), &piece[word.len()..])
    });
    pieces.collect()
}

fn masked_word(word: &str) -> String {
    let has_digit = word.contains(|c: char| c.is_ascii_digit());
    if word.contains("arn:aws") {
        return "<ARN>".to_owned();
    }
    if word.len() > LONGEST_WORD || (word.len() > LONGEST_WORD_WITH_DIGITS && has_digit) {
        return "<long word>".to_owned();
    }
    let mut numbers: Vec<_> = word.split(|c: char| !c.is_ascii_digit()).collect();
    numbers.retain(|number| number.len() == ACCOUNT_DIGITS);
    numbers.iter().fold(word.to_owned(), |word, number| word.replace(number, "<account>"))
}

/// Returns the claims of a JSON Web Token.
fn claims(text: &str) -> Option<Map<String, Value>> {
    let [header, payload, _] = text.split('.').collect::<Vec<_>>().try_into().ok()?;
    header.starts_with("eyJ").then_some(())?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn is_uuid(text: &str) -> bool {
    let parts = text.split('-').map(str::len);
    parts.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}
