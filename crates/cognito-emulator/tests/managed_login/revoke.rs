//! `/oauth2/revoke`: revocation of refresh tokens, and of the tokens of their sign-ins.

use cognito_emulator::LocalPool;
use serde_json::{Value, json};

use crate::support::{App, Response, call, claims, header, pool, post, settings, token};

async fn revoke(local: &LocalPool, refresh_token: &Value) -> Response {
    let id = local.client_id();
    let form = [("client_id", id.as_str()), ("token", refresh_token.as_str().unwrap())];
    post(local, "/oauth2/revoke", None, &form).await
}

fn error(response: &Response) -> (u16, Value) {
    let body: Value = serde_json::from_str(response.body()).unwrap();
    (response.status().as_u16(), body["error"].clone())
}

#[tokio::test]
async fn revocation_only_ends_the_tokens_of_its_sign_in() {
    let local = pool(settings());
    let [tokens, other] = [App::of(&local).tokens().await, App::of(&local).tokens().await];
    let response = revoke(&local, &tokens["refresh_token"]).await;
    assert_eq!((response.status().as_u16(), &**response.body()), (200, ""));
    let get_user =
        |tokens: &Value| local.call("GetUser", json!({ "AccessToken": tokens["access_token"] }));
    let message = "NotAuthorizedException: Access Token has been revoked";
    assert_eq!(get_user(&tokens).unwrap_err().to_string(), message);
    assert!(get_user(&other).is_ok());
    let id = local.client_id();
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", id.as_str()),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(token(&local, None, &form).await, (400, json!({ "error": "invalid_grant" })));
    assert_eq!(revoke(&local, &tokens["refresh_token"]).await.status(), 200, "again");
    assert_eq!(revoke(&local, &json!("unknown")).await.status(), 200);
}

#[tokio::test]
async fn access_and_id_tokens_cannot_be_revoked() {
    let local = pool(settings());
    let tokens = App::of(&local).tokens().await;
    for name in ["access_token", "id_token"] {
        let response = revoke(&local, &tokens[name]).await;
        assert_eq!(error(&response), (400, json!("unsupported_token_type")), "{name}");
    }
}

#[tokio::test]
async fn revocation_needs_a_token_and_must_be_enabled() {
    let local = pool(settings());
    let response = revoke(&local, &json!("")).await;
    assert_eq!(error(&response), (400, json!("invalid_request")));
    let local = pool(settings().client_member("EnableTokenRevocation", false));
    let tokens = App::of(&local).tokens().await;
    assert!(claims(&tokens["access_token"]).get("origin_jti").is_none());
    let response = revoke(&local, &tokens["refresh_token"]).await;
    assert_eq!(error(&response), (400, json!("invalid_request")));
}

#[tokio::test]
async fn client_authenticates_as_at_the_token_endpoint() {
    let secret = "secret0of0the0client";
    let local = pool(settings().client_secret(secret));
    let id = local.client_id();
    let tokens = {
        let code = App::of(&local).code().await;
        App::of(&local).redeem(&[("code", &code), ("client_secret", secret)]).await.1
    };
    let form = [("token", tokens["refresh_token"].as_str().unwrap())];
    for wrong in ["wrong", ""] {
        let response = post(&local, "/oauth2/revoke", Some((id.as_str(), wrong)), &form).await;
        assert_eq!(error(&response), (401, json!("invalid_client")));
    }
    let right = post(&local, "/oauth2/revoke", Some((id.as_str(), secret)), &form).await;
    assert_eq!(right.status(), 200);
}

#[tokio::test]
async fn token_of_another_client_is_not_revoked() {
    let local = pool(settings());
    let tokens = App::of(&local).tokens().await;
    let other = local.call("CreateUserPoolClient", json!({ "ClientName": "other" })).unwrap();
    let id = other["UserPoolClient"]["ClientId"].as_str().unwrap();
    let form = [("client_id", id), ("token", tokens["refresh_token"].as_str().unwrap())];
    assert_eq!(post(&local, "/oauth2/revoke", None, &form).await.status(), 200);
    assert!(local.call("GetUser", json!({ "AccessToken": tokens["access_token"] })).is_ok());
}

#[tokio::test]
async fn cors_is_allowed_for_api_endpoints_and_not_for_pages() {
    let local = pool(settings());
    let origin = [("origin", "https://app.example.com")];
    for (path, is_open) in [
        ("/oauth2/token", true),
        ("/oauth2/revoke", true),
        ("/oauth2/userInfo", true),
        ("/login", false),
        ("/oauth2/authorize", false),
        ("/logout", false),
    ] {
        let expected = if is_open { "*" } else { "" };
        for method in ["GET", "OPTIONS"] {
            let response = call(&local, method, path, &origin, String::new()).await;
            let allowed = header(&response, "access-control-allow-origin");
            assert_eq!(allowed, expected, "{method} {path}");
        }
    }
}
