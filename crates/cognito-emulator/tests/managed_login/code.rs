//! Codes can be redeemed once, in time, and only for their request.

use std::time::Duration;

use serde_json::json;

use crate::support::{App, CALLBACK, VERIFIER, pool, settings, token};

#[tokio::test]
async fn code_is_redeemed_once() {
    let local = pool(settings());
    let app = App::of(&local);
    let code = app.code().await;
    let (status, tokens) = app.redeem(&[("code", &code)]).await;
    assert_eq!((status, &tokens["token_type"]), (200, &json!("Bearer")));
    assert_eq!(tokens["expires_in"], 3600);
    assert!(tokens["refresh_token"].is_string());
    assert_eq!(app.redeem(&[("code", &code)]).await, (400, json!({ "error": "invalid_grant" })));
}

#[tokio::test]
async fn code_expires_after_five_minutes() {
    let local = pool(settings());
    local.clock().freeze();
    let app = App::of(&local);
    let [first, second] = [app.code().await, app.code().await];
    local.clock().advance(Duration::from_secs(299));
    assert_eq!(app.redeem(&[("code", &first)]).await.0, 200);
    local.clock().advance(Duration::from_secs(2));
    assert_eq!(app.redeem(&[("code", &second)]).await.1, json!({ "error": "invalid_grant" }));
}

#[tokio::test]
async fn code_is_bound_to_its_request() {
    let local = pool(settings());
    let app = App::of(&local);
    let code = app.code().await;
    let invalid = json!({ "error": "invalid_grant" });
    let redirect =
        json!({ "error": "unauthorized_client", "error_description": "invalid_redirect" });
    let missing = json!({ "error": "invalid_request" });
    let slash = format!("{CALLBACK}/");
    for (name, value, expected) in [
        ("code_verifier", "", &invalid),
        ("code_verifier", "another-verifier-of-the-right-length-1234567", &invalid),
        ("redirect_uri", &*slash, &redirect),
        ("redirect_uri", "", &missing),
        ("code", "", &missing),
        ("code", "00000000-0000-0000-0000-000000000000", &invalid),
    ] {
        let mut form = vec![(name, value)];
        if name != "code" {
            form.push(("code", &code));
        }
        assert_eq!(app.redeem(&form).await, (400, expected.clone()), "{name} {value}");
    }
    assert_eq!(app.redeem(&[("code", &code)]).await.0, 200, "the code is still valid");
}

#[tokio::test]
async fn verifier_without_a_challenge_is_rejected() {
    let local = pool(settings());
    let app = App::of(&local).with("code_challenge", "").with("code_challenge_method", "");
    let code = app.code().await;
    assert_eq!(app.redeem(&[("code", &code)]).await.1, json!({ "error": "invalid_grant" }));
    assert_eq!(app.redeem(&[("code", &code), ("code_verifier", "")]).await.0, 200);
}

#[tokio::test]
async fn code_of_another_client_or_pool_is_invalid() {
    let local = pool(settings());
    let app = App::of(&local);
    let code = app.code().await;
    let other = json!({
        "ClientName": "other", "CallbackURLs": [CALLBACK], "AllowedOAuthFlows": ["code"],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthScopes": ["openid"],
    });
    let other = local.call("CreateUserPoolClient", other).unwrap();
    let other = other["UserPoolClient"]["ClientId"].as_str().unwrap();
    let foreign = local.emulator().create_pool(settings()).unwrap().client_id();
    for id in [other, foreign.as_str()] {
        let (_, error) = app.redeem(&[("code", &code), ("client_id", id)]).await;
        assert_eq!(error, json!({ "error": "invalid_grant" }));
    }
    assert_eq!(app.redeem(&[("code", &code)]).await.0, 200);
}

#[tokio::test]
async fn failed_client_authentication_does_not_use_up_the_code() {
    let secret = "secret0of0the0client";
    let local = pool(settings().client_secret(secret));
    let id = local.client_id();
    for in_header in [true, false] {
        let code = App::of(&local).code().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let mut public = form.to_vec();
        public.push(("client_id", id.as_str()));
        let rejected = json!({ "error": "invalid_client" });
        let wrong = token(&local, Some((id.as_str(), "wrong")), &form).await;
        assert_eq!(wrong, (400, rejected.clone()));
        assert_eq!(token(&local, None, &public).await, (400, rejected));
        let right = match in_header {
            true => token(&local, Some((id.as_str(), secret)), &form).await,
            false => {
                public.push(("client_secret", secret));
                token(&local, None, &public).await
            }
        };
        assert_eq!(right.0, 200, "{}", right.1);
    }
}

/// RFC 6749, 3.2: parameters without a value are treated as if they were omitted.
#[tokio::test]
async fn empty_parameter_counts_as_omitted() {
    let secret = "secret0of0the0client";
    let local = pool(settings().client_secret(secret));
    let (id, code) = (local.client_id(), App::of(&local).code().await);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", ""),
        ("client_secret", ""),
        ("code", &*code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let (status, body) = token(&local, Some((id.as_str(), secret)), &form).await;
    assert_eq!(status, 200, "{body}");

    let (machine, secret) = local.create_machine_client(["orders/read"]).unwrap();
    let form = [("grant_type", "client_credentials"), ("scope", ""), ("resource", "")];
    let basic = Some((machine.as_str(), secret.expose_secret()));
    let (status, body) = token(&local, basic, &form).await;
    assert_eq!(status, 200, "{body}");
}

#[tokio::test]
async fn secret_in_the_header_may_be_form_encoded() {
    let secret = "a+b/c d%20";
    let local = pool(settings().client_secret(secret));
    let id = local.client_id();
    for (sent, status) in [(secret, 200), ("a%2Bb%2Fc+d%2520", 200), ("a b/c d ", 400)] {
        let code = App::of(&local).code().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let (granted, body) = token(&local, Some((id.as_str(), sent)), &form).await;
        assert_eq!(granted, status, "{sent}: {body}");
    }
}

#[tokio::test]
async fn code_of_a_disabled_or_deleted_user_is_invalid() {
    for operation in ["AdminDisableUser", "AdminDeleteUser"] {
        let local = pool(settings());
        let app = App::of(&local);
        let code = app.code().await;
        local.call(operation, json!({ "Username": "alice" })).unwrap();
        let rejected = app.redeem(&[("code", &code)]).await;
        assert_eq!(rejected, (400, json!({ "error": "invalid_grant" })), "{operation}");
    }
}

#[tokio::test]
async fn scope_of_attributes_that_the_client_may_not_read_is_rejected_with_the_code() {
    let local = pool(settings().client_member("ReadAttributes", json!(["email"])));
    let app = App::of(&local).with("scope", "openid email");
    let rejected = app.redeem(&[("code", &app.code().await)]).await;
    assert_eq!(rejected, (400, json!({ "error": "invalid_grant" })));
    let app = App::of(&local).with("scope", "openid");
    assert_eq!(app.redeem(&[("code", &app.code().await)]).await.0, 200);
}

#[tokio::test]
async fn client_id_in_the_header_may_be_form_encoded() {
    let local = pool(settings().client_id("shop_1+app").client_secret("secret"));
    for sent in ["shop_1+app", "shop%5F1%2Bapp", "shop_1%2bapp"] {
        let code = App::of(&local).code().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("client_id", "shop_1+app"),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let (status, body) = token(&local, Some((sent, "secret")), &form).await;
        assert_eq!(status, 200, "{sent}: {body}");
    }
}

#[tokio::test]
async fn code_cannot_be_redeemed_by_a_client_that_lost_its_flow() {
    let local = pool(settings());
    let app = App::of(&local);
    let refresh_token = app.tokens().await["refresh_token"].clone();
    let code = app.code().await;
    let id = local.client_id();
    let flows = |is_allowed: bool, flow: &str| {
        let scopes = ["openid"];
        let input = json!({
            "ClientId": id.as_str(), "AllowedOAuthFlows": [flow], "AllowedOAuthScopes": scopes,
            "AllowedOAuthFlowsUserPoolClient": is_allowed, "CallbackURLs": [CALLBACK],
        });
        local.call("UpdateUserPoolClient", input).unwrap();
    };
    for (is_allowed, flow) in [(false, "code"), (true, "implicit")] {
        flows(is_allowed, flow);
        let rejected = app.redeem(&[("code", &code)]).await;
        assert_eq!(rejected, (400, json!({ "error": "unauthorized_client" })), "{flow}");
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", id.as_str()),
            ("refresh_token", refresh_token.as_str().unwrap()),
        ];
        assert_eq!(token(&local, None, &form).await.0, 200, "a refresh needs no flow");
    }
    flows(true, "code");
    assert_eq!(app.redeem(&[("code", &code)]).await.0, 200, "the code is not used up");
}
