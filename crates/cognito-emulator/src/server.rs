//! The pool as an HTTP server.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::cut_body::CutBody;
use crate::http::{self, Answer};
use crate::service::{Delivery, Service};

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

async fn handle(State(service): State<Arc<Mutex<Service>>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, http::MAX_REQUEST_BYTES).await else {
        return http::unreadable().map(Body::from);
    };
    let request = Request::from_parts(parts, bytes.to_vec());
    // It takes milliseconds of arithmetic, and may wait for keys in the making or for a trigger.
    let answered = spawn_blocking(move || http::answer(&service, &request)).await;
    let Ok(Answer { response, delivery, delay }) = answered else {
        return Response::new(Body::new(CutBody::default()));
    };
    // A sleep of no time may take a millisecond.
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match delivery {
        Delivery::Whole => response.map(Body::from),
        Delivery::Cut => response.map(|body| Body::new(CutBody::half_of(&body))),
        Delivery::Lost | Delivery::Refused => Response::new(Body::new(CutBody::default())),
    }
}
