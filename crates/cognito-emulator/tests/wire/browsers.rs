//! Requests that pages of other web sites send through a browser, and foreign host names.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use cognito_emulator::{Emulator, EmulatorBuilder, EmulatorError, PoolSettings, SigningKeys};
use serde_json::json;

use crate::support::{Answer, raw, raw_to, start};

const FOREIGN: &str = "Origin: https://evil.example\r\n";

/// Headers of an operation.
fn target(service: &str, operation: &str) -> String {
    format!(
        "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: AWSCognito{service}.{operation}\r\n"
    )
}

fn request(line: &str, host: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

async fn send(emulator: &Emulator, line: &str, headers: &str) -> Answer {
    raw(emulator, request(line, "localhost", headers, "{}")).await
}

fn builder() -> EmulatorBuilder {
    Emulator::builder().signing_keys(SigningKeys::ForTests)
}

#[track_caller]
fn assert_rejected(answer: &Answer, status: u16, request: &str) {
    assert_eq!(answer.status(), status, "{request}: {}", answer.body);
    assert!(!answer.head.to_ascii_lowercase().contains("access-control-"), "{request}");
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("--allow-origin"), "{request}: {message}");
}

#[tokio::test]
async fn page_of_a_foreign_origin_cannot_use_the_test_interface() {
    let emulator = start().await;
    emulator.create_pool(PoolSettings::default()).unwrap();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for headers in [
        FOREIGN.to_owned(),
        format!("{FOREIGN}{form}"),
        format!("Origin: null\r\n{form}"),
        format!("Origin: http://localhost.evil.example\r\nSec-Fetch-Site: same-origin\r\n{form}"),
        format!("Sec-Fetch-Site: cross-site\r\n{form}"),
        format!("Origin: null\r\nSec-Fetch-Site: cross-site\r\n{form}"),
    ] {
        for line in ["POST /_emulator/reset", "POST /_emulator/clock", "DELETE /_emulator/faults"] {
            let answer = send(&emulator, line, &headers).await;
            assert_rejected(&answer, 403, &format!("{line} {headers}"));
        }
    }
    for line in [
        "GET /_emulator/outbox",
        "GET /_emulator/health",
        "HEAD /_emulator/pools",
        "OPTIONS /_emulator/tokens",
    ] {
        let answer = send(&emulator, line, FOREIGN).await;
        assert_eq!(answer.status(), 403, "{line}");
        assert!(!answer.head.to_ascii_lowercase().contains("access-control-"), "{line}");
    }
    assert_eq!(emulator.pools().len(), 1, "nothing was reset");
}

#[tokio::test]
async fn page_of_a_foreign_origin_cannot_call_signed_operations() {
    let emulator = start().await;
    let preflight = "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n";
    // The browser does not name the operation in the preflight request.
    assert_eq!(send(&emulator, "OPTIONS /", preflight).await.status(), 200);
    for (service, operation) in [
        ("IdentityProviderService", "CreateUserPool"),
        ("IdentityProviderService", "ListUserPools"),
        ("IdentityProviderService", "AdminSetUserPassword"),
        ("IdentityProviderService", "ListUsers"),
        ("IdentityProviderService", "TagResource"),
        ("IdentityService", "CreateIdentityPool"),
        ("IdentityService", "ListIdentityPools"),
        ("IdentityService", "GetOpenIdTokenForDeveloperIdentity"),
    ] {
        let headers = target(service, operation);
        let answer = send(&emulator, "POST /", &format!("{FOREIGN}{headers}")).await;
        assert_rejected(&answer, 403, operation);
        assert_eq!(emulator.requests().last().unwrap().status, 403);
        assert_ne!(send(&emulator, "POST /", &headers).await.status(), 403, "{operation}");
    }
}

#[tokio::test]
async fn page_of_any_origin_calls_the_operations_and_endpoints_of_applications() {
    let emulator = start().await;
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let key_set = format!("GET /{}/.well-known/jwks.json", local.id());
    for (line, headers) in [
        ("POST /", target("IdentityProviderService", "InitiateAuth")),
        ("POST /", target("IdentityProviderService", "GetUser")),
        ("POST /", target("IdentityService", "GetId")),
        ("POST /oauth2/token", String::new()),
        ("POST /oauth2/revoke", String::new()),
        ("GET /oauth2/userInfo", String::new()),
        (&*key_set, String::new()),
    ] {
        for origin in [FOREIGN, "Origin: null\r\nSec-Fetch-Site: cross-site\r\n"] {
            let answer = send(&emulator, line, &format!("{origin}{headers}")).await;
            assert_ne!(answer.status(), 403, "{line} {headers}: {}", answer.body);
            assert!(answer.has_header("access-control-allow-origin: *"), "{line} {headers}");
        }
    }
}

/// Starts an emulator whose endpoint does not show its port, and returns the address. Another program
/// may take a free port before the emulator does.
async fn start_on(ip: Ipv4Addr, builder: impl Fn() -> EmulatorBuilder) -> (Emulator, SocketAddr) {
    loop {
        let address = TcpListener::bind((ip, 0)).unwrap().local_addr().unwrap();
        match builder().address(address).start().await {
            Err(EmulatorError::Bind { .. }) => {}
            started => return (started.unwrap(), address),
        }
    }
}

#[tokio::test]
async fn page_of_this_host_or_of_an_allowed_origin_uses_everything() {
    let (_emulator, address) = start_on(Ipv4Addr::LOCALHOST, || {
        let builder = builder().endpoint("http://cognito:4567").allow_origin("https://app.example");
        builder.public_url("https://auth.shop.test").allow_origin("capacitor://app")
    })
    .await;
    let list = target("IdentityProviderService", "ListUserPools");
    for origin in [
        "http://localhost:3000",
        "https://app.localhost",
        "http://127.0.0.1:5173",
        "http://[::1]:3000",
        "http://cognito:8080",
        "https://auth.shop.test",
        "https://app.example",
        "capacitor://app",
    ] {
        let headers = format!("Origin: {origin}\r\n{list}");
        for line in ["GET /_emulator/outbox", "OPTIONS /_emulator/reset", "POST /"] {
            let request = request(line, "localhost", &headers, "{\"MaxResults\":1}");
            let answer = raw_to(&address.to_string(), &request).await;
            assert_eq!(answer.status(), 200, "{origin} {line}: {}", answer.body);
            assert!(answer.has_header("access-control-allow-origin: *"), "{origin} {line}");
        }
    }
}

#[tokio::test]
async fn server_on_loopback_rejects_requests_for_other_host_names() {
    let (emulator, address) = start_on(Ipv4Addr::LOCALHOST, || {
        let builder = builder().endpoint("http://api.shop.example:4567");
        builder.public_url("https://auth.shop.example").allow_origin("https://app.example")
    })
    .await;
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    local
        .call(
            "CreateUserPoolDomain",
            json!({ "Domain": "login.shop.example", "CustomDomainConfig": {
        "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1" } }),
        )
        .unwrap();
    let status = async |line: &str, host: &str| {
        let headers = target("IdentityProviderService", "GetUser");
        let answer = raw_to(&address.to_string(), &request(line, host, &headers, "{}")).await;
        if answer.status() == 421 {
            assert_rejected(&answer, 421, line);
        }
        answer.status()
    };
    for line in [
        "POST /",
        "GET /_emulator/outbox",
        "GET /_emulator/health",
        "GET /login",
        "POST /oauth2/token",
        "OPTIONS /",
    ] {
        for host in ["evil.example", "localhost.evil.example:4567", "shop.example", ""] {
            assert_eq!(status(line, host).await, 421, "{line} {host}");
        }
        for host in [
            "localhost",
            "app.localhost:1",
            "10.0.0.7",
            "[::1]:80",
            "api.shop.example:4567",
            "cognito:4567",
            "host.docker.internal",
            "auth.shop.example",
            "app.example",
            "login.shop.example",
        ] {
            assert_ne!(status(line, host).await, 421, "{line} {host}");
        }
    }
}

#[tokio::test]
async fn server_beyond_loopback_checks_the_origin_and_not_the_host() {
    let (_emulator, address) =
        start_on(Ipv4Addr::UNSPECIFIED, || Emulator::builder().test_interface_beyond_loopback())
            .await;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())).to_string();
    let outbox = |headers: &str| request("GET /_emulator/outbox", "cognito:4567", headers, "");
    assert_eq!(raw_to(&address, &outbox("")).await.status(), 200);
    assert_rejected(&raw_to(&address, &outbox(FOREIGN)).await, 403, "outbox");
    let same = "Origin: http://api.example:4567\r\n";
    assert_rejected(&raw_to(&address, &outbox(same)).await, 403, "a name that is not configured");
}

#[tokio::test]
async fn allowed_origin_must_be_an_origin() {
    for text in ["*", "null", "app.example", "https://*.example", "https://app.example/path"] {
        for started in [
            builder().allow_origin(text).start().await,
            builder().allow_origin(text).try_in_process(),
        ] {
            let error = started.unwrap_err();
            assert!(matches!(error, EmulatorError::AllowedOrigin(_)), "{text}: {error}");
        }
    }
}
