//! `/passkeys/add`, up to the authenticator; the browser tests cover the rest.

use std::time::Duration;

use cognito_emulator::{LocalPool, QuotaCategory};
use serde_json::json;

use crate::support::{App, Browser, PASSWORD, pool, settings};

/// Returns a pool whose users sign in with a password or a passkey.
pub(crate) fn with_passkeys() -> LocalPool {
    let factors = json!(["PASSWORD", "WEB_AUTHN"]);
    let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": factors } });
    let flows = json!(["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let settings = settings().pool_member("Policies", policies);
    let local = pool(settings.client_member("ExplicitAuthFlows", flows));
    let party = json!({ "RelyingPartyId": "localhost", "UserVerification": "required" });
    local.call("SetUserPoolMfaConfig", json!({ "WebAuthnConfiguration": party })).unwrap();
    local
}

#[tokio::test]
async fn user_signs_in_before_a_passkey_is_added() {
    let local = with_passkeys();
    let add = format!("/passkeys/add?{}", App::of(&local).query());
    let mut browser = Browser::of(&local);
    let login = browser.get(&add).await;
    assert!(login.body().contains("action=\"/passkeys/add?client_id="), "{}", login.body());
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let page = browser.submit(&add, &login, &fields).await;
    assert_eq!(page.status(), 200);
    assert!(page.body().contains("data-passkey=\"create\""), "{}", page.body());
    assert!(page.body().contains("&#34;rp&#34;:{&#34;id&#34;:&#34;localhost&#34;"));
    assert!(browser.cookies.contains_key("cognito"));
    let again = browser.submit(&add, &page, &[("CREDENTIAL", "{\"id\":\"<script>\"}")]).await;
    assert!(again.body().contains("The passkey is not valid."), "{}", again.body());
    assert!(!again.body().contains("<script>"));
    let page = browser.get(&add).await;
    assert!(page.body().contains("data-passkey=\"create\""), "the browser is signed in");
    let forged = [("_csrf", "other"), ("CREDENTIAL", "{}")];
    assert!(browser.post(&add, &forged).await.body().contains("The page has expired."));
}

/// A person needs longer for the passkey than the sign-in may be ago.
#[tokio::test]
async fn passkey_after_the_sign_in_does_not_need_another_one() {
    for (name, value) in [("max_age", "0"), ("max_age", "10"), ("prompt", "login")] {
        let local = with_passkeys();
        let add = format!("/passkeys/add?{}", App::of(&local).with(name, value).query());
        let mut browser = Browser::of(&local);
        let login = browser.get(&add).await;
        let fields = [("username", "alice"), ("password", PASSWORD)];
        let page = browser.submit(&add, &login, &fields).await;
        assert!(page.body().contains("data-passkey=\"create\""), "{}", page.body());
        local.clock().advance(Duration::from_secs(60));
        let again = browser.submit(&add, &page, &[("CREDENTIAL", "{}")]).await;
        assert!(again.body().contains("The passkey is not valid."), "{name}: {}", again.body());
        let login = browser.get(&add).await;
        assert!(login.body().contains("cognitoSignInForm"), "a new request needs a sign-in");
    }
}

#[tokio::test]
async fn sign_in_before_a_passkey_is_added_counts_once() {
    let local = with_passkeys();
    let add = format!("/passkeys/add?{}", App::of(&local).query());
    let mut browser = Browser::of(&local);
    let login = browser.get(&add).await;
    browser.submit(&add, &login, &[("username", "alice"), ("password", PASSWORD)]).await;
    let usage = local.emulator().quota_usage();
    let usage = usage.iter().find(|usage| usage.category == QuotaCategory::UserAuthentication);
    assert_eq!(usage.map(|usage| usage.requests), Some(1));
}

#[tokio::test]
async fn pool_without_passkeys_says_so() {
    let local = pool(settings());
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.sign_in(&query).await;
    let page = browser.get(&format!("/passkeys/add?{query}")).await;
    assert!(page.body().contains("Passkeys are not enabled for the pool."), "{}", page.body());
}
