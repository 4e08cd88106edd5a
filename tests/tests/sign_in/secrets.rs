//! Secrets that were planted everywhere are printed nowhere.

use std::error::Error as StdError;
use std::fmt::Debug;

use cognito::Challenge;
use cognito::session::{TokenRequest, TokenSource};
use cognito::types::{ClientSecret, Password};
use cognito_emulator::{Mfa, PoolSettings};
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, PASSWORD, done};

const CLIENT_SECRET: &str = "planted-client-secret-0123456789";

/// Every way in which a value could end in a log.
fn printed(value: &impl Debug) -> String {
    format!("{value:?}{value:#?}")
}

fn printed_error(error: &(dyn StdError + 'static)) -> String {
    let source = error.source().map(printed_error).unwrap_or_default();
    format!("{error}{error:?}{error:#?}{source}")
}

fn assert_hidden(what: &str, text: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let settings = PoolSettings::default().mfa(Mfa::Required).client_secret(CLIENT_SECRET);
    let fixture = Fixture::with(settings, |builder| builder.client_secret(CLIENT_SECRET));
    let always = [CLIENT_SECRET, PASSWORD, "Wrong-horse1"];
    let check = |what: &str, text: String| assert_hidden(what, &text, &always);

    check("password", printed(&Password::from(PASSWORD)));
    check("client secret", printed(&ClientSecret::from(CLIENT_SECRET)));
    check("pool", printed(&fixture.pool));
    check("local pool", printed(&fixture.local));
    check("emulator", printed(fixture.local.emulator()));
    let sign_up = fixture.pool.sign_up("alice").password(PASSWORD);
    check("sign-up", printed(&sign_up));
    fixture.register("alice").await;
    check("sign-in", printed(&fixture.pool.sign_in("alice").password(PASSWORD)));
    let refused = fixture.pool.sign_in("alice").password("Wrong-horse1").await;
    check("error", printed_error(&refused.unwrap_err()));

    let sent = fixture.local.code_for("alice").unwrap();
    let outbox = printed(&fixture.local.emulator().outbox());
    assert_hidden("outbox", &outbox, &[sent.expose_secret()]);

    let Challenge::MfaSetup(setup) = fixture.challenge("alice").await else {
        panic!("a second factor is set up");
    };
    check("challenge", printed(&setup));
    let setup = setup.associate_software_token().await.unwrap();
    let key = setup.secret().clone();
    assert_hidden("set-up", &printed(&setup), &[key.expose_secret()]);
    let wrong = fixture.wrong_app_code(&key);
    let refused = setup.respond(wrong.as_str()).await.unwrap_err();
    assert_hidden("refusal", &printed_error(&refused), &[key.expose_secret(), &wrong]);
    done(refused.retry().unwrap().respond(fixture.app_code(&key)).await.unwrap());

    fixture.advance(30);
    let mfa = expect_challenge!(fixture.challenge("alice").await, SoftwareToken);
    let code = fixture.app_code(&key);
    let session = done(mfa.respond(code.as_str()).await.unwrap());
    let tokens = session.tokens().unwrap();
    let secrets = [
        tokens.access_token().expose_secret(),
        tokens.id_token().unwrap().expose_secret(),
        tokens.refresh_token().unwrap().expose_secret(),
        key.expose_secret(),
    ];
    assert_hidden("session", &printed(&session), &secrets);
    assert_hidden("tokens", &printed(&tokens), &secrets);
    let issued = session.token(&TokenRequest::access()).await.unwrap();
    assert_hidden("issued token", &printed(&issued), &secrets);
    assert_hidden("claims", &printed(&session.id_claims().await.unwrap()), &["alice@example.com"]);
    assert_hidden("user", &printed(&session.user().await.unwrap()), &["alice@example.com"]);
    assert_hidden("emulator", &printed(fixture.local.emulator()), &secrets);
}

#[test]
fn what_is_shared_between_threads_can_be() {
    fn check<T: Send + Sync + 'static>() {}
    check::<cognito::UserPool>();
    check::<cognito::Session>();
    check::<cognito::Error>();
    check::<cognito::Challenge>();
    check::<cognito::SignIn>();
    check::<cognito::sign_in::Refused<cognito::sign_in::CodeChallenge>>();
    check::<cognito::sign_in::Respond<cognito::Challenge>>();
    check::<cognito::session::SessionError>();
    check::<cognito::Verifier>();
    check::<cognito_emulator::Emulator>();
}
