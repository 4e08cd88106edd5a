//! A server that returns the same response to every request and records the requests.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server on 127.0.0.1 that lives as long as the runtime.
#[derive(Clone)]
pub struct Canned {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Canned {
    /// Starts a server that responds with a status line, such as `200 OK`, further header lines and
    /// a body.
    pub async fn start(status: &str, headers: &[&str], body: &str) -> Self {
        let length = body.len();
        let lines: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{lines}\r\n");
        Self::serve(head + body, true).await
    }

    /// Starts a server whose response never ends.
    pub async fn hang(beginning: &str) -> Self {
        Self::serve(beginning.to_owned(), false).await
    }

    async fn serve(response: String, closes: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = Self { address, requests: Arc::default() };
        let server_too = server.clone();
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                // A client may disconnect early.
                let _ = server_too.respond(&mut stream, &response).await;
                if !closes {
                    open.push(stream);
                }
            }
        });
        server
    }

    /// Returns the address as a URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the first lines of all requests, such as `GET / HTTP/1.1`.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    async fn respond(&self, stream: &mut TcpStream, response: &str) -> io::Result<()> {
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
        self.requests.lock().unwrap().push(String::from_utf8_lossy(line).into_owned());
        stream.write_all(response.as_bytes()).await
    }
}
