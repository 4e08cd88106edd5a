//! The HTTP server.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::adapters::http::{self, Outgoing};
use crate::adapters::truncated_body::TruncatedBody;
use crate::flows::service::Service;
use crate::flows::workers::workers;
use crate::operations::dispatch::Delivery;
use crate::state::request_log::RequestRecord;

/// A server that runs until it is stopped or dropped.
pub(crate) struct Server {
    task: AbortHandle,
    stop: watch::Sender<bool>,
    /// Closed when the last request was responded to.
    running: watch::Receiver<()>,
}

/// A callback for the record of every request.
pub(crate) type OnRequest = Arc<dyn Fn(&RequestRecord) + Send + Sync>;

#[derive(Clone)]
struct Context {
    service: Arc<Service>,
    on_request: Option<OnRequest>,
}

impl Server {
    /// Serves requests from now on, those that waited in the backlog of the listener first.
    pub(crate) fn start(
        listener: TcpListener,
        service: Arc<Service>,
        on_request: Option<OnRequest>,
    ) -> Self {
        let router = Router::new().fallback(handle).with_state(Context { service, on_request });
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

async fn handle(State(context): State<Context>, request: Request) -> Response<Body> {
    let Some(on_request) = context.on_request.clone() else {
        return respond(context, request).await;
    };
    let (begin, operation) = (Instant::now(), http::name_of(&request));
    let response = respond(context, request).await;
    let error = http::error_of(response.headers()).map(str::to_owned);
    let status = response.status().as_u16();
    on_request(&RequestRecord { operation, status, error, duration: begin.elapsed() });
    response
}

async fn respond(context: Context, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, http::MAX_REQUEST_BYTES).await else {
        return http::unreadable().map(Body::from);
    };
    let request = Request::from_parts(parts, bytes.to_vec());
    let work = async move { http::respond(&context.service, &request).await };
    let responded = workers().spawn(work).await;
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
