//! Operations of users on their own accounts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cognito::account::{Attributes, Factor, MfaPreference};
use cognito::sign_in::Retries;
use cognito::{ErrorKind, Session};
use cognito_emulator::{Mfa, PoolSettings};
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::interposer::Action;
use serde::{Deserialize, Serialize};
use serde_json::json;

async fn attributes(session: &Session) -> Attributes {
    session.user().await.unwrap().attributes().clone()
}

#[tokio::test]
async fn only_changes_are_sent() {
    #[derive(Serialize, Deserialize)]
    struct Profile {
        nickname: Option<String>,
        #[serde(rename = "custom:seats")]
        seats: Option<u32>,
    }
    let seats = json!([{ "Name": "seats", "AttributeDataType": "String", "Mutable": true }]);
    let fixture = Fixture::new(PoolSettings::default().pool_member("Schema", seats));
    let session = fixture.signed_in("alice").await;
    let read = attributes(&session).await;
    let mut wanted = read.clone();
    wanted.apply(&Profile { nickname: Some("Al".into()), seats: Some(3) }).unwrap();
    session.save_attributes(&wanted.changes(&read)).await.unwrap();
    let sent: serde_json::Value =
        serde_json::from_str(&fixture.wire.seen("UpdateUserAttributes")[0].body).unwrap();
    assert_eq!(
        sent["UserAttributes"],
        json!([
            { "Name": "custom:seats", "Value": "3" },
            { "Name": "nickname", "Value": "Al" },
        ])
    );
    let profile: Profile = attributes(&session).await.deserialize().unwrap();
    assert_eq!((profile.nickname.as_deref(), profile.seats), (Some("Al"), Some(3)));

    session.delete_attributes(["nickname"]).await.unwrap();
    assert_eq!(attributes(&session).await.nickname(), None);
    let unknown = [("custom:unknown", "1")].into_iter().collect();
    let refused = session.update_attributes(&unknown).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::InvalidParameter | ErrorKind::NotAuthorized));
}

#[tokio::test]
async fn profile_sends_its_changes_to_its_own_user() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let nickname = [("nickname", "Al")].into_iter().collect();
    session.update_attributes(&nickname).await.unwrap();
    let mut user = session.user().await.unwrap();
    user.set("given_name", "Alice");
    user.remove("nickname");
    user.save(&session).await.unwrap();
    user.save(&session).await.unwrap(); // sends nothing
    let sent = fixture.wire.seen("UpdateUserAttributes");
    let sent: serde_json::Value = serde_json::from_str(&sent[1].body).unwrap();
    assert_eq!(sent["UserAttributes"], json!([{ "Name": "given_name", "Value": "Alice" }]));
    let sent = ["UpdateUserAttributes", "DeleteUserAttributes"].map(|it| fixture.wire.seen(it));
    assert_eq!(sent.map(|requests| requests.len()), [2, 1]);

    user.set("given_name", "Eve");
    let other = fixture.signed_in("eve").await;
    assert_eq!(user.save(&other).await.unwrap_err().kind(), ErrorKind::Configuration);
    let elsewhere = Fixture::new(PoolSettings::default());
    elsewhere.signed_in("somebody").await;
    let namesake = elsewhere.signed_in("alice").await;
    assert_eq!(user.save(&namesake).await.unwrap_err().kind(), ErrorKind::Configuration);
    assert!(elsewhere.wire.seen("UpdateUserAttributes").is_empty());
    assert_eq!(user.changes().set().given_name(), Some("Eve"), "they are not lost");
}

#[tokio::test]
async fn a_new_address_is_verified_by_a_code() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("bob").await;
    let new = [("email", "robert@example.com")].into_iter().collect();
    let sent_to = session.update_attributes(&new).await.unwrap();
    assert_eq!(sent_to[0].destination(), "r***@e***");
    assert_eq!(attributes(&session).await.email_verified(), Some(false));
    let wrong = session.verify_attribute("email", "000000").await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::CodeMismatch);
    let again = session.send_attribute_code("email").await.unwrap().unwrap();
    assert_eq!(again.attribute(), Some("email"));
    let code = fixture.local.code_for("bob").unwrap();
    session.verify_attribute("email", code).await.unwrap();
    assert_eq!(attributes(&session).await.email_verified(), Some(true));
}

#[tokio::test]
async fn email_code_is_the_second_factor() {
    let fixture = Fixture::new(PoolSettings::default().mfa(Mfa::Optional));
    let config = json!({
        "MfaConfiguration": "OPTIONAL",
        "EmailMfaConfiguration": { "Message": "{####}" },
    });
    fixture.admin("SetUserPoolMfaConfig", config);
    let session = fixture.signed_in("carol").await;
    let preference = MfaPreference::default().email(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();
    let factors = session.auth_factors().await.unwrap();
    assert_eq!(factors.second(), ["EMAIL_OTP"]);
    assert_eq!(factors.preferred_second(), Some("EMAIL_OTP"));
    assert!(factors.first().contains(&"PASSWORD".to_owned()));
    let otp = expect_challenge!(fixture.challenge("carol").await, EmailOtp);
    done(otp.respond(fixture.local.code_for("carol").unwrap()).await.unwrap());
    session.set_mfa_preference(MfaPreference::default().email(Factor::Off)).await.unwrap();
    fixture.sign_in("carol").await;
}

#[tokio::test]
async fn a_password_is_changed_and_its_policy_explained() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("dave").await;
    let weak = session.change_password(PASSWORD, "short").await.unwrap_err();
    assert_eq!(weak.kind(), ErrorKind::InvalidPassword);
    assert_eq!(weak.reason(), Some("Password not long enough"));
    assert_eq!(weak.public_message(), "please choose another password");
    session.change_password(PASSWORD, "Better-horse2").await.unwrap();
    done(fixture.pool.sign_in("dave").password("Better-horse2").await.unwrap());
}

#[tokio::test]
async fn deleted_account_does_not_exist() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("erin").await;
    let held = session.clone();
    session.delete_account().await.unwrap();
    assert_eq!(held.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    let error = fixture.pool.sign_in("erin").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UserNotFound);
    // The message does not disclose that the user does not exist.
    assert_eq!(error.public_message(), "wrong user name or password");
}

#[tokio::test(start_paused = true)]
async fn deletion_whose_response_is_lost_is_repeated_until_it_is_known() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("heidi").await;
    fixture.wire.on("DeleteUser", Action::LoseResponse);
    let error = session.delete_account().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    let session = error.session().unwrap().clone();
    session.tokens().unwrap();
    fixture.wire.heal();
    session.clone().delete_account().await.unwrap();
    assert_eq!(session.tokens().unwrap_err().kind(), ErrorKind::SessionEnded);

    let session = fixture.signed_in("ivan").await;
    lose_first_response(&fixture, "DeleteUser");
    session.delete_account().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn sign_out_can_be_repeated_after_a_dropped_caller() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("kevin").await;
    fixture.wire.on("GlobalSignOut", Action::Late(Duration::from_secs(5)));
    let sign_out = session.clone().sign_out_everywhere();
    tokio::time::timeout(Duration::from_secs(1), sign_out).await.unwrap_err();
    fixture.wire.heal();
    session.sign_out_everywhere().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn failed_refresh_is_no_attempt_to_sign_out_everywhere() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("laura").await;
    fixture.advance(3600);
    fixture.wire.on("GetTokensFromRefreshToken", Action::LoseResponse);
    let error = session.sign_out_everywhere().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    let session = error.session().unwrap().clone();
    fixture.wire.heal();
    fixture.advance(1);
    let token = session.tokens().unwrap().refresh_token().unwrap().clone();
    fixture.pool.revoke(&token).await.unwrap();
    let error = session.sign_out_everywhere().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
    assert!(fixture.wire.seen("GlobalSignOut").is_empty());
}

#[tokio::test(start_paused = true)]
async fn sign_out_everywhere_whose_response_is_lost_is_repeated_until_it_is_known() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("judy").await;
    lose_first_response(&fixture, "GlobalSignOut");
    session.clone().sign_out_everywhere().await.unwrap();
    assert_eq!(session.tokens().unwrap_err().kind(), ErrorKind::SessionEnded);

    let session = fixture.sign_in("judy").await;
    fixture.wire.on("GlobalSignOut", Action::LoseResponse);
    let error = session.sign_out_everywhere().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    fixture.wire.heal();
    // The tokens have expired in the meantime, and the service rejects their refresh.
    fixture.advance(3600);
    let session = error.session().unwrap().clone();
    session.clone().sign_out_everywhere().await.unwrap();
    assert_eq!(session.tokens().unwrap_err().kind(), ErrorKind::SessionEnded);

    let without_retries = fixture.another_client(|builder| builder.retries(Retries::none()));
    let session = done(without_retries.sign_in("judy").password(PASSWORD).await.unwrap());
    fixture.wire.on("GlobalSignOut", Action::LoseResponse);
    session.clone().sign_out_everywhere().await.unwrap_err();
    fixture.wire.heal();
    session.sign_out_everywhere().await.unwrap();
}

#[tokio::test]
async fn sign_out_everywhere_with_a_single_revoked_token_fails() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("kate").await;
    let other = fixture.sign_in("kate").await;
    fixture.pool.revoke(session.tokens().unwrap().refresh_token().unwrap()).await.unwrap();
    session.sign_out_everywhere().await.unwrap_err();
    other.user().await.unwrap();
}

#[tokio::test]
async fn account_that_an_administrator_deleted_is_deleted() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("liam").await;
    fixture.admin("AdminDeleteUser", json!({ "Username": "liam" }));
    session.clone().delete_account().await.unwrap();
    assert_eq!(session.tokens().unwrap_err().kind(), ErrorKind::SessionEnded);
}

/// Loses the response to the first request of an operation.
fn lose_first_response(fixture: &Fixture, operation: &'static str) {
    let lost = AtomicBool::new(false);
    fixture.wire.rule(move |seen| match seen == operation && !lost.swap(true, Ordering::Relaxed) {
        true => Action::LoseResponse,
        false => Action::Pass,
    });
}

#[tokio::test]
async fn required_password_reset_is_reported_after_the_right_password() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("frank").await;
    fixture.admin("AdminResetUserPassword", json!({ "Username": "frank" }));
    let sign_in = |password: &str| fixture.pool.sign_in("frank").password(password);
    assert_eq!(sign_in(PASSWORD).await.unwrap_err().kind(), ErrorKind::PasswordResetRequired);
    let code = fixture.local.code_for("frank").unwrap();
    fixture.pool.confirm_forgot_password("frank", code, "Better-horse2").await.unwrap();
    done(sign_in("Better-horse2").await.unwrap());
}

#[tokio::test]
async fn wrong_passwords_cause_a_temporary_lockout() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("grace").await;
    let sign_in = |password: &str| fixture.pool.sign_in("grace").password(password);
    let mut kinds = Vec::new();
    for _ in 0..6 {
        kinds.push(sign_in("Wrong-horse1").await.unwrap_err().kind());
    }
    assert_eq!(kinds[0], ErrorKind::BadCredentials);
    assert_eq!(kinds[5], ErrorKind::AttemptsExceeded);
    fixture.advance(15 * 60);
    done(sign_in(PASSWORD).await.unwrap());
}
