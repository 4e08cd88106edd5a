//! OpenID Connect providers that fail, respond with errors, or name other machines.

use serde_json::json;

use crate::external_support::{error, invalid};
use crate::oidc_support::{
    Begun, ENDPOINTS, Provider, Reply, add_corp, details, id_token, key_set, pool_with, sign_in,
    to_corp,
};
use crate::support::{Browser, CALLBACK, header, pool, settings};

#[tokio::test]
async fn errors_of_the_provider_reach_the_application() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    let mut begun = Begun::at(&local).await;
    let path = format!(
        "/oauth2/idpresponse?error=access_denied&error_description=No+consent&state={}",
        begun.state
    );
    let back = begun.browser.get(&path).await;
    assert_eq!(
        header(&back, "location"),
        format!("{CALLBACK}?error_description=No+consent&state=s1&error=access_denied")
    );
    assert_eq!(begun.back().await.status(), 400, "the sign-in has ended");
    let mut begun = Begun::at(&local).await;
    let refusal = json!({ "error": "invalid_client", "error_description": "wrong secret" });
    provider.set("/token", Reply::Http(401, refusal.to_string()));
    let rejected = error(&begun.back().await);
    assert_eq!(rejected, invalid("Corp Error - 401 invalid_client wrong secret"));
    let mut begun = Begun::at(&local).await;
    provider.set("/token", Reply::Http(200, refusal.to_string()));
    let rejected = error(&begun.back().await);
    assert_eq!(rejected, invalid("Corp Error - 200 invalid_client wrong secret"));
    let mut begun = Begun::at(&local).await;
    let long = json!({ "error": "x".repeat(100_000), "error_description": "y".repeat(100_000) });
    provider.set("/token", Reply::Http(400, long.to_string()));
    assert!(header(&begun.back().await, "location").len() < 2000);
}

/// The descriptions of invalid responses: unreadable ones, and ones with wrong members.
const UNREADABLE: [(&str, &str); 4] = [
    ("Unable to contact well-known endpoint", "Unable to contact well-known endpoint"),
    ("Exception processing authorization code", "The identity provider returned no id_token"),
    (
        "The key set of the identity provider cannot be read",
        "Invalid id_token: the key set cannot be read",
    ),
    ("The userInfo of the identity provider cannot be read", "The sub of userInfo differs"),
];

/// Returns the description of a response with an error status.
fn failed(endpoint: &str, status: u16, unreadable: &str) -> String {
    match endpoint {
        "/token" => format!("Corp Error - {status} error getting token"),
        _ => unreadable.to_owned(),
    }
}

#[tokio::test]
async fn invalid_responses_fail_the_sign_in_with_a_reason() {
    const RESET: &str = "Connection reset";
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    let huge = json!({ "a": "x".repeat(2 << 20) }).to_string();
    for (endpoint, (unreadable, wrong)) in ENDPOINTS.into_iter().zip(UNREADABLE) {
        let on_500 = failed(endpoint, 500, unreadable);
        let bad = [
            (Reply::Closed, RESET),
            (Reply::Raw(b"garbage\r\n\r\n".to_vec()), RESET),
            (Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_vec()), RESET),
            (Reply::Raw([b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'x'; 1 << 20]].concat()), RESET),
            (Reply::Http(200, String::new()), unreadable),
            (Reply::Http(200, "[]".to_owned()), unreadable),
            (Reply::Http(200, r#"{"error":1,"keys":1,"issuer":1,"sub":1}"#.to_owned()), wrong),
            (Reply::Http(200, huge.clone()), unreadable),
            (Reply::Http(500, "<html>".to_owned()), &*on_500),
        ];
        for (index, (reply, description)) in bad.into_iter().enumerate() {
            // The discovery document is fetched at the start and at the end.
            let mut begun = Begun::at(&local).await;
            provider.issue(&id_token(&provider.claims(&begun.nonce)));
            provider.set(endpoint, reply);
            let rejected = error(&begun.back().await);
            assert_eq!(rejected, invalid(description), "{endpoint} {index}");
            assert!(!begun.browser.cookies.contains_key("cognito"), "{endpoint} {index}");
            restore(&provider);
        }
    }
}

#[tokio::test]
async fn valid_bodies_with_an_error_status_fail_the_sign_in() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    for (endpoint, (unreadable, _)) in ENDPOINTS.into_iter().zip(UNREADABLE) {
        for status in [302, 404, 500] {
            let mut begun = Begun::at(&local).await;
            provider.issue(&id_token(&provider.claims(&begun.nonce)));
            provider.set(endpoint, Reply::Http(status, provider.body(endpoint)));
            let description = failed(endpoint, status, unreadable);
            assert_eq!(error(&begun.back().await), invalid(&description), "{endpoint} {status}");
            restore(&provider);
        }
    }
    assert!(provider.received("/elsewhere").is_empty(), "no redirect is followed");
}

fn restore(provider: &Provider) {
    provider.reply(ENDPOINTS[0], &provider.discovery());
    provider.reply("/keys", &key_set());
    provider.reply("/userinfo", &json!({ "sub": "u1" }));
}

#[tokio::test]
async fn provider_that_refuses_connections_is_an_error_at_the_application() {
    let local = pool(settings());
    // Nothing listens on port 1.
    add_corp(&local, &details("http://127.0.0.1:1"));
    let back = Browser::of(&local).open(&to_corp(&local)).await;
    assert_eq!(error(&back), invalid("Connection reset"));
}

#[tokio::test]
async fn endpoints_beyond_loopback_are_never_called() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    for (member, url) in [
        ("token_endpoint", "https://idp.example.com/token"),
        ("token_endpoint", "http://idp.example.com/token"),
        ("token_endpoint", "http://localhost@idp.example.com/token"),
        ("jwks_uri", "http://10.0.0.1/keys"),
        ("userinfo_endpoint", "http://localhost.example.com/userinfo"),
        ("userinfo_endpoint", "file:///etc/passwd"),
    ] {
        let mut document = provider.discovery();
        document[member] = json!(url);
        provider.reply(ENDPOINTS[0], &document);
        let back = sign_in(&provider, &local).await;
        let (_, description) = error(&back);
        assert!(description.contains("loopback"), "{url}: {description}");
    }
}

#[tokio::test]
async fn discovery_documents_with_another_issuer_are_rejected() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    for (member, value) in [
        ("issuer", "https://evil.example"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("authorization_endpoint", "data:text/html,x"),
        ("authorization_endpoint", "//evil.example"),
        ("authorization_endpoint", "/authorize"),
    ] {
        let mut document = provider.discovery();
        document[member] = json!(value);
        provider.reply(ENDPOINTS[0], &document);
        let back = Browser::of(&local).open(&to_corp(&local)).await;
        assert_eq!(error(&back).0, "invalid_request", "{value}");
    }
}
