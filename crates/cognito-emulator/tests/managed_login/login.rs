//! The login page: the form, its messages, and the triggers of a sign-in.

use std::sync::{Arc, Mutex};

use cognito_emulator::{MigratedUser, QuotaCategory};
use serde_json::json;

use crate::support::{App, Browser, PASSWORD, pool, sent_parameter, settings};

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

#[tokio::test]
async fn form_that_does_not_repeat_the_cookie_is_rejected() {
    let local = pool(settings());
    let path = format!("/login?{}", App::of(&local).query());
    let user = [("username", "alice"), ("password", PASSWORD)];
    for (cookie, field) in [
        (None, None),
        (Some("a"), None),
        (None, Some("a")),
        (Some("a"), Some("b")),
        (None, Some("")),
    ] {
        let mut browser = Browser::of(&local);
        browser.cookies.extend(cookie.map(|value| ("XSRF-TOKEN".to_owned(), value.to_owned())));
        let form: Vec<_> = user.into_iter().chain(field.map(|value| ("_csrf", value))).collect();
        let page = browser.post(&path, &form).await;
        assert_eq!(page.status(), 200, "{cookie:?} {field:?}");
        assert!(page.body().contains("The page has expired."));
        assert!(!browser.cookies.contains_key("cognito"));
    }
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
