//! Developer-authenticated identities.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Pools, not_authorized};

const PROVIDER: &str = "login.example";

fn pools() -> Pools {
    Pools::with(|settings, _| settings.guests().pool_member("DeveloperProviderName", PROVIDER))
}

fn request(pools: &Pools, user: &str) -> Value {
    json!({ "IdentityPoolId": pools.identities.id().as_str(), "Logins": { PROVIDER: user } })
}

/// Returns the identity of a user, and logins with its token.
fn token(pools: &Pools, user: &str) -> (String, Value) {
    let issued = pools.call("GetOpenIdTokenForDeveloperIdentity", request(pools, user));
    let logins = json!({ "cognito-identity.amazonaws.com": issued["Token"] });
    (issued["IdentityId"].as_str().unwrap().to_owned(), logins)
}

#[test]
fn developer_token_gives_access_to_the_identity_of_its_user() {
    let pools = pools();
    let (frida, logins) = token(&pools, "frida");
    assert_eq!(token(&pools, "frida").0, frida);
    let (gus, of_gus) = token(&pools, "gus");
    assert_ne!(gus, frida);
    let issued = pools.try_credentials(&frida, &logins).unwrap();
    assert_eq!(pools.role_of(&issued), "arn:aws:iam::000000000000:role/authenticated");
    let refused = not_authorized(pools.try_credentials(&frida, &of_gus));
    assert!(refused.starts_with("Logins don't match."), "{refused}");
    pools.emulator().clock().advance(Duration::from_secs(900));
    let expired = not_authorized(pools.try_credentials(&frida, &logins));
    assert!(expired.starts_with("Invalid login token. Token expired: "), "{expired}");
}

#[test]
fn token_has_the_requested_duration_and_only_the_pool_as_audience() {
    let pools = pools();
    let mut long = request(&pools, "frida");
    long["TokenDuration"] = 86_400.into();
    let issued = pools.call("GetOpenIdTokenForDeveloperIdentity", long.clone());
    let logins = json!({ "cognito-identity.amazonaws.com": issued["Token"] });
    pools.emulator().clock().advance(Duration::from_secs(86_399));
    assert!(pools.try_get_id(&logins).is_ok());
    long["TokenDuration"] = 86_401.into();
    let refused = pools.try_call("GetOpenIdTokenForDeveloperIdentity", long).unwrap_err();
    assert_eq!(refused.0, "InvalidParameterException");

    let without = Pools::new();
    let refused = not_authorized(without.try_get_id(&logins));
    assert_eq!(refused, "Token is not from a supported provider of this identity pool.");
    let refused =
        without.try_call("GetOpenIdTokenForDeveloperIdentity", request(&without, "frida"));
    assert_eq!(refused.unwrap_err().0, "InvalidParameterException");
}

#[test]
fn user_is_linked_to_an_existing_identity_once() {
    let pools = pools();
    let guest = pools.get_id(&json!({}));
    let mut linking = request(&pools, "frida");
    linking["IdentityId"] = guest.clone().into();
    let issued = pools.call("GetOpenIdTokenForDeveloperIdentity", linking.clone());
    assert_eq!(issued["IdentityId"], guest);
    assert_eq!(token(&pools, "frida").0, guest);
    linking["IdentityId"] = pools.get_id(&json!({})).into();
    let (name, message) =
        pools.try_call("GetOpenIdTokenForDeveloperIdentity", linking).unwrap_err();
    assert_eq!(name, "DeveloperUserAlreadyRegisteredException");
    assert_eq!(message, "This developer user identifier is already registered with Cognito.");
}

#[test]
fn user_is_not_linked_to_a_disabled_identity() {
    let pools = pools();
    let (id, _) = token(&pools, "frida");
    pools.call(
        "UnlinkDeveloperIdentity",
        json!({
            "IdentityId": id, "IdentityPoolId": pools.identities.id().as_str(),
            "DeveloperProviderName": PROVIDER, "DeveloperUserIdentifier": "frida"
        }),
    );
    let alice = pools.logins("alice");
    let of_alice = pools.get_id(&alice);
    for others in [json!({}), alice.clone()] {
        let mut linking = request(&pools, "frida");
        linking["IdentityId"] = id.clone().into();
        linking["Logins"].as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        let refused = pools.try_call("GetOpenIdTokenForDeveloperIdentity", linking);
        assert_eq!(not_authorized(refused), format!("Access to Identity '{id}' is forbidden."));
    }
    assert_eq!(pools.get_id(&alice), of_alice, "nothing was merged");
    assert_ne!(token(&pools, "frida").0, id);
}

#[test]
fn users_are_looked_up_merged_and_unlinked() {
    let pools = pools();
    let (frida, _) = token(&pools, "frida");
    let (gus, _) = token(&pools, "gus");
    let pool_id = pools.identities.id().to_string();
    let lookup = |members: Value| {
        let mut input = json!({ "IdentityPoolId": pool_id });
        input.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        pools.try_call("LookupDeveloperIdentity", input)
    };
    let found = lookup(json!({ "DeveloperUserIdentifier": "gus" })).unwrap();
    assert_eq!(found["IdentityId"], gus);
    let crossed = lookup(json!({ "DeveloperUserIdentifier": "gus", "IdentityId": frida }));
    assert_eq!(crossed.unwrap_err().0, "ResourceConflictException");
    assert_eq!(lookup(json!({})).unwrap_err().0, "InvalidParameterException");

    let merge = json!({
        "SourceUserIdentifier": "gus", "DestinationUserIdentifier": "frida",
        "DeveloperProviderName": PROVIDER, "IdentityPoolId": pool_id
    });
    assert_eq!(pools.call("MergeDeveloperIdentities", merge)["IdentityId"], frida);
    let both = lookup(json!({ "IdentityId": frida })).unwrap();
    assert_eq!(both["DeveloperUserIdentifierList"], json!(["frida", "gus"]));
    let first = lookup(json!({ "IdentityId": frida, "MaxResults": 1 })).unwrap();
    assert_eq!(first["DeveloperUserIdentifierList"], json!(["frida"]));
    let next = json!({ "IdentityId": frida, "MaxResults": 1, "NextToken": first["NextToken"] });
    assert_eq!(lookup(next).unwrap()["DeveloperUserIdentifierList"], json!(["gus"]));

    let unlink = json!({
        "IdentityId": frida, "IdentityPoolId": pool_id, "DeveloperProviderName": PROVIDER,
        "DeveloperUserIdentifier": "gus"
    });
    pools.call("UnlinkDeveloperIdentity", unlink.clone());
    let again = pools.try_call("UnlinkDeveloperIdentity", unlink).unwrap_err();
    assert_eq!(again.0, "ResourceNotFoundException");
    let unlinked = token(&pools, "gus").0;
    assert!(unlinked != frida && unlinked != gus, "an unlinked user has a new identity");
}

#[test]
fn identity_has_at_most_twenty_logins() {
    let pools = pools();
    let link = |id: &str, user: &str, others: Value| {
        let mut linking = request(&pools, user);
        linking["IdentityId"] = id.into();
        linking["Logins"].as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        pools.try_call("GetOpenIdTokenForDeveloperIdentity", linking)
    };
    let (id, _) = token(&pools, "user 1");
    for number in 2..=19 {
        link(&id, &format!("user {number}"), json!({})).unwrap();
    }
    let alice = pools.logins("alice");
    let too_many = link(&id, "user 20", alice.clone()).unwrap_err();
    assert_eq!(too_many.0, "ResourceConflictException", "the request adds two logins");
    link(&id, "user 20", json!({})).unwrap();
    link(&id, "user 20", json!({})).unwrap();
    assert_eq!(token(&pools, "user 20").0, id, "the limit counts logins that are added");
    assert_eq!(link(&id, "user 21", json!({})).unwrap_err().0, "ResourceConflictException");
    // Without an identity id it is the user's identity, to which a login is added.
    let mut of_user = request(&pools, "user 20");
    of_user["Logins"].as_object_mut().unwrap().extend(alice.as_object().unwrap().clone());
    let too_many = pools.try_call("GetOpenIdTokenForDeveloperIdentity", of_user).unwrap_err();
    assert_eq!(too_many.0, "ResourceConflictException");
}
