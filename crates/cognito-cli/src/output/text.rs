//! Values as text.

use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::Value;

/// Returns a value as a text for a cell; the items of a list have this between them.
pub(super) fn plain(value: &Value, between: &str) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| plain(item, between)).collect();
            items.join(between)
        }
        other => other.to_string(),
    }
}

/// Returns a text whose control characters, and those that change the direction of text, are written
/// as `\u{1b}`, so that it cannot control a terminal.
pub(crate) fn printable(text: &str) -> String {
    let is_harmless = |c: char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !c.is_control() && !turns && !matches!(c, '\u{2028}' | '\u{2029}')
    };
    let mut printed = String::with_capacity(text.len());
    for c in text.chars() {
        match is_harmless(c) {
            true => printed.push(c),
            false => printed.extend(c.escape_unicode()),
        }
    }
    printed
}

/// Returns a time as in RFC 3339, in seconds; `null` for a time that is missing.
pub(crate) fn time(time: impl Into<Option<SystemTime>>) -> Value {
    let moment = time.into().and_then(|time| Timestamp::try_from(time).ok());
    let text = moment.map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    text.map_or(Value::Null, Value::String)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn times_are_in_utc() {
        let moment = UNIX_EPOCH + Duration::from_millis(1_700_000_000_500);
        assert_eq!(time(moment), "2023-11-14T22:13:20Z");
        assert_eq!(time(None), Value::Null);
    }
}
