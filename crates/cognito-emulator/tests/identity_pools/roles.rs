//! Selection of the role for a user's credentials.

use serde_json::{Value, json};

use crate::support::{Pools, not_authorized};

const DEFAULT: &str = "arn:aws:iam::000000000000:role/authenticated";
const ADMIN: &str = "arn:aws:iam::000000000000:role/admin";
const STAFF: &str = "arn:aws:iam::000000000000:role/staff";

fn mapped(mapping: Value) -> Pools {
    Pools::with(|settings, users| settings.role_mapping(users, mapping))
}

fn token_mapping(resolution: &str) -> Value {
    json!({ "Type": "Token", "AmbiguousRoleResolution": resolution })
}

fn rules(rules: &[[&str; 4]], resolution: &str) -> Value {
    let rule = |[claim, kind, value, role]: &[&str; 4]| json!({ "Claim": claim, "MatchType": kind, "Value": value, "RoleARN": role });
    let rules: Vec<Value> = rules.iter().map(rule).collect();
    json!({
        "Type": "Rules", "AmbiguousRoleResolution": resolution,
        "RulesConfiguration": { "Rules": rules }
    })
}

/// Adds a user to a new group with a role.
fn add_to_group(pools: &Pools, username: &str, group: &str, role: &str, precedence: u32) {
    let created = json!({ "GroupName": group, "RoleArn": role, "Precedence": precedence });
    pools.users.call("CreateGroup", created).unwrap();
    let member = json!({ "GroupName": group, "Username": username });
    pools.users.call("AdminAddUserToGroup", member).unwrap();
}

fn denied(pools: &Pools) -> String {
    let (provider, client) = (pools.users.provider_name(), pools.users.client_id());
    format!(
        "The ambiguous role mapping rules for: {provider}:{} denied this request.",
        client.as_str()
    )
}

#[test]
fn pool_without_roles_is_not_configured() {
    let pools = Pools::with(|settings, _| settings.guests());
    pools.call(
        "SetIdentityPoolRoles",
        json!({ "IdentityPoolId": pools.identities.id().as_str(), "Roles": {} }),
    );
    for logins in [pools.logins("alice"), json!({})] {
        let (name, message) = pools.try_role(&logins).unwrap_err();
        assert_eq!(name, "InvalidIdentityPoolConfigurationException");
        let expected =
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.";
        assert_eq!(message, expected);
    }
}

#[test]
fn preferred_role_of_a_token_is_used_with_a_token_mapping_only() {
    let (without, with) = (Pools::new(), mapped(token_mapping("Deny")));
    for pools in [&without, &with] {
        add_to_group(pools, "alice", "staff", STAFF, 2);
        add_to_group(pools, "alice", "admins", ADMIN, 1);
    }
    assert_eq!(without.try_role(&without.logins("alice")).unwrap(), DEFAULT);
    assert_eq!(with.try_role(&with.logins("alice")).unwrap(), ADMIN);
}

#[test]
fn change_of_groups_takes_effect_with_a_new_token() {
    let pools = mapped(token_mapping("AuthenticatedRole"));
    let before = pools.logins("alice");
    add_to_group(&pools, "alice", "staff", STAFF, 1);
    assert_eq!(pools.try_role(&before).unwrap(), DEFAULT);
    assert_eq!(pools.try_role(&pools.logins("alice")).unwrap(), STAFF);
}

#[test]
fn several_roles_without_a_preferred_one_are_ambiguous() {
    for (resolution, expected) in [("AuthenticatedRole", Some(DEFAULT)), ("Deny", None)] {
        let pools = mapped(token_mapping(resolution));
        add_to_group(&pools, "alice", "staff", STAFF, 1);
        add_to_group(&pools, "alice", "admins", ADMIN, 1);
        let role = pools.try_role(&pools.logins("alice"));
        match expected {
            Some(expected) => assert_eq!(role.unwrap(), expected),
            None => assert_eq!(not_authorized(role), denied(&pools)),
        }
    }
}

#[test]
fn first_rule_that_matches_decides() {
    let pools = mapped(rules(
        &[
            ["cognito:groups", "Contains", "admins", ADMIN],
            ["cognito:username", "StartsWith", "a", STAFF],
            ["cognito:username", "NotEqual", "bob", DEFAULT],
        ],
        "Deny",
    ));
    let role = |claims| pools.try_role(&pools.logins_with(claims));
    let alice = json!({ "cognito:username": "alice" });
    assert_eq!(role(alice).unwrap(), STAFF);
    let admin = json!({ "cognito:username": "alice", "cognito:groups": ["admins"] });
    assert_eq!(role(admin).unwrap(), ADMIN);
    assert_eq!(role(json!({ "cognito:username": "carol" })).unwrap(), DEFAULT);
    let bob = json!({ "cognito:username": "bob" });
    assert_eq!(not_authorized(role(bob)), denied(&pools));
}

#[test]
fn requested_role_must_be_in_the_token() {
    let pools = Pools::with(|settings, _| settings.guests());
    add_to_group(&pools, "alice", "staff", STAFF, 2);
    add_to_group(&pools, "alice", "admins", ADMIN, 1);
    let alice = pools.logins("alice");
    let id = pools.get_id(&alice);
    let request = |id: &str, logins: &Value, role: &str| {
        let input = json!({ "IdentityId": id, "Logins": logins, "CustomRoleArn": role });
        pools.try_call("GetCredentialsForIdentity", input)
    };
    for role in [STAFF, ADMIN] {
        assert_eq!(pools.role_of(&request(&id, &alice, role).unwrap()), role);
    }
    let forbidden = format!("Access to Role '{DEFAULT}' is forbidden.");
    assert_eq!(not_authorized(request(&id, &alice, DEFAULT)), forbidden);
    let guest = pools.get_id(&json!({}));
    assert_eq!(not_authorized(request(&guest, &json!({}), DEFAULT)), forbidden);
}

#[test]
fn rejected_role_does_not_link_the_guest() {
    for resolution in ["Deny", "AuthenticatedRole"] {
        let mapping = token_mapping(resolution);
        let pools = Pools::with(|settings, users| settings.guests().role_mapping(users, mapping));
        let (guest, alice) = (pools.get_id(&json!({})), pools.logins("alice"));
        let request = |role: Option<&str>| {
            let mut input = json!({ "IdentityId": guest, "Logins": alice });
            role.into_iter().for_each(|role| input["CustomRoleArn"] = role.into());
            pools.try_call("GetCredentialsForIdentity", input)
        };
        not_authorized(request(Some(ADMIN)));
        if resolution == "Deny" {
            assert_eq!(not_authorized(request(None)), denied(&pools));
        }
        let issued = pools.try_credentials(&guest, &json!({})).unwrap();
        assert_eq!(issued["IdentityId"], guest);
        assert_ne!(pools.get_id(&alice), guest, "the user has another identity");
        not_authorized(request(Some(ADMIN)));
        assert!(
            pools.try_credentials(&guest, &json!({})).is_ok(),
            "the identity was not merged either"
        );
    }
}

#[test]
fn invalid_mappings_are_rejected() {
    let pools = Pools::new();
    let key = format!("{}:{}", pools.users.provider_name(), pools.users.client_id().as_str());
    let set = |key: &str, mapping: Value| {
        let input = json!({
            "IdentityPoolId": pools.identities.id().as_str(),
            "Roles": { "authenticated": DEFAULT },
            "RoleMappings": { key: mapping }
        });
        pools.try_call("SetIdentityPoolRoles", input)
    };
    assert!(set(&key, rules(&[["a", "Equals", "b", ADMIN]; 25], "Deny")).is_ok());
    let unknown = set(&pools.users.provider_name(), token_mapping("Deny")).unwrap_err().1;
    let expected = "is not a valid RoleMapping ProviderName or is not a configured provider.";
    assert_eq!(unknown, format!("{} {expected}", pools.users.provider_name()));
    for mapping in [
        rules(&[["a", "Equals", "b", ADMIN]; 26], "Deny"),
        json!({ "Type": "Token" }),
        json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny" }),
        json!({ "Type": "Groups", "AmbiguousRoleResolution": "Deny" }),
    ] {
        assert_eq!(set(&key, mapping).unwrap_err().0, "InvalidParameterException");
    }
    let input = json!({ "IdentityPoolId": pools.identities.id().as_str() });
    let roles = pools.call("GetIdentityPoolRoles", input);
    assert_eq!(roles["RoleMappings"][&key]["Type"], "Rules", "the last valid value");
}
