//! `import`: a seed file from the descriptions of a pool, which an emulator returns in place of the
//! service.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::running::Program;
use crate::support::{end, program, send, serve};

fn call(server: &Program, operation: &str, request: &Value) -> Value {
    let response = send(&server.address, "POST /", operation, &request.to_string());
    assert_eq!(response.get("__type"), None, "{operation} {request}: {response}");
    response
}

/// Creates a pool with one resource of each kind, and returns its id.
fn create_pool(server: &Program) -> String {
    let pool = json!({
        "PoolName": "shop", "UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"],
        "MfaConfiguration": "OPTIONAL", "UserPoolTags": { "stage": "test" },
        "Policies": { "PasswordPolicy": { "MinimumLength": 12, "RequireSymbols": true } },
        "VerificationMessageTemplate": { "EmailMessage": "Code: {####}", "EmailSubject": "Code" },
        "Schema": [
            { "Name": "plan", "AttributeDataType": "String", "Mutable": true },
            { "Name": "level", "AttributeDataType": "Number", "DeveloperOnlyAttribute": true },
            { "Name": "family_name", "Required": true }
        ]
    });
    let pool = call(server, "CreateUserPool", &pool)["UserPool"]["Id"].clone();
    let mfa = json!({
        "UserPoolId": pool, "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "SmsMfaConfiguration": {
            "SmsAuthenticationMessage": "Your code is {####}.",
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" }
        }
    });
    call(server, "SetUserPoolMfaConfig", &mfa);
    let scope = json!({ "ScopeName": "read", "ScopeDescription": "all orders" });
    let server_request =
        json!({ "UserPoolId": pool, "Identifier": "orders", "Name": "Orders", "Scopes": [scope] });
    call(server, "CreateResourceServer", &server_request);
    let details = json!({
        "client_id": "1", "client_secret": "2", "authorize_scopes": "email",
        "oidc_issuer": "https://login.example.com", "attributes_request_method": "GET"
    });
    let provider = json!({
        "UserPoolId": pool, "ProviderName": "Example", "ProviderType": "OIDC",
        "ProviderDetails": details, "AttributeMapping": { "email": "email" }
    });
    call(server, "CreateIdentityProvider", &provider);
    let domain = json!({ "UserPoolId": pool, "Domain": "shop", "ManagedLoginVersion": 2 });
    call(server, "CreateUserPoolDomain", &domain);
    let group = json!({ "UserPoolId": pool, "GroupName": "admins", "Precedence": 1 });
    call(server, "CreateGroup", &group);
    pool.as_str().unwrap().to_owned()
}

fn create_client(server: &Program, pool: &str) -> String {
    let client = json!({
        "UserPoolId": pool, "ClientName": "web", "GenerateSecret": true,
        "AccessTokenValidity": 10, "TokenValidityUnits": { "AccessToken": "minutes" },
        "CallbackURLs": ["http://localhost:3000/callback"], "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "orders/read"], "AllowedOAuthFlowsUserPoolClient": true,
        "SupportedIdentityProviders": ["COGNITO", "Example"], "ReadAttributes": ["email", "custom:plan"]
    });
    let created = call(server, "CreateUserPoolClient", &client);
    created["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned()
}

/// Returns the descriptions of a pool and its resources.
fn describe(server: &Program, pool: &str, client: &str) -> Vec<Value> {
    let user_pool = json!({ "UserPoolId": pool });
    let of_pool = |members: Value| {
        let mut request = members;
        request["UserPoolId"] = pool.into();
        request
    };
    [
        ("DescribeUserPool", user_pool.clone()),
        ("GetUserPoolMfaConfig", user_pool.clone()),
        ("DescribeUserPoolClient", of_pool(json!({ "ClientId": client }))),
        ("DescribeResourceServer", of_pool(json!({ "Identifier": "orders" }))),
        ("DescribeIdentityProvider", of_pool(json!({ "ProviderName": "Example" }))),
        ("DescribeUserPoolDomain", json!({ "Domain": "shop" })),
        ("ListGroups", user_pool),
    ]
    .map(|(operation, request)| call(server, operation, &request))
    .into()
}

/// Removes values that differ between runs: dates, and generated names of a domain.
fn without_dates(value: &mut Value) {
    const VOLATILE: [&str; 4] =
        ["CreationDate", "LastModifiedDate", "CloudFrontDistribution", "Version"];
    match value {
        Value::Object(members) => {
            VOLATILE.iter().for_each(|name| drop(members.remove(*name)));
            members.values_mut().for_each(without_dates);
        }
        Value::Array(items) => items.iter_mut().for_each(without_dates),
        _ => {}
    }
}

fn write_each(directory: &Path, documents: &[Value]) -> Vec<String> {
    let paths = (0..documents.len()).map(|index| directory.join(format!("{index}.json")));
    let paths: Vec<_> = paths.collect();
    for (path, document) in paths.iter().zip(documents) {
        fs::write(path, document.to_string()).unwrap();
    }
    paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect()
}

#[test]
fn imported_pool_is_described_as_the_original() {
    let directory = tempfile::tempdir().unwrap();
    let original = serve(&[]);
    let pool = create_pool(&original);
    let client = create_client(&original, &pool);
    let mut described = describe(&original, &pool, &client);
    end(original);
    let seed = directory.path().join("seed.json");
    let seed = seed.to_str().unwrap();
    let mut import = program(&["import", "--output", seed, "--from-json"]);
    let import = import.args(write_each(directory.path(), &described)).output().unwrap();
    assert_eq!(String::from_utf8(import.stderr).unwrap(), "", "no warning");
    assert!(import.status.success() && import.stdout.is_empty());
    let copy = serve(&["--seed-file", seed]);
    let mut again = describe(&copy, &pool, &client);
    end(copy);
    for (described, again) in described.iter_mut().zip(&mut again) {
        without_dates(described);
        without_dates(again);
        assert_eq!(again, described);
    }
}

#[test]
fn import_reads_the_standard_input_and_writes_the_standard_output() {
    let directory = tempfile::tempdir().unwrap();
    let document = json!({ "UserPool": { "Id": "eu-west-1_Example01", "Name": "shop" } });
    let path = &write_each(directory.path(), &[document])[0];
    let mut command = program(&["import", "--from-json", "-"]);
    let command = command.stdin(Stdio::from(fs::File::open(path).unwrap()));
    let output = command.output().unwrap();
    let seed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({ "Pools": [{ "Id": "eu-west-1_Example01", "PoolName": "shop" }] });
    assert_eq!(seed, expected);
}

#[test]
fn import_reads_files_that_windows_powershell_writes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pool.json");
    let document = json!({ "UserPool": { "Id": "eu-west-1_Example01", "Name": "Geschäft" } });
    let utf_16 =
        document.to_string().encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    fs::write(&path, [&[0xff, 0xfe], &utf_16[..]].concat()).unwrap();
    let import = || program(&["import", "--from-json", path.to_str().unwrap()]).output().unwrap();
    assert!(String::from_utf8(import().stdout).unwrap().contains("Geschäft"));
    fs::write(&path, [0xff, 0x00]).unwrap();
    let output = import();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && error.contains("neither UTF-8 nor UTF-16"),
        "{error}"
    );
}

#[test]
fn import_writes_a_file_for_its_owner_and_replaces_one_by_force_only() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let seed = directory.path().join("seed.json");
    let document = json!({ "UserPool": { "Id": "eu-west-1_Example01", "Name": "shop" } });
    let document = &write_each(directory.path(), &[document])[0];
    let import = |options: &[&str]| {
        let output = ["import", "--from-json", document, "--output", "seed.json"];
        let mut import = program(&[&output[..], options].concat());
        import.current_dir(directory.path()).output().unwrap()
    };
    let mode = || fs::metadata(&seed).unwrap().permissions().mode() & 0o777;
    assert!(import(&[]).status.success());
    assert_eq!(mode(), 0o600);
    fs::write(&seed, "edited").unwrap();
    fs::set_permissions(&seed, fs::Permissions::from_mode(0o644)).unwrap();
    let output = import(&[]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains("cannot write seed.json: the file exists; pass --force to replace it"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&seed).unwrap(), "edited");
    assert!(import(&["--force"]).status.success());
    assert!(fs::read_to_string(&seed).unwrap().contains("shop"));
    assert_eq!(mode(), 0o600);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "no other file is left");
}

#[test]
fn import_takes_the_password_from_a_variable() {
    let directory = tempfile::tempdir().unwrap();
    let pool = json!({ "UserPool": { "Id": "eu-west-1_Example01", "Name": "shop" } });
    let users = json!({ "Users": [{ "Username": "alice", "Attributes": [] }] });
    let mut import = program(&["import", "--from-json"]);
    let import = import.args(write_each(directory.path(), &[pool, users]));
    let import = import.env("COGNITO_EMULATOR_IMPORT_PASSWORD", "Correct-horse1");
    let seed: Value = serde_json::from_slice(&import.output().unwrap().stdout).unwrap();
    assert_eq!(seed["Pools"][0]["Users"][0]["Password"], "Correct-horse1");
    let mut help = program(&["import", "--help"]);
    let help = help.env("COGNITO_EMULATOR_IMPORT_PASSWORD", "hunter2").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(
        help.contains("COGNITO_EMULATOR_IMPORT_PASSWORD") && !help.contains("hunter2"),
        "{help}"
    );
}

#[test]
fn import_that_the_emulator_would_reject_is_written_and_fails() {
    let directory = tempfile::tempdir().unwrap();
    let client = json!({ "UserPoolId": "eu-west-1_Example01", "ClientId": "two words" });
    let path = &write_each(directory.path(), &[json!({ "UserPoolClient": client })])[0];
    let output = program(&["import", "--from-json", path]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("two words"));
    assert!(error.contains("it has the default settings"), "{error}");
    assert!(
        error.contains("edit the file: Pools[0].Clients[0]: InvalidParameterException"),
        "{error}"
    );
}

#[test]
fn import_names_the_file_that_it_cannot_read() {
    let directory = tempfile::tempdir().unwrap();
    let [text, other, nothing] =
        ["text.json", "other.json", "mfa.json"].map(|name| directory.path().join(name));
    fs::write(&nothing, "\n").unwrap();
    fs::write(&text, "USERPOOL arn:aws").unwrap();
    fs::write(&other, r#"{ "Buckets": [], "Owner": {} }"#).unwrap();
    let empty = directory.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (option, path, message) in [
        ("--from-json", text, "is not JSON; run the AWS CLI with --output json: "),
        ("--from-json", nothing, "is empty; its command may have failed"),
        ("--from-json", other, "its members are Buckets, Owner"),
        ("--from-json", directory.path().join("missing"), "cannot read "),
        ("--from-cognito-local", empty, "contains no files of cognito-local"),
    ] {
        let path = path.to_str().unwrap();
        let output = program(&["import", option, path]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(message) && error.contains(path), "{error}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn files_of_cognito_local_become_a_seed_with_passwords_groups_and_subs() {
    const SUB: &str = "0e1a7b2c-3d4f-4a5b-8c6d-7e8f90a1b2c3";
    let directory = tempfile::tempdir().unwrap();
    let db = directory.path().join("db");
    fs::create_dir(&db).unwrap();
    let client = json!({
        "ClientId": "1example23456789", "ClientName": "web", "UserPoolId": "local_Example1",
        "CreationDate": "2024-05-01T10:00:00.000Z", "RefreshTokenValidity": 30,
        "AllowedOAuthFlowsUserPoolClient": false
    });
    let clients = json!({ "Clients": { "1example23456789": client } });
    fs::write(db.join("clients.json"), clients.to_string()).unwrap();
    let user = |name: &str, password: &str| {
        json!({
            "Username": name, "Password": password, "UserStatus": "CONFIRMED", "Enabled": true,
            "UserCreateDate": "2024-05-01T10:00:00.000Z", "RefreshTokens": ["1"],
            "Attributes": [
                { "Name": "sub", "Value": SUB }, { "Name": "email", "Value": format!("{name}@example.com") }
            ]
        })
    };
    let mut bob = user("bob", "pw");
    bob["Attributes"][0]["Value"] = "bob".into();
    let plan = json!({ "Name": "custom:plan", "Value": "free" });
    bob["Attributes"].as_array_mut().unwrap().push(plan);
    let pool = json!({
        "Options": {
            "Id": "local_Example1", "Name": "shop", "UsernameAttributes": ["email"],
            "CreationDate": "2024-05-01T10:00:00.000Z", "MfaConfiguration": "OFF"
        },
        "Users": { "alice": user("alice", "secret"), "bob": bob },
        "Groups": { "admins": {
            "GroupName": "admins", "members": ["alice"], "CreationDate": "2024-05-01T10:00:00.000Z"
        } }
    });
    fs::write(db.join("local_Example1.json"), pool.to_string()).unwrap();
    let seed = directory.path().join("seed.json");
    let path = directory.path().to_str().unwrap();
    let options = ["import", "--from-cognito-local", path, "--output", seed.to_str().unwrap()];
    let output = program(&options).output().unwrap();
    let warnings = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{warnings}");
    assert_eq!(warnings.lines().count(), 2, "{warnings}");
    assert!(warnings.contains("custom:plan is added to the schema"), "{warnings}");
    assert!(warnings.contains("the user bob is imported without a password"), "{warnings}");

    let server = serve(&["--seed-file", seed.to_str().unwrap()]);
    let parameters = json!({ "USERNAME": "alice@example.com", "PASSWORD": "secret" });
    let sign_in = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "1example23456789",
        "AuthParameters": parameters
    });
    let tokens = call(&server, "InitiateAuth", &sign_in);
    assert!(tokens["AuthenticationResult"]["IdToken"].is_string());
    let alice = json!({ "UserPoolId": "local_Example1", "Username": "alice@example.com" });
    assert_eq!(call(&server, "AdminGetUser", &alice)["Username"], SUB);
    let groups = call(&server, "AdminListGroupsForUser", &alice);
    assert_eq!(groups["Groups"][0]["GroupName"], "admins");
    end(server);
}
