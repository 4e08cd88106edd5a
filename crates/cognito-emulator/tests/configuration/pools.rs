//! Operations on user pools.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Pool, ROLE, emulator, lambda, pages, with};

/// Returns a request with every member of CreateUserPool, none at its default.
fn everything() -> Value {
    json!({
        "PoolName": "everything",
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{ "Name": "admin_only", "Priority": 1 }]
        },
        "AcrConfiguration": { "Level2": { "AcrValue": "urn:example:mfa" } },
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": true,
            "InviteMessageTemplate": {
                "EmailMessage": "{username} {####}", "EmailSubject": "Come", "SMSMessage": "{####}",
            },
        },
        "AliasAttributes": ["email", "preferred_username"],
        "AutoVerifiedAttributes": ["email", "phone_number"],
        "DcrConfiguration": { "EnableStatus": "Disabled", "OpenDcrGrantTypes": ["code"] },
        "DeletionProtection": "ACTIVE",
        "DeviceConfiguration": {
            "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true,
        },
        "EmailConfiguration": {
            "ConfigurationSet": "set-1",
            "EmailSendingAccount": "DEVELOPER",
            "From": "A <a@example.com>",
            "ReplyToEmailAddress": "b@example.com",
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
        },
        "EmailVerificationMessage": "Mail {####}",
        "EmailVerificationSubject": "Verify",
        "IssuerConfiguration": { "Type": "UPDATED" },
        "KeyConfiguration": {
            "KeyType": "CUSTOMER_MANAGED_KEY",
            "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/a-b",
        },
        "LambdaConfig": {
            "PreSignUp": lambda("pre"),
            "CustomEmailSender": { "LambdaVersion": "V1_0", "LambdaArn": lambda("mail") },
            "KMSKeyID": "arn:aws:kms:us-east-1:123456789012:key/a-b",
        },
        "MfaConfiguration": "OPTIONAL",
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 12,
                "PasswordHistorySize": 3,
                "RequireLowercase": false,
                "RequireNumbers": false,
                "RequireSymbols": false,
                "RequireUppercase": false,
                "TemporaryPasswordValidityDays": 2,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] },
        },
        "SmsAuthenticationMessage": "In: {####}",
        "SmsConfiguration": { "ExternalId": "x", "SnsCallerArn": ROLE, "SnsRegion": "us-east-1" },
        "SmsVerificationMessage": "Sms {####}",
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        "UserPoolAddOns": {
            "AdvancedSecurityAdditionalFlows": { "CustomAuthMode": "AUDIT" },
            "AdvancedSecurityMode": "ENFORCED",
        },
        "UserPoolTags": { "team": "a" },
        "UserPoolTier": "PLUS",
        "UsernameConfiguration": { "CaseSensitive": false },
    })
}

#[test]
fn every_member_of_a_pool_is_returned() {
    let pool = Pool::new();
    let id = pool.call("CreateUserPool", everything())["UserPool"]["Id"].clone();
    let described = pool.call("DescribeUserPool", json!({ "UserPoolId": id }));
    let described = &described["UserPool"];
    for (name, value) in everything().as_object().unwrap() {
        match name.as_str() {
            "PoolName" => assert_eq!(&described["Name"], value),
            "AdminCreateUserConfig" => {
                let days = json!({ "UnusedAccountValidityDays": 2 });
                assert_eq!(described[name], with(value, days), "the password policy has the days");
            }
            _ => assert_eq!(&described[name], value, "{name}"),
        }
    }
    let messages = json!({
        "DefaultEmailOption": "CONFIRM_WITH_CODE", "EmailMessage": "Mail {####}",
        "EmailSubject": "Verify", "SmsMessage": "Sms {####}",
    });
    assert_eq!(
        described["VerificationMessageTemplate"], messages,
        "the template has the texts of the older members"
    );
    let arn =
        format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{}", id.as_str().unwrap());
    assert_eq!(described["Arn"], arn);
}

#[test]
fn missing_members_have_the_defaults_of_the_service() {
    let pool = Pool::new();
    let made = pool.call("CreateUserPool", json!({ "PoolName": "bare" }))["UserPool"].clone();
    let mut expected = json!({
        "Name": "bare",
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7,
        },
        "DeletionProtection": "INACTIVE",
        "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
        "EstimatedNumberOfUsers": 0,
        "IssuerConfiguration": { "Type": "ORIGINAL" },
        "KeyConfiguration": { "KeyType": "AWS_OWNED_KEY" },
        "LambdaConfig": {},
        "MfaConfiguration": "OFF",
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 8,
                "RequireLowercase": true,
                "RequireNumbers": true,
                "RequireSymbols": true,
                "RequireUppercase": true,
                "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
        },
        "UserPoolTags": {},
        "UserPoolTier": "ESSENTIALS",
        "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE" },
    });
    for member in ["Arn", "CreationDate", "Id", "LastModifiedDate", "SchemaAttributes"] {
        expected[member] = made[member].clone();
        assert!(!made[member].is_null(), "{member}");
    }
    assert_eq!(made, expected);
}

#[test]
fn update_resets_the_members_that_the_service_resets() {
    let pool = Pool::new();
    let name = pool.call("CreateUserPool", everything())["UserPool"]["Id"].clone();
    let describe =
        || pool.call("DescribeUserPool", json!({ "UserPoolId": name }))["UserPool"].clone();
    let before = describe();
    pool.0.clock().advance(Duration::from_secs(60));
    // Without AutoVerifiedAttributes it is rejected, because the settings of verified updates are
    // kept.
    let bare = json!({ "UserPoolId": name });
    let message = "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
                   AutoVerifiedAttributes";
    assert_eq!(pool.invalid("UpdateUserPool", bare.clone()), message);
    assert_eq!(describe(), before, "nothing is changed");
    let update = with(&bare, json!({ "AutoVerifiedAttributes": ["email"], "PoolName": "other" }));
    assert_eq!(pool.call("UpdateUserPool", update), json!({}));
    let after = describe();
    assert_eq!(after["Name"], "other");
    assert_eq!(after["AutoVerifiedAttributes"], json!(["email"]));
    assert_eq!(after["LambdaConfig"], json!({}));
    assert_eq!(after["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"], false);
    let code = json!({ "DefaultEmailOption": "CONFIRM_WITH_CODE" });
    assert_eq!(after["VerificationMessageTemplate"], code);
    for gone in [
        "DeviceConfiguration",
        "EmailVerificationMessage",
        "EmailVerificationSubject",
        "SmsAuthenticationMessage",
        "SmsVerificationMessage",
        "UserPoolAddOns",
    ] {
        assert!(after[gone].is_null(), "{gone}");
    }
    for kept in [
        "AccountRecoverySetting",
        "AcrConfiguration",
        "AliasAttributes",
        "CreationDate",
        "DcrConfiguration",
        "DeletionProtection",
        "EmailConfiguration",
        "IssuerConfiguration",
        "KeyConfiguration",
        "MfaConfiguration",
        "Policies",
        "SchemaAttributes",
        "SmsConfiguration",
        "UserAttributeUpdateSettings",
        "UserPoolTags",
        "UserPoolTier",
        "UsernameConfiguration",
    ] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    let dates = [&before, &after].map(|pool| pool["LastModifiedDate"].as_f64().unwrap());
    assert!(dates[1] >= dates[0] + 60.0, "{dates:?}");
}

#[test]
fn policy_is_kept_if_it_is_missing_from_an_update() {
    let pool = Pool::new();
    let factors = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] });
    let update = |policies: Value| {
        let verified = json!(["email"]);
        pool.call(
            "UpdateUserPool",
            json!({ "AutoVerifiedAttributes": verified, "Policies": policies }),
        );
        pool.described()["Policies"].clone()
    };
    update(json!({ "PasswordPolicy": { "MinimumLength": 20 } }));
    let policies = update(json!({ "SignInPolicy": factors }));
    assert_eq!(policies["PasswordPolicy"]["MinimumLength"], 20);
    let policies =
        update(json!({ "PasswordPolicy": { "MinimumLength": 10, "RequireSymbols": false } }));
    assert_eq!(policies["SignInPolicy"], factors);
    // The update takes effect at once.
    let sign_up = |name: &str, password: &str| {
        pool.try_call("SignUp", json!({ "Username": name, "Password": password }))
    };
    assert_eq!(sign_up("a", "Short1aaa").unwrap_err().0, "InvalidPasswordException");
    sign_up("a", "LongEnough1").unwrap();
}

#[test]
fn either_of_two_members_sets_the_validity_of_temporary_passwords() {
    let pool = Pool::new();
    let message = "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
                   UnusedAccountValidityDays";
    let old = json!({ "AdminCreateUserConfig": { "UnusedAccountValidityDays": 30 } });
    let new = json!({ "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 3 } } });
    assert_eq!(pool.invalid("UpdateUserPool", with(&old, new.clone())), message);
    let days = || {
        let pool = pool.described();
        [
            pool["AdminCreateUserConfig"]["UnusedAccountValidityDays"].clone(),
            pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"].clone(),
        ]
    };
    pool.call("UpdateUserPool", old.clone());
    assert_eq!(days(), [30, 30]);
    pool.call("UpdateUserPool", new);
    assert_eq!(days(), [3, 3]);
    assert_eq!(pool.invalid("UpdateUserPool", old), message, "the new policy applies");
    let zero = json!({ "AdminCreateUserConfig": { "UnusedAccountValidityDays": 0 } });
    pool.call("UpdateUserPool", zero);
    assert_eq!(days(), [3, 3], "zero counts as missing");
}

#[test]
fn the_old_and_the_new_member_of_a_trigger_agree() {
    let pool = Pool::new();
    let lambdas = |config: Value| {
        pool.call("UpdateUserPool", json!({ "LambdaConfig": config }));
        pool.described()["LambdaConfig"].clone()
    };
    let trigger = |version: &str| json!({ "LambdaVersion": version, "LambdaArn": lambda("token") });
    let both = |version: &str| json!({ "PreTokenGeneration": lambda("token"), "PreTokenGenerationConfig": trigger(version) });
    assert_eq!(lambdas(json!({ "PreTokenGeneration": lambda("token") })), both("V1_0"));
    assert_eq!(lambdas(json!({ "PreTokenGenerationConfig": trigger("V2_0") })), both("V2_0"));
    assert_eq!(lambdas(both("V3_0")), both("V3_0"));
    let unlike = with(&both("V1_0"), json!({ "PreTokenGeneration": lambda("other") }));
    pool.invalid("UpdateUserPool", json!({ "LambdaConfig": unlike }));
}

#[test]
fn requests_that_violate_the_model_have_no_effect() {
    let pool = Pool::new();
    for (members, path) in [
        (json!({}), "'poolName'"),
        (json!({ "PoolName": "a!" }), "'poolName'"),
        (json!({ "PoolName": "a", "MfaConfiguration": "MAYBE" }), "'mfaConfiguration'"),
        (
            json!({ "PoolName": "a", "Policies": { "PasswordPolicy": { "MinimumLength": 5 } } }),
            "'policies.passwordPolicy.minimumLength'",
        ),
        (
            json!({ "PoolName": "a", "LambdaConfig": { "PreSignUp": "arn:aws:lambda:::function:f" } }),
            "'lambdaConfig.preSignUp'",
        ),
        (
            json!({ "PoolName": "a", "Schema": [{ "Name": "x".repeat(21) }] }),
            "'schema.1.member.name'",
        ),
        (json!({ "PoolName": "a", "UserPoolAddOns": {} }), "'userPoolAddOns.advancedSecurityMode'"),
        (
            json!({ "PoolName": "a", "SmsVerificationMessage": "no code" }),
            "'smsVerificationMessage'",
        ),
        (json!({ "PoolName": "a", "UserPoolTags": { "": "x" } }), "'userPoolTags'"),
        (
            json!({ "PoolName": "a", "AcrConfiguration": { "Level5": { "AcrValue": "x" } } }),
            "'acrConfiguration'",
        ),
    ] {
        let message = pool.invalid("CreateUserPool", members);
        assert!(message.starts_with("1 validation error detected: "), "{message}");
        assert!(message.contains(path), "{message}");
    }
    let both = json!({
        "PoolName": "a", "AliasAttributes": ["email"], "UsernameAttributes": ["email"]
    });
    let message =
        "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.";
    assert_eq!(pool.invalid("CreateUserPool", both), message);
    let by_phone = json!({ "AutoVerifiedAttributes": ["phone_number"] });
    let message =
        "SMS configuration is required when phone_number is selected for auto verification";
    assert_eq!(pool.invalid("UpdateUserPool", by_phone), message);
    let factors = json!({ "AllowedFirstAuthFactors": ["EMAIL_OTP"] });
    let message = "Password should be configured as one of the allowed first auth factors.";
    let policies = json!({ "Policies": { "SignInPolicy": factors } });
    assert_eq!(pool.invalid("UpdateUserPool", policies), message);
    let taken = json!({ "Level1": { "AcrValue": "urn:cognito:loa:2" } });
    pool.invalid("UpdateUserPool", json!({ "AcrConfiguration": taken }));
    let retyped = json!([{ "Name": "email", "AttributeDataType": "Number" }]);
    let message = "You can not change AttributeDataType or set developerOnlyAttribute for standard \
                   schema attribute email";
    let retyped = json!({ "PoolName": "a", "Schema": retyped });
    assert_eq!(pool.invalid("CreateUserPool", retyped), message);
    let mechanisms = json!([
        { "Name": "admin_only", "Priority": 1 }, { "Name": "verified_email", "Priority": 2 }
    ]);
    let recovery = json!({ "AccountRecoverySetting": { "RecoveryMechanisms": mechanisms } });
    assert!(pool.invalid("UpdateUserPool", recovery).contains("admin_only"));
}

#[test]
fn pools_are_listed_in_pages() {
    let pool = Pool::new();
    for number in 0..4 {
        pool.call("CreateUserPool", json!({ "PoolName": format!("pool {number}") }));
    }
    let names = ["UserPools", "NextToken"];
    let listed = pages(&pool, "ListUserPools", &json!({ "MaxResults": 2 }), names);
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let mine = listed.iter().flatten().find(|one| one["Id"] == pool.0.id().as_str()).unwrap();
    let expected = json!({
        "Id": pool.0.id().as_str(), "Name": "local", "LambdaConfig": {},
        "CreationDate": mine["CreationDate"], "LastModifiedDate": mine["LastModifiedDate"],
    });
    assert_eq!(mine, &expected);
    for limit in [json!(null), json!(0), json!(61)] {
        pool.invalid("ListUserPools", json!({ "MaxResults": limit }));
    }
    pool.invalid("ListUserPools", json!({ "MaxResults": 1, "NextToken": "?" }));
}

#[test]
fn pool_is_deleted_unless_it_is_protected() {
    let emulator = emulator();
    let local = emulator.create_pool(cognito_emulator::PoolSettings::default()).unwrap();
    let pool = Pool(local);
    let protect = |state: &str| {
        pool.call("UpdateUserPool", json!({ "DeletionProtection": state }));
    };
    protect("ACTIVE");
    let message = "The user pool cannot be deleted because deletion protection is activated. \
                   Deletion protection must be inactivated first.";
    assert_eq!(pool.invalid("DeleteUserPool", json!({})), message);
    protect("INACTIVE");
    assert_eq!(pool.call("DeleteUserPool", json!({})), json!({}));
    for operation in ["DescribeUserPool", "DeleteUserPool", "UpdateUserPool"] {
        assert_eq!(pool.refused(operation, json!({})), "ResourceNotFoundException");
    }
}
