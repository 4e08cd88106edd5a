//! The light client, without the AWS SDK: its logs at the finest level and its debug output contain
//! no secret.

use cognito::{SignIn, UserPool};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use cognito_services_tests::logs::logged;
use cognito_services_tests::planted::Planted;

const CLIENT_SECRET: &str = "planted-client-secret-0123456789";
const PASSWORD: &str = "Planted-password1";
const NEW_PASSWORD: &str = "Planted-password2";

/// Registers, signs in, changes the password and signs out. Returns the printed output.
async fn live(local: &LocalPool, pool: &UserPool, planted: &mut Planted) -> String {
    let sign_up = pool.sign_up("alice").password(PASSWORD);
    let mut printed = format!("{pool:?} {sign_up:?}");
    sign_up.attribute("email", "planted@example.com").await.unwrap();
    let code = local.code_for("alice").unwrap();
    planted.plant("code", code.expose_secret());
    pool.confirm_sign_up("alice", code).await.unwrap();
    let refused = pool.sign_in("alice").password(NEW_PASSWORD).await.unwrap_err();
    printed += &format!("{refused} {refused:?} {refused:#?}");
    let sign_in = pool.sign_in("alice").password(PASSWORD);
    printed += &format!("{sign_in:?}");
    let SignIn::Done(session) = sign_in.await.unwrap() else { panic!("a challenge was returned") };
    session.change_password(PASSWORD, NEW_PASSWORD).await.unwrap();
    session.refresh().await.unwrap();
    let tokens = session.tokens().unwrap();
    planted.plant("access token", tokens.access_token().expose_secret());
    planted.plant("refresh token", tokens.refresh_token().unwrap().expose_secret());
    printed += &format!("{session:?} {tokens:?} {:?}", session.user().await.unwrap());
    session.sign_out_everywhere().await.unwrap();
    printed
}

fn assert_nothing_shown(over_tcp: bool, words: &[&str]) {
    let mut planted = Planted::default();
    for (kind, secret) in
        [("client secret", CLIENT_SECRET), ("password", PASSWORD), ("new password", NEW_PASSWORD)]
    {
        planted.plant(kind, secret);
    }
    planted.plant("address", "planted@example.com");
    let (printed, log) = logged(async {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests);
        let emulator =
            if over_tcp { emulator.start().await.unwrap() } else { emulator.in_process() };
        let settings = PoolSettings::default().client_secret(CLIENT_SECRET);
        let local = emulator.create_pool(settings).unwrap();
        let pool = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
        let pool = pool.client_secret(CLIENT_SECRET).clock(local.clock());
        let pool = if over_tcp { pool } else { pool.http_client(local.http_client()) };
        live(&local, &pool.build().unwrap(), &mut planted).await
    });
    for word in ["operation=\"InitiateAuth\"", "error=BadCredentials"].iter().chain(words) {
        assert!(log.contains(word), "{word} is not logged");
    }
    planted.assert_absent("debug output", &printed);
    planted.assert_absent("the log", &log);
}

#[test]
fn nothing_secret_is_shown_or_logged_without_the_sdk() {
    assert_nothing_shown(true, &["hyper"]);
}

#[test]
fn nothing_secret_is_shown_or_logged_without_the_sdk_by_a_client_of_the_application() {
    assert_nothing_shown(false, &[]);
}
