//! Connections through the proxies that the environment names.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use cognito_tokens::is_loopback;
use cognito_types::BoxFuture;
use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

/// Connects to servers, or to the proxy that the environment sets for them (`HTTPS_PROXY`,
/// `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`). Loopback addresses are reached without a proxy.
///
/// HTTPS requests use a tunnel (CONNECT), so the proxy cannot read them. Plain HTTP requests are
/// forwarded by the proxy.
#[derive(Clone, Debug)]
pub(super) struct ProxyConnector {
    proxies: Arc<Matcher>,
    direct: HttpConnector,
    to_proxy: HttpsConnector<HttpConnector>,
}

impl ProxyConnector {
    pub(super) fn new(
        proxies: Arc<Matcher>,
        direct: HttpConnector,
        to_proxy: HttpsConnector<HttpConnector>,
    ) -> Self {
        Self { proxies, direct, to_proxy }
    }
}

/// Returns the proxy for a destination.
fn proxy_for(proxies: &Matcher, destination: &Uri) -> Option<Intercept> {
    // A proxy could read passwords and replace the key set of a server on this machine.
    proxies.intercept(destination).filter(|_| !is_loopback(&destination.to_string()))
}

/// Returns the Proxy-Authorization of a request that a proxy forwards.
pub(super) fn forwarding_authorization(
    proxies: &Matcher,
    destination: &Uri,
) -> Option<HeaderValue> {
    let proxy = proxy_for(proxies, destination)?;
    let authorization = proxy.basic_auth().filter(|_| !is_https(destination))?;
    let mut authorization = authorization.clone();
    authorization.set_sensitive(true);
    Some(authorization)
}

/// A proxy that waiting does not make usable. It holds nothing of the proxy's address.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProxyError {
    /// The environment names a proxy of another protocol.
    #[error("the environment names a SOCKS proxy: name one of HTTP or HTTPS")]
    Socks,
    /// The proxy wants other credentials (407).
    #[error("the proxy did not accept the credentials: set them in HTTPS_PROXY")]
    Credentials,
    /// The proxy does not connect to the server.
    #[error("the proxy refused to connect to the server: allow it there or name it in NO_PROXY")]
    Refused,
}

/// Returns the error of a tunnel, whose type hyper-util does not export.
fn not_tunneled(error: impl Error + Send + Sync + 'static) -> BoxError {
    match error.to_string().as_str() {
        "tunnel error: proxy authorization required" => ProxyError::Credentials.into(),
        "tunnel error: unsuccessful" => ProxyError::Refused.into(),
        _ => error.into(),
    }
}

fn is_https(destination: &Uri) -> bool {
    destination.scheme_str() == Some("https")
}

type BoxError = Box<dyn Error + Send + Sync>;
type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

impl Service<Uri> for ProxyConnector {
    type Response = ProxyStream;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<ProxyStream, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // Both connectors are always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let Some(proxy) = proxy_for(&self.proxies, &destination) else {
            let connecting = self.direct.call(destination);
            return Box::pin(async move {
                Ok(ProxyStream {
                    inner: MaybeHttpsStream::Http(connecting.await?),
                    forwards: false,
                })
            });
        };
        if proxy.uri().scheme_str().is_some_and(|scheme| scheme.starts_with("socks")) {
            return Box::pin(std::future::ready(Err(ProxyError::Socks.into())));
        }
        if is_https(&destination) {
            let mut tunnel = Tunnel::new(proxy.uri().clone(), self.to_proxy.clone());
            if let Some(authorization) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(authorization.clone());
            }
            let connecting = tunnel.call(destination);
            return Box::pin(async move {
                let inner = connecting.await.map_err(not_tunneled)?;
                Ok(ProxyStream { inner, forwards: false })
            });
        }
        let connecting = self.to_proxy.call(proxy.uri().clone());
        Box::pin(async move { Ok(ProxyStream { inner: connecting.await?, forwards: true }) })
    }
}

/// A connection to a server or to a proxy.
pub(super) struct ProxyStream {
    inner: Stream,
    /// True if a proxy forwards the requests, which then name the whole address.
    forwards: bool,
}

impl Connection for ProxyStream {
    fn connected(&self) -> Connected {
        self.inner.connected().proxy(self.forwards)
    }
}

impl Read for ProxyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl Write for ProxyStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, slices)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Connects to a server through the proxy of that address.
    async fn connect(proxy: &str, destination: &str) -> BoxError {
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ));
        let tls = tls.with_safe_default_protocol_versions().unwrap();
        let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
        let to_proxy = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls);
        let to_proxy = to_proxy.https_or_http().enable_http1().wrap_connector(direct.clone());
        let proxies = Arc::new(Matcher::builder().all(proxy).build());
        let connected = ProxyConnector::new(proxies, direct, to_proxy).call(uri(destination)).await;
        connected.err().unwrap()
    }

    #[tokio::test]
    async fn a_socks_proxy_is_refused_without_its_address() {
        for scheme in ["socks4", "socks4a", "socks5", "socks5h"] {
            let proxy = format!("{scheme}://user:planted@127.0.0.1:9");
            for destination in ["https://service.example/", "http://service.example/"] {
                let error = connect(&proxy, destination).await;
                assert!(matches!(error.downcast_ref(), Some(ProxyError::Socks)), "{error}");
                assert!(!error.to_string().contains("127.0.0.1"), "{error}");
            }
        }
    }

    /// Connects through a proxy that responds so to CONNECT.
    async fn tunnel(response: &'static str) -> BoxError {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let read = stream.read(&mut [0; 4096]).await.unwrap();
            assert_ne!(read, 0);
            stream.write_all(response.as_bytes()).await.unwrap();
        });
        connect(&proxy, "https://service.example/").await
    }

    #[tokio::test]
    async fn a_proxy_that_rejects_a_tunnel_is_distinguished_from_a_lost_one() {
        let wanted = tunnel("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
        assert!(matches!(wanted.downcast_ref(), Some(ProxyError::Credentials)), "{wanted}");
        for response in ["HTTP/1.1 403 Forbidden\r\n\r\n", "HTTP/1.1 405 No\r\n\r\n"] {
            let refused = tunnel(response).await;
            assert!(matches!(refused.downcast_ref(), Some(ProxyError::Refused)), "{refused}");
        }
        let lost = tunnel("").await;
        assert!(!lost.is::<ProxyError>(), "{lost}");
    }

    fn proxies() -> Matcher {
        let proxy = "http://user:planted@proxy.example:8080";
        Matcher::builder().all(proxy).no("direct.example").build()
    }

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn loopback_addresses_and_exceptions_are_reached_without_a_proxy() {
        for (destination, is_proxied) in [
            ("https://cognito-idp.eu-west-1.amazonaws.com/", true),
            ("http://emulator:4701/", true),
            ("https://direct.example/", false),
            ("http://127.0.0.1:4701/", false),
            ("https://localhost/", false),
            ("http://[::1]:4701/", false),
        ] {
            let proxy = proxy_for(&proxies(), &uri(destination));
            assert_eq!(proxy.is_some(), is_proxied, "{destination}");
        }
    }

    #[test]
    fn only_forwarded_requests_carry_the_password_of_the_proxy() {
        let forwarded = forwarding_authorization(&proxies(), &uri("http://emulator:4701/"));
        assert!(forwarded.is_some_and(|value| value.is_sensitive()));
        for destination in ["https://emulator/", "http://localhost/", "http://direct.example/"] {
            assert_eq!(forwarding_authorization(&proxies(), &uri(destination)), None);
        }
    }
}
