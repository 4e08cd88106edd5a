//! Guests, who have an identity without a login, and guests who log in.

use serde_json::json;

use crate::support::{Pools, not_authorized};

const FORBIDDEN_GUESTS: &str = "Unauthenticated access is not supported for this identity pool.";

#[test]
fn each_guest_has_an_identity_and_the_role_of_guests() {
    let pools = Pools::with(|settings, _| settings.guests());
    let none = json!({});
    let guests = [pools.get_id(&none), pools.get_id(&none)];
    assert_ne!(guests[0], guests[1]);
    assert!(guests[0].starts_with("us-east-1:"), "{guests:?}");
    let issued = pools.try_credentials(&guests[0], &none).unwrap();
    assert_eq!(issued["IdentityId"], guests[0]);
    assert_eq!(pools.role_of(&issued), "arn:aws:iam::000000000000:role/unauthenticated");
}

#[test]
fn guests_are_rejected_unless_the_pool_allows_them() {
    let pools = Pools::new();
    assert_eq!(not_authorized(pools.try_get_id(&json!({}))), FORBIDDEN_GUESTS);

    let pools = Pools::with(|settings, _| settings.guests());
    let guest = pools.get_id(&json!({}));
    let input = json!({
        "IdentityPoolId": pools.identities.id().as_str(), "IdentityPoolName": "no guests",
        "AllowUnauthenticatedIdentities": false
    });
    pools.call("UpdateIdentityPool", input);
    let refused = pools.try_credentials(&guest, &json!({}));
    assert_eq!(not_authorized(refused), FORBIDDEN_GUESTS);
}

#[test]
fn guest_who_logs_in_first_keeps_the_identity() {
    let pools = Pools::with(|settings, _| settings.guests());
    let guest = pools.get_id(&json!({}));
    let alice = pools.logins("alice");
    let issued = pools.try_credentials(&guest, &alice).unwrap();
    assert_eq!(issued["IdentityId"], guest);
    assert_eq!(pools.get_id(&alice), guest);
}

#[test]
fn guest_is_merged_into_the_identity_of_the_user() {
    let pools = Pools::with(|settings, _| settings.guests());
    let alice = pools.logins("alice");
    let (own, guest) = (pools.get_id(&alice), pools.get_id(&json!({})));
    let issued = pools.try_credentials(&guest, &alice).unwrap();
    assert_eq!(issued["IdentityId"], own, "the response names another identity");

    // The guest's id now resolves to the user's identity, and is rejected without a login.
    let issued = pools.try_credentials(&guest, &alice).unwrap();
    assert_eq!(issued["IdentityId"], own);
    let forbidden = format!("Access to Identity '{guest}' is forbidden.");
    assert_eq!(not_authorized(pools.try_credentials(&guest, &json!({}))), forbidden);
    let mismatch = not_authorized(pools.try_credentials(&guest, &pools.logins("bob")));
    assert!(mismatch.starts_with("Logins don't match."), "{mismatch}");
    let described = pools.call("DescribeIdentity", json!({ "IdentityId": guest }));
    assert_eq!(described["Logins"], json!(["DISABLED", "us-east-1"]));
}
