//! Forgotten passwords on the pages.

use cognito_emulator::PoolSettings;
use serde_json::json;

use crate::support::{App, Browser, PASSWORD, pool, sent_code, sent_parameter, settings};

fn with_email(settings: PoolSettings) -> cognito_emulator::LocalPool {
    let local = pool(settings);
    let email = json!([
        { "Name": "email", "Value": "alice@example.com" },
        { "Name": "email_verified", "Value": "true" },
    ]);
    let request = json!({ "Username": "alice", "UserAttributes": email });
    local.call("AdminUpdateUserAttributes", request).unwrap();
    local
}

#[tokio::test]
async fn forgotten_password_is_replaced_by_a_code() {
    let local = with_email(settings().client_secret("secret0of0the0client"));
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    let login = browser.open(&query).await;
    assert!(login.body().contains("href=\"/forgotPassword?client_id="), "{}", login.body());
    let page = browser.get(&format!("/forgotPassword?{query}")).await;
    let forgot = format!("/forgotPassword?{query}");
    let page = browser.submit(&forgot, &page, &[("username", "alice")]).await;
    assert!(page.body().contains("a***@e***"), "{}", page.body());
    let confirm = format!("/confirmForgotPassword?{query}");
    let user = ("username", "alice");
    let code = sent_code(&local, "alice");
    let cases = [
        ("000000", "Better-horse1", "Invalid verification code provided"),
        (&*code, "short", "Password did not conform with policy"),
    ];
    for (code, password, message) in cases {
        let fields = [user, ("code", code), ("password", password)];
        let again = browser.submit(&confirm, &page, &fields).await;
        assert!(again.body().contains(message), "{}", again.body());
        assert!(again.body().contains("value=\"alice\""));
    }
    let fields = [user, ("code", &code), ("password", "Better-horse1")];
    let done = browser.submit(&confirm, &page, &fields).await;
    assert!(done.body().contains("The password was changed."), "{}", done.body());
    assert!(done.body().contains("value=\"alice\""));
    let signed_in = browser.fill_in(&query, "alice", "Better-horse1").await;
    assert!(sent_parameter(&signed_in, "code").is_some());
}

#[tokio::test]
async fn user_who_must_reset_the_password_gets_the_page_of_the_code() {
    let local = with_email(settings());
    local.call("AdminResetUserPassword", json!({ "Username": "alice" })).unwrap();
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    let page = browser.enter(&query).await;
    assert!(page.body().contains("Password reset required for the user"), "{}", page.body());
    let confirm = format!("/confirmForgotPassword?{query}");
    let code = sent_code(&local, "alice");
    let fields = [("username", "alice"), ("code", &*code), ("password", "Better-horse1")];
    let done = browser.submit(&confirm, &page, &fields).await;
    assert!(done.body().contains("The password was changed."), "{}", done.body());
}

#[tokio::test]
async fn password_page_of_a_chosen_factor_leads_to_the_page_of_the_code() {
    let policy =
        json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } });
    let flows = json!(["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let settings = settings().pool_member("Policies", policy);
    let local = with_email(settings.client_member("ExplicitAuthFlows", flows));
    local.call("AdminResetUserPassword", json!({ "Username": "alice" })).unwrap();
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    let mut page = browser.open(&query).await;
    let login = format!("/login?{query}");
    for field in [("username", "alice"), ("ANSWER", "PASSWORD"), ("PASSWORD", PASSWORD)] {
        page = browser.submit(&login, &page, &[field]).await;
    }
    assert!(page.body().contains("Password reset required for the user"), "{}", page.body());
    assert!(page.body().contains("name=\"username\" value=\"alice\""), "{}", page.body());
    let confirm = format!("/confirmForgotPassword?{query}");
    let code = sent_code(&local, "alice");
    let fields = [("username", "alice"), ("code", &*code), ("password", "Better-horse1")];
    let done = browser.submit(&confirm, &page, &fields).await;
    assert!(done.body().contains("The password was changed."), "{}", done.body());
}

#[tokio::test]
async fn unknown_user_and_missing_address_are_hidden_by_the_app_client_setting() {
    let query = |local: &_| App::of(local).query();
    let open = pool(settings());
    let mut browser = Browser::of(&open);
    let page = browser.get(&format!("/forgotPassword?{}", query(&open))).await;
    let forgot = format!("/forgotPassword?{}", query(&open));
    let again = browser.submit(&forgot, &page, &[("username", "<i>")]).await;
    assert!(again.body().contains("Username/client id combination not found."));
    assert!(again.body().contains("value=\"&#60;i&#62;\""), "{}", again.body());

    let hidden = pool(settings().client_member("PreventUserExistenceErrors", "ENABLED"));
    let mut browser = Browser::of(&hidden);
    let page = browser.get(&format!("/forgotPassword?{}", query(&hidden))).await;
    let forgot = format!("/forgotPassword?{}", query(&hidden));
    let page = browser.submit(&forgot, &page, &[("username", "nobody")]).await;
    assert!(page.body().contains("n***@e***"), "{}", page.body());
}

#[tokio::test]
async fn pool_without_recovery_has_no_link_to_it_and_says_so() {
    let mechanisms = json!([{ "Name": "admin_only", "Priority": 1 }]);
    let setting = json!({ "RecoveryMechanisms": mechanisms });
    let local = pool(settings().pool_member("AccountRecoverySetting", setting));
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    assert!(!browser.open(&query).await.body().contains("/forgotPassword"));
    let forgot = format!("/forgotPassword?{query}");
    let page = browser.get(&forgot).await;
    let again = browser.submit(&forgot, &page, &[("username", "alice")]).await;
    assert!(again.body().contains("Contact administrator to reset password."));
}
