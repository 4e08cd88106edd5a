//! The pool as an HTTP server.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use http_body::Frame;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::http::{self, Lost};
use crate::service::Service;

/// The longest request that is read, in bytes.
const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    task: JoinHandle<()>,
}

impl Server {
    /// Listens on the address and answers from there on.
    pub(crate) async fn start(
        address: SocketAddr,
        service: Arc<Mutex<Service>>,
    ) -> io::Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let router = Router::new().fallback(handle).with_state(service);
        let task = tokio::spawn(async move {
            // It ends only with the listener, which nobody closes.
            let _ended = axum::serve(listener, router).await;
        });
        Ok((Self { task }, address))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A body that fails at once, so that the connection ends before anything is sent.
struct Broken;

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }
}

async fn handle(State(service): State<Arc<Mutex<Service>>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    match to_bytes(body, MAX_REQUEST_BYTES).await {
        Ok(bytes) => {
            let request = Request::from_parts(parts, bytes.to_vec());
            let response = http::answer(&service, &request);
            match response.extensions().get::<Lost>() {
                None => response.map(Body::from),
                Some(Lost) => Response::new(Body::new(Broken)),
            }
        }
        Err(_) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            response
        }
    }
}
