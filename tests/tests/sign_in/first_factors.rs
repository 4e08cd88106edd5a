//! Sign-ins that do not start with SRP, and sign-ins by administrators.

use cognito::sign_in::FirstFactor;
use cognito::{Challenge, ErrorKind};
use cognito_emulator::PoolSettings;
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, PASSWORD, admin_config, challenge, done};
use serde_json::json;

/// Returns a pool in which users choose the first factor.
fn by_choice() -> PoolSettings {
    let factors = ["PASSWORD", "EMAIL_OTP", "SMS_OTP"];
    let flows = ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"];
    let role = "arn:aws:iam::123456789012:role/sms";
    PoolSettings::default()
        .pool_member("SmsConfiguration", json!({ "SnsCallerArn": role }))
        .pool_member("Policies", json!({ "SignInPolicy": { "AllowedFirstAuthFactors": factors } }))
        .client_member("ExplicitAuthFlows", json!(flows))
}

#[tokio::test]
async fn available_factors_are_returned() {
    let fixture = Fixture::new(by_choice());
    fixture.register("alice").await;
    let next = fixture.pool.sign_in("alice").choose_first_factor().await.unwrap();
    let select = expect_challenge!(challenge(next), SelectChallenge);
    assert_eq!(select.options(), ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]);
    let session = done(select.password(PASSWORD).await.unwrap());
    assert_eq!(session.user().await.unwrap().username(), "alice");

    for over_the_wire in [false, true] {
        let next = fixture.pool.sign_in("alice").choose_first_factor().await.unwrap();
        let select = expect_challenge!(challenge(next), SelectChallenge);
        let wrong = match over_the_wire {
            false => select.password("Wrong-horse1").await,
            true => select.password_over_the_wire("Wrong-horse1").await,
        };
        assert_eq!(wrong.unwrap_err().error().kind(), ErrorKind::BadCredentials);
    }
}

#[tokio::test]
async fn email_code_is_sufficient() {
    let fixture = Fixture::new(by_choice());
    fixture.register("bob").await;
    let sign_in = fixture.pool.sign_in("bob").first_factor(FirstFactor::EmailOtp);
    let otp = expect_challenge!(challenge(sign_in.await.unwrap()), EmailOtp);
    assert_eq!(otp.destination(), Some("b***@e***"));
    let refused = otp.respond("00000000").await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::CodeMismatch);
    let code = fixture.local.code_for("bob").unwrap();
    assert_eq!(code.expose_secret().len(), 8);
    let session = done(refused.retry().unwrap().respond(code).await.unwrap());
    assert_eq!(session.access_claims().await.unwrap().username(), Some("bob"));

    let next = fixture.pool.sign_in("bob").choose_first_factor().await.unwrap();
    let select = expect_challenge!(challenge(next), SelectChallenge);
    let otp = expect_challenge!(challenge(select.email_otp().await.unwrap()), EmailOtp);
    done(otp.respond(fixture.local.code_for("bob").unwrap()).await.unwrap());
}

#[tokio::test]
async fn sms_code_is_sufficient() {
    let fixture = Fixture::new(by_choice());
    fixture.create_user("carol", &[("phone_number", "+4915112345678")]);
    let sign_in = fixture.pool.sign_in("carol").first_factor(FirstFactor::SmsOtp);
    let otp = expect_challenge!(challenge(sign_in.await.unwrap()), SmsOtp);
    assert!(otp.destination().unwrap().ends_with("5678"));
    done(otp.respond(fixture.local.code_for("carol").unwrap()).await.unwrap());
}

#[tokio::test]
async fn preferred_password_is_used_with_srp_or_plain() {
    let fixture = Fixture::new(by_choice());
    fixture.register("dave").await;
    for factor in [FirstFactor::Password, FirstFactor::PasswordOverTheWire] {
        let sign_in = fixture.pool.sign_in("dave").first_factor(factor(PASSWORD.into()));
        done(sign_in.await.unwrap());
        let sign_in = fixture.pool.sign_in("dave").first_factor(factor("Wrong-horse1".into()));
        assert_eq!(sign_in.await.unwrap_err().kind(), ErrorKind::BadCredentials);
    }
}

#[tokio::test]
async fn unavailable_preferred_factor_leads_to_a_choice() {
    let fixture = Fixture::new(by_choice());
    fixture.register("erin").await;
    let sign_in = fixture.pool.sign_in("erin").first_factor(FirstFactor::SmsOtp);
    let select = expect_challenge!(challenge(sign_in.await.unwrap()), SelectChallenge);
    assert!(!select.options().contains(&"SMS_OTP".to_owned()));
}

#[tokio::test]
async fn confirmed_registration_continues_to_a_session() {
    let fixture = Fixture::new(by_choice());
    let sign_up = fixture.pool.sign_up("frank").password(PASSWORD);
    let signed_up = sign_up.attribute("email", "frank@example.com").await.unwrap();
    let code = fixture.local.code_for("frank").unwrap();
    let confirmed = signed_up.confirm(code).await.unwrap();
    let session = done(confirmed.sign_in().unwrap().await.unwrap());
    assert_eq!(session.user().await.unwrap().username(), "frank");

    let without = Fixture::new(PoolSettings::default());
    let sign_up = without.pool.sign_up("frank").password(PASSWORD);
    let signed_up = sign_up.attribute("email", "frank@example.com").await.unwrap();
    let confirmed = signed_up.confirm(without.local.code_for("frank").unwrap()).await.unwrap();
    assert!(confirmed.sign_in().is_none());
}

#[tokio::test]
async fn disallowed_flow_is_reported() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("grace").await;
    let sign_in = |name: &str| fixture.pool.sign_in(name);
    for request in
        [sign_in("grace").password_over_the_wire(PASSWORD), sign_in("grace").choose_first_factor()]
    {
        let error = request.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FlowNotEnabled);
    }
}

#[tokio::test]
async fn administrators_sign_users_in() {
    let fixture = Fixture::new(by_choice());
    fixture.register("henry").await;
    let admin = fixture.pool.as_admin(&admin_config());
    let session = done(admin.sign_in("henry").password(PASSWORD).await.unwrap());
    assert_eq!(session.user().await.unwrap().username(), "henry");
    let sign_in = admin.sign_in("henry").password_over_the_wire(PASSWORD);
    done(sign_in.await.unwrap());
    let legacy = admin.clone().legacy_flow().sign_in("henry").password_over_the_wire(PASSWORD);
    done(legacy.await.unwrap());
    let wrong = admin.sign_in("henry").password_over_the_wire("Wrong-horse1").await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::BadCredentials);
}

#[tokio::test]
async fn challenge_of_an_administrator_uses_admin_operations() {
    let fixture = Fixture::new(by_choice());
    let new = json!({ "Username": "ines", "TemporaryPassword": PASSWORD });
    fixture.admin("AdminCreateUser", new);
    let admin = fixture.pool.as_admin(&admin_config());
    let next = admin.sign_in("ines").password(PASSWORD).await.unwrap();
    let saved = challenge(next).save();
    assert_eq!(fixture.pool.resume(saved.clone()).unwrap_err().kind(), ErrorKind::Configuration);
    let Challenge::NewPassword(new) = admin.resume(saved).unwrap() else { panic!("not the same") };
    done(new.respond("Better-horse2").await.unwrap());
    assert_eq!(fixture.wire.seen("AdminRespondToAuthChallenge").len(), 2);
    assert!(fixture.wire.seen("RespondToAuthChallenge").is_empty());
}
