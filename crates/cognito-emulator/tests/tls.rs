//! TLS with a rustls client: names, certificates, and connections without TLS.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/trust.rs"]
mod trust;

use std::net::SocketAddr;
use std::time::Duration;

use cognito_emulator::{
    Emulator, EmulatorBuilder, InjectedFault, IssuerStyle, PoolSettings, SigningKeys,
};
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use self::trust::trusting;

const LIMIT: Duration = Duration::from_secs(20);

fn builder() -> EmulatorBuilder {
    Emulator::builder().signing_keys(SigningKeys::ForTests).tls()
}

fn tls_address(emulator: &Emulator) -> SocketAddr {
    let authority = emulator.tls_endpoint().unwrap().strip_prefix("https://").unwrap();
    authority.replace("localhost", "127.0.0.1").parse().unwrap()
}

fn plain_address(emulator: &Emulator) -> SocketAddr {
    emulator.endpoint().strip_prefix("http://").unwrap().parse().unwrap()
}

fn connector(ca_certificate: &str) -> TlsConnector {
    TlsConnector::from(trusting(ca_certificate))
}

/// Sends a request over TLS to a host under the name `name`.
async fn send(emulator: &Emulator, name: &str, request: &str) -> std::io::Result<String> {
    let connector = connector(emulator.ca_certificate().unwrap());
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let stream = TcpStream::connect(tls_address(emulator)).await?;
    let mut stream = connector.connect(name, stream).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

fn body(response: &str) -> Value {
    serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Sends bytes over TCP, and returns the received bytes until the connection was closed.
async fn send_plain(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut response = Vec::new();
    let read = timeout(LIMIT, stream.read_to_end(&mut response)).await;
    // A reset closes the connection too.
    let _reset = read.unwrap();
    response
}

#[tokio::test]
async fn clients_that_trust_the_authority_reach_every_name_of_this_host() {
    let builder = builder().public_url("https://auth.shop.test").endpoint("http://cognito:4567");
    let emulator = builder.start().await.unwrap();
    for name in [
        "localhost",
        "LOCALHOST",
        "shop.auth.us-east-1.localhost",
        "127.0.0.1",
        "::1",
        "auth.shop.test",
        "cognito",
    ] {
        let response = send(&emulator, name, &get("/_emulator/clock")).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 200"), "{name}: {response}");
    }
    for name in ["shop.test", "cognito-idp.us-east-1.amazonaws.com", "127.0.0.2"] {
        let error = send(&emulator, name, &get("/")).await.unwrap_err().to_string();
        assert!(error.contains("invalid peer certificate"), "{name}: {error}");
    }
}

// Other systems only have 127.0.0.1 as a loopback address by default.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn another_loopback_address_is_announced_and_has_a_certificate() {
    let emulator = builder().address(([127, 0, 0, 2], 0).into()).start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    assert!(local.issuer().starts_with("https://127.0.0.2:"), "{}", local.issuer());
    for name in ["127.0.0.2", "127.0.0.1", "localhost"] {
        let response = send(&emulator, name, &get("/_emulator/clock")).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 200"), "{name}: {response}");
    }
    assert!(send(&emulator, "127.0.0.3", &get("/")).await.is_err());
}

#[tokio::test]
async fn two_emulators_have_two_authorities() {
    let (one, other) = (builder().start().await.unwrap(), builder().start().await.unwrap());
    let stream = TcpStream::connect(tls_address(&one)).await.unwrap();
    let connector = connector(other.ca_certificate().unwrap());
    let error = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await;
    assert!(error.unwrap_err().to_string().contains("UnknownIssuer"));
}

#[tokio::test]
async fn operations_and_faults_are_the_same_over_tls() {
    let emulator = builder().start().await.unwrap();
    let input = json!({ "MaxResults": 1 }).to_string();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.ListUserPools\r\n\r\n{input}",
        input.len()
    );
    let listed = send(&emulator, "localhost", &request).await.unwrap();
    assert_eq!(body(&listed), json!({ "UserPools": [] }));
    emulator.plan_fault("ListUserPools", 1, InjectedFault::ResponseLost);
    let lost = send(&emulator, "localhost", &request).await;
    assert!(!lost.is_ok_and(|response| response.contains("UserPools")));
}

#[tokio::test]
async fn the_issuer_is_the_address_over_tls() {
    let emulator = builder().public_url("https://auth.localhost:8443/").start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let endpoint = emulator.tls_endpoint().unwrap();
    assert_eq!(local.issuer(), format!("{endpoint}/{}", local.id()));
    let path = format!("/{}/.well-known/openid-configuration", local.id());
    let document = body(&send(&emulator, "localhost", &get(&path)).await.unwrap());
    assert_eq!(document["issuer"], local.issuer());
    assert_eq!(document["token_endpoint"], format!("{endpoint}/oauth2/token"));
    let authorize = "https://auth.localhost:8443/oauth2/authorize";
    assert_eq!(document["authorization_endpoint"], authorize);

    for (builder, issuer) in [
        (builder().endpoint("http://cognito:4567"), "http://cognito:4567/"),
        (builder().issuer(IssuerStyle::Aws), "https://cognito-idp.us-east-1.amazonaws.com/"),
        (builder().issuer(IssuerStyle::Endpoint), "http://127.0.0.1:"),
    ] {
        let local = builder.start().await.unwrap().create_pool(PoolSettings::default()).unwrap();
        assert!(local.issuer().starts_with(issuer), "{}", local.issuer());
    }
    let without = || Emulator::builder().issuer(IssuerStyle::Tls);
    assert!(without().start().await.unwrap_err().to_string().contains("TLS is off"));
    assert!(without().try_in_process().unwrap_err().to_string().contains("TLS is off"));
}

#[tokio::test]
async fn the_test_interface_returns_the_certificate_to_trust() {
    let emulator = builder().start().await.unwrap();
    let request = get("/_emulator/tls");
    let response = send_plain(plain_address(&emulator), request.as_bytes()).await;
    let read = body(std::str::from_utf8(&response).unwrap());
    assert_eq!(read["Endpoint"], emulator.tls_endpoint().unwrap());
    assert_eq!(read["CaCertificate"], emulator.ca_certificate().unwrap());
    let off = Emulator::start().await.unwrap();
    let response = send_plain(plain_address(&off), request.as_bytes()).await;
    assert!(response.starts_with(b"HTTP/1.1 404"));
    assert!(off.tls_endpoint().is_none() && off.ca_certificate().is_none());
}

#[tokio::test]
async fn request_without_tls_is_rejected_with_the_reason() {
    let emulator = builder().start().await.unwrap();
    let long = format!("POST / HTTP/1.1\r\n\r\n{}", "a".repeat(100_000));
    for request in [get("/"), "GET".to_owned(), long] {
        let address = tls_address(&emulator);
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut response = String::new();
        timeout(LIMIT, stream.read_to_string(&mut response)).await.unwrap().unwrap();
        assert!(
            response.starts_with("HTTP/1.1 400") && response.contains("https://"),
            "{response}"
        );
    }
    for garbage in [&b"\0\0\0"[..], b"\xff", b"\x16\x03\x01garbage-that-is-no-record"] {
        let response = send_plain(tls_address(&emulator), garbage).await;
        assert!(!response.starts_with(b"HTTP"), "{response:?}");
    }
}

#[tokio::test]
async fn a_handshake_on_the_port_of_http_fails_at_once() {
    let emulator = builder().start().await.unwrap();
    let stream = TcpStream::connect(plain_address(&emulator)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = connector(emulator.ca_certificate().unwrap());
    let connected = timeout(LIMIT, connector.connect(name, stream)).await.unwrap();
    assert!(connected.is_err());
}

#[tokio::test]
async fn silent_connections_do_not_block_others() {
    let emulator = builder().start().await.unwrap();
    let mut silent = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(tls_address(&emulator)).await.unwrap();
        if silent.len() % 2 == 0 {
            // The beginning of a handshake that does not continue.
            stream.write_all(b"\x16\x03\x01").await.unwrap();
        }
        silent.push(stream);
    }
    // Less than the time limit of a handshake.
    let response = timeout(Duration::from_secs(8), send(&emulator, "localhost", &get("/"))).await;
    assert!(response.unwrap().unwrap().starts_with("HTTP/1.1 400"));
    // Handshakes do not delay the stop.
    timeout(Duration::from_secs(5), emulator.stop()).await.unwrap();
}

#[tokio::test]
async fn a_port_in_use_is_an_error() {
    let emulator = builder().start().await.unwrap();
    let port = tls_address(&emulator).port();
    let error = Emulator::builder().tls_port(port).start().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(error.to_string(), "cannot serve TLS");
    let expected =
        format!("cannot listen on 127.0.0.1:{port}; stop the program that uses the port");
    assert!(source.starts_with(&expected), "{source}");
}

#[tokio::test]
async fn a_kept_authority_is_trusted_after_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let start = async || builder().tls_ca(directory.path()).start().await.unwrap();
    let first = start().await.ca_certificate().unwrap().to_owned();
    let second = start().await;
    assert_eq!(second.ca_certificate().unwrap(), first);
    assert!(send(&second, "a.localhost", &get("/")).await.is_ok());
}
