//! Verified addresses: every way to verify one, and conflicts of aliases.

use cognito_emulator::{Mfa, MigratedUser, PoolSettings, SignUpDecision};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Pool, claims, refusal, result, settings, text};

const EMAIL: &str = "shared@example.com";
const PHONE: &str = "+15550001234";

fn aliases() -> PoolSettings {
    settings().pool_member("AliasAttributes", json!(["email", "phone_number"]))
}

fn sms() -> Value {
    json!({ "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" })
}

fn holder(pool: &Pool, alias: &str) -> String {
    text(&pool.read(alias)["Username"])
}

/// Creates a user with a password and both addresses, verified or not.
fn with_addresses(pool: &Pool, name: &str, verified: &str) {
    let flags = [("email_verified", verified), ("phone_number_verified", verified)];
    let addresses = [("email", EMAIL), ("phone_number", PHONE)];
    pool.admin_create(name, &[addresses, flags].concat()).unwrap();
    pool.set_password(name, PASSWORD);
}

#[test]
fn flag_is_case_insensitive_and_stored_unchanged() {
    for flag in ["True", "TRUE", "true"] {
        let pool = Pool::new(aliases());
        pool.admin_create("ann", &[("email", "t@t.com"), ("email_verified", flag)]).unwrap();
        pool.set_password("ann", PASSWORD);
        assert_eq!(pool.value("ann", "email_verified").as_deref(), Some(flag));
        assert_eq!(claims(&pool.tokens("ann")["IdToken"])["email_verified"], true);
        assert_eq!(holder(&pool, "t@t.com"), "ann", "the alias is valid");
        let sent = pool.call("ForgotPassword", json!({ "Username": "ann" }));
        assert_eq!(sent["CodeDeliveryDetails"]["Destination"], "t***@t***");
        let update = [("email", "u@t.com"), ("email_verified", flag)];
        pool.admin_update("ann", &update).unwrap();
        assert_eq!(pool.value("ann", "email_verified").as_deref(), Some(flag));
        let taken = pool.admin_create("bob", &update).unwrap_err();
        assert_eq!(taken.0, "AliasExistsException");
        let refused = pool.admin_create("eve", &[("email_verified", flag)]).unwrap_err();
        assert_eq!(refused.0, "InvalidParameterException", "there is no address");
    }
}

#[test]
fn alias_moves_to_the_user_whose_address_a_trigger_verifies() {
    let decision = SignUpDecision::default().confirm().verify_email().verify_phone_number();
    let pool = Pool::new(aliases().pre_sign_up(move |_| Ok(decision)));
    let addresses = [("email", EMAIL), ("phone_number", PHONE)];
    for name in ["ann", "bob"] {
        pool.sign_up(name, &addresses).unwrap();
        for address in [EMAIL, PHONE] {
            assert_eq!(holder(&pool, address), name);
        }
    }
    for flag in ["email_verified", "phone_number_verified"] {
        assert_eq!(pool.value("ann", flag).as_deref(), Some("false"));
        assert_eq!(pool.value("bob", flag).as_deref(), Some("true"));
    }
    assert_eq!(pool.value("ann", "email").as_deref(), Some(EMAIL));
    for incomplete in [&addresses[..1], &addresses[1..], &[]] {
        pool.sign_up("eve", incomplete).unwrap_err();
    }
    let unknown = refusal("UserNotFoundException", "User does not exist.");
    assert_eq!(pool.refused("AdminGetUser", json!({ "Username": "eve" })), unknown);
}

#[test]
fn trigger_decision_has_no_effect_on_users_created_by_administrators() {
    let decision = SignUpDecision::default().confirm().verify_email().verify_phone_number();
    let pool = Pool::new(aliases().pre_sign_up(move |_| Ok(decision)));
    let made = pool.admin_create("ann", &[("email", EMAIL)]).unwrap();
    assert_eq!(made["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(pool.value("ann", "email_verified"), None);
}

#[test]
fn code_verifies_only_its_address() {
    let pool = Pool::new(settings());
    pool.sign_up("ann", &[("email", EMAIL)]).unwrap();
    let code = pool.code("ann");
    pool.admin_update("ann", &[("email", "other@example.com")]).unwrap();
    pool.call("ConfirmSignUp", json!({ "Username": "ann", "ConfirmationCode": code }));
    assert_eq!(pool.read("ann")["UserStatus"], "CONFIRMED");
    assert_eq!(pool.value("ann", "email_verified").as_deref(), Some("false"));
}

#[test]
fn completed_second_factor_verifies_its_address() {
    let pool = aliases().mfa(Mfa::Optional).pool_member("SmsConfiguration", sms());
    let pool = Pool::new(pool.pool_member("EmailMfaConfiguration", json!({ "Subject": "Code" })));
    for (name, setting, attribute, code) in [
        ("ann", "SMSMfaSettings", "phone_number", "SMS_MFA_CODE"),
        ("bob", "EmailMfaSettings", "email", "EMAIL_OTP_CODE"),
    ] {
        with_addresses(&pool, name, "false");
        let flag = format!("{attribute}_verified");
        let factor = json!({ "Enabled": true, "PreferredMfa": true });
        pool.call("AdminSetUserMFAPreference", json!({ "Username": name, (setting): factor }));
        let challenge = pool.password_sign_in(name, PASSWORD).unwrap();
        assert!(pool.respond(&challenge, json!({ (code): "000000x" })).is_err());
        assert_eq!(pool.value(name, &flag).as_deref(), Some("false"));
        result(&pool.respond(&challenge, json!({ (code): pool.code(name) })).unwrap());
        assert_eq!(pool.value(name, &flag).as_deref(), Some("true"), "{attribute}");
    }
    let challenge = pool.password_sign_in("ann", PASSWORD).unwrap();
    let other = [("phone_number", "+15559999999")];
    pool.admin_update("ann", &other).unwrap();
    result(&pool.respond(&challenge, json!({ "SMS_MFA_CODE": pool.code("ann") })).unwrap());
    let verified = pool.value("ann", "phone_number_verified");
    assert_eq!(verified.as_deref(), Some("false"), "the code went to another number");
}

#[test]
fn code_does_not_verify_an_alias_of_another_user() {
    let pool = aliases().mfa(Mfa::Optional).pool_member("SmsConfiguration", sms());
    let pool = Pool::new(pool);
    with_addresses(&pool, "ann", "true");
    with_addresses(&pool, "bob", "false");
    let taken = |attribute: &str| {
        let message = format!("An account with the given {attribute} already exists.");
        refusal("AliasExistsException", &message)
    };
    for attribute in ["email", "phone_number"] {
        let refused = pool.admin_update("bob", &[(&format!("{attribute}_verified"), "TRUE")]);
        assert_eq!(refused.unwrap_err(), taken(attribute));
    }
    let token = pool.access_token("bob");
    let input = json!({ "AccessToken": token, "AttributeName": "email" });
    pool.call("GetUserAttributeVerificationCode", input);
    let input = json!({ "AccessToken": token, "AttributeName": "email", "Code": pool.code("bob") });
    assert_eq!(pool.refused("VerifyUserAttribute", input), taken("email"));
    let factor = json!({ "Enabled": true, "PreferredMfa": true });
    pool.call("AdminSetUserMFAPreference", json!({ "Username": "bob", "SMSMfaSettings": factor }));
    let challenge = pool.password_sign_in("bob", PASSWORD).unwrap();
    let code = json!({ "SMS_MFA_CODE": pool.code("bob") });
    assert_eq!(pool.respond(&challenge, code).unwrap_err(), taken("phone_number"));
    for address in [EMAIL, PHONE] {
        assert_eq!(holder(&pool, address), "ann");
    }
}

#[test]
fn recovered_password_verifies_the_address_unless_its_alias_has_moved() {
    let by_mail = json!({ "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }] });
    let pool = Pool::new(aliases().pool_member("AccountRecoverySetting", by_mail));
    with_addresses(&pool, "ann", "true");
    let recover = || {
        let input = json!({
            "Username": "ann", "ConfirmationCode": pool.code("ann"), "Password": PASSWORD
        });
        assert_eq!(pool.call("ConfirmForgotPassword", input), json!({}));
        pool.value("ann", "email_verified")
    };
    let forgot = || {
        let sent = pool.call("ForgotPassword", json!({ "Username": "ann" }));
        assert_eq!(sent["CodeDeliveryDetails"]["AttributeName"], "email");
    };
    forgot();
    pool.admin_update("ann", &[("email_verified", "false")]).unwrap();
    assert_eq!(recover().as_deref(), Some("true"));
    forgot();
    pool.admin_update("ann", &[("email_verified", "false")]).unwrap();
    pool.admin_create("bob", &[("email", EMAIL), ("email_verified", "true")]).unwrap();
    assert_eq!(recover().as_deref(), Some("false"));
    assert_eq!(holder(&pool, EMAIL), "bob");
}

#[test]
fn migrated_user_takes_an_alias_only_with_force_alias_creation() {
    let pool = Pool::new(aliases().user_migration(|asked| {
        let user = MigratedUser::default().attribute("email", EMAIL);
        let user = user.attribute("email_verified", "True");
        Ok(Some(match asked.username.as_str() {
            "forced" => user.force_alias_creation(),
            _ => user,
        }))
    }));
    with_addresses(&pool, "ann", "true");
    let refused = pool.password_sign_in("bob", PASSWORD).unwrap_err();
    assert_eq!(refused.0, "UserNotFoundException");
    assert_eq!(holder(&pool, EMAIL), "ann");
    result(&pool.password_sign_in("forced", PASSWORD).unwrap());
    assert_eq!(holder(&pool, EMAIL), "forced");
    assert_eq!(pool.value("ann", "email_verified").as_deref(), Some("false"));
}

#[test]
fn address_that_names_another_user_is_rejected_in_every_operation() {
    let names = json!(["email", "phone_number"]);
    let pool =
        Pool::new(settings().pool_member("UsernameAttributes", names).user_migration(|_| {
            let user = MigratedUser::default().attribute("email", EMAIL).force_alias_creation();
            Ok(Some(user))
        }));
    pool.admin_create(EMAIL, &[]).unwrap();
    let message = "An account with the given email already exists.";
    let named = refusal("UsernameExistsException", message);
    let email = [("email", EMAIL)];
    assert_eq!(pool.sign_up(PHONE, &email).unwrap_err(), named);
    assert_eq!(pool.admin_create(PHONE, &email).unwrap_err(), named);
    assert_eq!(pool.password_sign_in(PHONE, PASSWORD).unwrap_err().0, "UserNotFoundException");

    pool.admin_create(PHONE, &[]).unwrap();
    let temporary = json!({ "Username": PHONE, "Password": PASSWORD, "Permanent": false });
    pool.call("AdminSetUserPassword", temporary);
    let taken = refusal("AliasExistsException", message);
    let challenge = pool.password_sign_in(PHONE, PASSWORD).unwrap();
    let answer = json!({ "NEW_PASSWORD": "Better-horse2", "userAttributes.email": EMAIL });
    assert_eq!(pool.respond(&challenge, answer).unwrap_err(), taken);
    assert_eq!(pool.read(PHONE)["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(pool.admin_update(PHONE, &email).unwrap_err(), taken);
    assert_eq!(pool.value(PHONE, "email"), None);
    pool.admin_update(PHONE, &[("name", "Bo")]).unwrap();
}

#[test]
fn address_of_another_user_cannot_be_set_up_for_mfa() {
    let pool = |settings: PoolSettings| {
        let email = json!({ "Subject": "Code" });
        let pool = settings.mfa(Mfa::Required).pool_member("EmailMfaConfiguration", email);
        let pool = Pool::new(pool);
        pool.admin_create("+15550000002", &[]).unwrap();
        pool.set_password("+15550000002", PASSWORD);
        pool
    };
    let set_up = |pool: &Pool| {
        let challenge = pool.password_sign_in("+15550000002", PASSWORD).unwrap();
        let refused = pool.respond(&challenge, json!({ "EMAIL": EMAIL })).unwrap_err();
        assert_eq!(pool.value("+15550000002", "email"), None);
        refused
    };
    let names = json!(["email", "phone_number"]);
    for member in ["UsernameAttributes", "AliasAttributes"] {
        let names = if member == "AliasAttributes" { json!(["email"]) } else { names.clone() };
        let pool = pool(settings().pool_member(member, names));
        let (name, flag) = match member {
            "AliasAttributes" => ("ann", "true"),
            _ => (EMAIL, "false"),
        };
        pool.admin_create(name, &[("email", EMAIL), ("email_verified", flag)]).unwrap();
        let message = "An account with the given email already exists.";
        assert_eq!(set_up(&pool), refusal("AliasExistsException", message), "{member}");
    }
    let fixed = json!([{ "Name": "email", "AttributeDataType": "String", "Mutable": false }]);
    let refused = set_up(&pool(settings().pool_member("Schema", fixed)));
    assert_eq!(refused.1, "user.email: Attribute cannot be updated.");
}
