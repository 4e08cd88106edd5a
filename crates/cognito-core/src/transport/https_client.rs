//! The HTTP client of pools that are given none: hyper over rustls.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use cognito_types::{BoxFuture, HttpError, HttpErrorKind, SendHttp};
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};

use super::DEFAULT_CONNECT_TIMEOUT;
use super::proxy::{ProxyConnector, forwarding_authorization};

/// The time that an unused connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The HTTP client of pools that are given none.
///
/// It speaks HTTP/1.1 over TLS 1.2 and 1.3 (rustls with aws-lc-rs), trusts the certificates of the
/// operating system, and honours `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, except for
/// loopback addresses. Clones share connections, so several pools can be given one.
///
/// ```
/// use cognito_core::{HttpsClient, UserPool};
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
    /// Created at the first use, because it reads the environment and the system's certificates.
    connections: OnceLock<Result<Connections, rustls::Error>>,
}

struct Connections {
    client: Client<HttpsConnector<ProxyConnector>, Full<Bytes>>,
    proxies: Arc<Matcher>,
    /// False if the system has no certificates, so that no server can be verified.
    has_roots: bool,
}

impl HttpsClient {
    /// Creates a client; no I/O happens yet.
    pub fn new() -> Self {
        Self::with_connect_timeout(DEFAULT_CONNECT_TIMEOUT)
    }

    /// Creates a client with another time limit for connecting than
    /// [`DEFAULT_CONNECT_TIMEOUT`](crate::DEFAULT_CONNECT_TIMEOUT).
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
        if !connections.has_roots && request.uri().scheme_str() == Some("https") {
            let error = HttpError::new(HttpErrorKind::NotConnected);
            return Err(error.with_source("the system has no root certificates to verify servers"));
        }
        let authorization = forwarding_authorization(&connections.proxies, request.uri());
        if let Some(authorization) = authorization {
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization);
        }
        let sent = connections.client.request(request.map(Full::new)).await;
        let (parts, body) = sent.map_err(not_sent)?.into_parts();
        Ok(Response::from_parts(parts, whole(body, max_body_bytes).await?))
    }
}

impl Inner {
    fn connections(&self) -> Result<&Connections, HttpError> {
        let connections = self.connections.get_or_init(|| Connections::new(self.connect_timeout));
        connections
            .as_ref()
            .map_err(|error| HttpError::new(HttpErrorKind::Unsendable).with_source(error.clone()))
    }
}

impl Connections {
    fn new(connect_timeout: Duration) -> Result<Self, rustls::Error> {
        let (tls, has_roots) = tls()?;
        let mut direct = HttpConnector::new();
        // Servers over HTTPS are connected to by it too.
        direct.enforce_http(false);
        direct.set_connect_timeout(Some(connect_timeout));
        direct.set_nodelay(true);
        let https = |tls| HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let to_proxy = https(tls.clone()).enable_http1().wrap_connector(direct.clone());
        let proxies = Arc::new(Matcher::from_env());
        let routes = ProxyConnector::new(Arc::clone(&proxies), direct, to_proxy);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(https(tls).enable_http1().wrap_connector(routes));
        Ok(Self { client, proxies, has_roots })
    }
}

/// Returns the settings of TLS, and whether the system has certificates to verify servers with.
///
/// A system without certificates can still reach an emulator over plain HTTP.
fn tls() -> Result<(ClientConfig, bool), rustls::Error> {
    let builder = || {
        let provider = Arc::new(aws_lc_rs::default_provider());
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
    };
    Ok(match builder()?.with_native_roots() {
        Ok(builder) => (builder.with_no_client_auth(), true),
        Err(_) => {
            let roots = RootCertStore::empty();
            (builder()?.with_root_certificates(roots).with_no_client_auth(), false)
        }
    })
}

fn not_sent(error: ClientError) -> HttpError {
    let is_connect = error.is_connect();
    let kind = if is_connect { HttpErrorKind::NotConnected } else { HttpErrorKind::Lost };
    HttpError::new(kind).with_source(error)
}

/// Reads a body to its end, unless it is longer than the limit.
async fn whole(mut body: Incoming, max_bytes: usize) -> Result<Vec<u8>, HttpError> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if expected > max_bytes {
        return Err(HttpError::new(HttpErrorKind::TooLong));
    }
    // Memory that grows would leave copies of tokens behind.
    let mut whole = Vec::with_capacity(expected);
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| HttpError::new(HttpErrorKind::Lost).with_source(error))?;
        let data = frame.data_ref().map_or(&[][..], |data| data);
        if whole.len().saturating_add(data.len()) > max_bytes {
            return Err(HttpError::new(HttpErrorKind::TooLong));
        }
        whole.extend_from_slice(data);
    }
    Ok(whole)
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
