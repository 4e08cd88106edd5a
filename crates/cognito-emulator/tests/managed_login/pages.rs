//! The pages: headers, hostile texts, and random requests.

use std::iter;

use serde_json::json;

use crate::external_support::{open_mock, pool_with_google, to_google};
use crate::support::{App, Browser, PASSWORD, encoded, header, hidden, pool, settings};

/// Strings that break out of an attribute, of text or of a script. User names have no spaces.
const HOSTILE: [&str; 4] = [
    "\"><script>alert(1)</script>",
    "'/onfocus='alert(1)",
    "</form><img/src=x/onerror=alert(1)>",
    "{{7*7}}&lt;",
];

#[tokio::test]
async fn pages_are_kept_out_of_frames_and_caches() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    let mut responses = vec![browser.open(&query).await, browser.get("/error?error=x").await];
    responses.push(browser.fill_in(&query, "alice", "wrong").await);
    responses.push(browser.fill_in(&query, "alice", PASSWORD).await);
    responses.push(browser.get(&format!("/oauth2/authorize?{query}")).await);
    for response in &responses {
        assert_eq!(header(response, "x-frame-options"), "DENY");
        assert_eq!(header(response, "x-content-type-options"), "nosniff");
        assert!(header(response, "cache-control").contains("no-store"));
        let policy = header(response, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(header(response, "referrer-policy"), "no-referrer");
        assert!(!header(response, "x-amz-cognito-request-id").is_empty());
        assert!(!response.body().contains("http://") && !response.body().contains("<script"));
    }
    let style = browser.get("/assets/managed-login.css").await;
    assert_eq!(header(&style, "content-type"), "text/css;charset=UTF-8");
    assert!(!style.body().contains("url("), "no page needs another resource");
}

#[tokio::test]
async fn hostile_text_is_escaped_wherever_it_is_shown() {
    for text in HOSTILE {
        let message = text.to_owned();
        // The name of an app client cannot contain such a string.
        let settings = settings().pre_authentication(move |_| Err(message.clone()));
        let local = pool(settings);
        local.call("AdminCreateUser", json!({ "Username": text })).unwrap();
        let query = App::of(&local).with("state", text).with("login_hint", text).query();
        let mut browser = Browser::of(&local);
        browser.cookies.insert("XSRF-TOKEN".to_owned(), text.replace(';', ""));
        // These characters are not allowed in a URI (RFC 3986, 2), and always encoded in requests.
        let raw = [("<", "%3C"), (">", "%3E"), ("\"", "%22")]
            .iter()
            .fold(format!("{query}&x={text}"), |raw, (own, coded)| raw.replace(own, coded));
        for path in ["/signup", "/confirm", "/forgotPassword", "/confirmForgotPassword"] {
            let page = browser.get(&format!("{path}?{query}")).await;
            assert!(!page.body().contains("<script") && !page.body().contains("<img"), "{path}");
            let fields = [("username", text), ("code", text), ("session", text)];
            let again = browser.submit(&format!("{path}?{query}"), &page, &fields).await;
            assert!(!again.body().contains("<script") && !again.body().contains("<img"), "{path}");
        }
        let mut pages = vec![
            browser.open(&query).await,
            browser.fill_in(&query, text, PASSWORD).await,
            browser.fill_in(&query, "alice", PASSWORD).await,
            browser
                .get(&format!("/error?{}", encoded(&[("error", text), ("client_id", text)])))
                .await,
        ];
        let page = browser.get(&format!("/login?{raw}")).await;
        assert!(page.body().contains("cognitoSignInForm"), "the query is in the form's action");
        pages.push(page);
        for page in pages {
            assert!(page.status() == 200 || page.status() == 400);
            for raw in ["<script", "<img", "onfocus='", "7*7}}\"<"] {
                assert!(!page.body().contains(raw), "{text}: {}", page.body());
            }
        }
    }
}

/// Returns a deterministic generator of numbers (xorshift).
fn numbers() -> impl FnMut(usize) -> usize {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    }
}

#[tokio::test]
async fn random_requests_never_fail_the_server() {
    const PATHS: [&str; 19] = [
        "/oauth2/authorize",
        "/authorize",
        "/login",
        "/signup",
        "/confirm",
        "/resendcode",
        "/confirmUser",
        "/forgotPassword",
        "/confirmForgotPassword",
        "/assets/passkey.js",
        "/passkeys/add",
        "/error",
        "/oauth2/token",
        "/oauth2/userInfo",
        "/oauth2/revoke",
        "/logout",
        "/mock-provider",
        "/oauth2/idpresponse",
        "/assets/managed-login.css",
    ];
    const NAMES: [&str; 26] = [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "nonce",
        "prompt",
        "resource",
        "code_challenge",
        "code_challenge_method",
        "login_hint",
        "grant_type",
        "code",
        "code_verifier",
        "refresh_token",
        "username",
        "password",
        "_csrf",
        "session",
        "userAttributes.email",
        "ANSWER",
        "identity_provider",
        "sub",
        "claims",
        "person",
        "error",
    ];
    let local = pool_with_google(settings());
    let id = local.client_id();
    let page = open_mock(&mut Browser::of(&local), &to_google(&local)).await;
    let state = hidden(&page, "state").unwrap();
    let values = [
        "",
        "code",
        "token",
        "none",
        "S256",
        "authorization_code",
        "refresh_token",
        "openid",
        "alice",
        "Google",
        PASSWORD,
        crate::support::CALLBACK,
        crate::support::CHALLENGE,
        "%00",
        "ü",
        "a b",
        "[",
        "::",
        id.as_str(),
        &state,
    ];
    let mut next = numbers();
    for path in PATHS {
        for round in 0..1000 {
            let count = next(NAMES.len());
            let pairs: Vec<_> =
                iter::repeat_with(|| (NAMES[next(NAMES.len())], values[next(values.len())]))
                    .take(count)
                    .collect();
            let good = App::of(&local).query();
            let mut query = if next(2) == 0 { good } else { encoded(&pairs) };
            let cut = next(query.len() + 1);
            if next(3) == 0 {
                query.truncate(cut);
            }
            let mut browser = Browser::of(&local);
            browser
                .cookies
                .insert("XSRF-TOKEN".to_owned(), values[next(values.len())].replace('ü', "u"));
            browser.cookies.insert("cognito".to_owned(), "x".to_owned());
            browser.cookies.insert("csrf-state".to_owned(), state.clone());
            let method = ["GET", "POST", "HEAD", "PUT"][next(4)];
            let form = (next(2) == 0).then(|| encoded(&pairs));
            let response = browser.send(method, &format!("{path}?{query}"), form).await;
            assert!(response.status().as_u16() < 500, "{round}: {method} {path}?{query} {pairs:?}");
        }
    }
}
