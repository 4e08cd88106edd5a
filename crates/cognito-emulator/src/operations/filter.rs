//! The filter of ListUsers: one attribute, compared with one value.

use crate::model::ServiceError;
use crate::state::user::Filter;

/// Parses a filter; returns `None` for an empty text.
pub(super) fn read(text: &str) -> Result<Option<Filter>, ServiceError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (left, right) = text.split_once('=').ok_or_else(unreadable)?;
    let (name, is_prefix) = match left.strip_suffix('^') {
        Some(name) => (name.trim(), true),
        None => (left.trim(), false),
    };
    // The service also accepts names in quotation marks (ministack#1050).
    let name = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name);
    let value = unquoted(right.trim()).ok_or_else(unreadable)?;
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "_:-.".contains(c)) {
        return Err(unreadable());
    }
    let filter = Filter::new(name, is_prefix, &value);
    filter
        .map(Some)
        .ok_or_else(|| ServiceError::invalid_parameter(format!("Invalid search attribute: {name}")))
}

/// Returns the text between quotation marks, in which a backslash escapes a quotation mark.
fn unquoted(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut inner = text.strip_prefix('"')?.strip_suffix('"')?.chars();
    while let Some(c) = inner.next() {
        match c {
            '"' => return None,
            '\\' => value.push(inner.next()?),
            c => value.push(c),
        }
    }
    Some(value)
}

fn unreadable() -> ServiceError {
    ServiceError::invalid_parameter("Error while parsing filter.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(&'static str, bool, String)> {
        let filter = read(text).unwrap();
        filter.map(|filter| (filter.attribute, filter.is_prefix, filter.value))
    }

    #[test]
    fn filters_of_the_documentation_are_parsed() {
        let filter = |name, is_prefix, value: &str| Some((name, is_prefix, value.to_owned()));
        assert_eq!(parts(r#"given_name = "Jon""#), filter("given_name", false, "jon"));
        assert_eq!(parts(r#"given_name ^= "Jon""#), filter("given_name", true, "jon"));
        assert_eq!(parts(r#"username = "Jon""#), filter("username", false, "Jon"));
        assert_eq!(parts(r#"email="a=b^=c""#), filter("email", false, "a=b^=c"));
        assert_eq!(parts(r#" sub^="" "#), filter("sub", true, ""));
        assert_eq!(parts(r#"name = "a \"b\" \\c""#), filter("name", false, r#"a "b" \c"#));
        assert_eq!(
            parts(r#"cognito:user_status = "x""#),
            filter("cognito:user_status", false, "x")
        );
        assert_eq!(parts(r#""email" = "x""#), filter("email", false, "x"));
        assert_eq!(parts(r#""email"^="x""#), filter("email", true, "x"));
        assert_eq!(parts(""), None);
        assert_eq!(parts("  "), None);
    }

    #[test]
    fn invalid_filters_are_rejected() {
        let unreadable = [
            "email",
            "email = alice",
            r#"email = "alice"#,
            r#"email = alice""#,
            r#"email = "alice" and name = "x""#,
            r#"email = "al"ice""#,
            r#"email = "alice\""#,
            r#"email ~= "alice""#,
            r#"e mail = "alice""#,
            r#" = "alice""#,
            r#""" = "alice""#,
            r#""email = "alice""#,
            r#"email" = "alice""#,
            "=",
            "\"",
        ];
        for text in unreadable {
            let refused = read(text).unwrap_err();
            assert_eq!(refused.message, "Error while parsing filter.", "{text}");
        }
        for name in ["custom:plan", "Email", "locale", "email_verified"] {
            let refused = read(&format!("{name} = \"x\"")).unwrap_err();
            assert_eq!(refused.message, format!("Invalid search attribute: {name}"));
        }
    }
}
