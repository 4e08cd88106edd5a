//! Debug output of types with secrets that have no part in the life of a user, and errors of
//! responses that cannot be parsed.

use std::sync::{Arc, Mutex};

use cognito::MemoryStore;
use cognito::account::OtpAuthUri;
use cognito::http::LazySession;
use cognito::session::{SecurityToken, StoredSession};
use cognito::sign_in::ContextData;
use cognito::types::SoftwareTokenSecret;
use cognito_emulator::{CustomChallengeParameters, MigratedUser, NextStep, PoolSettings};
use cognito_srp::{DeviceSecret, EphemeralKeyPair, Identity, PasswordVerifier};
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, challenge, done};
use cognito_tests::interposer::Action;
use cognito_tests::logs::logged;
use getrandom::SysRng;
use serde_json::json;

use crate::witness::Witness;

const PASSWORD: &str = "Planted-password1";
const ANSWER: &str = "planted-answer";
const KEY: &str = "PLANTEDKEYOFANAPP234";
const TOKEN: &str = "planted-security-token";
const ADDRESS: &str = "192.0.2.77";

/// Text that the closures of triggers have printed.
type Printed = Arc<Mutex<String>>;

/// Returns the settings of a pool whose triggers receive a password and an answer, and print what
/// they receive.
fn settings(printed: &Printed) -> PoolSettings {
    let [migration, response] = [(); 2].map(|()| Arc::clone(printed));
    let flows = ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH"];
    PoolSettings::default()
        .client_member("ExplicitAuthFlows", json!(flows))
        .user_migration(move |request| {
            *migration.lock().unwrap() += &format!("{request:?} {request:#?}");
            Ok(Some(MigratedUser::default().attribute("email", "alice@example.com")))
        })
        .define_auth_challenge(|auth| match auth.session.last() {
            Some(last) if last.correct => NextStep::IssueTokens,
            _ => NextStep::CustomChallenge,
        })
        .create_auth_challenge(|_| CustomChallengeParameters::default().private("is", ANSWER))
        .verify_auth_challenge(move |given| {
            *response.lock().unwrap() += &format!("{given:?} {given:#?}");
            given.answer == ANSWER
        })
}

#[tokio::test]
async fn triggers_of_the_emulator_print_no_password_and_no_answer() {
    let printed = Printed::default();
    let fixture = Fixture::new(settings(&printed));
    done(fixture.pool.sign_in("alice").password_over_the_wire(PASSWORD).await.unwrap());
    let custom = challenge(fixture.pool.sign_in("alice").custom().await.unwrap());
    done(expect_challenge!(custom, Custom).respond(ANSWER).await.unwrap());
    let printed = printed.lock().unwrap().clone();
    for name in ["MigrationRequest", "CustomChallengeResponse"] {
        assert!(printed.contains(name), "{name} was not printed");
    }
    let mut witness = Witness::default();
    witness.plant("password", PASSWORD);
    witness.plant("answer", ANSWER);
    witness.see("events", &printed);
    let parameters = CustomChallengeParameters::default().private("is", ANSWER);
    witness.see("parameters of a challenge", &parameters);
    witness.see("settings", &settings(&Printed::default()));
    witness.assert_nothing_shown("");
}

#[test]
fn values_of_the_srp_protocol_are_not_printed() {
    let mut witness = Witness::default();
    let device = DeviceSecret::generate("group", "device", &mut SysRng).unwrap();
    witness.plant("password of a device", device.password());
    witness.plant("verifier of a device", device.password_verifier());
    witness.see("secret of a device", &device);
    let verifier = PasswordVerifier::new(Identity::user("Example01", "alice"), PASSWORD, &[1; 16]);
    let (base64, _) = verifier.to_base64();
    witness.plant("verifier", base64);
    witness.see("verifier", &verifier);
    let pair = EphemeralKeyPair::generate(&mut SysRng).unwrap();
    let exchange = verifier.challenge(&pair.srp_a(), &mut SysRng).unwrap();
    witness.plant("exchange", &exchange.to_base64()[..20]);
    witness.see("exchange", &exchange);
    witness.assert_nothing_shown("");
}

#[tokio::test]
async fn other_types_with_secrets_are_not_printed() {
    let mut witness = Witness::default();
    for (kind, secret) in
        [("password", PASSWORD), ("key of an app", KEY), ("token", TOKEN), ("address", ADDRESS)]
    {
        witness.plant(kind, secret);
    }
    let key = SoftwareTokenSecret::from(KEY);
    witness.see("URI of an app", &OtpAuthUri::new(&key, "shop", "alice"));
    witness.see("token of an exchange", &SecurityToken::saml2(TOKEN).issued_by("corporate"));
    witness.see("stored session", &StoredSession::from(TOKEN.as_bytes().to_vec()));
    witness.see("context data", &ContextData::default().ip_address(ADDRESS));
    let store = Arc::new(MemoryStore::default());
    let shared = Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared));
    let session = fixture.signed_in("alice").await;
    witness.plant("access token", session.access_token().await.unwrap().expose_secret());
    witness.see("store", &store);
    let lazy = LazySession::with_password(fixture.pool.clone(), "alice", PASSWORD);
    witness.see("lazy session", &lazy);
    witness.assert_nothing_shown("");
}

#[test]
fn response_that_cannot_be_parsed_is_neither_logged_nor_quoted_in_the_error() {
    let (witness, log) = logged(async {
        let fixture = Fixture::new(PoolSettings::default());
        fixture.register("alice").await;
        let result = json!({ "AccessToken": TOKEN, "RefreshToken": TOKEN, "ExpiresIn": TOKEN });
        let body = json!({ "AuthenticationResult": result }).to_string();
        let mut witness = Witness::default();
        witness.plant("token", TOKEN);
        for body in [body.clone(), body[..body.len() - 9].to_owned(), format!("<p>{TOKEN}")] {
            fixture.wire.on("InitiateAuth", Action::Respond(200, body));
            let error = fixture.pool.sign_in("alice").password(PASSWORD).await.unwrap_err();
            witness.see_error("response that cannot be parsed", &error);
        }
        witness
    });
    assert!(log.contains("operation=\"InitiateAuth\""), "{log}");
    witness.assert_nothing_shown(&log);
}
