//! The challenges of the service, with valid and wrong responses.

use std::collections::BTreeMap;

use cognito::account::{Factor, MfaPreference};
use cognito::types::SoftwareTokenSecret;
use cognito::{Challenge, ErrorKind};
use cognito_emulator::{Mfa, PoolSettings};
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, PASSWORD, challenge, done};
use cognito_tests::interposer::Action;
use serde_json::{Value, json};

/// Returns a pool with every MFA factor, and a user with an authenticator app.
async fn with_app(username: &str) -> (Fixture, SoftwareTokenSecret) {
    let fixture = Fixture::new(every_factor());
    let session = fixture.signed_in(username).await;
    let app = session.associate_software_token().await.unwrap();
    let wrong = app.verify(fixture.wrong_app_code(app.secret())).await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::CodeMismatch);
    app.verify(fixture.app_code(app.secret())).device_name("phone").await.unwrap();
    let preference = MfaPreference::default().software_token(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();
    let user = session.user().await.unwrap();
    assert_eq!(user.preferred_mfa(), Some("SOFTWARE_TOKEN_MFA"));
    let secret = app.secret().clone();
    (fixture, secret)
}

fn every_factor() -> PoolSettings {
    PoolSettings::default()
        .mfa(Mfa::Optional)
        .pool_member("SmsConfiguration", json!({ "SnsCallerArn": "arn:aws:iam::0:role/sms" }))
        .pool_member("EmailMfaConfiguration", json!({ "Subject": "Your code" }))
}

#[tokio::test]
async fn wrong_code_of_the_app_can_be_corrected() {
    let (fixture, secret) = with_app("alice").await;
    let used = fixture.app_code(&secret);
    let mfa = expect_challenge!(fixture.challenge("alice").await, SoftwareToken);

    let refused = mfa.respond(used).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::CodeExpired, "it was used to set the app up");
    assert!(!refused.maybe_taken());
    let mfa = refused.retry().unwrap();

    fixture.advance(30);
    let refused = mfa.respond(fixture.wrong_app_code(&secret)).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::CodeMismatch);
    assert_eq!(refused.to_string(), "the code is wrong; enter it again, or request another one");
    let mfa = refused.retry().unwrap();

    let session = done(mfa.respond(fixture.app_code(&secret)).await.unwrap());
    assert_eq!(session.username(), "alice");
}

#[tokio::test]
async fn malformed_codes_are_rejected_without_consequences() {
    let (fixture, secret) = with_app("alice").await;
    fixture.advance(30);
    let mut mfa = expect_challenge!(fixture.challenge("alice").await, SoftwareToken);
    for code in ["abcdef", "12345", "1234567", "１２３４５６", "'; --"] {
        let refused = mfa.respond(code).await.unwrap_err();
        assert_eq!(refused.error().kind(), ErrorKind::CodeMismatch, "{code}");
        mfa = refused.retry().unwrap();
    }
    done(mfa.respond(fixture.app_code(&secret)).await.unwrap());
}

#[tokio::test]
async fn response_has_the_user_name_that_the_service_returned() {
    let settings = every_factor().pool_member("UsernameAttributes", json!(["email"]));
    let fixture = Fixture::new(settings);
    let signed_up = fixture.pool.sign_up("alice@example.com").password(PASSWORD);
    let subject = signed_up.await.unwrap().subject().to_owned();
    let code = fixture.local.code_for(&subject).unwrap();
    fixture.pool.confirm_sign_up("alice@example.com", code).await.unwrap();
    let session = fixture.sign_in("alice@example.com").await;
    assert_eq!(session.username(), subject);

    let preference = MfaPreference::default().email(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();
    let challenge = fixture.challenge("alice@example.com").await;
    assert_eq!(challenge.username(), subject);
    let otp = expect_challenge!(challenge, EmailOtp);
    assert_eq!(otp.destination(), Some("a***@e***"));
    let session = done(otp.respond(fixture.local.code_for(&subject).unwrap()).await.unwrap());
    session.refresh().await.unwrap();
}

#[tokio::test]
async fn sms_and_email_codes_are_requested() {
    for (factor, name) in [("SMSMfaSettings", "SMS_MFA"), ("EmailMfaSettings", "EMAIL_OTP")] {
        let fixture = Fixture::new(every_factor());
        let attributes = [("email", "bob@example.com"), ("phone_number", "+4915112345678")];
        fixture.create_user("bob", &attributes);
        let input = json!({ "Username": "bob", factor: { "Enabled": true, "PreferredMfa": true } });
        fixture.admin("AdminSetUserMFAPreference", input);
        let challenge = fixture.challenge("bob").await;
        assert_eq!(challenge.name(), name);
        let code = fixture.local.code_for("bob").unwrap();
        let session = match challenge {
            Challenge::SmsMfa(mfa) => {
                assert_eq!(mfa.destination(), Some("+*******5678"));
                let refused = mfa.respond("000000x").await.unwrap_err();
                assert_eq!(refused.error().kind(), ErrorKind::CodeMismatch);
                done(refused.retry().unwrap().respond(code).await.unwrap())
            }
            Challenge::EmailOtp(mfa) => {
                assert_eq!(mfa.destination(), Some("b***@e***"));
                done(mfa.respond(code).await.unwrap())
            }
            other => panic!("{} was returned", other.name()),
        };
        assert_eq!(session.username(), "bob");
    }
}

#[tokio::test]
async fn choice_of_factors_accepts_listed_factors() {
    let (fixture, secret) = with_app("carol").await;
    let session_of = |input: Value| fixture.admin("AdminSetUserMFAPreference", input);
    session_of(json!({
        "Username": "carol",
        "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": false },
        "EmailMfaSettings": { "Enabled": true, "PreferredMfa": false }
    }));
    fixture.advance(30);
    let select = expect_challenge!(fixture.challenge("carol").await, SelectMfa);
    assert_eq!(select.options(), ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]);

    let refused = select.respond("CARRIER_PIGEON").await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::InvalidParameter);
    let responses = fixture.wire.seen("RespondToAuthChallenge").len();
    let next = refused.retry().unwrap().respond("SOFTWARE_TOKEN_MFA").await.unwrap();
    assert_eq!(fixture.wire.seen("RespondToAuthChallenge").len(), responses + 1);
    let mfa = expect_challenge!(challenge(next), SoftwareToken);
    done(mfa.respond(fixture.app_code(&secret)).await.unwrap());
}

#[tokio::test]
async fn temporary_password_is_replaced_with_the_required_attributes() {
    let schema = json!([{ "Name": "family_name", "Required": true, "Mutable": true }]);
    let fixture = Fixture::new(PoolSettings::default().pool_member("Schema", schema));
    fixture.admin(
        "AdminCreateUser",
        json!({
            "Username": "dave",
            "TemporaryPassword": PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": "dave@example.com" }]
        }),
    );
    let new = expect_challenge!(fixture.challenge("dave").await, NewPassword);
    assert_eq!(new.required_attributes(), ["family_name"]);
    assert_eq!(new.user_attributes().email(), Some("dave@example.com"));

    let attributes = |name: &str| [("family_name", name)].into_iter().collect();
    let refused = new.respond("short").attributes(attributes("Smith")).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::InvalidPassword);
    let sent = fixture.wire.seen("RespondToAuthChallenge").len();
    let refused = refused.retry().unwrap().respond("Better-horse2").await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::InvalidParameter);
    assert!(refused.to_string().contains("family_name"), "{refused}");
    assert_eq!(fixture.wire.seen("RespondToAuthChallenge").len(), sent, "the client can see it");

    let new = refused.retry().unwrap();
    let session = done(new.respond("Better-horse2").attributes(attributes("Smith")).await.unwrap());
    assert_eq!(session.user().await.unwrap().attribute("family_name"), Some("Smith"));
    let old = fixture.pool.sign_in("dave").password(PASSWORD).await.unwrap_err();
    assert_eq!(old.kind(), ErrorKind::BadCredentials);
    done(fixture.pool.sign_in("dave").password("Better-horse2").await.unwrap());
}

#[tokio::test]
async fn temporary_password_expires() {
    let fixture = Fixture::new(PoolSettings::default());
    let input = json!({ "Username": "erin", "TemporaryPassword": PASSWORD });
    fixture.admin("AdminCreateUser", input);
    fixture.advance(7 * 86_400);
    let error = fixture.pool.sign_in("erin").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TemporaryPasswordExpired);
}

#[tokio::test]
async fn second_factor_is_set_up_during_a_sign_in() {
    let fixture = Fixture::new(PoolSettings::default().mfa(Mfa::Required));
    fixture.register("frank").await;
    let setup = expect_challenge!(fixture.challenge("frank").await, MfaSetup);
    assert_eq!(setup.options(), ["SOFTWARE_TOKEN_MFA"]);
    let setup = setup.associate_software_token().await.unwrap();
    let secret = setup.secret().clone();
    let refused = setup.respond(fixture.wrong_app_code(&secret)).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::CodeMismatch);
    let setup = refused.retry().unwrap();
    done(setup.respond(fixture.app_code(&secret)).device_name("phone").await.unwrap());

    fixture.advance(30);
    let mfa = expect_challenge!(fixture.challenge("frank").await, SoftwareToken);
    done(mfa.respond(fixture.app_code(&secret)).await.unwrap());
}

#[tokio::test]
async fn set_up_with_a_lost_last_response_needs_no_new_code() {
    let fixture = Fixture::new(PoolSettings::default().mfa(Mfa::Required));
    fixture.register("grace").await;
    let setup = expect_challenge!(fixture.challenge("grace").await, MfaSetup);
    let setup = setup.associate_software_token().await.unwrap();
    let code = fixture.app_code(setup.secret());
    fixture.wire.on("RespondToAuthChallenge", Action::Unreachable);
    let refused = setup.respond(code.as_str()).await.unwrap_err();
    assert!(refused.error().is_transient() && !refused.maybe_taken(), "nothing was sent");
    fixture.wire.heal();
    done(refused.retry().unwrap().respond(code).await.unwrap());
}

#[tokio::test]
async fn challenge_expires_at_its_deadline() {
    let (fixture, secret) = with_app("heidi").await;
    let challenge = fixture.challenge("heidi").await;
    let now = cognito::types::Clock::now(&*fixture.local.clock());
    let left = challenge.deadline().duration_since(now).unwrap().as_secs();
    assert!((178..=180).contains(&left), "{left} s");
    let mfa = expect_challenge!(challenge, SoftwareToken);
    fixture.advance(180);
    let refused = mfa.respond(fixture.app_code(&secret)).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::ChallengeExpired);
    assert_eq!(refused.retry().unwrap_err().kind(), ErrorKind::ChallengeExpired);
}

#[tokio::test]
async fn lost_response_may_have_been_accepted() {
    let (fixture, secret) = with_app("ivan").await;
    fixture.advance(30);
    let mfa = expect_challenge!(fixture.challenge("ivan").await, SoftwareToken);
    fixture.wire.on("RespondToAuthChallenge", Action::LoseResponse);
    let refused = mfa.respond(fixture.app_code(&secret)).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::Transport);
    assert!(refused.maybe_taken());
    fixture.wire.heal();
    // It was accepted: the Session is used up, which the second attempt reports.
    let refused = refused.retry().unwrap().respond(fixture.app_code(&secret)).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::ChallengeExpired);
}

#[tokio::test]
async fn throttling_returns_the_challenge() {
    let (fixture, secret) = with_app("judy").await;
    fixture.advance(30);
    let mfa = expect_challenge!(fixture.challenge("judy").await, SoftwareToken);
    let throttled = Action::refusal("TooManyRequestsException", "Rate exceeded");
    fixture.wire.on("RespondToAuthChallenge", throttled);
    let refused = mfa.respond(fixture.app_code(&secret)).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::Throttled);
    assert!(refused.error().is_transient() && !refused.maybe_taken());
    fixture.wire.heal();
    done(refused.retry().unwrap().respond(fixture.app_code(&secret)).await.unwrap());
}

#[tokio::test]
async fn unknown_challenge_loses_nothing() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("mallory").await;
    let body = json!({
        "ChallengeName": "IRIS_SCAN",
        "Session": "session-of-the-future-challenge",
        "ChallengeParameters": { "EYE": "left", "USERNAME": "uuid-of-mallory" },
        "MemberOfTheFuture": { "x": [1, 2] }
    });
    fixture.wire.on("InitiateAuth", Action::Respond(200, body.to_string()));
    let other = expect_challenge!(fixture.challenge("mallory").await, Other);
    assert_eq!(other.name(), "IRIS_SCAN");
    assert_eq!(other.parameters()["EYE"], "left");
    let session = other.session().unwrap().expose_secret();
    assert_eq!(session, "session-of-the-future-challenge");

    let response = BTreeMap::from([("SCAN".to_owned(), "bits".to_owned())]);
    let refused = other.respond(response).await.unwrap_err();
    // The model of the emulator has no challenge with this name.
    assert_eq!(refused.error().kind(), ErrorKind::InvalidParameter);
    let sent: Value =
        serde_json::from_str(&fixture.wire.seen("RespondToAuthChallenge")[0].body).unwrap();
    assert_eq!(sent["ChallengeName"], "IRIS_SCAN");
    assert_eq!(sent["Session"], "session-of-the-future-challenge");
    let responses = json!({ "USERNAME": "uuid-of-mallory", "SCAN": "bits" });
    assert_eq!(sent["ChallengeResponses"], responses);
}

#[tokio::test]
async fn rejected_challenge_converts_into_its_error() {
    let (fixture, secret) = with_app("niaj").await;
    fixture.advance(30);
    let mfa = expect_challenge!(fixture.challenge("niaj").await, SoftwareToken);
    let code = fixture.wrong_app_code(&secret);
    let attempt = async || -> Result<(), cognito::Error> {
        let _session = mfa.respond(code).await?;
        Ok(())
    };
    assert_eq!(attempt().await.unwrap_err().kind(), ErrorKind::CodeMismatch);
}
