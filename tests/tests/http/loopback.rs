//! The listener on the user's machine: requests that end the wait, and others.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use cognito::managed_login::{LoopbackListener, ManagedLogin, ManagedLoginError, PendingSignIn};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A program that is waiting for the callback of its sign-in.
struct Waiting {
    port: u16,
    state: String,
    callback: JoinHandle<Result<String, ManagedLoginError>>,
}

impl Waiting {
    async fn start() -> Self {
        let port = free_port().await;
        let listener = LoopbackListener::bind(format!("http://127.0.0.1:{port}/callback"));
        let listener = listener.await.unwrap().application("orders & more");
        let pending = pending(listener.redirect_uri());
        let state = pending.state().to_owned();
        let callback = tokio::spawn(async move { listener.callback(&pending).await });
        Self { port, state, callback }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.unwrap()
    }

    async fn get(&self, target: &str) -> String {
        request(self.connect().await, "GET", target).await
    }

    async fn found(self) -> String {
        timeout(Duration::from_secs(10), self.callback).await.unwrap().unwrap().unwrap()
    }
}

async fn free_port() -> u16 {
    loop {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        if TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.is_err() {
            return port;
        }
    }
}

fn pending(redirect_uri: &str) -> PendingSignIn {
    let pool = "eu-west-1_Ab12Cd34E".parse().unwrap();
    let login = ManagedLogin::builder(&pool, "client", "https://auth.example.com");
    let login = login.build().unwrap();
    login.authorization_url(redirect_uri).build().unwrap().into_pending()
}

async fn request(mut stream: TcpStream, method: &str, target: &str) -> String {
    let request = format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn the_expected_callback_ends_the_wait_and_the_page_can_be_closed() {
    let waiting = Waiting::start().await;
    let query = format!("code=c0de%2B1&state={}", waiting.state);
    let response = waiting.get(&format!("/callback?{query}")).await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("You can close this page"), "{response}");
    assert!(response.contains("<p>orders &amp; more</p>"), "{response}");
    for header in [
        "cache-control: no-store",
        "connection: close",
        "content-security-policy: default-src 'none';",
        "content-type: text/html; charset=utf-8",
        "referrer-policy: no-referrer",
        "x-frame-options: DENY",
    ] {
        assert!(response.contains(header), "{header} is missing in {response}");
    }
    assert!(!response.contains("c0de"), "the page does not show the code");
    let port = waiting.port;
    assert_eq!(waiting.found().await, query);
    drop(LoopbackListener::bind(format!("http://127.0.0.1:{port}/")).await.unwrap());
}

#[tokio::test]
async fn other_requests_do_not_end_the_wait() {
    let waiting = Waiting::start().await;
    let state = waiting.state.clone();
    let other = pending("http://127.0.0.1:1/").state().to_owned();
    for (method, target, status) in [
        ("GET", "/favicon.ico".to_owned(), "404"),
        ("GET", "/".to_owned(), "404"),
        ("GET", format!("/callback/?code=a&state={state}"), "404"),
        ("GET", format!("/other?code=a&state={state}"), "404"),
        ("POST", format!("/callback?code=a&state={state}"), "405"),
        ("HEAD", format!("/callback?code=a&state={state}"), "405"),
        ("GET", "/callback".to_owned(), "400"),
        ("GET", "/callback?code=a".to_owned(), "400"),
        ("GET", format!("/callback?code=a&state={other}"), "400"),
        ("GET", format!("/callback?code=a&state={state}&state={state}"), "400"),
        ("GET", format!("/callback?code=a&code=b&state={state}"), "400"),
        ("GET", format!("/callback?state={state}"), "400"),
        ("GET", "/callback?error=access_denied&state=%3Cscript%3E".to_owned(), "400"),
    ] {
        let response = request(waiting.connect().await, method, &target).await;
        let line = response.lines().next().unwrap_or_default();
        assert!(line.contains(status), "{method} {target}: {line}");
        assert!(!response.contains("<script>"), "{response}");
    }
    assert!(!waiting.callback.is_finished());
    waiting.get(&format!("/callback?code=a&state={state}")).await;
    assert_eq!(waiting.found().await, format!("code=a&state={state}"));
}

#[tokio::test]
async fn idle_lost_and_malformed_connections_do_not_end_the_wait() {
    let waiting = Waiting::start().await;
    let mut idle = Vec::new();
    for _ in 0..8 {
        idle.push(waiting.connect().await);
    }
    for bytes in [&b"\x16\x03\x01\x02\x00"[..], b"GET / HTTP/1.1\r\nhost", b"\r\n\r\n", b""] {
        let mut lost = waiting.connect().await;
        lost.write_all(bytes).await.unwrap();
    }
    // The request arrives in parts.
    let mut stream = waiting.connect().await;
    for part in ["GET /callback?code=a&st", "ate=", &waiting.state.clone(), " HTTP/1.1\r\n", "\r\n"]
    {
        stream.write_all(part.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(waiting.found().await.starts_with("code=a&"));
}

/// The maximum number of concurrent connections.
const MAX_CONNECTIONS: usize = 64;

#[tokio::test]
async fn idle_connections_do_not_keep_the_callback_out() {
    let waiting = Waiting::start().await;
    let mut idle = Vec::new();
    for number in 0..3 * MAX_CONNECTIONS {
        let mut stream = waiting.connect().await;
        if number % 2 == 0 {
            stream.write_all(b"GET /callback HTTP/1.1\r\nhost:").await.unwrap();
        }
        idle.push(stream);
    }
    let target = format!("/callback?code=a&state={}", waiting.state);
    // Without a request, a connection is closed after 10 seconds.
    let response = timeout(Duration::from_secs(5), waiting.get(&target)).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert!(waiting.found().await.starts_with("code=a&"));
}

#[tokio::test]
async fn only_the_oldest_idle_connection_is_closed_for_another() {
    let waiting = Waiting::start().await;
    let mut idle = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        idle.push(waiting.connect().await);
    }
    assert!(waiting.get("/").await.starts_with("HTTP/1.1 404"));
    let mut byte = [0];
    let closed = timeout(Duration::from_secs(5), idle[0].read(&mut byte)).await.unwrap();
    assert!(closed.is_err() || closed.is_ok_and(|length| length == 0));
    for stream in &mut idle[1..] {
        timeout(Duration::from_millis(1), stream.read(&mut byte)).await.unwrap_err();
    }
    idle[1].write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let length = timeout(Duration::from_secs(5), idle[1].read(&mut byte)).await.unwrap();
    assert_eq!((length.unwrap(), byte), (1, *b"H"));
}

#[tokio::test]
async fn callback_is_accepted_if_the_browser_disconnects_before_the_response() {
    let waiting = Waiting::start().await;
    let target = format!("/callback?code=a&state={}", waiting.state);
    let mut stream = waiting.connect().await;
    stream.write_all(format!("GET {target} HTTP/1.1\r\n\r\n").as_bytes()).await.unwrap();
    drop(stream);
    assert!(waiting.found().await.starts_with("code=a&"));
}

#[tokio::test]
async fn a_rejected_sign_in_ends_the_wait_with_another_page() {
    let waiting = Waiting::start().await;
    let described = "error=access_denied&error_description=%3Cb%3Eno";
    let query = format!("{described}&state={}", waiting.state);
    let response = waiting.get(&format!("/callback?{query}")).await;
    assert!(response.contains("Not signed in") && !response.contains("access_denied"));
    assert!(waiting.found().await.starts_with("error=access_denied"));
}

#[tokio::test]
async fn port_in_use_is_reported_with_a_solution() {
    let waiting = Waiting::start().await;
    for host in ["127.0.0.1", "localhost"] {
        let uri = format!("http://{host}:{}/callback", waiting.port);
        let error = LoopbackListener::bind(uri).await.unwrap_err();
        assert!(matches!(error, ManagedLoginError::PortInUse(port) if port == waiting.port));
        let message = error.to_string();
        assert!(message.contains(&waiting.port.to_string()) && message.contains("CallbackURLs"));
    }
}

#[tokio::test]
async fn localhost_is_listened_on_at_each_of_its_addresses() {
    let port = free_port().await;
    let listener = LoopbackListener::bind(format!("http://localhost:{port}/callback"));
    let listener = listener.await.unwrap();
    let pending = pending(listener.redirect_uri());
    let target = format!("/callback?code=a&state={}", pending.state());
    let callback = tokio::spawn(async move { listener.callback(&pending).await });
    // A machine without IPv6 has only one address.
    let ipv6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    let has_ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.is_ok();
    let address = if has_ipv6 { ipv6 } else { (Ipv4Addr::LOCALHOST, port).into() };
    let response = request(TcpStream::connect(address).await.unwrap(), "GET", &target).await;
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    callback.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_wait_ends_at_its_time_limit() {
    let listener = LoopbackListener::bind(format!("http://127.0.0.1:{}/", free_port().await));
    let listener = listener.await.unwrap().timeout(Duration::from_secs(30));
    let pending = pending(listener.redirect_uri());
    let start = tokio::time::Instant::now();
    let error = listener.callback(&pending).await.unwrap_err();
    assert!(matches!(error, ManagedLoginError::TimedOut), "{error}");
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn a_dropped_wait_frees_the_port() {
    let waiting = Waiting::start().await;
    let _idle = waiting.connect().await;
    waiting.callback.abort();
    assert!(waiting.callback.await.unwrap_err().is_cancelled());
    let uri = format!("http://127.0.0.1:{}/callback", waiting.port);
    drop(LoopbackListener::bind(uri).await.unwrap());
}
