//! The attributes and the validity of cookies.

use cognito_emulator::{Emulator, LocalPool, SigningKeys};
use cognito_types::SendHttp;
use http::HeaderValue;

use crate::support::{
    App, Browser, PASSWORD, Response, encoded, header, pool, sent_parameter, settings,
};

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
async fn cookies_over_http_are_secure_only_at_the_host_of_an_https_proxy() {
    let builder = Emulator::builder().endpoint("https://cognito:4568");
    let emulator = builder.public_url("https://Auth.shop.test/").in_process();
    let local = emulator.create_pool(settings()).unwrap();
    let query = App::of(&local).query();
    for (host, is_secure) in [
        ("auth.shop.test", true),
        ("auth.shop.test:443", true),
        ("cognito:4568", true),
        ("127.0.0.1:4567", false),
        ("localhost:4567", false),
        ("cognito:4567", false),
        ("auth.shop.test:4567", false),
        ("shop.test", false),
    ] {
        let mut browser = Browser::at(&local, &format!("http://{host}"));
        let page = browser.open(&query).await;
        assert_eq!(cookie(&page, "XSRF-TOKEN").contains("Secure"), is_secure, "{host}");
    }
}

#[tokio::test]
async fn session_cookie_is_replaced_at_the_sign_in() {
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

#[tokio::test]
async fn next_sign_in_of_a_browser_ends_its_session() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let path = format!("/login?{query}");
    let fields: [&[_]; 3] = [
        &[("username", "alice"), ("password", PASSWORD)],
        &[("continueAsSignedInUser", "true")],
        &[("username", "bob"), ("password", PASSWORD)],
    ];
    local.add_user("bob", PASSWORD).unwrap();
    for fields in fields {
        let mut browser = Browser::of(&local);
        browser.sign_in(&query).await;
        let mut before = Browser::of(&local);
        before.cookies.clone_from(&browser.cookies);
        let page = browser.get(&path).await;
        let response = browser.submit(&path, &page, fields).await;
        assert!(sent_parameter(&response, "code").is_some(), "{fields:?}");
        let response = before.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(header(&response, "location").starts_with("/login?"), "{fields:?}");
        let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(sent_parameter(&response, "code").is_some(), "{fields:?}");
    }
}

#[tokio::test]
async fn sign_in_and_logout_at_another_pool_of_the_host_end_the_session() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let other = local.emulator().create_pool(settings()).unwrap();
    other.add_user("alice", PASSWORD).unwrap();
    let query_of_other = App::of(&other).query();
    for logs_out in [false, true] {
        let mut browser = Browser::of(&local);
        browser.sign_in(&query).await;
        let mut before = Browser::of(&local);
        before.cookies.clone_from(&browser.cookies);
        if logs_out {
            browser.get(&format!("/logout?{query_of_other}")).await;
        } else {
            browser.sign_in(&query_of_other).await;
        }
        let response = before.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(header(&response, "location").starts_with("/login?"), "{logs_out}");
    }
}

#[tokio::test]
async fn failed_sign_in_keeps_the_session() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.sign_in(&query).await;
    browser.fill_in(&query, "alice", "wrong").await;
    let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(sent_parameter(&response, "code").is_some());
}

#[tokio::test]
async fn cookies_of_other_programs_on_the_host_do_no_harm() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let foreign: [&[u8]; 7] = [
        "city=Z\u{fc}rich".as_bytes(),
        b"city=Z\xfcrich",
        b"Z\xfcrich=a",
        b"city=a\tb",
        b"flag",
        b"=",
        b"json={\"a\":\"b\"}",
    ];
    for foreign in foreign {
        let form = [("_csrf", "f00"), ("username", "alice"), ("password", PASSWORD)];
        let cookies = [foreign, b"; XSRF-TOKEN=f00; ", foreign].concat();
        let signed_in =
            send_with_cookies(&local, &format!("/login?{query}"), &cookies, &form).await;
        assert_eq!(signed_in.status(), 302, "{foreign:?} {}", signed_in.body());
        let session = signed_in.headers().get_all("set-cookie").iter().find_map(|cookie| {
            cookie.to_str().unwrap().split(';').next().unwrap().strip_prefix("cognito=")
        });
        let cookies = [foreign, b"; cognito=", session.unwrap().as_bytes()].concat();
        let path = format!("/oauth2/authorize?{query}");
        let response = send_with_cookies(&local, &path, &cookies, &[]).await;
        assert!(sent_parameter(&response, "code").is_some(), "{foreign:?}");
    }
}

/// Sends a request with a Cookie header, and with the form if it has a field.
async fn send_with_cookies(
    local: &LocalPool,
    path: &str,
    cookies: &[u8],
    form: &[(&str, &str)],
) -> Response {
    let request = http::Request::builder()
        .method(if form.is_empty() { "GET" } else { "POST" })
        .uri(format!("{}{path}", local.endpoint()))
        .header("cookie", HeaderValue::from_bytes(cookies).unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encoded(form).into())
        .unwrap();
    let response = local.http_client().send(request, usize::MAX).await.unwrap();
    response.map(|body| String::from_utf8(body).unwrap())
}
