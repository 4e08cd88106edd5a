//! How often a request is sent, and what becomes of answers that are broken, late or from the
//! future.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use cognito::admin::ExternalIdentity;
use cognito::sign_in::FirstFactor;
use cognito::{Challenge, ErrorKind, UserPool};
use cognito_tests::fixture::{PASSWORD, admin_config, challenge};
use cognito_tests::recorder::{Recorder, asked};
use serde_json::json;
use wiremock::ResponseTemplate;

#[tokio::test]
async fn what_may_have_been_taken_is_not_sent_again() {
    let server = Recorder::start().await;
    server.answer("InitiateAuth", asked("SMS_MFA", json!({})));
    let pool = server.client().build().unwrap();
    for operation in ["SignUp", "ConfirmSignUp", "ForgotPassword", "RespondToAuthChallenge"] {
        server.refuse(operation, "InternalErrorException", "");
    }
    let mut kinds = vec![
        pool.sign_up("alice").password(PASSWORD).send().await.unwrap_err().kind(),
        pool.confirm_sign_up("alice", "123456").await.unwrap_err().kind(),
        pool.forgot_password("alice").await.unwrap_err().kind(),
    ];
    let step = pool.sign_in("alice").password_over_the_wire(PASSWORD).send().await.unwrap();
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
async fn what_an_administrator_would_do_twice_is_not_sent_again() {
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
async fn what_was_throttled_is_sent_again() {
    let server = Recorder::start().await;
    server.refuse("SignUp", "TooManyRequestsException", "Rate exceeded");
    server.answer("SignUp", json!({ "UserSub": "sub", "UserConfirmed": true }));
    let pool = server.client().build().unwrap();
    let signed_up = pool.sign_up("alice").password(PASSWORD).send().await.unwrap();
    assert!(signed_up.is_confirmed());
    assert_eq!(server.count("SignUp").await, 2);
}

#[tokio::test]
async fn a_lasting_throttling_says_how_long_to_wait() {
    let server = Recorder::start().await;
    let body = json!({ "__type": "TooManyRequestsException", "message": "Rate exceeded" });
    let refusal = ResponseTemplate::new(400).set_body_json(body);
    let refusal = refusal.insert_header("x-amzn-errortype", "TooManyRequestsException:");
    server.answer_with("GetUser", refusal.insert_header("retry-after", "7"));
    let error = server.session().await.user().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(error.is_transient() && !error.ends_session());
}

#[tokio::test]
async fn a_start_over_srp_may_be_repeated() {
    let server = Recorder::start().await;
    server.refuse("InitiateAuth", "InternalErrorException", "");
    server.answer("InitiateAuth", asked("CUSTOM_CHALLENGE", json!({})));
    let pool = server.client().build().unwrap();
    assert!(pool.sign_in("alice").password(PASSWORD).send().await.is_ok());
    assert_eq!(server.count("InitiateAuth").await, 2);
}

#[tokio::test]
async fn a_start_that_may_send_a_code_is_not_repeated() {
    let server = Recorder::start().await;
    server.refuse("InitiateAuth", "InternalErrorException", "");
    let sign_in =
        server.client().build().unwrap().sign_in("alice").first_factor(FirstFactor::EmailOtp);
    assert_eq!(sign_in.send().await.unwrap_err().kind(), ErrorKind::Service);
    assert_eq!(server.count("InitiateAuth").await, 1);
}

#[tokio::test]
async fn unknown_fields_are_passed_over_and_broken_answers_are_errors() {
    let server = Recorder::start().await;
    let mut future = asked("CUSTOM_CHALLENGE", json!({}));
    future["AFieldOfTheFuture"] = json!({ "deep": [1, 2, 3] });
    server.answer("InitiateAuth", future);
    let pool = server.client().build().unwrap();
    assert!(pool.sign_in("alice").custom().send().await.is_ok());
    for body in ["", "{", "[]", "null", "{\"ChallengeName\":7}", "{}", "<html>"] {
        let server = Recorder::start().await;
        let broken = ResponseTemplate::new(200).set_body_string(body);
        server.answer_with("InitiateAuth", broken);
        let pool = server.client().build().unwrap();
        let error = pool.sign_in("alice").custom().send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service, "{body}");
    }
}

/// A configuration that sets one time-out leaves the others as they are, also for administrators.
#[tokio::test(start_paused = true)]
async fn time_outs_that_are_not_set_are_there_nevertheless() {
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
    server.answer("RevokeToken", json!({}));
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
async fn a_server_that_hangs_is_not_waited_for() {
    let server = Recorder::start().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(3600));
    server.answer_with("ForgotPassword", late);
    let timeouts = aws_smithy_types::timeout::TimeoutConfig::builder();
    let timeouts = timeouts.operation_timeout(Duration::from_millis(50)).build();
    let config = aws_types::SdkConfig::builder().timeout_config(timeouts).build();
    let pool = server.client().sdk_config(&config).build().unwrap();
    let start = Instant::now();
    let error = pool.forgot_password("alice").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(start.elapsed() < Duration::from_secs(1800));
}
