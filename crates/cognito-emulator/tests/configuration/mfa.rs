//! SetUserPoolMfaConfig, and the allowed first factors.

use cognito_emulator::{Mfa, PoolSettings};
use serde_json::{Value, json};

use crate::support::{Pool, ROLE, emulator, with};

#[test]
fn a_pool_has_no_mfa_until_it_is_set() {
    let pool = Pool::new();
    let config = pool.call("GetUserPoolMfaConfig", json!({}));
    assert_eq!(config, json!({ "MfaConfiguration": "OFF" }));
}

#[test]
fn every_factor_is_returned_and_replaced_by_the_next_request() {
    let pool = Pool::new();
    let everything = json!({
        "MfaConfiguration": "OPTIONAL",
        "EmailMfaConfiguration": { "Message": "Code {####}", "Subject": "Code" },
        "SmsMfaConfiguration": {
            "SmsAuthenticationMessage": "Code {####}",
            "SmsConfiguration": { "ExternalId": "x", "SnsCallerArn": ROLE },
        },
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "WebAuthnConfiguration": {
            "RelyingPartyId": "example.com", "UserVerification": "required",
            "FactorConfiguration": "SINGLE_FACTOR",
        },
    });
    assert_eq!(pool.call("SetUserPoolMfaConfig", everything.clone()), everything);
    assert_eq!(pool.call("GetUserPoolMfaConfig", json!({})), everything);
    let described = pool.described();
    assert_eq!(described["MfaConfiguration"], "OPTIONAL");
    assert_eq!(described["SmsConfiguration"]["SnsCallerArn"], ROLE);
    assert_eq!(described["SmsAuthenticationMessage"], "Code {####}");
    assert!(described.get("WebAuthnConfiguration").is_none());

    let config = pool.call("SetUserPoolMfaConfig", app("ON"));
    assert_eq!(config, app("ON"), "all other blocks are removed");
    assert_eq!(
        pool.described()["SmsConfiguration"]["SnsCallerArn"],
        ROLE,
        "it is kept for verification"
    );
    let sms = json!({ "SmsMfaConfiguration": everything["SmsMfaConfiguration"] });
    let config = pool.call("SetUserPoolMfaConfig", with(&app("ON"), sms.clone()));
    assert_eq!(config, with(&app("ON"), sms));
}

/// Returns a SetUserPoolMfaConfig request with authenticator apps only.
fn app(mfa: &str) -> Value {
    json!({ "MfaConfiguration": mfa, "SoftwareTokenMfaConfiguration": { "Enabled": true } })
}

#[test]
fn a_bare_request_turns_mfa_off_and_drops_its_factors() {
    let off = json!({ "MfaConfiguration": "OFF" });
    for turn_off in ["SetUserPoolMfaConfig", "UpdateUserPool"] {
        let pool = Pool::new();
        pool.call("SetUserPoolMfaConfig", app("ON"));
        let input = if turn_off == "UpdateUserPool" { off.clone() } else { json!({}) };
        pool.call(turn_off, input);
        assert_eq!(pool.call("GetUserPoolMfaConfig", json!({})), off, "{turn_off}");
    }
    let pool = Pool::new();
    assert_eq!(pool.call("SetUserPoolMfaConfig", json!({})), off);
}

#[test]
fn authenticator_apps_suffice_for_a_pool_with_an_sms_configuration() {
    let sms = json!({ "SnsCallerArn": ROLE });
    let pool =
        Pool::with(PoolSettings::default().mfa(Mfa::Required).pool_member("SmsConfiguration", sms));
    pool.call("SetUserPoolMfaConfig", app("ON"));
    let phone = json!([
        { "Name": "phone_number", "Value": "+15550100" },
        { "Name": "phone_number_verified", "Value": "true" },
    ]);
    pool.call("AdminCreateUser", json!({ "Username": "alice", "UserAttributes": phone }));
    let prefer = || {
        let input = json!({ "Username": "alice", "SMSMfaSettings": { "Enabled": true } });
        pool.try_call("AdminSetUserMFAPreference", input)
    };
    prefer().unwrap_err();
    // UpdateUserPool that turns MFA on again includes SMS.
    pool.call("UpdateUserPool", json!({ "MfaConfiguration": "OFF" }));
    pool.call("UpdateUserPool", json!({ "MfaConfiguration": "OPTIONAL" }));
    prefer().unwrap();
}

#[test]
fn factors_are_rejected_if_mfa_is_off_or_missing() {
    let message = "Invalid MFA configuration given, can't turn off MFA and configure an MFA \
                   together.";
    let pool = Pool::new();
    let role = json!({ "SnsCallerArn": ROLE });
    for factor in [
        json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } }),
        json!({ "SoftwareTokenMfaConfiguration": { "Enabled": false } }),
        json!({ "SoftwareTokenMfaConfiguration": {} }),
        json!({ "EmailMfaConfiguration": {} }),
        json!({ "EmailMfaConfiguration": { "Subject": "Code" } }),
        json!({ "SmsMfaConfiguration": { "SmsConfiguration": role } }),
    ] {
        for mfa in [json!({}), json!({ "MfaConfiguration": "OFF" })] {
            let request = with(&factor, mfa);
            assert_eq!(pool.invalid("SetUserPoolMfaConfig", request.clone()), message, "{request}");
        }
    }
    let passkeys = json!({ "RelyingPartyId": "example.com" });
    pool.call("SetUserPoolMfaConfig", json!({ "WebAuthnConfiguration": passkeys }));
    // The same rule applies to PoolSettings.
    for factor in ["EmailMfaConfiguration", "SoftwareTokenMfaConfiguration"] {
        let settings = PoolSettings::default().pool_member(factor, json!({}));
        let refused = emulator().create_pool(settings).unwrap_err();
        assert!(refused.to_string().contains(message), "{refused}");
    }
}

#[test]
fn required_mfa_needs_a_factor() {
    let pool = Pool::new();
    let none = "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be \
                enabled.";
    let disabled = "Invalid MFA configuration given, can't disable all MFAs with a required or \
                    optional configuration.";
    for mfa in ["ON", "OPTIONAL"] {
        let request = json!({ "MfaConfiguration": mfa });
        assert_eq!(pool.invalid("SetUserPoolMfaConfig", request.clone()), none);
        let passkeys = json!({ "WebAuthnConfiguration": { "RelyingPartyId": "example.com" } });
        assert_eq!(pool.invalid("SetUserPoolMfaConfig", with(&request, passkeys)), none);
        let app = json!({ "SoftwareTokenMfaConfiguration": { "Enabled": false } });
        assert_eq!(pool.invalid("SetUserPoolMfaConfig", with(&request, app)), disabled);
    }
}

/// Returns the members of UpdateUserPool that allow first factors in addition to PASSWORD.
fn first_factors(factors: &[&str]) -> Value {
    let mut allowed = vec!["PASSWORD"];
    allowed.extend(factors);
    json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": allowed } } })
}

#[test]
fn one_time_codes_are_rejected_as_first_factors_with_required_mfa() {
    let message = "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if \
                   MFA is enabled";
    let sms = json!({ "SmsConfiguration": { "SnsCallerArn": ROLE } });
    for factor in ["EMAIL_OTP", "SMS_OTP"] {
        let pool = Pool::new();
        let allow = with(&first_factors(&[factor]), sms.clone());
        pool.call("UpdateUserPool", allow.clone());
        pool.call("SetUserPoolMfaConfig", app("OPTIONAL"));
        assert_eq!(pool.invalid("SetUserPoolMfaConfig", app("ON")), message);
        let on = json!({ "MfaConfiguration": "ON" });
        assert_eq!(pool.invalid("UpdateUserPool", on.clone()), message);
        let mfa = pool.call("GetUserPoolMfaConfig", json!({}))["MfaConfiguration"].clone();
        assert_eq!(mfa, "OPTIONAL", "nothing is changed");
        let create = with(&with(&allow, on), json!({ "PoolName": "a" }));
        assert_eq!(pool.invalid("CreateUserPool", create), message);
        pool.call("UpdateUserPool", first_factors(&[]));
        pool.call("SetUserPoolMfaConfig", app("ON"));
        assert_eq!(pool.invalid("UpdateUserPool", allow), message, "the pool requires MFA");
    }
}

#[test]
fn passkeys_with_required_mfa_must_count_as_two_factors() {
    let by_set = "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and \
                  WebAuthn is an allowed first auth factor";
    let by_update =
        "WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA";
    let pool = Pool::new();
    let allow = first_factors(&["WEB_AUTHN"]);
    pool.call("UpdateUserPool", allow.clone());
    let passkeys = |factors: &str| {
        let verification = json!({
            "RelyingPartyId": "example.com", "UserVerification": "preferred",
            "FactorConfiguration": factors,
        });
        json!({ "WebAuthnConfiguration": verification })
    };
    let two = passkeys("MULTI_FACTOR_WITH_USER_VERIFICATION");
    let set = |mfa: &str, passkeys: &Value| with(&app(mfa), passkeys.clone());
    pool.call("SetUserPoolMfaConfig", set("OPTIONAL", &passkeys("SINGLE_FACTOR")));
    for one in [passkeys("SINGLE_FACTOR"), json!({})] {
        assert_eq!(pool.invalid("SetUserPoolMfaConfig", set("ON", &one)), by_set);
    }
    assert_eq!(pool.invalid("UpdateUserPool", json!({ "MfaConfiguration": "ON" })), by_update);
    pool.call("SetUserPoolMfaConfig", set("ON", &two));
    assert_eq!(pool.invalid("SetUserPoolMfaConfig", app("ON")), by_set, "the old value is removed");
    pool.call("UpdateUserPool", first_factors(&[]));
    pool.call("SetUserPoolMfaConfig", app("ON"));
    assert_eq!(pool.invalid("UpdateUserPool", allow), by_update);
}

#[test]
fn sms_is_rejected_as_a_first_factor_without_its_configuration() {
    let message = "SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS \
                   configuration";
    let pool = Pool::new();
    let allow = first_factors(&["SMS_OTP"]);
    assert_eq!(pool.invalid("UpdateUserPool", allow.clone()), message);
    let create = with(&allow, json!({ "PoolName": "a" }));
    assert_eq!(pool.invalid("CreateUserPool", create.clone()), message);
    let sms = json!({ "SmsConfiguration": { "SnsCallerArn": ROLE } });
    pool.call("CreateUserPool", with(&create, sms.clone()));
    pool.call("UpdateUserPool", with(&allow, sms));
}

#[test]
fn disabled_factor_is_no_longer_offered() {
    let pool = Pool::with(PoolSettings::default().mfa(Mfa::Optional));
    let set = |config: Value| pool.call("SetUserPoolMfaConfig", config);
    let prefer = || {
        let email = json!({ "Enabled": true });
        pool.try_call(
            "AdminSetUserMFAPreference",
            json!({ "Username": "alice", "EmailMfaSettings": email }),
        )
    };
    let attributes = json!([
        { "Name": "email", "Value": "a@b.io" }, { "Name": "email_verified", "Value": "true" }
    ]);
    pool.call("AdminCreateUser", json!({ "Username": "alice", "UserAttributes": attributes }));
    prefer().unwrap_err();
    set(json!({ "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": { "Subject": "Code" } }));
    prefer().unwrap();
}
