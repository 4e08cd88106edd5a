//! Redirects from HTTPS to plain HTTP.

use std::sync::{Arc, Mutex};

use cognito_emulator::{Emulator, PoolSettings, SigningKeys};
use cognito_tests::outgoing::{Scene, status};
use reqwest::{Certificate, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// The first byte of a TLS connection: the type of a handshake record (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;

/// The heads of requests over plain HTTP.
type Heads = Arc<Mutex<Vec<String>>>;

/// Starts a server that passes TLS on to this port, and records other requests of the same port.
async fn both_protocols(listener: TcpListener, tls_port: u16) -> Heads {
    let heads = Heads::default();
    let recorded = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, tls_port, Arc::clone(&recorded)));
        }
    });
    heads
}

async fn serve(mut stream: TcpStream, tls_port: u16, heads: Heads) {
    let mut first = [0];
    stream.peek(&mut first).await.unwrap();
    if first[0] == HANDSHAKE {
        let mut tls = TcpStream::connect(("127.0.0.1", tls_port)).await.unwrap();
        let _ = copy_bidirectional(&mut stream, &mut tls).await;
        return;
    }
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    heads.lock().unwrap().push(String::from_utf8(head).unwrap().to_ascii_lowercase());
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.unwrap();
}

#[tokio::test]
async fn a_redirect_to_plain_http_at_the_same_host_and_port_loses_the_token() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).tls().start();
    let emulator = emulator.await.unwrap();
    let (_, tls_port) = emulator.tls_endpoint().unwrap().rsplit_once(':').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heads = both_protocols(listener, tls_port.parse().unwrap()).await;

    // The sign-out page of managed login redirects to a registered URL.
    let back = format!("http://localhost:{port}/end");
    let settings = PoolSettings::default()
        .managed_login(["https://www.example.com/callback"])
        .client_member("LogoutURLs", json!([back]));
    let local = emulator.create_pool(settings).unwrap();
    let (origin, client_id) = (format!("https://localhost:{port}"), local.client_id());
    let url = format!("{origin}/logout?client_id={}&logout_uri={back}", client_id.as_str());

    let scene = Scene::new(status(200)).await;
    let ca = Certificate::from_pem(emulator.ca_certificate().unwrap().as_bytes()).unwrap();
    let http = reqwest::Client::builder().tls_certs_merge([ca]);
    let client = scene.auth_for([origin]).client(http).unwrap().build();
    let response = client.get(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(scene.source.fetched(), 1, "the request over TLS had a token");
    let heads = heads.lock().unwrap().clone();
    assert_eq!(heads.len(), 1, "{heads:?}");
    assert!(heads[0].starts_with("get /end ") && !heads[0].contains("authorization"), "{heads:?}");
}
