//! The tokens of managed login: claims, scopes, refresh, the implicit grant and discovery.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::{LocalPool, PoolSettings, TokenChanges, TokenOccasion};
use cognito_tokens::{Clients, KeySet, TokenRules};
use cognito_types::Clock;
use serde_json::{Value, json};

use crate::support::{
    App, Browser, CALLBACK, claims, header, pool, sent_parameter, sent_parameters, settings, token,
};

fn pool_with_email(settings: PoolSettings) -> LocalPool {
    let local = pool(settings);
    let attributes = json!([
        { "Name": "email", "Value": "alice@example.com" },
        { "Name": "email_verified", "Value": "true" },
        { "Name": "name", "Value": "Alice" },
    ]);
    let update = json!({ "Username": "alice", "UserAttributes": attributes });
    local.call("AdminUpdateUserAttributes", update).unwrap();
    local
}

async fn refresh(local: &LocalPool, refresh_token: &Value) -> (u16, Value) {
    let id = local.client_id();
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", id.as_str()),
        ("refresh_token", refresh_token.as_str().unwrap()),
    ];
    token(local, None, &form).await
}

#[tokio::test]
async fn tokens_have_the_claims_of_managed_login() {
    let local = pool_with_email(settings());
    let app = App::of(&local).with("scope", "openid email").with("nonce", "n-1");
    let code = app.code().await;
    local.clock().advance(Duration::from_secs(60));
    let (_, tokens) = app.redeem(&[("code", &code)]).await;
    let (access, id) = (claims(&tokens["access_token"]), claims(&tokens["id_token"]));
    assert_eq!((&access["version"], &access["scope"]), (&json!(2), &json!("openid email")));
    assert_eq!((&access["username"], &id["cognito:username"]), (&json!("alice"), &json!("alice")));
    assert_eq!(access["client_id"], local.client_id().as_str());
    assert!(access.get("aud").is_none() && access.get("device_key").is_none());
    assert_eq!((&id["nonce"], &id["email"]), (&json!("n-1"), &json!("alice@example.com")));
    assert_eq!((&id["email_verified"], id.get("name")), (&json!(true), None));
    let hash = digest(&SHA256, tokens["access_token"].as_str().unwrap().as_bytes());
    assert_eq!(id["at_hash"], URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
    let age = access["iat"].as_u64().unwrap() - access["auth_time"].as_u64().unwrap();
    assert!((60..62).contains(&age), "auth_time is the time of the password: {age}");
}

#[tokio::test]
async fn tokens_verify_by_the_rules_of_the_pool() {
    let local = pool(settings());
    let tokens = App::of(&local).tokens().await;
    let key_set = Browser::of(&local).get(&format!("/{}/.well-known/jwks.json", local.id())).await;
    let keys = KeySet::from_json(key_set.body()).unwrap();
    let rules = TokenRules::new(&local.id(), Clients::only(local.client_id()));
    let rules = rules.issuers([format!("{}/{}", local.endpoint(), local.id())]);
    let (access, id) =
        (tokens["access_token"].as_str().unwrap(), tokens["id_token"].as_str().unwrap());
    let now = local.clock().now();
    assert!(rules.access_token(access, &keys, now).is_ok());
    assert!(rules.id_token(id, &keys, now).is_ok());
}

#[tokio::test]
async fn scopes_decide_on_the_id_token_and_on_the_operations() {
    let local = pool_with_email(settings());
    let default = App::of(&local).tokens().await;
    let all = "openid email phone profile aws.cognito.signin.user.admin";
    assert_eq!(claims(&default["access_token"])["scope"], all);
    assert_eq!(claims(&default["id_token"])["name"], "Alice");
    let get_user =
        |tokens: &Value| local.call("GetUser", json!({ "AccessToken": tokens["access_token"] }));
    assert_eq!(get_user(&default).unwrap()["Username"], "alice");

    let bare = App::of(&local).with("scope", "openid").tokens().await;
    assert_eq!(claims(&bare["id_token"])["name"], "Alice", "openid alone shows all attributes");
    let message = "NotAuthorizedException: Access Token does not have required scopes";
    assert_eq!(get_user(&bare).unwrap_err().to_string(), message);

    let scope = "aws.cognito.signin.user.admin";
    let without = App::of(&local).with("scope", scope).tokens().await;
    assert!(without.get("id_token").is_none());
    let (_, refreshed) = refresh(&local, &without["refresh_token"]).await;
    assert!(refreshed.get("id_token").is_none() && refreshed["access_token"].is_string());
}

#[tokio::test]
async fn default_scopes_exclude_those_of_deleted_resource_servers() {
    let local = pool(settings());
    for server in ["orders", "stock"] {
        let scopes = json!([{ "ScopeName": "read", "ScopeDescription": "x" }]);
        let input = json!({ "Identifier": server, "Name": server, "Scopes": scopes });
        local.call("CreateResourceServer", input).unwrap();
    }
    let client = json!({
        "ClientId": local.client_id().as_str(), "CallbackURLs": [CALLBACK],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "orders/read", "stock/read"],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    local.call("UpdateUserPoolClient", client).unwrap();
    local.call("DeleteResourceServer", json!({ "Identifier": "orders" })).unwrap();
    let tokens = App::of(&local).tokens().await;
    assert_eq!(claims(&tokens["access_token"])["scope"], "openid stock/read");
    let query = App::of(&local).with("scope", "openid orders/read").query();
    let response = Browser::of(&local).get(&format!("/oauth2/authorize?{query}")).await;
    let description = sent_parameter(&response, "error_description");
    assert_eq!(
        description.as_deref(),
        Some("invalid_scope"),
        "a request for the scope is rejected"
    );
}

#[tokio::test]
async fn refreshed_tokens_keep_scopes_and_resource() {
    let local = pool(settings());
    let resource = "https://api.example.com/orders";
    let app = App::of(&local).with("scope", "openid").with("resource", resource).with("nonce", "n");
    let tokens = app.tokens().await;
    assert_eq!(claims(&tokens["access_token"])["aud"], resource);
    let (status, refreshed) = refresh(&local, &tokens["refresh_token"]).await;
    assert_eq!(status, 200);
    assert!(refreshed.get("refresh_token").is_none());
    let (access, id) = (claims(&refreshed["access_token"]), claims(&refreshed["id_token"]));
    assert_eq!((&access["aud"], &access["scope"]), (&json!(resource), &json!("openid")));
    assert_eq!(access["origin_jti"], claims(&tokens["access_token"])["origin_jti"]);
    assert!(id["at_hash"].is_string() && id.get("nonce").is_none());
}

#[tokio::test]
async fn token_trigger_has_the_source_hosted_auth_and_can_reject_the_tokens() {
    let settings = settings().pre_token_generation(|tokens| match tokens.occasion {
        TokenOccasion::HostedAuth if tokens.scopes == ["openid"] => {
            Ok(TokenChanges::default().claim("plan", "gold"))
        }
        _ => Err("not now".to_owned()),
    });
    let local = pool(settings);
    let tokens = App::of(&local).with("scope", "openid").tokens().await;
    assert_eq!(claims(&tokens["access_token"])["plan"], "gold");
    let app = App::of(&local);
    let expected = json!({
        "error": "invalid_grant",
        "error_description": "PreTokenGeneration failed with error not now."
    });
    assert_eq!(app.redeem(&[("code", &app.code().await)]).await, (400, expected));
}

#[tokio::test]
async fn implicit_grant_sends_tokens_in_the_fragment() {
    let settings = settings().client_member("AllowedOAuthFlows", json!(["implicit"]));
    let local = pool_with_email(settings);
    let app = App::of(&local).with("response_type", "token").with("nonce", "n-1");
    let response = Browser::of(&local).sign_in(&app.query()).await;
    assert!(header(&response, "location").starts_with(&format!("{CALLBACK}#id_token=")));
    let names: Vec<String> = sent_parameters(&response).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["id_token", "access_token", "token_type", "expires_in", "state"]);
    let id = sent_parameter(&response, "id_token").unwrap();
    assert_eq!(claims(&id.into())["nonce"], "n-1");
    let bare = app.with("scope", "aws.cognito.signin.user.admin");
    let response = Browser::of(&local).sign_in(&bare.query()).await;
    assert_eq!(sent_parameter(&response, "id_token"), None);
}

#[tokio::test]
async fn trigger_that_rejects_implicit_tokens_is_an_error_of_the_redirect() {
    let settings = settings()
        .client_member("AllowedOAuthFlows", json!(["implicit"]))
        .pre_token_generation(|_| Err("not now".to_owned()));
    let local = pool(settings);
    let query = App::of(&local).with("response_type", "token").query();
    let response = Browser::of(&local).sign_in(&query).await;
    let expected = "#error_description=PreTokenGeneration+failed+with+error+not+now.+\
                    &state=s1&error=invalid_request";
    assert_eq!(header(&response, "location"), format!("{CALLBACK}{expected}"));
}

#[tokio::test]
async fn discovery_lists_the_members_of_a_real_document() {
    let local = pool(settings());
    let path = format!("/{}/.well-known/openid-configuration", local.id());
    let document: Value =
        serde_json::from_str(Browser::of(&local).get(&path).await.body()).unwrap();
    let names: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "authorization_endpoint",
            "end_session_endpoint",
            "id_token_signing_alg_values_supported",
            "issuer",
            "jwks_uri",
            "response_types_supported",
            "revocation_endpoint",
            "scopes_supported",
            "subject_types_supported",
            "token_endpoint",
            "token_endpoint_auth_methods_supported",
            "userinfo_endpoint",
        ]
    );
    assert_eq!(document["authorization_endpoint"], "http://localhost:9229/oauth2/authorize");
}
