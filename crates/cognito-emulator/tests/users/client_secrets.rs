//! App clients with secrets, and the change from one secret to the next.

use cognito_srp::secret_hash;
use serde_json::json;

use crate::support::{PASSWORD, Pool, invalid_parameter, not_authorized, settings, text, with};

const FIRST: &str = "first0secret0of0the0client";
const SECOND: &str = "second0secret0of0the0client";

#[test]
fn both_secrets_are_valid() {
    let pool = Pool::new(settings().client_secret(FIRST));
    pool.user("alice");
    let client_id = pool.0.client_id();
    let sign_in = |secret: &str| {
        pool.initiate(
            "USER_PASSWORD_AUTH",
            json!({
                "USERNAME": "alice", "PASSWORD": PASSWORD,
                "SECRET_HASH": secret_hash("alice", client_id.as_str(), secret)
            }),
        )
    };
    let unverified =
        not_authorized(&format!("Unable to verify secret hash for client {}", client_id.as_str()));
    assert_eq!(sign_in(SECOND).unwrap_err(), unverified);
    let added = pool.call("AddUserPoolClientSecret", json!({ "ClientSecret": SECOND }));
    let descriptor = &added["ClientSecretDescriptor"];
    assert!(descriptor.get("ClientSecretValue").is_none(), "the caller chose the secret");
    assert!(text(&descriptor["ClientSecretId"]).starts_with(&format!("{}--", client_id.as_str())));
    let refresh = sign_in(FIRST).unwrap()["AuthenticationResult"]["RefreshToken"].clone();
    for secret in [FIRST, SECOND] {
        sign_in(secret).unwrap();
        let input = json!({ "RefreshToken": refresh, "ClientSecret": secret });
        pool.call("GetTokensFromRefreshToken", input);
    }
    assert_eq!(pool.refused("AddUserPoolClientSecret", json!({})).0, "LimitExceededException");

    let listed = pool.call("ListUserPoolClientSecrets", json!({}));
    let secrets = listed["ClientSecrets"].as_array().unwrap();
    assert_eq!(secrets.len(), 2);
    assert!(secrets.iter().all(|secret| secret.get("ClientSecretValue").is_none()));
    let delete = |index: usize| {
        let input = json!({ "ClientSecretId": secrets[index]["ClientSecretId"] });
        pool.try_call("DeleteUserPoolClientSecret", input)
    };
    assert_eq!(delete(0), Ok(json!({})));
    assert_eq!(sign_in(FIRST).unwrap_err(), unverified);
    sign_in(SECOND).unwrap();
    assert_eq!(delete(0).unwrap_err().0, "ResourceNotFoundException");
    assert_eq!(
        delete(1).unwrap_err().0,
        "InvalidParameterException",
        "the last secret cannot be deleted"
    );
    let made = pool.call("AddUserPoolClientSecret", json!({}));
    let made = text(&made["ClientSecretDescriptor"]["ClientSecretValue"]);
    assert_eq!(made.len(), 51);
    sign_in(&made).unwrap();
}

#[test]
fn public_clients_have_no_secrets_to_add_to() {
    let pool = Pool::new(settings());
    let message =
        format!("App client {} is not configured for secret.", pool.0.client_id().as_str());
    let refused = pool.refused("AddUserPoolClientSecret", json!({}));
    assert_eq!(refused, invalid_parameter(&message));
    let refused = pool.refused("AddUserPoolClientSecret", json!({ "ClientSecret": "short" }));
    assert_eq!(refused.0, "InvalidParameterException");
}

#[test]
fn published_secrets_stay_in_responses() {
    let pool = Pool::new(settings());
    let publish = json!({ "ClientName": "c", "PublishSecretsInAWSSecretsManager": true });
    let created = with(publish.clone(), "GenerateSecret", json!(true));
    let created = pool.call("CreateUserPoolClient", created)["UserPoolClient"].clone();
    let update = with(publish, "ClientId", created["ClientId"].clone());
    let updated = pool.call("UpdateUserPoolClient", update)["UserPoolClient"].clone();
    for client in [created, updated] {
        assert!(client["ClientSecret"].is_string());
        for member in ["PublishSecretsInAWSSecretsManager", "ClientSecretArn"] {
            assert!(client.get(member).is_none(), "{member}");
        }
    }
}
