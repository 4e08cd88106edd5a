//! Identity pools over HTTP: the target of requests, the test interface, and the key set.

use std::time::Duration;

use cognito_emulator::{Emulator, IssuerStyle};
use cognito_tokens::KeySet;
use cognito_types::SendHttp;
use serde_json::{Value, json};

use crate::support::{Pools, builder};

/// Sends a request without credentials, and returns the status and the body.
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
async fn target_selects_the_service() {
    let pools = Pools::with(|settings, _| settings.guests());
    let body = json!({ "IdentityPoolId": pools.identities.id().as_str() });
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
async fn test_interface_returns_the_role_of_credentials() {
    let pools = Pools::new();
    let alice = pools.logins("alice");
    let id = pools.get_id(&alice);
    let issued = pools.try_credentials(&id, &alice).unwrap()["Credentials"].clone();
    let key = issued["AccessKeyId"].as_str().unwrap();
    let path = format!("/_emulator/credentials?AccessKeyId={key}");
    let mut expected = json!({
        "AccessKeyId": key,
        "IdentityPoolId": pools.identities.id().as_str(),
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

#[tokio::test]
async fn rotated_keys_stay_in_the_key_set() {
    let pools = Pools::with(|settings, _| settings.guests());
    let guest = json!({ "IdentityId": pools.get_id(&json!({})) });
    let sign = || pools.call("GetOpenIdToken", guest.clone())["Token"].as_str().unwrap().to_owned();
    let before = sign();
    let rotated = send(pools.emulator(), "POST", "/_emulator/rotate-keys", "", &json!({})).await;
    assert_eq!(rotated.0, 200);
    let after = sign();
    assert_ne!(
        before.split('.').next(),
        after.split('.').next(),
        "the new token is signed with another key"
    );
    let (_, keys) = get(pools.emulator(), "/.well-known/jwks_uri").await;
    let keys = KeySet::from_json(&keys.to_string()).unwrap();
    assert!([before, after].iter().all(|token| keys.verify_compact(token).is_ok()));
}

/// Assumes a role with a form, and returns the status and the XML.
async fn assume(emulator: &Emulator, form: &[(&str, &str)]) -> (u16, String) {
    let request = http::Request::builder()
        .method("POST")
        .uri(emulator.endpoint())
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(encoded(form).into_bytes().into())
        .unwrap();
    let response = emulator.http_client().send(request, 1 << 20).await.unwrap();
    let status = response.status().as_u16();
    (status, String::from_utf8(response.into_body()).unwrap())
}

fn encoded(form: &[(&str, &str)]) -> String {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs([("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15")]);
    body.extend_pairs(form).finish()
}

/// Returns the text of the first element with a name.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let rest = xml.split_once(&format!("<{name}>")).unwrap().1;
    rest.split_once("</").unwrap().0
}

#[tokio::test]
async fn role_is_assumed_with_an_open_id_token() {
    const ROLE: &str = "arn:aws:iam::123456789012:role/path/uploads";
    let pools = Pools::new();
    let alice = pools.logins("alice");
    let id = pools.get_id(&alice);
    let token = pools.call("GetOpenIdToken", json!({ "IdentityId": id, "Logins": alice }));
    let token = token["Token"].as_str().unwrap();
    let form = [("RoleArn", ROLE), ("RoleSessionName", "app"), ("WebIdentityToken", token)];
    let (status, xml) = assume(pools.emulator(), &form).await;
    assert_eq!(status, 200, "{xml}");
    assert_eq!(element(&xml, "SubjectFromWebIdentityToken"), id);
    assert_eq!(element(&xml, "Audience"), pools.identities.id().as_str());
    assert_eq!(element(&xml, "Arn"), "arn:aws:sts::123456789012:assumed-role/uploads/app");
    let record = pools.emulator().issued_credentials(element(&xml, "AccessKeyId")).unwrap();
    assert_eq!((&*record.role_arn, &*record.role_session_name), (ROLE, "app"));
    assert_eq!((record.identity_id, record.logins), (id, vec![pools.users.provider_name()]));

    let (signed, signature) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    let id_token = alice[pools.users.provider_name()].as_str().unwrap();
    for (token, code) in [
        (&*forged, "InvalidIdentityToken"),
        ("token", "InvalidIdentityToken"),
        (id_token, "InvalidIdentityToken"),
        ("", "ValidationError"),
    ] {
        let form = [("RoleArn", ROLE), ("RoleSessionName", "app"), ("WebIdentityToken", token)];
        let (status, xml) = assume(pools.emulator(), &form).await;
        assert_eq!((status, element(&xml, "Code")), (400, code), "{xml}");
    }
    pools.emulator().clock().advance(Duration::from_secs(600));
    let (_, xml) = assume(pools.emulator(), &form).await;
    assert_eq!(element(&xml, "Code"), "ExpiredTokenException");
}

#[tokio::test]
async fn parameters_of_an_assumed_role_have_the_limits_of_the_model() {
    const ROLE: &str = "arn:aws:iam::123456789012:role/uploads";
    let (emulator, long) = (builder().in_process(), "a".repeat(65));
    let constraint = "failed to satisfy constraint: Member must";
    let name = format!("{constraint} satisfy regular expression pattern: [\\w+=,.@-]*");
    for (changed, value, message) in [
        ("RoleArn", "uploads", format!("{constraint} have length greater than or equal to 20")),
        ("RoleArn", "arn:aws:iam::1:user/alice", "arn:aws:iam::1:user/alice is invalid".to_owned()),
        ("RoleSessionName", "a b", format!("Value 'a b' at 'roleSessionName' {name}")),
        ("RoleSessionName", "a", format!("{constraint} have length greater than or equal to 2")),
        ("RoleSessionName", &long, format!("{constraint} have length less than or equal to 64")),
        ("RoleSessionName", "", format!("'roleSessionName' {constraint} not be null")),
        (
            "WebIdentityToken",
            "abc",
            format!("Value at 'webIdentityToken' {constraint} have length"),
        ),
        ("DurationSeconds", "899", format!("'899' at 'durationSeconds' {constraint} have value")),
        (
            "DurationSeconds",
            "43201",
            format!("{constraint} have value less than or equal to 43200"),
        ),
        ("DurationSeconds", "an hour", "STRING_VALUE can not be converted".to_owned()),
    ] {
        let valid = [
            ("RoleArn", ROLE),
            ("RoleSessionName", "app"),
            ("WebIdentityToken", "token"),
            ("DurationSeconds", "900"),
        ];
        let form = valid.map(|(name, valid)| (name, if name == changed { value } else { valid }));
        let (status, xml) = assume(&emulator, &form).await;
        assert_eq!((status, element(&xml, "Code")), (400, "ValidationError"), "{xml}");
        let escaped = element(&xml, "Message").replace("&#39;", "'").replace("&#x27;", "'");
        assert!(escaped.contains(&message), "{changed}: {escaped}");
    }
}
