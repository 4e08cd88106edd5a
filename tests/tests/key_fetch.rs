//! Key sets over HTTP: what is fetched, what is refused, and which way requests take.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use cognito::tokens::{Clients, MAX_KEY_SET_BYTES, ReqwestFetcher, Verifier};
use cognito::{SignIn, UserPool, UserPoolId};
use cognito_emulator::{Emulator, PoolSettings, SigningKeys};
use cognito_tests::canned::Canned;
use cognito_tests::fixture::PASSWORD;
use serde_json::Value;

/// A key set that others made.
fn key_set() -> String {
    let vectors: Value = serde_json::from_str(include_str!("../data/jwt.json")).unwrap();
    vectors["jwks"].to_string()
}

/// Whether the two fetchers, a pool's own and reqwest's, accept what a server answers.
async fn accepts(server: &Canned) -> [bool; 2] {
    let [of_pool, of_reqwest] = verifiers(server);
    [of_pool.prefetch().await.is_ok(), of_reqwest.prefetch().await.is_ok()]
}

fn verifiers(server: &Canned) -> [Verifier; 2] {
    let id: UserPoolId = "eu-west-1_Ab12Cd34E".parse().unwrap();
    let uri = format!("{}/set?version=1", server.url());
    let pool = UserPool::builder(id.clone(), "client").jwks_uri(&uri).build();
    let fetcher = Arc::new(ReqwestFetcher::new().unwrap());
    let verifier = Verifier::builder(&id, Clients::Any, fetcher).jwks_uri(uri).build();
    [pool.verifier().clone(), verifier]
}

#[tokio::test]
async fn a_set_is_fetched_from_the_whole_address() {
    let server = Canned::start("200 OK", &[], &key_set()).await;
    assert_eq!(accepts(&server).await, [true, true]);
    assert_eq!(server.asked(), vec!["GET /set?version=1 HTTP/1.1"; 2]);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Canned::start("200 OK", &[], &key_set()).await;
    let location = format!("location: {}/set", elsewhere.url());
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let server = Canned::start(status, &[&location], &key_set()).await;
        assert_eq!(accepts(&server).await, [false, false], "{status}");
    }
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn the_size_has_a_limit() {
    let padded = |bytes: usize| format!("{}{}", key_set(), " ".repeat(bytes - key_set().len()));
    let largest = Canned::start("200 OK", &[], &padded(MAX_KEY_SET_BYTES)).await;
    assert_eq!(accepts(&largest).await, [true, true]);
    let too_large = Canned::start("200 OK", &[], &padded(MAX_KEY_SET_BYTES + 1)).await;
    assert_eq!(accepts(&too_large).await, [false, false]);
}

#[tokio::test]
async fn only_a_success_is_a_set() {
    for status in ["403 Forbidden", "404 Not Found", "503 Unavailable", "204 No Content"] {
        let server = Canned::start(status, &[], &key_set()).await;
        assert_eq!(accepts(&server).await, [false, false], "{status}");
    }
    for body in ["", "<html>", "[]", r#"{"keys":[]}"#] {
        let server = Canned::start("200 OK", &[], body).await;
        assert_eq!(accepts(&server).await, [false, false], "{body}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"keys\":[";
    for beginning in ["", "HTTP/1.1 200 OK\r\n", half] {
        let server = Canned::hang(beginning).await;
        for verifier in verifiers(&server) {
            let fetch = tokio::time::timeout(Duration::from_secs(60), verifier.prefetch());
            let asked = server.asked().len();
            let time_flies = async {
                while server.asked().len() == asked {
                    tokio::task::yield_now().await;
                }
                tokio::time::pause();
            };
            let (fetched, ()) = tokio::join!(fetch, time_flies);
            assert!(fetched.expect("the fetch has a limit").is_err(), "{beginning}");
            tokio::time::resume();
        }
    }
}

/// The fetcher of a service that only verifies, against the embedded pool over HTTP.
#[tokio::test]
async fn a_verifier_of_its_own_verifies_tokens_of_a_sign_in() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let pool = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint()).build();
    let sign_up = pool.sign_up("alice").password(PASSWORD).attribute("email", "alice@example.com");
    sign_up.send().await.unwrap();
    pool.confirm_sign_up("alice", local.code_for("alice").unwrap()).await.unwrap();
    let next = pool.sign_in("alice").password(PASSWORD).send().await.unwrap();
    let SignIn::Done(session) = next else { panic!("a challenge came") };

    let issuer = format!("{}/{}", local.endpoint(), local.id());
    let fetcher = Arc::new(ReqwestFetcher::new().unwrap());
    let clients = Clients::only(local.client_id());
    let verifier = Verifier::builder(&local.id(), clients, fetcher).issuers([issuer]).build();
    let access_token = session.access_token().await.unwrap();
    let claims = verifier.access_token(access_token.expose_secret()).await.unwrap();
    assert_eq!(claims.username(), Some("alice"));
    let id_token = session.id_token().await.unwrap();
    assert_eq!(verifier.id_token_offline(id_token.expose_secret()).unwrap().subject(), {
        claims.subject()
    });
}

/// Operations, and key sets by both fetchers, take the way that the same variables name.
#[tokio::test]
async fn the_proxy_variables_count_for_every_request() {
    let proxy = Canned::start("200 OK", &["content-type: application/json"], &key_set()).await;
    let ask = |exceptions: &'static str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ask_pool"));
        command.arg("http://pool.invalid").env("HTTP_PROXY", proxy.url());
        command.env("http_proxy", proxy.url()).env("NO_PROXY", exceptions);
        command.env("no_proxy", exceptions);
        tokio::task::spawn_blocking(move || command.output().unwrap().stdout)
    };
    let printed = String::from_utf8(ask("").await.unwrap()).unwrap();
    assert_eq!(printed, "operation: true\nkey set: true\nreqwest: true\n");
    assert_eq!(
        proxy.asked(),
        [
            "POST http://pool.invalid/ HTTP/1.1",
            "GET http://pool.invalid/eu-west-1_Ab12Cd34E/.well-known/jwks.json HTTP/1.1",
            "GET http://pool.invalid/r HTTP/1.1",
        ]
    );
    ask("pool.invalid").await.unwrap();
    assert_eq!(proxy.asked().len(), 3, "an exception goes its own way");
}
