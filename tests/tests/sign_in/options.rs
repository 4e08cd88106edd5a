//! The options of requests: every option of the API, and a time limit for each request.

use std::collections::BTreeSet;
use std::time::Duration;

use cognito::account::{MfaPreference, PasskeyRegistration};
use cognito::admin::{ExternalIdentity, Filter};
use cognito::sdk::types::IdentityProviderTypeType;
use cognito::sign_in::ContextData;
use cognito::types::RefreshToken;
use cognito::{ErrorKind, SignIn};
use cognito_emulator::{Mfa, PoolSettings};
use cognito_tests::fixture::{Fixture, PASSWORD, admin_config, challenge};
use cognito_tests::interposer::Action;
use cognito_tests::recorder::{Recorder, challenge_json};
use serde_json::json;
use tokio::time::Instant;

/// The requests of the service model in the emulator.
const MODEL: &str = include_str!("../../../crates/cognito-emulator/src/model/shapes.rs");

const OPTIONS: [&str; 4] =
    ["AnalyticsMetadata", "ClientMetadata", "ContextData", "UserContextData"];

/// Returns the operations with options, and the names of the options.
fn with_options() -> BTreeSet<(String, &'static str)> {
    let mut found = BTreeSet::new();
    for operation in MODEL.split("    Operation {\n").skip(1) {
        let name = operation.split('"').nth(1).unwrap();
        let shape = operation.split("input: &").nth(1).unwrap().split(',').next().unwrap();
        let input = MODEL.split(&format!("static {shape}: Shape")).nth(1).unwrap();
        let input = input.split("\n\n").next().unwrap();
        let is_member = |option: &&&str| input.contains(&format!("(\"{option}\""));
        found.extend(OPTIONS.iter().filter(is_member).map(|option| (name.to_owned(), *option)));
    }
    found.retain(|(name, _)| name != "GetClientToken"); // cognito-http sends it
    found
}

fn context() -> ContextData {
    ContextData::default().ip_address("192.0.2.1").server("shop", "/login")
}

/// Adds all options to a request.
macro_rules! all {
    ($request:expr) => {
        $request.client_metadata("a", "b").context_data(context()).analytics("endpoint")
    };
}

async fn sign_in_with_all_options(server: &Recorder) {
    let pool = server.client().refresh_metadata("a", "b").build().unwrap();
    let SignIn::Challenge(step) = all!(pool.sign_in("alice").custom()).await.unwrap() else {
        panic!("a challenge was expected")
    };
    let _next = step.respond("blue").await.unwrap();
    let admin = pool.as_admin(&admin_config());
    let step = all!(admin.sign_in("alice").password_over_the_wire(PASSWORD)).await.unwrap();
    let _next = challenge(step).respond("123456").await.unwrap();
    all!(pool.sign_up("alice").password(PASSWORD)).await.unwrap();
    all!(pool.confirm_sign_up("alice", "123456")).await.unwrap();
    all!(pool.resend_confirmation_code("alice")).await.unwrap();
    all!(pool.forgot_password("alice")).await.unwrap();
    all!(pool.confirm_forgot_password("alice", "123456", PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn each_request_has_the_options_of_its_operation() {
    let server = Recorder::start().await;
    for operation in ["InitiateAuth", "AdminInitiateAuth"] {
        let name = if operation == "InitiateAuth" { "CUSTOM_CHALLENGE" } else { "SMS_MFA" };
        server.respond(operation, challenge_json(name, json!({ "USERNAME": "alice" })));
    }
    for operation in ["RespondToAuthChallenge", "AdminRespondToAuthChallenge"] {
        server
            .respond(operation, challenge_json("CUSTOM_CHALLENGE", json!({ "USERNAME": "alice" })));
    }
    server.respond("SignUp", json!({ "UserSub": "sub" }));
    server.respond("AdminCreateUser", json!({ "User": { "Username": "bob" } }));
    sign_in_with_all_options(&server).await;

    let session = server.session_with(|builder| builder.refresh_metadata("a", "b")).await;
    drop(session.refresh().await);
    let values = [("name", "Alice")].into_iter().collect();
    session.update_attributes(&values).client_metadata("a", "b").await.unwrap();
    session.send_attribute_code("email").client_metadata("a", "b").await.unwrap();
    let admin = server.admin();
    admin.create_user("bob").client_metadata("a", "b").await.unwrap();
    let bob = admin.user("bob");
    bob.confirm_sign_up().client_metadata("a", "b").await.unwrap();
    bob.reset_password().client_metadata("a", "b").await.unwrap();
    bob.update_attributes(&values).client_metadata("a", "b").await.unwrap();

    let mut sent = BTreeSet::new();
    for request in server.requests().await {
        let has = |option: &&&str| request.body.get(**option).is_some();
        sent.extend(OPTIONS.iter().filter(has).map(|name| (request.operation.clone(), *name)));
    }
    assert_eq!(sent, with_options());
}

const TIME: Duration = Duration::from_millis(50);

/// Awaits requests without a response, each with its own time limit.
macro_rules! time_out {
    ($($request:expr;)+) => {$(
        let start = Instant::now();
        let error = $request.timeout(TIME).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{}", stringify!($request));
        assert!(start.elapsed() <= TIME + Duration::from_millis(1), "{}", stringify!($request));
    )+};
}

#[tokio::test]
async fn each_request_of_a_user_has_its_own_time_limit() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let pool = &fixture.pool;
    fixture.wire.rule(|_| Action::Hang);
    tokio::time::pause();
    let values = [("name", "Alice")].into_iter().collect();
    let passkey = PasskeyRegistration::from_json(PASSKEY).unwrap();
    let token = RefreshToken::from("a refresh token");
    let subject = session.access_token().await.unwrap();
    time_out! {
        pool.sign_in("alice").password(PASSWORD);
        pool.sign_up("bob").password(PASSWORD);
        pool.confirm_sign_up("bob", "123456");
        pool.resend_confirmation_code("bob");
        pool.forgot_password("bob");
        pool.confirm_forgot_password("bob", "123456", PASSWORD);
        pool.revoke(&token);
        pool.exchange_token(&subject);
        session.user();
        session.update_attributes(&values);
        session.delete_attributes(["name"]);
        session.send_attribute_code("email");
        session.verify_attribute("email", "123456");
        session.change_password(PASSWORD, PASSWORD);
        session.set_first_password(PASSWORD);
        session.associate_software_token();
        session.verify_software_token("123456");
        session.set_mfa_preference(MfaPreference::default());
        session.auth_factors();
        session.remember_device("key", true);
        session.devices();
        session.device_details("key");
        session.forget_device("key");
        session.start_passkey_registration();
        session.complete_passkey_registration(&passkey);
        session.passkeys();
        session.delete_passkey("id");
        session.user_sessions();
        session.revoke_user_session("id");
        session.clone().sign_out();
        session.clone().sign_out_everywhere();
        session.clone().delete_account();
    }
}

const PASSKEY: &str = r#"{
    "id": "aWQ", "rawId": "aWQ", "type": "public-key",
    "response": { "clientDataJSON": "e30", "attestationObject": "oA" }
}"#;

#[tokio::test]
async fn each_request_of_an_administrator_has_its_own_time_limit() {
    let fixture = Fixture::new(PoolSettings::default());
    let admin = fixture.administrator();
    fixture.wire.rule(|_| Action::Hang);
    tokio::time::pause();
    let values = [("name", "Alice")].into_iter().collect();
    let (bob, staff, client) =
        (admin.user("bob"), admin.group("staff"), admin.client(fixture.local.client_id()));
    let identity = ExternalIdentity::by_subject("corporate", "bob");
    time_out! {
        admin.create_user("bob");
        admin.users().filter(Filter::email().equals("a@b.io"));
        admin.create_group("staff");
        admin.groups();
        admin.clients();
        admin.unlink(&identity);
        admin.pool().describe();
        admin.pool().update(|call| call);
        admin.pool().set_mfa_config(|call| call);
        admin.create_client("app", |call| call);
        admin.create_identity_provider("p", IdentityProviderTypeType::Oidc, |call| call);
        client.describe();
        client.update(|call| call);
        client.secrets();
        staff.get();
        staff.update();
        staff.users();
        staff.add("bob");
        bob.get();
        bob.update_attributes(&values);
        bob.delete_attributes(["name"]);
        bob.set_password(PASSWORD);
        bob.confirm_sign_up();
        bob.reset_password();
        bob.enable();
        bob.groups();
        bob.highest_group();
        bob.devices();
        bob.sessions();
        bob.revoke_session("id");
        bob.link(&identity);
        bob.delete();
    }
}

#[tokio::test(start_paused = true)]
async fn time_limit_of_one_request_does_not_apply_to_the_next() {
    let fixture = Fixture::new(PoolSettings::default().mfa(Mfa::Optional));
    let session = fixture.signed_in("alice").await;
    let app = session.associate_software_token().timeout(TIME).await.unwrap();
    fixture.wire.rule(|_| Action::Hang);
    let start = Instant::now();
    app.verify("123456").await.unwrap_err();
    assert!(start.elapsed() > TIME * 2);
    let start = Instant::now();
    let error = session.sign_out_everywhere().timeout(TIME).await.unwrap_err();
    assert!(start.elapsed() < TIME * 2);
    let start = Instant::now();
    error.session().unwrap().user().await.unwrap_err();
    assert!(start.elapsed() > TIME * 2);
}
