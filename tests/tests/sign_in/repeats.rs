//! The number of attempts of requests, and responses that are invalid, late or of a newer version.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use cognito::account::{Attributes, MfaPreference};
use cognito::admin::ExternalIdentity;
use cognito::sign_in::{DEFAULT_ATTEMPT_TIMEOUT, FirstFactor, Retries};
use cognito::{Challenge, ErrorKind, UserPool};
use cognito_tests::fixture::{PASSWORD, admin_config, challenge};
use cognito_tests::recorder::{Recorder, challenge_json};
use serde_json::json;
use wiremock::ResponseTemplate;

#[tokio::test]
async fn request_that_may_have_taken_effect_is_not_retried() {
    let server = Recorder::start().await;
    server.respond("InitiateAuth", challenge_json("SMS_MFA", json!({})));
    let pool = server.client().build().unwrap();
    for operation in ["SignUp", "ConfirmSignUp", "ForgotPassword", "RespondToAuthChallenge"] {
        server.refuse(operation, "InternalErrorException", "");
    }
    let mut kinds = vec![
        pool.sign_up("alice").password(PASSWORD).await.unwrap_err().kind(),
        pool.confirm_sign_up("alice", "123456").await.unwrap_err().kind(),
        pool.forgot_password("alice").await.unwrap_err().kind(),
    ];
    let step = pool.sign_in("alice").password_over_the_wire(PASSWORD).await.unwrap();
    let Challenge::SmsMfa(mfa) = challenge(step) else { panic!("no code is asked for") };
    let refused = mfa.respond("123456").await.unwrap_err();
    assert!(refused.maybe_taken());
    kinds.push(refused.error().kind());
    assert_eq!(kinds, [ErrorKind::Service; 4]);
    for operation in ["SignUp", "ConfirmSignUp", "ForgotPassword", "RespondToAuthChallenge"] {
        assert_eq!(server.count(operation).await, 1, "{operation}");
    }
}

#[tokio::test]
async fn administrator_request_that_may_have_taken_effect_is_not_retried() {
    let server = Recorder::start().await;
    let operations = [
        "AdminDeleteSoftwareToken",
        "AdminDisableProviderForUser",
        "AdminForgetDevice",
        "AdminLinkProviderForUser",
        "AdminSetUserPassword",
    ];
    for operation in operations {
        server.refuse(operation, "InternalErrorException", "");
    }
    let (admin, google) = (server.admin(), ExternalIdentity::by_subject("Google", "1"));
    let bob = admin.user("bob");
    bob.delete_software_token().await.unwrap_err();
    admin.unlink(&google).await.unwrap_err();
    bob.forget_device("eu-west-1_0f1e").await.unwrap_err();
    bob.link(&google).await.unwrap_err();
    bob.set_password(PASSWORD).await.unwrap_err();
    for operation in operations {
        assert_eq!(server.count(operation).await, 1, "{operation}");
    }
}

#[tokio::test]
async fn deletion_that_is_refused_because_it_is_done_is_a_success() {
    let server = Recorder::start().await;
    let missing = "The passkey does not exist.";
    server.refuse("DeleteWebAuthnCredential", "InternalErrorException", "");
    server.refuse("DeleteWebAuthnCredential", "ResourceNotFoundException", missing);
    let session = server.session().await;
    session.delete_passkey("an id").await.unwrap();
    assert_eq!(server.count("DeleteWebAuthnCredential").await, 2);
    session.delete_passkey("another id").await.unwrap_err();
    session.delete_passkey("an id").await.unwrap_err();
}

#[tokio::test]
async fn throttled_request_is_retried() {
    let server = Recorder::start().await;
    server.refuse("SignUp", "TooManyRequestsException", "Rate exceeded");
    server.respond("SignUp", json!({ "UserSub": "sub", "UserConfirmed": true }));
    let pool = server.client().build().unwrap();
    let signed_up = pool.sign_up("alice").password(PASSWORD).await.unwrap();
    assert!(signed_up.is_confirmed());
    assert_eq!(server.count("SignUp").await, 2);
}

#[tokio::test]
async fn lasting_throttling_returns_the_time_to_wait() {
    let server = Recorder::start().await;
    let body = json!({ "__type": "TooManyRequestsException", "message": "Rate exceeded" });
    let refusal = ResponseTemplate::new(400).set_body_json(body);
    let refusal = refusal.insert_header("x-amzn-errortype", "TooManyRequestsException:");
    server.respond_with("GetUser", refusal.insert_header("retry-after", "7"));
    let error = server.session().await.user().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(error.is_transient() && !error.ends_session());
}

#[tokio::test]
async fn a_start_over_srp_may_be_repeated() {
    let server = Recorder::start().await;
    server.refuse("InitiateAuth", "InternalErrorException", "");
    server.respond("InitiateAuth", challenge_json("CUSTOM_CHALLENGE", json!({})));
    let pool = server.client().build().unwrap();
    assert!(pool.sign_in("alice").password(PASSWORD).await.is_ok());
    assert_eq!(server.count("InitiateAuth").await, 2);
}

#[tokio::test]
async fn a_start_that_may_send_a_code_is_not_repeated() {
    let server = Recorder::start().await;
    server.refuse("InitiateAuth", "InternalErrorException", "");
    let sign_in =
        server.client().build().unwrap().sign_in("alice").first_factor(FirstFactor::EmailOtp);
    assert_eq!(sign_in.await.unwrap_err().kind(), ErrorKind::Service);
    assert_eq!(server.count("InitiateAuth").await, 1);
}

#[tokio::test]
async fn unknown_fields_are_ignored_and_invalid_responses_are_errors() {
    let server = Recorder::start().await;
    let mut future = challenge_json("CUSTOM_CHALLENGE", json!({}));
    future["AFieldOfTheFuture"] = json!({ "deep": [1, 2, 3] });
    server.respond("InitiateAuth", future);
    let pool = server.client().build().unwrap();
    assert!(pool.sign_in("alice").custom().await.is_ok());
    for body in ["", "{", "[]", "null", "{\"ChallengeName\":7}", "{}", "<html>"] {
        let server = Recorder::start().await;
        let broken = ResponseTemplate::new(200).set_body_string(body);
        server.respond_with("InitiateAuth", broken);
        let pool = server.client().build().unwrap();
        let error = pool.sign_in("alice").custom().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service, "{body}");
    }
}

/// A configuration with one timeout does not change the others, also for administrators.
#[tokio::test(start_paused = true)]
async fn timeouts_that_are_not_set_have_defaults() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let timeouts = aws_smithy_types::timeout::TimeoutConfig::builder();
    let timeouts = timeouts.connect_timeout(Duration::from_secs(60)).build();
    let config = admin_config().into_builder().timeout_config(timeouts).build();
    let id = "eu-west-1_Ab12Cd34E".parse().unwrap();
    let pool =
        UserPool::builder(id, "client").endpoint(address).sdk_config(&config).build().unwrap();
    let error = pool.forgot_password("alice").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    let error = pool.admin(&config).user("alice").devices().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn of_two_secrets_the_other_is_tried_for_every_operation() {
    let server = Recorder::start().await;
    server.refuse("RevokeToken", "UnauthorizedException", "Invalid client secret.");
    server.respond("RevokeToken", json!({}));
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let pool = server.client().client_secret_from(move |_| {
        let nth = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move { Ok::<_, Infallible>(format!("secret {nth}").into()) }
    });
    pool.build().unwrap().revoke(&"a refresh token".into()).await.unwrap();
    let secrets: Vec<_> = server.requests().await.into_iter().map(|sent| sent.body).collect();
    assert_eq!(secrets[0]["ClientSecret"], "secret 0");
    assert_eq!(secrets[1]["ClientSecret"], "secret 1");
}

#[tokio::test]
async fn hanging_server_causes_a_timeout() {
    let server = Recorder::start().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(3600));
    server.respond_with("ForgotPassword", late);
    let timeouts = aws_smithy_types::timeout::TimeoutConfig::builder();
    let timeouts = timeouts.operation_timeout(Duration::from_millis(50)).build();
    let config = aws_types::SdkConfig::builder().timeout_config(timeouts).build();
    let pool = server.client().sdk_config(&config).build().unwrap();
    let start = Instant::now();
    let error = pool.forgot_password("alice").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(start.elapsed() < Duration::from_secs(1800));
}

#[tokio::test]
async fn read_timeout_of_an_sdk_configuration_limits_users_and_administrators() {
    let server = Recorder::start().await;
    for operation in ["ForgotPassword", "AdminConfirmSignUp"] {
        let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(3600));
        server.respond_with(operation, late);
    }
    let timeouts = aws_smithy_types::timeout::TimeoutConfig::builder();
    let timeouts = timeouts.read_timeout(Duration::from_millis(50)).build();
    let config = admin_config().into_builder().timeout_config(timeouts).build();
    let pool = server.client().sdk_config(&config).build().unwrap();
    let start = Instant::now();
    let user = pool.forgot_password("alice").await.unwrap_err();
    let admin = pool.admin(&config).user("alice").confirm_sign_up().await.unwrap_err();
    assert_eq!([user.kind(), admin.kind()], [ErrorKind::Transport; 2]);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// Sends every operation of a signed-in user to a failing server, and returns the number of
/// attempts of each.
async fn attempts_of_a_session(server: &Recorder, retries: Retries) -> Vec<(&'static str, usize)> {
    let session = server.session_with(|builder| builder.retries(retries)).await;
    let values = [("name", "Alice")].into_iter().collect();
    drop(session.user().await.unwrap_err());
    drop(session.update_attributes(&values).await.unwrap_err());
    drop(session.delete_attributes(["name"]).await.unwrap_err());
    drop(session.send_attribute_code("email").await.unwrap_err());
    drop(session.verify_attribute("email", "123456").await.unwrap_err());
    drop(session.change_password(PASSWORD, "Better-horse2").await.unwrap_err());
    drop(session.associate_software_token().await.unwrap_err());
    drop(session.verify_software_token("123456").await.unwrap_err());
    drop(session.set_mfa_preference(MfaPreference::default()).await.unwrap_err());
    drop(session.auth_factors().await.unwrap_err());
    drop(session.devices().await.unwrap_err());
    drop(session.device_details("us-east-1_0f1e").await.unwrap_err());
    drop(session.remember_device("us-east-1_0f1e", true).await.unwrap_err());
    drop(session.start_passkey_registration().await.unwrap_err());
    drop(session.passkeys().await.unwrap_err());
    drop(session.user_sessions().await.unwrap_err());
    drop(session.revoke_user_session("an id").await.unwrap_err());
    drop(session.forget_device("us-east-1_0f1e").await.unwrap_err());
    drop(session.delete_passkey("an id").await.unwrap_err());
    drop(session.clone().sign_out_everywhere().await.unwrap_err());
    drop(session.clone().delete_account().await.unwrap_err());
    drop(session.refresh().await.unwrap_err());
    drop(session.sign_out().await.unwrap_err());
    let mut counts = Vec::new();
    for (operation, _) in OF_A_SESSION {
        counts.push((operation, server.count(operation).await));
    }
    counts
}

/// The number of attempts of each operation of a signed-in user with a failing server.
const OF_A_SESSION: [(&str, usize); 23] = [
    ("GetUser", 3),
    ("UpdateUserAttributes", 1),
    ("DeleteUserAttributes", 3),
    ("GetUserAttributeVerificationCode", 1),
    ("VerifyUserAttribute", 1),
    ("ChangePassword", 1),
    ("AssociateSoftwareToken", 3),
    ("VerifySoftwareToken", 1),
    ("SetUserMFAPreference", 3),
    ("GetUserAuthFactors", 3),
    ("ListDevices", 3),
    ("GetDevice", 3),
    ("UpdateDeviceStatus", 3),
    ("StartWebAuthnRegistration", 3),
    ("ListWebAuthnCredentials", 3),
    ("ListUserSessions", 3),
    ("RevokeUserSession", 1),
    ("ForgetDevice", 3),
    ("DeleteWebAuthnCredential", 3),
    ("GlobalSignOut", 3),
    ("DeleteUser", 3),
    ("GetTokensFromRefreshToken", 2),
    ("RevokeToken", 3),
];

#[tokio::test]
async fn each_operation_of_a_session_is_sent_as_often_as_the_table_and_the_retries_allow() {
    let at_once = Retries::default().first_pause(Duration::ZERO);
    for (retries, limit) in [(at_once, 3), (Retries::none(), 1)] {
        let server = Recorder::start().await;
        for (operation, _) in OF_A_SESSION {
            server.refuse(operation, "InternalErrorException", "");
        }
        let expected = OF_A_SESSION.map(|(operation, count)| (operation, count.min(limit)));
        assert_eq!(attempts_of_a_session(&server, retries).await, expected);
    }
}

/// The operations whose rejection shows an earlier effect.
const UNTIL_KNOWN: [&str; 4] =
    ["DeleteUser", "DeleteWebAuthnCredential", "ForgetDevice", "GlobalSignOut"];

#[tokio::test]
async fn all_attempts_of_a_request_have_one_time_limit() {
    let server = Recorder::start().await;
    for operation in UNTIL_KNOWN {
        let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(3600));
        server.respond_with(operation, late);
    }
    let limit = Duration::from_millis(300);
    let session = server.session_with(|builder| builder.operation_timeout(limit)).await;
    let start = Instant::now();
    drop(session.forget_device("us-east-1_0f1e").await.unwrap_err());
    drop(session.delete_passkey("an id").await.unwrap_err());
    drop(session.clone().sign_out_everywhere().await.unwrap_err());
    drop(session.delete_account().await.unwrap_err());
    // Without the limit, the request would wait for the timeout of its first attempt.
    let elapsed = start.elapsed();
    assert!(elapsed >= 4 * limit && elapsed < DEFAULT_ATTEMPT_TIMEOUT, "{elapsed:?}");
    for operation in UNTIL_KNOWN {
        assert_eq!(server.count(operation).await, 1, "{operation}");
    }
}

#[tokio::test]
async fn the_time_of_one_request_replaces_that_of_the_pool() {
    let server = Recorder::start().await;
    let late = || ResponseTemplate::new(200).set_delay(Duration::from_secs(3600));
    let operations =
        ["ForgotPassword", "InitiateAuth", "UpdateUserAttributes", "DeleteUserAttributes"];
    for operation in operations {
        server.respond_with(operation, late());
    }
    let (pool, session) = (server.client().build().unwrap(), server.session().await);
    let time = Duration::from_millis(50);
    let values: Attributes = [("name", "Alice")].into_iter().collect();
    let (set, removed) = (values.changes(&Attributes::new()), Attributes::new().changes(&values));
    let start = Instant::now();
    let kinds = [
        pool.forgot_password("alice").timeout(time).await.unwrap_err().kind(),
        pool.sign_in("alice").custom().timeout(time).await.unwrap_err().kind(),
        session.update_attributes(&values).timeout(time).await.unwrap_err().kind(),
        session.save_attributes(&set).timeout(time).await.unwrap_err().kind(),
        session.save_attributes(&removed).timeout(time).await.unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::Transport; 5]);
    // The pool's limit for one attempt is longer.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test]
async fn analytics_accompany_each_request_that_takes_them() {
    let server = Recorder::start().await;
    server.respond("SignUp", json!({ "UserSub": "sub", "UserConfirmed": true }));
    server.respond("InitiateAuth", challenge_json("CUSTOM_CHALLENGE", json!({})));
    let pool = server.client().build().unwrap();
    pool.sign_up("alice").password(PASSWORD).analytics("endpoint").await.unwrap();
    pool.confirm_sign_up("alice", "123456").analytics("endpoint").await.unwrap();
    pool.forgot_password("alice").analytics("endpoint").await.unwrap();
    drop(pool.sign_in("alice").custom().analytics("endpoint").await.unwrap());
    for operation in ["SignUp", "ConfirmSignUp", "ForgotPassword", "InitiateAuth"] {
        let metadata = server.only(operation).await["AnalyticsMetadata"].clone();
        assert_eq!(metadata, json!({ "AnalyticsEndpointId": "endpoint" }), "{operation}");
    }
}
