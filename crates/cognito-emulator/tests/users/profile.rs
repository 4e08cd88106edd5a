//! Profiles: attributes, verification, factors, and deletion of an account.

use serde_json::{Value, json};

use crate::support::{
    PASSWORD, Pool, Refusal, attribute, invalid_parameter, not_authorized, refusal, settings, text,
};

fn update(pool: &Pool, token: &str, attributes: &[(&str, &str)]) -> Result<Value, Refusal> {
    let attributes: Value =
        attributes.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let input = json!({ "AccessToken": token, "UserAttributes": attributes });
    pool.try_call("UpdateUserAttributes", input)
}

fn verify(pool: &Pool, token: &str, name: &str, code: &str) -> Result<Value, Refusal> {
    let input = json!({ "AccessToken": token, "AttributeName": name, "Code": code });
    pool.try_call("VerifyUserAttribute", input)
}

fn user(pool: &Pool, token: &str) -> Value {
    pool.call("GetUser", json!({ "AccessToken": token }))
}

#[test]
fn new_address_is_unverified_until_its_code_is_entered() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let token = pool.access_token("alice");
    let sent = update(&pool, &token, &[("email", "new@site.org"), ("name", "Alice")]).unwrap();
    assert_eq!(
        sent["CodeDeliveryDetailsList"],
        json!([
            { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "n***@s***" }
        ])
    );
    let now = user(&pool, &token);
    assert_eq!(attribute(&now, "email"), Some("new@site.org"));
    assert_eq!(attribute(&now, "email_verified"), Some("false"));
    assert_eq!(attribute(&now, "name"), Some("Alice"));
    let code = pool.code("alice");
    let wrong = verify(&pool, &token, "email", "x").unwrap_err();
    let message = "Invalid verification code provided, please try again.";
    assert_eq!(wrong, refusal("CodeMismatchException", message));
    assert_eq!(verify(&pool, &token, "email", &code), Ok(json!({})));
    assert_eq!(attribute(&user(&pool, &token), "email_verified"), Some("true"));
    let again = verify(&pool, &token, "email", &code).unwrap_err();
    let message = "Invalid code provided, please request a code again.";
    assert_eq!(again, refusal("ExpiredCodeException", message));
    update(&pool, &token, &[("email", "late@site.org")]).unwrap();
    let late = pool.code("alice");
    let verified = [("email", "new@site.org"), ("email_verified", "true")];
    pool.admin_update("alice", &verified).unwrap();
    let (name, _) = verify(&pool, &token, "email", &late).unwrap_err();
    assert_eq!(name, "ExpiredCodeException", "the code belongs to a replaced address");
    let same = update(&pool, &token, &[("email", "new@site.org")]).unwrap();
    assert_eq!(same["CodeDeliveryDetailsList"], json!([]), "nothing changed");
    assert_eq!(attribute(&user(&pool, &token), "email_verified"), Some("true"));
}

#[test]
fn a_pool_may_keep_the_old_address_until_the_new_one_is_verified() {
    let updates = json!({ "AttributesRequireVerificationBeforeUpdate": ["email"] });
    let pool = Pool::new(settings().pool_member("UserAttributeUpdateSettings", updates));
    pool.user("alice");
    let token = pool.access_token("alice");
    update(&pool, &token, &[("email", "new@site.org")]).unwrap();
    let now = user(&pool, &token);
    assert_eq!(attribute(&now, "email"), Some("alice@example.com"));
    assert_eq!(attribute(&now, "email_verified"), Some("true"));
    let input = json!({ "AccessToken": token, "AttributeName": "email" });
    let sent = pool.call("GetUserAttributeVerificationCode", input);
    assert_eq!(sent["CodeDeliveryDetails"]["Destination"], "n***@s***");
    verify(&pool, &token, "email", &pool.code("alice")).unwrap();
    assert_eq!(attribute(&user(&pool, &token), "email"), Some("new@site.org"));
}

#[test]
fn codes_for_attributes_are_limited_and_expire() {
    let pool = Pool::new(settings().client_member("AccessTokenValidity", 24));
    pool.user("alice");
    let input = json!({ "AccessToken": pool.access_token("alice"), "AttributeName": "email" });
    for _ in 0..5 {
        pool.call("GetUserAttributeVerificationCode", input.clone());
    }
    let refused = pool.refused("GetUserAttributeVerificationCode", input);
    assert_eq!(refused.0, "LimitExceededException");
    let code = pool.code("alice");
    pool.advance(24 * 3600);
    let token = pool.access_token("alice");
    assert_eq!(verify(&pool, &token, "email", &code).unwrap_err().0, "ExpiredCodeException");
    let input = json!({ "AccessToken": token, "AttributeName": "phone_number" });
    let refused = pool.refused("GetUserAttributeVerificationCode", input);
    assert_eq!(refused.0, "InvalidParameterException", "there is no telephone number");
}

#[test]
fn forbidden_writes_are_rejected() {
    let schema = json!([
        { "Name": "plan", "Mutable": false, "AttributeDataType": "String" },
        { "Name": "name", "Required": true, "Mutable": true },
    ]);
    let pool = Pool::new(
        settings()
            .pool_member("Schema", schema)
            .client_member("WriteAttributes", json!(["email", "custom:plan", "nickname", "name"])),
    );
    pool.user("alice");
    let token = pool.access_token("alice");
    let refused = update(&pool, &token, &[("custom:plan", "gold")]).unwrap_err();
    assert_eq!(refused, invalid_parameter("user.custom:plan: Attribute cannot be updated."));
    let unauthorized = not_authorized("A client attempted to write unauthorized attribute");
    for name in ["locale", "email_verified", "sub"] {
        assert_eq!(update(&pool, &token, &[(name, "true")]).unwrap_err(), unauthorized, "{name}");
    }
    let long = update(&pool, &token, &[("nickname", &"x".repeat(2049))]).unwrap_err();
    assert_eq!(long.0, "InvalidParameterException");
    let delete = |name: &str| {
        let input = json!({ "AccessToken": token, "UserAttributeNames": [name] });
        pool.try_call("DeleteUserAttributes", input)
    };
    update(&pool, &token, &[("nickname", "Al"), ("name", "Alice")]).unwrap();
    assert_eq!(delete("nickname"), Ok(json!({})));
    assert_eq!(attribute(&user(&pool, &token), "nickname"), None);
    assert_eq!(delete("name").unwrap_err().0, "InvalidParameterException");
    assert_eq!(delete("sub").unwrap_err(), unauthorized);
}

#[test]
fn an_access_token_neither_writes_nor_reads_developer_only_attributes() {
    let score = json!({
        "Name": "score", "AttributeDataType": "String", "DeveloperOnlyAttribute": true
    });
    let name = "dev:custom:score";
    for client in [settings(), settings().client_member("ReadAttributes", json!(["email", name]))] {
        let pool = Pool::new(client.pool_member("Schema", json!([score])));
        pool.user("alice");
        let written = json!([{ "Name": name, "Value": "7" }]);
        let input = json!({ "Username": "alice", "UserAttributes": written });
        pool.call("AdminUpdateUserAttributes", input);
        let admin = pool.call("AdminGetUser", json!({ "Username": "alice" }));
        assert_eq!(attribute(&admin, name), Some("7"));
        let token = pool.access_token("alice");
        assert_eq!(attribute(&user(&pool, &token), name), None);
        let unauthorized = not_authorized("A client attempted to write unauthorized attribute");
        assert_eq!(update(&pool, &token, &[(name, "8")]).unwrap_err(), unauthorized);
        let input = json!({ "AccessToken": token, "UserAttributeNames": [name] });
        assert_eq!(pool.refused("DeleteUserAttributes", input), unauthorized);
        let input = json!({ "Username": "bob", "Password": PASSWORD, "UserAttributes": written });
        assert_eq!(pool.refused("SignUp", input), unauthorized);
    }
}

#[test]
fn addresses_with_which_others_sign_in_are_rejected() {
    let pool = Pool::new(settings().pool_member("AliasAttributes", json!(["email"])));
    pool.user("alice");
    pool.user("bob");
    let taken = refusal("AliasExistsException", "An account with the given email already exists.");
    let token = pool.access_token("bob");
    assert_eq!(update(&pool, &token, &[("email", "alice@example.com")]).unwrap_err(), taken);
    update(&pool, &token, &[("email", "shared@example.com")]).unwrap();
    let code = pool.code("bob");
    let verified = [("email", "shared@example.com"), ("email_verified", "true")];
    pool.admin_update("alice", &verified).unwrap();
    assert_eq!(verify(&pool, &token, "email", &code).unwrap_err(), taken);
    let token = result_name(&pool, "shared@example.com");
    assert_eq!(token, "alice", "the alias follows the verified address");
    assert!(pool.password_sign_in("alice@example.com", PASSWORD).is_err());
}

fn result_name(pool: &Pool, alias: &str) -> String {
    let token = pool.access_token(alias);
    text(&user(pool, &token)["Username"])
}

#[test]
fn administrators_change_and_delete_attributes() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let change = |attributes: Value| {
        let input = json!({ "Username": "alice", "UserAttributes": attributes });
        pool.call("AdminUpdateUserAttributes", input);
        pool.call("AdminGetUser", json!({ "Username": "alice" }))
    };
    let user = change(json!([{ "Name": "email", "Value": "new@site.org" }]));
    assert_eq!(attribute(&user, "email_verified"), Some("false"));
    let user = change(json!([{ "Name": "email_verified", "Value": "true" }]));
    assert_eq!(attribute(&user, "email_verified"), Some("true"));
    let user = change(json!([{ "Name": "email", "Value": "" }]));
    assert_eq!((attribute(&user, "email"), attribute(&user, "email_verified")), (None, None));
    let input = json!({ "Username": "alice", "UserAttributeNames": ["nickname"] });
    pool.call("AdminDeleteUserAttributes", input);

    let token = pool.access_token("alice");
    pool.call("AdminUserGlobalSignOut", json!({ "Username": "alice" }));
    let refused = pool.refused("GetUser", json!({ "AccessToken": token }));
    assert_eq!(refused, not_authorized("Access Token has been revoked"));
    pool.call("AdminDeleteUser", json!({ "Username": "alice" }));
    let unknown = refusal("UserNotFoundException", "User does not exist.");
    for operation in ["AdminDeleteUser", "AdminUserGlobalSignOut", "AdminGetUserAuthFactors"] {
        assert_eq!(pool.refused(operation, json!({ "Username": "alice" })), unknown);
    }
}

#[test]
fn users_delete_themselves() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let token = json!({ "AccessToken": tokens["AccessToken"] });
    assert_eq!(pool.call("DeleteUser", token.clone()), json!({}));
    for _ in 0..2 {
        let gone = refusal("UserNotFoundException", "User does not exist.");
        assert_eq!(pool.refused("GetUser", token.clone()), gone);
        let input = json!({ "RefreshToken": tokens["RefreshToken"] });
        let message = "The user has been deleted for the associated refresh token";
        assert_eq!(pool.refused("GetTokensFromRefreshToken", input), not_authorized(message));
        // Another user with the same name inherits nothing.
        let _made = pool.try_call("AdminCreateUser", json!({ "Username": "alice" }));
    }
}

#[test]
fn factors_are_listed() {
    let pool = Pool::new(
        settings()
            .pool_member("MfaConfiguration", "OPTIONAL")
            .pool_member("EmailMfaConfiguration", json!({ "Subject": "Code" }))
            .pool_member(
                "Policies",
                json!({
                    "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] }
                }),
            ),
    );
    pool.user("alice");
    let token = json!({ "AccessToken": pool.access_token("alice") });
    let factors = pool.call("GetUserAuthFactors", token.clone());
    let expected = json!({
        "Username": "alice", "ConfiguredUserAuthFactors": ["PASSWORD", "EMAIL_OTP"]
    });
    assert_eq!(factors, expected);
    pool.call(
        "AdminSetUserMFAPreference",
        json!({
            "Username": "alice", "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true }
        }),
    );
    let factors = pool.call("AdminGetUserAuthFactors", json!({ "Username": "alice" }));
    assert_eq!(factors["PreferredMfaSetting"], "EMAIL_OTP");
    assert_eq!(factors["UserMFASettingList"], json!(["EMAIL_OTP"]));
    assert_eq!(pool.call("GetUserAuthFactors", token), factors);
}

#[test]
fn malformed_passkey_is_reported_after_the_access_token_is_checked() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let token = pool.access_token("alice");
    for credential in [json!({}), json!("text"), json!([]), json!({ "id": "a", "response": {} })] {
        let complete = |token: &str| {
            let input = json!({ "AccessToken": token, "Credential": credential });
            pool.refused("CompleteWebAuthnRegistration", input)
        };
        assert_eq!(complete("a.b.c"), not_authorized("Invalid Access Token"));
        assert_eq!(complete(&token), invalid_parameter("The passkey is not valid."));
    }
}
