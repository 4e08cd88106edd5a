//! The default HTTP client: hyper with rustls.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use cognito_types::{BoxFuture, HttpError, HttpErrorKind, PerRuntime, SendHttp};
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use zeroize::Zeroizing;

use super::DEFAULT_CONNECT_TIMEOUT;
use super::connect_limit::ConnectLimit;
use super::proxy::{ProxyConnector, ProxyError, forwarding_authorization};

/// The time for which an idle connection is kept; short, so that few requests use one that the
/// server is closing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// The largest buffer that is reserved before the first bytes of a body arrive; `Content-Length`
/// may be larger.
const FIRST_RESERVE: usize = 64 * 1024;

/// The default HTTP client of pools.
///
/// It uses HTTP/1.1 with TLS 1.2 and 1.3 (rustls with aws-lc-rs), trusts the certificates of the
/// operating system, and honours `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, except
/// for loopback addresses. It supports HTTP and HTTPS proxies; with a SOCKS proxy, requests fail
/// with [`Unsendable`](HttpErrorKind::Unsendable). Clones share connections, so one client can
/// serve several pools. Each tokio runtime has its own connections.
///
/// ```
/// # mod cognito { pub use cognito_core::UserPool; pub use cognito_core as sign_in; }
/// use cognito::UserPool;
/// use cognito::sign_in::HttpsClient;
///
/// let client = HttpsClient::new();
/// for id in ["eu-west-1_Ab12Cd34E", "eu-west-1_Fg56Hi78J"] {
///     let pool = UserPool::builder(id.parse()?, "1example23456789");
///     pool.http_client(client.clone()).build()?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HttpsClient {
    inner: Arc<Inner>,
}

struct Inner {
    connect_timeout: Duration,
    /// Created on first use, because it reads the environment and the system's certificates.
    connections: OnceLock<Result<Connections, rustls::Error>>,
}

type Connector = ConnectLimit<HttpsConnector<ProxyConnector>>;
type Pooled = Client<Connector, Full<Bytes>>;

struct Connections {
    connector: Connector,
    /// The clients of the runtimes. Only the runtime that opened a connection can use it.
    by_runtime: PerRuntime<Pooled>,
    proxies: Arc<Matcher>,
    /// The reason why the system has no certificates, so that no server can be verified.
    missing_roots: Option<Arc<io::Error>>,
}

impl HttpsClient {
    /// Creates a client, without I/O.
    pub fn new() -> Self {
        Self::with_connect_timeout(DEFAULT_CONNECT_TIMEOUT)
    }

    /// Creates a client with a time limit for connecting other than
    /// [`DEFAULT_CONNECT_TIMEOUT`](crate::DEFAULT_CONNECT_TIMEOUT).
    ///
    /// It covers all steps before the request: DNS, TCP, proxies and TLS.
    pub fn with_connect_timeout(timeout: Duration) -> Self {
        let inner = Inner { connect_timeout: timeout, connections: OnceLock::new() };
        Self { inner: Arc::new(inner) }
    }

    async fn request(
        &self,
        mut request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let connections = self.inner.connections()?;
        if let Some(error) = &connections.missing_roots
            && request.uri().scheme_str() == Some("https")
        {
            return Err(HttpError::new(HttpErrorKind::Unsendable).with_source(Arc::clone(error)));
        }
        let authorization = forwarding_authorization(&connections.proxies, request.uri());
        if let Some(authorization) = authorization {
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization);
        }
        let mut request = request.map(Full::new);
        let connection = capture_connection(&mut request);
        let sent = connections.client().request(request).await;
        let (parts, body) = sent.map_err(not_sent)?.into_parts();
        if parts.status.is_server_error() {
            // Close the connection, because the next attempt may reach another, healthy host.
            connection.connection_metadata().iter().for_each(|connected| connected.poison());
        }
        Ok(Response::from_parts(parts, whole(body, max_body_bytes).await?))
    }
}

impl Inner {
    fn connections(&self) -> Result<&Connections, HttpError> {
        let new = || Connections::new(self.connect_timeout, Matcher::from_env());
        let connections = self.connections.get_or_init(new);
        connections
            .as_ref()
            .map_err(|error| HttpError::new(HttpErrorKind::Unsendable).with_source(error.clone()))
    }
}

impl Connections {
    fn new(connect_timeout: Duration, proxies: Matcher) -> Result<Self, rustls::Error> {
        let (tls, missing_roots) = tls()?;
        let mut direct = HttpConnector::new();
        // This connector is used for HTTPS too.
        direct.enforce_http(false);
        direct.set_connect_timeout(Some(connect_timeout));
        direct.set_nodelay(true);
        let https = |tls| HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let to_proxy = https(tls.clone()).enable_http1().wrap_connector(direct.clone());
        let proxies = Arc::new(proxies);
        let routes = ProxyConnector::new(Arc::clone(&proxies), direct, to_proxy);
        let connector = https(tls).enable_http1().wrap_connector(routes);
        let connector = ConnectLimit::new(connector, connect_timeout);
        Ok(Self { connector, by_runtime: PerRuntime::default(), proxies, missing_roots })
    }

    /// Returns the client of the current runtime.
    fn client(&self) -> Pooled {
        self.by_runtime.get_or_create(|| {
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE_TIMEOUT)
                .build(self.connector.clone())
        })
    }
}

/// Returns the TLS configuration, and the reason why the system has no certificates, if so.
///
/// A system without certificates can still reach an emulator over plain HTTP.
fn tls() -> Result<(ClientConfig, Option<Arc<io::Error>>), rustls::Error> {
    let builder = || {
        let provider = Arc::new(aws_lc_rs::default_provider());
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
    };
    Ok(match builder()?.with_native_roots() {
        Ok(builder) => (builder.with_no_client_auth(), None),
        Err(error) => {
            let roots = RootCertStore::empty();
            let tls = builder()?.with_root_certificates(roots).with_no_client_auth();
            (tls, Some(Arc::new(error)))
        }
    })
}

fn not_sent(error: ClientError) -> HttpError {
    let outermost: &(dyn Error + 'static) = &error;
    let mut causes = std::iter::successors(Some(outermost), |cause| (*cause).source());
    let kind = if causes.any(|cause| cause.is::<ProxyError>()) {
        HttpErrorKind::Unsendable
    } else if error.is_connect() {
        HttpErrorKind::NotConnected
    } else {
        HttpErrorKind::Lost
    };
    HttpError::new(kind).with_source(error)
}

/// Reads a whole body, unless it is longer than the limit.
async fn whole<B>(mut body: B, max_bytes: usize) -> Result<Vec<u8>, HttpError>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if expected > max_bytes {
        return Err(HttpError::new(HttpErrorKind::TooLong));
    }
    let mut whole = Zeroizing::new(Vec::with_capacity(expected.min(FIRST_RESERVE)));
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| HttpError::new(HttpErrorKind::Lost).with_source(error))?;
        let data = frame.data_ref().map_or(&[][..], |data| data);
        if whole.len().saturating_add(data.len()) > max_bytes {
            return Err(HttpError::new(HttpErrorKind::TooLong));
        }
        append(&mut whole, data);
    }
    Ok(std::mem::take(&mut *whole))
}

/// Appends data, and wipes a buffer that was too small: `Vec` would leave tokens in it.
fn append(whole: &mut Zeroizing<Vec<u8>>, data: &[u8]) {
    let needed = whole.len().saturating_add(data.len());
    if needed > whole.capacity() {
        let capacity = needed.max(whole.capacity().saturating_mul(2));
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
        larger.extend_from_slice(whole);
        *whole = larger;
    }
    whole.extend_from_slice(data);
}

impl SendHttp for HttpsClient {
    fn send(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
        Box::pin(self.request(request, max_body_bytes))
    }
}

impl Default for HttpsClient {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HttpsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpsClient")
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::StreamExt;
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::runtime::Builder;

    use super::*;

    const LIMIT: usize = 1024 * 1024;

    fn client(timeout: Duration, missing_roots: Option<io::Error>) -> HttpsClient {
        let connections = Connections::new(timeout, Matcher::builder().build()).unwrap();
        with_connections(timeout, missing_roots, connections)
    }

    fn with_connections(
        timeout: Duration,
        missing_roots: Option<io::Error>,
        mut connections: Connections,
    ) -> HttpsClient {
        connections.missing_roots = missing_roots.map(Arc::new);
        let inner = Inner { connect_timeout: timeout, connections: Ok(connections).into() };
        HttpsClient { inner: Arc::new(inner) }
    }

    fn get(uri: &str) -> Request<Bytes> {
        Request::get(uri).body(Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn missing_root_certificates_make_a_request_unsendable() {
        let client = client(Duration::from_secs(3), Some(io::Error::other("no such file")));
        let error = client.send(get("https://127.0.0.1:9/"), LIMIT).await.unwrap_err();
        assert_eq!(error.kind(), HttpErrorKind::Unsendable);
        assert!(error.source().unwrap().to_string().contains("no such file"));
    }

    #[tokio::test]
    async fn an_unusable_proxy_makes_a_request_unsendable() {
        let proxies = Matcher::builder().all("socks5://user:planted@127.0.0.1:9").build();
        let timeout = Duration::from_secs(3);
        let client = with_connections(timeout, None, Connections::new(timeout, proxies).unwrap());
        for uri in ["https://service.example/", "http://service.example/"] {
            let error = client.send(get(uri), LIMIT).await.unwrap_err();
            assert_eq!(error.kind(), HttpErrorKind::Unsendable, "{error:?}");
            assert!(!format!("{error:?}").contains("planted"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn the_connect_timeout_covers_tls() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("https://{}/", silent.local_addr().unwrap());
        let client = client(Duration::from_millis(50), None);
        let sent = tokio::time::timeout(Duration::from_secs(20), client.send(get(&uri), LIMIT));
        assert_eq!(sent.await.unwrap().unwrap_err().kind(), HttpErrorKind::NotConnected);
    }

    /// Responds to every request with a status and the number of its connection.
    async fn serve(listener: TcpListener, status: &'static str) {
        for number in 1_u8.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    let response =
                        format!("HTTP/1.1 {status}\r\ncontent-length: 1\r\n\r\n{number}");
                    stream.write_all(response.as_bytes()).await.unwrap();
                }
            });
        }
    }

    /// Starts a server on the current runtime, and returns its URI.
    async fn served(status: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, status));
        uri
    }

    /// Returns whether two requests of a new client use one connection. During the pause, a separate
    /// task returns the connection to the pool.
    async fn is_reused(uri: &str, pause: Duration) -> bool {
        let client = HttpsClient::new();
        let first = client.send(get(uri), LIMIT).await.unwrap().into_body();
        tokio::time::sleep(pause).await;
        client.send(get(uri), LIMIT).await.unwrap().into_body() == first
    }

    /// Returns a pause after which a connection is reused, with a margin for other connections.
    async fn pause_until_reuse(uri: &str) -> Duration {
        let mut pause = Duration::from_millis(5);
        while !is_reused(uri, pause).await {
            pause *= 2;
            assert!(pause < Duration::from_secs(10), "no connection of {uri} is reused");
        }
        pause * 4
    }

    #[tokio::test]
    async fn a_connection_is_not_reused_after_a_server_error() {
        for (reused, failed) in [
            ("200 OK", "500 Internal Server Error"),
            ("400 Bad Request", "503 Service Unavailable"),
        ] {
            let pause = pause_until_reuse(&served(reused).await).await;
            assert!(!is_reused(&served(failed).await, pause).await, "{failed}");
        }
    }

    #[test]
    fn a_runtime_does_not_wait_for_a_connection_of_another_one() {
        let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (uri, other) =
            server.block_on(async { (served("200 OK").await, served("200 OK").await) });
        let client = HttpsClient::new();
        // Each runtime only runs inside `block_on`, so its idle connection is not served later.
        let runtimes =
            [(); 2].map(|()| Builder::new_current_thread().enable_all().build().unwrap());
        let pause = runtimes[0].block_on(pause_until_reuse(&other));
        for (runtime, connection) in runtimes.iter().chain(&runtimes).zip(["1", "2", "1", "2"]) {
            let response = runtime.block_on(async {
                let sent = client.send(get(&uri), LIMIT);
                let response = tokio::time::timeout(Duration::from_secs(20), sent).await;
                tokio::time::sleep(pause).await;
                response.expect("the connection is served").unwrap()
            });
            assert_eq!(response.body(), connection.as_bytes());
        }
        server.shutdown_background();
    }

    #[tokio::test]
    async fn a_body_longer_than_the_first_buffer_is_read_completely() {
        let parts: Vec<Bytes> = (0..50_u8).map(|n| Bytes::from(vec![n; 10_000])).collect();
        let frame = |part| Ok::<_, Infallible>(Frame::data(part));
        let body = || StreamBody::new(futures_util::stream::iter(parts.clone()).map(frame));
        assert_eq!(whole(body(), 500_000).await.unwrap(), parts.concat());
        let error = whole(body(), 499_999).await.unwrap_err();
        assert_eq!(error.kind(), HttpErrorKind::TooLong);
    }
}
