//! Permits that attempts of requests wait for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_types::{BoxFuture, UserPoolId};
use tokio::time::{Instant, timeout};

use super::operation::Operation;
use super::timed_out;
use crate::error::{Error, ErrorKind};

/// A source of permits to send requests, such as the quota engine of `cognito-bulk`.
///
/// With [`Admin::with_permits`](crate::Admin::with_permits) every attempt of every request waits
/// for a permit, including retries. The wait counts towards the timeout of the request: a request
/// that gets no permit in time is not sent and fails with [`Throttled`](ErrorKind::Throttled).
///
/// ```
/// # mod cognito { pub mod admin { pub use cognito_core::{AttemptOutcome, Permits, RequestAttempt}; }
/// # pub mod types { pub use cognito_types::BoxFuture; } }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// use cognito::admin::{AttemptOutcome, Permits, RequestAttempt};
/// use cognito::types::BoxFuture;
///
/// /// Allows one request at a time.
/// #[derive(Debug)]
/// struct OneByOne(tokio::sync::Semaphore);
///
/// impl Permits for OneByOne {
///     fn acquire<'a>(&'a self, _: RequestAttempt<'a>) -> BoxFuture<'a, ()> {
///         Box::pin(async { self.0.acquire().await.map(|permit| permit.forget()).unwrap_or_default() })
///     }
///
///     fn finished(&self, _: RequestAttempt<'_>, _: AttemptOutcome) {
///         self.0.add_permits(1);
///     }
/// }
///
/// let one_by_one = admin.with_permits(OneByOne(tokio::sync::Semaphore::new(1)));
/// one_by_one.create_user("bob").suppress_invitation().await?;
/// # Ok(())
/// # }
/// ```
pub trait Permits: fmt::Debug + Send + Sync {
    /// Waits until an attempt may be sent. If the future is dropped, no permit is taken.
    fn acquire<'a>(&'a self, attempt: RequestAttempt<'a>) -> BoxFuture<'a, ()>;

    /// Receives the outcome of an attempt that had a permit. It is called once per attempt, also if
    /// the caller dropped the request during the attempt ([`AttemptOutcome::is_dropped`]).
    fn finished(&self, attempt: RequestAttempt<'_>, outcome: AttemptOutcome);
}

/// An attempt to send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestAttempt<'a> {
    /// The operation, such as `ListUsers`.
    pub operation: &'a str,
    /// The pool, for requests about a pool.
    pub pool_id: Option<&'a UserPoolId>,
    /// The user name, for requests about a user.
    pub username: Option<&'a str>,
}

impl<'a> RequestAttempt<'a> {
    /// Creates an attempt of an operation.
    pub fn new(operation: &'a str) -> Self {
        Self { operation, pool_id: None, username: None }
    }

    /// Sets the pool.
    #[must_use]
    pub fn in_pool(self, pool_id: &'a UserPoolId) -> Self {
        Self { pool_id: Some(pool_id), ..self }
    }

    /// Sets the user.
    #[must_use]
    pub fn of_user(self, username: &'a str) -> Self {
        Self { username: Some(username), ..self }
    }
}

/// The outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptOutcome {
    /// The kind of the error; none for an accepted request and for a dropped one.
    pub error: Option<ErrorKind>,
    /// The time from the permit to the response, or until the request was dropped.
    pub latency: Duration,
    /// True if the caller dropped the request before its response: the service may have executed it.
    pub is_dropped: bool,
}

impl AttemptOutcome {
    /// Creates the outcome of an attempt with a response or an error.
    pub fn new(error: Option<ErrorKind>, latency: Duration) -> Self {
        Self { error, latency, is_dropped: false }
    }

    /// Creates the outcome of a dropped attempt.
    pub fn dropped(latency: Duration) -> Self {
        Self { error: None, latency, is_dropped: true }
    }
}

/// The permits of requests, with the pool and the user that the requests are about.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "admin"), allow(dead_code))] // Users have none.
pub(crate) struct Gate {
    permits: Arc<dyn Permits>,
    pool_id: Option<UserPoolId>,
    username: Option<Arc<str>>,
}

impl Gate {
    /// Waits for a permit, and runs an attempt in the remaining time.
    pub(super) async fn run<T>(
        &self,
        operation: Operation,
        left: impl Fn() -> Duration,
        attempt: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let described = RequestAttempt {
            operation: operation.name(),
            pool_id: self.pool_id.as_ref(),
            username: self.username.as_deref(),
        };
        timeout(left(), self.permits.acquire(described)).await.map_err(|_| no_permit())?;
        let permit = Permit::new(&*self.permits, described);
        let outcome = timeout(left(), attempt).await.unwrap_or_else(|_| Err(timed_out()));
        permit.finish(outcome.as_ref().err().map(Error::kind));
        outcome
    }
}

/// The permit of an attempt, which reports the outcome when it is dropped.
struct Permit<'a> {
    permits: &'a dyn Permits,
    attempt: RequestAttempt<'a>,
    start: Instant,
    /// None before a response or an error.
    outcome: Option<AttemptOutcome>,
}

impl<'a> Permit<'a> {
    fn new(permits: &'a dyn Permits, attempt: RequestAttempt<'a>) -> Self {
        Self { permits, attempt, start: Instant::now(), outcome: None }
    }

    fn finish(mut self, error: Option<ErrorKind>) {
        self.outcome = Some(AttemptOutcome::new(error, self.start.elapsed()));
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let dropped = || AttemptOutcome::dropped(self.start.elapsed());
        self.permits.finished(self.attempt, self.outcome.unwrap_or_else(dropped));
    }
}

#[cfg(feature = "admin")]
impl Gate {
    pub(crate) fn new(permits: Arc<dyn Permits>) -> Self {
        Self { permits, pool_id: None, username: None }
    }

    pub(crate) fn in_pool(self, pool_id: &UserPoolId) -> Self {
        Self { pool_id: Some(pool_id.clone()), ..self }
    }

    pub(crate) fn of_user(self, username: &str) -> Self {
        Self { username: Some(username.into()), ..self }
    }
}

fn no_permit() -> Error {
    let error = Error::new(ErrorKind::Throttled).not_sent();
    error.with_detail("the request had no permit within its timeout")
}
