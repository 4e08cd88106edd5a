//! The HTTP server.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::adapters::host::Host;
use crate::adapters::http::{self, Outgoing};
use crate::adapters::truncated_body::TruncatedBody;
use crate::flows::workers::workers;
use crate::operations::dispatch::Delivery;

/// A server that runs until it is stopped or dropped.
pub(crate) struct Server {
    task: AbortHandle,
    stop: watch::Sender<bool>,
    /// Closed when the last request was responded to.
    running: watch::Receiver<()>,
}

impl Server {
    /// Serves requests from now on, those that waited in the backlog of the listener first.
    pub(crate) fn start(listener: TcpListener, host: Arc<Host>) -> Self {
        let router = Router::new().fallback(handle).with_state(host);
        let (stop, mut stopped) = watch::channel(false);
        let (end, running) = watch::channel(());
        let task = tokio::spawn(async move {
            let _end = end;
            let until = async move { drop(stopped.wait_for(|stop| *stop).await) };
            // It fails only with the listener, which stays open.
            let _ended = axum::serve(listener, router).with_graceful_shutdown(until).await;
        });
        Self { task: task.abort_handle(), stop, running }
    }

    /// Accepts no more requests, and waits for the responses to those under way.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let mut running = self.running.clone();
        while running.changed().await.is_ok() {}
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

async fn handle(State(host): State<Arc<Host>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, http::MAX_REQUEST_BYTES).await else {
        return http::reject_unreadable(&host, &Request::from_parts(parts, ())).map(Body::from);
    };
    let request = Request::from_parts(parts, bytes.to_vec());
    let responded =
        workers().spawn(async move { http::respond(&host, &request, None).await }).await;
    let Ok(Outgoing { response, delivery, delay }) = responded else {
        return Response::new(Body::new(TruncatedBody::default()));
    };
    // A sleep of no time may take a millisecond.
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match delivery {
        Delivery::Whole => response.map(Body::from),
        Delivery::Truncated => response.map(|body| Body::new(TruncatedBody::half_of(&body))),
        Delivery::Lost | Delivery::Refused => Response::new(Body::new(TruncatedBody::default())),
    }
}
