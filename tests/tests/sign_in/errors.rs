//! The messages of errors, their audience, and the responsible party.

use std::error::Error as _;

use cognito::sign_in::{Retries, UserPoolBuilder};
use cognito::verify::VerifyError;
use cognito::{Admin, Error, ErrorKind, Fault, MemoryStore, UserPool, UserPoolId, UserPools};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD, admin_config};
use cognito_tests::recorder::{CLIENT, Recorder};
use serde_json::json;
use wiremock::ResponseTemplate;

fn pool_id() -> UserPoolId {
    "eu-west-1_Ab12Cd34E".parse().unwrap()
}

fn refused(set_up: impl FnOnce(UserPoolBuilder) -> UserPoolBuilder) -> Error {
    set_up(UserPool::builder(pool_id(), CLIENT)).build().unwrap_err()
}

#[test]
fn malformed_settings_are_refused_when_the_pool_is_built() {
    for url in ["localhost:4701", "not a url", "/path", "ftp://host", "http://"] {
        for (setting, error) in [
            ("endpoint", refused(|builder| builder.endpoint(url))),
            ("key set", refused(|builder| builder.jwks_uri(url))),
        ] {
            assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
            assert!(!error.is_transient());
            let message = error.to_string();
            assert!(message.contains(setting) && message.contains("http://"), "{message}");
        }
    }
    let region = refused(|builder| builder.region("no such")).to_string();
    assert!(region.contains("\"no such\" is not the name of a Region"), "{region}");
    let client = UserPool::builder(pool_id(), "").build().unwrap_err().to_string();
    assert!(client.contains("id of the app client is empty"), "{client}");
    let secret = refused(|builder| builder.client_secret("secret\n"));
    assert_eq!(secret.kind(), ErrorKind::Configuration);
    assert!(secret.to_string().contains("line break"), "{secret}");
}

#[tokio::test]
async fn a_malformed_endpoint_of_an_administrator_is_no_outage() {
    let config = |url: &str| {
        let config = admin_config().into_builder().endpoint_url(url);
        config.region(aws_types::region::Region::from_static("eu-west-1")).build()
    };
    let config = config("localhost:4701");
    let user = Admin::new(&config, pool_id()).user("alice").get().await.unwrap_err();
    let pools = UserPools::new(&config).list().await.unwrap_err();
    for error in [user, pools] {
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error:?}");
        assert!(error.to_string().contains("the endpoint must be a URL"), "{error}");
    }
}

#[tokio::test]
async fn a_report_of_an_unknown_client_names_everything_in_one_line() {
    let fixture = Fixture::new(PoolSettings::default());
    let pool = UserPool::builder(fixture.local.id(), "unknown")
        .endpoint(fixture.local.endpoint())
        .http_client(fixture.wire.clone())
        .build()
        .unwrap();
    let error = pool.sign_in("alice").password(PASSWORD).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the application or the pool is configured incorrectly; correct the settings",
        "short, and without text of the service"
    );
    let report = error.error().report();
    assert_eq!(report, format!("{error:?}"), "main prints it");
    let id = error.error().request_id().unwrap();
    let parts = ["Configuration", "InitiateAuth", "ResourceNotFoundException", "unknown", id];
    for part in parts {
        assert!(report.contains(part), "{part} is not in {report}");
    }
    assert!(!report.contains('\n') && !report.contains("Some("), "{report}");
}

#[tokio::test]
async fn an_error_of_a_session_has_the_report_and_the_cause_of_its_error() {
    let fixture = Fixture::new(PoolSettings::default());
    let tokens = fixture.signed_in("alice").await.into_tokens().await.unwrap();
    let elsewhere = Fixture::new(PoolSettings::default());
    let error = elsewhere.pool.session(tokens).await.unwrap_err();
    assert_eq!(error.report(), error.error().report());
    assert!(error.report().contains("InvalidToken"), "{}", error.report());
    let cause = error.source().unwrap().downcast_ref::<VerifyError>();
    assert!(cause.is_some(), "{error:?}");
}

#[tokio::test]
async fn invalid_user_input_is_the_users_fault() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let pool = &fixture.pool;
    let sign_up =
        |name: &str, email: &str| pool.sign_up(name).password(PASSWORD).attribute("email", email);
    let with = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
    let phone = with("phone_number", "12").into_iter().collect();
    let mut user = session.user().await.unwrap();
    user.set("email", "not an address");
    let errors = [
        ("address in a sign-up", sign_up("bob", "not an address").await.unwrap_err()),
        ("name with a space in a sign-up", sign_up("a b", "a@b.io").await.unwrap_err()),
        ("empty name in a sign-up", sign_up("", "a@b.io").await.unwrap_err()),
        ("phone number", session.update_attributes(&phone).await.unwrap_err()),
        ("address of a profile", user.save(&session).await.unwrap_err()),
        ("empty name", pool.sign_in("").password(PASSWORD).await.unwrap_err().into()),
        ("confirmation", pool.confirm_sign_up("a b", "123456").await.unwrap_err()),
        ("resent code", pool.resend_confirmation_code("a b").await.unwrap_err()),
        ("forgotten password", pool.forgot_password("").await.unwrap_err()),
        (
            "new password",
            pool.confirm_forgot_password("a b", "123456", "Better-horse2").await.unwrap_err(),
        ),
    ];
    for (input, error) in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{input}: {error:?}");
        assert_eq!(error.fault(), Fault::User, "{input}: {error:?}");
        assert_eq!(error.reason(), error.service_message(), "{input}");
        assert!(!error.public_message().contains("operator"), "{input}");
    }
}

#[tokio::test]
async fn invalid_values_of_the_application_are_its_fault() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let unknown = [("custom:unknown", "1")].into_iter().collect();
    let errors = [
        session.update_attributes(&unknown).await.unwrap_err(),
        fixture.pool.sign_in("alice").custom().await.unwrap_err().into(),
    ];
    for error in errors {
        assert_eq!(error.fault(), Fault::Application, "{error:?}");
        assert_eq!(error.reason(), None);
    }
}

#[tokio::test]
async fn confirmed_user_is_distinguished_from_a_wrong_parameter() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let resent = fixture.pool.resend_confirmation_code("alice").await.unwrap_err();
    assert_eq!(resent.kind(), ErrorKind::AlreadyConfirmed, "{resent:?}");
    let confirmed = fixture.pool.confirm_sign_up("alice", "123456").await.unwrap_err();
    assert_eq!(confirmed.kind(), ErrorKind::AlreadyConfirmed, "{confirmed:?}");
    // Users must not learn which accounts exist.
    let nobody = fixture.pool.resend_confirmation_code("nobody").await.unwrap_err();
    assert_eq!(resent.public_message(), nobody.public_message());
}

#[tokio::test]
async fn administrators_receive_the_reason() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("alice").await;
    let admin = fixture.administrator();
    let missing = admin.user("nobody").add_to_group("staff").await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::UserNotFound);
    assert_eq!(missing.public_message(), "the user does not exist; check the user name");
    let group = admin.user("alice").add_to_group("staff").await.unwrap_err();
    assert!(group.public_message().contains("does not exist"), "{group:?}");
    let taken = admin.create_user("alice").suppress_invitation().await.unwrap_err();
    let text = "the user name is already taken; choose another one";
    assert_eq!(taken.public_message(), text);
    let confirmed = admin.user("alice").confirm_sign_up().await.unwrap_err();
    let text = "the user has already confirmed the sign-up; sign in";
    assert_eq!(confirmed.public_message(), text);
}

#[tokio::test]
async fn messages_for_administrators_are_not_public() {
    let exceptions = [
        ("NotAuthorizedException", "Incorrect username or password."),
        ("UserNotFoundException", "User does not exist."),
        ("UserNotConfirmedException", "User is not confirmed."),
        ("UsernameExistsException", "User already exists"),
        ("AliasExistsException", "An account with the given email already exists."),
        ("CodeMismatchException", "Invalid code"),
        ("ExpiredCodeException", "Invalid code provided, please request a code again."),
        ("InvalidPasswordException", "Password did not conform with policy: x"),
        ("PasswordResetRequiredException", "Password reset required for the user"),
        ("LimitExceededException", "Attempt limit exceeded, please try after some time."),
        ("TooManyRequestsException", "Rate exceeded"),
        ("InvalidParameterException", "Invalid email address format."),
        ("ResourceNotFoundException", "Group not found."),
        ("UnsupportedUserStateException", "No."),
        ("UserLambdaValidationException", "PreSignUp failed with error no."),
        ("AccessDeniedException", "no"),
        ("InternalErrorException", ""),
    ];
    for (exception, message) in exceptions {
        let server = Recorder::start().await;
        server.refuse("AdminUpdateUserAttributes", exception, message);
        let values = [("email", "a@b.io")].into_iter().collect();
        let refused = server.admin().user("bob").update_attributes(&values).await.unwrap_err();
        let said = refused.public_message();
        assert!(refused.to_string().starts_with(said), "{exception}: {said}");
        assert!(!said.contains("please") && !said.contains("operator"), "{exception}: {said}");
    }
}

#[tokio::test]
async fn invalid_token_of_a_caller_is_the_callers_fault() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let id_token = session.id_token().await.unwrap().expose_secret().to_owned();
    let forged = format!("{}x", session.access_token().await.unwrap().expose_secret());
    for token in ["x", "", "a.b.c", &id_token, &forged] {
        let error = fixture.pool.with_access_token(token).await.unwrap_err();
        assert_eq!((error.kind(), error.fault()), (ErrorKind::InvalidToken, Fault::User));
        assert_eq!(error.public_message(), "please sign in again");
        assert!(!error.to_string().contains("the service sent"), "{error}");
    }
    let tokens =
        cognito::session::TokenSet::new("x", std::time::UNIX_EPOCH, std::time::Duration::ZERO);
    let error = fixture.pool.session(tokens).await.unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::InvalidToken, Fault::User));
}

#[tokio::test]
async fn configuration_errors_name_the_setting_to_change() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let key = fixture.pool.session_key("alice");
    let no_store = fixture.pool.restore(&key).await.unwrap_err();
    let other = UserPool::builder(pool_id(), CLIENT)
        .token_store(std::sync::Arc::new(MemoryStore::default()))
        .build()
        .unwrap();
    let other_pool = other.restore(&key).await.unwrap_err();
    let token = session.access_token().await.unwrap();
    let of_token = fixture.pool.with_access_token(token).await.unwrap();
    let no_id_token = of_token.id_token().await.unwrap_err();
    let no_id_claims = of_token.id_claims().await.unwrap_err();
    for (error, part) in [
        (Error::from(no_store), "token_store"),
        (other_pool.into(), "eu-west-1_Ab12Cd34E"),
        (no_id_token, "no ID token"),
        (no_id_claims, "no ID token"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_quota_of_mails_is_not_the_users_fault() {
    let server = Recorder::start().await;
    let message = "Exceeded daily email limit for the operation or the account. If a higher limit \
                   is required, please configure your user pool to use your own Amazon SES \
                   configuration for sending email.";
    server.refuse("ForgotPassword", "LimitExceededException", message);
    server.refuse("SignUp", "LimitExceededException", message);
    let pool = server.client().build().unwrap();
    let forgot = pool.forgot_password("alice").await.unwrap_err();
    let sign_up = pool.sign_up("alice").password(PASSWORD).await.unwrap_err();
    for error in [forgot, sign_up] {
        assert_eq!((error.kind(), error.fault()), (ErrorKind::LimitReached, Fault::Application));
    }
}

#[tokio::test]
async fn response_of_an_intermediary_is_distinguished_from_an_outage() {
    let cases = [
        (302, ErrorKind::Configuration, false),
        (403, ErrorKind::Forbidden, false),
        (404, ErrorKind::Configuration, false),
        (413, ErrorKind::InvalidParameter, false),
        (429, ErrorKind::Throttled, true),
        (502, ErrorKind::Service, true),
        (503, ErrorKind::Service, true),
    ];
    for (status, kind, is_transient) in cases {
        for body in ["", "<html>Blocked</html>", "{}"] {
            let server = Recorder::start().await;
            let page = ResponseTemplate::new(status).set_body_string(body);
            let page = page.insert_header("retry-after", "7");
            server.respond_with("ForgotPassword", page);
            let pool = server.client().retries(Retries::none()).build().unwrap();
            let error = pool.forgot_password("alice").await.unwrap_err();
            assert_eq!((error.kind(), error.is_transient()), (kind, is_transient), "{error:?}");
            assert_ne!(error.fault(), Fault::User, "{error:?}");
            assert!(error.to_string().contains(&status.to_string()), "{error}");
            assert_eq!(error.retry_after().map(|pause| pause.as_secs()), Some(7));
        }
    }
}

#[tokio::test]
async fn damaged_rejection_is_transient() {
    for body in ["", "{\"__type\":\"NotAuthorizedExc", "garbage"] {
        let server = Recorder::start().await;
        let refusal = ResponseTemplate::new(400).set_body_string(body);
        server.respond_with("ForgotPassword", refusal.insert_header("x-amzn-requestid", "id-1"));
        let pool = server.client().retries(Retries::none()).build().unwrap();
        let error = pool.forgot_password("alice").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service, "{error:?}");
        assert!(error.is_transient());
        assert_eq!(error.request_id(), Some("id-1"));
    }
}

#[tokio::test]
async fn an_empty_response_is_no_success() {
    let server = Recorder::start().await;
    let session = server.session().await;
    let empty = || ResponseTemplate::new(200);
    for operation in ["ForgotPassword", "ChangePassword", "SetUserMFAPreference", "SignUp"] {
        server.respond_with(operation, empty());
    }
    server.respond_with("DeleteUser", empty());
    let pool = server.client().build().unwrap();
    let errors = [
        pool.forgot_password("alice").await.map(drop),
        pool.sign_up("alice").password(PASSWORD).await.map(drop),
        session.change_password(PASSWORD, "Better-horse2").await,
        session.set_mfa_preference(cognito::account::MfaPreference::default()).await,
    ];
    for error in errors {
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Service);
    }
    // The operation has no output in the service model, and its response has no body.
    session.delete_account().await.unwrap();
}

#[tokio::test]
async fn a_software_token_that_was_not_verified_is_an_error() {
    let server = Recorder::start().await;
    let session = server.session().await;
    server.respond("VerifySoftwareToken", json!({ "Status": "ERROR" }));
    let refused = session.verify_software_token("123456").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::CodeMismatch);
    assert_eq!(refused.operation(), Some("VerifySoftwareToken"));
}
