//! Responses of users to challenges: with whitespace, empty, malformed, or late.

use std::sync::Arc;
use std::time::Duration;

use cognito::account::{Factor, MfaPreference, SoftwareTokenAssociation};
use cognito::session::SessionError;
use cognito::sign_in::{ChallengeKind, SavedChallenge};
use cognito::types::Clock;
use cognito::{Challenge, ErrorKind, Fault, MemoryStore, SignIn};
use cognito_emulator::{Mfa, PoolSettings, TestClock};
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, PASSWORD, challenge, done};
use cognito_tests::interposer::Action;
use cognito_tests::recorder::{Recorder, challenge_json};
use serde_json::{Value, json};

const RESPOND: &str = "RespondToAuthChallenge";

/// Returns a server whose sign-in has a challenge, and the challenge.
async fn led_to(name: &str, parameters: Value) -> (Recorder, Challenge) {
    let server = Recorder::start().await;
    let mut body = challenge_json(name, parameters);
    if name == "SELECT_CHALLENGE" {
        body["AvailableChallenges"] = json!(["EMAIL_OTP", "PASSWORD_SRP", "SOFTWARE_TOKEN"]);
    }
    server.respond("InitiateAuth", body);
    server.respond(RESPOND, challenge_json("A_CHALLENGE_OF_THE_FUTURE", json!({})));
    let pool = server.client().build().unwrap();
    let step = pool.sign_in("alice").custom().await.unwrap();
    (server, challenge(step))
}

fn choices() -> Value {
    json!({ "MFAS_CAN_CHOOSE": "[\"SMS_MFA\",\"EMAIL_OTP\"]" })
}

#[tokio::test]
async fn text_response_works_for_every_challenge_with_a_text() {
    let assertion = json!({
        "id": "AQID", "rawId": "AQID", "type": "public-key", "clientExtensionResults": {},
        "response": { "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "MAA" },
    });
    let assertion = assertion.to_string();
    let cases = [
        ("SOFTWARE_TOKEN_MFA", " 123 456\n", "SOFTWARE_TOKEN_MFA_CODE", "123456"),
        ("SMS_MFA", "123\u{a0}456", "SMS_MFA_CODE", "123456"),
        ("EMAIL_OTP", "1234 5678", "EMAIL_OTP_CODE", "12345678"),
        ("SMS_OTP", "\t12345678", "SMS_OTP_CODE", "12345678"),
        ("CUSTOM_CHALLENGE", " a towel ", "ANSWER", " a towel "),
        ("NEW_PASSWORD_REQUIRED", " Better horse2", "NEW_PASSWORD", " Better horse2"),
        ("PASSWORD", PASSWORD, "PASSWORD", PASSWORD),
        ("SELECT_CHALLENGE", "EMAIL_OTP", "ANSWER", "EMAIL_OTP"),
        ("SELECT_CHALLENGE", "SOFTWARE_TOKEN", "ANSWER", "SOFTWARE_TOKEN"),
        ("SELECT_MFA_TYPE", "SMS_MFA", "ANSWER", "SMS_MFA"),
        ("WEB_AUTHN", &assertion, "CREDENTIAL", &assertion),
    ];
    for (name, text, parameter, sent) in cases {
        let (server, challenge) = led_to(name, choices()).await;
        assert!(challenge.kind().takes_text() && !challenge.question().is_empty(), "{name}");
        let _next = challenge.respond(text).await.unwrap();
        let responses = server.only(RESPOND).await["ChallengeResponses"].clone();
        if name == "WEB_AUTHN" {
            let json: Value = serde_json::from_str(responses[parameter].as_str().unwrap()).unwrap();
            assert_eq!(json["id"], "AQID");
        } else {
            assert_eq!(responses[parameter], sent, "{name}");
        }
    }
    let (server, srp) = led_to("PASSWORD_SRP", json!({})).await;
    let _next = srp.respond(PASSWORD).await.unwrap();
    assert!(!server.only(RESPOND).await.to_string().contains(PASSWORD), "it is proven, not sent");
}

#[tokio::test]
async fn client_metadata_is_sent_with_a_response_and_later_ones() {
    let (server, first) = led_to("CUSTOM_CHALLENGE", json!({})).await;
    let next = first.respond("red").client_metadata("step", "1").await.unwrap();
    let Challenge::Other(other) = challenge(next) else { panic!("not the challenge that came") };
    let _next = other.respond(Default::default()).client_metadata("from", "web").await.unwrap();
    let sent: Vec<_> = server.sent(RESPOND).await;
    let metadata: Vec<_> = sent.iter().map(|request| &request["ClientMetadata"]).collect();
    assert_eq!(metadata, [&json!({ "step": "1" }), &json!({ "step": "1", "from": "web" })]);
}

#[tokio::test]
async fn code_challenge_has_its_kind_of_code() {
    for (name, kind) in [
        ("SOFTWARE_TOKEN_MFA", ChallengeKind::SoftwareToken),
        ("SMS_MFA", ChallengeKind::SmsMfa),
        ("EMAIL_OTP", ChallengeKind::EmailOtp),
        ("SMS_OTP", ChallengeKind::SmsOtp),
    ] {
        let parameters =
            json!({ "CODE_DELIVERY_DESTINATION": "a***", "FRIENDLY_DEVICE_NAME": "phone" });
        let (_server, challenge) = led_to(name, parameters).await;
        assert_eq!((challenge.kind(), challenge.save().kind()), (kind, kind));
        assert_eq!((challenge.question(), challenge.save().name()), (kind.question(), name));
        let (Challenge::SoftwareToken(code)
        | Challenge::SmsMfa(code)
        | Challenge::EmailOtp(code)
        | Challenge::SmsOtp(code)) = challenge
        else {
            panic!("{name} is no challenge for a code")
        };
        assert_eq!((code.kind(), code.destination()), (kind, Some("a***")));
        assert_eq!(code.device_name(), Some("phone"));
        assert_eq!(Challenge::from(code).kind(), kind, "a conversion keeps the kind");
    }
}

#[tokio::test]
async fn empty_password_with_attributes_is_not_sent() {
    let required = json!({ "requiredAttributes": "[\"userAttributes.name\"]" });
    let (server, asked) = led_to("NEW_PASSWORD_REQUIRED", required).await;
    let new = expect_challenge!(asked, NewPassword);
    let given = || [("name", "Al")].into_iter().collect();
    let refused = new.respond("").attributes(given()).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::InvalidPassword);
    let refused = refused.retry().unwrap().respond(PASSWORD).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::InvalidParameter);
    assert_eq!(server.count(RESPOND).await, 0);
    let _next = refused.retry().unwrap().respond(PASSWORD).attributes(given()).await.unwrap();
    let responses = server.only(RESPOND).await["ChallengeResponses"].clone();
    assert_eq!(
        (&responses["NEW_PASSWORD"], &responses["userAttributes.name"]),
        (&json!(PASSWORD), &json!("Al"))
    );
}

#[tokio::test]
async fn empty_and_impossible_responses_are_not_sent() {
    let empty = [
        ("SOFTWARE_TOKEN_MFA", ErrorKind::CodeMismatch),
        ("SMS_MFA", ErrorKind::CodeMismatch),
        ("EMAIL_OTP", ErrorKind::CodeMismatch),
        ("SMS_OTP", ErrorKind::CodeMismatch),
        ("PASSWORD_SRP", ErrorKind::BadCredentials),
        ("PASSWORD", ErrorKind::BadCredentials),
        ("NEW_PASSWORD_REQUIRED", ErrorKind::InvalidPassword),
        ("CUSTOM_CHALLENGE", ErrorKind::InvalidParameter),
        ("SELECT_CHALLENGE", ErrorKind::InvalidParameter),
        ("SELECT_MFA_TYPE", ErrorKind::InvalidParameter),
        ("WEB_AUTHN", ErrorKind::InvalidParameter),
    ];
    for (name, kind) in empty {
        let (server, challenge) = led_to(name, choices()).await;
        let refused = challenge.respond("").await.unwrap_err();
        assert_eq!((refused.error().kind(), refused.error().fault()), (kind, Fault::User));
        assert!(!refused.maybe_taken());
        assert_eq!(refused.retry().unwrap().name(), name);
        assert_eq!(server.count(RESPOND).await, 0, "{name}");
    }
    for (name, text) in
        [("SMS_MFA", " \n"), ("SELECT_MFA_TYPE", "PIGEON"), ("SELECT_CHALLENGE", "PIGEON")]
    {
        let (server, challenge) = led_to(name, choices()).await;
        assert_eq!(challenge.respond(text).await.unwrap_err().retry().unwrap().name(), name);
        assert_eq!(server.count(RESPOND).await, 0, "{name}");
    }
    for (name, text) in
        [("MFA_SETUP", "a@b.io"), ("IRIS_SCAN", "x"), ("SELECT_CHALLENGE", "PASSWORD_SRP")]
    {
        let (server, challenge) = led_to(name, json!({})).await;
        let refused = challenge.respond(text).await.unwrap_err();
        assert_eq!(refused.error().kind(), ErrorKind::Unsupported);
        assert_eq!(refused.retry().unwrap().name(), name);
        assert_eq!(server.count(RESPOND).await, 0, "{name}");
    }
}

#[tokio::test]
async fn confirmation_codes_are_trimmed_and_must_not_be_empty() {
    let server = Recorder::start().await;
    let session = server.session().await;
    let pool = server.client().build().unwrap();
    server.respond("VerifySoftwareToken", json!({ "Status": "SUCCESS" }));
    for code in ["", " \n"] {
        let errors = [
            pool.confirm_sign_up("alice", code).await.map(drop),
            pool.confirm_forgot_password("alice", code, PASSWORD).await,
            session.verify_attribute("email", code).await,
            session.verify_software_token(code).await,
        ];
        for error in errors {
            assert_eq!(error.unwrap_err().kind(), ErrorKind::CodeMismatch);
        }
    }
    assert!(server.requests().await.is_empty());
    let code = "123\u{2009}456\r\n";
    pool.confirm_sign_up("alice", code).await.unwrap();
    pool.confirm_forgot_password("alice", code, PASSWORD).await.unwrap();
    session.verify_attribute("email", code).await.unwrap();
    session.verify_software_token(code).await.unwrap();
    for (operation, member) in [
        ("ConfirmSignUp", "ConfirmationCode"),
        ("ConfirmForgotPassword", "ConfirmationCode"),
        ("VerifyUserAttribute", "Code"),
        ("VerifySoftwareToken", "UserCode"),
    ] {
        assert_eq!(server.only(operation).await[member], "123456", "{operation}");
    }
}

#[tokio::test]
async fn rejections_with_a_usable_session_return_the_challenge() {
    for (exception, message) in [
        ("InvalidParameterException", "1 validation error detected: Value at 'x' failed"),
        ("CodeMismatchException", "Invalid code"),
        ("AliasExistsException", "An account with the given email already exists."),
        ("ForbiddenException", "Request not allowed"),
        ("TooManyRequestsException", "Rate exceeded"),
    ] {
        let server = Recorder::start().await;
        server.respond("InitiateAuth", challenge_json("SMS_MFA", json!({})));
        server.refuse(RESPOND, exception, message);
        let pool = server.client().build().unwrap();
        let step = pool.sign_in("alice").custom().await.unwrap();
        assert!(
            challenge(step).respond("123456").await.unwrap_err().retry().is_ok(),
            "{exception}"
        );
    }
    for message in ["Incorrect username or password.", "Invalid session for the user."] {
        let server = Recorder::start().await;
        server.respond("InitiateAuth", challenge_json("SMS_MFA", json!({})));
        server.refuse(RESPOND, "NotAuthorizedException", message);
        let pool = server.client().build().unwrap();
        let step = pool.sign_in("alice").custom().await.unwrap();
        assert!(challenge(step).respond("123456").await.unwrap_err().retry().is_err(), "{message}");
    }
}

#[tokio::test]
async fn a_malformed_first_code_keeps_the_key_that_was_scanned() {
    let fixture = Fixture::new(PoolSettings::default().mfa(Mfa::Required));
    fixture.register("alice").await;
    let set_up = expect_challenge!(fixture.challenge("alice").await, MfaSetup);
    let mut set_up = set_up.associate_software_token().await.unwrap();
    for code in ["12345", "1234567", "abcdef", ""] {
        let refused = set_up.respond(code).await.unwrap_err();
        assert_eq!(refused.error().fault(), Fault::User, "{code}: {refused:?}");
        set_up = refused.retry().unwrap();
    }
    let code = fixture.app_code(set_up.secret());
    let typed = format!("{} {}", &code[..3], &code[3..]);
    done(set_up.respond(typed).await.unwrap());
}

#[tokio::test]
async fn each_session_of_the_set_up_has_its_own_deadline() {
    let fixture = Fixture::new(PoolSettings::default().mfa(Mfa::Required));
    fixture.register("alice").await;
    let set_up = expect_challenge!(fixture.challenge("alice").await, MfaSetup);
    let first = set_up.deadline();
    fixture.advance(100);
    let set_up = set_up.associate_software_token().await.unwrap();
    let moved = set_up.deadline().duration_since(first).unwrap();
    assert!((Duration::from_secs(99)..Duration::from_secs(110)).contains(&moved), "{moved:?}");

    // The first deadline has passed, and the set-up continues from the saved state.
    fixture.advance(100);
    let saved = serde_json::to_string(&set_up.save()).unwrap();
    let saved: SavedChallenge = serde_json::from_str(&saved).unwrap();
    assert_eq!(saved.kind(), ChallengeKind::SoftwareTokenSetup);
    let code = fixture.app_code(set_up.secret());
    let resumed = fixture.pool.resume(saved).unwrap();
    done(resumed.respond(code).await.unwrap());
}

#[tokio::test]
async fn saved_challenge_continues_by_its_kind() {
    let fixture = Fixture::new(PoolSettings::default());
    let user = json!({ "Username": "bob", "TemporaryPassword": PASSWORD });
    fixture.admin("AdminCreateUser", user);
    let saved = fixture.challenge("bob").await.save();
    assert_eq!(saved.kind(), ChallengeKind::NewPassword);
    assert_eq!(saved.kind().question(), "new password");
    let resumed = fixture.pool.resume(saved).unwrap();
    let refused = resumed.respond("short").await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::InvalidPassword);
    let next = SignIn::from(refused.retry().unwrap());
    done(challenge(next).respond("Better-horse2").await.unwrap());
}

#[tokio::test]
async fn an_app_is_set_up_over_two_requests_of_a_web_server() {
    let store = Arc::new(MemoryStore::default());
    let settings = PoolSettings::default().mfa(Mfa::Optional);
    let shared = Arc::clone(&store);
    let fixture = Fixture::with(settings, |builder| builder.token_store(shared));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let secret = session.associate_software_token().await.unwrap().secret().clone();
    drop(session);

    let another = fixture.another_client(|builder| builder.token_store(store));
    let session = another.restore(&key).await.unwrap().unwrap();
    let wrong = session.verify_software_token(fixture.wrong_app_code(&secret)).await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::CodeMismatch);
    // The page shows the key again.
    let app = SoftwareTokenAssociation::resume(session.clone(), secret.expose_secret());
    assert!(app.otp_auth_uri("Example", "alice").expose_secret().starts_with("otpauth://"));
    let code = fixture.app_code(app.secret());
    session.verify_software_token(code).device_name("phone").await.unwrap();
    let preference = MfaPreference::default().software_token(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();
    let sent = fixture.wire.seen("VerifySoftwareToken");
    assert!(sent.last().unwrap().body.contains(r#""FriendlyDeviceName":"phone""#));
    let _mfa = expect_challenge!(fixture.challenge("alice").await, SoftwareToken);
}

#[tokio::test]
async fn wrong_clock_is_not_reported_as_a_wrong_password() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let ahead = Arc::new(TestClock::default());
    ahead.advance(Duration::from_secs(600));
    let pool = fixture.another_client(|builder| builder.clock(ahead));
    let session = done(pool.sign_in("alice").password(PASSWORD).await.unwrap());
    assert_eq!(session.username(), "alice");

    fixture.advance(1200);
    let behind = Arc::new(TestClock::default());
    assert!(behind.now() < fixture.local.clock().now());
    let pool = fixture.another_client(|builder| builder.clock(behind));
    let error = pool.sign_in("alice").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClockSkew, "{error:?}");
    assert!(error.session().is_some(), "its tokens are kept");
}

#[tokio::test]
async fn a_session_without_keys_has_the_name_that_the_service_uses() {
    let settings = PoolSettings::default()
        .pool_member("UsernameAttributes", json!(["email"]))
        .client_member("ExplicitAuthFlows", json!(["ALLOW_USER_PASSWORD_AUTH"]));
    let fixture = Fixture::new(settings);
    let address = "al@example.com";
    let sign_up = fixture.pool.sign_up(address).password(PASSWORD).await.unwrap();
    let code = fixture.local.code_for(sign_up.subject()).unwrap();
    fixture.pool.confirm_sign_up(address, code).await.unwrap();
    let pool = fixture.another_client(|builder| builder);
    fixture.wire.on("GetKeySet", Action::Unreachable);
    let sign_in = pool.sign_in(address).password_over_the_wire(PASSWORD);
    let error = sign_in.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    assert_eq!(error.session().unwrap().username(), sign_up.subject());
}

#[tokio::test]
async fn an_accepted_response_has_the_session_although_its_tokens_cannot_be_verified() {
    let fixture = Fixture::new(PoolSettings::default());
    let user = json!({ "Username": "bob", "TemporaryPassword": PASSWORD });
    fixture.admin("AdminCreateUser", user);
    let asked = expect_challenge!(fixture.challenge("bob").await, NewPassword);
    fixture.wire.on("GetKeySet", Action::Unreachable);
    let refused = asked.respond("Better-horse2").await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::KeysUnavailable);
    assert!(refused.session().is_some() && !refused.maybe_taken());
    let error = SessionError::from(refused);
    assert!(error.is_transient());
    fixture.wire.heal();
    fixture.advance(2);
    assert_eq!(error.session().unwrap().user().await.unwrap().username(), "bob");
}
