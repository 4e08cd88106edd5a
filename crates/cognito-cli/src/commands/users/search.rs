//! `cognito users search`: users that match one condition, which the service evaluates.

use clap::Args;
use cognito::admin::{Filter, FilterField, UserStatus};

use super::list::write_users;
use crate::app::App;
use crate::aws;
use crate::commands::listing::Limit;
use crate::failure::{Failure, Outcome};
use crate::output::printable;

const EXAMPLES: &str = "\
Examples:
  cognito users search alice@example.com
  cognito users search 'family_name^=Mc' --limit 20
  cognito users search status=FORCE_CHANGE_PASSWORD --output jsonl
  cognito users search enabled=false
";

/// Lists the users that match a condition
///
/// Calls ListUsers with a filter. The condition is FIELD=VALUE, FIELD^=PREFIX, or a text: an e-mail address, a phone
/// number that begins with +, a sub, or the prefix of a user name. The fields are email, family_name, given_name, name,
/// phone_number, preferred_username, sub, username, status and enabled; the service cannot search other attributes, and
/// searches status and enabled only with =.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Condition, such as email=alice@example.com
    condition: String,
    #[command(flatten)]
    limit: Limit,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let filter = filter(&arguments.condition)?;
    let admin = aws::admin(app).await?;
    let users = admin.users().filter(filter).page_size(arguments.limit.page_size()).pages();
    write_users(users, &arguments.limit, "no user matches the condition", app, &admin).await
}

/// Converts a condition to a filter. An empty condition or prefix would select every user.
pub(crate) fn filter(condition: &str) -> Outcome<Filter> {
    match condition.split_once('=') {
        Some((name, value)) if is_name(name) => compared(name, &value_of(name, value)?),
        _ if condition.trim().is_empty() => Err(empty("the condition is empty")),
        _ => Ok(of_text(condition)),
    }
}

/// Returns the value of a condition, which may have a space on each side of `=`, and quotation marks
/// as in the filters of the service: `email = "alice@example.com"`.
fn value_of(name: &str, value: &str) -> Outcome<String> {
    let is_spaced = name.trim_end_matches('^').ends_with(' ');
    let quoted = value.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let value = match quoted {
        Some(quoted) => unescaped(quoted)?,
        None if is_spaced => value.trim_start().to_owned(),
        None => value.to_owned(),
    };
    if value.trim().is_empty() {
        return Err(empty("the value of the condition is empty"));
    }
    Ok(value)
}

/// Returns a value without the backslashes before its quotation marks and backslashes.
fn unescaped(quoted: &str) -> Outcome<String> {
    let (mut value, mut characters) = (String::new(), quoted.chars());
    while let Some(character) = characters.next() {
        let plain = match character {
            '\\' => characters.next(),
            character => Some(character).filter(|character| *character != '"'),
        };
        value.push(plain.ok_or_else(inner_mark)?);
    }
    Ok(value)
}

fn inner_mark() -> Failure {
    Failure::usage("the value of the condition has a quotation mark inside others")
        .hint("use a single condition, and write \\\" for a quotation mark in its value")
}

fn empty(message: &str) -> Failure {
    Failure::usage(message).hint("`cognito users list`, or --all of a change, takes all users")
}

/// Returns whether the text before `=` is a field, with `^` for a prefix. In `a+b=c@example.com` it
/// is not.
fn is_name(text: &str) -> bool {
    let text = text.strip_suffix('^').unwrap_or(text).trim_end();
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
}

fn compared(name: &str, value: &str) -> Outcome<Filter> {
    let (name, is_prefix) = match name.strip_suffix('^') {
        Some(name) => (name.trim_end(), true),
        None => (name.trim_end(), false),
    };
    match (name, is_prefix) {
        // The field `status` of the service, which is `enabled` here.
        ("status", false) if value.eq_ignore_ascii_case("enabled") => Ok(Filter::enabled(true)),
        ("status", false) if value.eq_ignore_ascii_case("disabled") => Ok(Filter::enabled(false)),
        ("status" | "cognito:user_status", false) => {
            Ok(Filter::status(&UserStatus::Other(value.to_uppercase())))
        }
        ("enabled", false) => match value {
            "true" => Ok(Filter::enabled(true)),
            "false" => Ok(Filter::enabled(false)),
            _ => Err(Failure::usage("the value of `enabled` must be true or false")),
        },
        ("status" | "cognito:user_status" | "enabled", true) => {
            Err(Failure::usage(format!("`{name}` can be searched only with =, not with ^=")))
        }
        (_, is_prefix) => {
            let field = field(name).ok_or_else(|| unsearchable(name))?;
            Ok(if is_prefix { field.starts_with(value) } else { field.equals(value) })
        }
    }
}

fn field(name: &str) -> Option<FilterField> {
    Some(match name {
        "email" => Filter::email(),
        "family_name" => Filter::family_name(),
        "given_name" => Filter::given_name(),
        "name" => Filter::name(),
        "phone_number" => Filter::phone_number(),
        "preferred_username" => Filter::preferred_username(),
        "sub" => Filter::sub(),
        "username" => Filter::username(),
        _ => return None,
    })
}

fn unsearchable(name: &str) -> Failure {
    let message = format!("the service cannot search the field `{}`", printable(name));
    Failure::usage(message).hint(
        "it searches email, family_name, given_name, name, phone_number, preferred_username, sub, \
         username, status and enabled; for others, pipe `cognito users list --output jsonl` into jq",
    )
}

fn of_text(text: &str) -> Filter {
    let is_sub = text.len() == 36
        && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    match text {
        _ if is_sub => Filter::sub().equals(text),
        _ if text.starts_with('+') => Filter::phone_number().equals(text),
        _ if text.contains('@') => Filter::email().equals(text),
        _ => Filter::username().starts_with(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_filters_of_the_service() {
        let cases = [
            ("email=a@b.io", r#"email = "a@b.io""#),
            ("family_name ^=Mc", r#"family_name ^= "Mc""#),
            ("family_name ^= Mc", r#"family_name ^= "Mc""#),
            ("name= Mc", r#"name = " Mc""#),
            ("given_name=a=\"b", r#"given_name = "a=\"b""#),
            ("given_name=\"", r#"given_name = "\"""#),
            (r#"email = "a@b.io""#, r#"email = "a@b.io""#),
            (r#"email="a@b.io""#, r#"email = "a@b.io""#),
            (r#"name ^= "O\"R\\""#, r#"name ^= "O\"R\\""#),
            (r#"cognito:user_status = "CONFIRMED""#, r#"cognito:user_status = "CONFIRMED""#),
            ("status=confirmed", r#"cognito:user_status = "CONFIRMED""#),
            ("enabled=false", r#"status = "Disabled""#),
            (r#"status = "Disabled""#, r#"status = "Disabled""#),
            (r#"status = "Enabled""#, r#"status = "Enabled""#),
            ("a+b=c@example.com", r#"email = "a+b=c@example.com""#),
            ("+491234", r#"phone_number = "+491234""#),
            ("ali", r#"username ^= "ali""#),
            (
                "11111111-2222-3333-4444-555555555555",
                r#"sub = "11111111-2222-3333-4444-555555555555""#,
            ),
        ];
        for (condition, expected) in cases {
            assert_eq!(filter(condition).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn conditions_that_would_select_all_users_or_none_are_usage_errors() {
        for condition in
            ["", " ", "email^=", "username^= ", "username ^= ", "status=", r#"email ^= """#]
        {
            let failure = filter(condition).unwrap_err();
            assert!(failure.message().ends_with("is empty"), "{condition}");
        }
        for condition in [r#"name = "a" and email = "b""#, r#"name="a"b""#, r#"name = "a\""#] {
            let failure = filter(condition).unwrap_err();
            assert!(failure.message().contains("quotation mark inside"), "{condition}");
        }
    }

    #[test]
    fn fields_that_the_service_does_not_search_are_usage_errors() {
        for condition in ["custom:tenant=a", "adress=b", "enabled=no", "status^=CON"] {
            assert_eq!(filter(condition).unwrap_err().exit().code(), 2, "{condition}");
        }
    }
}
