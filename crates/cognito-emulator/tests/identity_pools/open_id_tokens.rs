//! OpenID tokens of identities, for the classic flow.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::IssuerStyle;
use serde_json::{Value, json};

use crate::support::{Pools, builder};

fn token(pools: &Pools, logins: &Value) -> Result<(String, Value), (String, String)> {
    let id = pools.get_id(logins);
    let input = json!({ "IdentityId": id, "Logins": logins });
    let response = pools.try_call("GetOpenIdToken", input)?;
    assert_eq!(response["IdentityId"], id);
    let payload = response["Token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(payload).unwrap();
    Ok((id, serde_json::from_slice(&claims).unwrap()))
}

#[test]
fn token_contains_the_identity_and_its_login() {
    let emulator = builder().issuer(IssuerStyle::Aws).in_process();
    let pools = Pools::of(&emulator, |settings, _| settings.guests());
    let now = pools.now();
    let alice = pools.sign_in("alice");
    let (id, claims) = token(&pools, &pools.login(&alice["IdToken"])).unwrap();
    let provider = pools.users.provider_name();
    let user = json!({ "AccessToken": alice["AccessToken"] });
    let user = pools.call("GetUser", user);
    let sub = user["UserAttributes"][0]["Value"].as_str().unwrap();
    let pool_id = pools.identities.id().to_string();
    assert_eq!(
        claims,
        json!({
            "sub": id,
            "aud": pool_id,
            "amr": ["authenticated", &provider, format!("{provider}:CognitoSignIn:{sub}")],
            "iss": "https://cognito-identity.amazonaws.com",
            "https://cognito-identity.amazonaws.com/identity-pool-arn":
                format!("arn:aws:cognito-identity:us-east-1:000000000000:identitypool/{pool_id}"),
            "exp": now + 600,
            "iat": now,
        })
    );
    let (_, claims) = token(&pools, &json!({})).unwrap();
    assert_eq!(claims["amr"], json!(["unauthenticated"]));
}

#[test]
fn classic_flow_is_rejected_if_it_is_off_or_roles_are_mapped() {
    let refusal = |pools: &Pools| token(pools, &pools.logins("alice")).map(drop).unwrap_err();
    let refused = |reason: &str| {
        let message = format!("Basic (classic) flow is not {reason}, please use enhanced flow.");
        ("InvalidParameterException".to_owned(), message)
    };
    let off = Pools::with(|settings, _| settings.pool_member("AllowClassicFlow", false));
    assert_eq!(refusal(&off), refused("enabled"));
    let mapping = json!({ "Type": "Token", "AmbiguousRoleResolution": "Deny" });
    let mapped = Pools::with(|settings, users| {
        settings.pool_member("AllowClassicFlow", true).role_mapping(users, mapping)
    });
    assert_eq!(refusal(&mapped), refused("supported with RoleMappings"));
    let on = Pools::with(|settings, _| settings.pool_member("AllowClassicFlow", true));
    assert!(token(&on, &on.logins("alice")).is_ok());
}
