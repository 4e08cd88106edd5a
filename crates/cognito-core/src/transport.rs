//! Sends requests in the AWS JSON 1.1 protocol, with a replaceable HTTP client.

mod body;
mod connect_limit;
mod endpoint;
mod https_client;
mod operation;
mod permits;
mod proxy;
mod response;
mod retries;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use cognito_types::{BoxFuture, HttpError, HttpErrorKind, SendHttp};
use http::{HeaderValue, Request, Uri, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tracing::field::{Empty, debug, display};
use tracing::{Instrument, Span};

pub(crate) use self::endpoint::EndpointChoice;
pub use self::https_client::HttpsClient;
pub(crate) use self::operation::{Operation, Service};
pub(crate) use self::permits::Gate;
pub use self::permits::{AttemptOutcome, Permits, RequestAttempt};
pub(crate) use self::response::Response;
pub(crate) use self::retries::doubled;
pub use self::retries::{DEFAULT_FIRST_PAUSE, DEFAULT_MAX_ATTEMPTS, LONGEST_RETRY_PAUSE, Retries};
use crate::error::{Cause, Error, ErrorKind};

/// The default time limit for connecting.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The default time limit for one attempt of a request.
pub const DEFAULT_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// The default time limit for a request with its retries.
pub const DEFAULT_OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum size of a response. A page of 60 users with all their attributes is smaller.
pub(crate) const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

/// Sends requests of operations to one endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    pub(crate) http: Arc<dyn SendHttp>,
    /// The URL of the service, or the error of the configured one.
    pub(crate) uri: Result<Uri, Cause>,
    pub(crate) limits: Limits,
    /// Signs requests with AWS credentials; absent for users.
    pub(crate) signer: Option<Arc<dyn Sign>>,
}

/// Timeouts, retries and permits of a request.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) attempt_timeout: Duration,
    pub(crate) operation_timeout: Duration,
    pub(crate) retries: Retries,
    /// The permits that attempts wait for, if any.
    pub(crate) gate: Option<Gate>,
    /// The signer of requests that the AWS SDK sends.
    pub(crate) signer: Option<Arc<dyn Sign>>,
}

/// The limits that were set on a builder of a pool.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LimitSettings {
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) operation_timeout: Option<Duration>,
    pub(crate) retries: Option<Retries>,
}

/// Signs requests with AWS credentials.
pub(crate) trait Sign: fmt::Debug + Send + Sync {
    /// Returns the request with its signature.
    fn sign(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Request<Bytes>, Error>>;

    /// Loads the credentials, unless they were loaded before.
    #[cfg(feature = "admin")]
    fn load(&self) -> BoxFuture<'_, Result<(), Error>>;
}

impl Transport {
    /// Returns the transport with another time limit for a request with its retries.
    pub(crate) fn within(&self, timeout: Option<Duration>) -> Self {
        Self { limits: self.limits.clone().within(timeout), ..self.clone() }
    }

    /// Sends a request and returns its response.
    pub(crate) async fn call<I, O>(&self, operation: Operation, input: &I) -> Result<O, Error>
    where
        I: Serialize + Sync,
        O: DeserializeOwned,
    {
        self.call_dated(operation, input).await.map(|(output, _)| output)
    }

    /// Sends a request and returns its response with the server's time.
    pub(crate) async fn call_dated<I, O>(
        &self,
        operation: Operation,
        input: &I,
    ) -> Result<(O, Option<SystemTime>), Error>
    where
        I: Serialize + Sync,
        O: DeserializeOwned,
    {
        let body = body::serialize(input).map_err(|error| error.of_operation(operation.name()))?;
        let attempt = |span| self.attempt(operation, body.clone(), span);
        let response = self.limits.clone().run(operation, attempt).await?;
        let date = response.date();
        response.parse(operation).map(|output| (output, date))
    }

    /// Sends a request once, and returns its response if the service accepted it.
    async fn attempt(
        &self,
        operation: Operation,
        body: Bytes,
        span: Span,
    ) -> Result<Response, Error> {
        let mut request = self.request(operation, body)?;
        if let Some(signer) = &self.signer {
            request = signer.sign(request).await?;
        }
        let response = self.http.send(request, MAX_RESPONSE_BYTES);
        let response = timeout(self.limits.attempt_timeout, response);
        let response = response.await.map_err(|_| timed_out())?.map_err(not_received)?;
        let response = Response::new(response);
        if let Some(id) = response.request_id() {
            span.record("request_id", display(id));
        }
        response.accepted(operation)
    }

    fn request(&self, operation: Operation, body: Bytes) -> Result<Request<Bytes>, Error> {
        const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
        const AGENT: HeaderValue =
            HeaderValue::from_static(concat!("cognito-rust/", env!("CARGO_PKG_VERSION")));
        let target = format!("{}.{}", operation.service().target(), operation.name());
        Request::post(self.uri.clone()?)
            .header(header::CONTENT_TYPE, JSON)
            .header(header::USER_AGENT, AGENT)
            .header("x-amz-target", target)
            .body(body)
            .map_err(|_| Cause::new("the request cannot be built").into())
    }
}

impl Limits {
    /// Returns the limits with another time limit for a request with its retries.
    pub(crate) fn within(self, timeout: Option<Duration>) -> Self {
        Self { operation_timeout: timeout.unwrap_or(self.operation_timeout), ..self }
    }

    /// Runs an operation inside a span, which records its outcome but none of its contents.
    ///
    /// Attempts get the span as an argument: if it is disabled, the current span is the
    /// application's.
    pub(crate) async fn run<T, F>(
        self,
        operation: Operation,
        attempt: impl Fn(Span) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        // Tokio timers and connections panic without a runtime.
        Handle::try_current().map_err(|error| {
            let error = Error::new(ErrorKind::NoRuntime).with_source(error);
            error.of_operation(operation.name())
        })?;
        let span = span(operation);
        let start = Instant::now();
        let attempts = self.retries.run(operation, &self, &span, attempt);
        let outcome = attempts.instrument(span.clone()).await;
        let elapsed = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        span.record("latency_ms", elapsed);
        outcome.map_err(|error| error.of_operation(operation.name())).inspect_err(|error| {
            span.record("error", debug(error.kind()));
        })
    }
}

impl LimitSettings {
    /// Returns these limits, with `other` for those that are not set.
    pub(crate) fn or(self, other: Limits) -> Limits {
        Limits {
            attempt_timeout: self.attempt_timeout.unwrap_or(other.attempt_timeout),
            operation_timeout: self.operation_timeout.unwrap_or(other.operation_timeout),
            retries: self.retries.unwrap_or(other.retries),
            gate: other.gate,
            signer: other.signer,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempt_timeout: DEFAULT_ATTEMPT_TIMEOUT,
            operation_timeout: DEFAULT_OPERATION_TIMEOUT,
            retries: Retries::default(),
            gate: None,
            signer: None,
        }
    }
}

fn span(operation: Operation) -> Span {
    tracing::debug_span!(
        "cognito",
        operation = operation.name(),
        attempts = Empty,
        latency_ms = Empty,
        request_id = Empty,
        error = Empty
    )
}

fn timed_out() -> Error {
    Error::new(ErrorKind::Transport).with_detail("timed out")
}

/// Returns the error of a request whose HTTP client failed.
pub(crate) fn not_received(error: HttpError) -> Error {
    of_http(error.kind()).with_source(error)
}

/// Returns the error for a failure of the HTTP client.
pub(crate) fn of_http(kind: HttpErrorKind) -> Error {
    match kind {
        HttpErrorKind::TooLong => {
            Error::new(ErrorKind::Service).with_detail("the response is too long").permanent()
        }
        HttpErrorKind::Unsendable => ErrorKind::Configuration.into(),
        HttpErrorKind::NotConnected => Error::new(ErrorKind::Transport).not_sent(),
        _ => ErrorKind::Transport.into(),
    }
}
