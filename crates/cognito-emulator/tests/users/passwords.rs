//! Passwords: lockouts, recovery, resets and changes.

use serde_json::{Value, json};

use crate::support::{
    PASSWORD, Pool, Refusal, invalid_parameter, not_authorized, refusal, settings,
};
use cognito_emulator::PoolSettings;

const NEW: &str = "Better-horse2";

fn forgot(pool: &Pool, username: &str) -> Result<Value, (String, String)> {
    pool.try_call("ForgotPassword", json!({ "Username": username }))
}

fn confirm(
    pool: &Pool,
    username: &str,
    code: &str,
    password: &str,
) -> Result<Value, (String, String)> {
    let input = json!({ "Username": username, "ConfirmationCode": code, "Password": password });
    pool.try_call("ConfirmForgotPassword", input)
}

#[test]
fn lockout_begins_after_five_wrong_passwords_and_doubles() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let wrong = || pool.password_sign_in("alice", "Wrong-horse1").unwrap_err();
    let locked = not_authorized("Password attempts exceeded");
    for _ in 0..4 {
        assert_eq!(wrong(), not_authorized("Incorrect username or password."));
    }
    pool.tokens("alice");
    for _ in 0..11 {
        assert_eq!(wrong(), not_authorized("Incorrect username or password."));
        pool.advance(64);
    }
    // The lockout after the twelfth failure is 128 s.
    assert_eq!(wrong(), not_authorized("Incorrect username or password."));
    pool.advance(64);
    assert_eq!(pool.password_sign_in("alice", PASSWORD).unwrap_err(), locked);
    let srp = pool.srp_sign_in(json!({ "USERNAME": "alice" }), PASSWORD);
    assert_eq!(srp.unwrap_err(), locked);
    pool.advance(64);
    pool.tokens("alice");
}

#[test]
fn wrong_proofs_and_unknown_users_cause_the_same_lockout() {
    let pool = Pool::new(settings().client_member("PreventUserExistenceErrors", "ENABLED"));
    pool.user("alice");
    for name in ["alice", "nobody"] {
        let guess = || pool.srp_sign_in(json!({ "USERNAME": name }), "Wrong-horse1").unwrap_err();
        for _ in 0..5 {
            assert_eq!(guess(), not_authorized("Incorrect username or password."), "{name}");
        }
        pool.advance(1);
        for _ in 0..4 {
            guess();
            pool.advance(8);
        }
        guess();
        assert_eq!(guess(), not_authorized("Password attempts exceeded"), "{name}");
    }
}

#[test]
fn forgotten_password_is_replaced_with_a_code() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let sent = forgot(&pool, "alice").unwrap();
    assert_eq!(
        sent["CodeDeliveryDetails"],
        json!({
            "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "a***@e***"
        })
    );
    let code = pool.code("alice");
    assert_eq!(code.len(), 6);
    let mismatch = "Invalid verification code provided, please try again.";
    let refused = confirm(&pool, "alice", "x", NEW).unwrap_err();
    assert_eq!(refused, refusal("CodeMismatchException", mismatch));
    let (name, _) = confirm(&pool, "alice", &code, "short").unwrap_err();
    assert_eq!(name, "InvalidPasswordException");
    assert_eq!(confirm(&pool, "alice", &code, NEW), Ok(json!({})));
    assert!(pool.password_sign_in("alice", PASSWORD).is_err());
    assert!(pool.password_sign_in("alice", NEW).is_ok());
    let expired = "Invalid code provided, please request a code again.";
    let refused = confirm(&pool, "alice", &code, PASSWORD).unwrap_err();
    assert_eq!(refused, refusal("ExpiredCodeException", expired), "the code was used");

    forgot(&pool, "alice").unwrap();
    pool.advance(3600);
    let refused = confirm(&pool, "alice", &pool.code("alice"), PASSWORD).unwrap_err();
    assert_eq!(refused, refusal("ExpiredCodeException", expired), "the code was replaced");
}

#[test]
fn codes_for_forgotten_passwords_are_limited() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let limit =
        refusal("LimitExceededException", "Attempt limit exceeded, please try after some time.");
    for _ in 0..5 {
        forgot(&pool, "alice").unwrap();
    }
    assert_eq!(forgot(&pool, "alice").unwrap_err(), limit);
    let code = pool.code("alice");
    for _ in 0..5 {
        assert_eq!(confirm(&pool, "alice", "x", NEW).unwrap_err().0, "CodeMismatchException");
    }
    assert_eq!(confirm(&pool, "alice", &code, NEW).unwrap_err(), limit);
    pool.advance(3600);
    forgot(&pool, "alice").unwrap();
    confirm(&pool, "alice", &pool.code("alice"), NEW).unwrap();
}

#[test]
fn codes_are_sent_only_to_verified_addresses() {
    let pool = Pool::new(settings());
    let verified = |name: &str, attribute: &str, value: &str, flag: &str| {
        pool.call(
            "AdminCreateUser",
            json!({ "Username": name, "UserAttributes": [
                { "Name": attribute, "Value": value },
                { "Name": format!("{attribute}_verified"), "Value": flag },
            ]}),
        );
        pool.set_password(name, PASSWORD);
    };
    verified("unverified", "email", "u@example.com", "false");
    let nowhere = "Cannot reset password for the user as there is no registered/verified email or \
                   phone_number";
    assert_eq!(forgot(&pool, "unverified").unwrap_err(), invalid_parameter(nowhere));
    verified("phone", "phone_number", "+15550001234", "true");
    let sent = forgot(&pool, "phone").unwrap();
    assert_eq!(sent["CodeDeliveryDetails"]["DeliveryMedium"], "SMS");
    assert_eq!(sent["CodeDeliveryDetails"]["Destination"], "+*******1234");

    pool.call("AdminCreateUser", json!({ "Username": "temporary" }));
    let state = not_authorized("User password cannot be reset in the current state.");
    assert_eq!(forgot(&pool, "temporary").unwrap_err(), state);
    pool.call("AdminDisableUser", json!({ "Username": "phone" }));
    assert_eq!(forgot(&pool, "phone").unwrap_err(), not_authorized("User is disabled."));

    let by_mail = json!({ "RecoveryMechanisms": [
        { "Name": "verified_phone_number", "Priority": 2 }, { "Name": "verified_email", "Priority": 1 }
    ]});
    let pool = Pool::new(settings().pool_member("AccountRecoverySetting", by_mail));
    pool.user("alice");
    let verified = [("phone_number", "+15550001234"), ("phone_number_verified", "true")];
    pool.admin_update("alice", &verified).unwrap();
    assert_eq!(forgot(&pool, "alice").unwrap()["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
    let admin_only = json!({ "RecoveryMechanisms": [{ "Name": "admin_only", "Priority": 1 }] });
    let pool = Pool::new(settings().pool_member("AccountRecoverySetting", admin_only));
    pool.user("alice");
    let message = "Contact administrator to reset password.";
    assert_eq!(forgot(&pool, "alice").unwrap_err(), not_authorized(message));
}

#[test]
fn code_is_not_sent_to_the_address_of_an_enabled_factor() {
    let recovery = |names: &[&str]| {
        let mechanism = |(index, name)| json!({ "Name": name, "Priority": index + 1 });
        let mechanisms: Vec<_> = names.iter().enumerate().map(mechanism).collect();
        json!({ "RecoveryMechanisms": mechanisms })
    };
    let medium_with = |mfa: &str, names: &[&str], preference: Value| -> Result<String, Refusal> {
        let setting = recovery(names);
        let pool = Pool::new(settings().pool_member("AccountRecoverySetting", setting));
        let sms =
            json!({ "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" } });
        let config = json!({
            "MfaConfiguration": mfa, "SmsMfaConfiguration": sms,
            "EmailMfaConfiguration": { "Message": "use {####}" }
        });
        pool.call("SetUserPoolMfaConfig", config);
        pool.user("alice");
        let phone = [("phone_number", "+15550001234"), ("phone_number_verified", "true")];
        pool.admin_update("alice", &phone).unwrap();
        let mut input = json!({ "Username": "alice" });
        input.as_object_mut().unwrap().extend(preference.as_object().unwrap().clone());
        pool.call("AdminSetUserMFAPreference", input);
        let sent = forgot(&pool, "alice");
        let reset = pool.try_call("AdminResetUserPassword", json!({ "Username": "alice" }));
        assert_eq!(reset.err(), sent.clone().err());
        Ok(sent?["CodeDeliveryDetails"]["DeliveryMedium"].as_str().unwrap().to_owned())
    };
    let medium = |names: &[&str], preference| medium_with("OPTIONAL", names, preference);
    let both = ["verified_phone_number", "verified_email"];
    let enabled = json!({ "Enabled": true });
    let sms = json!({ "SMSMfaSettings": enabled });
    let email = json!({ "EmailMfaSettings": enabled });
    assert_eq!(medium(&both, json!({})).unwrap(), "SMS");
    assert_eq!(medium(&both, email.clone()).unwrap(), "SMS");
    assert_eq!(medium(&both, sms.clone()).unwrap(), "EMAIL");
    // Required MFA uses the phone number of a user without an enabled factor.
    assert_eq!(medium_with("ON", &both, json!({})).unwrap(), "EMAIL");
    let nowhere = "Cannot reset password for the user as there is no registered/verified email or \
                   phone_number";
    for (names, preference) in [
        (&both[..1], sms),
        (&both[1..], email),
        (&both[..], json!({ "SMSMfaSettings": enabled, "EmailMfaSettings": enabled })),
    ] {
        assert_eq!(medium(names, preference).unwrap_err(), invalid_parameter(nowhere));
    }
    let by_default = medium_with("ON", &both[..1], json!({}));
    assert_eq!(by_default.unwrap_err(), invalid_parameter(nowhere));
}

/// Returns the medium of the code for a user with both addresses and MFA by SMS.
fn medium_of_code(pool: &Pool) -> Value {
    let sms =
        json!({ "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" } });
    let config = json!({ "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": sms });
    pool.call("SetUserPoolMfaConfig", config);
    pool.user("alice");
    let phone = [("phone_number", "+15550001234"), ("phone_number_verified", "true")];
    pool.admin_update("alice", &phone).unwrap();
    let preference = json!({ "Username": "alice", "SMSMfaSettings": { "Enabled": true } });
    pool.call("AdminSetUserMFAPreference", preference);
    forgot(pool, "alice").unwrap()["CodeDeliveryDetails"]["DeliveryMedium"].clone()
}

#[test]
fn pool_without_a_recovery_setting_prefers_sms_also_with_mfa() {
    let setting = |pool: &Pool| {
        pool.call("DescribeUserPool", json!({}))["UserPool"].get("AccountRecoverySetting").cloned()
    };
    let by_mail = json!({ "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }] });
    let of = |setting: &Value| {
        Pool::new(settings().pool_member("AccountRecoverySetting", setting.clone()))
    };
    assert_eq!(medium_of_code(&of(&by_mail)), "EMAIL");
    for pool in [Pool::new(settings()), of(&json!({})), of(&by_mail)] {
        pool.call("UpdateUserPool", json!({ "AccountRecoverySetting": {} }));
        assert_eq!(setting(&pool), None);
        assert_eq!(medium_of_code(&pool), "SMS");
    }
}

#[test]
fn unknown_users_are_rejected_or_hidden() {
    let pool = Pool::new(settings());
    let unknown = refusal("UserNotFoundException", "Username/client id combination not found.");
    assert_eq!(forgot(&pool, "nobody").unwrap_err(), unknown);
    assert_eq!(confirm(&pool, "nobody", "1", NEW).unwrap_err(), unknown);

    let pool = Pool::new(settings().client_member("PreventUserExistenceErrors", "ENABLED"));
    let sent = forgot(&pool, "nobody").unwrap();
    assert_eq!(sent["CodeDeliveryDetails"]["Destination"], "n***@e***");
    assert_eq!(forgot(&pool, "nobody").unwrap(), sent);
    for _ in 0..5 {
        assert_eq!(confirm(&pool, "nobody", "1", NEW).unwrap_err().0, "CodeMismatchException");
    }
    assert_eq!(confirm(&pool, "nobody", "1", NEW).unwrap_err().0, "LimitExceededException");
    assert_eq!(confirm(&pool, "another", "1", NEW).unwrap_err().0, "ExpiredCodeException");
    pool.call("AdminCreateUser", json!({ "Username": "unverified" }));
    assert!(
        forgot(&pool, "unverified").is_ok(),
        "the response does not reveal that the address is missing"
    );
    let code = json!({ "Username": "nobody", "ConfirmationCode": "1" });
    for _ in 0..15 {
        assert_eq!(pool.refused("ConfirmSignUp", code.clone()).0, "CodeMismatchException");
    }
    assert_eq!(pool.refused("ConfirmSignUp", code).0, "LimitExceededException");
    let resend = json!({ "Username": "nobody" });
    let sent = pool.call("ResendConfirmationCode", resend.clone());
    assert_eq!(pool.call("ResendConfirmationCode", resend), sent);
}

#[test]
fn required_reset_is_reported_only_for_the_right_password() {
    let pool = Pool::new(settings());
    pool.user("alice");
    pool.call("AdminResetUserPassword", json!({ "Username": "alice" }));
    let user = pool.call("AdminGetUser", json!({ "Username": "alice" }));
    assert_eq!(user["UserStatus"], "RESET_REQUIRED");
    let refused = pool.srp_sign_in(json!({ "USERNAME": "alice" }), "Wrong-horse1").unwrap_err();
    assert_eq!(refused, not_authorized("Incorrect username or password."));
    let refused = pool.srp_sign_in(json!({ "USERNAME": "alice" }), PASSWORD).unwrap_err();
    let message = "Password reset required for the user";
    assert_eq!(refused, refusal("PasswordResetRequiredException", message));
    confirm(&pool, "alice", &pool.code("alice"), NEW).unwrap();
    assert!(pool.srp_sign_in(json!({ "USERNAME": "alice" }), NEW).is_ok());
}

#[test]
fn change_of_a_password_requires_the_old_password() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let token = pool.access_token("alice");
    let change = |previous: &str, proposed: &str| {
        pool.try_call(
            "ChangePassword",
            json!({
                "AccessToken": token, "PreviousPassword": previous, "ProposedPassword": proposed
            }),
        )
    };
    let (name, message) = change(PASSWORD, "short").unwrap_err();
    assert_eq!(name, "InvalidPasswordException");
    assert_eq!(message, "Password did not conform with policy: Password not long enough");
    assert_eq!(change(PASSWORD, NEW), Ok(json!({})));
    assert!(pool.password_sign_in("alice", NEW).is_ok());
    for _ in 0..5 {
        let refused = change(PASSWORD, NEW).unwrap_err();
        assert_eq!(refused, not_authorized("Incorrect username or password."));
    }
    assert_eq!(change(NEW, PASSWORD).unwrap_err().0, "LimitExceededException");
}

#[test]
fn codes_of_a_sign_up_are_limited() {
    let pool = Pool::new(PoolSettings::default());
    let attributes = json!([{ "Name": "email", "Value": "new@example.com" }]);
    let input = json!({ "Username": "new", "Password": PASSWORD, "UserAttributes": attributes });
    pool.call("SignUp", input);
    let resend = || pool.try_call("ResendConfirmationCode", json!({ "Username": "new" }));
    for _ in 0..5 {
        resend().unwrap();
    }
    assert_eq!(resend().unwrap_err().0, "LimitExceededException");
    let confirm = |code: &str| {
        pool.try_call("ConfirmSignUp", json!({ "Username": "new", "ConfirmationCode": code }))
    };
    for _ in 0..15 {
        assert_eq!(confirm("x").unwrap_err().0, "CodeMismatchException");
    }
    let code = pool.code("new");
    assert_eq!(confirm(&code).unwrap_err().0, "LimitExceededException");
    pool.advance(3600);
    assert_eq!(confirm(&code), Ok(json!({})));
}

#[test]
fn disabled_user_is_hidden_like_one_who_does_not_exist() {
    let pool = Pool::new(
        settings()
            .client_member("PreventUserExistenceErrors", "ENABLED")
            .pool_member("AliasAttributes", json!(["email"])),
    );
    pool.user("alice");
    let sign_up = json!({ "Username": "new", "Password": PASSWORD });
    pool.call("SignUp", sign_up);
    for name in ["alice", "new"] {
        pool.call("AdminDisableUser", json!({ "Username": name }));
    }
    let expired = "Invalid code provided, please request a code again.";
    let refused = confirm(&pool, "alice", "1", NEW).unwrap_err();
    assert_eq!(refused, refusal("ExpiredCodeException", expired), "no code was requested");
    // A code that was requested with an alias counts for the user.
    forgot(&pool, "alice@example.com").unwrap();
    let mismatch = "Invalid verification code provided, please try again.";
    let refused = confirm(&pool, "alice", "1", NEW).unwrap_err();
    assert_eq!(refused, refusal("CodeMismatchException", mismatch));
    assert!(pool.0.emulator().outbox().is_empty(), "no message is sent");
    for name in ["alice", "new", "nobody"] {
        let sent = pool.call("ResendConfirmationCode", json!({ "Username": name }));
        assert_eq!(sent["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL", "{name}");
    }
    let pool = Pool::new(settings());
    pool.user("alice");
    pool.call("AdminDisableUser", json!({ "Username": "alice" }));
    let refused = confirm(&pool, "alice", "1", NEW).unwrap_err();
    assert_eq!(refused, not_authorized("User is disabled."));
}

#[test]
fn recovery_by_administrators_only_is_reported_even_if_users_are_hidden() {
    let admin_only = json!({ "RecoveryMechanisms": [{ "Name": "admin_only", "Priority": 1 }] });
    let pool = Pool::new(
        settings()
            .client_member("PreventUserExistenceErrors", "ENABLED")
            .pool_member("AccountRecoverySetting", admin_only),
    );
    pool.user("alice");
    for name in ["alice", "nobody"] {
        let refused = forgot(&pool, name).unwrap_err();
        assert_eq!(refused, not_authorized("Contact administrator to reset password."), "{name}");
    }
}

#[test]
fn attempts_of_a_deleted_user_do_not_count_for_a_later_user_with_the_same_name() {
    let pool = Pool::new(settings());
    let sign_up = || pool.sign_up("ann", &[("email", "ann@example.com")]).unwrap();
    let resend = || pool.try_call("ResendConfirmationCode", json!({ "Username": "ann" }));
    sign_up();
    for _ in 0..5 {
        resend().unwrap();
    }
    assert_eq!(resend().unwrap_err().0, "LimitExceededException");
    pool.call("AdminDeleteUser", json!({ "Username": "ann" }));
    sign_up();
    resend().unwrap();
}
