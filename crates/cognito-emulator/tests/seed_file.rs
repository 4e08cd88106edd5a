//! Seed files: created entries, and errors that name an invalid entry.

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

const SUB: &str = "0e1a7b2c-3d4f-4a5b-8c6d-7e8f90a1b2c3";

fn with_sub(username: &str, sub: &str) -> Value {
    json!({ "Username": username, "Attributes": { "sub": sub } })
}

/// Returns a file with one pool and these users.
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
fn file_creates_pools_clients_groups_and_users() {
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
    assert!(emulator.outbox().is_empty(), "no user is invited");
    let input = json!({ "UserPoolId": "eu-west-1_Example01", "Username": "carol" });
    let refused = emulator.call("AdminCreateUser", &input).unwrap_err().to_string();
    assert!(
        refused.starts_with("UnexpectedLambdaException"),
        "triggers are called after the seed: {refused}"
    );
}

#[test]
fn errors_name_the_entry_and_no_password() {
    let weak = json!({ "Username": "bob", "Password": "hunter2" });
    let no_group = json!({ "Username": "bob", "Groups": ["nobodies"] });
    let unknown = json!({ "Username": "bob", "Pasword": "hunter2" });
    let cases = [
        ("{".to_owned(), "EOF while parsing"),
        ("{}".to_owned(), "missing field `Pools`"),
        (r#"{"Pools":[{"Id":"nonsense"}]}"#.to_owned(), "Pools[0]: "),
        (
            r#"{"Pools":[],"IdentityPools":[{"Id":"us-east-1_Pool"}]}"#.to_owned(),
            "IdentityPools[0]: the id of an identity pool or an identity is a Region, a colon",
        ),
        (
            r#"{"Pools":[],"IdentityPools":[{"Guests":true}]}"#.to_owned(),
            "IdentityPools[0]: InvalidParameterException: There is no member Guests.",
        ),
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
        (
            file(json!([unknown])),
            "Pools[0].Users[0].Pasword: unknown field `Pasword`, expected one of ",
        ),
        (
            r#"{"Pool":[]}"#.to_owned(),
            "Pool: unknown field `Pool`, expected `Pools` or `IdentityPools` at line 1 column 7",
        ),
        (r#"{"Pools":[]} {}"#.to_owned(), "trailing characters at line 1 column 14"),
        (
            r#"{"Pools":[{"Users":[{"Username":"bob","Attributes":{"email":[]}}]}]}"#.to_owned(),
            "Pools[0].Users[0].Attributes.email: expected a string, an integer or a Boolean",
        ),
        (
            r#"{"Pools":[5]}"#.to_owned(),
            "Pools[0]: invalid type: integer `5`, expected a map with the members of a pool",
        ),
        (
            r#"{"Pools":[{"Clients":[5]}]}"#.to_owned(),
            "Pools[0].Clients[0]: invalid type: integer `5`, expected a map with the members of an app client",
        ),
        (
            r#"{"Pools":[{"Users":["bob"]}]}"#.to_owned(),
            "Pools[0].Users[0]: invalid type: string \"bob\", expected a map with Username and further members of a user",
        ),
        (
            r#"{"Pools":[{"Domains":[{"Domain":"shop","Pages":2}]}]}"#.to_owned(),
            "Pools[0].Domains[0]: InvalidParameterException: There is no member Pages.",
        ),
        (
            r#"{"Pools":[{"IdentityProviders":[{"ProviderName":"Google"}]}]}"#.to_owned(),
            "Pools[0].IdentityProviders[0]: InvalidParameterException: ",
        ),
        (
            file(json!([with_sub("alice", "4711")])),
            "Pools[0].Users[0] (alice): the sub must be a UUID",
        ),
        (
            file(json!([with_sub("alice", SUB), with_sub("bob", SUB)])),
            "Pools[0].Users[1] (bob): another user has the same sub",
        ),
    ];
    for (json, begin) in cases {
        let error = emulator().load(&json).unwrap_err().to_string();
        assert!(error.starts_with(begin), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn file_creates_domains_and_identity_providers_that_clients_name() {
    let emulator = emulator();
    let google = json!({
        "ProviderName": "Google", "ProviderType": "Google",
        "ProviderDetails": { "client_id": "1", "client_secret": "2", "authorize_scopes": "email" }
    });
    let client =
        json!({ "ClientId": "1example23456789", "SupportedIdentityProviders": ["Google"] });
    let pool = json!({
        "Id": "eu-west-1_Example01", "Clients": [client], "IdentityProviders": [google],
        "Domains": [{ "Domain": "shop" }]
    });
    emulator.load(&json!({ "Pools": [pool] }).to_string()).unwrap();
    let domain = emulator.call("DescribeUserPoolDomain", &json!({ "Domain": "shop" })).unwrap();
    assert_eq!(domain["DomainDescription"]["UserPoolId"], "eu-west-1_Example01");
    let input = json!({ "UserPoolId": "eu-west-1_Example01", "ProviderName": "Google" });
    let provider = emulator.call("DescribeIdentityProvider", &input).unwrap();
    assert_eq!(provider["IdentityProvider"]["ProviderDetails"]["client_id"], "1");
}

#[test]
fn users_keep_their_sub_in_every_kind_of_pool() {
    for named_by in [json!([]), json!(["email"])] {
        let emulator = emulator();
        let user = with_sub("alice@example.com", SUB);
        let user = if named_by == json!([]) { with_sub("alice", SUB) } else { user };
        let pool = json!({
            "Id": "eu-west-1_Example01", "UsernameAttributes": named_by, "Users": [user]
        });
        emulator.load(&json!({ "Pools": [pool] }).to_string()).unwrap();
        let input = json!({ "UserPoolId": "eu-west-1_Example01", "Username": SUB });
        let found = emulator.call("AdminGetUser", &input).unwrap();
        assert_eq!(found["UserAttributes"][0], json!({ "Name": "sub", "Value": SUB }));
        let named_by_sub = named_by != json!([]);
        assert_eq!(found["Username"] == SUB, named_by_sub, "{found}");
    }
}

#[test]
fn users_can_be_disabled_and_have_attributes_that_are_not_strings() {
    let emulator = emulator();
    let schema = json!([{ "Name": "age", "AttributeDataType": "Number" }]);
    let attributes =
        json!({ "email": "alice@example.com", "email_verified": true, "custom:age": 42 });
    let alice = json!({ "Username": "alice", "Enabled": false, "Attributes": attributes });
    let pool = json!({ "Id": "eu-west-1_Example01", "Schema": schema, "Users": [alice] });
    emulator.load(&json!({ "Pools": [pool] }).to_string()).unwrap();
    let input = json!({ "UserPoolId": "eu-west-1_Example01", "Username": "alice" });
    let alice = emulator.call("AdminGetUser", &input).unwrap();
    assert_eq!(alice["Enabled"], false);
    for attribute in [("email_verified", "true"), ("custom:age", "42")] {
        let attribute = json!({ "Name": attribute.0, "Value": attribute.1 });
        assert!(alice["UserAttributes"].as_array().unwrap().contains(&attribute), "{alice}");
    }
}

#[cfg(feature = "toml")]
const TOML: &str = r#"
[[Pools]]
Id = "eu-west-1_Example01"

[[Pools.Clients]]
ClientId = "1example23456789"

[[Pools.Groups]]
GroupName = "admins"

[[Pools.Users]]
Username = "alice"
Password = "Correct-horse1"
Groups = ["admins"]
Attributes = { email = "alice@example.com", email_verified = true }
"#;

#[cfg(feature = "toml")]
#[test]
fn toml_creates_the_same_entries() {
    let emulator = emulator();
    emulator.load(TOML).unwrap();
    let input = json!({ "UserPoolId": "eu-west-1_Example01", "Username": "alice" });
    assert_eq!(emulator.call("AdminGetUser", &input).unwrap()["UserStatus"], "CONFIRMED");
    assert_eq!(emulator.pools()[0].clients[0].id.as_str(), "1example23456789");
}

#[cfg(feature = "toml")]
#[test]
fn errors_in_toml_have_a_line_and_no_password() {
    let cases = [
        (
            "Groups = [\"admins\"]",
            "Groups = \"admins\"",
            "Pools[0].Users[0].Groups: ",
            " at line 14 column 10",
        ),
        (
            "Password =",
            "Pasword =",
            "Pools[0].Users[0].Pasword: unknown field `Pasword`",
            " at line 13 column 1",
        ),
        ("Password = ", "Password ", "", " at line 13 column 10"),
        (
            "[[Pools.Groups]]",
            "[[Pool.Groups]]",
            "Pool: unknown field `Pool`",
            " at line 8 column 3",
        ),
    ];
    for (line, broken, begin, end) in cases {
        let error = emulator().load(&TOML.replace(line, broken)).unwrap_err().to_string();
        assert!(error.starts_with(begin) && error.ends_with(end), "{error}");
        assert!(!error.contains("horse"), "{error}");
    }
}

#[cfg(feature = "toml")]
#[test]
fn seed_file_of_the_guide_is_valid() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/emulator.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let mut blocks = guide.split("```toml\n");
    let block = blocks.find(|block| block.starts_with("[[Pools]]")).unwrap();
    let emulator = emulator();
    emulator.load(block.split_once("```").unwrap().0).unwrap();
    let input = json!({ "UserPoolId": "eu-west-1_Example01", "Username": "bob" });
    assert_eq!(emulator.call("AdminGetUser", &input).unwrap()["Enabled"], false);
    assert_eq!(emulator.pools()[0].clients.len(), 2);
}

#[cfg(feature = "toml")]
#[test]
fn seed_file_of_the_container_is_valid() {
    let emulator = emulator();
    emulator.load(include_str!("../container/seed.toml")).unwrap();
    assert_eq!(emulator.pools()[0].name, "shop");
}
