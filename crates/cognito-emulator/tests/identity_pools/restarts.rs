//! Identity pools in state files and seed files, and after a reset.

use std::path::Path;

use cognito_emulator::{Emulator, SigningKeys};
use serde_json::{Value, json};

use crate::support::Pools;

const USER_POOL: &str = "eu-west-1_Example01";
const IDENTITY_POOL: &str = "eu-west-1:0123abcd-0000-4000-8000-00000000000a";
const PROVIDER: &str = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example01";
const STAFF: &str = "arn:aws:iam::000000000000:role/staff";

fn seed_file() -> String {
    let alice = json!({ "Username": "alice", "Password": "Correct-horse1" });
    let pool = json!({
        "Id": USER_POOL, "Clients": [{ "ClientId": "1example23456789" }], "Users": [alice]
    });
    let identity_pool = json!({
        "Id": IDENTITY_POOL,
        "AllowUnauthenticatedIdentities": true,
        "CognitoIdentityProviders": [
            { "ProviderName": PROVIDER, "ClientId": "1example23456789" }
        ],
        "Roles": { "authenticated": STAFF },
        "RoleMappings": {
            format!("{PROVIDER}:1example23456789"):
                { "Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole" }
        }
    });
    json!({ "Pools": [pool], "IdentityPools": [identity_pool] }).to_string()
}

fn get_id(emulator: &Emulator, logins: &Value) -> Value {
    let input = json!({ "IdentityPoolId": IDENTITY_POOL, "Logins": logins });
    emulator.call("GetId", &input).unwrap()["IdentityId"].clone()
}

fn alice(emulator: &Emulator) -> Value {
    let local = emulator.local_pool(USER_POOL.parse().unwrap(), "1example23456789".into()).unwrap();
    let token = local.id_token_for(json!({ "cognito:username": "alice" })).unwrap();
    json!({ PROVIDER: token.expose_secret() })
}

fn start(state: &Path, keys: SigningKeys) -> Emulator {
    let builder = Emulator::builder().signing_keys(keys).state_file(state);
    builder.seed_file(seed_file()).try_in_process().unwrap()
}

#[test]
fn seed_file_has_identity_pools_with_roles() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    emulator.load(&seed_file()).unwrap();
    let logins = alice(&emulator);
    let input = json!({ "IdentityId": get_id(&emulator, &logins), "Logins": logins });
    let issued = emulator.call("GetCredentialsForIdentity", &input).unwrap();
    let key = issued["Credentials"]["AccessKeyId"].as_str().unwrap();
    assert_eq!(emulator.issued_credentials(key).unwrap().role_arn, STAFF);

    let twice = emulator
        .load(&json!({ "Pools": [], "IdentityPools": [{ "Id": IDENTITY_POOL }] }).to_string());
    let message = twice.unwrap_err().to_string();
    assert!(message.starts_with("IdentityPools[0]: ResourceConflictException"), "{message}");
    let unknown = json!({ "Pools": [], "IdentityPools": [{ "Guests": true }] }).to_string();
    let message = emulator.load(&unknown).unwrap_err().to_string();
    assert!(message.contains("Guests"), "{message}");
}

#[test]
fn identities_credentials_and_keys_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let emulator = start(&state, SigningKeys::Generated);
    let (guest, user) = (get_id(&emulator, &json!({})), get_id(&emulator, &alice(&emulator)));
    let input = json!({ "IdentityId": user, "Logins": alice(&emulator) });
    let issued = emulator.call("GetCredentialsForIdentity", &input).unwrap();
    let key = issued["Credentials"]["AccessKeyId"].as_str().unwrap().to_owned();
    let record = emulator.issued_credentials(&key).unwrap();
    let key_id = |emulator: &Emulator| {
        let update = json!({
            "IdentityPoolId": IDENTITY_POOL, "Roles": { "authenticated": STAFF }
        });
        emulator.call("SetIdentityPoolRoles", &update).unwrap();
        // The seed file has no role for guests, but an OpenID token needs none.
        let token = emulator.call("GetOpenIdToken", &json!({ "IdentityId": guest })).unwrap();
        token["Token"].as_str().unwrap().split('.').next().unwrap().to_owned()
    };
    let signed_by = key_id(&emulator);
    drop(emulator);

    let emulator = start(&state, SigningKeys::Generated);
    assert_eq!(get_id(&emulator, &alice(&emulator)), user);
    assert_eq!(emulator.issued_credentials(&key), Some(record));
    assert_eq!(key_id(&emulator), signed_by);
}

#[test]
fn reset_returns_to_the_identity_pools_of_the_seed_file() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let emulator = start(&state, SigningKeys::ForTests);
    let guest = get_id(&emulator, &json!({}));
    let other = json!({ "IdentityPoolName": "other", "AllowUnauthenticatedIdentities": true });
    emulator.call("CreateIdentityPool", &other).unwrap();
    emulator.reset().unwrap();
    let check = |emulator: &Emulator| {
        let pools = emulator.call("ListIdentityPools", &json!({ "MaxResults": 60 })).unwrap();
        assert_eq!(pools["IdentityPools"].as_array().map(Vec::len), Some(1));
        assert!(emulator.call("DescribeIdentity", &json!({ "IdentityId": guest })).is_err());
    };
    check(&emulator);
    drop(emulator);
    check(&start(&state, SigningKeys::ForTests));

    let pools = Pools::new();
    pools.emulator().reset().unwrap();
    let gone = pools.try_get_id(&json!({})).unwrap_err();
    assert_eq!(gone.0, "ResourceNotFoundException");
}
