//! Identity pools over HTTP: the target of requests, the test interface, and the key set.

use std::time::Duration;

use cognito_emulator::{Emulator, IssuerStyle};
use cognito_tokens::KeySet;
use cognito_types::SendHttp;
use serde_json::{Value, json};

use crate::support::{Pools, builder};

/// Sends a request without credentials; returns the status and the body.
async fn send(
    emulator: &Emulator,
    method: &str,
    path: &str,
    target: &str,
    body: &Value,
) -> (u16, Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", emulator.endpoint()))
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", target)
        .body(body.to_string().into_bytes().into())
        .unwrap();
    let response = emulator.http_client().send(request, 1 << 20).await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(response.body()).unwrap())
}

async fn get(emulator: &Emulator, path: &str) -> (u16, Value) {
    send(emulator, "GET", path, "", &Value::Null).await
}

#[tokio::test]
async fn target_decides_on_the_service() {
    let pools = Pools::with(|settings, _| settings.guests());
    let body = json!({ "IdentityPoolId": pools.identities.id() });
    let call = |target: &'static str| {
        let body = body.clone();
        let emulator = pools.emulator().clone();
        async move { send(&emulator, "POST", "/", target, &body).await }
    };
    let (status, response) = call("AWSCognitoIdentityService.GetId").await;
    assert_eq!((status, response["IdentityId"].is_string()), (200, true));
    for target in [
        "AWSCognitoIdentityProviderService.GetId",
        "AWSCognitoIdentityService.SignUp",
        "AWSCognitoIdentityService.GetPrincipalTagAttributeMap",
        "GetId",
    ] {
        let (status, response) = call(target).await;
        assert_eq!((status, &response["__type"]), (400, &json!("UnknownOperationException")));
    }
    let logged: Vec<String> =
        pools.emulator().requests().into_iter().map(|request| request.operation).collect();
    assert_eq!(&logged[..2], ["GetId", "GetId"]);
}

#[tokio::test]
async fn test_interface_says_which_role_credentials_have() {
    let pools = Pools::new();
    let alice = pools.logins("alice");
    let id = pools.get_id(&alice);
    let issued = pools.try_credentials(&id, &alice).unwrap()["Credentials"].clone();
    let key = issued["AccessKeyId"].as_str().unwrap();
    let path = format!("/_emulator/credentials?AccessKeyId={key}");
    let mut expected = json!({
        "AccessKeyId": key,
        "IdentityPoolId": pools.identities.id(),
        "IdentityId": id,
        "Logins": [pools.users.provider_name()],
        "RoleArn": "arn:aws:iam::000000000000:role/authenticated",
        "RoleSessionName": "CognitoIdentityCredentials",
        "Expiration": f64::from(u32::try_from(pools.now() + 3600).unwrap()),
        "Expired": false,
    });
    assert_eq!(get(pools.emulator(), &path).await, (200, expected.clone()));
    pools.emulator().clock().advance(Duration::from_secs(3600));
    expected["Expired"] = true.into();
    assert_eq!(get(pools.emulator(), &path).await, (200, expected));
    let unknown = get(pools.emulator(), "/_emulator/credentials?AccessKeyId=ASIA").await;
    assert_eq!(unknown.0, 404);
}

#[tokio::test]
async fn verifiers_find_the_keys_of_open_id_tokens() {
    for style in [IssuerStyle::Endpoint, IssuerStyle::Aws] {
        let emulator = builder().issuer(style).in_process();
        let pools = Pools::of(&emulator, |settings, _| settings.guests());
        let guest = json!({ "IdentityId": pools.get_id(&json!({})) });
        let token = pools.call("GetOpenIdToken", guest)["Token"].clone();
        let (_, configuration) = get(&emulator, "/.well-known/openid-configuration").await;
        let keys = configuration["jwks_uri"].as_str().unwrap();
        let (status, keys) = get(&emulator, keys.strip_prefix(emulator.endpoint()).unwrap()).await;
        assert_eq!(status, 200);
        let keys = KeySet::from_json(&keys.to_string()).unwrap();
        let claims = keys.verify_compact(token.as_str().unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["iss"], configuration["issuer"]);
        let issuer = match style {
            IssuerStyle::Aws => "https://cognito-identity.amazonaws.com",
            _ => emulator.endpoint(),
        };
        assert_eq!(claims["iss"], issuer);
    }
}
