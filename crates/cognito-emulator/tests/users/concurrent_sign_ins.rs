//! Concurrent responses to one Session, and concurrent uses of one refresh token.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use cognito_emulator::{CustomChallengeParameters, NextStep, TokenChanges};
use serde_json::{Value, json};

use crate::callbacks::Held;
use crate::support::{PASSWORD, Pool, Refusal, not_authorized, result, settings};

fn used() -> Refusal {
    not_authorized("Invalid session for the user, session can only be used once.")
}

/// Returns a challenge for a code by e-mail, and the valid response.
fn one_time_code(pool: &Pool) -> (Value, Value) {
    let parameters = json!({ "USERNAME": "alice", "PREFERRED_CHALLENGE": "EMAIL_OTP" });
    let challenge = pool.initiate("USER_AUTH", parameters).unwrap();
    (challenge, json!({ "EMAIL_OTP_CODE": pool.code("alice") }))
}

/// Returns a pool with codes as the first factor, and the trigger that changes its tokens.
fn pool(changes: impl Fn() -> Result<TokenChanges, String> + Send + Sync + 'static) -> Pool {
    let factors = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
    let pool = Pool::new(
        settings()
            .pool_member("Policies", json!({ "SignInPolicy": factors }))
            .pre_token_generation(move |_| changes()),
    );
    pool.user("alice");
    pool
}

#[test]
fn session_cannot_be_used_during_another_response() {
    let (held, hold) = Held::new();
    let pool = pool(move || {
        hold();
        Ok(TokenChanges::default())
    });
    let (challenge, response) = one_time_code(&pool);
    thread::scope(|scope| {
        let first = scope.spawn(|| pool.respond(&challenge, response.clone()));
        held.wait();
        assert_eq!(pool.respond(&challenge, response.clone()).unwrap_err(), used());
        held.release.send(()).unwrap();
        result(&first.join().unwrap().unwrap());
    });
    assert_eq!(pool.respond(&challenge, response).unwrap_err(), used());
}

#[test]
fn exactly_one_of_many_concurrent_responses_to_a_session_succeeds() {
    let pool = pool(|| Ok(TokenChanges::default()));
    for _ in 0..20 {
        let (challenge, response) = one_time_code(&pool);
        let results = thread::scope(|scope| {
            let respond = || pool.respond(&challenge, response.clone());
            [(); 4].map(|()| scope.spawn(respond)).map(|response| response.join().unwrap())
        });
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1, "{lost:?}");
        assert!(lost.into_iter().all(|lost| lost.unwrap_err() == used()));
    }
    let sessions = pool.call("AdminListUserSessions", json!({ "Username": "alice" }));
    assert_eq!(sessions["Sessions"].as_array().unwrap().len(), 20);
}

#[test]
fn session_can_be_used_again_after_the_trigger_rejected_the_tokens() {
    let rejects = Arc::new(AtomicBool::new(true));
    let trigger = Arc::clone(&rejects);
    let pool = pool(move || match trigger.load(Ordering::Relaxed) {
        true => Err("not now".to_owned()),
        false => Ok(TokenChanges::default()),
    });
    let (challenge, response) = one_time_code(&pool);
    let rejected = pool.respond(&challenge, response.clone()).unwrap_err();
    assert_eq!(rejected.0, "UserLambdaValidationException");
    let wrong = pool.respond(&challenge, json!({ "EMAIL_OTP_CODE": "00" })).unwrap_err();
    assert_eq!(wrong.0, "CodeMismatchException");
    rejects.store(false, Ordering::Relaxed);
    result(&pool.respond(&challenge, response.clone()).unwrap());
    assert_eq!(pool.respond(&challenge, response).unwrap_err(), used());
}

#[test]
fn session_of_a_custom_challenge_is_used_up_for_every_decision_of_its_triggers() {
    let pool = Pool::new(
        settings()
            .define_auth_challenge(|_| NextStep::CustomChallenge)
            .create_auth_challenge(|_| CustomChallengeParameters::default())
            .pre_token_generation(|_| Ok(TokenChanges::default())),
    );
    pool.user("alice");
    let challenge = pool.initiate("CUSTOM_AUTH", json!({ "USERNAME": "alice" })).unwrap();
    let missing = pool.respond(&challenge, json!({ "OTHER": "x" })).unwrap_err();
    assert_eq!(missing.1, "Missing required parameter ANSWER");
    // VerifyAuthChallengeResponse is missing.
    let rejected = pool.respond(&challenge, json!({ "ANSWER": "x" })).unwrap_err();
    assert_eq!(rejected.0, "InvalidParameterException");
    assert_eq!(pool.respond(&challenge, json!({ "ANSWER": "x" })).unwrap_err(), used());
}

#[test]
fn refresh_token_without_grace_is_valid_for_one_of_two_concurrent_refreshes() {
    let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 });
    let holds = Arc::new(AtomicBool::new(false));
    let (held, hold) = Held::new();
    let holding = Arc::clone(&holds);
    let pool = Pool::new(
        settings()
            .client_member("RefreshTokenRotation", rotation)
            .client_member("ExplicitAuthFlows", json!(["ALLOW_USER_PASSWORD_AUTH"]))
            .pre_token_generation(move |_| {
                if holding.swap(false, Ordering::SeqCst) {
                    hold();
                }
                Ok(TokenChanges::default())
            }),
    );
    pool.user("alice");
    let tokens = result(&pool.password_sign_in("alice", PASSWORD).unwrap());
    let refresh = || {
        let input = json!({ "RefreshToken": tokens["RefreshToken"] });
        pool.try_call("GetTokensFromRefreshToken", input)
    };
    holds.store(true, Ordering::SeqCst);
    thread::scope(|scope| {
        let first = scope.spawn(refresh);
        held.wait();
        result(&refresh().unwrap());
        held.release.send(()).unwrap();
        let reused = first.join().unwrap().unwrap_err();
        assert_eq!(reused.0, "RefreshTokenReuseException");
    });
}
