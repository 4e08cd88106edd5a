//! A client of the API with minimal overhead: one thread, without an HTTP library.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::Result;

/// The timeout of a response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that is reused until the server closes it.
pub(super) struct Connection {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Connection {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends the request of an operation, and returns its response.
    pub(super) fn call(&mut self, operation: &str, input: &Value) -> Result<Value> {
        self.send(&request(operation, input))?;
        Ok(serde_json::from_slice(&self.receive()?)?)
    }

    /// Sends a request. The next call must be [`receive`](Self::receive).
    pub(super) fn send(&mut self, request: &[u8]) -> Result<()> {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(TIMEOUT))?;
                BufReader::new(stream)
            }
        };
        stream.get_ref().write_all(request)?;
        self.stream = Some(stream);
        Ok(())
    }

    /// Receives the body of a response, and fails if the response is an error.
    pub(super) fn receive(&mut self) -> Result<Vec<u8>> {
        let mut stream = self.stream.take().ok_or("no request was sent")?;
        let (mut length, mut closes, mut line) = (0, false, String::new());
        stream.read_line(&mut line)?;
        let succeeded = line.starts_with("HTTP/1.1 200");
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            line.make_ascii_lowercase();
            match line.trim_end().split_once(": ") {
                Some(("content-length", value)) => length = value.parse()?,
                Some(("connection", "close")) => closes = true,
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        if !succeeded {
            return Err(format!("the request failed: {}", String::from_utf8_lossy(&body)).into());
        }
        self.stream = (!closes).then_some(stream);
        Ok(body)
    }
}

/// Serializes a request. No server checks the signature, but some require one.
pub(super) fn request(operation: &str, input: &Value) -> Vec<u8> {
    let body = input.to_string();
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\n\
         Host: localhost\r\n\
         Authorization: AWS4-HMAC-SHA256 \
         Credential=test/20260101/us-east-1/cognito-idp/aws4_request, \
         SignedHeaders=host, Signature=00\r\n\
         Content-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
