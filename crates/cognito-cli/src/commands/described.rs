//! Settings of pools and app clients as the service describes them, and their differences.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use cognito::Admin;
use serde_json::{Map, Value};

use crate::failure::{Failure, Outcome};
use crate::output::{Record, time};

/// The member with the settings of second factors, which the service returns from a separate
/// operation.
const MFA: &str = "MfaConfig";

/// The members with times, which the service writes as seconds.
const TIMES: [&str; 2] = ["CreationDate", "LastModifiedDate"];

/// Returns the settings of a pool (DescribeUserPool), with those of second factors as `MfaConfig`
/// (GetUserPoolMfaConfig).
pub(crate) async fn of_pool(admin: &Admin) -> Outcome<Map<String, Value>> {
    let pool = admin.pool();
    let mut settings = object(&pool.describe_json().await?)?;
    let mfa = object(&pool.mfa_config_json().await?)?;
    settings.insert(MFA.to_owned(), mfa.into());
    Ok(settings)
}

/// Returns the settings of an app client (DescribeUserPoolClient), with its secret redacted.
pub(crate) async fn of_client(admin: &Admin, id: &str) -> Outcome<Map<String, Value>> {
    object(&admin.client(id).describe_json().await?)
}

fn object(text: &str) -> Outcome<Map<String, Value>> {
    let mut object: Map<String, Value> = serde_json::from_str(text)
        .map_err(|_| Failure::failed("service", "the description is not an object"))?;
    for name in TIMES {
        if let Some(value) = object.get_mut(name)
            && let Some(seconds) = value.as_f64()
            && let Ok(since) = Duration::try_from_secs_f64(seconds)
        {
            *value = time(UNIX_EPOCH.checked_add(since));
        }
    }
    Ok(object)
}

/// Returns settings as a record with the service's names.
pub(crate) fn record(settings: Map<String, Value>) -> Record {
    settings.into_iter().fold(Record::new(), |record, (name, value)| record.with(name, value))
}

/// A setting that differs.
#[derive(Debug, PartialEq)]
pub(crate) struct Difference {
    /// The path of members, such as `Policies.PasswordPolicy.MinimumLength`.
    pub(crate) setting: String,
    pub(crate) left: Value,
    pub(crate) right: Value,
}

/// Returns the settings that differ, apart from ignored members, by their path.
///
/// A missing member equals null, an empty list and an empty object. The order of lists is ignored,
/// because the service does not preserve it. Lists of named objects are compared by name.
pub(crate) fn differences(
    left: &Map<String, Value>,
    right: &Map<String, Value>,
    ignored: &[&str],
) -> Vec<Difference> {
    let mut found = Vec::new();
    for name in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
        if !ignored.contains(&name.as_str()) {
            compare(name, member(left, name), member(right, name), &mut found);
        }
    }
    found
}

fn member<'a>(object: &'a Map<String, Value>, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

fn compare(path: &str, left: &Value, right: &Value, found: &mut Vec<Difference>) {
    let (left, right) = (comparable(left), comparable(right));
    if left == right {
        return;
    }
    match (members(&left), members(&right)) {
        (Some(left), Some(right)) => {
            for name in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
                let path = format!("{path}.{name}");
                compare(&path, member(&left, name), member(&right, name), found);
            }
        }
        _ => found.push(Difference { setting: path.to_owned(), left, right }),
    }
}

/// Returns the members of an object, or an empty map for null. Returns `None` for a value that is
/// compared as a whole.
fn members(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members.clone()),
        Value::Null => Some(Map::new()),
        _ => None,
    }
}

/// Normalizes a value for comparison: lists are sorted, or converted to objects by name.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Object(members) if members.is_empty() => Value::Null,
        Value::Array(items) if items.is_empty() => Value::Null,
        Value::Array(items) => by_name(items).unwrap_or_else(|| ordered(items)),
        other => other.clone(),
    }
}

fn by_name(items: &[Value]) -> Option<Value> {
    let named = items.iter().map(|item| Some((item.get("Name")?.as_str()?.to_owned(), item)));
    let named: Map<String, Value> =
        named.map(|named| named.map(|(name, item)| (name, item.clone()))).collect::<Option<_>>()?;
    (named.len() == items.len()).then_some(Value::Object(named))
}

fn ordered(items: &[Value]) -> Value {
    let mut items = items.to_vec();
    items.sort_by_cached_key(Value::to_string);
    Value::Array(items)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compared(left: Value, right: Value) -> Vec<(String, Value, Value)> {
        let (Value::Object(left), Value::Object(right)) = (left, right) else { panic!() };
        let found = differences(&left, &right, &["Id"]).into_iter();
        found.map(|found| (found.setting, found.left, found.right)).collect()
    }

    #[test]
    fn equal_settings_have_no_difference() {
        let left = json!({
            "Id": "a", "Tags": {}, "Aliases": ["email", "phone"], "Lambda": null,
            "Schema": [{ "Name": "a", "Mutable": true }, { "Name": "b" }]
        });
        let right = json!({
            "Id": "b", "Aliases": ["phone", "email"],
            "Schema": [{ "Name": "b" }, { "Name": "a", "Mutable": true }]
        });
        assert_eq!(compared(left, right), []);
    }

    #[test]
    fn differences_have_the_path_of_the_member() {
        let left = json!({ "P": { "Length": 8, "Symbols": true }, "Aliases": ["a"], "Mfa": "OFF" });
        let right = json!({ "P": { "Length": 12, "Symbols": true }, "Aliases": ["b"] });
        let expected = [
            ("Aliases".to_owned(), json!(["a"]), json!(["b"])),
            ("Mfa".to_owned(), json!("OFF"), Value::Null),
            ("P.Length".to_owned(), json!(8), json!(12)),
        ];
        assert_eq!(compared(left, right), expected);
    }

    #[test]
    fn attributes_are_compared_by_name() {
        let left = json!({ "Schema": [{ "Name": "a", "Mutable": true }] });
        let right = json!({ "Schema": [{ "Name": "a", "Mutable": false }, { "Name": "b" }] });
        let found = compared(left, right);
        let paths: Vec<&str> = found.iter().map(|(path, ..)| path.as_str()).collect();
        assert_eq!(paths, ["Schema.a.Mutable", "Schema.b.Name"]);
    }

    #[test]
    fn times_are_in_rfc_3339() {
        let object = object(r#"{"CreationDate":1.7e9,"Name":"a"}"#).unwrap();
        assert_eq!(object["CreationDate"], "2023-11-14T22:13:20Z");
    }
}
