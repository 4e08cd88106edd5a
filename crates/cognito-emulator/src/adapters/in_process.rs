//! An HTTP client whose requests never leave the process.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::http::{Request, Response};
use cognito_types::{BoxFuture, HttpError, HttpErrorKind, SendHttp};

use crate::adapters::host::Host;
use crate::adapters::http::{self, Outgoing};
use crate::flows::workers::workers;
use crate::operations::dispatch::Delivery;

/// An HTTP client that passes requests to the emulator without a socket.
///
/// Clients of this workspace accept it and, with the feature `sdk`, clients of the AWS SDK do too.
/// It also serves key sets and the token endpoint.
#[derive(Clone)]
pub struct InProcessClient {
    host: Arc<Host>,
}

impl InProcessClient {
    pub(crate) fn new(host: Arc<Host>) -> Self {
        Self { host }
    }
}

impl fmt::Debug for InProcessClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcessClient").finish_non_exhaustive()
    }
}

impl SendHttp for InProcessClient {
    fn send(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
        Box::pin(async move {
            let request = request.map(|body| body.to_vec());
            let host = Arc::clone(&self.host);
            let handled = async move { http::respond(&host, request, None).await };
            let Outgoing { response, delivery, delay } = ToItsEnd::new(handled).await;
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            match delivery {
                Delivery::Whole if response.body().len() > max_body_bytes => {
                    Err(HttpError::new(HttpErrorKind::TooLong))
                }
                Delivery::Whole => Ok(response.map(String::into_bytes)),
                Delivery::Truncated | Delivery::Lost => {
                    let error = HttpError::new(HttpErrorKind::Lost);
                    Err(error.with_source("the connection ended before the response"))
                }
                Delivery::Refused => {
                    let error = HttpError::new(HttpErrorKind::NotConnected);
                    Err(error.with_source(Error::from(ErrorKind::ConnectionRefused)))
                }
            }
        })
    }
}

/// A future that runs to completion even if its caller is dropped, like a request over HTTP.
///
/// The caller polls it, so that the caller's runtime counts as busy: a runtime with paused time
/// would let timeouts elapse while another runtime works.
struct ToItsEnd<T: Send + 'static>(Option<BoxFuture<'static, T>>);

impl<T: Send + 'static> ToItsEnd<T> {
    fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(future)))
    }
}

impl<T: Send + 'static> Future for ToItsEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(future) = &mut self.0 else {
            return Poll::Pending; // It has completed.
        };
        let polled = future.as_mut().poll(context);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for ToItsEnd<T> {
    fn drop(&mut self) {
        if let Some(future) = self.0.take() {
            workers().spawn(future);
        }
    }
}
