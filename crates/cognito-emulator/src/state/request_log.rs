//! The log of requests, without anything that is secret.

use std::fmt;
use std::time::Duration;

/// A request that was responded to, without bodies and secrets.
///
/// It is shown as in `InitiateAuth 400 NotAuthorizedException 3 ms`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestRecord {
    /// The operation, or the method and the path of a request that calls none.
    pub operation: String,
    /// The HTTP status of the response.
    pub status: u16,
    /// The name of the exception in the response.
    pub error: Option<String>,
    /// The time that the response took, injected delays included.
    pub duration: Duration,
}

impl fmt::Display for RequestRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, status, error, duration } = self;
        let error = error.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        write!(f, "{operation} {status}{error} {} ms", duration.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_shown_on_one_line() {
        let mut record = RequestRecord {
            operation: "InitiateAuth".to_owned(),
            status: 400,
            error: Some("NotAuthorizedException".to_owned()),
            duration: Duration::from_micros(3700),
        };
        assert_eq!(record.to_string(), "InitiateAuth 400 NotAuthorizedException 3 ms");
        (record.status, record.error) = (200, None);
        assert_eq!(record.to_string(), "InitiateAuth 200 3 ms");
    }
}
