//! Logs at the finest level and debug output of all operations, with each HTTP client.

use std::sync::Arc;

use cognito::sign_in::UserPoolBuilder;
use cognito::{MemoryStore, UserPool};
use cognito_emulator::{Emulator, LocalPool, Mfa, PoolSettings, SigningKeys};
use cognito_tests::interposer::Interposer;
use cognito_tests::logs::logged;
use serde_json::json;

use crate::administrators::{self, administer};
use crate::users::{CLIENT_SECRET, live, set_up_required_app};
use crate::witness::Witness;

fn settings() -> PoolSettings {
    let flows = [
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
    ];
    let factors = ["PASSWORD", "EMAIL_OTP"];
    PoolSettings::default()
        .mfa(Mfa::Optional)
        .client_secret(CLIENT_SECRET)
        .pool_member("DeviceConfiguration", json!({ "ChallengeRequiredOnNewDevice": false }))
        .pool_member("Policies", json!({ "SignInPolicy": { "AllowedFirstAuthFactors": factors } }))
        .client_member("ExplicitAuthFlows", json!(flows))
}

fn emulator() -> cognito_emulator::EmulatorBuilder {
    Emulator::builder().signing_keys(SigningKeys::ForTests)
}

fn client(local: &LocalPool) -> UserPoolBuilder {
    let pool = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
    let pool = pool.client_secret(CLIENT_SECRET).clock(local.clock());
    pool.token_store(Arc::new(MemoryStore::default()))
}

/// Runs all operations and searches the output and the logs, which must contain these words.
fn assert_nothing_shown(
    run: impl AsyncFn() -> (LocalPool, UserPool),
    is_by_administrator: bool,
    words: &[&str],
) {
    let (witness, log) = logged(async {
        let mut witness = Witness::default();
        let (local, pool) = run().await;
        live(&local, &pool, &mut witness).await;
        if is_by_administrator {
            let admin = pool.admin(&administrators::config());
            administer(&admin, local.client_id().as_str(), &mut witness).await;
        }
        witness
    });
    let always =
        ["operation=\"InitiateAuth\"", "attempts=1", "latency_ms=", "error=BadCredentials"];
    for word in always.iter().chain(words) {
        assert!(log.contains(word), "{word} is not logged");
    }
    witness.assert_nothing_shown(&log);
}

#[test]
fn nothing_secret_is_shown_or_logged_over_tcp() {
    let run = async || {
        let local = emulator().start().await.unwrap().create_pool(settings()).unwrap();
        let pool = client(&local).build().unwrap();
        (local, pool)
    };
    // The lower libraries must log too, or the test would prove little.
    assert_nothing_shown(run, true, &["hyper"]);
}

#[test]
fn nothing_secret_is_shown_or_logged_with_a_client_of_the_sdk() {
    let run = async || {
        let emulator = emulator().in_process();
        let local = emulator.create_pool(settings()).unwrap();
        let config = administrators::config().into_builder();
        let config = config.http_client(emulator.http_client()).build();
        let pool = client(&local).sdk_config(&config).build().unwrap();
        (local, pool)
    };
    assert_nothing_shown(run, true, &["aws_smithy_runtime"]);
}

#[test]
fn nothing_secret_is_shown_or_logged_with_a_client_of_the_application() {
    let run = async || {
        let local = emulator().in_process().create_pool(settings()).unwrap();
        let pool = client(&local).http_client(Interposer::new(local.http_client()));
        let pool = pool.build().unwrap();
        (local, pool)
    };
    assert_nothing_shown(run, false, &[]);
}

#[test]
fn nothing_secret_is_shown_or_logged_by_the_set_up_that_a_pool_requires() {
    let (witness, log) = logged(async {
        let mut witness = Witness::default();
        let settings = settings().mfa(Mfa::Required);
        let settings = settings.pool_member("Policies", json!({}));
        let local = emulator().in_process().create_pool(settings).unwrap();
        let pool = client(&local).http_client(local.http_client()).build().unwrap();
        set_up_required_app(&local, &pool, &mut witness).await;
        witness.see("emulator", local.emulator());
        witness
    });
    witness.assert_nothing_shown(&log);
}
