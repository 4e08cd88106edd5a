//! Failures of commands: a code for programs, a message and a hint for people, and the exit code.

mod credentials;
mod effects;
mod exit;
mod from_library;
mod hints;
mod of_job;

use std::borrow::Cow;
use std::io;
use std::path::Path;

use serde::Serialize;

pub(crate) use self::effects::Effects;
pub(crate) use self::exit::Exit;
pub(crate) use self::hints::ALLOW_PLAIN_HTTP_HINT;
use crate::output::{printable_json, printable_lines};

/// The result of a command.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Ignores that the reader of the output has closed it, in commands whose exit code is a result.
pub(crate) fn even_if_closed(written: Outcome) -> Outcome {
    match written {
        Err(failure) if failure.exit() == Exit::OutputClosed => Ok(()),
        written => written,
    }
}

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The code of the failure for programs, such as `user_not_found`.
    code: Cow<'static, str>,
    message: String,
    hint: Option<String>,
    exit: Exit,
    /// The effects of a command that ended between two of its requests.
    effects: Option<Box<Effects>>,
    /// Details for developers, shown with `-v`.
    report: Option<String>,
}

impl Failure {
    pub(crate) fn new(
        exit: Exit,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            hint: None,
            exit,
            effects: None,
            report: None,
        }
    }

    /// Creates the failure of an invalid command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// Creates the failure of a command that needs input but must not wait for it.
    pub(crate) fn no_input(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "no_input", message)
    }

    /// Creates a failure with the general exit code.
    pub(crate) fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, code, message)
    }

    /// Creates the failure of a file or directory that cannot be read or written.
    pub(crate) fn of_file(path: &Path, error: &io::Error) -> Self {
        Self::failed("io", format!("{} cannot be used: {error}", path.display()))
    }

    /// Creates the failure of a command that needs a sign-in.
    pub(crate) fn not_signed_in(message: impl Into<String>) -> Self {
        Self::new(Exit::NotSignedIn, "not_signed_in", message).hint("run `cognito login`")
    }

    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted")
    }

    /// Creates the end of a command whose output was closed by its reader. It is not reported as an
    /// error.
    pub(crate) fn output_closed() -> Self {
        Self::new(Exit::OutputClosed, "output_closed", "the output was closed")
    }

    /// Sets the hint: a sentence that describes the next step.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Sets the hint, unless the failure already has one.
    pub(crate) fn or_hint(self, hint: &str) -> Self {
        if self.hint.is_some() { self } else { self.hint(hint) }
    }

    /// Appends a sentence to the hint, or sets the hint if there is none.
    pub(crate) fn and_hint(self, hint: &str) -> Self {
        match &self.hint {
            Some(first) => {
                let both = format!("{first}; {hint}");
                self.hint(both)
            }
            None => self.hint(hint),
        }
    }

    /// Adds the effects that the command had before it failed.
    pub(crate) fn effects(self, effects: Effects) -> Self {
        Self { effects: Some(Box::new(effects)), ..self }
    }

    /// Sets another exit code.
    pub(crate) fn exit_with(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    pub(crate) fn report(self, report: String) -> Self {
        Self { report: Some(report), ..self }
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Returns whether a request failed, so that there is a report.
    pub(crate) fn is_of_request(&self) -> bool {
        self.report.is_some()
    }

    /// Returns whether the failure has a code.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code == code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Returns the message and the hint, for warnings of commands that continue.
    pub(crate) fn to_warning(&self) -> String {
        let hint = self.hint.as_ref().map(|hint| format!("; {hint}"));
        format!("{}{}", self.message, hint.unwrap_or_default())
    }

    /// Formats the failure as lines of text for users, which control no terminal: reports and paths
    /// contain texts of the service and of others.
    pub(crate) fn to_text(&self, verbose: bool) -> String {
        let mut text = format!("error: {}\n", self.message);
        let effects = self.effects.as_deref();
        text.push_str(&effects.map(Effects::to_text).unwrap_or_default());
        if let Some(hint) = &self.hint {
            text.push_str(&format!("hint: {hint}\n"));
        }
        for command in effects.into_iter().flat_map(|effects| &effects.next) {
            text.push_str(&format!("next: {command}\n"));
        }
        if let Some(report) = self.report.as_ref().filter(|_| verbose) {
            text.push_str(&format!("report: {report}\n"));
        }
        printable_lines(&text)
    }

    /// Serializes the failure as one line of JSON.
    pub(crate) fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Document<'a> {
            code: &'a str,
            message: &'a str,
            hint: Option<&'a str>,
            exit_code: u8,
            #[serde(flatten)]
            effects: Option<&'a Effects>,
        }
        let document = Document {
            code: &self.code,
            message: &self.message,
            hint: self.hint.as_deref(),
            exit_code: self.exit.code(),
            effects: self.effects.as_deref(),
        };
        // Serialization of strings and numbers cannot fail.
        printable_json(&serde_json::to_string(&document).unwrap_or_default()) + "\n"
    }
}

/// Converts errors of the output, and errors of files without a more specific message.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::output_closed(),
            io::ErrorKind::Interrupted => Self::interrupted(),
            _ => Self::failed("io", format!("reading or writing failed: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_is_text_for_people_and_json_for_programs() {
        let failure = Failure::not_signed_in("no user is signed in").report("details".to_owned());
        let text = "error: no user is signed in\nhint: run `cognito login`\n";
        assert_eq!(failure.to_text(false), text);
        assert_eq!(failure.to_text(true), format!("{text}report: details\n"));
        assert_eq!(failure.to_warning(), "no user is signed in; run `cognito login`");
        let json: serde_json::Value = serde_json::from_str(&failure.to_json()).unwrap();
        let expected = serde_json::json!({
            "code": "not_signed_in",
            "message": "no user is signed in",
            "hint": "run `cognito login`",
            "exit_code": 3,
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn failure_cannot_control_a_terminal() {
        let text = "\u{1b}[2J\u{9b}2J\u{202e}";
        let failure = Failure::usage(text).hint(text).report(text.to_owned());
        let (shown, json) = (failure.to_text(true), failure.to_json());
        assert!(
            !shown.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'),
            "{shown}"
        );
        assert!(!json.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{json}");
        let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(parsed["message"], text);
    }

    #[test]
    fn closed_output_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.exit().code(), 0);
        let failure = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(failure.exit().code(), 1);
    }
}
