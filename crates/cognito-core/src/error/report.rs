//! The report of an error for developers, in one line.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};

use super::Error;

impl Error {
    /// Returns one line for developers and logs: the kind, the operation, the exception, the
    /// service's message, the request id, and the causes.
    ///
    /// `Debug` is the same line, so a program whose `main` returns the error prints it.
    ///
    /// ```
    /// # mod cognito { pub use cognito_core::*; }
    /// use cognito::{Error, ErrorKind};
    ///
    /// let error = Error::from(ErrorKind::SessionEnded);
    /// assert_eq!(error.report(), "SessionEnded: the session has ended; sign in again");
    /// ```
    ///
    /// # Security
    ///
    /// It contains the service's message, which may reveal whether a user exists. Secrets and
    /// values that a message quotes from the request are left out.
    pub fn report(&self) -> String {
        format!("{self:?}")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        let mut line = format!("{:?}", inner.kind);
        if let Some(operation) = inner.operation {
            write!(line, " in {operation}")?;
        }
        write!(line, ": {self}")?;
        let exception = inner.exception.as_deref();
        let message = inner.service_message.as_deref().filter(|message| !message.is_empty());
        if let Some(exception) = exception {
            write!(line, "; {exception}")?;
        }
        if let Some(message) = message {
            let before = if exception.is_some() { ": " } else { "; the service said: " };
            write!(line, "{before}{}", without_values(message))?;
        }
        if let Some(id) = &inner.request_id {
            write!(line, "; request id {id}")?;
        }
        let first = self.source();
        for cause in std::iter::successors(first, |cause| (*cause).source()) {
            write!(line, "; caused by: {cause}")?;
        }
        // A message may come from a trigger; its line breaks must not forge lines of a log.
        line.chars().try_for_each(|c| f.write_char(if c.is_control() { ' ' } else { c }))
    }
}

/// Removes the values that validation messages quote from the request (`Value 'a b' at 'username'
/// failed to satisfy constraint`): they may be codes or names.
fn without_values(message: &str) -> String {
    const BEFORE: &str = "Value '";
    const AFTER: &str = "' at '";
    let (mut kept, mut rest) = (String::with_capacity(message.len()), message);
    while let Some((before, quoted)) = rest.split_once(BEFORE) {
        kept.push_str(before);
        let Some((_, after)) = quoted.split_once(AFTER) else {
            // The message is truncated or quoted in another way: drop the rest of it.
            kept.push_str("Value [redacted]");
            return kept;
        };
        kept.push_str("Value at '");
        rest = after;
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::super::{ErrorKind, Inner};
    use super::*;

    fn error(message: &str) -> Error {
        Error::new(ErrorKind::InvalidParameter).changed(|inner: &mut Inner| {
            inner.operation = Some("SignUp");
            inner.exception = Some("InvalidParameterException".to_owned());
            inner.service_message = Some(message.to_owned());
            inner.request_id = Some("1f0c".to_owned());
        })
    }

    #[test]
    fn a_report_is_one_line_with_all_parts() {
        let error = error("Invalid email\naddress format.\r\nGET /forged");
        let report = error.report();
        let expected = "InvalidParameter in SignUp: the service refused a value of the request; \
            correct it; InvalidParameterException: Invalid email address format.  GET /forged; \
            request id 1f0c";
        assert_eq!(report, expected);
        assert_eq!((format!("{error:?}"), format!("{error:#?}")), (report.clone(), report));
        let text = "the service refused a value of the request; correct it";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn quoted_values_are_left_out_of_a_report() {
        let message = "2 validation errors detected: Value 'planted' at 'username' failed to \
            satisfy constraint: Member; Value 'it's planted' at 'userCode' failed";
        let report = error(message).report();
        assert!(report.contains("at 'username'") && report.contains("at 'userCode'"), "{report}");
        assert!(!report.contains("planted"), "{report}");
        let cut = error("1 validation error detected: Value 'planted at").report();
        assert!(cut.contains("[redacted]") && !cut.contains("planted"), "{cut}");
    }

    #[test]
    fn causes_are_listed() {
        let inner = Error::from(ErrorKind::Transport).with_detail("timed out");
        let report = Error::new(ErrorKind::Store).with_source(inner).report();
        assert!(report.contains("; caused by: the service cannot be reached"), "{report}");
    }

    #[test]
    fn detail_replaces_the_general_remedy_unless_the_error_is_transient() {
        let text = |kind, detail| Error::from(kind).with_detail(detail);
        let timeout = text(ErrorKind::Transport, "timed out");
        assert_eq!(
            timeout.to_string(),
            "the service cannot be reached: timed out; try again later"
        );
        let too_long = text(ErrorKind::Service, "the response is too long").permanent();
        assert_eq!(too_long.to_string(), "the service failed: the response is too long");
        let unset = text(ErrorKind::Configuration, "the name is empty; set one");
        assert_eq!(
            unset.to_string(),
            "the application or the pool is configured incorrectly: the name is empty; set one"
        );
    }
}
