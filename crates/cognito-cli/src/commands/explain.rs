//! `cognito explain`: the common errors and their remedies.

mod entries;

use clap::Args;

use self::entries::{ENTRIES, Entry};
use crate::app::App;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Format, Record, printable};

const EXAMPLES: &str = "\
Examples:
  cognito explain redirect_mismatch
  cognito explain \"Client 1abc is configured with secret but SECRET_HASH was not received\"
";

/// Explains a common error of Amazon Cognito, and shows its remedy
///
/// The text is the name or the message of an error, or contains one of them. No request is sent.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Name or message of the error
    #[arg(required = true)]
    error: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, app: &App) -> Outcome {
    let text = arguments.error.join(" ");
    let entry = find(&text).ok_or_else(|| unknown(&text))?;
    match app.output.format() {
        Format::Table => {
            app.output.text(&format!("{}\n\n{}\n\n{}", entry.name, entry.meaning, entry.remedy))
        }
        _ => app.output.record(
            &Record::new()
                .with("error", entry.name)
                .with("meaning", entry.meaning)
                .with("remedy", entry.remedy),
        ),
    }
}

/// Returns the entry whose longest pattern is in the text.
fn find(text: &str) -> Option<&'static Entry> {
    let text = text.to_lowercase();
    let matched = |entry: &Entry| {
        let found = entry.patterns.iter().filter(|pattern| text.contains(**pattern));
        found.map(|pattern| pattern.len()).max()
    };
    let found = ENTRIES.iter().filter_map(|entry| Some((matched(entry)?, entry)));
    found.max_by_key(|(length, _)| *length).map(|(_, entry)| entry)
}

fn unknown(text: &str) -> Failure {
    let message = format!("there is no explanation of `{}`", printable(text));
    let names: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
    let failure = Failure::new(Exit::NotFound, "unknown_error", message);
    failure.hint(format!("the errors with an explanation are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_found_by_name_and_by_message() {
        let cases = [
            ("redirect_mismatch", "redirect_mismatch"),
            ("Unable to verify secret hash for client 1abc", "SECRET_HASH"),
            (
                "Client 1abc is configured with secret but SECRET_HASH was not received",
                "SECRET_HASH",
            ),
            ("Missing a required claim: aud", "missing aud"),
            (
                "User: arn:aws:iam::1:user/a is not authorized to perform: cognito-idp:ListUsers",
                "AccessDeniedException",
            ),
            ("NotAuthorizedException: Refresh Token has expired", "Refresh Token has expired"),
            ("USER_SRP_AUTH is not enabled for the client.", "flow not enabled"),
        ];
        for (text, expected) in cases {
            assert_eq!(find(text).map(|entry| entry.name), Some(expected), "{text}");
        }
        assert!(find("something else").is_none());
    }

    #[test]
    fn listed_names_have_an_explanation() {
        for entry in ENTRIES {
            let found = find(entry.name).map(|found| found.name);
            assert_eq!(found, Some(entry.name));
        }
    }

    #[test]
    fn patterns_are_in_lower_case() {
        let mut patterns = ENTRIES.iter().flat_map(|entry| entry.patterns);
        assert!(patterns.all(|pattern| pattern.to_lowercase() == **pattern));
    }
}
