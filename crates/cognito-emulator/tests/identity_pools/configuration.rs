//! The settings of identity pools, their lists, tags and quotas.

use std::time::Duration;

use cognito_emulator::{
    IdentityPoolSettings, InjectedFault, Quotas, Support, identity_pool_operations,
};
use serde_json::{Value, json};

use crate::support::{Pools, builder};

fn described(pools: &Pools) -> Value {
    pools.call("DescribeIdentityPool", json!({ "IdentityPoolId": pools.identities.id().as_str() }))
}

#[test]
fn pool_is_described_with_its_members() {
    let pools = Pools::with(|settings, _| settings.pool_member("AllowClassicFlow", true));
    let client = pools.users.client_id();
    let expected = json!({
        "IdentityPoolId": pools.identities.id().as_str(),
        "IdentityPoolName": "local",
        "AllowUnauthenticatedIdentities": false,
        "AllowClassicFlow": true,
        "CognitoIdentityProviders": [{
            "ProviderName": pools.users.provider_name(), "ClientId": client.as_str(),
            "ServerSideTokenCheck": false,
        }]
    });
    assert_eq!(described(&pools), expected);
}

#[test]
fn user_pools_are_added_to_the_listed_providers() {
    let other = json!({ "ProviderName": "cognito-idp.us-east-1.amazonaws.com/us-east-1_Other", "ClientId": "other" });
    let listed = other.clone();
    let pools = Pools::with(|settings, _| {
        settings.pool_member("CognitoIdentityProviders", json!([listed]))
    });
    let providers = &described(&pools)["CognitoIdentityProviders"];
    assert_eq!((providers.as_array().unwrap().len(), &providers[0]), (2, &other));
    pools.get_id(&pools.logins("alice"));
}

#[test]
fn pool_whose_roles_are_rejected_is_not_created() {
    let pools = Pools::new();
    let id = "us-east-1:1f0c7a5e-3d2b-4c1a-9e8f-0123456789ab";
    let mapping = json!({ "Type": "Token", "AmbiguousRoleResolution": "Deny" });
    // The mapping is for a user pool that is not a provider.
    let settings =
        IdentityPoolSettings::default().id(id.parse().unwrap()).role_mapping(&pools.users, mapping);
    pools.emulator().create_identity_pool(settings.clone()).unwrap_err();
    let describe = || pools.try_call("DescribeIdentityPool", json!({ "IdentityPoolId": id }));
    assert_eq!(describe().unwrap_err().0, "ResourceNotFoundException");
    pools.emulator().create_identity_pool(settings.user_pool(&pools.users)).unwrap();
    assert_eq!(describe().unwrap()["IdentityPoolId"], id);
}

#[test]
fn update_resets_missing_members() {
    let pools = Pools::new();
    let alice = pools.logins("alice");
    let id = pools.get_id(&alice);
    let update = json!({
        "IdentityPoolId": pools.identities.id().as_str(), "IdentityPoolName": "renamed",
        "AllowUnauthenticatedIdentities": true
    });
    assert_eq!(pools.call("UpdateIdentityPool", update.clone()), update);
    assert_eq!(described(&pools), update);
    let refused = pools.try_credentials(&id, &alice).unwrap_err();
    assert_eq!(refused.1, "Token is not from a supported provider of this identity pool.");
}

#[test]
fn developer_provider_cannot_be_renamed() {
    let pools = Pools::new();
    let update = |provider: &str| {
        let input = json!({
            "IdentityPoolId": pools.identities.id().as_str(), "IdentityPoolName": "local",
            "AllowUnauthenticatedIdentities": false, "DeveloperProviderName": provider
        });
        pools.try_call("UpdateIdentityPool", input)
    };
    assert_eq!(update("login.example").unwrap()["DeveloperProviderName"], "login.example");
    update("login.example").unwrap();
    assert_eq!(update("other.example").unwrap_err().0, "InvalidParameterException");
    assert_eq!(described(&pools)["DeveloperProviderName"], "login.example");
}

#[test]
fn identities_are_deleted_with_their_pool() {
    let pools = Pools::new();
    let id = pools.get_id(&pools.logins("alice"));
    let pool = json!({ "IdentityPoolId": pools.identities.id().as_str() });
    pools.call("DeleteIdentityPool", pool.clone());
    for (operation, input) in [
        ("DescribeIdentityPool", pool.clone()),
        ("DeleteIdentityPool", pool.clone()),
        ("GetIdentityPoolRoles", pool.clone()),
        ("GetId", pool),
        ("DescribeIdentity", json!({ "IdentityId": id })),
    ] {
        let (name, message) = pools.try_call(operation, input).unwrap_err();
        assert_eq!(name, "ResourceNotFoundException", "{operation}: {message}");
    }
}

#[test]
fn lists_have_every_pool_and_identity_once() {
    let pools = Pools::with(|settings, _| settings.guests());
    let pool_id = pools.identities.id().to_string();
    let guests: Vec<String> = (0..5).map(|_| pools.get_id(&json!({}))).collect();
    for name in ["second", "third"] {
        let input = json!({ "IdentityPoolName": name, "AllowUnauthenticatedIdentities": true });
        pools.call("CreateIdentityPool", input);
    }
    let all = |operation: &str, list: &str, id: &str, input: Value| {
        let (mut found, mut token) = (Vec::new(), Value::Null);
        loop {
            let mut input = input.clone();
            (input["MaxResults"], input["NextToken"]) = (2.into(), token);
            let page = pools.call(operation, input);
            found.extend(page[list].as_array().unwrap().iter().map(|one| one[id].clone()));
            token = page["NextToken"].clone();
            if token.is_null() {
                return found;
            }
        }
    };
    let ids = all("ListIdentityPools", "IdentityPools", "IdentityPoolId", json!({}));
    assert!(ids.len() == 3 && ids.contains(&json!(pool_id)), "{ids:?}");
    let of_pool = json!({ "IdentityPoolId": pool_id });
    let mut listed = all("ListIdentities", "Identities", "IdentityId", of_pool);
    let mut expected: Vec<Value> = guests.iter().map(|id| json!(id)).collect();
    listed.sort_by_key(ToString::to_string);
    expected.sort_by_key(ToString::to_string);
    assert_eq!(listed, expected);

    pools.try_credentials(&guests[0], &pools.logins("alice")).unwrap();
    pools.try_credentials(&guests[1], &pools.logins("alice")).unwrap();
    let hide = json!({ "IdentityPoolId": pool_id, "HideDisabled": true });
    let visible = all("ListIdentities", "Identities", "IdentityId", hide);
    assert!(visible.len() == 4 && !visible.contains(&json!(guests[1])), "the identity was merged");
}

#[test]
fn invalid_requests_have_the_messages_of_the_service() {
    let pools = Pools::new();
    let (name, message) =
        pools.try_call("GetId", json!({ "IdentityPoolId": "nowhere" })).unwrap_err();
    assert_eq!(name, "InvalidParameterException");
    let expected = "1 validation error detected: Value 'nowhere' at 'identityPoolId' failed to \
                    satisfy constraint: Member must satisfy regular expression pattern: \
                    [\\w-]+:[0-9a-f-]+";
    assert_eq!(message, expected);
    let secret = json!({ "IdentityPoolId": pools.identities.id().as_str(), "Logins": { "a": "" } });
    let (name, _) = pools.try_call("GetId", secret).unwrap_err();
    assert_eq!(name, "InvalidParameterException");
    let (name, _) = pools.try_call("SetPrincipalTagAttributeMap", json!({})).unwrap_err();
    assert_eq!(name, "UnknownOperationException");
}

#[test]
fn every_operation_rejects_an_empty_request() {
    let pools = Pools::new();
    let served = |(_, support): &(&str, Support)| *support != Support::Missing;
    for (operation, _) in identity_pool_operations().filter(served) {
        let target = format!("AWSCognitoIdentityService.{operation}");
        let (name, message) = pools.try_call(&target, json!({})).unwrap_err();
        assert_eq!(name, "InvalidParameterException", "{operation}: {message}");
    }
}

#[test]
fn tags_belong_to_the_arn() {
    let pools = Pools::new();
    let id = pools.identities.id();
    let arn = format!("arn:aws:cognito-identity:us-east-1:000000000000:identitypool/{id}");
    let call = |operation: &str, input| {
        pools.call(&format!("AWSCognitoIdentityService.{operation}"), input)
    };
    call(
        "TagResource",
        json!({ "ResourceArn": arn, "Tags": { "team": "orders", "stage": "test" } }),
    );
    call("UntagResource", json!({ "ResourceArn": arn, "TagKeys": ["stage"] }));
    let tags = call("ListTagsForResource", json!({ "ResourceArn": arn }));
    assert_eq!(tags, json!({ "Tags": { "team": "orders" } }));
    assert_eq!(described(&pools)["IdentityPoolTags"], json!({ "team": "orders" }));
}

#[test]
fn identity_operations_have_the_lowest_rate() {
    let emulator = builder().quotas(Quotas::default()).in_process();
    let pools = Pools::of(&emulator, |settings, _| settings.guests());
    let admitted = |operation: &str, input: &Value| {
        (0..300).filter(|_| pools.try_call(operation, input.clone()).is_ok()).count()
    };
    let pool = json!({ "IdentityPoolId": pools.identities.id().as_str() });
    assert_eq!(admitted("GetId", &pool), 25);
    let throttled = pools.try_call("GetId", pool.clone()).unwrap_err();
    assert_eq!(throttled, ("TooManyRequestsException".to_owned(), "Rate exceeded".to_owned()));
    emulator.clock().advance(Duration::from_secs(1));
    let guest = json!({ "IdentityId": pools.get_id(&json!({})) });
    assert_eq!(admitted("GetCredentialsForIdentity", &guest), 200);
    assert_eq!(admitted("GetOpenIdToken", &guest), 200);
    assert_eq!(admitted("DescribeIdentityPool", &pool), 300, "no rate is known");
}

#[test]
fn faults_are_injected_into_operations_of_identity_pools() {
    let pools = Pools::with(|settings, _| settings.guests());
    pools.emulator().plan_fault("GetId", 2, InjectedFault::InternalError);
    assert!(pools.try_get_id(&json!({})).is_ok());
    assert_eq!(pools.try_get_id(&json!({})).unwrap_err().0, "InternalErrorException");
    assert!(pools.try_get_id(&json!({})).is_ok());
    let target = "AWSCognitoIdentityService.GetId";
    pools.emulator().plan_fault(target, 1, InjectedFault::Throttled);
    assert_eq!(pools.try_get_id(&json!({})).unwrap_err().0, "TooManyRequestsException");
}
