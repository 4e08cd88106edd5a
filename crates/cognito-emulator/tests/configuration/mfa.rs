//! SetUserPoolMfaConfig.

use cognito_emulator::{Mfa, PoolSettings};
use serde_json::{Value, json};

use crate::support::{Pool, ROLE, with};

#[test]
fn a_pool_has_no_mfa_until_it_is_set() {
    let pool = Pool::new();
    let config = pool.call("GetUserPoolMfaConfig", json!({}));
    assert_eq!(config, json!({ "MfaConfiguration": "OFF" }));
}

#[test]
fn every_factor_is_read_back_and_replaced_by_the_next_request() {
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

    let app = json!({
        "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true }
    });
    let refused = pool.invalid("SetUserPoolMfaConfig", app.clone());
    let message = "Can't turn off SMS_MFA when SMS configuration is set for the user pool.";
    assert_eq!(refused, message);
    let sms = json!({ "SmsMfaConfiguration": everything["SmsMfaConfiguration"] });
    let config = pool.call("SetUserPoolMfaConfig", with(&app, sms));
    assert_eq!(config["MfaConfiguration"], "ON");
    assert!(config.get("EmailMfaConfiguration").is_none());
    assert!(config.get("WebAuthnConfiguration").is_none());
    let off = pool.call("SetUserPoolMfaConfig", json!({}));
    assert_eq!(off["MfaConfiguration"], "OFF");
    assert_eq!(off["SoftwareTokenMfaConfiguration"]["Enabled"], false);
    let pool = Pool::new();
    let refused = pool.invalid("SetUserPoolMfaConfig", json!({ "MfaConfiguration": "ON" }));
    assert!(refused.starts_with("Invalid MFA configuration given"), "{refused}");
}

#[test]
fn a_factor_that_is_switched_off_is_offered_no_more() {
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
