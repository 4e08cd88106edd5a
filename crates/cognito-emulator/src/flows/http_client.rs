//! Requests of the emulator to other servers: to functions, and to identity providers on this machine.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::HOST;
use axum::http::{HeaderValue, Request, StatusCode, Uri};
use cognito_tokens::is_loopback;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::flows::workers::workers;

/// The largest response of a server on this machine, in bytes.
const MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// The reason for which a server on this machine did not respond.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoopbackError {
    #[error("the URL is not http on a loopback address")]
    NotLoopback,
    #[error("the server did not respond in time")]
    TimedOut,
    #[error("the connection failed: {0}")]
    Failed(Box<dyn Error + Send + Sync>),
}

/// Sends a request to a server on this machine. No redirect is followed, which could lead elsewhere.
pub(crate) async fn send_to_loopback(
    request: Request<String>,
    limit: Duration,
) -> Result<(StatusCode, Bytes), LoopbackError> {
    // The caller may have no runtime with timers and sockets.
    let sending = workers().spawn(async move {
        let sent = tokio::time::timeout(limit, send(request)).await;
        sent.unwrap_or(Err(LoopbackError::TimedOut))
    });
    sending.await.unwrap_or_else(|error| Err(LoopbackError::Failed(error.into())))
}

async fn send(request: Request<String>) -> Result<(StatusCode, Bytes), LoopbackError> {
    let (addresses, host) = target(request.uri()).ok_or(LoopbackError::NotLoopback)?;
    let failed = |error: std::io::Error| LoopbackError::Failed(error.into());
    let stream = TcpStream::connect(&*addresses).await.map_err(failed)?;
    let (mut head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path.parse().unwrap_or_default();
    head.headers.insert(HOST, host);
    let request = Request::from_parts(head, Full::new(Bytes::from(body)));
    exchange(stream, request, MAX_RESPONSE_BYTES).await.map_err(LoopbackError::Failed)
}

/// Returns the addresses of the server of a URL, and its name as the header Host has it; none unless
/// it is on this machine.
fn target(uri: &Uri) -> Option<(Vec<SocketAddr>, HeaderValue)> {
    if uri.scheme_str() != Some("http") || !is_loopback(&uri.to_string()) {
        return None;
    }
    let authority = uri.authority()?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    // The name is not resolved, which could lead elsewhere.
    let addresses: Vec<IpAddr> = match host.parse() {
        Ok(address) => vec![address],
        Err(_) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
    };
    let port = authority.port_u16().unwrap_or(80);
    let name = match authority.as_str().rsplit_once('@') {
        Some((_credentials, name)) => name,
        None => authority.as_str(),
    };
    let addresses = addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    Some((addresses, HeaderValue::from_str(name).ok()?))
}

/// Sends a request over a new connection, and reads the response up to a number of bytes.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
    max_bytes: usize,
) -> Result<(StatusCode, Bytes), Box<dyn Error + Send + Sync>> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // The connection ends with the exchange, also where that is dropped.
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
        let (addresses, _) = target(&url.parse().ok()?)?;
        Some(addresses.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn only_loopback_urls_over_http_have_a_target() {
        let both = ["127.0.0.1:80", "[::1]:80"];
        assert_eq!(addresses("http://localhost/a").unwrap(), both);
        assert_eq!(addresses("http://127.0.0.2:8080/").unwrap(), ["127.0.0.2:8080"]);
        assert_eq!(addresses("http://[::1]:9/x").unwrap(), ["[::1]:9"]);
        for url in [
            "https://localhost/",
            "http://example.com/",
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
