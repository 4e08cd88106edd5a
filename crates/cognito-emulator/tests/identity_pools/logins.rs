//! Verification of login tokens.

use std::time::Duration;

use cognito_emulator::{IdentityPoolSettings, IssuerStyle, PoolSettings};
use serde_json::{Value, json};

use crate::support::{Pools, builder, not_authorized};

const UNSUPPORTED: &str = "Token is not from a supported provider of this identity pool.";
const MISMATCH: &str = "Logins don't match. Please include at least one valid login for this identity or identity pool.";

#[test]
fn user_has_one_identity_and_credentials_for_an_hour() {
    let pools = Pools::new();
    let alice = pools.logins("alice");
    let id = pools.get_id(&alice);
    assert_eq!(pools.get_id(&pools.logins("alice")), id);
    assert_ne!(pools.get_id(&pools.logins("bob")), id);

    let issued = pools.try_credentials(&id, &alice).unwrap();
    assert_eq!(issued["IdentityId"], id);
    let credentials = &issued["Credentials"];
    let key = credentials["AccessKeyId"].as_str().unwrap();
    assert!(key.starts_with("ASIA") && key.len() == 20, "{key}");
    assert_eq!(credentials["SecretKey"].as_str().map(str::len), Some(40));
    assert!(!credentials["SessionToken"].as_str().unwrap().is_empty());
    let now = pools.now();
    assert_eq!(credentials["Expiration"], now + 3600);
}

#[test]
fn provider_and_app_client_must_belong_to_the_pool() {
    let pools = Pools::new();
    let token = &pools.sign_in("alice")["IdToken"];
    for key in [
        "cognito-idp.us-east-1.amazonaws.com/us-east-1_Another01".to_owned(),
        format!("https://{}", pools.users.provider_name()),
        pools.users.issuer(),
        "accounts.google.com".to_owned(),
    ] {
        let refused = pools.try_get_id(&json!({ &key: token }));
        assert_eq!(not_authorized(refused), UNSUPPORTED, "{key}");
    }
    let other = pools.users.call("CreateUserPoolClient", json!({ "ClientName": "other" })).unwrap();
    let other = pools.logins_with(json!({ "aud": other["UserPoolClient"]["ClientId"] }));
    assert_eq!(not_authorized(pools.try_get_id(&other)), UNSUPPORTED);
}

#[test]
fn tokens_of_another_kind_or_issuer_are_rejected() {
    let pools = Pools::new();
    let tokens = pools.sign_in("alice");
    let other = pools.emulator().create_pool(PoolSettings::default()).unwrap();
    let foreign = other.id_token_for(json!({})).unwrap();
    let of_id = tokens["IdToken"].as_str().unwrap();
    let (signed, signature) = of_id.rsplit_once('.').unwrap();
    let flipped: String = signature.chars().rev().collect();
    for (token, reason) in [
        (tokens["AccessToken"].clone(), "Missing a required claim: aud"),
        (json!("token"), "Not a valid OpenId Connect identity token."),
        (json!("a.b.c"), "Not a valid OpenId Connect identity token."),
        (json!(format!("{of_id}.more")), "Not a valid OpenId Connect identity token."),
        (json!(foreign.expose_secret()), "Issuer doesn't match providerName"),
        (json!(format!("{signed}.{flipped}")), "Token signature invalid."),
    ] {
        let refused = pools.try_get_id(&pools.login(&token));
        assert_eq!(not_authorized(refused), format!("Invalid login token. {reason}"));
    }
}

#[test]
fn user_pool_that_does_not_exist_has_no_keys() {
    let pools = Pools::new();
    let logins = pools.logins("alice");
    pools.users.call("DeleteUserPool", json!({})).unwrap();
    let refused = not_authorized(pools.try_get_id(&logins));
    assert_eq!(refused, "Invalid login token. Couldn't verify signed token.");
}

#[test]
fn expired_token_is_rejected_with_both_times() {
    let pools = Pools::new();
    let logins = pools.logins("alice");
    let id = pools.get_id(&logins);
    let expires = pools.now() + 3600;
    pools.emulator().clock().advance(Duration::from_secs(3599));
    assert!(pools.try_credentials(&id, &logins).is_ok());
    pools.emulator().clock().advance(Duration::from_secs(6));
    let refused = not_authorized(pools.try_credentials(&id, &logins));
    assert_eq!(
        refused,
        format!("Invalid login token. Token expired: {} >= {expires}", expires + 5)
    );
}

#[test]
fn key_of_a_login_is_the_same_with_every_issuer() {
    for style in [IssuerStyle::Endpoint, IssuerStyle::Aws] {
        let pools = Pools::of(&builder().issuer(style).in_process(), |settings, _| settings);
        assert!(pools.try_get_id(&pools.logins("alice")).is_ok(), "{style:?}");
    }
}

#[test]
fn identity_of_another_user_is_rejected() {
    let pools = Pools::new();
    let id = pools.get_id(&pools.logins("alice"));
    let refused = pools.try_credentials(&id, &pools.logins("bob"));
    assert_eq!(not_authorized(refused), MISMATCH);
    let refused = pools.try_credentials(&id, &json!({}));
    assert_eq!(not_authorized(refused), format!("Access to Identity '{id}' is forbidden."));
}

#[test]
fn unknown_pools_and_identities_are_not_found() {
    let pools = Pools::new();
    let id = "us-east-1:0123abcd-0000-4000-8000-00000000000a";
    let not_found = |message: String| Err(("ResourceNotFoundException".to_owned(), message));
    let unknown_pool = pools.try_call("GetId", json!({ "IdentityPoolId": id }));
    assert_eq!(unknown_pool, not_found(format!("IdentityPool '{id}' not found.")));
    let unknown_identity = pools.try_credentials(id, &json!({}));
    assert_eq!(unknown_identity, not_found(format!("Identity '{id}' not found.")));

    let alice = pools.logins("alice");
    let id = pools.get_id(&alice);
    pools.call("DeleteIdentities", json!({ "IdentityIdsToDelete": [id] }));
    let deleted = pools.try_credentials(&id, &alice);
    assert_eq!(deleted, not_found(format!("Identity '{id}' not found.")));
    assert_ne!(pools.get_id(&alice), id, "the user gets a new identity");
}

#[test]
fn users_are_checked_with_server_side_token_check() {
    let with = Pools::with(|_, users| IdentityPoolSettings::default().user_pool(users));
    let without = Pools::new();
    let end = |pools: &Pools, username: &str, operation: &str| {
        let logins = pools.logins(username);
        let id = pools.get_id(&logins);
        pools.users.call(operation, json!({ "Username": username })).unwrap();
        pools.try_credentials(&id, &logins)
    };
    for (username, operation, reason) in [
        ("alice", "AdminUserGlobalSignOut", "Token has been revoked."),
        ("alice", "AdminDisableUser", "User is disabled."),
        ("bob", "AdminDeleteUser", "User does not exist."),
    ] {
        let refused = not_authorized(end(&with, username, operation));
        assert_eq!(refused, format!("Invalid login token. {reason}"));
        assert!(end(&without, username, operation).is_ok(), "{operation}");
    }
}

#[test]
fn unlinked_login_has_a_new_identity_and_no_access_to_the_old_one() {
    let pools = Pools::new();
    let alice = pools.logins("alice");
    let id = pools.get_id(&alice);
    let input = |logins: &Value| {
        let providers = [pools.users.provider_name()];
        json!({ "IdentityId": id, "Logins": logins, "LoginsToRemove": providers })
    };
    let refused = pools.try_call("UnlinkIdentity", input(&pools.logins("bob")));
    assert_eq!(not_authorized(refused), MISMATCH);
    pools.call("UnlinkIdentity", input(&alice));
    assert_eq!(not_authorized(pools.try_credentials(&id, &alice)), MISMATCH);
    let refused = not_authorized(pools.try_credentials(&id, &json!({})));
    assert_eq!(refused, format!("Access to Identity '{id}' is forbidden."));
    assert_ne!(pools.get_id(&alice), id);
}
