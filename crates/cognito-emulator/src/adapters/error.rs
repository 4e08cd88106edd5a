//! The errors of an emulator.

use std::error::Error;
use std::fmt;

use crate::model::ServiceError;

/// An error of an emulator.
#[derive(Debug)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The address cannot be listened on.
    Bind(std::io::Error),
    /// The keys that come with this crate would be used where others can reach the server.
    TestKeysBeyondLoopback,
    /// A seed file is invalid.
    SeedFile {
        /// The entry, such as `Pools[0].Users[2] (alice)`; none if the file is not valid JSON.
        entry: Option<String>,
        /// The reason.
        reason: String,
    },
    /// The service rejects the request.
    Refused {
        /// The name of the exception, such as `UserNotFoundException`.
        name: String,
        /// Its message.
        message: String,
    },
    /// The operation was done, but its response was lost:
    /// [`InjectedFault::ResponseLost`](crate::InjectedFault::ResponseLost) and
    /// [`InjectedFault::ResponseTruncated`](crate::InjectedFault::ResponseTruncated).
    ResponseLost,
    /// The operation was not done:
    /// [`InjectedFault::ConnectionRefused`](crate::InjectedFault::ConnectionRefused).
    ConnectionRefused,
}

impl fmt::Display for EmulatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(_) => f.write_str("cannot listen on the address"),
            Self::TestKeysBeyondLoopback => f.write_str(
                "the checked-in test keys are refused on an address that others can reach: \
                 generate keys, or listen on 127.0.0.1",
            ),
            Self::SeedFile { entry: Some(entry), reason } => write!(f, "{entry}: {reason}"),
            Self::SeedFile { entry: None, reason } => f.write_str(reason),
            Self::ConnectionRefused => f.write_str("the connection was refused"),
            Self::ResponseLost => f.write_str("the connection ended before the response"),
            Self::Refused { name, message } => write!(f, "{name}: {message}"),
        }
    }
}

impl Error for EmulatorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Bind(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ServiceError> for EmulatorError {
    fn from(ServiceError { name, message }: ServiceError) -> Self {
        Self::Refused { name: name.to_owned(), message: message.into_owned() }
    }
}
