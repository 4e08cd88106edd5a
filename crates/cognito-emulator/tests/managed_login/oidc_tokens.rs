//! ID tokens and userInfo of an OpenID Connect provider that must be rejected.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::external_support::{error, invalid};
use crate::oidc_support::{Begun, Provider, id_token, key_set, pool_with, sign_in, signed};
use crate::support::{header, sent_parameter};

#[tokio::test]
async fn user_info_of_another_subject_is_rejected() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    for user_info in
        [json!({ "sub": "u2", "email": "x@corp.example" }), json!({ "name": "x" }), json!({})]
    {
        provider.reply("/userinfo", &user_info);
        let back = sign_in(&provider, &local).await;
        assert_eq!(error(&back), invalid("The sub of userInfo differs"));
    }
    assert!(local.call("AdminGetUser", json!({ "Username": "Corp_u1" })).is_err());
}

#[tokio::test]
async fn id_tokens_that_are_not_for_this_sign_in_are_rejected() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    let several = json!(["our-client", "other"]);
    let changes: [(&str, Value, &str); 15] = [
        ("nonce", json!("other"), "its nonce is missing or differs"),
        ("nonce", Value::Null, "its nonce is missing or differs"),
        ("iss", json!("https://evil.example"), "its iss is missing or differs"),
        ("iss", Value::Null, "its iss is missing or differs"),
        ("aud", json!("other"), "its aud is missing or differs"),
        ("aud", json!(["other"]), "its aud is missing or differs"),
        ("aud", json!([]), "its aud is missing or differs"),
        ("aud", Value::Null, "its aud is missing or differs"),
        ("aud", several.clone(), "its azp is missing or differs"),
        ("azp", json!("other"), "its azp is missing or differs"),
        ("azp", json!(["our-client"]), "its azp is missing or differs"),
        ("sub", json!(""), "its sub is missing or differs"),
        ("sub", json!(1), "its sub is missing or differs"),
        ("exp", json!(1_700_000_000), "it has expired"),
        ("exp", Value::Null, "its exp is missing or differs"),
    ];
    for (name, value, reason) in changes {
        let mut begun = Begun::at(&local).await;
        let mut claims = provider.claims(&begun.nonce);
        claims[name] = value.clone();
        provider.issue(&id_token(&claims));
        let rejected = error(&begun.back().await);
        assert_eq!(rejected, invalid(&format!("Invalid id_token: {reason}")), "{name} {value}");
        assert!(!begun.browser.cookies.contains_key("cognito"));
    }
    let mut begun = Begun::at(&local).await;
    let mut claims = provider.claims(&begun.nonce);
    claims["aud"] = several;
    claims["azp"] = json!("our-client");
    provider.issue(&id_token(&claims));
    assert!(sent_parameter(&begun.back().await, "code").is_some());
}

#[tokio::test]
async fn id_tokens_with_another_signature_are_rejected() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    let right = json!({ "alg": "RS256", "kid": "k1" });
    let headers = [
        json!({ "alg": "none" }),
        json!({ "alg": "none", "kid": "k1" }),
        json!({ "alg": "HS256", "kid": "k1" }),
        json!({ "alg": "ES256", "kid": "k1" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "RS256", "kid": "k2" }),
        json!({ "alg": "RS256", "kid": "k2", "jwk": key_set()["keys"][0] }),
    ];
    for header in headers {
        let mut begun = Begun::at(&local).await;
        provider.issue(&signed(&header, &provider.claims(&begun.nonce)));
        assert!(error(&begun.back().await).1.starts_with("Invalid id_token"), "{header}");
    }
    let mut begun = Begun::at(&local).await;
    let token = signed(&right, &provider.claims(&begun.nonce));
    let other = signed(&right, &provider.claims("other"));
    let (unsigned, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    for token in [format!("{unsigned}.{signature}"), format!("{unsigned}."), "a.b.c".to_owned()] {
        provider.issue(&token);
        assert!(error(&begun.back().await).1.starts_with("Invalid id_token"), "{token}");
        begun = Begun::at(&local).await;
    }
    provider.reply("/token", &json!({ "access_token": "at" }));
    assert_eq!(error(&begun.back().await).1, "The identity provider returned no id_token");
}

#[tokio::test]
async fn expired_token_is_measured_by_the_earlier_of_both_clocks() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    // After the `exp` of the token, which follows the provider's clock.
    local.emulator().clock().advance(Duration::from_secs(4_000_000_000));
    let back = sign_in(&provider, &local).await;
    assert!(sent_parameter(&back, "code").is_some(), "{}", header(&back, "location"));
    // A pool as the provider uses the test clock too, which is here before the system time.
    local.emulator().clock().set(UNIX_EPOCH + Duration::from_secs(1_600_000_000));
    let mut begun = Begun::at(&local).await;
    let mut claims = provider.claims(&begun.nonce);
    claims["exp"] = json!(1_600_000_300);
    provider.issue(&id_token(&claims));
    let back = begun.back().await;
    assert!(sent_parameter(&back, "code").is_some(), "{}", header(&back, "location"));
}
