//! MFA of a user: authenticator apps, and preferences.

use cognito_emulator::Mfa;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Pool, invalid_parameter, refusal, result, settings, text, totp};

fn associate(pool: &Pool, by: Value) -> (Value, String) {
    let associated = pool.call("AssociateSoftwareToken", by);
    let code = totp(associated["SecretCode"].as_str().unwrap(), pool);
    (associated, code)
}

#[test]
fn verified_app_is_registered_without_a_response_to_its_challenge() {
    let pool = Pool::new(settings().mfa(Mfa::Required));
    pool.user("ann");
    let begin = || pool.password_sign_in("ann", PASSWORD).unwrap();
    let challenge = begin();
    assert_eq!(challenge["ChallengeName"], "MFA_SETUP");
    let (associated, code) = associate(&pool, json!({ "Session": challenge["Session"] }));
    assert_eq!(begin()["ChallengeName"], "MFA_SETUP", "not yet verified");
    let verified = pool
        .call("VerifySoftwareToken", json!({ "Session": associated["Session"], "UserCode": code }));
    assert_eq!(verified["Status"], "SUCCESS");
    let next = begin();
    assert_eq!(next["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let used = pool.respond(&next, json!({ "SOFTWARE_TOKEN_MFA_CODE": code })).unwrap_err();
    assert_eq!(used.0, "ExpiredCodeException", "the verification used the code up");
    pool.advance(30);
    let secret = associated["SecretCode"].as_str().unwrap();
    let answer = json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(secret, &pool) });
    result(&pool.respond(&next, answer).unwrap());
    let mut setup = challenge;
    setup["Session"] = verified["Session"].clone();
    result(&pool.respond(&setup, json!({ "USERNAME": "ann" })).unwrap());
}

#[test]
fn app_verified_with_an_access_token_is_used_if_mfa_is_required() {
    for (mfa, challenged) in [(Mfa::Required, true), (Mfa::Optional, false)] {
        let pool = Pool::new(settings().mfa(Mfa::Optional));
        pool.user("ann");
        let token = pool.access_token("ann");
        let (_, code) = associate(&pool, json!({ "AccessToken": token }));
        pool.call("VerifySoftwareToken", json!({ "AccessToken": token, "UserCode": code }));
        let name = if mfa == Mfa::Required { "ON" } else { "OPTIONAL" };
        let app = json!({ "Enabled": true });
        let config = json!({ "MfaConfiguration": name, "SoftwareTokenMfaConfiguration": app });
        pool.call("SetUserPoolMfaConfig", config);
        let answer = pool.password_sign_in("ann", PASSWORD).unwrap();
        assert_eq!(answer["ChallengeName"] == "SOFTWARE_TOKEN_MFA", challenged);
    }
}

#[test]
fn app_is_rejected_if_the_pool_does_not_offer_apps() {
    let pool = Pool::new(settings());
    pool.user("ann");
    let input = json!({ "AccessToken": pool.access_token("ann") });
    let message = "Software Token MFA has not been enabled by the userPool";
    let refused = pool.refused("AssociateSoftwareToken", input);
    assert_eq!(refused, refusal("SoftwareTokenMFANotFoundException", message));
}

#[test]
fn app_cannot_be_verified_before_it_is_associated() {
    let pool = Pool::new(settings().mfa(Mfa::Optional));
    pool.user("ann");
    let input = json!({ "AccessToken": pool.access_token("ann"), "UserCode": "123456" });
    let message = "Code mismatch and fail enable Software Token MFA";
    let refused = pool.refused("VerifySoftwareToken", input);
    assert_eq!(refused, refusal("EnableSoftwareTokenMFAException", message));
}

#[test]
fn preference_requires_a_factor_of_the_pool_and_the_user() {
    let pool = Pool::new(settings().mfa(Mfa::Optional));
    pool.user("ann");
    let token = pool.access_token("ann");
    let prefer = |settings: Value| {
        let input = json!({ "AccessToken": token, "EmailMfaSettings": settings });
        pool.try_call("SetUserMFAPreference", input)
    };
    let message = "User does not have delivery config set to turn on EMAIL_OTP";
    let refused = prefer(json!({ "Enabled": true })).unwrap_err();
    assert_eq!(refused, invalid_parameter(message));
    prefer(json!({ "Enabled": false, "PreferredMfa": true })).unwrap();
    let user = pool.read("ann");
    assert!(user.get("PreferredMfaSetting").is_none(), "a factor that is off is not preferred");
    assert!(user.get("UserMFASettingList").is_none());
    assert_eq!(text(&user["Username"]), "ann");
}

/// Registers an app during a sign-in or with an access token, and returns the parameters of the
/// challenge for its code.
fn parameters_of_app(in_sign_in: bool, name: Option<&str>) -> Value {
    let pool = Pool::new(settings().mfa(if in_sign_in { Mfa::Required } else { Mfa::Optional }));
    pool.user("ann");
    let first = pool.password_sign_in("ann", PASSWORD).unwrap();
    let by = match in_sign_in {
        true => json!({ "Session": first["Session"] }),
        false => json!({ "AccessToken": result(&first)["AccessToken"] }),
    };
    let (associated, code) = associate(&pool, by.clone());
    let mut input = json!({ "UserCode": code, "FriendlyDeviceName": name });
    match associated.get("Session") {
        Some(session) => input["Session"] = session.clone(),
        None => input["AccessToken"] = by["AccessToken"].clone(),
    }
    pool.call("VerifySoftwareToken", input);
    pool.call(
        "SetUserPoolMfaConfig",
        json!({
            "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true }
        }),
    );
    let challenge = pool.password_sign_in("ann", PASSWORD).unwrap();
    assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    challenge["ChallengeParameters"].clone()
}

#[test]
fn challenge_has_the_name_of_the_app() {
    for in_sign_in in [true, false] {
        let named = json!({ "USER_ID_FOR_SRP": "ann", "FRIENDLY_DEVICE_NAME": "phone" });
        assert_eq!(parameters_of_app(in_sign_in, Some("phone")), named);
        assert_eq!(parameters_of_app(in_sign_in, None), json!({ "USER_ID_FOR_SRP": "ann" }));
    }
}
