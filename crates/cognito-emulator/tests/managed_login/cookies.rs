//! The attributes of cookies, and what a cookie is worth.

use cognito_emulator::{Emulator, SigningKeys};

use crate::support::{App, Browser, PASSWORD, Response, header, pool, settings};

fn cookie(response: &Response, name: &str) -> String {
    let prefix = format!("{name}=");
    let mut cookies = response.headers().get_all("set-cookie").iter();
    let found = cookies.find(|cookie| cookie.to_str().unwrap().starts_with(&prefix));
    let (_, attributes) = found.unwrap().to_str().unwrap().split_once(';').unwrap();
    attributes.trim().to_owned()
}

#[tokio::test]
async fn cookies_are_hidden_from_scripts_and_other_sites() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let response = Browser::of(&local).sign_in(&query).await;
    assert_eq!(cookie(&response, "XSRF-TOKEN"), "Path=/; HttpOnly; SameSite=Lax");
    assert_eq!(cookie(&response, "cognito"), "Max-Age=3600; Path=/; HttpOnly; SameSite=Lax");
}

#[tokio::test]
async fn cookies_over_https_are_secure() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let local = emulator.create_pool(settings()).unwrap();
    local.add_user("alice", PASSWORD).unwrap();
    let response = Browser::of(&local).sign_in(&App::of(&local).query()).await;
    for name in ["XSRF-TOKEN", "cognito"] {
        let attributes = cookie(&response, name);
        assert!(attributes.ends_with("Path=/; Secure; HttpOnly; SameSite=Lax"), "{attributes}");
    }
}

#[tokio::test]
async fn session_of_before_the_sign_in_is_replaced() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let mut attacker = Browser::of(&local);
    attacker.cookies.insert("cognito".to_owned(), "fixed".to_owned());
    let mut browser = Browser::of(&local);
    browser.cookies.insert("cognito".to_owned(), "fixed".to_owned());
    browser.sign_in(&query).await;
    assert_ne!(browser.cookies["cognito"], "fixed");
    let response = attacker.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(header(&response, "location").starts_with("/login?"));
    let first = browser.cookies["cognito"].clone();
    browser.open(&query).await;
    browser.fill_in(&query, "alice", PASSWORD).await;
    assert_ne!(browser.cookies["cognito"], first, "every sign-in has a cookie of its own");
}
