//! Triggers of sign-ins that call and change the pool during a request.

use std::sync::Arc;
use std::thread;

use cognito_emulator::{
    CustomChallengeParameters, LocalPool, MessageText, MigratedUser, NextStep, PoolSettings,
    TokenChanges,
};
use serde_json::{Value, json};

use crate::callbacks::{Held, Own};
use crate::support::{
    PASSWORD, Pool, Refusal, claims, not_authorized, refusal, result, settings, with,
};

#[test]
fn pre_token_generation_lists_the_groups_of_the_user() {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let local = Pool::new(settings().pre_token_generation(move |tokens| {
        let input = json!({ "Username": tokens.username });
        let listed = pool.get().unwrap().call("AdminListGroupsForUser", input);
        let listed = listed.map_err(|error| error.to_string())?;
        Ok(TokenChanges::default().claim("first", listed["Groups"][0]["GroupName"].clone()))
    }));
    own.set(local.0.clone()).unwrap();
    local.user("alice");
    local.call("CreateGroup", json!({ "GroupName": "staff" }));
    local.call("AdminAddUserToGroup", json!({ "Username": "alice", "GroupName": "staff" }));
    let tokens = local.tokens("alice");
    assert_eq!(claims(&tokens["AccessToken"])["first"], "staff");
    let input = json!({ "RefreshToken": tokens["RefreshToken"] });
    let refreshed = result(&local.call("GetTokensFromRefreshToken", input));
    assert_eq!(claims(&refreshed["IdToken"])["first"], "staff");
}

#[test]
fn define_auth_challenge_reads_the_user_from_the_pool() {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let local = Pool::new(settings().define_auth_challenge(move |sign_in| {
        let user =
            pool.get().unwrap().call("AdminGetUser", json!({ "Username": sign_in.username }));
        match user.unwrap()["UserStatus"].as_str() {
            Some("CONFIRMED") => NextStep::IssueTokens,
            _ => NextStep::Fail,
        }
    }));
    own.set(local.0.clone()).unwrap();
    local.user("alice");
    result(&local.initiate("CUSTOM_AUTH", json!({ "USERNAME": "alice" })).unwrap());
    local.call("AdminResetUserPassword", json!({ "Username": "alice" }));
    let rejected = local.initiate("CUSTOM_AUTH", json!({ "USERNAME": "alice" })).unwrap_err();
    assert_eq!(rejected, not_authorized("Incorrect username or password."));
}

#[test]
fn post_authentication_can_revoke_its_sign_in() {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let local = Pool::new(settings().post_authentication(move |done| {
        let input = json!({ "Username": done.username });
        pool.get().unwrap().call("AdminUserGlobalSignOut", input).unwrap();
        Ok(())
    }));
    own.set(local.0.clone()).unwrap();
    local.user("alice");
    let input = json!({ "AccessToken": local.access_token("alice") });
    assert_eq!(local.refused("GetUser", input), not_authorized("Access Token has been revoked"));
}

#[test]
fn callbacks_and_other_requests_finish_while_a_trigger_of_a_sign_in_runs() {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let (held, hold) = Held::new();
    let local = Pool::new(settings().pre_token_generation(move |tokens| {
        if tokens.username == "alice" {
            hold();
        }
        let input = json!({ "Username": tokens.username });
        let user = pool.get().unwrap().call("AdminGetUser", input).unwrap();
        Ok(TokenChanges::default().claim("status", user["UserStatus"].clone()))
    }));
    own.set(local.0.clone()).unwrap();
    let other_pool = Pool(local.0.emulator().create_pool(settings()).unwrap());
    ["alice", "bob"].iter().for_each(|name| local.user(name));
    other_pool.user("carol");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| local.tokens("alice"));
        held.wait();
        assert_eq!(claims(&local.tokens("bob")["IdToken"])["status"], "CONFIRMED");
        other_pool.tokens("carol");
        assert_eq!(local.read("alice")["UserStatus"], "CONFIRMED");
        let sessions = local.call("AdminListUserSessions", json!({ "Username": "alice" }));
        assert_eq!(sessions["Sessions"], json!([]), "no tokens, no session");
        held.release.send(()).unwrap();
        assert_eq!(claims(&waiting.join().unwrap()["IdToken"])["status"], "CONFIRMED");
    });
}

/// A trigger of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trigger {
    PreAuthentication,
    PostAuthentication,
    PreTokenGeneration,
    DefineAuthChallenge,
    CreateAuthChallenge,
    VerifyAuthChallengeResponse,
    CustomMessage,
}

const TRIGGERS: [Trigger; 7] = [
    Trigger::PreAuthentication,
    Trigger::PostAuthentication,
    Trigger::PreTokenGeneration,
    Trigger::DefineAuthChallenge,
    Trigger::CreateAuthChallenge,
    Trigger::VerifyAuthChallengeResponse,
    Trigger::CustomMessage,
];

/// A change of the pool, or of its user `alice`.
type Change = fn(&LocalPool);

/// Signs in while a trigger changes the pool, and returns the error.
fn sign_in_during(trigger: Trigger, change: Change, client: PoolSettings) -> Refusal {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let during = Arc::new(move |running| {
        if running == trigger {
            change(pool.get().unwrap());
        }
    });
    let [before, after, tokens, define, create, verify, message] =
        [(); 7].map(|()| Arc::clone(&during));
    let factors = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
    let settings = client
        .pool_member("Policies", json!({ "SignInPolicy": factors }))
        .pre_authentication(move |_| {
            before(Trigger::PreAuthentication);
            Ok(())
        })
        .post_authentication(move |_| {
            after(Trigger::PostAuthentication);
            Ok(())
        })
        .pre_token_generation(move |_| {
            tokens(Trigger::PreTokenGeneration);
            Ok(TokenChanges::default())
        })
        .define_auth_challenge(move |sign_in| {
            define(Trigger::DefineAuthChallenge);
            let proven = sign_in.session.last().is_some_and(|last| last.correct);
            if proven { NextStep::IssueTokens } else { NextStep::CustomChallenge }
        })
        .create_auth_challenge(move |_| {
            create(Trigger::CreateAuthChallenge);
            CustomChallengeParameters::default()
        })
        .verify_auth_challenge(move |_| {
            verify(Trigger::VerifyAuthChallengeResponse);
            true
        })
        .custom_message(move |_| {
            message(Trigger::CustomMessage);
            Ok(MessageText::default())
        });
    let local = Pool::new(settings);
    own.set(local.0.clone()).unwrap();
    local.user("alice");
    sign_in(&local, trigger).unwrap_err()
}

/// Signs in by a flow that calls the trigger.
fn sign_in(pool: &Pool, trigger: Trigger) -> Result<Value, Refusal> {
    let user = json!({ "USERNAME": "alice" });
    match trigger {
        Trigger::PreAuthentication | Trigger::PostAuthentication | Trigger::PreTokenGeneration => {
            pool.password_sign_in("alice", PASSWORD)
        }
        Trigger::DefineAuthChallenge | Trigger::CreateAuthChallenge => {
            pool.initiate("CUSTOM_AUTH", user)
        }
        Trigger::VerifyAuthChallengeResponse => {
            let challenge = pool.initiate("CUSTOM_AUTH", user)?;
            pool.respond(&challenge, json!({ "ANSWER": "any" }))
        }
        Trigger::CustomMessage => {
            let preferred = with(user, "PREFERRED_CHALLENGE", "EMAIL_OTP".into());
            pool.initiate("USER_AUTH", preferred)
        }
    }
}

fn delete(pool: &LocalPool) {
    pool.call("AdminDeleteUser", json!({ "Username": "alice" })).unwrap();
}

fn replace(pool: &LocalPool) {
    delete(pool);
    Pool(pool.clone()).user("alice");
}

fn disable(pool: &LocalPool) {
    pool.call("AdminDisableUser", json!({ "Username": "alice" })).unwrap();
}

fn delete_pool(pool: &LocalPool) {
    pool.call("DeleteUserPool", json!({})).unwrap();
}

fn delete_client(pool: &LocalPool) {
    pool.call("DeleteUserPoolClient", json!({})).unwrap();
}

#[test]
fn sign_in_is_rejected_if_a_trigger_deletes_replaces_or_disables_the_user() {
    let unknown = refusal("UserNotFoundException", "User does not exist.");
    let disabled = not_authorized("User is disabled.");
    let changes: [(Change, _); 3] = [(delete, &unknown), (replace, &unknown), (disable, &disabled)];
    for trigger in TRIGGERS {
        for (change, error) in changes {
            assert_eq!(&sign_in_during(trigger, change, settings()), error, "{trigger:?}");
        }
    }
}

#[test]
fn sign_in_is_rejected_if_a_trigger_deletes_the_client_or_the_pool() {
    let changes: [(Change, _); 2] =
        [(delete_client, "User pool client "), (delete_pool, "User pool ")];
    for trigger in TRIGGERS {
        for (change, begin) in changes {
            let (name, message) = sign_in_during(trigger, change, settings());
            assert_eq!(name, "ResourceNotFoundException", "{trigger:?}: {message}");
            assert!(message.starts_with(begin), "{trigger:?}: {message}");
        }
    }
}

#[test]
fn user_is_not_imported_if_the_migration_deletes_the_client_or_the_pool() {
    let changes: [(Change, _); 2] =
        [(delete_client, "User pool client "), (delete_pool, "User pool ")];
    for (change, begin) in changes {
        let own = Own::default();
        let pool = Arc::clone(&own);
        let local = Pool::new(settings().user_migration(move |_| {
            change(pool.get().unwrap());
            Ok(Some(MigratedUser::default()))
        }));
        own.set(local.0.clone()).unwrap();
        for request in [
            local.password_sign_in("bob", PASSWORD),
            local.try_call("ForgotPassword", json!({ "Username": "bob" })),
        ] {
            let (name, message) = request.unwrap_err();
            assert_eq!(name, "ResourceNotFoundException", "{message}");
            assert!(message.starts_with(begin), "{message}");
        }
    }
}

#[test]
fn user_whom_a_trigger_deletes_is_hidden_by_a_client_that_hides_users() {
    let hides = settings().client_member("PreventUserExistenceErrors", json!("ENABLED"));
    let rejected = sign_in_during(Trigger::PreAuthentication, delete, hides);
    assert_eq!(rejected, not_authorized("Incorrect username or password."));
}

#[test]
fn refresh_is_rejected_if_the_trigger_deletes_or_disables_the_user_or_revokes_the_token() {
    let gone = "The user has been deleted for the associated refresh token";
    let sign_out: Change = |pool| {
        pool.call("AdminUserGlobalSignOut", json!({ "Username": "alice" })).unwrap();
    };
    let changes: [(Change, _); 4] = [
        (delete, gone),
        (replace, gone),
        (disable, "User is disabled."),
        (sign_out, "Refresh Token has been revoked"),
    ];
    for (change, message) in changes {
        let own = Own::default();
        let pool = Arc::clone(&own);
        let local = Pool::new(settings().pre_token_generation(move |tokens| {
            if tokens.occasion == cognito_emulator::TokenOccasion::RefreshTokens {
                change(pool.get().unwrap());
            }
            Ok(TokenChanges::default())
        }));
        own.set(local.0.clone()).unwrap();
        local.user("alice");
        let input = json!({ "RefreshToken": local.tokens("alice")["RefreshToken"] });
        let rejected = local.refused("GetTokensFromRefreshToken", input);
        assert_eq!(rejected, not_authorized(message));
    }
}
