//! Attacks on sign-ins at identity providers: states, other browsers, and hostile text on pages.

use std::time::Duration;

use cognito_emulator::LocalPool;
use serde_json::json;

use crate::external_support::{
    MOCK, attribute, open_mock, pool_with_google, serve, sign_in_at_mock, to_google,
};
use crate::oidc_support::{Begun, Provider, details, id_token, pool_with, to_corp};
use crate::support::{
    App, Browser, CALLBACK, Response, header, hidden, pool, sent_parameter, settings,
};

fn is_invalid_state(response: &Response) -> bool {
    response.status() == 400
        && response.body().contains("Invalid state")
        && response.headers().get("location").is_none()
}

async fn begun(local: &LocalPool) -> (Browser, String) {
    let mut browser = Browser::of(local);
    let page = open_mock(&mut browser, &to_google(local)).await;
    (browser, hidden(&page, "state").unwrap())
}

#[tokio::test]
async fn state_of_another_browser_is_rejected() {
    let local = pool_with_google(settings());
    let (mut attacker, state) = begun(&local).await;
    let (mut victim, _) = begun(&local).await;
    let mut stranger = Browser::of(&local);
    let form = [("state", state.as_str()), ("person", "1001")];
    for browser in [&mut victim, &mut stranger] {
        assert!(is_invalid_state(&browser.get(&format!("{MOCK}?state={state}")).await));
        assert!(is_invalid_state(&browser.post(MOCK, &form).await));
        let path = format!("/oauth2/idpresponse?code=c&state={state}");
        assert!(is_invalid_state(&browser.get(&path).await));
        assert!(!browser.cookies.contains_key("cognito"));
    }
    let back = attacker.post(MOCK, &form).await;
    assert!(sent_parameter(&back, "code").is_some(), "the sign-in is still open");
}

#[tokio::test]
async fn tampered_missing_and_used_states_are_rejected() {
    let local = pool_with_google(settings());
    let (mut browser, state) = begun(&local).await;
    let other = format!("{state}x");
    for (sent, cookie) in [
        ("", &*state),
        (&other, &*state),
        (&other, &*other),
        ("us-east-1_Unknown00.x", "us-east-1_Unknown00.x"),
        ("x", "x"),
    ] {
        let mut other = Browser::of(&local);
        other.cookies.insert("csrf-state".to_owned(), cookie.to_owned());
        let form = [("state", sent), ("person", "1001")];
        assert!(is_invalid_state(&other.post(MOCK, &form).await), "{sent}");
        let path = format!("/oauth2/idpresponse?code=c&state={sent}");
        assert!(is_invalid_state(&other.get(&path).await), "{sent}");
    }
    let form = [("state", state.as_str()), ("person", "1001")];
    assert!(sent_parameter(&browser.post(MOCK, &form).await, "code").is_some());
    assert_eq!(browser.cookies["csrf-state"], "", "the cookie ends with the sign-in");
    browser.cookies.insert("csrf-state".to_owned(), state.clone());
    assert!(is_invalid_state(&browser.post(MOCK, &form).await), "a state is valid once");
}

#[tokio::test]
async fn state_expires_after_ten_minutes() {
    let local = pool_with_google(settings());
    let (mut browser, state) = begun(&local).await;
    local.emulator().clock().advance(Duration::from_secs(599));
    let page = browser.get(&format!("{MOCK}?state={state}")).await;
    assert_eq!(page.status(), 200);
    local.emulator().clock().advance(Duration::from_secs(2));
    let form = [("state", state.as_str()), ("person", "1001")];
    assert!(is_invalid_state(&browser.post(MOCK, &form).await));
}

#[tokio::test]
async fn built_in_provider_issues_no_codes() {
    let local = pool_with_google(settings());
    let (mut browser, state) = begun(&local).await;
    let back = browser.get(&format!("/oauth2/idpresponse?code=c&state={state}")).await;
    assert_eq!(sent_parameter(&back, "error").as_deref(), Some("invalid_request"));
    assert_eq!(sent_parameter(&back, "code"), None);
    let (mut browser, state) = begun(&local).await;
    let back = browser.get(&format!("/oauth2/idpresponse?state={state}")).await;
    assert_eq!(sent_parameter(&back, "error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn built_in_provider_rejects_states_of_other_providers() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    let mut begun = Begun::at(&local).await;
    let state = begun.state.clone();
    assert!(is_invalid_state(&begun.browser.get(&format!("{MOCK}?state={state}")).await));
    for field in [("sub", "u1"), ("person", "1001"), ("deny", "true")] {
        let back = begun.browser.post(MOCK, &[("state", state.as_str()), field]).await;
        assert!(is_invalid_state(&back), "{field:?}");
        assert!(!begun.browser.cookies.contains_key("cognito"));
    }
    provider.issue(&id_token(&provider.claims(&begun.nonce)));
    assert!(
        sent_parameter(&begun.back().await, "code").is_some(),
        "the sign-in is still open at its own host"
    );
}

#[tokio::test]
async fn sign_in_is_rejected_if_the_issuer_of_the_provider_changes() {
    let (first, second) = (Provider::start().await, Provider::start().await);
    let remote = "https://idp.example.com";
    let change = |local: &LocalPool, issuer: &str| {
        let update = json!({ "ProviderName": "Corp", "ProviderDetails": details(issuer) });
        local.call("UpdateIdentityProvider", update).unwrap();
    };
    let local = pool_with(&first);
    for issuer in [&*second.issuer, remote] {
        change(&local, &first.issuer);
        let mut begun = Begun::at(&local).await;
        change(&local, issuer);
        assert!(is_invalid_state(&begun.back().await), "{issuer}");
        let form = [("state", begun.state.as_str()), ("person", "1001")];
        assert!(is_invalid_state(&begun.browser.post(MOCK, &form).await), "{issuer}");
    }
    change(&local, remote);
    let mut browser = Browser::of(&local);
    let state = hidden(&open_mock(&mut browser, &to_corp(&local)).await, "state").unwrap();
    change(&local, &second.issuer);
    let path = format!("/oauth2/idpresponse?code=c1&state={state}");
    assert!(is_invalid_state(&browser.get(&path).await));
    let form = [("state", state.as_str()), ("person", "1001")];
    assert!(is_invalid_state(&browser.post(MOCK, &form).await));
    for provider in [first, second] {
        assert!(provider.received("/token").is_empty(), "no code goes to another issuer");
    }
}

#[tokio::test]
async fn sign_in_is_rejected_if_the_app_client_changes() {
    let changes: [fn(&LocalPool); 5] = [
        |local| serve(local, &["COGNITO"]),
        |local| allow(local, &["code"], &["openid", "email", "profile"]),
        |local| allow(local, &["code", "implicit"], &["openid", "email"]),
        |local| {
            local.call("DeleteIdentityProvider", json!({ "ProviderName": "Google" })).unwrap();
        },
        |local| {
            let id = local.client_id();
            local.call("DeleteUserPoolClient", json!({ "ClientId": id.as_str() })).unwrap();
        },
    ];
    for change in changes {
        let local = pool_with_google(settings());
        let mut browser = Browser::of(&local);
        let app = App::of(&local).with("identity_provider", "Google").with("code_challenge", "");
        let app = app.with("code_challenge_method", "").with("response_type", "token");
        let page = open_mock(&mut browser, &app.query()).await;
        let state = hidden(&page, "state").unwrap();
        change(&local);
        let form = [("state", state.as_str()), ("person", "1001")];
        assert!(is_invalid_state(&browser.post(MOCK, &form).await));
    }
}

/// Sets the grants and scopes of the app client.
fn allow(local: &LocalPool, flows: &[&str], scopes: &[&str]) {
    let client = json!({
        "ClientId": local.client_id().as_str(), "SupportedIdentityProviders": ["Google"],
        "CallbackURLs": [CALLBACK], "AllowedOAuthFlows": flows,
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthScopes": scopes,
    });
    local.call("UpdateUserPoolClient", client).unwrap();
}

#[tokio::test]
async fn domain_of_another_pool_rejects_the_state() {
    let local = pool_with_google(settings());
    let other = local.emulator().create_pool(settings()).unwrap();
    other.call("CreateUserPoolDomain", json!({ "Domain": "other" })).unwrap();
    let (browser, state) = begun(&local).await;
    let mut at_other = Browser::at(&local, "http://other.auth.us-east-1.localhost:9229");
    at_other.cookies.clone_from(&browser.cookies);
    let form = [("state", state.as_str()), ("person", "1001")];
    assert!(is_invalid_state(&at_other.post(MOCK, &form).await));
}

#[tokio::test]
async fn claims_and_errors_cannot_break_out_of_a_page_or_a_redirect() {
    const SCRIPT: &str = "\"><script>alert(1)</script>";
    let local = pool_with_google(settings());
    let (mut browser, state) = begun(&local).await;
    for field in ["email", "name", "claims"] {
        let form = [("state", state.as_str()), (field, SCRIPT)];
        let page = browser.post(MOCK, &form).await;
        assert_eq!(page.status(), 200, "{field}");
        assert!(!page.body().contains("<script>alert"), "{field}: {}", page.body());
    }
    let form = [("state", &*state), ("sub", SCRIPT), ("name", SCRIPT)];
    let back = browser.post(MOCK, &form).await;
    let username = format!("Google_{SCRIPT}");
    assert_eq!(attribute(&local, &username, "name").as_deref(), Some(SCRIPT));
    assert!(sent_parameter(&back, "code").is_some());
    let page = browser.get(&format!("/login?{}", App::of(&local).query())).await;
    assert!(page.body().contains("Sign in as Google_"), "{}", page.body());
    assert!(!page.body().contains("<script>alert"), "{}", page.body());
    let (mut browser, state) = begun(&local).await;
    let error = "e%0D%0ALocation:%20http://evil.example&error_description=%26code%3Dstolen%23";
    let path = format!("/oauth2/idpresponse?state={state}&error={error}");
    let back = browser.get(&path).await;
    assert!(header(&back, "location").starts_with("http://localhost:3000/callback?error_desc"));
    assert_eq!(sent_parameter(&back, "code"), None);
    assert_eq!(sent_parameter(&back, "error_description").as_deref(), Some("&code=stolen#"));
}

#[tokio::test]
async fn name_of_a_provider_is_escaped_on_the_login_page() {
    let local = pool(settings());
    let provider = json!({
        "ProviderName": "<b>x</b>", "ProviderType": "SAML",
        "ProviderDetails": { "MetadataURL": "https://idp.example.com/metadata" },
    });
    // The service allows these names: letters, marks, symbols and punctuation.
    local.call("CreateIdentityProvider", provider).unwrap();
    serve(&local, &["COGNITO", "<b>x</b>"]);
    let page = Browser::of(&local).open(&App::of(&local).query()).await;
    assert!(page.body().contains("Continue with &#60;b&#62;x"), "{}", page.body());
    let query = App::of(&local).with("identity_provider", "<b>x</b>").query();
    let page = open_mock(&mut Browser::of(&local), &query).await;
    assert!(!page.body().contains("<b>x"), "{}", page.body());
}

#[tokio::test]
async fn sign_in_at_a_provider_ends_the_previous_session() {
    let local = pool_with_google(settings());
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.sign_in(&query).await;
    let mut before = Browser::of(&local);
    before.cookies.clone_from(&browser.cookies);
    sign_in_at_mock(&mut browser, &to_google(&local), &[("person", "1001")]).await;
    assert_ne!(before.cookies["cognito"], browser.cookies["cognito"]);
    let response = before.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(header(&response, "location").starts_with("/login?"));
}
