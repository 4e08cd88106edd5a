//! Tokens without a sign-in.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::{Emulator, LocalPool, Mfa, PoolSettings};
use cognito_tokens::{Clients, KeySet, TokenRules, VerifyError};
use cognito_types::Clock;
use serde_json::{Value, json};

use crate::support::{Answer, get, post, post_to, start};

async fn pool() -> (Emulator, LocalPool) {
    let emulator = start().await;
    let flows = json!(["ALLOW_REFRESH_TOKEN_AUTH"]);
    let settings =
        PoolSettings::default().mfa(Mfa::Optional).client_member("ExplicitAuthFlows", flows);
    let local = emulator.create_pool(settings).unwrap();
    local.add_user("alice", "Correct-horse1").unwrap();
    (emulator, local)
}

async fn issue(local: &LocalPool, mut members: Value) -> Answer {
    members["UserPoolId"] = local.id().as_str().into();
    members["ClientId"] = local.client_id().as_str().into();
    post_to(local.emulator(), "/_emulator/tokens", &members).await
}

/// Returns the claims of both tokens, verified with the rules and keys of the pool.
async fn verified(local: &LocalPool, tokens: &Value) -> Result<(Value, Value), VerifyError> {
    let path = format!("/{}/.well-known/jwks.json", local.id());
    let keys = KeySet::from_json(&get(local.emulator(), &path).await.body).unwrap();
    let rules = TokenRules::new(&local.id(), Clients::only(local.client_id()));
    let rules = rules.issuers([format!("{}/{}", local.endpoint(), local.id())]);
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let now = local.clock().now();
    rules.access_token(&text("AccessToken"), &keys, now)?;
    rules.id_token(&text("IdToken"), &keys, now)?;
    Ok((payload(&text("AccessToken")), payload(&text("IdToken"))))
}

fn payload(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[tokio::test]
async fn tokens_of_a_user_are_accepted_refreshed_and_revoked() {
    let (emulator, local) = pool().await;
    let tokens = issue(&local, json!({ "Username": "alice" })).await.json();
    let (access, id) = verified(&local, &tokens).await.unwrap();
    assert_eq!((&access["username"], &id["cognito:username"]), (&json!("alice"), &json!("alice")));

    let token = json!({ "AccessToken": tokens["AccessToken"] }).to_string();
    assert_eq!(post(&emulator, "GetUser", "", &token).await.json()["Username"], "alice");
    let refresh = json!({ "REFRESH_TOKEN": tokens["RefreshToken"] });
    let refresh = json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": refresh });
    assert!(local.call("InitiateAuth", refresh).unwrap()["AuthenticationResult"].is_object());
    assert_eq!(post(&emulator, "GlobalSignOut", "", &token).await.status(), 200);
    let rejected = post(&emulator, "GetUser", "", &token).await.json();
    assert_eq!(rejected["message"], "Access Token has been revoked");
}

#[tokio::test]
async fn claims_replace_those_of_a_sign_in() {
    let (emulator, local) = pool().await;
    let claims = json!({
        "sub": "1234", "username": "bob", "cognito:groups": ["admins"], "custom:tenant": "x",
        "scope": "orders/read"
    });
    let tokens = issue(&local, json!({ "Claims": claims })).await.json();
    let (access, id) = verified(&local, &tokens).await.unwrap();
    for claims in [&access, &id] {
        assert_eq!((&claims["sub"], &claims["custom:tenant"]), (&json!("1234"), &json!("x")));
        assert_eq!(claims["cognito:groups"], json!(["admins"]));
    }
    assert_eq!((&access["scope"], &access["username"]), (&json!("orders/read"), &json!("bob")));
    assert_eq!(id["cognito:username"], "bob");
    assert!(id.get("scope").is_none() && id.get("username").is_none());
    assert!(tokens.get("RefreshToken").is_none(), "no user, no session");

    let admin = "aws.cognito.signin.user.admin";
    let tokens = issue(&local, json!({ "Claims": { "username": "bob", "scope": admin } })).await;
    let token = json!({ "AccessToken": tokens.json()["AccessToken"] }).to_string();
    let rejected = post(&emulator, "GetUser", "", &token).await;
    assert_eq!(rejected.json()["message"], "Access Token has been revoked", "bob does not exist");

    let past = UNIX_EPOCH.elapsed().unwrap() - Duration::from_secs(7200);
    let expired = issue(&local, json!({ "Claims": { "exp": past.as_secs() } })).await.json();
    assert!(matches!(verified(&local, &expired).await, Err(VerifyError::Expired { .. })));
}

#[tokio::test]
async fn claim_that_names_a_user_by_an_alias_becomes_the_name() {
    let settings = PoolSettings::default().pool_member("UsernameAttributes", json!(["email"]));
    let local = start().await.create_pool(settings).unwrap();
    local.add_user("alice@example.com", "Correct-horse1").unwrap();
    let user = local.call("AdminGetUser", json!({ "Username": "alice@example.com" })).unwrap();
    let address = json!("alice@example.com");
    for claims in [
        json!({ "username": address, "cognito:username": address }),
        json!({ "cognito:username": address }),
        json!({ "username": user["Username"] }),
    ] {
        let tokens = issue(&local, json!({ "Claims": claims })).await.json();
        let (access, id) = verified(&local, &tokens).await.unwrap();
        assert_eq!(access["username"], user["Username"]);
        assert_eq!(id["cognito:username"], user["Username"]);
    }
    let other = json!({ "username": address, "cognito:username": "other" });
    let tokens = issue(&local, json!({ "Claims": other })).await.json();
    assert_eq!(payload(tokens["IdToken"].as_str().unwrap())["cognito:username"], "other");
}

#[tokio::test]
async fn tokens_need_a_pool_a_client_and_a_user_who_may_sign_in() {
    let (emulator, local) = pool().await;
    local.call("AdminDisableUser", json!({ "Username": "alice" })).unwrap();
    let disabled = issue(&local, json!({ "Username": "alice" })).await;
    assert_eq!(
        (disabled.status(), &disabled.json()["message"]),
        (400, &json!("User is disabled."))
    );
    assert_eq!(issue(&local, json!({ "Username": "bob" })).await.status(), 404);
    let (pool, client) = (local.id(), local.client_id());
    for (pool, client, status) in
        [("us-east-1_Unknown01", client.as_str(), 404), (pool.as_str(), "unknown", 404)]
    {
        let request = json!({ "UserPoolId": pool, "ClientId": client });
        assert_eq!(post_to(&emulator, "/_emulator/tokens", &request).await.status(), status);
    }
    assert_eq!(post_to(&emulator, "/_emulator/tokens", &json!({})).await.status(), 400);
    assert_eq!(issue(&local, json!({ "Claims": [] })).await.status(), 400);
    assert!(local.access_token_for(json!([])).is_err());
}

#[tokio::test]
async fn totp_follows_the_test_clock() {
    let (_, local) = pool().await;
    let token = local.access_token_for(json!({ "username": "alice" })).unwrap();
    let associate = json!({ "AccessToken": token.expose_secret() });
    let secret = local.call("AssociateSoftwareToken", associate).unwrap();
    let secret = secret["SecretCode"].as_str().unwrap();
    local.clock().advance(Duration::from_secs(1800));
    let code = local.totp(secret).unwrap();
    let verify = json!({ "AccessToken": token.expose_secret(), "UserCode": code.expose_secret() });
    assert_eq!(local.call("VerifySoftwareToken", verify).unwrap()["Status"], "SUCCESS");
    assert!(local.totp("not base32!").is_none());
}
