//! `/oauth2/userInfo`: attributes by scope, as strings.

use std::time::Duration;

use cognito_emulator::LocalPool;
use serde_json::{Value, json};

use crate::support::{App, Response, call, header, pool, settings};

const INVALID: &str =
    "Access token is expired, disabled, or deleted, or the user has globally signed out.";

fn pool_with_attributes() -> LocalPool {
    let local = pool(settings().client_member("ReadAttributes", READ.to_vec()));
    let attributes = json!([
        { "Name": "email", "Value": "alice@example.com" },
        { "Name": "email_verified", "Value": "true" },
        { "Name": "phone_number", "Value": "+15550100" },
        { "Name": "name", "Value": "Alice" },
        { "Name": "nickname", "Value": "Al" },
    ]);
    let update = json!({ "Username": "alice", "UserAttributes": attributes });
    local.call("AdminUpdateUserAttributes", update).unwrap();
    local
}

/// All of alice's attributes except for `nickname`.
const READ: [&str; 5] =
    ["email", "email_verified", "name", "phone_number", "phone_number_verified"];

async fn user_info(local: &LocalPool, method: &str, authorization: &str) -> Response {
    let headers = [("authorization", authorization), ("origin", "https://app.example.com")];
    call(local, method, "/oauth2/userInfo", &headers, String::new()).await
}

async fn with_token(local: &LocalPool, tokens: &Value) -> Response {
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    user_info(local, "GET", &bearer).await
}

#[tokio::test]
async fn attributes_are_those_of_the_scopes_and_all_values_are_strings() {
    let local = pool_with_attributes();
    let sub = local.call("AdminGetUser", json!({ "Username": "alice" })).unwrap();
    let sub = &sub["UserAttributes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["Name"] == "sub")
        .unwrap()["Value"];
    let email = json!({ "email": "alice@example.com", "email_verified": "true" });
    let mut all = email.clone();
    all["phone_number"] = json!("+15550100");
    all["name"] = json!("Alice");
    for (scope, expected) in [("openid", &all), ("openid email", &email), ("openid profile", &all)]
    {
        let tokens = App::of(&local).with("scope", scope).tokens().await;
        let response = with_token(&local, &tokens).await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "content-type"), "application/json;charset=UTF-8");
        assert_eq!(header(&response, "access-control-allow-origin"), "*");
        let mut shown: Value = serde_json::from_str(response.body()).unwrap();
        let own = shown.as_object_mut().unwrap();
        own.retain(|name, _| name != "phone_number_verified");
        assert_eq!(own.remove("username"), Some(json!("alice")));
        assert_eq!(own.remove("sub").as_ref(), Some(sub));
        assert_eq!(&shown, expected, "{scope}");
    }
}

#[tokio::test]
async fn post_has_the_same_response_as_get() {
    let local = pool(settings());
    let tokens = App::of(&local).tokens().await;
    let bearer = format!("bearer {}", tokens["access_token"].as_str().unwrap());
    let response = user_info(&local, "POST", &bearer).await;
    assert_eq!(response.status(), 200);
    assert!(response.body().contains("\"username\":\"alice\""));
}

fn assert_invalid(response: &Response) {
    assert_eq!(response.status(), 401);
    let expected = format!("error=\"invalid_token\", error_description=\"{INVALID}\"");
    assert_eq!(header(response, "www-authenticate"), expected);
    let body: Value = serde_json::from_str(response.body()).unwrap();
    assert_eq!(body, json!({ "error": "invalid_token", "error_description": INVALID }));
}

#[tokio::test]
async fn token_that_is_bound_to_a_resource_is_accepted() {
    let local = pool(settings());
    let tokens = App::of(&local).with("resource", "https://api.example.com").tokens().await;
    assert_eq!(with_token(&local, &tokens).await.status(), 200);
    assert!(local.call("GetUser", json!({ "AccessToken": tokens["access_token"] })).is_ok());
}

#[tokio::test]
async fn token_without_the_scope_openid_is_rejected() {
    let local =
        pool(settings().client_member("ExplicitAuthFlows", json!(["ALLOW_USER_PASSWORD_AUTH"])));
    let scope = "aws.cognito.signin.user.admin";
    let tokens = App::of(&local).with("scope", scope).tokens().await;
    assert_invalid(&with_token(&local, &tokens).await);
    let of_api = local.access_token_for(json!({ "username": "alice" })).unwrap();
    assert_invalid(&user_info(&local, "GET", &format!("Bearer {}", of_api.expose_secret())).await);
    let of_test = json!({ "username": "alice", "scope": "openid" });
    let of_test = local.access_token_for(of_test).unwrap();
    let response = user_info(&local, "GET", &format!("Bearer {}", of_test.expose_secret())).await;
    assert_eq!(response.status(), 200, "the scopes of the token count");
}

#[tokio::test]
async fn expired_revoked_and_foreign_tokens_are_invalid() {
    let local = pool(settings());
    let tokens = App::of(&local).tokens().await;
    let id = json!({ "access_token": tokens["id_token"] });
    assert_invalid(&with_token(&local, &id).await);
    assert_invalid(&user_info(&local, "GET", "Bearer x").await);
    let alice = json!({ "Username": "alice" });
    local.call("AdminUserGlobalSignOut", alice.clone()).unwrap();
    assert_invalid(&with_token(&local, &tokens).await);
    let tokens = App::of(&local).tokens().await;
    assert_eq!(with_token(&local, &tokens).await.status(), 200);
    local.clock().advance(Duration::from_secs(3601));
    assert_invalid(&with_token(&local, &tokens).await);
    let tokens = App::of(&local).tokens().await;
    local.call("AdminDisableUser", alice).unwrap();
    assert_invalid(&with_token(&local, &tokens).await);
}

#[tokio::test]
async fn request_without_a_bearer_token_is_malformed() {
    let local = pool(settings());
    for authorization in ["", "Bearer", "Basic YTpi"] {
        let response = user_info(&local, "GET", authorization).await;
        assert_eq!(response.status(), 400, "{authorization}");
        let expected = "error=\"invalid_request\", \
                        error_description=\"Bad OAuth2 request at UserInfo Endpoint\"";
        assert_eq!(header(&response, "www-authenticate"), expected);
    }
}
