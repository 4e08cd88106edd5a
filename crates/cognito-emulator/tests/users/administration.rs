//! Administration of users: status, passwords, addresses, MFA.

use cognito_emulator::Mfa;
use serde_json::{Value, json};

use crate::support::{
    PASSWORD, Pool, attribute, invalid_parameter, not_authorized, refusal, settings, totp,
};

fn user(pool: &Pool, username: &str) -> Value {
    pool.call("AdminGetUser", json!({ "Username": username }))
}

fn named(username: &str) -> Value {
    json!({ "Username": username })
}

/// Updates attributes of a user as an administrator.
fn update(pool: &Pool, username: &str, attributes: &[(&str, &str)]) {
    let attributes: Value =
        attributes.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let input = json!({ "Username": username, "UserAttributes": attributes });
    assert_eq!(pool.call("AdminUpdateUserAttributes", input), json!({}));
}

#[test]
fn disabled_user_has_no_valid_tokens() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let read = || pool.try_call("GetUser", json!({ "AccessToken": tokens["AccessToken"] }));
    let refresh = || {
        let input = json!({ "RefreshToken": tokens["RefreshToken"] });
        pool.try_call("GetTokensFromRefreshToken", input)
    };
    assert_eq!(pool.call("AdminDisableUser", named("alice")), json!({}));
    assert_eq!(user(&pool, "alice")["Enabled"], false);
    let disabled = not_authorized("User is disabled.");
    assert_eq!(read().unwrap_err(), disabled);
    assert_eq!(refresh().unwrap_err(), disabled);
    assert_eq!(pool.password_sign_in("alice", PASSWORD).unwrap_err(), disabled);
    assert_eq!(pool.call("AdminEnableUser", named("alice")), json!({}));
    assert_eq!(user(&pool, "alice")["Enabled"], true);
    assert_eq!(read().unwrap_err(), not_authorized("Access Token has been revoked"));
    assert_eq!(refresh().unwrap_err(), not_authorized("Refresh Token has been revoked"));
    assert!(pool.password_sign_in("alice", PASSWORD).is_ok());
}

#[test]
fn global_sign_out_revokes_all_tokens_of_one_user() {
    let pool = Pool::new(settings());
    pool.user("alice");
    pool.user("bob");
    let tokens = [pool.access_token("alice"), pool.access_token("alice"), pool.access_token("bob")];
    assert_eq!(pool.call("AdminUserGlobalSignOut", named("alice")), json!({}));
    let holds =
        tokens.map(|token| pool.try_call("GetUser", json!({ "AccessToken": token })).is_ok());
    assert_eq!(holds, [false, false, true]);
    assert!(pool.password_sign_in("alice", PASSWORD).is_ok());
}

#[test]
fn administrator_sets_passwords_in_every_status() {
    let pool = Pool::new(settings());
    let status = || user(&pool, "alice")["UserStatus"].clone();
    let set = |password: &str, permanent: bool| {
        let input = json!({ "Username": "alice", "Password": password, "Permanent": permanent });
        pool.try_call("AdminSetUserPassword", input)
    };
    pool.call("SignUp", json!({ "Username": "alice", "Password": PASSWORD }));
    assert_eq!(status(), "UNCONFIRMED");
    assert_eq!(set("Temporary-7", false), Ok(json!({})));
    assert_eq!(status(), "FORCE_CHANGE_PASSWORD");
    let challenge = pool.password_sign_in("alice", "Temporary-7").unwrap();
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    assert_eq!(set("Permanent-7", true), Ok(json!({})));
    assert_eq!(status(), "CONFIRMED");
    assert!(pool.password_sign_in("alice", "Permanent-7").is_ok());
    assert_eq!(set("short", true).unwrap_err().0, "InvalidPasswordException");
    let message = "Password did not conform with policy: Password must have numeric characters";
    assert_eq!(
        set("No-digits-here", false).unwrap_err(),
        refusal("InvalidPasswordException", message)
    );
}

#[test]
fn a_reset_password_is_replaced_by_a_code() {
    let pool = Pool::new(settings());
    pool.user("alice");
    assert_eq!(pool.call("AdminResetUserPassword", named("alice")), json!({}));
    assert_eq!(user(&pool, "alice")["UserStatus"], "RESET_REQUIRED");
    let refused = pool.password_sign_in("alice", PASSWORD).unwrap_err();
    assert_eq!(
        refused,
        refusal("PasswordResetRequiredException", "Password reset required for the user")
    );
    let input = json!({
        "Username": "alice", "ConfirmationCode": pool.code("alice"), "Password": "Another-horse2"
    });
    pool.call("ConfirmForgotPassword", input);
    assert_eq!(user(&pool, "alice")["UserStatus"], "CONFIRMED");

    pool.call("AdminCreateUser", named("bob"));
    let refused = pool.refused("AdminResetUserPassword", named("bob"));
    let message = "User password cannot be reset in the current state.";
    assert_eq!(refused, not_authorized(message));
}

#[test]
fn an_administrator_confirms_sign_ups_once() {
    let pool = Pool::new(settings());
    pool.call("SignUp", json!({ "Username": "alice", "Password": PASSWORD }));
    assert_eq!(pool.call("AdminConfirmSignUp", named("alice")), json!({}));
    assert_eq!(user(&pool, "alice")["UserStatus"], "CONFIRMED");
    let again = pool.refused("AdminConfirmSignUp", named("alice"));
    let message = "User cannot be confirmed. Current status is CONFIRMED";
    assert_eq!(again, not_authorized(message));
}

#[test]
fn administrator_can_mark_addresses_as_verified() {
    let updates = json!({ "AttributesRequireVerificationBeforeUpdate": ["email"] });
    let pool = Pool::new(settings().pool_member("UserAttributeUpdateSettings", updates));
    pool.user("alice");
    update(&pool, "alice", &[("email", "new@site.org"), ("email_verified", "true")]);
    let now = user(&pool, "alice");
    assert_eq!(attribute(&now, "email"), Some("new@site.org"));
    assert_eq!(attribute(&now, "email_verified"), Some("true"));
    assert!(pool.0.emulator().outbox().is_empty(), "no code is needed");
    update(&pool, "alice", &[("email", "later@site.org")]);
    assert_eq!(
        attribute(&user(&pool, "alice"), "email"),
        Some("new@site.org"),
        "the new address is not verified"
    );
    assert_eq!(pool.0.emulator().outbox().len(), 1);

    update(&pool, "alice", &[("nickname", "Al")]);
    update(&pool, "alice", &[("nickname", "")]);
    assert_eq!(attribute(&user(&pool, "alice"), "nickname"), None, "an empty value deletes");
    let input = json!({ "Username": "alice", "UserAttributeNames": ["email"] });
    assert_eq!(pool.call("AdminDeleteUserAttributes", input), json!({}));
    let now = user(&pool, "alice");
    assert_eq!((attribute(&now, "email"), attribute(&now, "email_verified")), (None, None));
}

#[test]
fn deleted_user_has_no_name_and_no_tokens() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let tokens = pool.tokens("alice");
    assert_eq!(pool.call("AdminDeleteUser", named("alice")), json!({}));
    let unknown = refusal("UserNotFoundException", "User does not exist.");
    for operation in [
        "AdminConfirmSignUp",
        "AdminDeleteSoftwareToken",
        "AdminDeleteUser",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminGetUser",
        "AdminResetUserPassword",
        "AdminUserGlobalSignOut",
    ] {
        assert_eq!(pool.refused(operation, named("alice")), unknown, "{operation}");
    }
    let read = json!({ "AccessToken": tokens["AccessToken"] });
    for operation in ["GetUser", "GetUserAuthFactors", "ListDevices", "DeleteUser"] {
        assert_eq!(pool.refused(operation, read.clone()), unknown, "{operation}");
    }
    // The model of these operations has no UserNotFoundException.
    for (operation, member) in [
        ("AssociateSoftwareToken", json!({})),
        ("CompleteWebAuthnRegistration", json!({ "Credential": {} })),
        ("DeleteWebAuthnCredential", json!({ "CredentialId": "a" })),
        ("GlobalSignOut", json!({})),
        ("ListWebAuthnCredentials", json!({})),
        ("StartWebAuthnRegistration", json!({})),
    ] {
        let mut input = read.clone();
        input.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
        let revoked = not_authorized("Access Token has been revoked");
        assert_eq!(pool.refused(operation, input), revoked, "{operation}");
    }
    pool.user("alice"); // another user with the same name
    let refresh = json!({ "RefreshToken": tokens["RefreshToken"] });
    let refused = pool.refused("GetTokensFromRefreshToken", refresh);
    let message = "The user has been deleted for the associated refresh token";
    assert_eq!(refused, not_authorized(message));
}

#[test]
fn authenticator_app_is_removed_by_an_administrator() {
    let pool = Pool::new(settings().mfa(Mfa::Optional));
    pool.user("alice");
    let token = pool.access_token("alice");
    let secret = pool.call("AssociateSoftwareToken", json!({ "AccessToken": token }));
    let app = totp(secret["SecretCode"].as_str().unwrap(), &pool);
    pool.call("VerifySoftwareToken", json!({ "AccessToken": token, "UserCode": app }));
    let preference = json!({
        "Username": "alice", "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true }
    });
    pool.call("AdminSetUserMFAPreference", preference.clone());
    let now = user(&pool, "alice");
    assert_eq!(now["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));
    assert_eq!(now["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");
    let challenge = pool.password_sign_in("alice", PASSWORD).unwrap();
    assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");

    assert_eq!(pool.call("AdminDeleteSoftwareToken", named("alice")), json!({}));
    let now = user(&pool, "alice");
    assert!(now.get("UserMFASettingList").is_none() && now.get("PreferredMfaSetting").is_none());
    assert!(pool.password_sign_in("alice", PASSWORD).unwrap().get("ChallengeName").is_none());
    let refused = pool.refused("AdminSetUserMFAPreference", preference);
    let message = "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA";
    assert_eq!(refused, invalid_parameter(message), "the app is deleted");
}

#[test]
fn at_most_one_mfa_factor_is_preferred() {
    let pool = Pool::new(settings().mfa(Mfa::Optional));
    pool.user("alice");
    let preferred = json!({ "Enabled": true, "PreferredMfa": true });
    let input = json!({
        "Username": "alice", "SMSMfaSettings": preferred, "SoftwareTokenMfaSettings": preferred
    });
    let refused = pool.refused("AdminSetUserMFAPreference", input);
    assert_eq!(refused, invalid_parameter("Only one MFA method can be preferred."));
}

#[test]
fn older_settings_enable_and_disable_sms() {
    let sms = json!({ "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" });
    let pool = Pool::new(settings().mfa(Mfa::Optional).pool_member("SmsConfiguration", sms));
    pool.user("alice");
    let token = pool.access_token("alice");
    let options = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
    let input = json!({ "AccessToken": token, "MFAOptions": options });
    let refused = pool.refused("SetUserSettings", input.clone());
    let message = "User does not have delivery config set to turn on SMS_MFA";
    assert_eq!(refused, invalid_parameter(message));
    update(&pool, "alice", &[("phone_number", "+15550100")]);
    assert_eq!(pool.call("SetUserSettings", input), json!({}));
    assert_eq!(user(&pool, "alice")["MFAOptions"], options);
    assert_eq!(user(&pool, "alice")["UserMFASettingList"], json!(["SMS_MFA"]));
    assert_eq!(pool.call("ListUsers", json!({}))["Users"][0]["MFAOptions"], options);
    let challenge = pool.password_sign_in("alice", PASSWORD).unwrap();
    assert_eq!(challenge["ChallengeName"], "SMS_MFA");

    let off = json!({ "Username": "alice", "MFAOptions": [] });
    assert_eq!(pool.call("AdminSetUserSettings", off), json!({}));
    assert!(user(&pool, "alice").get("MFAOptions").is_none());
    let email = json!([{ "DeliveryMedium": "EMAIL", "AttributeName": "email" }]);
    let refused =
        pool.refused("AdminSetUserSettings", json!({ "Username": "alice", "MFAOptions": email }));
    assert_eq!(refused.0, "InvalidParameterException");
}

#[test]
fn lockout_does_not_apply_to_a_later_user_with_the_same_name() {
    let pool = Pool::new(settings());
    pool.user("alice");
    for _ in 0..9 {
        pool.password_sign_in("alice", "Wrong-horse1").unwrap_err();
    }
    pool.call("AdminDeleteUser", named("alice"));
    pool.call("SignUp", json!({ "Username": "alice", "Password": PASSWORD }));
    pool.call("AdminConfirmSignUp", named("alice"));
    assert!(pool.password_sign_in("alice", PASSWORD).is_ok());
}
