//! Restoring the payload of a token from the texts to which API Gateway converts the claims.

use std::time::UNIX_EPOCH;

use serde::Serialize;
use serde_json::{Map, Number, Value};

/// The claims that are times.
const TIMES: [&str; 4] = ["auth_time", "exp", "iat", "nbf"];

/// Returns the payload for the claims in an event or in its request context; `None` without claims.
///
/// The event must be that of a proxy integration, in which the client cannot write `requestContext`.
pub(super) fn of(event: &impl Serialize) -> Option<String> {
    let mut event = serde_json::to_value(event).ok()?;
    let mut context = match event.get_mut("requestContext") {
        Some(context) => context.take(),
        None => event,
    };
    let authorizer = context.get_mut("authorizer")?;
    // HTTP APIs use the first place. The others are also those of a Lambda authorizer.
    let places = ["/jwt/claims", "/claims", "/lambda/claims"];
    let claims = places.into_iter().find_map(|place| {
        authorizer.pointer_mut(place).map(Value::take).filter(|claims| !claims.is_null())
    });
    match claims? {
        // The context of a Lambda authorizer has the payload itself.
        Value::String(payload) => Some(payload),
        Value::Object(claims) => Some(Value::Object(restored(claims)).to_string()),
        _ => None,
    }
}

/// Restores the types of the claims. A claim that cannot be restored is left as it is; if it
/// matters, a later check refuses it.
fn restored(claims: Map<String, Value>) -> Map<String, Value> {
    let claims = claims.into_iter().filter(|(_, value)| !value.is_null());
    claims
        .map(|(name, value)| {
            let value = claim(&name, value);
            (name, value)
        })
        .collect()
}

fn claim(name: &str, value: Value) -> Value {
    let Value::String(text) = value else {
        return value;
    };
    let found = match name {
        "cognito:groups" => Some(list(&text).unwrap_or_else(|| separated(&text, ','))),
        "aud" => list(&text),
        "act" => serde_json::from_str(&text).ok(),
        _ if TIMES.contains(&name) => seconds(&text).map(Value::Number),
        _ => None,
    };
    found.unwrap_or(Value::String(text))
}

/// Parses a list in brackets.
///
/// HTTP APIs separate the elements with spaces, as measured in floci#2011. No group and no resource
/// has a space in its name. Other implementations of API Gateway use JSON.
fn list(text: &str) -> Option<Value> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let json = serde_json::from_str::<Vec<String>>(text).map(Value::from);
    Some(json.unwrap_or_else(|_| separated(inner, ' ')))
}

/// Splits a list, which REST APIs separate with commas. A comma in a group name cannot be
/// distinguished from a separator.
fn separated(text: &str, separator: char) -> Value {
    text.split(separator).map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// Parses a time: a number, possibly with an exponent, or a date as Java formats it.
fn seconds(text: &str) -> Option<Number> {
    let whole = text.parse::<u64>().ok().map(Number::from);
    let number = || text.parse().ok().and_then(Number::from_f64);
    whole.or_else(number).or_else(|| java_date(text).map(Number::from))
}

/// Parses `exp` and `iat` of REST APIs, such as `Thu Dec 06 17:08:23 UTC 2018`: the format of C's
/// asctime with a time zone. See amazon-cognito-identity-js#92.
fn java_date(text: &str) -> Option<u64> {
    let (date, year) = text.split_once(" UTC ")?;
    let time = httpdate::parse_http_date(&format!("{date} {year}")).ok()?;
    Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs())
}
