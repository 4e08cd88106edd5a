//! The HTTP server.

mod body;
mod connections;
mod stream;

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, future};

use axum::body::Body;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::{Authority, Scheme};
use axum::http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use self::body::LongRequests;
use self::connections::{Activity, Connections, Place};
use self::stream::Stream;
use crate::adapters::host::Host;
use crate::adapters::http::{self, Outgoing};
use crate::adapters::truncated_body::TruncatedBody;
use crate::flows::workers::workers;
use crate::operations::dispatch::Delivery;

/// The maximum length of a request head. It is high because browsers send the cookies of all
/// programs on `localhost`.
const MAX_HEAD_BYTES: usize = 128 * 1024;

/// The pause before the next accept when the process has no free file descriptor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// A server that runs until it is stopped or dropped.
pub(crate) struct Server {
    connections: Arc<Connections>,
    long_requests: Arc<LongRequests>,
    stop: watch::Sender<bool>,
}

/// The handshake of new connections on a port.
pub(crate) trait Handshake: Send + Sync + 'static {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    fn shake_hands(
        &self,
        stream: TcpStream,
    ) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// Plain HTTP, which has no handshake.
pub(crate) struct NoHandshake;

impl Handshake for NoHandshake {
    type Stream = TcpStream;

    fn shake_hands(&self, stream: TcpStream) -> impl Future<Output = io::Result<TcpStream>> + Send {
        future::ready(Ok(stream))
    }
}

impl Server {
    pub(crate) fn new() -> Self {
        Self {
            connections: Connections::new(),
            long_requests: Arc::new(LongRequests::new()),
            stop: watch::Sender::new(false),
        }
    }

    /// Starts serving requests, including requests that waited in the backlog of the listener.
    pub(crate) fn serve(
        self,
        listener: TcpListener,
        handshake: impl Handshake,
        host: &Arc<Host>,
        scheme: Scheme,
    ) -> Self {
        let requests = Requests {
            host: Arc::clone(host),
            scheme,
            long: Arc::clone(&self.long_requests),
            stop: self.stop.subscribe(),
        };
        let connections = Arc::clone(&self.connections);
        let serving = accept_all(listener, connections, Arc::new(handshake), Arc::new(requests));
        tokio::spawn(serving);
        self
    }

    /// Stops accepting requests, and waits for the responses to requests in progress.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        // Ports and connections hold the receivers.
        self.stop.closed().await;
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// Accepts connections until the server stops. Each connection is served in its own task.
async fn accept_all<H: Handshake>(
    listener: TcpListener,
    connections: Arc<Connections>,
    handshake: Arc<H>,
    requests: Arc<Requests>,
) {
    let accepting = async {
        loop {
            let stream = accept(&listener, &connections).await;
            let place = connections.admit().await;
            let (handshake, requests) = (Arc::clone(&handshake), Arc::clone(&requests));
            tokio::spawn(async move { requests.serve(stream, &*handshake, place).await });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = requests.stopped() => {}
    }
    // Dropped before `requests`, for which `stop` waits, so that the port is free when `stop`
    // returns.
    drop(listener);
}

async fn accept(listener: &TcpListener, connections: &Connections) -> TcpStream {
    loop {
        match listener.accept().await.map_err(|error| error.kind()) {
            Ok((stream, _)) => return stream,
            // The client disconnected.
            Err(
                ErrorKind::ConnectionAborted
                | ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionReset,
            ) => {}
            Err(_) => {
                connections.leave_files();
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The requests of a port.
struct Requests {
    host: Arc<Host>,
    scheme: Scheme,
    long: Arc<LongRequests>,
    stop: watch::Receiver<bool>,
}

impl Requests {
    /// Changes when the server is stopped or dropped.
    async fn stopped(&self) {
        drop(self.stop.clone().wait_for(|stop| *stop).await);
    }

    /// Serves a connection until it ends or must be closed.
    async fn serve<H: Handshake>(&self, stream: TcpStream, handshake: &H, place: Place) {
        let serving = async {
            let shaken = tokio::select! {
                shaken = handshake.shake_hands(stream) => shaken,
                // No request is in progress during the handshake.
                () = self.stopped() => return,
            };
            if let Ok(stream) = shaken {
                self.serve_stream(stream, &place.activity).await;
            }
        };
        tokio::select! {
            () = serving => {}
            () = place.activity.closed() => {}
        }
    }

    async fn serve_stream<S>(&self, stream: S, activity: &Arc<Activity>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = TokioIo::new(Stream::new(stream, Arc::clone(activity)));
        let respond =
            |request| async { Ok::<_, Infallible>(self.respond(request, activity).await) };
        let mut server = http1::Builder::new();
        server.max_buf_size(MAX_HEAD_BYTES);
        let mut connection = pin!(server.serve_connection(stream, service_fn(respond)));
        // A lost connection is not an error of the server.
        tokio::select! {
            _lost = connection.as_mut() => return,
            () = self.stopped() => connection.as_mut().graceful_shutdown(),
        }
        let _lost = connection.await;
    }

    async fn respond(&self, request: Request<Incoming>, activity: &Activity) -> Response<Body> {
        // The head of a pipelined request can arrive together with the previous request.
        activity.received();
        let (mut parts, body) = request.into_parts();
        parts.uri = absolute(&parts, &self.scheme);
        let body = self.long.read(&parts, body).await;
        if !activity.responding() {
            // The connection is being closed: a request without a response must have no effect.
            return future::pending().await;
        }
        let host = Arc::clone(&self.host);
        let responding = async move {
            match body {
                Ok(body) => {
                    let _place = body.place;
                    http::respond(&host, Request::from_parts(parts, body.bytes), None).await
                }
                Err(_) => http::reject_unreadable(&host, &Request::from_parts(parts, ())),
            }
        };
        let Ok(Outgoing { response, delivery, delay }) = workers().spawn(responding).await else {
            return Response::new(Body::new(TruncatedBody::default()));
        };
        // Even a zero-length sleep may take a millisecond.
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match delivery {
            Delivery::Whole => response.map(Body::from),
            Delivery::Truncated => response.map(|body| Body::new(TruncatedBody::half_of(&body))),
            Delivery::Lost | Delivery::Refused => {
                Response::new(Body::new(TruncatedBody::default()))
            }
        }
    }
}

/// Returns the URI of a request with the scheme of its port, from which handlers derive whether
/// cookies can be Secure.
fn absolute(request: &Parts, scheme: &Scheme) -> Uri {
    // `OPTIONS *` and CONNECT have no path (RFC 9112, 3.2.3 and 3.2.4), and no page reads theirs.
    if !request.uri.path().starts_with('/') {
        return request.uri.clone();
    }
    let host = request.headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = host.and_then(|host| host.parse().ok());
    let mut parts = request.uri.clone().into_parts();
    parts.scheme = Some(scheme.clone());
    parts.authority =
        parts.authority.or(authority).or_else(|| Some(Authority::from_static("localhost")));
    Uri::from_parts(parts).unwrap_or_else(|_| request.uri.clone())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::task::JoinSet;

    use super::*;
    use crate::state::keys::PoolKeys;
    use crate::{Emulator, LocalPool, PoolSettings, SigningKeys};

    #[test]
    fn requests_have_the_scheme_of_their_port() {
        let uri = |request: axum::http::request::Builder| {
            let (parts, ()) = request.body(()).unwrap().into_parts();
            absolute(&parts, &Scheme::HTTPS).to_string()
        };
        let login = || Request::get("/login?a=b");
        assert_eq!(uri(login().header(HOST, "a.localhost:1")), "https://a.localhost:1/login?a=b");
        assert_eq!(uri(login().header(HOST, "\u{e9}")), "https://localhost/login?a=b");
        assert_eq!(uri(login()), "https://localhost/login?a=b");
        assert_eq!(uri(Request::get("http://b.test/")), "https://b.test/");
        assert_eq!(uri(Request::options("*").header(HOST, "b.test")), "*");
        assert_eq!(uri(Request::connect("b.test:80")), "b.test:80");
    }

    async fn send(emulator: &Emulator, request: String) -> String {
        let address = emulator.endpoint().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        response
    }

    async fn call(pool: LocalPool, operation: &str, mut input: Value) -> String {
        input["UserPoolId"] = pool.id().as_str().into();
        input["ClientId"] = pool.client_id().as_str().into();
        let (body, target) = (input.to_string(), "AWSCognitoIdentityProviderService");
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {target}.{operation}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        send(pool.emulator(), request).await
    }

    /// Sends requests that need the keys of a pool, more than there are workers.
    fn send_requests_that_need_keys(pool: &LocalPool) -> JoinSet<String> {
        let token = pool.access_token_for(json!({ "username": "alice" })).unwrap();
        let token = json!({ "AccessToken": token.expose_secret() });
        let parameters = json!({ "USERNAME": "alice", "PASSWORD": "Correct-horse1" });
        let sign_in = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        let mut requests = JoinSet::new();
        for _ in 0..8 {
            let (pool, token, sign_in) = (pool.clone(), token.clone(), sign_in.clone());
            let key_set = format!(
                "GET /{}/.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n\
                 Connection: close\r\n\r\n",
                pool.id()
            );
            let emulator = pool.emulator().clone();
            requests.spawn(async move { send(&emulator, key_set).await });
            requests.spawn(call(pool.clone(), "GetUser", token));
            requests.spawn(call(pool, "InitiateAuth", sign_in));
        }
        requests
    }

    #[tokio::test]
    async fn requests_that_wait_for_keys_of_one_pool_block_no_other_request() {
        let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
        let emulator = builder.start().await.unwrap();
        let flows = json!(["ALLOW_USER_PASSWORD_AUTH"]);
        // Nothing listens at this address.
        let config = json!({ "PreSignUp": "http://127.0.0.1:1/" });
        let settings = PoolSettings::default()
            .client_member("ExplicitAuthFlows", flows)
            .pool_member("LambdaConfig", config);
        let pools = [(); 2].map(|()| emulator.create_pool(settings.clone()).unwrap());
        let [busy, free] = &pools;
        busy.add_user("alice", "Correct-horse1").unwrap();
        free.add_user("alice", "Correct-horse1").unwrap();
        let requests = send_requests_that_need_keys(busy);
        let (keys, release) = PoolKeys::held_back();
        let (waiting, held) = (requests.len(), keys.clone());
        let hold = |step: &mut crate::flows::step::Step<'_>| {
            *step.pool.keys = keys;
            Ok(())
        };
        emulator.service().in_pool(busy.id().as_str(), hold).unwrap();
        let holders = held.holders();

        let alice = json!({ "Username": "alice" });
        let bob = json!({ "Username": "bob", "Password": "Correct-horse1" });
        let others = async {
            // Each request that waits for the keys holds them.
            while held.holders() < holders + waiting {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            [
                call(free.clone(), "AdminGetUser", alice.clone()).await,
                call(busy.clone(), "AdminGetUser", alice.clone()).await,
                call(free.clone(), "SignUp", bob).await,
            ]
        };
        let others = tokio::time::timeout(Duration::from_secs(30), others).await;
        drop(release);
        let [of_free, of_busy, sign_up] = others.unwrap();
        assert!(of_free.starts_with("HTTP/1.1 200"), "{of_free}");
        assert!(of_busy.starts_with("HTTP/1.1 200"), "{of_busy}");
        assert!(sign_up.contains("UnexpectedLambdaException"), "{sign_up}");
        for response in requests.join_all().await {
            assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        }
    }
}
