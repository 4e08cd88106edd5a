//! Requests whose only option is a timeout.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use cognito_types::BoxFuture;

use crate::error::Error;

/// A request whose only option is a [`timeout`](Self::timeout); it is sent when it is awaited.
///
/// Requests with more options have their own types.
#[must_use = "nothing is sent until it is awaited"]
pub struct Request<'a, T, E = Error> {
    unsent: Option<Unsent<'a, T, E>>,
    sent: Option<BoxFuture<'a, Result<T, E>>>,
    timeout: Option<Duration>,
}

type Unsent<'a, T, E> =
    Box<dyn FnOnce(Option<Duration>) -> BoxFuture<'a, Result<T, E>> + Send + 'a>;

/// A handle with a timeout for its requests.
pub(crate) trait Handle: Clone + Send {
    /// Returns the handle with another timeout for each request with its retries; `None` keeps the
    /// timeout.
    fn within(self, timeout: Option<Duration>) -> Self;
}

impl<'a, T, E> Request<'a, T, E> {
    pub(crate) fn new<F>(send: impl FnOnce(Option<Duration>) -> F + Send + 'a) -> Self
    where
        F: Future<Output = Result<T, E>> + Send + 'a,
    {
        let unsent: Unsent<'a, T, E> = Box::new(move |timeout| Box::pin(send(timeout)));
        Self { unsent: Some(unsent), sent: None, timeout: None }
    }

    /// Creates a request of a handle.
    pub(crate) fn of<H, F>(handle: &H, send: impl FnOnce(H) -> F + Send + 'a) -> Self
    where
        H: Handle + 'a,
        F: Future<Output = Result<T, E>> + Send + 'a,
    {
        let handle = handle.clone();
        Self::new(move |timeout| send(handle.within(timeout)))
    }

    /// Sets the time limit for each request with its retries, in place of the pool's
    /// `operation_timeout`.
    ///
    /// It does not limit a refresh of the session's tokens before the request, because other
    /// callers may wait for that too.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl<T, E> Future for Request<'_, T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let timeout = self.timeout;
        if let Some(send) = self.unsent.take() {
            self.sent = Some(send(timeout));
        }
        // `sent` is always present here.
        self.sent.as_mut().map_or(Poll::Pending, |sent| sent.as_mut().poll(context))
    }
}

impl<T, E> fmt::Debug for Request<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
