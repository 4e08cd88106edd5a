//! Panics in application code that the crates call with secrets.

use std::panic;
use std::sync::{Arc, Mutex};

use cognito::MemoryStore;
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD};
use cognito_tests::unreliable::Unreliable;

use crate::witness::Witness;

const CLIENT_SECRET: &str = "planted-client-secret-0123456789";

/// Everything that panic hooks received.
static PANICS: Mutex<String> = Mutex::new(String::new());

fn keep_panics() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANICS.lock().unwrap().push_str(&format!("{info}\n{info:?}\n"));
        default(info);
    }));
}

#[tokio::test]
async fn panic_in_a_store_or_an_http_client_shows_no_secret() {
    keep_panics();
    let store = Arc::new(Unreliable::new(MemoryStore::default()));
    let settings = PoolSettings::default().client_secret(CLIENT_SECRET);
    let fixture = Fixture::with(settings, |builder| {
        builder.client_secret(CLIENT_SECRET).token_store(store.clone())
    });
    let mut witness = Witness::default();
    witness.plant("password", PASSWORD);
    witness.plant("client secret", CLIENT_SECRET);
    let session = fixture.signed_in("alice").await;
    let plant = |witness: &mut Witness| {
        let tokens = session.tokens().unwrap();
        witness.plant("access token", tokens.access_token().expose_secret());
        witness.plant("refresh token", tokens.refresh_token().unwrap().expose_secret());
    };
    plant(&mut witness);
    store.panic();
    witness.see_error("panic of a store", &session.refresh().await.unwrap_err());
    store.heal();
    fixture.wire.rule(|operation| panic!("a defect of the client at {operation}"));
    witness.see_error("panic of a client", &session.refresh().await.unwrap_err());
    let pool = fixture.pool.clone();
    let sign_in = tokio::spawn(async move { pool.sign_in("alice").password(PASSWORD).await });
    match sign_in.await {
        Ok(outcome) => witness.see_error("panic of a client", &outcome.unwrap_err()),
        Err(panicked) => witness.see_error("panic of a client", &panicked),
    }
    fixture.wire.heal();
    session.refresh().await.unwrap();
    plant(&mut witness);
    let panics = PANICS.lock().unwrap().clone();
    assert!(panics.contains("a defect of the store") && panics.contains("a defect of the client"));
    witness.see("session", &session);
    witness.assert_nothing_shown(&panics);
}
