//! Requests as bytes, and responses as text.

use cognito_emulator::{Emulator, LocalPool, SigningKeys};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn has_header(&self, line: &str) -> bool {
        self.head.lines().any(|header| header.eq_ignore_ascii_case(line))
    }

    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(crate) async fn raw(emulator: &Emulator, request: String) -> Answer {
    raw_to(emulator.endpoint().strip_prefix("http://").unwrap(), &request).await
}

pub(crate) async fn raw_to(address: &str, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer { head: head.to_owned(), body: body.to_owned() }
}

pub(crate) async fn post(
    emulator: &Emulator,
    operation: &str,
    headers: &str,
    body: &str,
) -> Answer {
    let length = body.len();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n\r\n{body}"
    );
    raw(emulator, request).await
}

/// Calls an operation of a pool with its client.
pub(crate) async fn call(local: &LocalPool, operation: &str, mut input: Value) -> Value {
    let members = input.as_object_mut().unwrap();
    members.insert("ClientId".to_owned(), local.client_id().as_str().into());
    members.insert("UserPoolId".to_owned(), local.id().as_str().into());
    post(local.emulator(), operation, "", &input.to_string()).await.json()
}

pub(crate) async fn get(emulator: &Emulator, path: &str) -> Answer {
    send(emulator, "GET", path).await
}

/// Sends a request without a body.
pub(crate) async fn send(emulator: &Emulator, method: &str, path: &str) -> Answer {
    let line = format!("{method} {path} HTTP/1.1\r\n");
    raw(emulator, format!("{line}Host: localhost\r\nConnection: close\r\n\r\n")).await
}

/// Sends a request to the emulator itself.
pub(crate) async fn post_to(emulator: &Emulator, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    raw(emulator, request).await
}

pub(crate) async fn start() -> Emulator {
    Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap()
}
