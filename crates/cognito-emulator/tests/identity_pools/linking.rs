//! Several logins of one identity.

use cognito_emulator::{LocalPool, PoolSettings};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Pools, Refusal};

/// An identity pool with a second user pool.
struct TwoPools {
    pools: Pools,
    second: LocalPool,
}

impl TwoPools {
    fn new() -> Self {
        let mut second = None;
        let pools = Pools::with(|settings, users| {
            let pool = users.emulator().create_pool(PoolSettings::default()).unwrap();
            let settings = settings.user_pool_without_token_check(&pool);
            second = Some(pool);
            settings
        });
        let second = second.unwrap();
        for name in ["carol", "dan"] {
            second.add_user(name, PASSWORD).unwrap();
        }
        Self { pools, second }
    }

    /// Returns logins of users in the first pool, the second pool, or both.
    fn logins(&self, first: Option<&str>, second: Option<&str>) -> Value {
        let mut logins = json!({});
        for (pool, username) in [(&self.pools.users, first), (&self.second, second)] {
            let Some(username) = username else { continue };
            let token = pool.id_token_for(json!({ "cognito:username": username })).unwrap();
            logins[pool.provider_name()] = token.expose_secret().into();
        }
        logins
    }

    fn id(&self, first: Option<&str>, second: Option<&str>) -> Result<String, Refusal> {
        self.pools.try_get_id(&self.logins(first, second))
    }
}

#[test]
fn two_logins_in_one_request_are_linked() {
    let two = TwoPools::new();
    let both = two.id(Some("alice"), Some("carol")).unwrap();
    assert_eq!(two.id(Some("alice"), None).unwrap(), both);
    assert_eq!(two.id(None, Some("carol")).unwrap(), both);
    let described = two.pools.call("DescribeIdentity", json!({ "IdentityId": both }));
    assert_eq!(described["Logins"].as_array().map(Vec::len), Some(2));
}

#[test]
fn identities_of_two_logins_are_merged() {
    let two = TwoPools::new();
    let alice = two.id(Some("alice"), None).unwrap();
    let carol = two.id(None, Some("carol")).unwrap();
    assert_ne!(alice, carol);
    let logins = two.logins(Some("alice"), Some("carol"));
    let issued = two.pools.try_credentials(&alice, &logins).unwrap();
    assert_eq!(issued["IdentityId"], alice);
    assert_eq!(two.id(None, Some("carol")).unwrap(), alice);
    let of_carol = two.logins(None, Some("carol"));
    let issued = two.pools.try_credentials(&carol, &of_carol).unwrap();
    assert_eq!(issued["IdentityId"], alice, "the old identity is merged into the new one");
}

#[test]
fn login_of_another_account_is_a_conflict() {
    let two = TwoPools::new();
    let alice = two.id(Some("alice"), Some("carol")).unwrap();
    let bob = two.id(Some("bob"), Some("dan")).unwrap();
    let of_dan = two.logins(None, Some("dan"));
    let crossed = two.logins(Some("alice"), Some("dan"));
    let conflict =
        |result: Result<_, Refusal>| assert_eq!(result.unwrap_err().0, "ResourceConflictException");
    conflict(two.pools.try_get_id(&crossed).map(drop));
    conflict(two.pools.try_credentials(&alice, &crossed).map(drop));

    // alice no longer has a login of the second pool; the login of dan still belongs to bob.
    let unlink = json!({
        "IdentityId": alice, "Logins": two.logins(Some("alice"), None),
        "LoginsToRemove": [two.second.provider_name()]
    });
    two.pools.call("UnlinkIdentity", unlink);
    conflict(two.pools.try_get_id(&crossed).map(drop));
    conflict(two.pools.try_credentials(&alice, &crossed).map(drop));
    assert_eq!(two.pools.get_id(&of_dan), bob, "nothing has changed");
}

#[test]
fn second_user_of_a_provider_does_not_match() {
    let two = TwoPools::new();
    let alice = two.id(Some("alice"), Some("carol")).unwrap();
    let with_dan = two.logins(Some("alice"), Some("dan"));
    for refused in [
        two.pools.try_get_id(&with_dan).map(drop),
        two.pools.try_credentials(&alice, &with_dan).map(drop),
    ] {
        let (name, message) = refused.unwrap_err();
        assert_eq!(name, "NotAuthorizedException");
        assert!(message.starts_with("Logins don't match."), "{message}");
    }
}
