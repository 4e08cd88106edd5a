//! Conversion of values to text.

use std::fmt::Display;
use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

/// Returns a value as the text of a cell. `between` separates the items of a list.
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

/// Escapes control characters, and characters that change the direction of text, in the form
/// `\u{1b}`, so that a text cannot control a terminal.
pub(crate) fn printable(text: &str) -> String {
    escaped(text, |c| !controls(c))
}

/// Escapes the same characters as [`printable`] in a URL, without its user name and its password.
pub(crate) fn printable_url(text: &str) -> String {
    let hidden = match Url::parse(text) {
        Ok(url) if url.has_host() => url.authority().rsplit_once('@').map(|(_, host)| {
            let authority = format!("//{}", url.authority());
            url.as_str().replacen(&authority, &format!("//[redacted]@{host}"), 1)
        }),
        // A text that is no URL may contain a password too.
        _ => text.rsplit_once('@').map(|(_, host)| format!("[redacted]@{host}")),
    };
    printable(hidden.as_deref().unwrap_or(text))
}

/// Escapes the same characters as [`printable`], except line breaks and tabs, in a text of several
/// lines.
pub(crate) fn printable_lines(text: &str) -> String {
    escaped(text, |c| !controls(c) || matches!(c, '\n' | '\t'))
}

/// Escapes the same characters as [`printable`] in a JSON document, which remains equal to another
/// parser. Serializers escape only those below U+0020.
pub(crate) fn printable_json(document: &str) -> String {
    let mut printed = String::with_capacity(document.len());
    for c in document.chars() {
        // Outside of strings, a document contains only ASCII.
        match c.is_ascii() && c != '\u{7f}' || !controls(c) {
            true => printed.push(c),
            false => printed.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    printed
}

fn escaped(text: &str, is_harmless: impl Fn(char) -> bool) -> String {
    let mut printed = String::with_capacity(text.len());
    for c in text.chars() {
        match is_harmless(c) {
            true => printed.push(c),
            false => printed.extend(c.escape_unicode()),
        }
    }
    printed
}

/// Returns whether a character controls a terminal: a control character, a line separator, or one
/// with the property Bidi_Control (Unicode Standard Annex 9), all of which are below U+10000.
fn controls(c: char) -> bool {
    let turns = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Formats a number with a noun in the singular or plural, such as `1 user` or `2 users`.
pub(crate) fn counted(number: impl Display, noun: &str) -> String {
    let number = number.to_string();
    let ending = if number == "1" { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// Formats a time according to RFC 3339, in seconds. A missing time is `null`.
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
    fn nouns_are_in_the_plural_except_for_one() {
        assert_eq!(
            [0, 1, 2].map(|number| counted(number, "user")),
            ["0 users", "1 user", "2 users"]
        );
    }

    /// Characters that control a terminal, and one that does not.
    const TEXT: &str = "\u{1b}[2J\u{7f}\u{9b}2J\u{202e}\u{2066}\u{61c}\u{2028}é\u{1f600}";

    #[test]
    fn characters_that_control_a_terminal_are_escaped() {
        let shown = r"\u{1b}[2J\u{7f}\u{9b}2J\u{202e}\u{2066}\u{61c}\u{2028}é😀";
        assert_eq!(printable(TEXT), shown);
        assert_eq!(printable_lines(&format!("a\t{TEXT}\n")), format!("a\t{shown}\n"));
        assert_eq!(printable("a\n\t"), r"a\u{a}\u{9}");
    }

    #[test]
    fn urls_are_shown_without_user_names_and_passwords() {
        for (url, shown) in [
            ("https://user:p@ss@host/a", "https://[redacted]@host/a"),
            ("https://h@host/a@b", "https://[redacted]@host/a@b"),
            ("https:user:pass@host", "https://[redacted]@host/"),
            (r"https:\\user:pass@host", "https://[redacted]@host/"),
            ("https://host:70000@user:pass@host", "https://[redacted]@host/"),
            ("user:pa://ss@host", "[redacted]@host"),
            ("http://user:pass@host:70000", "[redacted]@host:70000"),
            // The host is not what follows the last `@`.
            ("https://host.example/@auth", "https://host.example/@auth"),
            ("https://host.example?@auth", "https://host.example?@auth"),
            ("https://host.example#@auth", "https://host.example#@auth"),
            (r"https://host.example\@auth", r"https://host.example\@auth"),
            ("https://host/\u{1b}", r"https://host/\u{1b}"),
        ] {
            assert_eq!(printable_url(url), shown);
        }
    }

    #[test]
    fn json_is_escaped_without_loss() {
        for value in [serde_json::json!({ TEXT: [TEXT, 1] }), Value::from(TEXT)] {
            let document = serde_json::to_string_pretty(&value).unwrap();
            let printed = printable_json(&document);
            assert!(!printed.chars().any(|c| controls(c) && c != '\n'), "{printed}");
            assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), value);
        }
    }

    #[test]
    fn times_are_in_utc() {
        let moment = UNIX_EPOCH + Duration::from_millis(1_700_000_000_500);
        assert_eq!(time(moment), "2023-11-14T22:13:20Z");
        assert_eq!(time(None), Value::Null);
    }
}
