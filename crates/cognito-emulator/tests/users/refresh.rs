//! Refresh, rotation and revocation of tokens.

use std::time::Duration;

use cognito_emulator::PoolSettings;
use cognito_types::Clock;
use serde_json::{Value, json};

use crate::support::{Pool, Refusal, claims, not_authorized, refusal, settings};

fn rotating(grace: u64) -> PoolSettings {
    let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": grace });
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]);
    settings()
        .client_member("RefreshTokenRotation", rotation)
        .client_member("ExplicitAuthFlows", flows)
}

fn refresh(pool: &Pool, token: &Value) -> Result<Value, Refusal> {
    let answer = pool.try_call("GetTokensFromRefreshToken", json!({ "RefreshToken": token }))?;
    Ok(answer["AuthenticationResult"].clone())
}

#[test]
fn refresh_token_is_unchanged_without_rotation() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let refreshed = refresh(&pool, &tokens["RefreshToken"]).unwrap();
    assert!(refreshed.get("RefreshToken").is_none());
    let (old, new) = (claims(&tokens["AccessToken"]), claims(&refreshed["AccessToken"]));
    assert_eq!((&old["origin_jti"], &old["auth_time"]), (&new["origin_jti"], &new["auth_time"]));
    assert_ne!(old["jti"], new["jti"]);
    for flow in ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"] {
        let parameters = json!({ "REFRESH_TOKEN": tokens["RefreshToken"] });
        assert!(pool.initiate(flow, parameters.clone()).is_ok(), "{flow}");
        let input = json!({ "AuthFlow": flow, "AuthParameters": parameters });
        assert!(pool.call("AdminInitiateAuth", input)["AuthenticationResult"].is_object());
    }
    pool.advance(30 * 86_400);
    let refused = refresh(&pool, &tokens["RefreshToken"]).unwrap_err();
    assert_eq!(refused, not_authorized("Refresh Token has expired"));
    let refused = refresh(&pool, &json!("a.b.c.d.e")).unwrap_err();
    assert_eq!(refused, not_authorized("Invalid Refresh Token"));
}

#[test]
fn session_continues_after_the_clock_is_set_back() {
    for settings in [settings(), rotating(60)] {
        let pool = Pool::new(settings);
        pool.user("alice");
        let first = pool.tokens("alice")["RefreshToken"].clone();
        refresh(&pool, &first).unwrap();
        let clock = pool.0.clock();
        clock.set(clock.now() - Duration::from_secs(86_400));
        let refreshed = refresh(&pool, &first).unwrap();
        let access = claims(&refreshed["AccessToken"]);
        assert_eq!(access["auth_time"], access["iat"]);
        pool.call("GetUser", json!({ "AccessToken": refreshed["AccessToken"] }));
    }
}

#[test]
fn response_has_only_the_result() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let input = json!({ "RefreshToken": pool.tokens("alice")["RefreshToken"] });
    let answer = pool.call("GetTokensFromRefreshToken", input);
    let names: Vec<_> = answer.as_object().unwrap().keys().collect();
    assert_eq!(names, ["AuthenticationResult"]);
}

#[test]
fn rotated_token_is_valid_in_the_grace_period_and_then_revokes_its_family() {
    let pool = Pool::new(rotating(60));
    pool.user("alice");
    let first = pool.tokens("alice")["RefreshToken"].clone();
    let second = refresh(&pool, &first).unwrap()["RefreshToken"].clone();
    assert_ne!(first, second);
    pool.advance(30);
    let third = refresh(&pool, &first).unwrap()["RefreshToken"].clone();
    assert!(refresh(&pool, &third).is_ok());
    pool.advance(60);
    let (name, _) = refresh(&pool, &first).unwrap_err();
    assert_eq!(name, "RefreshTokenReuseException");
    for token in [&first, &second, &third] {
        let refused = refresh(&pool, token).unwrap_err();
        assert_eq!(refused, not_authorized("Refresh Token has been revoked"));
    }
}

#[test]
fn token_is_valid_once_without_a_grace_period() {
    let pool = Pool::new(rotating(0));
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let refreshed = refresh(&pool, &tokens["RefreshToken"]).unwrap();
    let (name, _) = refresh(&pool, &tokens["RefreshToken"]).unwrap_err();
    assert_eq!(name, "RefreshTokenReuseException");
    let refused = pool.refused("GetUser", json!({ "AccessToken": refreshed["AccessToken"] }));
    assert_eq!(refused, not_authorized("Access Token has been revoked"));
}

#[test]
fn rotation_does_not_extend_a_session() {
    const HOUR: u64 = 3600;
    for grace in [0, 60] {
        let hours = json!({ "RefreshToken": "hours" });
        let settings = rotating(grace).client_member("RefreshTokenValidity", 12);
        let pool = Pool::new(settings.client_member("TokenValidityUnits", hours));
        pool.user("alice");
        let mut token = pool.tokens("alice")["RefreshToken"].clone();
        for _ in 0..11 {
            pool.advance(HOUR);
            token = refresh(&pool, &token).unwrap()["RefreshToken"].clone();
        }
        // A retry within the grace period does not extend the session either.
        let retried = refresh(&pool, &token).unwrap()["RefreshToken"].clone();
        pool.advance(HOUR);
        let refused = refresh(&pool, &retried).unwrap_err();
        assert_eq!(refused, not_authorized("Refresh Token has expired"));
    }
}

#[test]
fn tokens_of_clients_without_revocation_have_no_origin_jti() {
    let pool = Pool::new(settings().client_member("EnableTokenRevocation", false));
    pool.user("alice");
    let first = pool.tokens("alice");
    let refreshed = refresh(&pool, &first["RefreshToken"]).unwrap();
    for tokens in [&first, &refreshed] {
        let (access, id) = (claims(&tokens["AccessToken"]), claims(&tokens["IdToken"]));
        assert!(access.get("origin_jti").is_none() && access.get("jti").is_some());
        assert!(id.get("origin_jti").is_none() && id.get("jti").is_none());
        let user = pool.call("GetUser", json!({ "AccessToken": tokens["AccessToken"] }));
        assert_eq!(user["Username"], "alice");
    }
    pool.call("AdminUserGlobalSignOut", json!({ "Username": "alice" }));
    let refused = pool.refused("GetUser", json!({ "AccessToken": first["AccessToken"] }));
    assert_eq!(refused, not_authorized("Access Token has been revoked"));
}

#[test]
fn clients_with_rotation_reject_refresh_token_auth() {
    let pool = Pool::new(rotating(10));
    pool.user("alice");
    let parameters = json!({ "REFRESH_TOKEN": pool.tokens("alice")["RefreshToken"] });
    for flow in ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"] {
        let (name, _) = pool.initiate(flow, parameters.clone()).unwrap_err();
        assert_eq!(name, "NotAuthorizedException", "{flow}");
    }
}

#[test]
fn refresh_token_is_valid_for_its_client_only() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let made = pool.call("CreateUserPoolClient", json!({ "ClientName": "other" }));
    let other = &made["UserPoolClient"]["ClientId"];
    let token = &pool.tokens("alice")["RefreshToken"];
    let input = json!({ "RefreshToken": token, "ClientId": other });
    let refused = pool.refused("GetTokensFromRefreshToken", input);
    assert_eq!(refused, not_authorized("Refresh Token has different Client"));
    let input = json!({ "Token": token, "ClientId": other });
    assert_eq!(pool.refused("RevokeToken", input).0, "UnauthorizedException");
    assert!(refresh(&pool, token).is_ok(), "the token was not revoked");
}

#[test]
fn both_refresh_operations_report_a_disabled_user() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let token = pool.tokens("alice")["RefreshToken"].clone();
    pool.call("AdminDisableUser", json!({ "Username": "alice" }));
    let disabled = not_authorized("User is disabled.");
    assert_eq!(refresh(&pool, &token).unwrap_err(), disabled);
    let parameters = json!({ "REFRESH_TOKEN": token });
    assert_eq!(pool.initiate("REFRESH_TOKEN_AUTH", parameters).unwrap_err(), disabled);
}

#[test]
fn revocation_ends_only_its_sign_in() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let (one, other) = (pool.tokens("alice"), pool.tokens("alice"));
    let input = json!({ "Token": one["AccessToken"] });
    assert_eq!(pool.refused("RevokeToken", input).0, "UnsupportedTokenTypeException");
    assert_eq!(pool.call("RevokeToken", json!({ "Token": one["RefreshToken"] })), json!({}));
    let refused = refresh(&pool, &one["RefreshToken"]).unwrap_err();
    assert_eq!(refused, not_authorized("Refresh Token has been revoked"));
    let refused = pool.refused("GetUser", json!({ "AccessToken": one["AccessToken"] }));
    assert_eq!(refused, not_authorized("Access Token has been revoked"));
    assert!(refresh(&pool, &other["RefreshToken"]).is_ok());
    for unknown in ["no-token", "a.b.c.d.e"] {
        assert_eq!(pool.call("RevokeToken", json!({ "Token": unknown })), json!({}));
    }

    let pool = Pool::new(settings().client_member("EnableTokenRevocation", false));
    pool.user("alice");
    let input = json!({ "Token": pool.tokens("alice")["RefreshToken"] });
    assert_eq!(
        pool.refused("RevokeToken", input),
        refusal("UnsupportedOperationException", "Token revocation is not enabled for the client.",)
    );
}
