//! Identity providers of the app client, and in a request.

use cognito_emulator::LocalPool;
use serde_json::json;

use crate::external_support::{pool_with_google, serve};
use crate::support::{App, Browser, header, pool, sent_parameter, settings};

#[tokio::test]
async fn session_is_invalid_for_an_app_client_without_the_provider_cognito() {
    let local = pool(settings());
    let mut browser = Browser::of(&local);
    browser.sign_in(&App::of(&local).query()).await;
    let other = json!({
        "ClientName": "other", "CallbackURLs": ["app:/in"], "AllowedOAuthFlows": ["code"],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthScopes": ["openid"],
    });
    let other = local.call("CreateUserPoolClient", other).unwrap();
    let id = other["UserPoolClient"]["ClientId"].as_str().unwrap();
    let query = format!("client_id={id}&response_type=code&redirect_uri=app:/in");
    let page = browser.open(&query).await;
    assert_eq!(page.status(), 200, "{}", header(&page, "location"));
    assert!(!page.body().contains("Sign in as alice"));
    let again = browser
        .submit(&format!("/login?{query}"), &page, &[("continueAsSignedInUser", "true")])
        .await;
    assert_eq!(again.status(), 200, "{}", header(&again, "location"));
    let silent = browser.get(&format!("/oauth2/authorize?{query}&prompt=none")).await;
    assert_eq!(header(&silent, "location"), "app:/in?error=login_required");
    let passkey = browser.get(&format!("/passkeys/add?{query}")).await;
    assert!(passkey.body().contains("SupportedIdentityProviders"), "{}", passkey.body());
}

#[tokio::test]
async fn provider_cognito_behaves_like_no_provider() {
    let local = pool(settings());
    let query = App::of(&local).with("identity_provider", "COGNITO").query();
    let mut browser = Browser::of(&local);
    assert!(sent_parameter(&browser.sign_in(&query).await, "code").is_some());
    let second = browser.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(sent_parameter(&second, "code").is_some(), "the session is used without a page");
}

#[tokio::test]
async fn unknown_provider_is_an_error_on_the_page_in_every_session() {
    let local = pool_serving(&["COGNITO"]);
    let mut browser = Browser::of(&local);
    browser.sign_in(&App::of(&local).query()).await;
    for (name, value) in [
        ("identity_provider", "Facebook"),
        ("identity_provider", "cognito"),
        ("identity_provider", "Google"),
        ("idp_identifier", "example.com"),
        ("idp_identifier", "unknown.example"),
    ] {
        let query = App::of(&local).with(name, value).query();
        let page = browser.open(&query).await;
        assert_eq!(page.status(), 200, "{value}: {}", header(&page, "location"));
        let message = "Login option is not available. Please try another one";
        assert!(page.body().contains(message), "{value}: {}", page.body());
        let silent = browser.get(&format!("/oauth2/authorize?{query}&prompt=none")).await;
        assert_eq!(sent_parameter(&silent, "error").as_deref(), Some("login_required"));
    }
}

#[tokio::test]
async fn browser_is_redirected_to_the_named_external_provider_in_every_session() {
    let local = pool_serving(&["COGNITO", "Google"]);
    let mut browser = Browser::of(&local);
    browser.sign_in(&App::of(&local).query()).await;
    for (name, value) in [("identity_provider", "Google"), ("idp_identifier", "example.com")] {
        let query = App::of(&local).with(name, value).query();
        let login = browser.get(&format!("/login?{query}")).await;
        assert_eq!(header(&login, "location"), format!("/oauth2/authorize?{query}"));
        let response = browser.open(&query).await;
        assert!(header(&response, "location").starts_with("/mock-provider?state="), "{value}");
    }
}

/// Returns a pool with the provider Google, which has an identifier, and an app client with these
/// providers.
fn pool_serving(providers: &[&str]) -> LocalPool {
    let local = pool_with_google(settings());
    let update = json!({ "ProviderName": "Google", "IdpIdentifiers": ["example.com"] });
    local.call("UpdateIdentityProvider", update).unwrap();
    serve(&local, providers);
    local
}
