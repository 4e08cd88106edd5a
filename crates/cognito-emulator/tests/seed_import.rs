//! Import of descriptions of pools: settings that cannot be imported, and users.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use cognito_emulator::{Emulator, ImportedSeed, SeedImport, SigningKeys};
use serde_json::{Value, json};

const POOL: &str = "eu-west-1_Example01";

fn import(documents: &[Value]) -> ImportedSeed {
    let import = documents.iter().fold(SeedImport::default(), |import, document| {
        import.read("file", &document.to_string()).unwrap()
    });
    let seed = import.finish().unwrap();
    load(&seed);
    seed
}

fn load(seed: &ImportedSeed) -> Emulator {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    emulator.load(seed.json()).unwrap();
    emulator
}

fn pool(members: Value) -> Value {
    let mut pool = json!({ "Id": POOL, "Name": "shop", "Arn": "arn", "Status": "Enabled" });
    pool.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({ "UserPool": pool })
}

fn first_pool(seed: &ImportedSeed) -> Value {
    let seed: Value = serde_json::from_str(seed.json()).unwrap();
    seed["Pools"][0].clone()
}

#[test]
fn functions_and_senders_at_the_service_are_left_out_with_a_warning() {
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    let seed = import(&[pool(json!({
        "LambdaConfig": {
            "PreSignUp": arn, "PostConfirmation": "http://127.0.0.1:9000/",
            "PreTokenGenerationConfig": { "LambdaArn": arn, "LambdaVersion": "V2_0" }
        },
        "EmailConfiguration": {
            "SourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/a@example.com",
            "EmailSendingAccount": "DEVELOPER", "ReplyToEmailAddress": "b@example.com"
        },
        "Policies": { "PasswordPolicy": { "MinimumLength": 8, "Newest": true } },
        "NewestSetting": {}
    }))]);
    let warnings = seed.warnings().join("\n");
    assert_eq!(seed.warnings().len(), 5, "{warnings}");
    for name in [
        "LambdaConfig.PreSignUp",
        "LambdaConfig.PreTokenGenerationConfig",
        "EmailConfiguration",
        "NewestSetting",
        "Policies.PasswordPolicy.Newest",
    ] {
        assert!(warnings.contains(&format!("{name} is left out")), "{name}: {warnings}");
    }
    let pool = first_pool(&seed);
    assert_eq!(pool["LambdaConfig"], json!({ "PostConfirmation": "http://127.0.0.1:9000/" }));
    assert_eq!(pool["EmailConfiguration"], json!({ "ReplyToEmailAddress": "b@example.com" }));
}

#[test]
fn resources_that_clients_name_may_be_missing() {
    let client = json!({
        "UserPoolId": POOL, "ClientId": "1example23456789", "ClientName": "web", "ClientSecret": "s",
        "SupportedIdentityProviders": ["COGNITO", "Google"], "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthScopes": ["https://api.example.com/orders/read", "orders/write", "orders/read"],
        "AnalyticsConfiguration": { "ApplicationId": "1" }
    });
    let seed = import(&[pool(json!({})), json!({ "UserPoolClient": client })]);
    assert_eq!(seed.warnings().len(), 4, "{:?}", seed.warnings());
    let pool = first_pool(&seed);
    assert_eq!(pool["Clients"][0]["SupportedIdentityProviders"], json!(["COGNITO"]));
    let servers = pool["ResourceServers"].as_array().unwrap();
    let identifiers: Vec<&Value> = servers.iter().map(|server| &server["Identifier"]).collect();
    assert_eq!(identifiers, ["https://api.example.com/orders", "orders"]);
    assert_eq!(servers[1]["Scopes"].as_array().unwrap().len(), 2);
}

#[test]
fn changed_standard_attributes_are_imported() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let schema = json!([
        { "Name": "email", "Required": true },
        { "Name": "plan", "AttributeDataType": "String", "StringAttributeConstraints": { "MaxLength": "9" } },
        { "Name": "email_verified", "AttributeDataType": "Boolean" }
    ]);
    let created = emulator.call("CreateUserPool", &json!({ "PoolName": "shop", "Schema": schema }));
    let described = created.unwrap();
    let imported = import(std::slice::from_ref(&described));
    let names = first_pool(&imported)["Schema"].as_array().unwrap().clone();
    let names: Vec<&str> =
        names.iter().map(|attribute| attribute["Name"].as_str().unwrap()).collect();
    assert_eq!(names, ["email", "plan", "email_verified"]);
    let id = json!({ "UserPoolId": described["UserPool"]["Id"] });
    let again = load(&imported).call("DescribeUserPool", &id).unwrap();
    assert_eq!(again["UserPool"]["SchemaAttributes"], described["UserPool"]["SchemaAttributes"]);
}

#[test]
fn domains_are_imported_and_custom_ones_need_their_description() {
    let described = pool(json!({ "Domain": "shop", "CustomDomain": "login.example.com" }));
    let seed = import(std::slice::from_ref(&described));
    assert!(seed.warnings()[0].contains("describe-user-pool-domain"), "{:?}", seed.warnings());
    let domain = json!({
        "Domain": "login.example.com", "UserPoolId": POOL, "Status": "ACTIVE", "Version": "1",
        "AWSAccountId": "123456789012", "CloudFrontDistribution": "a.cloudfront.net",
        "CustomDomainConfig": { "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1" }
    });
    let nothing = json!({ "DomainDescription": {} });
    let seed = import(&[json!({ "DomainDescription": domain }), nothing, described]);
    assert!(seed.warnings().is_empty(), "{:?}", seed.warnings());
    assert_eq!(first_pool(&seed)["Domains"].as_array().unwrap().len(), 2);
}

#[test]
fn descriptions_as_the_aws_cli_prints_them_are_imported() {
    let sub = json!({
        "Name": "sub", "AttributeDataType": "String", "DeveloperOnlyAttribute": false,
        "Mutable": false, "Required": true,
        "StringAttributeConstraints": { "MinLength": "1", "MaxLength": "2048" }
    });
    let custom = json!({
        "Name": "custom:plan", "AttributeDataType": "String", "DeveloperOnlyAttribute": false,
        "Mutable": true, "Required": false, "StringAttributeConstraints": {}
    });
    let described = pool(json!({
        "Policies": { "PasswordPolicy": {
            "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true,
            "RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7
        } },
        "DeletionProtection": "ACTIVE", "LambdaConfig": {}, "SchemaAttributes": [sub, custom],
        "LastModifiedDate": "2024-05-01T10:00:00.123000+02:00", "CreationDate": 1_547_763_720.822,
        "EstimatedNumberOfUsers": 1, "UserPoolTags": {}, "UsernameAttributes": ["email"],
        "SmsVerificationMessage": "Your verification code is {####}. ",
        "EmailVerificationMessage": "Your verification code is {####}. ",
        "EmailVerificationSubject": "Your verification code",
        "VerificationMessageTemplate": {
            "SmsMessage": "Your verification code is {####}. ", "DefaultEmailOption": "CONFIRM_WITH_CODE",
            "EmailMessage": "Your verification code is {####}. ", "EmailSubject": "Your verification code"
        },
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": [] },
        "MfaConfiguration": "ON", "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
        "SmsConfiguration": {
            "SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "1", "SnsRegion": "eu-west-1"
        },
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7 },
        "UsernameConfiguration": { "CaseSensitive": false }, "UserPoolTier": "ESSENTIALS",
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Priority": 1, "Name": "verified_email" }] }
    }));
    let mfa = json!({
        "SoftwareTokenMfaConfiguration": { "Enabled": true }, "MfaConfiguration": "ON",
        "SmsMfaConfiguration": { "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" } }
    });
    let client = json!({ "UserPoolClient": {
        "UserPoolId": POOL, "ClientName": "web", "ClientId": "38fjsnc484p94kpqsnet7mpld0",
        "LastModifiedDate": 1_548_108_676.163, "CreationDate": 1_548_108_676.163,
        "RefreshTokenValidity": 30, "TokenValidityUnits": {},
        "ReadAttributes": ["custom:plan", "email", "email_verified"],
        "ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"],
        "AllowedOAuthFlowsUserPoolClient": false, "EnableTokenRevocation": true,
        "EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3
    } });
    let provider = json!({ "IdentityProvider": {
        "UserPoolId": POOL, "ProviderName": "Facebook", "ProviderType": "Facebook",
        "ProviderDetails": {
            "attributes_url": "https://graph.facebook.com/v17.0/me?fields=", "client_id": "1",
            "attributes_url_add_attributes": "true", "authorize_scopes": "email",
            "authorize_url": "https://www.facebook.com/v17.0/dialog/oauth", "client_secret": "2",
            "token_request_method": "GET", "token_url": "https://graph.facebook.com/v17.0/oauth/access_token"
        },
        "AttributeMapping": { "username": "id" }, "IdpIdentifiers": [],
        "LastModifiedDate": 1_548_105_901.736, "CreationDate": 1_548_105_901.736
    } });
    let domain = json!({ "DomainDescription": {
        "UserPoolId": POOL, "AWSAccountId": "123456789012", "Domain": "shop", "Status": "ACTIVE",
        "S3Bucket": "aws-cognito-prod-dub-assets", "CloudFrontDistribution": "a.cloudfront.net",
        "Version": "20190128175402", "CustomDomainConfig": {}
    } });
    let seed = import(&[described, mfa, client, provider, domain]);
    assert_eq!(seed.warnings(), [""; 0]);
    let pool = &load(&seed).pools()[0];
    assert_eq!(pool.clients[0].id.as_str(), "38fjsnc484p94kpqsnet7mpld0");
}

fn user(username: &str, status: &str) -> Value {
    let attributes = json!([
        { "Name": "sub", "Value": username }, { "Name": "email", "Value": "alice@example.com" },
        { "Name": "email_verified", "Value": "true" }, { "Name": "identities", "Value": "[]" }
    ]);
    json!({
        "Username": username, "Attributes": attributes, "UserStatus": status,
        "Enabled": false, "UserCreateDate": 1_714_557_600.0
    })
}

#[test]
fn users_keep_name_sub_and_state_and_get_the_password_of_the_import() {
    const SUB: &str = "0e1a7b2c-3d4f-4a5b-8c6d-7e8f90a1b2c3";
    let users = [user(SUB, "CONFIRMED"), user("Google_1", "EXTERNAL_PROVIDER")];
    let files = [json!({ "Users": users }), pool(json!({ "UsernameAttributes": ["email"] }))];
    let files = files.map(|file| file.to_string());
    for (password, status) in
        [(None, "FORCE_CHANGE_PASSWORD"), (Some("Correct-horse1"), "CONFIRMED")]
    {
        let import = SeedImport::default().read("both", &files.concat()).unwrap();
        let import = password.into_iter().fold(import, SeedImport::password);
        let seed = import.finish().unwrap();
        assert!(seed.warnings()[0].contains("Google_1 is left out"), "{:?}", seed.warnings());
        let input = json!({ "UserPoolId": POOL, "Username": "alice@example.com" });
        let alice = load(&seed).call("AdminGetUser", &input).unwrap();
        assert_eq!((&alice["Username"], &alice["UserStatus"]), (&SUB.into(), &status.into()));
        assert_eq!(alice["Enabled"], false);
    }
}

#[test]
fn users_who_are_given_twice_have_the_later_description() {
    let user = |username: &str, email: &str| {
        let email = json!([{ "Name": "email", "Value": email }]);
        json!({ "Username": username, "UserStatus": "CONFIRMED", "Attributes": email })
    };
    let first = [user("alice", "old@example.com"), user("bob", "bob@example.com")];
    let second = [user("alice", "new@example.com")];
    let files = [json!({ "Users": first }), pool(json!({})), json!({ "Users": second })];
    let users = first_pool(&import(&files))["Users"].as_array().unwrap().clone();
    let users: Vec<_> =
        users.iter().map(|user| (&user["Username"], &user["Attributes"]["email"])).collect();
    let alice = (&json!("alice"), &json!("new@example.com"));
    assert_eq!(users, [alice, (&json!("bob"), &json!("bob@example.com"))]);
}

#[test]
fn different_users_of_one_address_are_both_imported() {
    let files = [
        pool(json!({ "UsernameAttributes": ["email"] })),
        json!({ "Users": [user("1", "CONFIRMED"), user("2", "CONFIRMED")] }),
    ];
    let files = files.map(|file| file.to_string()).concat();
    let seed = SeedImport::default().read("both", &files).unwrap().finish().unwrap();
    assert_eq!(first_pool(&seed)["Users"].as_array().unwrap().len(), 2);
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let rejected = emulator.load(seed.json()).unwrap_err().to_string();
    assert!(rejected.contains("UsernameExistsException"), "{rejected}");
}

#[test]
fn files_that_name_no_pool_belong_to_the_only_one() {
    let users = json!({ "Users": [] }).to_string();
    let read = |files: &[&str]| {
        let import = SeedImport::default().read("users.json", &users).unwrap();
        let import =
            files.iter().fold(import, |import, file| import.read("pool.json", file).unwrap());
        import.finish().map(drop).map_err(|error| error.to_string())
    };
    let pools = ["eu-west-1_Example01", "eu-west-1_Example02"];
    let pools = pools.map(|id| json!({ "UserPool": { "Id": id } }).to_string());
    assert_eq!(read(&[&pools[0]]), Ok(()));
    assert!(read(&[]).unwrap_err().contains("no file names a pool"));
    let error = read(&[&pools[0], &pools[1]]).unwrap_err();
    assert!(error.starts_with("users.json does not name its pool"), "{error}");
}

#[test]
fn input_that_would_be_lost_is_rejected() {
    let local = |member: &str, value: Value| json!({ "Options": { "Id": POOL }, member: value });
    for (document, expected) in [
        (json!({ "Users": 5 }), "Users does not have the expected format"),
        (json!({ "Users": {} }), "Users does not have the expected format"),
        (
            json!({ "Users": [{ "Attributes": [] }] }),
            "Users[].Username does not have the expected format",
        ),
        (json!({ "Users": [5] }), "Users[].Username does not have the expected format"),
        (
            json!({ "Users": [{ "Username": "a", "Attributes": {} }] }),
            "Users[].Attributes does not have the expected format",
        ),
        (json!({ "Groups": 5 }), "its members are Groups"),
        (json!({ "Groups": ["admins"] }), "Groups does not have the expected format"),
        (json!({ "UserPool": {} }), "UserPool does not have the expected format"),
        (json!({ "UserPool": "shop" }), "UserPool does not have the expected format"),
        (
            pool(json!({ "SchemaAttributes": {} })),
            "SchemaAttributes does not have the expected format",
        ),
        (json!({ "UserPoolClient": null }), "UserPoolClient does not have the expected format"),
        (json!({ "DomainDescription": [] }), "DomainDescription does not have the expected format"),
        (
            json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": [] }),
            "SmsMfaConfiguration does not have the expected format",
        ),
        (local("Users", json!([])), "Users does not have the expected format"),
        (local("Users", json!({ "a": {} })), "Users[].Username does not have the expected format"),
        (local("Groups", json!([])), "Groups does not have the expected format"),
        (json!({ "Options": 5 }), "Options does not have the expected format"),
        (json!({ "Users": [], "PaginationToken": "1" }), "one page of a list"),
        (json!({ "Groups": [], "NextToken": "1" }), "one page of a list"),
        (json!({}), "its members are "),
    ] {
        let error = SeedImport::default().read("file.json", &document.to_string()).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("file.json") && error.contains(expected), "{document}: {error}");
    }
    for text in ["", " \n", "\u{feff}"] {
        let error = SeedImport::default().read("mfa.json", text).unwrap_err().to_string();
        assert!(error.starts_with("mfa.json is empty"), "{error}");
    }
}

#[test]
fn second_factors_that_no_file_names_have_a_warning() {
    let described = |mfa: &str| pool(json!({ "MfaConfiguration": mfa }));
    let factors = json!({
        "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true }
    });
    let lost = SeedImport::default().read("pool", &described("ON").to_string()).unwrap();
    let lost = lost.finish().unwrap();
    assert!(lost.warnings()[0].contains("get-user-pool-mfa-config"), "{:?}", lost.warnings());
    for documents in [vec![described("OFF")], vec![described("ON"), factors]] {
        assert_eq!(import(&documents).warnings(), [""; 0]);
    }
}

#[test]
fn pools_and_app_clients_have_the_order_of_the_files() {
    let pool = |id: &str| json!({ "UserPool": { "Id": id, "Name": id } });
    let client = |id: &str, name: &str| {
        let client = json!({ "UserPoolId": "eu-west-1_Zweb", "ClientId": id, "ClientName": name });
        json!({ "UserPoolClient": client })
    };
    let seed = import(&[
        pool("eu-west-1_Zweb"),
        pool("eu-west-1_Aadmin"),
        client("9", "web"),
        client("1", "admin"),
        client("9", "web, described again"),
    ]);
    let pools = load(&seed).pools();
    assert_eq!(
        pools.iter().map(|pool| &*pool.name).collect::<Vec<_>>(),
        ["eu-west-1_Zweb", "eu-west-1_Aadmin"]
    );
    let clients: Vec<_> = pools[0].clients.iter().map(|client| &*client.name).collect();
    assert_eq!(clients, ["web, described again", "admin"]);
}

#[test]
fn debug_output_has_no_secret() {
    let client = json!({ "UserPoolId": POOL, "ClientId": "1", "ClientSecret": "hunter2" });
    let file = json!({ "UserPoolClient": client }).to_string();
    let import = SeedImport::default().read("client.json", &file).unwrap().password("hunter2");
    assert!(!format!("{import:?}").contains("hunter2"), "{import:?}");
    assert!(!format!("{:?}", import.finish().unwrap()).contains("hunter2"));
}
