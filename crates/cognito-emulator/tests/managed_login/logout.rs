//! `/logout`: the redirects, and the end of the session.

use serde_json::json;

use crate::external_support::pool_with_google;
use crate::support::{App, Browser, encoded, header, pool, sent_parameter, settings};

const OUT: &str = "https://app.example.com/out";

#[tokio::test]
async fn logout_ends_the_session_and_redirects_to_a_registered_url() {
    let local = pool(settings().client_member("LogoutURLs", json!([OUT])));
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.sign_in(&query).await;
    let mut stolen = Browser::of(&local);
    stolen.cookies.clone_from(&browser.cookies);
    let id = local.client_id();
    let parameters = [("client_id", id.as_str()), ("logout_uri", OUT), ("redirect_uri", "x:y")];
    let response = browser.get(&format!("/logout?{}", encoded(&parameters))).await;
    assert_eq!((response.status().as_u16(), header(&response, "location")), (302, OUT));
    assert_eq!(
        header(&response, "set-cookie"),
        "cognito=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
    );
    for mut browser in [browser, stolen] {
        let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(header(&response, "location").starts_with("/login?"));
    }
}

#[tokio::test]
async fn logout_does_not_end_tokens() {
    let local = pool(settings().client_member("LogoutURLs", json!([OUT])));
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    let sent = browser.sign_in(&query).await;
    let code = sent_parameter(&sent, "code").unwrap();
    let (_, tokens) = App::of(&local).redeem(&[("code", &code)]).await;
    let id = local.client_id();
    browser.get(&format!("/logout?client_id={}&logout_uri={OUT}", id.as_str())).await;
    assert!(local.call("GetUser", json!({ "AccessToken": tokens["access_token"] })).is_ok());
}

#[tokio::test]
async fn logout_with_the_parameters_of_a_sign_in_redirects_to_the_login_page() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.sign_in(&query).await;
    let response = browser.get(&format!("/logout?{query}")).await;
    assert_eq!(header(&response, "location"), format!("/login?{query}"));
    let page = browser.get(&format!("/login?{query}")).await;
    assert!(!page.body().contains("Sign in as"), "{}", page.body());
}

#[tokio::test]
async fn logout_never_leads_to_an_identity_provider() {
    let local = pool_with_google(settings());
    let query = App::of(&local).query();
    for provider in ["identity_provider=Google", "idp_identifier=a.test", "identity%5Fprovider=x"] {
        let mut browser = Browser::of(&local);
        let response = browser.get(&format!("/logout?{provider}&{query}")).await;
        assert_eq!(header(&response, "location"), format!("/login?{query}"), "{provider}");
        let page = browser.get(&format!("/login?{query}")).await;
        assert!(page.body().contains("cognitoSignInForm"), "{}", page.body());
    }
}

#[tokio::test]
async fn unregistered_url_is_rejected() {
    let local = pool(settings().client_member("LogoutURLs", json!([OUT])));
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.sign_in(&query).await;
    let id = local.client_id();
    let mismatch = format!("/error?error=redirect_mismatch&client_id={}", id.as_str());
    for uri in [
        "https://app.example.com/out/",
        "https://evil.example",
        "//evil.example",
        "/login",
        "/login?x",
    ] {
        let parameters = [("client_id", id.as_str()), ("logout_uri", uri)];
        let response = browser.get(&format!("/logout?{}", encoded(&parameters))).await;
        assert_eq!(header(&response, "location"), mismatch, "{uri}");
    }
    let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(sent_parameter(&response, "code").is_some(), "the browser is still signed in");
    let evil = App::of(&local).with("redirect_uri", "https://evil.example").query();
    let response = browser.get(&format!("/logout?{evil}")).await;
    let page = header(&response, "location").to_owned();
    assert_eq!(header(&browser.get(&page).await, "location"), mismatch);
}

#[tokio::test]
async fn logout_without_its_parameters_is_an_error_page() {
    let local = pool(settings());
    let id = local.client_id();
    let bare = format!("client_id={}", id.as_str());
    for (query, message) in [
        ("", "Missing required parameter client_id in request URL"),
        (&*bare, "Required String parameter &#39;redirect_uri&#39; is not present"),
        (
            "post_logout_redirect_uri=https://app.example.com",
            "Missing required parameter client_id",
        ),
    ] {
        let response = Browser::of(&local).get(&format!("/logout?{query}")).await;
        assert_eq!(response.status(), 400);
        assert!(response.body().contains(message), "{}", response.body());
    }
}

#[tokio::test]
async fn supported_language_is_stored_in_a_cookie() {
    let local = pool(settings());
    for (language, kept) in
        [("de", Some("de")), ("pt-BR", Some("pt-BR")), ("xx", None), ("de;x", None)]
    {
        let query = App::of(&local).with("lang", language).query();
        let mut browser = Browser::of(&local);
        browser.open(&query).await;
        assert_eq!(browser.cookies.get("lang").map(String::as_str), kept, "{language}");
    }
}
