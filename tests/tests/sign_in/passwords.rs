//! Registration, passwords, client secrets, and rejections.

use std::convert::Infallible;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use cognito::types::ClientSecret;
use cognito::{ErrorKind, Fault, MemoryStore, UserPool};
use cognito_emulator::{Emulator, PoolSettings};
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::interposer::Action;
use serde_json::json;

#[tokio::test]
async fn user_registers_signs_in_and_signs_out_over_http() {
    let emulator = Emulator::start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let pool = UserPool::builder(local.id(), local.client_id())
        .endpoint(local.endpoint())
        .build()
        .unwrap();

    let signed_up =
        pool.sign_up("alice").password(PASSWORD).attribute("email", "alice@example.com");
    let signed_up = signed_up.await.unwrap();
    assert!(!signed_up.is_confirmed());
    let delivery = signed_up.delivery().unwrap();
    assert_eq!(delivery.destination(), "a***@e***");
    assert_eq!((delivery.medium(), delivery.attribute()), (Some("EMAIL"), Some("email")));
    pool.confirm_sign_up("alice", local.code_for("alice").unwrap()).await.unwrap();

    let session = done(pool.sign_in("alice").password(PASSWORD).await.unwrap());
    assert_eq!(session.username(), "alice");
    let claims = session.id_claims().await.unwrap();
    assert_eq!(claims.subject(), signed_up.subject());
    assert_eq!(claims.email(), Some("alice@example.com"));
    assert_eq!(session.access_claims().await.unwrap().client_id(), pool.client_id());
    let user = session.user().await.unwrap();
    assert_eq!(user.attribute("email_verified"), Some("true"));
    session.sign_out().await.unwrap();
}

#[tokio::test]
async fn rejected_registrations_have_specific_kinds() {
    let fixture = Fixture::new(PoolSettings::default());
    let pool = &fixture.pool;
    let weak = pool.sign_up("bob").password("short").await.unwrap_err();
    assert_eq!(weak.kind(), ErrorKind::InvalidPassword);
    assert_eq!(
        weak.service_message(),
        Some("Password did not conform with policy: Password not long enough")
    );
    let odd = pool.sign_up("bob").password(PASSWORD).attribute("shoe_size", "43").await;
    assert_eq!(odd.unwrap_err().kind(), ErrorKind::InvalidParameter);

    fixture.register("bob").await;
    let again = pool.sign_up("bob").password(PASSWORD).await.unwrap_err();
    assert_eq!((again.kind(), again.fault()), (ErrorKind::UserExists, Fault::User));
    assert_eq!(again.operation(), Some("SignUp"));
    assert!(again.request_id().is_some());
    let confirmed = pool.confirm_sign_up("bob", "123456").await.unwrap_err();
    assert_eq!(confirmed.kind(), ErrorKind::AlreadyConfirmed);
}

#[tokio::test]
async fn confirmation_codes_can_be_wrong_expired_or_resent() {
    let fixture = Fixture::new(PoolSettings::default());
    let sign_up = fixture.pool.sign_up("carol").password(PASSWORD);
    sign_up.attribute("email", "carol@example.com").await.unwrap();
    let wrong = fixture.pool.confirm_sign_up("carol", "nonsense").await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::CodeMismatch);

    let first = fixture.local.code_for("carol").unwrap();
    fixture.advance(24 * 3600);
    let late = fixture.pool.confirm_sign_up("carol", first).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::CodeExpired);

    let delivery = fixture.pool.resend_confirmation_code("carol").await.unwrap();
    assert_eq!(delivery.unwrap().destination(), "c***@e***");
    let second = fixture.local.code_for("carol").unwrap();
    fixture.pool.confirm_sign_up("carol", second).await.unwrap();
}

#[tokio::test]
async fn rejected_sign_ins_have_specific_kinds() {
    let fixture = Fixture::new(PoolSettings::default());
    let kind = async |username: &str, password: &str| {
        let sent = fixture.pool.sign_in(username).password(password).await;
        sent.unwrap_err().kind()
    };
    assert_eq!(kind("nobody", PASSWORD).await, ErrorKind::UserNotFound);

    fixture.pool.sign_up("dave").password(PASSWORD).await.unwrap();
    assert_eq!(kind("dave", PASSWORD).await, ErrorKind::UserNotConfirmed);
    fixture.admin("AdminConfirmSignUp", json!({ "Username": "dave" }));
    assert_eq!(kind("dave", "Wrong-horse1").await, ErrorKind::BadCredentials);
    fixture.admin("AdminDisableUser", json!({ "Username": "dave" }));
    assert_eq!(kind("dave", PASSWORD).await, ErrorKind::UserDisabled);
}

#[tokio::test]
async fn pool_that_hides_users_responds_for_unknown_ones() {
    let settings = PoolSettings::default().client_member("PreventUserExistenceErrors", "ENABLED");
    let fixture = Fixture::new(settings);
    let mut salts = Vec::new();
    for _ in 0..2 {
        let error = fixture.pool.sign_in("nobody").password(PASSWORD).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadCredentials);
        let input = json!({
            "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": { "USERNAME": "nobody", "SRP_A": "abc" }
        });
        let challenge = fixture.admin("InitiateAuth", input);
        salts.push(challenge["ChallengeParameters"]["SALT"].clone());
    }
    assert_eq!(salts[0], salts[1], "the simulated salt stays the same");
}

#[tokio::test]
async fn passwords_can_have_any_characters() {
    let any = json!({ "PasswordPolicy": {
        "MinimumLength": 6, "RequireUppercase": false, "RequireLowercase": false,
        "RequireNumbers": false, "RequireSymbols": false
    }});
    let fixture = Fixture::new(PoolSettings::default().pool_member("Policies", any));
    for (username, password) in [
        ("NFC", "Zoë-pass"),
        ("NFD", "Zoe\u{308}-pass"),
        ("emoji", "🔑🗝️🔑🗝️"),
        ("colon", "a:b:c:d"),
    ] {
        fixture.pool.sign_up(username).password(password).await.unwrap();
        fixture.admin("AdminConfirmSignUp", json!({ "Username": username }));
        done(fixture.pool.sign_in(username).password(password).await.unwrap());
    }
    let other_form = fixture.pool.sign_in("NFC").password("Zoe\u{308}-pass").await;
    assert_eq!(other_form.unwrap_err().kind(), ErrorKind::BadCredentials);
}

#[tokio::test]
async fn client_secret_is_added_to_every_request() {
    let secret = "secretsecretsecretsecret";
    let settings = PoolSettings::default().client_secret(secret);
    let fixture = Fixture::with(settings, |builder| builder.client_secret(secret));
    let session = fixture.signed_in("erin").await;
    session.refresh().await.unwrap();
    session.sign_out().await.unwrap();

    let without = fixture.another_client(|builder| builder);
    let error = without.sign_in("erin").password(PASSWORD).await.unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::SecretHash, Fault::Application));
    let wrong = fixture.another_client(|builder| builder.client_secret("another-secret"));
    let error = wrong.sign_up("frank").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretHash);
}

#[tokio::test]
async fn replaced_secret_is_read_again() {
    let fixture = Fixture::new(PoolSettings::default().client_secret("the-new-secret"));
    let refused = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&refused);
    let pool = fixture.another_client(|builder| {
        builder.client_secret_from(move |refused: Option<ClientSecret>| {
            let secret = if refused.is_none() { "the-old-secret" } else { "the-new-secret" };
            let refused = refused.map(|refused| refused.expose_secret().to_owned());
            record.lock().unwrap().push(refused);
            async move { Ok::<_, Infallible>(ClientSecret::from(secret)) }
        })
    });
    pool.sign_up("grace").password(PASSWORD).await.unwrap();
    assert_eq!(*refused.lock().unwrap(), [None, Some("the-old-secret".to_owned())]);
    assert_eq!(fixture.wire.seen("SignUp").len(), 2);

    let never_right = fixture.another_client(|builder| {
        builder.client_secret_from(async |_| Ok::<_, Infallible>("no secret".into()))
    });
    let error = never_right.sign_up("heidi").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretHash);
    assert_eq!(fixture.wire.seen("SignUp").len(), 3, "the refused secret is not sent again");
}

#[tokio::test]
async fn an_unreadable_client_secret_is_a_transient_error_and_sends_nothing() {
    let fixture = Fixture::new(PoolSettings::default().client_secret("the-secret"));
    let sealed = Arc::new(AtomicBool::new(true));
    let flag = Arc::clone(&sealed);
    let pool = fixture.another_client(|builder| {
        builder.client_secret_from(move |_| {
                let is_sealed = flag.load(Ordering::Relaxed);
                async move {
                    if is_sealed { Err("the vault is sealed") } else { Ok("the-secret".into()) }
                }
            })
    });
    let error = pool.sign_up("ivy").password(PASSWORD).await.unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::SecretUnavailable, Fault::Environment));
    assert!(error.is_transient());
    assert_eq!(error.source().unwrap().to_string(), "the vault is sealed");
    assert!(fixture.wire.seen("SignUp").is_empty());
    sealed.store(false, Ordering::Relaxed);
    pool.sign_up("ivy").password(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn disabled_flow_is_reported() {
    let flows = json!(["ALLOW_REFRESH_TOKEN_AUTH"]);
    let fixture = Fixture::new(PoolSettings::default().client_member("ExplicitAuthFlows", flows));
    let error = fixture.pool.sign_in("alice").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FlowNotEnabled);
}

#[tokio::test]
async fn password_of_a_sign_in_over_srp_is_in_no_request() {
    let flows = json!(["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"]);
    let fixture = Fixture::new(PoolSettings::default().client_member("ExplicitAuthFlows", flows));
    fixture.signed_in("heidi").await;
    let sent = |operation| fixture.wire.seen(operation);
    let requests = [sent("InitiateAuth"), sent("RespondToAuthChallenge")].concat();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| !request.body.contains(PASSWORD)));
    // The control: a sign-in that sends the password.
    done(fixture.pool.sign_in("heidi").password_over_the_wire(PASSWORD).await.unwrap());
    assert!(sent("InitiateAuth").iter().any(|request| request.body.contains(PASSWORD)));
}

#[tokio::test]
async fn dangerous_srp_values_of_a_server_are_rejected() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("ivan").await;
    let prime = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";
    let too_long = "f".repeat(1025);
    for srp_b in ["0", "00", prime, "-5", "", "xyz", &too_long] {
        let body = json!({
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeParameters": {
                "SALT": "ab", "SRP_B": srp_b, "SECRET_BLOCK": "YmxvY2s=",
                "USERNAME": "ivan", "USER_ID_FOR_SRP": "ivan"
            }
        });
        fixture.wire.on("InitiateAuth", Action::Respond(200, body.to_string()));
        let error = fixture.pool.sign_in("ivan").password(PASSWORD).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service, "{srp_b}");
    }
    assert!(fixture.wire.seen("RespondToAuthChallenge").is_empty(), "no proof was sent");
}

#[tokio::test]
async fn network_failures_are_transient_and_only_unsent_requests_are_retried() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("judy").await;
    let attempt = async || {
        let sent = fixture.pool.sign_in("judy").password(PASSWORD).await;
        sent.unwrap_err()
    };
    for (action, kind) in [
        (Action::Unreachable, ErrorKind::Transport),
        (Action::LoseResponse, ErrorKind::Transport),
        (Action::Truncate, ErrorKind::Service),
        (Action::Respond(500, r#"{"__type":"InternalErrorException"}"#.into()), ErrorKind::Service),
        (Action::Respond(200, "<html>".into()), ErrorKind::Service),
        (Action::Respond(200, "{}".into()), ErrorKind::Service),
    ] {
        let before = fixture.wire.seen("RespondToAuthChallenge").len();
        fixture.wire.on("RespondToAuthChallenge", action.clone());
        let error = attempt().await;
        assert_eq!(error.kind(), kind, "{action:?}");
        assert!(error.is_transient());
        let attempts = if matches!(action, Action::Unreachable) { 3 } else { 1 };
        let seen = fixture.wire.seen("RespondToAuthChallenge").len();
        assert_eq!(seen, before + attempts, "{action:?}");
    }
    fixture.wire.heal();
    fixture.sign_in("judy").await;
}

#[tokio::test]
async fn request_to_a_hanging_server_times_out() {
    let time = Duration::from_millis(50);
    let config = SdkConfig::builder()
        .timeout_config(TimeoutConfig::builder().operation_timeout(time).build())
        .build();
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.sdk_config(&config));
    fixture.wire.on("InitiateAuth", Action::Hang);
    let error = fixture.pool.sign_in("alice").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

/// In a pool with UsernameAttributes, every flow uses the same user name.
#[tokio::test]
async fn session_has_the_user_name_of_the_service() {
    let flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"];
    let settings = PoolSettings::default()
        .pool_member("UsernameAttributes", json!(["email"]))
        .client_member("ExplicitAuthFlows", json!(flows));
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(settings, |builder| builder.token_store(store));
    let address = "al@example.com";
    fixture.pool.sign_up(address).password(PASSWORD).await.unwrap();
    let outbox = fixture.local.emulator().outbox();
    let code = outbox.last().unwrap().code.clone();
    fixture.pool.confirm_sign_up(address, code).await.unwrap();
    let over_srp = fixture.pool.sign_in(address).password(PASSWORD);
    let in_clear = fixture.pool.sign_in(address).password_over_the_wire(PASSWORD);
    for sign_in in [over_srp, in_clear] {
        let session = done(sign_in.await.unwrap());
        let claims = session.access_claims().await.unwrap();
        assert_eq!(Some(session.username()), claims.username());
        assert_ne!(session.username(), address);
        let key = session.key().unwrap().name();
        assert!(key != session.username() && key != address, "it is random");
    }
}

/// Users of each kind, and one who does not exist.
const USERS: [&str; 4] = ["confirmed", "unconfirmed", "disabled", "unknown"];

/// Returns a pool with these users that hides users or reports them.
async fn pool_with_users(hides_users: &str) -> Fixture {
    let flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH"];
    let settings = PoolSettings::default()
        .client_member("PreventUserExistenceErrors", hides_users)
        .client_member("ExplicitAuthFlows", json!(flows));
    let fixture = Fixture::new(settings);
    for name in ["confirmed", "disabled"] {
        fixture.register(name).await;
    }
    fixture.admin("AdminDisableUser", json!({ "Username": "disabled" }));
    let sign_up = fixture.pool.sign_up("unconfirmed").password(PASSWORD);
    sign_up.attribute("email", "unconfirmed@example.com").await.unwrap();
    fixture
}

/// Returns the messages of each operation that anyone can request with a user name. For an operation
/// without an error, it is the message that the errors should have.
async fn public_messages(fixture: &Fixture, name: &str) -> [&'static str; 8] {
    const CODE_SENT: &str = "if the user exists, a code was sent";
    let pool = &fixture.pool;
    let sign_in = || pool.sign_in(name);
    let wrong = "Wrong-horse1";
    // The right password of an enabled user is not refused.
    let guessed = if name == "confirmed" { wrong } else { PASSWORD };
    let public = |error: cognito::Error| error.public_message();
    [
        public(sign_in().password(wrong).await.unwrap_err().into()),
        public(sign_in().password(guessed).await.unwrap_err().into()),
        public(sign_in().password_over_the_wire(wrong).await.unwrap_err().into()),
        public(sign_in().password_over_the_wire(guessed).await.unwrap_err().into()),
        public(pool.confirm_forgot_password(name, "000000", "Better-horse2").await.unwrap_err()),
        public(pool.confirm_sign_up(name, "000000").await.unwrap_err()),
        pool.forgot_password(name).await.map_or_else(public, |_| CODE_SENT),
        pool.resend_confirmation_code(name).await.map_or_else(public, |_| CODE_SENT),
    ]
}

#[tokio::test]
async fn public_message_does_not_disclose_whether_a_user_exists() {
    const REFUSED: &str = "wrong user name or password";
    const CODE: &str = "the code is wrong or has expired";
    const SENT: &str = "if the user exists, a code was sent";
    for hides_users in ["ENABLED", "LEGACY"] {
        let fixture = pool_with_users(hides_users).await;
        for name in USERS {
            let said = public_messages(&fixture, name).await;
            let expected = [REFUSED, REFUSED, REFUSED, REFUSED, CODE, CODE, SENT, SENT];
            assert_eq!(said, expected, "{name} {hides_users}");
        }
    }
}
