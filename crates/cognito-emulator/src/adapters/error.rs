//! The errors of an emulator.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::adapters::state_file::StateFileError;
use crate::flows::storage::NotStored;
use crate::model::ServiceError;

/// An error of an emulator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}; {}", bind_advice(source))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// TLS cannot be set up: its port is in use, or the directory of the certificate authority
    /// cannot be used.
    #[error("cannot serve TLS")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The issuer is set to the address over TLS, but TLS is off.
    #[error("the issuer is the TLS address, but TLS is off; turn on TLS, or choose another issuer")]
    IssuerWithoutTls,
    /// The URL for browsers is not a host: its scheme is not http or https, or it has a path, below
    /// which no pages are served, a user name, or the port 0.
    #[error(
        "the public URL `{0}` is invalid; use a scheme and a host without a path, such as \
         https://auth.localhost:8443"
    )]
    PublicUrl(String),
    /// An allowed origin is not a scheme and a host, or contains `*`.
    #[error(
        "the allowed origin `{0}` is invalid; use a scheme, a host and a port if it is not the \
         default, such as https://app.example:8443"
    )]
    AllowedOrigin(String),
    /// The crate's test keys would be used on an address that other hosts can reach.
    #[error(
        "the published test keys are rejected on an address that other hosts can reach; generate \
         keys, or listen on 127.0.0.1"
    )]
    TestKeysBeyondLoopback,
    /// A seed file is invalid.
    #[error("{}{reason}", entry.as_ref().map(|entry| format!("{entry}: ")).unwrap_or_default())]
    SeedFile {
        /// The entry, such as `Pools[0].Users[2] (alice)`; none if the file is not valid JSON.
        entry: Option<String>,
        /// The reason.
        reason: String,
    },
    /// A state file cannot be used.
    #[error("the state file {} cannot be used", path.display())]
    StateFile {
        /// The path of the file.
        path: PathBuf,
        /// The reason.
        source: StateFileError,
    },
    /// A change was made, but could not be written to the state file.
    #[error(
        "the change was made, but could not be written to the state file, so that a restart may \
         lose it; see the log for the reason"
    )]
    NotStored,
    /// The service rejects the request.
    #[error("{name}: {message}")]
    Refused {
        /// The name of the exception, such as `UserNotFoundException`.
        name: String,
        /// Its message.
        message: String,
    },
    /// The operation was executed, but its response was lost:
    /// [`InjectedFault::ResponseLost`](crate::InjectedFault::ResponseLost) or
    /// [`InjectedFault::ResponseTruncated`](crate::InjectedFault::ResponseTruncated).
    #[error("the connection ended before the response")]
    ResponseLost,
    /// The operation was not executed:
    /// [`InjectedFault::ConnectionRefused`](crate::InjectedFault::ConnectionRefused).
    #[error("the connection was refused")]
    ConnectionRefused,
}

/// Returns the advice for a port that cannot be used.
pub(crate) fn bind_advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "stop the program that uses the port, or choose another port, where 0 selects a free one"
        }
        io::ErrorKind::AddrNotAvailable => "choose an address of this machine",
        io::ErrorKind::PermissionDenied => "choose a port above 1023, or run as a permitted user",
        _ => "choose another address or port",
    }
}

impl From<NotStored> for EmulatorError {
    fn from(_: NotStored) -> Self {
        Self::NotStored
    }
}

impl From<ServiceError> for EmulatorError {
    fn from(ServiceError { name, message }: ServiceError) -> Self {
        Self::Refused { name: name.to_owned(), message: message.into_owned() }
    }
}
