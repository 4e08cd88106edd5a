//! `GET /oauth2/authorize`: the redirects of browsers.

use std::time::Duration;

use serde_json::json;

use crate::support::{App, Browser, header, pool, sent_parameter, settings};

#[tokio::test]
async fn request_without_a_session_redirects_to_the_login_page_with_the_same_query() {
    let local = pool(settings());
    let query = App::of(&local).with("nonce", "n 1").query();
    for path in ["/oauth2/authorize", "/authorize"] {
        let response = Browser::of(&local).get(&format!("{path}?{query}")).await;
        assert_eq!(response.status(), 302);
        assert_eq!(header(&response, "location"), format!("/login?{query}"));
    }
}

#[tokio::test]
async fn code_and_state_are_sent_to_the_callback_in_this_order() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let response = Browser::of(&local).sign_in(&query).await;
    let code = sent_parameter(&response, "code").unwrap();
    let expected = format!("http://localhost:3000/callback?code={code}&state=s1");
    assert_eq!(header(&response, "location"), expected);
    let parts: Vec<usize> = code.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12], "{code}");
}

#[tokio::test]
async fn state_is_returned_unchanged() {
    let local = pool(settings());
    for state in ["a b", "ü", "<script>", "a&code=x", "%22", "eyJhIjoxfQ=="] {
        let query = App::of(&local).with("state", state).query();
        let response = Browser::of(&local).sign_in(&query).await;
        assert_eq!(sent_parameter(&response, "state").as_deref(), Some(state));
    }
    let response = Browser::of(&local).sign_in(&App::of(&local).with("state", "").query()).await;
    assert_eq!(sent_parameter(&response, "state"), None);
}

#[tokio::test]
async fn callback_keeps_its_own_query() {
    let callback = "https://app.example.com/back?tenant=a%20b";
    let local = pool(settings().managed_login([callback]));
    let query = App::of(&local).with("redirect_uri", callback).query();
    let response = Browser::of(&local).sign_in(&query).await;
    let location = header(&response, "location");
    assert!(location.starts_with(&format!("{callback}&code=")), "{location}");
}

#[tokio::test]
async fn browser_with_a_session_sees_no_page_for_an_hour() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    let first = sent_parameter(&browser.sign_in(&query).await, "code");
    for seconds in [1800, 1799] {
        local.clock().advance(Duration::from_secs(seconds));
        let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
        let code = sent_parameter(&response, "code");
        assert!(code.is_some() && code != first, "{}", header(&response, "location"));
    }
    local.clock().advance(Duration::from_secs(2));
    let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(
        header(&response, "location").starts_with("/login?"),
        "use does not extend the session"
    );
}

#[tokio::test]
async fn session_is_valid_for_all_app_clients_of_its_pool_only() {
    let local = pool(settings());
    let mut browser = Browser::of(&local);
    browser.sign_in(&App::of(&local).query()).await;
    let other = json!({
        "ClientName": "other", "CallbackURLs": ["app:/in"], "AllowedOAuthFlows": ["code"],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthScopes": ["openid"],
        "SupportedIdentityProviders": ["COGNITO"]
    });
    let other = local.call("CreateUserPoolClient", other).unwrap();
    let id = other["UserPoolClient"]["ClientId"].as_str().unwrap();
    let authorize =
        format!("/oauth2/authorize?client_id={id}&response_type=code&redirect_uri=app:/in");
    let location = browser.get(&authorize).await;
    assert!(header(&location, "location").starts_with("app:/in?code="));

    let foreign = local.emulator().create_pool(settings()).unwrap();
    let query = App::of(&foreign).query();
    let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(header(&response, "location").starts_with("/login?"));
}

#[tokio::test]
async fn disabled_and_deleted_users_have_no_session() {
    let alice = json!({ "Username": "alice" });
    for operation in ["AdminDisableUser", "AdminDeleteUser"] {
        let local = pool(settings());
        let query = App::of(&local).query();
        let mut browser = Browser::of(&local);
        browser.sign_in(&query).await;
        local.call("AdminUserGlobalSignOut", alice.clone()).unwrap();
        let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(
            sent_parameter(&response, "code").is_some(),
            "a global sign-out revokes only tokens"
        );
        local.call(operation, alice.clone()).unwrap();
        let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(header(&response, "location").starts_with("/login?"), "{operation}");
        if operation == "AdminDeleteUser" {
            local.add_user("alice", "Another-horse1").unwrap();
            let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
            assert!(
                header(&response, "location").starts_with("/login?"),
                "the new user with the same name has no session"
            );
        }
    }
}

#[tokio::test]
async fn prompt_none_shows_no_page_and_prompt_login_shows_one() {
    let local = pool(settings());
    let silent = App::of(&local).with("prompt", "none").query();
    let login = App::of(&local).with("prompt", "login").query();
    let mut browser = Browser::of(&local);
    let response = browser.get(&format!("/oauth2/authorize?{silent}")).await;
    let expected = "http://localhost:3000/callback?error=login_required&state=s1";
    assert_eq!(header(&response, "location"), expected);
    browser.sign_in(&login).await;
    let response = browser.get(&format!("/oauth2/authorize?{silent}")).await;
    assert!(sent_parameter(&response, "code").is_some());
    for prompt in ["login", "select_account login", "consent login"] {
        let query = App::of(&local).with("prompt", prompt).query();
        let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(header(&response, "location").starts_with("/login?"), "{prompt}");
        assert!(!browser.open(&query).await.body().contains("Sign in as"), "{prompt}");
    }
    for prompt in ["select_account", "consent", "select_account consent", "create", "Login", " "] {
        let query = App::of(&local).with("prompt", prompt).query();
        let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(sent_parameter(&response, "code").is_some(), "{prompt} wants no page");
        let page = browser.get(&format!("/login?{query}")).await;
        assert!(page.body().contains("Sign in as"), "{prompt}");
    }
    let both = App::of(&local).with("prompt", "none login").query();
    let response = browser.get(&format!("/oauth2/authorize?{both}")).await;
    assert_eq!(sent_parameter(&response, "error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn session_older_than_max_age_is_not_used() {
    let local = pool(settings());
    let mut browser = Browser::of(&local);
    browser.sign_in(&App::of(&local).query()).await;
    let now = App::of(&local).with("max_age", "0").query();
    let response = browser.get(&format!("/oauth2/authorize?{now}")).await;
    assert!(header(&response, "location").starts_with("/login?"), "0 needs a sign-in at any time");
    local.clock().advance(Duration::from_secs(600));
    for max_age in ["600", "3000", "18446744073709551616", "-1", "x"] {
        let query = App::of(&local).with("max_age", max_age).query();
        let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(sent_parameter(&response, "code").is_some(), "{max_age}");
    }
    for max_age in ["0", "599"] {
        let app = App::of(&local).with("max_age", max_age);
        let page = browser.open(&app.query()).await;
        assert!(page.body().contains("cognitoSignInForm"), "{max_age}");
        assert!(!page.body().contains("Sign in as"), "{max_age}");
        let silent = app.with("prompt", "none").query();
        let response = browser.get(&format!("/oauth2/authorize?{silent}")).await;
        let error = sent_parameter(&response, "error");
        assert_eq!(error.as_deref(), Some("login_required"), "{max_age}");
    }
    let query = App::of(&local).with("max_age", "500").query();
    browser.sign_in(&query).await;
    let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(sent_parameter(&response, "code").is_some(), "the authentication is recent");
}

#[tokio::test]
async fn pages_reject_prompt_none() {
    let local = pool(settings());
    let query = App::of(&local).with("prompt", "none").query();
    let mut signed_in = Browser::of(&local);
    signed_in.sign_in(&App::of(&local).query()).await;
    for path in [
        "/login",
        "/signup",
        "/confirm",
        "/forgotPassword",
        "/confirmForgotPassword",
        "/passkeys/add",
    ] {
        let path = format!("{path}?{query}");
        let mut browser = Browser::of(&local);
        for response in [browser.get(&path).await, browser.post(&path, &[("username", "a")]).await]
        {
            let authorize = header(&response, "location").to_owned();
            assert_eq!(authorize, format!("/oauth2/authorize?{query}"), "{path}");
            let response = browser.get(&authorize).await;
            assert_eq!(sent_parameter(&response, "error").as_deref(), Some("login_required"));
            let response = signed_in.get(&authorize).await;
            assert!(sent_parameter(&response, "code").is_some(), "{path}");
        }
    }
}
