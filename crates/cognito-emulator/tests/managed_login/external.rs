//! Sign-ins at the built-in identity provider: the redirects, and the session that follows.

use cognito_emulator::{Emulator, LocalPool, SigningKeys};
use serde_json::json;

use crate::external_support::{
    MOCK, add_google, add_provider, attribute, choose, error, id_claims, open_mock,
    pool_with_google, serve, sign_in_at_mock, to_google, user,
};
use crate::oidc_support::details;
use crate::support::{
    App, Browser, CALLBACK, claims, header, pool, sent_parameter, sent_parameters, settings,
};

/// Adds a provider of each type, and returns their names with the labels of their buttons.
fn add_all(local: &LocalPool) -> [(&'static str, &'static str); 6] {
    let social = json!({ "client_id": "a", "client_secret": "b", "authorize_scopes": "email" });
    let apple = json!({
        "client_id": "a", "team_id": "t", "key_id": "k", "private_key": "p",
        "authorize_scopes": "email"
    });
    let oidc = details("https://idp.example.com");
    let saml = json!({ "MetadataURL": "https://idp.example.com/metadata" });
    let providers = [
        ("Facebook", "Facebook", "Continue with Facebook", &social),
        ("Google", "Google", "Continue with Google", &social),
        ("LoginWithAmazon", "LoginWithAmazon", "Continue with Amazon", &social),
        ("SignInWithApple", "SignInWithApple", "Continue with Apple", &apple),
        ("Corp", "OIDC", "Continue with Corp", &oidc),
        ("Okta", "SAML", "Continue with Okta", &saml),
    ];
    providers.map(|(name, kind, label, details)| {
        add_provider(local, name, kind, details.clone());
        (name, label)
    })
}

#[tokio::test]
async fn providers_of_every_type_have_a_button_and_sign_users_in() {
    let local = pool(settings());
    let providers = add_all(&local);
    let names: Vec<_> = providers.iter().map(|(name, _)| *name).chain(["COGNITO"]).collect();
    serve(&local, &names);
    for (name, label) in providers {
        let mut browser = Browser::of(&local);
        let page = browser.open(&App::of(&local).query()).await;
        let links =
            page.body().split("href=\"").filter(|link| link.contains(&format!(">{label}<")));
        let link = links.last().unwrap().split('"').next().unwrap().replace("&#38;", "&");
        let to_provider = browser.get(&link).await;
        let page = browser.get(header(&to_provider, "location")).await;
        assert!(page.body().contains(&format!("replaces <strong>{name}</strong>")), "{name}");
        let back = browser.submit(MOCK, &page, &[("person", "1001")]).await;
        let id = id_claims(&local, &back).await;
        assert_eq!(id["cognito:username"], format!("{name}_1001"));
        assert_eq!(id["email"], "ann@example.com");
        assert_eq!(id["identities"][0]["providerName"], name);
        assert_eq!(id["identities"][0]["userId"], "1001");
        assert_eq!(user(&local, &format!("{name}_1001"))["UserStatus"], "EXTERNAL_PROVIDER");
    }
}

#[tokio::test]
async fn request_with_a_provider_returns_with_code_and_state() {
    let local = pool_with_google(settings());
    let back = choose(&local, "1002").await;
    let names: Vec<_> = sent_parameters(&back).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["code", "state"]);
    assert_eq!(sent_parameter(&back, "state").as_deref(), Some("s1"));
    assert_eq!(id_claims(&local, &back).await["name"], "Ben Okafor");
}

#[tokio::test]
async fn prompt_of_a_provider_leads_there_in_spite_of_a_session() {
    let local = pool_with_google(settings());
    let (query, named) = (App::of(&local).query(), to_google(&local));
    let mut browser = Browser::of(&local);
    sign_in_at_mock(&mut browser, &named, &[("person", "1001")]).await;
    for prompt in ["select_account", "consent"] {
        let sent = browser.get(&format!("/oauth2/authorize?{named}&prompt={prompt}")).await;
        let location = header(&sent, "location");
        assert!(location.starts_with(MOCK), "{prompt}: {location}");
        let sent = browser.get(&format!("/oauth2/authorize?{query}&prompt={prompt}")).await;
        assert!(sent_parameter(&sent, "code").is_some(), "{prompt} without a provider");
    }
}

#[tokio::test]
async fn page_offers_no_session_where_the_prompt_leads_to_the_only_provider() {
    let local = pool(settings());
    add_google(&local);
    serve(&local, &["Google"]);
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    sign_in_at_mock(&mut browser, &query, &[("person", "1001")]).await;
    let page = browser.get(&format!("/login?{query}")).await;
    assert!(page.body().contains("Sign in as"), "{}", page.body());
    for prompt in ["select_account", "consent"] {
        let query = format!("{query}&prompt={prompt}");
        let page = browser.get(&format!("/login?{query}")).await;
        assert!(!page.body().contains("Sign in as"), "{prompt}");
    }
}

#[tokio::test]
async fn user_outside_the_list_is_entered_with_claims() {
    let local = pool_with_google(settings());
    let mapping = json!({
        "ProviderName": "Google",
        "AttributeMapping": { "email": "mail", "email_verified": "checked", "nickname": "groups" }
    });
    local.call("UpdateIdentityProvider", mapping).unwrap();
    let fields = [
        ("sub", "77"),
        ("email", ""),
        ("name", "Kim"),
        ("claims", r#"{"mail":"kim@example.com","checked":true,"groups":["a","b"]}"#),
    ];
    let mut browser = Browser::of(&local);
    let back = sign_in_at_mock(&mut browser, &to_google(&local), &fields).await;
    let id = id_claims(&local, &back).await;
    assert_eq!((&id["email"], &id["email_verified"]), (&json!("kim@example.com"), &json!(true)));
    assert_eq!(id["nickname"], r#"["a","b"]"#);
    assert_eq!(attribute(&local, "Google_77", "name"), None, "the attribute is not mapped");
}

#[tokio::test]
async fn form_with_an_invalid_user_is_shown_again() {
    let local = pool_with_google(settings());
    let mut browser = Browser::of(&local);
    let page = open_mock(&mut browser, &to_google(&local)).await;
    let without = browser.submit(MOCK, &page, &[("email", "kim@example.com")]).await;
    assert!(without.body().contains("The subject is missing."), "{}", without.body());
    assert!(without.body().contains("value=\"kim@example.com\""));
    let other = browser.submit(MOCK, &without, &[("sub", "1"), ("claims", "[1]")]).await;
    assert!(other.body().contains("The claims are not a JSON object."), "{}", other.body());
    let back = browser.submit(MOCK, &other, &[("sub", "1")]).await;
    assert!(sent_parameter(&back, "code").is_some(), "{}", back.body());
}

#[tokio::test]
async fn denied_access_is_an_error_at_the_application() {
    let local = pool_with_google(settings());
    let mut browser = Browser::of(&local);
    let back = sign_in_at_mock(&mut browser, &to_google(&local), &[("deny", "true")]).await;
    assert_eq!(error(&back).0, "access_denied");
    assert_eq!(sent_parameter(&back, "state").as_deref(), Some("s1"));
    assert!(!browser.cookies.contains_key("cognito"));
}

#[tokio::test]
async fn implicit_grant_returns_tokens_of_an_external_user() {
    let local = pool_with_google(settings());
    let app = App::of(&local).with("identity_provider", "Google").with("response_type", "token");
    let query = app.with("code_challenge", "").with("code_challenge_method", "").query();
    let back = sign_in_at_mock(&mut Browser::of(&local), &query, &[("person", "1001")]).await;
    assert!(header(&back, "location").starts_with(&format!("{CALLBACK}#id_token=")));
    let token = json!(sent_parameter(&back, "id_token").unwrap());
    assert_eq!(claims(&token)["cognito:username"], "Google_1001");
}

#[tokio::test]
async fn session_of_an_external_user_is_valid_unless_another_provider_is_requested() {
    let local = pool_with_google(settings());
    let mut browser = Browser::of(&local);
    let query = to_google(&local);
    sign_in_at_mock(&mut browser, &query, &[("person", "1001")]).await;
    for query in [&App::of(&local).query(), &query] {
        for query in [query.clone(), format!("{query}&prompt=none")] {
            let again = browser.get(&format!("/oauth2/authorize?{query}")).await;
            let id = id_claims(&local, &again).await;
            assert_eq!(id["cognito:username"], "Google_1001", "{query}");
        }
    }
    let own = App::of(&local).with("identity_provider", "COGNITO").query();
    let silent = browser.get(&format!("/oauth2/authorize?{own}&prompt=none")).await;
    assert_eq!(sent_parameter(&silent, "error").as_deref(), Some("login_required"));
    let page = browser.open(&own).await;
    assert!(!page.body().contains("Sign in as Google_1001"));
    let again = browser.open(&format!("{query}&prompt=login")).await;
    assert!(header(&again, "location").starts_with(MOCK), "{}", header(&again, "location"));
}

#[tokio::test]
async fn session_ends_with_the_provider_of_the_app_client_or_of_the_pool() {
    let changes: [fn(&LocalPool); 2] = [
        |local| serve(local, &["COGNITO"]),
        |local| {
            local.call("DeleteIdentityProvider", json!({ "ProviderName": "Google" })).unwrap();
        },
    ];
    for change in changes {
        let local = pool_with_google(settings());
        let mut browser = Browser::of(&local);
        sign_in_at_mock(&mut browser, &to_google(&local), &[("person", "1001")]).await;
        change(&local);
        let page = browser.open(&App::of(&local).query()).await;
        assert_eq!(page.status(), 200, "{}", header(&page, "location"));
        assert!(!page.body().contains("Google"), "{}", page.body());
    }
}

#[tokio::test]
async fn single_provider_of_an_app_client_needs_no_login_page() {
    let local = pool_with_google(settings());
    let query = App::of(&local).query();
    serve(&local, &["Google"]);
    let mut browser = Browser::of(&local);
    let response = browser.open(&query).await;
    assert!(header(&response, "location").starts_with(MOCK));
    let page = browser.get(&format!("/login?{query}")).await;
    assert!(page.body().contains("Continue with Google") && !page.body().contains("password"));
    for providers in [&["COGNITO", "Google"][..], &["COGNITO"]] {
        serve(&local, providers);
        let page = browser.open(&query).await;
        assert!(page.body().contains("cognitoSignInForm"), "{providers:?}");
    }
}

#[tokio::test]
async fn logout_ends_the_session_and_the_next_sign_in_is_at_the_provider() {
    let local = pool_with_google(settings());
    let mut browser = Browser::of(&local);
    let query = to_google(&local);
    sign_in_at_mock(&mut browser, &query, &[("person", "1001")]).await;
    browser.get(&format!("/logout?{query}")).await;
    open_mock(&mut browser, &query).await;
}

#[tokio::test]
async fn sign_in_at_a_provider_continues_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let builder = builder.endpoint("http://localhost:9229");
    let builder = builder.state_file(directory.path().join("state"));
    let emulator = builder.clone().try_in_process().unwrap();
    let local = emulator.create_pool(settings()).unwrap();
    add_google(&local);
    serve(&local, &["Google"]);
    let mut browser = Browser::of(&local);
    let query = to_google(&local);
    let page = open_mock(&mut browser, &query).await;
    let (id, client_id, cookies) = (local.id(), local.client_id(), browser.cookies.clone());
    drop((browser, local, emulator));
    let emulator = builder.try_in_process().unwrap();
    let local = emulator.local_pool(id, client_id).unwrap();
    let mut browser = Browser::of(&local);
    browser.cookies = cookies;
    let back = browser.submit(MOCK, &page, &[("person", "1001")]).await;
    assert!(sent_parameter(&back, "code").is_some(), "{}", back.body());
    let again = browser.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(sent_parameter(&again, "code").is_some(), "the session has its provider");
}
