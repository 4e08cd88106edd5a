//! Key sets over HTTP, proxies, and the tokens that the client of a pool accepts.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use cognito::verify::{Clients, MAX_KEY_SET_BYTES, ReqwestFetcher, VerifyError};
use cognito::{ErrorKind, SignIn, UserPool, UserPoolId, Verifier};
use cognito_emulator::{Emulator, IssuerStyle, PoolSettings, SigningKeys};
use cognito_tests::canned::Canned;
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use reqwest::redirect::Policy;
use serde_json::{Value, json};

/// Returns a key set of the test vectors.
fn key_set() -> String {
    let vectors: Value = serde_json::from_str(include_str!("../../data/jwt.json")).unwrap();
    vectors["jwks"].to_string()
}

/// Returns whether both fetchers, a pool's own and reqwest's, accept the response of a server.
async fn accepts(server: &Canned) -> [bool; 2] {
    let [of_pool, of_reqwest] = verifiers(server);
    [of_pool.prefetch().await.is_ok(), of_reqwest.prefetch().await.is_ok()]
}

fn verifiers(server: &Canned) -> [Verifier; 2] {
    let id: UserPoolId = "eu-west-1_Ab12Cd34E".parse().unwrap();
    let uri = format!("{}/set?version=1", server.url());
    let pool = UserPool::builder(id.clone(), "client").jwks_uri(&uri).build().unwrap();
    let fetcher = Arc::new(ReqwestFetcher::new().unwrap());
    let verifier = Verifier::builder(&id, Clients::Any, fetcher).jwks_uri(uri).build();
    [pool.verifier().clone(), verifier]
}

#[tokio::test]
async fn a_set_is_fetched_from_the_whole_address() {
    let server = Canned::start("200 OK", &[], &key_set()).await;
    assert_eq!(accepts(&server).await, [true, true]);
    assert_eq!(server.requests(), vec!["GET /set?version=1 HTTP/1.1"; 2]);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Canned::start("200 OK", &[], &key_set()).await;
    let location = format!("location: {}/set", elsewhere.url());
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let server = Canned::start(status, &[&location], &key_set()).await;
        assert_eq!(accepts(&server).await, [false, false], "{status}");
    }
    assert!(elsewhere.requests().is_empty());
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
async fn request_to_a_hanging_server_times_out() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"keys\":[";
    for beginning in ["", "HTTP/1.1 200 OK\r\n", half] {
        let server = Canned::hang(beginning).await;
        for verifier in verifiers(&server) {
            let fetch = tokio::time::timeout(Duration::from_secs(60), verifier.prefetch());
            let asked = server.requests().len();
            let time_flies = async {
                while server.requests().len() == asked {
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

/// Uses the fetcher of a service that only verifies, with the emulator over HTTP.
#[tokio::test]
async fn separate_verifier_accepts_tokens_of_a_sign_in() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let pool = UserPool::builder(local.id(), local.client_id())
        .endpoint(local.endpoint())
        .build()
        .unwrap();
    let sign_up = pool.sign_up("alice").password(PASSWORD).attribute("email", "alice@example.com");
    sign_up.await.unwrap();
    pool.confirm_sign_up("alice", local.code_for("alice").unwrap()).await.unwrap();
    let next = pool.sign_in("alice").password(PASSWORD).await.unwrap();
    let SignIn::Done(session) = next else { panic!("a challenge was returned") };

    let fetcher = Arc::new(ReqwestFetcher::new().unwrap());
    let clients = Clients::only(local.client_id());
    let builder = Verifier::builder(&local.id(), clients, fetcher);
    let verifier = builder.endpoint(local.endpoint()).build();
    let access_token = session.access_token().await.unwrap();
    let claims = verifier.access_token(access_token.expose_secret()).await.unwrap();
    assert_eq!(claims.username(), Some("alice"));
    let id_token = session.id_token().await.unwrap();
    assert_eq!(verifier.id_token_offline(id_token.expose_secret()).unwrap().subject(), {
        claims.subject()
    });
}

/// Operations, and key sets by both fetchers, use the proxy in the same variables.
#[tokio::test]
async fn proxy_variables_apply_to_every_request() {
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
        proxy.requests(),
        [
            "POST http://pool.invalid/ HTTP/1.1",
            "GET http://pool.invalid/eu-west-1_Ab12Cd34E/.well-known/jwks.json HTTP/1.1",
            "GET http://pool.invalid/r HTTP/1.1",
        ]
    );
    ask("pool.invalid").await.unwrap();
    assert_eq!(proxy.requests().len(), 3, "an exception goes its own way");
}

#[tokio::test]
async fn loopback_addresses_are_reached_without_the_proxy() {
    let proxy = Canned::start("200 OK", &["content-type: application/json"], &key_set()).await;
    let server = Canned::start("200 OK", &["content-type: application/json"], &key_set()).await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_ask_pool"));
    command.arg(server.url());
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, proxy.url());
    }
    for name in ["NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, "operation: true\nkey set: true\nreqwest: true\n");
    assert!(proxy.requests().is_empty(), "{:?}", proxy.requests());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_client_of_the_application_fetches_within_the_same_limits() {
    let id: UserPoolId = "eu-west-1_Ab12Cd34E".parse().unwrap();
    for redirects in [Policy::limited(5), Policy::none()] {
        let client = reqwest::Client::builder().redirect(redirects).build().unwrap();
        let fetcher = Arc::new(ReqwestFetcher::with_client(client));
        let elsewhere = Canned::start("200 OK", &[], &key_set()).await;
        let location = format!("location: {}/set", elsewhere.url());
        let redirecting = Canned::start("302 Found", &[&location], "").await;
        for (server, fetched) in [(&elsewhere, true), (&redirecting, false)] {
            let builder =
                Verifier::builder(&id, Clients::Any, Arc::<ReqwestFetcher>::clone(&fetcher));
            let verifier = builder.jwks_uri(format!("{}/set", server.url())).build();
            assert_eq!(verifier.prefetch().await.is_ok(), fetched);
        }
    }
}

#[tokio::test]
async fn a_client_does_not_fetch_keys_over_plain_http_unless_the_host_is_named() {
    let builder = || {
        let id = "eu-west-1_Ab12Cd34E".parse().unwrap();
        UserPool::builder(id, "client").jwks_uri("http://pool.invalid/set")
    };
    for (pool, insecure) in [
        (builder().build().unwrap(), true),
        (builder().allow_plain_http(["other.invalid"]).build().unwrap(), true),
        (builder().allow_plain_http(["pool.invalid"]).build().unwrap(), false),
    ] {
        let error = pool.verifier().prefetch().await.unwrap_err();
        let cause = error.failures()[0].issuers[0].1.to_string();
        assert_eq!(cause.contains("allow_plain_http"), insecure, "{cause}");
    }
}

#[tokio::test]
async fn users_with_the_longest_tokens_of_the_quotas_can_sign_in() {
    let attribute = |number: usize| format!("text{number}");
    let schema: Vec<Value> = (0..8)
        .map(|number| json!({ "Name": attribute(number), "AttributeDataType": "String" }))
        .collect();
    let fixture = Fixture::new(PoolSettings::default().pool_member("Schema", schema));
    let long = "x".repeat(2048);
    let names: Vec<String> = (0..8).map(|number| format!("custom:{}", attribute(number))).collect();
    let attributes: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &*long)).collect();
    fixture.create_user("alice", &attributes);
    for group in 0..100 {
        let name = format!("{group:0>128}");
        fixture.admin("CreateGroup", json!({ "GroupName": name }));
        fixture.admin("AdminAddUserToGroup", json!({ "GroupName": name, "Username": "alice" }));
    }
    let session = done(fixture.pool.sign_in("alice").password(PASSWORD).await.unwrap());
    let access_token = session.access_token().await.unwrap();
    let id_token = session.id_token().await.unwrap();
    assert!(access_token.expose_secret().len() > 18_000);
    assert!(id_token.expose_secret().len() > 22_000);
    let claims = fixture.pool.verifier().access_token(access_token.expose_secret()).await.unwrap();
    assert_eq!(claims.groups().len(), 100);

    let limited = fixture.another_client(|builder| builder.max_token_bytes(16 * 1024));
    let error = limited.sign_in("alice").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "the token is good");
}

#[tokio::test]
async fn tokens_of_a_replica_are_accepted_where_it_is_called() {
    let replica = "https://cognito-idp.us-west-2.amazonaws.com";
    let emulator = Emulator::builder()
        .signing_keys(SigningKeys::ForTests)
        .endpoint(replica)
        .issuer(IssuerStyle::Endpoint)
        .in_process();
    let settings = PoolSettings::default().id("us-east-1_Ab12Cd34E".parse().unwrap());
    let local = emulator.create_pool(settings).unwrap();
    let pool = |region: &str| {
        let builder = UserPool::builder(local.id(), local.client_id()).region(region);
        builder.http_client(local.http_client()).clock(local.clock()).build().unwrap()
    };
    let in_replica = pool("us-west-2");
    let sign_up = in_replica.sign_up("alice").password(PASSWORD);
    sign_up.attribute("email", "alice@example.com").await.unwrap();
    in_replica.confirm_sign_up("alice", local.code_for("alice").unwrap()).await.unwrap();
    let session = done(in_replica.sign_in("alice").password(PASSWORD).await.unwrap());
    let access_token = session.access_token().await.unwrap();
    let claims = in_replica.verifier().access_token(access_token.expose_secret()).await.unwrap();
    assert_eq!(claims.issuer(), format!("{replica}/us-east-1_Ab12Cd34E"));
    for region in ["us-east-1", "eu-west-1"] {
        let elsewhere = pool(region);
        let refused = elsewhere.verifier().access_token(access_token.expose_secret()).await;
        assert!(matches!(refused, Err(VerifyError::WrongIssuer)), "{region}");
    }
}
