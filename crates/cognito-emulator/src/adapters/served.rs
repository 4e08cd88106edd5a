//! What can be told of a request without telling its secrets.

use std::fmt;
use std::time::Duration;

/// A request that a server answered, without anything that is secret.
///
/// It is shown as in `InitiateAuth 400 NotAuthorizedException 3 ms`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Served {
    /// The operation, or the method and the path of what is none.
    pub operation: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The name of the exception that it tells of.
    pub error: Option<String>,
    /// How long it took, planned delays included.
    pub took: Duration,
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, status, error, took } = self;
        let error = error.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        write!(f, "{operation} {status}{error} {} ms", took.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_tells_of_a_request() {
        let mut served = Served {
            operation: "InitiateAuth".to_owned(),
            status: 400,
            error: Some("NotAuthorizedException".to_owned()),
            took: Duration::from_micros(3700),
        };
        assert_eq!(served.to_string(), "InitiateAuth 400 NotAuthorizedException 3 ms");
        (served.status, served.error) = (200, None);
        assert_eq!(served.to_string(), "InitiateAuth 200 3 ms");
    }
}
