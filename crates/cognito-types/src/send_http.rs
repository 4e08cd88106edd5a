//! The trait of HTTP clients.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

use crate::future::BoxFuture;

/// An HTTP client that sends one request and returns its response.
///
/// An implementation sends the request once, to its absolute URL, and follows no redirects. The
/// caller handles retries, timeouts and credentials.
pub trait SendHttp: fmt::Debug + Send + Sync + 'static {
    /// Sends a request and returns the response with its body, for every status.
    ///
    /// At most `max_body_bytes` of the body are read.
    ///
    /// # Errors
    ///
    /// [`HttpErrorKind::TooLong`] for a response with a longer body; for a request without a
    /// response, the other kinds.
    fn send(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>>;
}

impl<T: SendHttp + ?Sized> SendHttp for Arc<T> {
    fn send(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
        (**self).send(request, max_body_bytes)
    }
}

/// The error of a request without a response.
#[derive(Debug, thiserror::Error)]
#[error("{}", kind.message())]
pub struct HttpError {
    kind: HttpErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The reason why a request has no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpErrorKind {
    /// The server cannot be reached, so the request was not sent.
    NotConnected,
    /// The connection was lost; the server may have received the request.
    Lost,
    /// The response is longer than the caller allows.
    TooLong,
    /// The client cannot send the request, because its configuration is wrong.
    Unsendable,
}

impl HttpError {
    /// Creates an error of this kind.
    pub fn new(kind: HttpErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Returns the error with its cause, which must not quote the request.
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// Returns the reason.
    pub fn kind(&self) -> HttpErrorKind {
        self.kind
    }
}

impl HttpErrorKind {
    fn message(self) -> &'static str {
        match self {
            Self::NotConnected => "the connection failed",
            Self::Lost => "the connection was lost",
            Self::TooLong => "the response is too long",
            Self::Unsendable => "the HTTP client cannot send the request",
        }
    }
}
