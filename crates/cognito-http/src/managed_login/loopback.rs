//! A listener on loopback addresses for the callback of a desktop or command-line program.

mod page;
mod respond;

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use url::{Host, Url};

use self::respond::{Connection, Responder};
use super::error::ManagedLoginError;
use super::pending::PendingSignIn;

/// The default time that a [`LoopbackListener`] waits. The pages of managed login are valid for the
/// same time.
pub const LOOPBACK_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// The maximum number of concurrent connections. Browsers open some in advance and leave them idle.
/// At this limit, a new connection replaces the oldest one without a request, so that idle
/// connections do not keep the callback out.
const MAX_CONNECTIONS: usize = 64;

/// The pause after a failure to accept a connection, for example without a free file descriptor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listener on loopback addresses for the callback of a sign-in, for desktop and command-line
/// programs.
///
/// The port is fixed, because the service compares it with the app client's CallbackURLs ([RFC
/// 8252, 7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3) requires servers to ignore it).
///
/// ```no_run
/// # mod cognito { pub use cognito_http::*; }
/// use cognito::managed_login::{LoopbackListener, ManagedLogin, ManagedLoginError, VerifiedTokens};
///
/// async fn sign_in(login: &ManagedLogin) -> Result<VerifiedTokens, ManagedLoginError> {
///     let listener = LoopbackListener::bind("http://localhost:8765/callback").await?;
///     let request = login.authorization_url(listener.redirect_uri()).build()?;
///     eprintln!("open this page in a browser: {}", request.url());
///     let callback = listener.callback(request.pending()).await?;
///     login.exchange(request.pending(), &callback).await
/// }
/// ```
#[derive(Debug)]
#[must_use = "it does not wait until `callback` is awaited"]
pub struct LoopbackListener {
    redirect_uri: String,
    path: String,
    sockets: Vec<TcpListener>,
    timeout: Duration,
    application: Option<String>,
}

impl LoopbackListener {
    /// Listens on the host and the port of this callback URL, such as
    /// `http://localhost:8765/callback`.
    ///
    /// Bind it before opening the browser, so that no other program receives the callback. For
    /// `localhost` it listens on 127.0.0.1 and, if the machine has it, on `::1`.
    ///
    /// # Errors
    ///
    /// [`PortInUse`](ManagedLoginError::PortInUse), [`Listen`](ManagedLoginError::Listen), and
    /// [`InvalidSetting`](ManagedLoginError::InvalidSetting) for a URL that is not plain HTTP to
    /// this machine with a fixed port.
    pub async fn bind(redirect_uri: impl Into<String>) -> Result<Self, ManagedLoginError> {
        let redirect_uri = redirect_uri.into();
        let Place { path, addresses, is_name } = Place::of(&redirect_uri)?;
        let mut sockets = Vec::new();
        for address in addresses {
            match TcpListener::bind(address).await {
                Ok(socket) => sockets.push(socket),
                Err(error) if error.kind() == ErrorKind::AddrInUse => {
                    return Err(ManagedLoginError::PortInUse(address.port()));
                }
                // A machine without IPv6 resolves localhost to 127.0.0.1 alone.
                Err(_) if is_name && address.is_ipv6() => {}
                Err(error) => return Err(ManagedLoginError::Listen(error)),
            }
        }
        let (timeout, application) = (LOOPBACK_TIMEOUT, None);
        Ok(Self { redirect_uri, path, sockets, timeout, application })
    }

    /// Sets the time to wait for the callback, [`LOOPBACK_TIMEOUT`] by default.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets the application name that the pages show.
    pub fn application(self, name: impl Into<String>) -> Self {
        Self { application: Some(name.into()), ..self }
    }

    /// Returns the callback URL.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the callback of this sign-in and returns its query, for
    /// [`exchange`](super::ManagedLogin::exchange).
    ///
    /// The browser gets a page that tells the user to close it. Other requests, including requests
    /// to the callback URL with another `state`, get status 400, 404 or 405 and do not end the
    /// wait. The port is released when the future completes or is dropped.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](ManagedLoginError::TimedOut).
    pub async fn callback(self, pending: &PendingSignIn) -> Result<String, ManagedLoginError> {
        let application = self.application.as_deref();
        let responder = Responder { path: &self.path, application, pending };
        let found = timeout(self.timeout, self.wait(&responder)).await;
        found.map_err(|_| ManagedLoginError::TimedOut)
    }

    async fn wait(&self, responder: &Responder<'_>) -> String {
        let (mut open, mut connections) = (Open::default(), FuturesUnordered::new());
        loop {
            tokio::select! {
                stream = self.accept(), if open.has_room() => {
                    connections.push(responder.serve(stream, open.admit()));
                }
                Some((connection, found)) = connections.next(), if !connections.is_empty() => {
                    if let Some(query) = found {
                        return query;
                    }
                    open.remove(&connection);
                }
            }
        }
    }

    async fn accept(&self) -> TcpStream {
        loop {
            let accepting = self.sockets.iter().map(|socket| Box::pin(socket.accept()));
            match select_all(accepting).await.0 {
                Ok((stream, _)) => return stream,
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
    }
}

/// The open connections, oldest first.
#[derive(Default)]
struct Open(VecDeque<Arc<Connection>>);

impl Open {
    /// Returns whether another connection is allowed, perhaps in place of an idle one.
    fn has_room(&self) -> bool {
        self.0.len() < MAX_CONNECTIONS || self.0.iter().any(|connection| connection.is_idle())
    }

    /// Adds a connection. At the limit, closes the oldest one without a request.
    fn admit(&mut self) -> Arc<Connection> {
        let is_full = self.0.len() >= MAX_CONNECTIONS;
        let oldest = self.0.iter().position(|connection| connection.is_idle());
        if let Some(idle) = oldest.filter(|_| is_full).and_then(|at| self.0.remove(at)) {
            idle.close();
        }
        let connection = Arc::<Connection>::default();
        self.0.push_back(Arc::clone(&connection));
        connection
    }

    fn remove(&mut self, ended: &Arc<Connection>) {
        self.0.retain(|connection| !Arc::ptr_eq(connection, ended));
    }
}

/// The path and the addresses of a callback URL.
struct Place {
    path: String,
    addresses: Vec<SocketAddr>,
    /// True for `localhost`, which may have one address or two.
    is_name: bool,
}

impl Place {
    fn of(redirect_uri: &str) -> Result<Self, ManagedLoginError> {
        const FORM: &str = "the callback URL must be like http://localhost:8765/callback: plain \
                            HTTP to this machine, with a port and without query and fragment";
        let invalid = || ManagedLoginError::InvalidSetting(FORM);
        let url = Url::parse(redirect_uri).map_err(|_| invalid())?;
        let has_more = url.query().is_some() || url.fragment().is_some();
        let port = url.port_or_known_default().filter(|port| *port != 0).ok_or_else(invalid)?;
        if url.scheme() != "http" || has_more {
            return Err(invalid());
        }
        let (v4, v6) = (IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST));
        let (hosts, is_name) = match url.host() {
            Some(Host::Domain("localhost")) => (vec![v4, v6], true),
            Some(Host::Ipv4(ip)) if ip.is_loopback() => (vec![ip.into()], false),
            Some(Host::Ipv6(ip)) if ip.is_loopback() => (vec![ip.into()], false),
            _ => return Err(invalid()),
        };
        let addresses = hosts.into_iter().map(|host| SocketAddr::new(host, port)).collect();
        Ok(Self { path: url.path().to_owned(), addresses, is_name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_connection_is_accepted_beside_as_many_requests_as_allowed() {
        let mut open = Open::default();
        let connections: Vec<_> = (0..MAX_CONNECTIONS).map(|_| open.admit()).collect();
        assert!(open.has_room(), "an idle connection can be closed");
        connections.iter().for_each(|connection| connection.begin());
        assert!(!open.has_room());
        open.remove(&connections[0]);
        assert!(open.has_room());
        open.admit().begin();
        assert!(!open.has_room(), "the others are still open");
    }

    #[test]
    fn a_callback_url_is_plain_http_to_this_machine_with_a_port() {
        for (uri, addresses) in [
            ("http://localhost:8765/callback", &["127.0.0.1:8765", "[::1]:8765"][..]),
            ("http://127.0.0.1:8765/", &["127.0.0.1:8765"]),
            ("http://[::1]:8765", &["[::1]:8765"]),
            ("http://localhost", &["127.0.0.1:80", "[::1]:80"]),
        ] {
            let place = Place::of(uri).unwrap();
            let found: Vec<_> = place.addresses.iter().map(ToString::to_string).collect();
            assert_eq!(found, addresses, "{uri}");
        }
        for uri in [
            "",
            "/callback",
            "https://localhost:8765/callback",
            "http://localhost:0/callback",
            "http://example.com:8765/callback",
            "http://10.0.0.1:8765/callback",
            "http://[2001:db8::1]:8765/callback",
            "http://localhost.example.com:8765/callback",
            "http://localhost:8765/callback?x=y",
            "http://localhost:8765/callback#x",
            "myapp://callback",
        ] {
            assert!(Place::of(uri).is_err(), "{uri}");
        }
    }
}
