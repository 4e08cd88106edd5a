//! The login page: the form, its messages, and the triggers of a sign-in.

use std::sync::{Arc, Mutex};

use cognito_emulator::{LocalPool, MigratedUser, QuotaCategory};
use serde_json::json;

use crate::passkeys::with_passkeys;
use crate::support::{App, Browser, PASSWORD, Response, pool, sent_parameter, settings};

#[tokio::test]
async fn form_has_the_names_of_the_classic_page() {
    let local = pool(settings());
    let mut browser = Browser::of(&local);
    let page = browser.open(&App::of(&local).with("login_hint", "alice@example.com").query()).await;
    assert_eq!(page.status(), 200);
    let token = &browser.cookies["XSRF-TOKEN"];
    for part in [
        "name=\"cognitoSignInForm\"",
        "id=\"signInFormUsername\" name=\"username\" value=\"alice@example.com\"",
        "id=\"signInFormPassword\" name=\"password\"",
        "name=\"cognitoAsfData\"",
        "name=\"signInSubmitButton\"",
        &format!("name=\"_csrf\" value=\"{token}\""),
    ] {
        assert!(page.body().contains(part), "{part}");
    }
}

#[tokio::test]
async fn script_signs_in_with_a_csrf_token_that_it_created() {
    let local = pool(settings());
    let mut browser = Browser::of(&local);
    browser.cookies.insert("XSRF-TOKEN".to_owned(), "f00".to_owned());
    let response = browser.fill_in(&App::of(&local).query(), "alice", PASSWORD).await;
    assert!(sent_parameter(&response, "code").is_some());
    assert_ne!(browser.cookies["XSRF-TOKEN"], "f00", "the token is replaced");
}

#[tokio::test]
async fn wrong_password_shows_the_page_with_the_message_of_the_api() {
    let local = pool(settings().client_member("PreventUserExistenceErrors", "ENABLED"));
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.open(&query).await;
    for (name, password) in [("alice", "wrong"), ("nobody", PASSWORD)] {
        let page = browser.fill_in(&query, name, password).await;
        assert_eq!(page.status(), 200);
        assert!(page.body().contains("Incorrect username or password."), "{name}");
        assert!(page.body().contains(&format!("value=\"{name}\"")), "the name is kept");
        assert!(!page.body().contains(password), "the password is not kept");
    }
    let page = browser.fill_in(&query, "alice", "").await;
    assert!(page.body().contains("Missing required parameter password"));
    assert!(!browser.cookies.contains_key("cognito"));
    assert!(sent_parameter(&browser.fill_in(&query, "alice", PASSWORD).await, "code").is_some());
}

/// Forms that only need a token to be accepted or rejected for another reason.
const FORMS: [(&str, &[(&str, &str)]); 8] = [
    ("/login", &[("username", "alice"), ("password", PASSWORD)]),
    ("/login", &[("continueAsSignedInUser", "true")]),
    ("/signup", &[("username", "bob"), ("password", PASSWORD)]),
    ("/confirm", &[("username", "alice"), ("code", "123456")]),
    ("/resendcode", &[("username", "alice")]),
    ("/forgotPassword", &[("username", "alice")]),
    ("/confirmForgotPassword", &[("username", "alice"), ("code", "1"), ("password", PASSWORD)]),
    ("/passkeys/add", &[("CREDENTIAL", "{}")]),
];

#[tokio::test]
async fn form_that_does_not_repeat_the_cookie_is_rejected() {
    const EXPIRED: &str = "The page has expired.";
    let local = with_passkeys();
    let query = App::of(&local).query();
    let mut signed_in = Browser::of(&local);
    signed_in.sign_in(&query).await;
    let sessions = [Some(signed_in.cookies["cognito"].clone()), None];
    for ((path, fields), session) in
        FORMS.iter().flat_map(|form| sessions.iter().map(move |session| (form, session)))
    {
        let path = format!("{path}?{query}");
        for (cookie, field) in [
            (None, None),
            (Some("a"), None),
            (None, Some("a")),
            (Some("a"), Some("b")),
            (None, Some("")),
        ] {
            let page = post(&local, &path, fields, [session.as_deref(), cookie, field]).await;
            assert_eq!(page.status(), 200, "{path} {cookie:?} {field:?}");
            assert!(page.body().contains(EXPIRED), "{path} {cookie:?} {field:?}");
            let cookies = page.headers().get_all("set-cookie").iter();
            let changes = cookies.filter(|cookie| cookie.as_bytes().starts_with(b"cognito="));
            assert_eq!(changes.count(), 0, "{path} {cookie:?} {field:?}");
        }
    }
    assert!(local.call("AdminGetUser", json!({ "Username": "bob" })).is_err());
    assert!(local.emulator().outbox().is_empty(), "no code was sent");
    for (path, fields) in FORMS {
        let cookies = [sessions[0].as_deref(), Some("a"), Some("a")];
        let page = post(&local, &format!("{path}?{query}"), fields, cookies).await;
        assert!(!page.body().contains(EXPIRED), "{path}: the token is the only reason");
    }
}

/// Submits a form with a session cookie, a cookie with a token, and a field with a token.
async fn post(
    local: &LocalPool,
    path: &str,
    fields: &[(&str, &str)],
    [session, cookie, field]: [Option<&str>; 3],
) -> Response {
    let mut browser = Browser::of(local);
    for (name, value) in [("cognito", session), ("XSRF-TOKEN", cookie)] {
        browser.cookies.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
    let token = field.map(|value| ("_csrf", value));
    browser.post(path, &fields.iter().copied().chain(token).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn client_without_the_provider_cognito_has_no_password_form() {
    let local = pool(settings().client_member("SupportedIdentityProviders", json!([])));
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    let page = browser.open(&query).await;
    assert!(!page.body().contains("password"), "{}", page.body());
    assert!(page.body().contains("SupportedIdentityProviders"));
    let page = browser.fill_in(&query, "alice", PASSWORD).await;
    assert_eq!(page.status(), 200);
    assert!(!browser.cookies.contains_key("cognito"));
}

#[tokio::test]
async fn page_offers_to_continue_with_the_session() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.sign_in(&query).await;
    let page = browser.get(&format!("/login?{query}")).await;
    assert!(page.body().contains("Sign in as alice"));
    let token = browser.cookies["XSRF-TOKEN"].clone();
    let form = [("_csrf", &*token), ("continueAsSignedInUser", "true")];
    let response = browser.post(&format!("/login?{query}"), &form).await;
    assert!(sent_parameter(&response, "code").is_some());
    browser.cookies.remove("cognito");
    let token = browser.cookies["XSRF-TOKEN"].clone();
    let form = [("_csrf", &*token), ("continueAsSignedInUser", "true")];
    let response = browser.post(&format!("/login?{query}"), &form).await;
    assert_eq!(response.status(), 200, "without a session the form needs a password");
}

#[tokio::test]
async fn triggers_of_a_sign_in_are_called_and_can_reject_it() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let [before, after] = [Arc::clone(&calls), Arc::clone(&calls)];
    let settings = settings()
        .pre_authentication(move |attempt| {
            before.lock().unwrap().push(format!("before {}", attempt.username));
            if attempt.username == "bob" { Err("no <b>bob</b>".to_owned()) } else { Ok(()) }
        })
        .post_authentication(move |done| {
            after.lock().unwrap().push(format!("after {}", done.username));
            Ok(())
        });
    let local = pool(settings);
    local.add_user("bob", PASSWORD).unwrap();
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.sign_in(&query).await;
    let page = browser.fill_in(&query, "bob", PASSWORD).await;
    let message = "PreAuthentication failed with error no &#60;b&#62;bob&#60;/b&#62;.";
    assert!(page.body().contains(message), "{}", page.body());
    assert_eq!(*calls.lock().unwrap(), ["before alice", "after alice", "before bob"]);
}

#[tokio::test]
async fn unknown_user_is_migrated_on_the_page() {
    let settings = settings().user_migration(|request| {
        assert_eq!(request.password.as_deref(), Some(PASSWORD));
        Ok(Some(MigratedUser::default().attribute("email", "carol@example.com")))
    });
    let local = pool(settings);
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.open(&query).await;
    let response = browser.fill_in(&query, "carol", PASSWORD).await;
    assert!(sent_parameter(&response, "code").is_some(), "{}", response.body());
}

#[tokio::test]
async fn client_with_a_secret_and_without_password_flows_signs_in_on_the_page() {
    let settings = settings()
        .client_secret("secret0of0the0client")
        .client_member("ExplicitAuthFlows", json!(["ALLOW_REFRESH_TOKEN_AUTH"]));
    let local = pool(settings);
    let query = App::of(&local).query();
    let response = Browser::of(&local).sign_in(&query).await;
    assert!(sent_parameter(&response, "code").is_some());
}

#[tokio::test]
async fn submitted_forms_count_as_user_authentication() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.sign_in(&query).await;
    browser.fill_in(&query, "alice", "wrong").await;
    let usage = local.emulator().quota_usage();
    let usage = usage.iter().find(|usage| usage.category == QuotaCategory::UserAuthentication);
    assert_eq!(usage.map(|usage| usage.requests), Some(2));
}
