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

/// Longer texts without a space are tokens and the like.
const LONGEST_WORD: usize = 80;

/// Returns a value with names in place of values that a case kept, and `<…>` in place of random ones.
pub(super) fn normal(value: &Value, kept: &BTreeMap<String, String>) -> Value {
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
    // Longer values first: an ARN has the id of the pool, which has the Region.
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

/// The claims of a JSON Web Token.
fn claims(text: &str) -> Option<Map<String, Value>> {
    let [header, payload, _] = text.split('.').collect::<Vec<_>>().try_into().ok()?;
    header.starts_with("eyJ").then_some(())?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn is_uuid(text: &str) -> bool {
    let parts = text.split('-').map(str::len);
    parts.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_run_are_replaced() {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(r#"{"iat":7,"client_id":"1example","n":1}"#);
        let response = json!({
            "Id": "eu-west-1_Ab12Cd34E", "CreationDate": 1.5, "Session": "secret", "Enabled": true,
            "AccessToken": format!("eyJh.{payload}.sig"),
            "Attributes": [{ "Name": "sub", "Value": "0123abcd-0000-4000-8000-00000000000a" }],
            "Message": "User pool eu-west-1_Ab12Cd34E does not exist.", "Code": "a".repeat(100),
        });
        let kept =
            [("Pool", "eu-west-1_Ab12Cd34E"), ("Client", "1example"), ("Region", "eu-west-1")];
        let kept = kept.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let expected = json!({
            "Id": "$Pool", "CreationDate": "<CreationDate>", "Session": "<Session>", "Enabled": true,
            "AccessToken": { "iat": "<iat>", "client_id": "$Client", "n": 1 },
            "Attributes": [{ "Name": "sub", "Value": "<uuid>" }],
            "Message": "User pool $Pool does not exist.", "Code": "<long text>",
        });
        assert_eq!(normal(&response, &kept), expected);
    }
}
