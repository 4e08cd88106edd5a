//! Operations on app clients.

use std::time::Duration;

use cognito_emulator::PoolSettings;
use serde_json::{Value, json};

use crate::support::{Pool, ROLE, pages, with};

/// Returns a request with every member of CreateUserPoolClient, none at its default.
fn everything() -> Value {
    json!({
        "ClientName": "everything",
        "AccessTokenValidity": 10,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthScopes": ["openid", "email"],
        "AnalyticsConfiguration": {
            "ApplicationId": "abcdef01", "ExternalId": "x", "RoleArn": ROLE, "UserDataShared": true,
        },
        "AuthSessionValidity": 5,
        "CallbackURLs": ["https://app.example.com", "http://localhost:3000/back", "myapp://in"],
        "DefaultRedirectURI": "https://app.example.com",
        "EnablePropagateAdditionalUserContextData": true,
        "EnableTokenRevocation": false,
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
        "IdTokenValidity": 20,
        "LogoutURLs": ["https://app.example.com/out"],
        "PreventUserExistenceErrors": "ENABLED",
        "ReadAttributes": ["email", "email_verified", "name"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 },
        "RefreshTokenValidity": 90,
        "SupportedIdentityProviders": ["COGNITO"],
        "TokenValidityUnits": {
            "AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "minutes",
        },
        "WriteAttributes": ["email", "name"],
    })
}

/// Creates a client, and returns its UserPoolClientType.
fn create(pool: &Pool, input: Value) -> Value {
    pool.call("CreateUserPoolClient", input)["UserPoolClient"].clone()
}

#[test]
fn every_member_of_a_client_is_returned() {
    let pool = Pool::new();
    let made = create(&pool, everything());
    let mut expected = everything();
    for member in ["ClientId", "ClientType", "CreationDate", "LastModifiedDate", "UserPoolId"] {
        expected[member] = made[member].clone();
    }
    assert_eq!(made, expected);
    assert_eq!(made["UserPoolId"], pool.0.id().as_str());
    let named = json!({ "ClientId": made["ClientId"] });
    assert_eq!(pool.call("DescribeUserPoolClient", named)["UserPoolClient"], made);
}

#[test]
fn update_resets_missing_members() {
    let pool = Pool::new();
    let made = create(&pool, with(&everything(), json!({ "GenerateSecret": true })));
    pool.0.clock().advance(Duration::from_secs(60));
    let update = json!({ "ClientId": made["ClientId"], "AuthSessionValidity": 4 });
    let updated = pool.call("UpdateUserPoolClient", update)["UserPoolClient"].clone();
    let expected = json!({
        "ClientId": made["ClientId"],
        "ClientName": "everything",
        "ClientSecret": made["ClientSecret"],
        "ClientType": "REGULAR",
        "CreationDate": made["CreationDate"],
        "LastModifiedDate": updated["LastModifiedDate"],
        "UserPoolId": pool.0.id().as_str(),
        "AllowedOAuthFlowsUserPoolClient": false,
        "AuthSessionValidity": 4,
        "EnablePropagateAdditionalUserContextData": false,
        "EnableTokenRevocation": true,
        "RefreshTokenRotation": { "Feature": "DISABLED", "RetryGracePeriodSeconds": 0 },
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
    });
    assert_eq!(updated, expected);
    let dates = [&made, &updated].map(|client| client["LastModifiedDate"].as_f64().unwrap());
    assert!(dates[1] >= dates[0] + 60.0);
}

#[test]
fn updated_flows_apply_at_once() {
    let pool = Pool::new();
    pool.call("SignUp", json!({ "Username": "alice", "Password": "Correct-horse1" }));
    pool.call("AdminConfirmSignUp", json!({ "Username": "alice" }));
    let sign_in = || {
        let parameters = json!({ "USERNAME": "alice", "PASSWORD": "Correct-horse1" });
        let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        pool.try_call("InitiateAuth", input)
    };
    assert_eq!(sign_in().unwrap_err().0, "InvalidParameterException");
    let update = json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "AccessTokenValidity": 5, "TokenValidityUnits": { "AccessToken": "minutes" },
    });
    pool.call("UpdateUserPoolClient", update);
    assert_eq!(sign_in().unwrap()["AuthenticationResult"]["ExpiresIn"], 300);
    pool.call("UpdateUserPoolClient", json!({}));
    assert_eq!(sign_in().unwrap_err().0, "InvalidParameterException");
}

#[test]
fn clients_are_listed_in_pages_and_deleted() {
    let pool = Pool::new();
    for number in 0..4 {
        create(&pool, json!({ "ClientName": format!("client {number}") }));
    }
    let names = ["UserPoolClients", "NextToken"];
    let listed = pages(&pool, "ListUserPoolClients", &json!({ "MaxResults": 3 }), names);
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2]);
    let mine = listed.iter().flatten().find(|one| one["ClientName"] == "local").unwrap();
    let id = pool.0.client_id();
    let expected = json!({
        "ClientId": id.as_str(), "ClientName": "local", "UserPoolId": pool.0.id().as_str()
    });
    assert_eq!(mine, &expected);
    pool.invalid("ListUserPoolClients", json!({ "MaxResults": 0 }));
    let registered = pool.call("ListUserPoolClients", json!({ "ClientType": "DCR" }));
    assert_eq!(registered, json!({ "UserPoolClients": [] }));
    assert_eq!(pool.call("DeleteUserPoolClient", json!({})), json!({}));
    for operation in ["DeleteUserPoolClient", "DescribeUserPoolClient", "UpdateUserPoolClient"] {
        assert_eq!(pool.refused(operation, json!({})), "ResourceNotFoundException");
    }
}

#[test]
fn contradictory_members_are_rejected() {
    let pool = Pool::new();
    let id = pool.0.id();
    let unknown_provider = format!("The provider Google does not exist for User Pool {id}.");
    let refused = |members: Value, message: &str| {
        let created = with(&json!({ "ClientName": "a" }), members.clone());
        let shown = pool.invalid("CreateUserPoolClient", created);
        assert!(shown.contains(message), "{members}: {shown}");
        pool.invalid("UpdateUserPoolClient", members);
    };
    refused(json!({ "SupportedIdentityProviders": ["Google"] }), &unknown_provider);
    refused(
        json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"] }),
        "ALLOW_",
    );
    refused(json!({ "ExplicitAuthFlows": ["SRP"] }), "'[SRP]' at 'explicitAuthFlows'");
    refused(json!({ "AccessTokenValidity": 25 }), "Invalid range for token validity.");
    refused(
        json!({ "IdTokenValidity": 4, "TokenValidityUnits": { "IdToken": "minutes" } }),
        "Invalid range for token validity.",
    );
    refused(json!({ "RefreshTokenValidity": 3651 }), "Invalid range for token validity.");
    for token in ["AccessToken", "IdToken"] {
        let longer = json!({
            (format!("{token}Validity")): 3, "RefreshTokenValidity": 2,
            "TokenValidityUnits": { "RefreshToken": "hours" },
        });
        refused(longer, "Invalid range for token validity.");
    }
    refused(
        json!({
            "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED" },
        }),
        "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation \
         is enabled.",
    );
    refused(json!({ "AuthSessionValidity": 2 }), "'authSessionValidity'");
    refused(
        json!({ "RefreshTokenRotation": { "RetryGracePeriodSeconds": 5 } }),
        "'refreshTokenRotation.feature'",
    );
    refused(
        json!({ "CallbackURLs": ["http://app.example.com"] }),
        "http://app.example.com cannot use the HTTP protocol.",
    );
    refused(json!({ "CallbackURLs": ["https://app.example.com/#a"] }), "redirect URI");
    refused(
        json!({ "DefaultRedirectURI": "https://app.example.com" }),
        "The default redirect URI https://app.example.com is not in the callback URIs list.",
    );
    refused(
        json!({ "LogoutURLs": ["http://localhost.example.com"] }),
        "http://localhost.example.com cannot use the HTTP protocol.",
    );
    refused(
        json!({ "AnalyticsConfiguration": { "ApplicationId": "abcdef01" } }),
        "Invalid analytics configuration given",
    );
    refused(
        json!({ "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"] }),
        "AllowedOAuthFlows and AllowedOAuthScopes are required",
    );
    refused(json!({ "WriteAttributes": ["email_verified"] }), "Invalid write attributes specified");
    refused(json!({ "ReadAttributes": ["custom:none"] }), "Invalid read attributes specified");
    let two = json!({
        "ClientName": "a", "GenerateSecret": true, "ClientSecret": "own0secret0of0twenty4000"
    });
    pool.invalid("CreateUserPoolClient", two);
}

#[test]
fn custom_attribute_may_have_the_name_of_a_flag() {
    let schema = json!([{ "Name": "email_verified", "AttributeDataType": "Boolean" }]);
    let pool = Pool::with(PoolSettings::default().pool_member("Schema", schema));
    let names = json!(["custom:email_verified"]);
    let client = create(&pool, json!({ "ClientName": "a", "WriteAttributes": names }));
    assert_eq!(client["WriteAttributes"], names);
}

#[test]
fn rotation_is_described_with_its_grace_period_once_it_was_set() {
    let pool = Pool::new();
    let rotation = |set: Value| {
        pool.call("UpdateUserPoolClient", set);
        pool.call("DescribeUserPoolClient", json!({}))["UserPoolClient"]
            .get("RefreshTokenRotation")
            .cloned()
    };
    let of = |feature: &str, seconds: u64| {
        Some(json!({ "Feature": feature, "RetryGracePeriodSeconds": seconds }))
    };
    let set = |rotation: Value| json!({ "RefreshTokenRotation": rotation });
    assert_eq!(rotation(json!({})), None, "the member was never set");
    assert_eq!(rotation(set(json!({ "Feature": "ENABLED" }))), of("ENABLED", 0));
    let with_grace = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 30 });
    assert_eq!(rotation(set(with_grace)), of("ENABLED", 30));
    assert_eq!(rotation(json!({})), of("DISABLED", 0));
    assert_eq!(rotation(json!({})), of("DISABLED", 0), "also after another update");
    assert_eq!(rotation(set(json!({ "Feature": "DISABLED" }))), of("DISABLED", 0));
    let made = create(
        &pool,
        json!({ "ClientName": "a", "RefreshTokenRotation": { "Feature": "DISABLED" } }),
    );
    assert_eq!(made.get("RefreshTokenRotation").cloned(), of("DISABLED", 0));
}

#[test]
fn client_may_omit_the_refresh_flow() {
    let pool = Pool::new();
    for rotation in [json!(null), json!({ "Feature": "ENABLED" })] {
        let srp = json!(["ALLOW_USER_SRP_AUTH"]);
        let made = create(
            &pool,
            json!({ "ClientName": "a", "ExplicitAuthFlows": srp, "RefreshTokenRotation": rotation }),
        );
        assert_eq!(made["ExplicitAuthFlows"], srp);
    }
    // The default flows are also accepted with rotation.
    create(&pool, json!({ "ClientName": "a", "RefreshTokenRotation": { "Feature": "ENABLED" } }));
}

#[test]
fn oauth_settings_are_stored_while_the_client_may_not_use_them() {
    let pool = Pool::new();
    let settings = json!({
        "ClientName": "a", "AllowedOAuthFlowsUserPoolClient": false,
        "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": ["https://app.example.com"],
    });
    let made = create(&pool, settings.clone());
    for (name, value) in settings.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
}

#[test]
fn contradictory_grants_are_rejected() {
    let pool = Pool::new();
    let both = json!(["code", "client_credentials"]);
    for (members, message) in [
        (json!({ "AllowedOAuthFlows": ["code"] }), "CallbackUrls can not be empty"),
        (json!({ "AllowedOAuthFlows": ["client_credentials"] }), "does not have a client secret"),
        (json!({ "AllowedOAuthFlows": both, "GenerateSecret": true }), "along with code flow"),
    ] {
        let input = with(&json!({ "ClientName": "a" }), members);
        let (name, shown) = pool.try_call("CreateUserPoolClient", input).unwrap_err();
        assert_eq!(name, "InvalidOAuthFlowException");
        assert!(shown.contains(message), "{shown}");
    }
}

#[test]
fn client_has_the_requested_secret() {
    let pool = Pool::new();
    let own = json!({ "ClientName": "a", "ClientSecret": "own0secret0of0twenty4000" });
    assert_eq!(create(&pool, own)["ClientSecret"], "own0secret0of0twenty4000");
    let made = create(&pool, json!({ "ClientName": "a", "GenerateSecret": true }));
    assert_eq!(made["ClientSecret"].as_str().unwrap().len(), 51);
    assert!(made.get("GenerateSecret").is_none());
    assert!(create(&pool, json!({ "ClientName": "a" })).get("ClientSecret").is_none());
}
