//! The pages of challenges: MFA, its set-up, new passwords, and the choice of the first factor.

use std::time::Duration;

use cognito_emulator::{LocalPool, Mfa, PoolSettings};
use serde_json::{Value, json};

use crate::support::{
    App, Browser, PASSWORD, Response, between, hidden, pool, sent_code, sent_parameter, settings,
};

const ALICE: &str = "alice";

fn with_sms(settings: PoolSettings) -> PoolSettings {
    let arn = "arn:aws:iam::123456789012:role/sms";
    settings.pool_member("SmsConfiguration", json!({ "SnsCallerArn": arn, "ExternalId": "x" }))
}

fn set(local: &LocalPool, operation: &str, mut request: Value) {
    request["Username"] = ALICE.into();
    local.call(operation, request).unwrap();
}

fn set_attributes(local: &LocalPool) {
    let attributes = json!([
        { "Name": "email", "Value": "alice@example.com" },
        { "Name": "email_verified", "Value": "true" },
        { "Name": "phone_number", "Value": "+4915112345678" },
        { "Name": "phone_number_verified", "Value": "true" },
    ]);
    set(local, "AdminUpdateUserAttributes", json!({ "UserAttributes": attributes }));
}

/// Returns a pool with e-mail and SMS MFA.
fn pool_with_sent_codes() -> LocalPool {
    let local = pool(with_sms(settings()));
    let config = json!({
        "MfaConfiguration": "OPTIONAL",
        "EmailMfaConfiguration": {},
        "SmsMfaConfiguration": {
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" }
        },
    });
    local.call("SetUserPoolMfaConfig", config).unwrap();
    set_attributes(&local);
    local
}

fn path(local: &LocalPool) -> String {
    format!("/login?{}", App::of(local).query())
}

fn is_signed_in(response: &Response) -> bool {
    sent_parameter(response, "code").is_some()
}

#[tokio::test]
async fn authenticator_app_is_set_up_with_a_qr_code_and_required_afterwards() {
    let local = pool(settings().mfa(Mfa::Required));
    let (query, path) = (App::of(&local).query(), path(&local));
    let mut browser = Browser::of(&local);
    let page = browser.enter(&query).await;
    assert!(page.body().contains("aria-label=\"QR code of the key\""), "{}", page.body());
    let secret = between(&page, "<code id=\"secretCode\">", "<").to_owned();
    let code = || local.totp(&secret).unwrap().expose_secret().to_owned();
    let wrong = browser.submit(&path, &page, &[("USER_CODE", "000000")]).await;
    assert!(wrong.body().contains("Code mismatch and fail enable Software Token MFA"));
    assert_eq!(between(&wrong, "<code id=\"secretCode\">", "<"), secret, "the key is kept");
    let done = browser.submit(&path, &wrong, &[("USER_CODE", &code())]).await;
    assert!(is_signed_in(&done), "{}", done.body());

    local.clock().advance(Duration::from_secs(90));
    let mut browser = Browser::of(&local);
    let page = browser.enter(&query).await;
    assert!(page.body().contains("autocomplete=\"one-time-code\""));
    assert!(
        !browser.cookies.contains_key("cognito"),
        "the password alone does not complete the sign-in"
    );
    let wrong = browser.submit(&path, &page, &[("SOFTWARE_TOKEN_MFA_CODE", "000000")]).await;
    assert!(wrong.body().contains("Invalid code received for user"));
    let done = browser.submit(&path, &wrong, &[("SOFTWARE_TOKEN_MFA_CODE", &code())]).await;
    assert!(is_signed_in(&done), "{}", done.body());
}

#[tokio::test]
async fn page_of_a_sent_code_shows_the_masked_destination() {
    let factors = [
        ("SMSMfaSettings", "SMS_MFA_CODE", "+*******5678"),
        ("EmailMfaSettings", "EMAIL_OTP_CODE", "a***@e***"),
    ];
    for (factor, field, destination) in factors {
        let local = pool_with_sent_codes();
        let on = json!({ "Enabled": true, "PreferredMfa": true });
        set(&local, "AdminSetUserMFAPreference", json!({ factor: on }));
        let path = path(&local);
        let mut browser = Browser::of(&local);
        let page = browser.enter(&App::of(&local).query()).await;
        assert!(page.body().contains(destination), "{}", page.body());
        let wrong = browser.submit(&path, &page, &[(field, "000000")]).await;
        assert!(wrong.body().contains("Invalid code or auth state for the user."));
        assert!(wrong.body().contains(destination));
        let code = sent_code(&local, ALICE);
        assert!(!wrong.body().contains("value=\"000000\""), "a code is not shown again");
        let done = browser.submit(&path, &wrong, &[(field, &code)]).await;
        assert!(is_signed_in(&done), "{}", done.body());
    }
}

#[tokio::test]
async fn user_with_two_factors_chooses_one() {
    let local = pool_with_sent_codes();
    let on = json!({ "Enabled": true });
    let both = json!({ "SMSMfaSettings": on, "EmailMfaSettings": on });
    set(&local, "AdminSetUserMFAPreference", both);
    let path = path(&local);
    let mut browser = Browser::of(&local);
    let page = browser.enter(&App::of(&local).query()).await;
    for (value, label) in [("SMS_MFA", "Code by text message"), ("EMAIL_OTP", "Code by e-mail")] {
        assert!(page.body().contains(&format!("value=\"{value}\">{label}</button>")));
    }
    let unlisted = browser.submit(&path, &page, &[("ANSWER", "SOFTWARE_TOKEN_MFA")]).await;
    assert!(unlisted.body().contains("Invalid MFA type was selected."));
    let page = browser.submit(&path, &unlisted, &[("ANSWER", "SMS_MFA")]).await;
    let code = sent_code(&local, ALICE);
    assert!(is_signed_in(&browser.submit(&path, &page, &[("SMS_MFA_CODE", &code)]).await));
}

#[tokio::test]
async fn user_chooses_which_of_two_factors_to_set_up() {
    let local = pool(settings());
    let config = json!({
        "MfaConfiguration": "ON",
        "EmailMfaConfiguration": {},
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    local.call("SetUserPoolMfaConfig", config).unwrap();
    let (query, path) = (App::of(&local).query(), path(&local));
    let mut browser = Browser::of(&local);
    let page = browser.enter(&query).await;
    let app = browser.submit(&path, &page, &[("ANSWER", "SOFTWARE_TOKEN_MFA")]).await;
    assert!(app.body().contains("secretCode"), "{}", app.body());

    let page = browser.enter(&query).await;
    let wrong = browser.submit(&path, &page, &[("EMAIL", "\"<i>")]).await;
    assert!(wrong.body().contains("value=\"&#34;&#60;i&#62;\""), "{}", wrong.body());
    let page = browser.submit(&path, &page, &[("EMAIL", "alice@example.com")]).await;
    let code = sent_code(&local, ALICE);
    assert!(is_signed_in(&browser.submit(&path, &page, &[("EMAIL_OTP_CODE", &code)]).await));
}

#[tokio::test]
async fn temporary_password_is_replaced_with_the_required_attributes() {
    let schema = json!([{ "Name": "given_name", "Required": true, "Mutable": true }]);
    let local = pool(settings().pool_member("Schema", schema));
    let bob = json!({ "Username": "bob", "TemporaryPassword": "Temporary-1" });
    local.call("AdminCreateUser", bob).unwrap();
    let (query, path) = (App::of(&local).query(), path(&local));
    let mut browser = Browser::of(&local);
    browser.open(&query).await;
    let page = browser.fill_in(&query, "bob", "Temporary-1").await;
    assert!(page.body().contains("at least 8 characters"), "{}", page.body());
    let name = ("userAttributes.given_name", "B\"<b>ob");
    let cases = [
        (vec![("NEW_PASSWORD", "short"), name], "Password did not conform with policy"),
        (vec![("NEW_PASSWORD", "Better-horse1")], "given_name is missing"),
        (
            vec![("NEW_PASSWORD", "Better-horse1"), ("confirmPassword", "Other-horse1"), name],
            "The passwords do not match.",
        ),
    ];
    for (fields, message) in cases {
        let again = browser.submit(&path, &page, &fields).await;
        assert!(again.body().contains(message), "{message}: {}", again.body());
        let shown = again.body().contains("value=\"B&#34;&#60;b&#62;ob\"");
        assert_eq!(shown, fields.contains(&name), "entered values are kept");
        assert!(!again.body().contains("horse1"), "passwords are not kept");
    }
    let fields = [("NEW_PASSWORD", "Better-horse1"), ("confirmPassword", "Better-horse1"), name];
    let done = browser.submit(&path, &page, &fields).await;
    assert!(is_signed_in(&done), "{}", done.body());
    let again = browser.submit(&path, &page, &fields).await;
    assert!(again.body().contains("The sign-in has ended"), "a page is submitted once");
}

#[tokio::test]
async fn page_submitted_after_five_minutes_is_rejected_with_a_link_to_start_again() {
    // The limit of the API is set in the app client.
    let local = pool(settings().mfa(Mfa::Required).client_member("AuthSessionValidity", 15));
    let (query, path) = (App::of(&local).query(), path(&local));
    local.clock().freeze();
    let mut browser = Browser::of(&local);
    for (seconds, ended) in [(299, false), (300, true)] {
        let page = browser.enter(&query).await;
        local.clock().advance(Duration::from_secs(seconds));
        let again = browser.submit(&path, &page, &[("USER_CODE", "000000")]).await;
        assert_eq!(again.body().contains("The sign-in has ended"), ended, "{}", again.body());
        assert_eq!(again.body().contains("session is expired."), ended);
        assert!(again.body().contains("Start again</a>"));
    }
}

#[tokio::test]
async fn session_is_valid_on_the_pages_of_its_app_client_only() {
    let local = pool(settings().mfa(Mfa::Required));
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    let page = browser.enter(&query).await;
    let session = hidden(&page, "session").unwrap();
    let id = local.client_id();
    let secret = between(&page, "<code id=\"secretCode\">", "<").to_owned();
    let code = local.totp(&secret).unwrap();
    let verify = json!({ "Session": session, "UserCode": code.expose_secret() });
    let verified = local.call("VerifySoftwareToken", verify).unwrap();
    let response = json!({
        "ClientId": id.as_str(), "ChallengeName": "MFA_SETUP", "Session": verified["Session"],
        "ChallengeResponses": { "USERNAME": ALICE },
    });
    let refused = local.call("RespondToAuthChallenge", response).unwrap_err().to_string();
    assert!(refused.contains("Invalid session for the user."), "{refused}");

    let other = json!({
        "ClientName": "other", "CallbackURLs": ["app:/in"], "AllowedOAuthFlows": ["code"],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthScopes": ["openid"],
        "SupportedIdentityProviders": ["COGNITO"]
    });
    let other = local.call("CreateUserPoolClient", other).unwrap();
    let other = other["UserPoolClient"]["ClientId"].as_str().unwrap();
    let foreign = format!("/login?client_id={other}&response_type=code&redirect_uri=app:/in");
    let page = browser.enter(&query).await;
    let ended = browser.submit(&foreign, &page, &[("USER_CODE", "000000")]).await;
    assert!(ended.body().contains("The sign-in has ended"), "{}", ended.body());
}

#[tokio::test]
async fn form_of_a_challenge_needs_the_token_of_its_page() {
    let local = pool(settings().mfa(Mfa::Required));
    let mut browser = Browser::of(&local);
    let page = browser.enter(&App::of(&local).query()).await;
    let session = hidden(&page, "session").unwrap();
    let form = [("session", &*session), ("_csrf", "other"), ("USER_CODE", "000000")];
    let again = browser.post(&path(&local), &form).await;
    assert!(again.body().contains("The page has expired."));
    assert!(again.body().contains("secretCode"), "the page is shown again");
}

fn with_choice() -> PoolSettings {
    let factors = json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP"]);
    let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": factors } });
    with_sms(settings())
        .pool_member("Policies", policies)
        .client_member("ExplicitAuthFlows", json!(["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]))
}

#[tokio::test]
async fn first_factor_is_chosen_after_the_user_name() {
    let local = pool(with_choice());
    set_attributes(&local);
    let (query, path) = (App::of(&local).query(), path(&local));
    let mut browser = Browser::of(&local);
    let login = browser.open(&query).await;
    assert!(!login.body().contains("type=\"password\""), "{}", login.body());
    let choice = browser.submit(&path, &login, &[("username", ALICE)]).await;
    for label in ["Password", "Code by e-mail", "Code by text message"] {
        assert!(choice.body().contains(&format!(">{label}</button>")), "{}", choice.body());
    }
    assert!(!choice.body().contains("PASSWORD_SRP"));
    let page = browser.submit(&path, &choice, &[("ANSWER", "PASSWORD")]).await;
    let wrong = browser.submit(&path, &page, &[("PASSWORD", "wrong")]).await;
    assert!(wrong.body().contains("Incorrect username or password."), "{}", wrong.body());
    assert!(is_signed_in(&browser.submit(&path, &wrong, &[("PASSWORD", PASSWORD)]).await));

    for (factor, field) in [("EMAIL_OTP", "EMAIL_OTP_CODE"), ("SMS_OTP", "SMS_OTP_CODE")] {
        let login = browser.open(&App::of(&local).with("prompt", "login").query()).await;
        let choice = browser.submit(&path, &login, &[("username", ALICE)]).await;
        let page = browser.submit(&path, &choice, &[("ANSWER", factor)]).await;
        let code = sent_code(&local, ALICE);
        assert!(is_signed_in(&browser.submit(&path, &page, &[(field, &code)]).await), "{factor}");
    }
    browser.open(&query).await;
    let done = browser.fill_in(&query, ALICE, PASSWORD).await;
    assert!(is_signed_in(&done), "a script can send the password at once");
}

#[tokio::test]
async fn single_first_factor_needs_no_choice() {
    let local = pool(with_choice());
    let path = path(&local);
    let mut browser = Browser::of(&local);
    let login = browser.open(&App::of(&local).query()).await;
    let page = browser.submit(&path, &login, &[("username", ALICE)]).await;
    assert!(page.body().contains("name=\"PASSWORD\""), "{}", page.body());
    assert!(is_signed_in(&browser.submit(&path, &page, &[("PASSWORD", PASSWORD)]).await));
}
