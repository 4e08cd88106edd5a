//! The time limit for connecting.

use std::error::Error;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use cognito_types::BoxFuture;
use http::Uri;
use tokio::time::timeout;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;

/// Limits the time for all steps of a connector: DNS, TCP, proxies and TLS.
#[derive(Clone, Debug)]
pub(super) struct ConnectLimit<C> {
    connector: C,
    limit: Duration,
}

impl<C> ConnectLimit<C> {
    pub(super) fn new(connector: C, limit: Duration) -> Self {
        Self { connector, limit }
    }
}

impl<C> Service<Uri> for ConnectLimit<C>
where
    C: Service<Uri, Error: Into<BoxError>, Future: Send + 'static>,
    C::Response: Send,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<C::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let (limit, connecting) = (self.limit, self.connector.call(destination));
        Box::pin(async move {
            let connected = timeout(limit, connecting).await;
            let late = |_| io::Error::new(io::ErrorKind::TimedOut, "connecting took too long");
            connected.map_err(late)?.map_err(Into::into)
        })
    }
}
