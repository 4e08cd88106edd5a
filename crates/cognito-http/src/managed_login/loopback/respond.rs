//! The responses of the listener, one of which ends the wait.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::page;
use crate::managed_login::callback;
use crate::managed_login::pending::PendingSignIn;

/// The time for a request and its response.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum size of a request's head: browsers send the cookies of all programs on `localhost`.
const MAX_HEAD_BYTES: usize = 128 * 1024;

/// Headers of every response: the page must not be stored, framed or referred to.
const HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    ("connection", "close"),
    ("content-security-policy", page::POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Responds to requests while a sign-in is pending.
pub(super) struct Responder<'a> {
    pub(super) path: &'a str,
    pub(super) application: Option<&'a str>,
    pub(super) pending: &'a PendingSignIn,
}

/// A connection, which can be closed until its request has arrived.
#[derive(Default)]
pub(super) struct Connection {
    has_request: AtomicBool,
    closed: Notify,
}

impl Connection {
    /// Returns whether no complete head of a request has arrived.
    pub(super) fn is_idle(&self) -> bool {
        !self.has_request.load(Ordering::Relaxed)
    }

    /// Notes the head of a request.
    pub(super) fn begin(&self) {
        self.has_request.store(true, Ordering::Relaxed);
    }

    pub(super) fn close(&self) {
        self.closed.notify_one();
    }
}

impl Responder<'_> {
    /// Responds to the request of a connection. Returns the query of the callback, even if the
    /// browser closed the connection before the response.
    pub(super) async fn serve(
        &self,
        stream: TcpStream,
        place: Arc<Connection>,
    ) -> (Arc<Connection>, Option<String>) {
        let found = Mutex::new(None);
        let service = service_fn(|request: Request<Incoming>| {
            place.begin();
            let (response, callback) = self.respond(&request);
            if callback.is_some() {
                *found.lock().unwrap_or_else(PoisonError::into_inner) = callback;
            }
            async move { Ok::<_, Infallible>(response) }
        });
        let connection = http1::Builder::new()
            .keep_alive(false)
            .timer(TokioTimer::new())
            .header_read_timeout(CONNECTION_TIMEOUT)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        // A lost or idle connection does not fail the sign-in.
        tokio::select! {
            _ = timeout(CONNECTION_TIMEOUT, connection) => {}
            () = place.closed.notified() => {}
        }
        (place, found.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn respond<B>(&self, request: &Request<B>) -> (Response<Full<Bytes>>, Option<String>) {
        if request.uri().path() != self.path {
            return (self.page(StatusCode::NOT_FOUND, page::NOTHING), None);
        }
        if request.method() != Method::GET {
            let mut response = self.page(StatusCode::METHOD_NOT_ALLOWED, page::NOTHING);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return (response, None);
        }
        let query = request.uri().query().unwrap_or_default();
        if !self.pending.is_for(query) {
            return (self.page(StatusCode::BAD_REQUEST, page::OTHER_SIGN_IN), None);
        }
        let is_rejected = callback::is_rejected(query, self.pending.redirect_uri());
        let text = if is_rejected { page::REJECTED } else { page::RECEIVED };
        (self.page(StatusCode::OK, text), Some(query.to_owned()))
    }

    fn page(&self, status: StatusCode, text: page::Text) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(page::html(self.application, text)));
        *response.status_mut() = status;
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, html);
        for (name, value) in HEADERS {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
