//! HTTP requests of the emulator to functions, and to identity providers on this machine.

use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Request, StatusCode, Uri};
use cognito_tokens::is_loopback;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::flows::workers::workers;

/// The maximum response of a server on this machine, in bytes.
const MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// The reason why a request to a server on this machine failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopbackError {
    /// The URL is not on a loopback address, or needs TLS, which is off.
    NotLoopback,
    TimedOut,
    Tls,
    /// The response is longer than [`MAX_RESPONSE_BYTES`].
    TooLong,
    /// The connection failed.
    Failed,
}

/// A connection over which requests are sent.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// TLS to servers on this machine.
pub(crate) trait ConnectTls: Send + Sync {
    /// Returns a connection to a server whose certificate is valid for the host.
    fn connect(&self, host: String, stream: TcpStream) -> Connecting;
}

pub(crate) type Connecting = Pin<Box<dyn Future<Output = io::Result<Box<dyn Connection>>> + Send>>;

/// The settings of requests to servers on this machine.
#[derive(Clone)]
pub(crate) struct Loopback {
    /// The time limit of a response.
    pub(crate) limit: Duration,
    /// None without TLS.
    pub(crate) tls: Option<Arc<dyn ConnectTls>>,
}

/// The server of a URL.
struct Target {
    addresses: Vec<SocketAddr>,
    is_https: bool,
    /// Without a port.
    host: String,
    /// The value of the header Host.
    authority: HeaderValue,
}

/// Sends a request to a server on this machine. Redirects are not followed, because they could lead
/// to other machines.
pub(crate) async fn send_to_loopback(
    loopback: Loopback,
    request: Request<String>,
) -> Result<(StatusCode, Bytes), LoopbackError> {
    // The caller may not be in a runtime with timers and sockets.
    let sending = workers().spawn(async move {
        let Loopback { limit, tls } = loopback;
        let sent = tokio::time::timeout(limit, send(tls, request)).await;
        sent.unwrap_or(Err(LoopbackError::TimedOut))
    });
    sending.await.unwrap_or(Err(LoopbackError::Failed))
}

async fn send(
    tls: Option<Arc<dyn ConnectTls>>,
    request: Request<String>,
) -> Result<(StatusCode, Bytes), LoopbackError> {
    let target = Target::of(request.uri()).ok_or(LoopbackError::NotLoopback)?;
    let tls = match (target.is_https, tls) {
        (false, _) => None,
        (true, Some(tls)) => Some(tls),
        (true, None) => return Err(LoopbackError::NotLoopback),
    };
    let stream = TcpStream::connect(&*target.addresses).await;
    let stream = stream.map_err(|_| LoopbackError::Failed)?;
    let connection: Box<dyn Connection> = match tls {
        Some(tls) => tls.connect(target.host, stream).await.map_err(|_| LoopbackError::Tls)?,
        None => Box::new(stream),
    };
    let (mut head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path.parse().unwrap_or_default();
    head.headers.insert(HOST, target.authority);
    let request = Request::from_parts(head, Full::new(Bytes::from(body)));
    let exchanged = exchange(connection, request, MAX_RESPONSE_BYTES).await;
    exchanged.map_err(|error| match error.is::<LengthLimitError>() {
        true => LoopbackError::TooLong,
        false => LoopbackError::Failed,
    })
}

impl Target {
    /// Returns the server of a URL, or `None` if it is not on this machine.
    fn of(uri: &Uri) -> Option<Self> {
        let (is_https, default_port) = match uri.scheme_str()? {
            "http" => (false, 80),
            "https" => (true, 443),
            _ => return None,
        };
        let authority = uri.authority().filter(|_| is_loopback(&uri.to_string()))?;
        let ServerName { host, port, authority } = ServerName::of(authority, default_port);
        // The name is not resolved, because DNS could return other machines.
        let ips: Vec<IpAddr> = match host.parse() {
            Ok(ip) => vec![ip],
            Err(_) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        };
        Some(Self {
            addresses: ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect(),
            is_https,
            host: host.to_owned(),
            authority: HeaderValue::from_str(authority).ok()?,
        })
    }
}

/// The name of a server in a URL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerName<'a> {
    /// Without the brackets of an IPv6 address.
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    /// The value of the header Host, without credentials.
    pub(crate) authority: &'a str,
}

impl<'a> ServerName<'a> {
    pub(crate) fn of(authority: &'a Authority, default_port: u16) -> Self {
        let text = authority.as_str();
        Self {
            host: authority.host().trim_start_matches('[').trim_end_matches(']'),
            port: authority.port_u16().unwrap_or(default_port),
            authority: text.rsplit_once('@').map_or(text, |(_credentials, name)| name),
        }
    }
}

/// Sends a request over a new connection, and reads the response up to a number of bytes.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
    max_bytes: usize,
) -> Result<(StatusCode, Bytes), Box<dyn Error + Send + Sync>> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Closes the connection at the end, also if the future is dropped.
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, max_bytes).collect().await?;
    Ok((head.status, body.to_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(url: &str) -> Option<Vec<String>> {
        let target = Target::of(&url.parse().ok()?)?;
        Some(target.addresses.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn server_name_has_no_brackets_and_no_credentials() {
        let authority = Authority::from_static("user:secret@[::1]:9");
        let name = ServerName { host: "::1", port: 9, authority: "[::1]:9" };
        assert_eq!(ServerName::of(&authority, 80), name);
        let authority = Authority::from_static("localhost");
        let name = ServerName { host: "localhost", port: 80, authority: "localhost" };
        assert_eq!(ServerName::of(&authority, 80), name);
    }

    #[test]
    fn only_loopback_urls_are_called() {
        let both = ["127.0.0.1:80", "[::1]:80"];
        assert_eq!(addresses("http://localhost/a").unwrap(), both);
        assert_eq!(addresses("http://127.0.0.2:8080/").unwrap(), ["127.0.0.2:8080"]);
        assert_eq!(addresses("http://[::1]:9/x").unwrap(), ["[::1]:9"]);
        assert_eq!(addresses("https://127.0.0.1").unwrap(), ["127.0.0.1:443"]);
        for url in [
            "http://example.com/",
            "https://example.com/",
            "http://localhost.example.com/",
            "http://localhost@example.com/",
            "http://127.0.0.1.example.com/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://127.1/",
            "ftp://localhost/",
            "/path",
        ] {
            assert_eq!(addresses(url), None, "{url}");
        }
    }
}
