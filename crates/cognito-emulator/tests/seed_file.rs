//! Seed files: what they make, and how what is wrong with them is told.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use cognito_emulator::{Emulator, SigningKeys};
use serde_json::{Value, json};

fn emulator() -> Emulator {
    Emulator::builder().signing_keys(SigningKeys::ForTests).in_process()
}

fn alice() -> Value {
    json!({
        "Username": "alice", "Password": "Correct-horse1", "Groups": ["admins"],
        "Attributes": { "email": "alice@example.com", "email_verified": "true" }
    })
}

/// A file of one pool with these users.
fn file(users: Value) -> String {
    let client = json!({
        "ClientId": "1example23456789", "ClientSecret": "0123456789abcdefghijklmnop",
        "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    });
    let server = json!({
        "Identifier": "orders", "Name": "Orders",
        "Scopes": [{ "ScopeName": "read", "ScopeDescription": "all orders" }]
    });
    let program = json!({
        "ClientName": "program", "GenerateSecret": true, "AllowedOAuthFlowsUserPoolClient": true,
        "ClientSecret": "0123456789abcdefghijklmnop",
        "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["orders/read"]
    });
    let pool = json!({
        "Id": "eu-west-1_Example01", "AutoVerifiedAttributes": ["email"],
        "LambdaConfig": { "PreSignUp": "http://127.0.0.1:1/nobody-there" },
        "ResourceServers": [server], "Clients": [client, program],
        "Groups": [{ "GroupName": "admins", "Precedence": 1 }], "Users": users
    });
    json!({ "Pools": [pool] }).to_string()
}

#[test]
fn a_file_makes_pools_clients_groups_and_users() {
    let emulator = emulator();
    let bob = json!({ "Username": "bob", "TemporaryPassword": "Temporary-horse1" });
    emulator.load(&file(json!([alice(), bob]))).unwrap();
    let call = |operation: &str, mut input: Value| {
        input["UserPoolId"] = "eu-west-1_Example01".into();
        emulator.call(operation, &input).unwrap()
    };
    let clients = call("ListUserPoolClients", json!({}));
    assert_eq!(clients["UserPoolClients"].as_array().unwrap().len(), 2);
    let client = call("DescribeUserPoolClient", json!({ "ClientId": "1example23456789" }));
    assert_eq!(client["UserPoolClient"]["ClientSecret"], "0123456789abcdefghijklmnop");
    let status =
        |name: &str| call("AdminGetUser", json!({ "Username": name }))["UserStatus"].clone();
    assert_eq!(
        (status("alice"), status("bob")),
        ("CONFIRMED".into(), "FORCE_CHANGE_PASSWORD".into())
    );
    let groups = call("AdminListGroupsForUser", json!({ "Username": "alice" }));
    assert_eq!(groups["Groups"][0]["GroupName"], "admins");
    assert!(emulator.outbox().is_empty(), "nobody is invited");
    let input = json!({ "UserPoolId": "eu-west-1_Example01", "Username": "carol" });
    let refused = emulator.call("AdminCreateUser", &input).unwrap_err().to_string();
    assert!(
        refused.starts_with("UnexpectedLambdaException"),
        "triggers are asked again: {refused}"
    );
}

#[test]
fn what_is_wrong_is_named_without_passwords() {
    let weak = json!({ "Username": "bob", "Password": "hunter2" });
    let no_group = json!({ "Username": "bob", "Groups": ["nobodies"] });
    let unknown = json!({ "Username": "bob", "Pasword": "hunter2" });
    let cases = [
        ("{".to_owned(), "EOF while parsing"),
        ("{}".to_owned(), "missing field `Pools`"),
        (r#"{"Pools":[{"Id":"nonsense"}]}"#.to_owned(), "Pools[0]: "),
        (
            r#"{"Pools":[{"MfaConfguration":"ON"}]}"#.to_owned(),
            "Pools[0]: InvalidParameterException: There is no member MfaConfguration.",
        ),
        (
            r#"{"Pools":[{"Clients":[{"Explicit":[]}]}]}"#.to_owned(),
            "Pools[0].Clients[0]: InvalidParameterException: There is no member Explicit.",
        ),
        (
            r#"{"Pools":[{"Policies":{"PasswordPolicy":{"MinLength":12}}}]}"#.to_owned(),
            "Pools[0]: InvalidParameterException: There is no member MinLength in \
             policies.passwordPolicy.",
        ),
        (
            r#"{"Pools":[{"WebAuthnConfiguration":{"RelyingParty":"a.example"}}]}"#.to_owned(),
            "Pools[0]: InvalidParameterException: There is no member RelyingParty in \
             webAuthnConfiguration.",
        ),
        (
            r#"{"Pools":[{"Groups":[{"GroupName":"a","Precedense":1}]}]}"#.to_owned(),
            "Pools[0].Groups[0]: InvalidParameterException: There is no member Precedense.",
        ),
        (
            r#"{"Pools":[{"DeviceConfiguration":{"ChallengeRequiredOnNewDevice":"false"}}]}"#
                .to_owned(),
            "Pools[0]: SerializationException: STRING_VALUE can not be converted to a Boolean",
        ),
        (
            r#"{"Pools":[{"Clients":[{"ClientName":""}]}]}"#.to_owned(),
            "Pools[0].Clients[0]: InvalidParameterException: ",
        ),
        (
            r#"{"Pools":[{"Clients":[{"ClientId":"two words"}]}]}"#.to_owned(),
            "Pools[0].Clients[0]: InvalidParameterException: 1 validation error detected: Value \
             at 'clientId'",
        ),
        (
            r#"{"Pools":[{},{"Groups":[{}]}]}"#.to_owned(),
            "Pools[1].Groups[0]: InvalidParameterException: ",
        ),
        (
            r#"{"Pools":[{"ResourceServers":[{}]}]}"#.to_owned(),
            "Pools[0].ResourceServers[0]: InvalidParameterException: ",
        ),
        (
            file(json!([alice(), weak])),
            "Pools[0].Users[1] (bob): InvalidPasswordException: Password did not conform",
        ),
        (file(json!([no_group])), "Pools[0].Users[0] (bob): ResourceNotFoundException: "),
        (file(json!([unknown])), "unknown field `Pasword`"),
    ];
    for (json, begin) in cases {
        let error = emulator().load(&json).unwrap_err().to_string();
        assert!(error.starts_with(begin), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
