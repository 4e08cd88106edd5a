//! The sign-in flows of users and of administrators.

use serde_json::{Value, json};

use crate::support::{
    PASSWORD, Pool, answer, attribute, claims, invalid_parameter, is_base64_of, not_authorized,
    pair, refusal, result, settings, text, with,
};
use cognito_emulator::{Mfa, PoolSettings};

/// Returns a pool that allows every first factor.
fn by_choice() -> PoolSettings {
    let role = "arn:aws:iam::123456789012:role/sms";
    settings().pool_member("SmsConfiguration", json!({ "SnsCallerArn": role })).pool_member(
        "Policies",
        json!({
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"] }
        }),
    )
}

fn names(challenge: &Value) -> Vec<&str> {
    let list = challenge["AvailableChallenges"].as_array().unwrap();
    list.iter().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn flow_that_the_client_does_not_allow_is_rejected_with_the_message_of_the_service() {
    let nothing = json!(["ALLOW_REFRESH_TOKEN_AUTH"]);
    let pool = Pool::new(PoolSettings::default().client_member("ExplicitAuthFlows", nothing));
    pool.user("alice");
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": PASSWORD, "SRP_A": "abc" });
    for (flow, message) in [
        ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
        ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("CUSTOM_AUTH", "CUSTOM_AUTH is not enabled for the client."),
        ("USER_AUTH", "USER_AUTH is not enabled for the client."),
        ("ADMIN_NO_SRP_AUTH", "Initiate Auth method not supported."),
        ("ADMIN_USER_PASSWORD_AUTH", "Initiate Auth method not supported."),
    ] {
        let refused = pool.initiate(flow, parameters.clone()).unwrap_err();
        assert_eq!(refused, invalid_parameter(message), "{flow}");
    }
    for flow in ["USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_AUTH"] {
        let input = json!({ "AuthFlow": flow, "AuthParameters": parameters });
        let refused = pool.refused("AdminInitiateAuth", input);
        assert_eq!(refused, invalid_parameter("Auth flow not enabled for this client"), "{flow}");
    }
    let (name, message) = pool.initiate("TELEPATHY", parameters).unwrap_err();
    assert_eq!(name, "InvalidParameterException");
    assert!(message.starts_with("1 validation error detected: Value 'TELEPATHY' at 'authFlow'"));
}

#[test]
fn administrators_sign_users_in_by_password_and_by_srp() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": PASSWORD });
    for flow in ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] {
        let input = json!({ "AuthFlow": flow, "AuthParameters": parameters });
        assert_eq!(result(&pool.call("AdminInitiateAuth", input))["TokenType"], "Bearer");
    }
    let pair = pair();
    let parameters = json!({ "USERNAME": "alice", "SRP_A": pair.srp_a() });
    let input = json!({ "AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters });
    let challenge = pool.call("AdminInitiateAuth", input);
    assert!(challenge.get("Session").is_none());
    let id = pool.0.id();
    let identity = cognito_srp::Identity::user(id.pool_name(), "alice");
    let claim = pool.claim(pair, identity, &challenge, PASSWORD);
    let input = json!({ "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": claim });
    let answer = pool.call("AdminRespondToAuthChallenge", input);
    assert_eq!(claims(&result(&answer)["AccessToken"])["username"], "alice");
}

#[test]
fn administrators_must_name_the_pool_of_the_client() {
    let pool = Pool::new(settings());
    let other = pool.0.emulator().create_pool(settings()).unwrap();
    let input = json!({
        "ClientId": other.client_id().as_str(), "AuthFlow": "ADMIN_NO_SRP_AUTH",
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD }
    });
    let message = format!("User pool client {} does not exist.", other.client_id().as_str());
    let refused = pool.refused("AdminInitiateAuth", input);
    assert_eq!(refused, refusal("ResourceNotFoundException", &message));
}

#[test]
fn sign_in_by_an_administrator_requires_the_same_factors() {
    let pool = Pool::new(settings());
    let input = json!({ "Username": "bob", "TemporaryPassword": PASSWORD });
    pool.call("AdminCreateUser", input);
    let parameters = json!({ "USERNAME": "bob", "PASSWORD": PASSWORD });
    let input = json!({ "AuthFlow": "ADMIN_NO_SRP_AUTH", "AuthParameters": parameters });
    let challenge = pool.call("AdminInitiateAuth", input);
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let input = answer(&challenge, json!({ "NEW_PASSWORD": "Better-horse2" }));
    assert!(
        pool.call("AdminRespondToAuthChallenge", input.clone())["AuthenticationResult"].is_object()
    );
    let message = "Invalid session for the user, session can only be used once.";
    assert_eq!(pool.refused("AdminRespondToAuthChallenge", input), not_authorized(message));
}

#[test]
fn email_mfa_is_set_up_during_a_sign_in() {
    let pool = Pool::new(settings().mfa(Mfa::Required));
    let email = json!({ "Message": "{####}", "Subject": "code" });
    let input = json!({
        "MfaConfiguration": "ON",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": email,
    });
    pool.call("SetUserPoolMfaConfig", input);
    pool.call("AdminCreateUser", json!({ "Username": "ines", "MessageAction": "SUPPRESS" }));
    pool.set_password("ines", PASSWORD);
    let credentials = json!({ "USERNAME": "ines", "PASSWORD": PASSWORD });
    let sign_in = || pool.initiate("USER_PASSWORD_AUTH", credentials.clone()).unwrap();

    let setup = sign_in();
    assert_eq!(setup["ChallengeName"], "MFA_SETUP");
    let offered = &setup["ChallengeParameters"]["MFAS_CAN_SETUP"];
    assert_eq!(offered, r#"["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]"#);
    let given = json!({ "EMAIL": "ines@example.com" });
    let challenge = pool.respond(&setup, given).unwrap();
    assert_eq!(challenge["ChallengeName"], "EMAIL_OTP");
    assert_eq!(challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"], "i***@e***");
    let wrong = json!({ "EMAIL_OTP_CODE": "000000x" });
    let message = "Invalid code or auth state for the user.";
    let refused = pool.respond(&challenge, wrong).unwrap_err();
    assert_eq!(refused, refusal("CodeMismatchException", message));
    let right = json!({ "EMAIL_OTP_CODE": pool.code("ines") });
    result(&pool.respond(&challenge, right).unwrap());

    let user = pool.call("AdminGetUser", json!({ "Username": "ines" }));
    assert_eq!(user["PreferredMfaSetting"], "EMAIL_OTP");
    let verified = json!({ "Name": "email_verified", "Value": "true" });
    assert!(user["UserAttributes"].as_array().unwrap().contains(&verified));
    assert_eq!(sign_in()["ChallengeName"], "EMAIL_OTP");
}

#[test]
fn users_choose_among_the_factors_of_the_pool_and_the_user() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let challenge = pool.initiate("USER_AUTH", json!({ "USERNAME": "alice" })).unwrap();
    assert_eq!(challenge["ChallengeName"], "SELECT_CHALLENGE");
    assert_eq!(challenge["ChallengeParameters"], json!({ "USERNAME": "alice" }));
    assert_eq!(names(&challenge), ["PASSWORD", "PASSWORD_SRP"]);

    let pool = Pool::new(by_choice());
    pool.user("alice");
    let challenge = pool.initiate("USER_AUTH", json!({ "USERNAME": "alice" })).unwrap();
    assert_eq!(names(&challenge), ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]);
    let unavailable = json!({ "USERNAME": "alice", "PREFERRED_CHALLENGE": "SMS_OTP" });
    let challenge = pool.initiate("USER_AUTH", unavailable).unwrap();
    assert_eq!(challenge["ChallengeName"], "SELECT_CHALLENGE");
    let refused = pool.respond(&challenge, json!({ "ANSWER": "SMS_OTP" })).unwrap_err();
    assert_eq!(refused, invalid_parameter("Invalid challenge was selected."));
    let missing = pool.respond(&challenge, json!({ "X": "y" })).unwrap_err();
    assert_eq!(missing, invalid_parameter("Missing required parameter ANSWER"));
}

#[test]
fn password_is_sent_with_the_choice_or_after_it() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let choose = || pool.initiate("USER_AUTH", json!({ "USERNAME": "alice" })).unwrap();
    let at_once = json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
    result(&pool.respond(&choose(), at_once).unwrap());

    let challenge = pool.respond(&choose(), json!({ "ANSWER": "PASSWORD" })).unwrap();
    assert_eq!(challenge["ChallengeName"], "PASSWORD");
    let wrong = pool.respond(&challenge, json!({ "PASSWORD": "Wrong-horse1" })).unwrap_err();
    assert_eq!(wrong, not_authorized("Incorrect username or password."));
    result(&pool.respond(&challenge, json!({ "PASSWORD": PASSWORD })).unwrap());

    let preferred = json!({
        "USERNAME": "alice", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD
    });
    result(&pool.initiate("USER_AUTH", preferred).unwrap());
}

#[test]
fn srp_by_choice_has_a_session_that_must_be_returned() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let choose = || pool.initiate("USER_AUTH", json!({ "USERNAME": "alice" })).unwrap();
    let begin = |pair: &cognito_srp::EphemeralKeyPair| {
        let answer = json!({ "ANSWER": "PASSWORD_SRP", "SRP_A": pair.srp_a() });
        let challenge = pool.respond(&choose(), answer).unwrap();
        assert_eq!(challenge["ChallengeName"], "PASSWORD_VERIFIER");
        assert!(is_base64_of(&challenge["ChallengeParameters"]["SECRET_BLOCK"], 1292));
        challenge
    };
    let keys = pair();
    let challenge = begin(&keys);
    result(&pool.prove(keys, &challenge, PASSWORD).unwrap());

    let keys = pair();
    let challenge = with(begin(&keys), "Session", Value::Null);
    let refused = pool.prove(keys, &challenge, PASSWORD).unwrap_err();
    assert_eq!(refused, invalid_parameter("Missing required parameter Session"));

    let keys = pair();
    let challenge = with(begin(&keys), "Session", choose()["Session"].clone());
    let refused = pool.prove(keys, &challenge, PASSWORD).unwrap_err();
    assert_eq!(refused, not_authorized("Invalid session for the user."));

    let (keys, open) = (pair(), choose());
    let parameters = json!({ "USERNAME": "alice", "SRP_A": keys.srp_a() });
    let plain = pool.initiate("USER_SRP_AUTH", parameters).unwrap();
    let plain = with(plain, "Session", open["Session"].clone());
    result(&pool.prove(keys, &plain, PASSWORD).unwrap());
    let unspent = json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
    result(&pool.respond(&open, unspent).unwrap());

    let keys = pair();
    let preferred = json!({
        "USERNAME": "alice", "PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": keys.srp_a()
    });
    let challenge = pool.initiate("USER_AUTH", preferred).unwrap();
    assert!(challenge["Session"].is_string());
    result(&pool.prove(keys, &challenge, PASSWORD).unwrap());
}

#[test]
fn codes_of_eight_digits_replace_passwords() {
    let pool = Pool::new(by_choice());
    pool.call(
        "AdminCreateUser",
        json!({
            "Username": "eve", "UserAttributes": [{ "Name": "email", "Value": "eve@example.com" }]
        }),
    );
    let user = pool.call("AdminGetUser", json!({ "Username": "eve" }));
    assert_eq!(user["UserStatus"], "CONFIRMED", "the pool allows users without a password");
    let begin = || {
        let preferred = json!({ "USERNAME": "eve", "PREFERRED_CHALLENGE": "EMAIL_OTP" });
        pool.initiate("USER_AUTH", preferred).unwrap()
    };
    let challenge = begin();
    assert_eq!(challenge["ChallengeName"], "EMAIL_OTP");
    assert_eq!(
        challenge["ChallengeParameters"],
        json!({
            "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "e***@e***",
            "USERNAME": "eve"
        })
    );
    let code = pool.code("eve");
    assert_eq!(code.len(), 8);
    let wrong = pool.respond(&challenge, json!({ "EMAIL_OTP_CODE": "x" })).unwrap_err();
    assert_eq!(wrong, refusal("CodeMismatchException", "Invalid code or auth state for the user."));
    let tokens = result(&pool.respond(&challenge, json!({ "EMAIL_OTP_CODE": code })).unwrap());
    assert_eq!(claims(&tokens["IdToken"])["email_verified"], true);

    let late = begin();
    pool.advance(180);
    let refused = pool.respond(&late, json!({ "EMAIL_OTP_CODE": pool.code("eve") })).unwrap_err();
    assert_eq!(refused, not_authorized("Invalid session for the user, session is expired."));
}

#[test]
fn users_with_mfa_can_only_start_with_a_password() {
    let pool = Pool::new(
        by_choice()
            .pool_member("MfaConfiguration", "OPTIONAL")
            .pool_member("EmailMfaConfiguration", json!({ "Subject": "Code" })),
    );
    pool.user("alice");
    let preference = json!({
        "AccessToken": pool.access_token("alice"),
        "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true }
    });
    pool.call("SetUserMFAPreference", preference);
    let preferred = json!({ "USERNAME": "alice", "PREFERRED_CHALLENGE": "EMAIL_OTP" });
    let challenge = pool.initiate("USER_AUTH", preferred).unwrap();
    assert_eq!(names(&challenge), ["PASSWORD", "PASSWORD_SRP"]);
    let password = json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
    let challenge = pool.respond(&challenge, password).unwrap();
    assert_eq!(challenge["ChallengeName"], "EMAIL_OTP");
    let code = pool.code("alice");
    assert_eq!(code.len(), 6);
    result(&pool.respond(&challenge, json!({ "EMAIL_OTP_CODE": code })).unwrap());
}

#[test]
fn sign_up_continues_as_a_sign_in() {
    let pool = Pool::new(by_choice());
    let attributes = json!([{ "Name": "email", "Value": "new@example.com" }]);
    let signed_up = pool.call("SignUp", json!({ "Username": "new", "UserAttributes": attributes }));
    assert_eq!(signed_up["UserConfirmed"], false);
    let code = json!({
        "Username": "new", "ConfirmationCode": pool.code("new"), "Session": signed_up["Session"]
    });
    let confirmed = pool.call("ConfirmSignUp", code);
    let go_on =
        |session: &Value, name: &str| {
            pool.try_call("InitiateAuth", json!({
            "AuthFlow": "USER_AUTH", "Session": session, "AuthParameters": { "USERNAME": name }
        }))
        };
    pool.user("alice");
    let invalid = not_authorized("Invalid session for the user.");
    assert_eq!(go_on(&confirmed["Session"], "alice").unwrap_err(), invalid);
    assert_eq!(go_on(&signed_up["Session"], "new").unwrap_err(), invalid);
    let tokens = result(&go_on(&confirmed["Session"], "new").unwrap());
    assert_eq!(claims(&tokens["AccessToken"])["username"], "new");
    let once = not_authorized("Invalid session for the user, session can only be used once.");
    assert_eq!(go_on(&confirmed["Session"], "new").unwrap_err(), once);
}

#[test]
fn clients_without_user_auth_get_no_session_of_a_sign_up() {
    let pool = Pool::new(PoolSettings::default());
    let attributes = json!([{ "Name": "email", "Value": "new@example.com" }]);
    let input = json!({ "Username": "new", "Password": PASSWORD, "UserAttributes": attributes });
    assert!(pool.call("SignUp", input).get("Session").is_none());
    let code = json!({ "Username": "new", "ConfirmationCode": pool.code("new") });
    assert_eq!(pool.call("ConfirmSignUp", code), json!({}));
}

#[test]
fn hidden_unknown_users_have_a_choice_of_factors() {
    let pool = Pool::new(by_choice().client_member("PreventUserExistenceErrors", "ENABLED"));
    let begin = || pool.initiate("USER_AUTH", json!({ "USERNAME": "nobody" })).unwrap();
    let challenge = begin();
    assert_eq!(names(&challenge), ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]);
    let password = json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
    let refused = pool.respond(&challenge, password).unwrap_err();
    assert_eq!(refused, not_authorized("Incorrect username or password."));
    let sent = pool.respond(&begin(), json!({ "ANSWER": "EMAIL_OTP" })).unwrap();
    let again = pool.respond(&begin(), json!({ "ANSWER": "EMAIL_OTP" })).unwrap();
    assert_eq!(sent["ChallengeParameters"], again["ChallengeParameters"]);
    let refused = pool.respond(&sent, json!({ "EMAIL_OTP_CODE": "1" })).unwrap_err();
    let message = "Invalid code or auth state for the user.";
    assert_eq!(refused, refusal("CodeMismatchException", message));
    assert!(pool.0.emulator().outbox().is_empty());

    let pool = Pool::new(by_choice());
    let refused = pool.initiate("USER_AUTH", json!({ "USERNAME": "nobody" })).unwrap_err();
    assert_eq!(refused, refusal("UserNotFoundException", "User does not exist."));
}

#[test]
fn users_without_a_password_set_one() {
    let pool = Pool::new(by_choice());
    pool.call(
        "AdminCreateUser",
        json!({
            "Username": "eve", "UserAttributes": [{ "Name": "email", "Value": "eve@example.com" }]
        }),
    );
    let preferred = json!({ "USERNAME": "eve", "PREFERRED_CHALLENGE": "EMAIL_OTP" });
    let challenge = pool.initiate("USER_AUTH", preferred).unwrap();
    let code = json!({ "EMAIL_OTP_CODE": pool.code("eve") });
    let token = text(&result(&pool.respond(&challenge, code).unwrap())["AccessToken"]);
    let refused = pool.password_sign_in("eve", PASSWORD).unwrap_err();
    assert_eq!(refused, not_authorized("Incorrect username or password."));
    let input = json!({ "AccessToken": token, "ProposedPassword": PASSWORD });
    pool.call("ChangePassword", input.clone());
    pool.tokens("eve");
    let refused = pool.refused("ChangePassword", input);
    assert_eq!(refused, invalid_parameter("Missing required parameter OldPassword"));
    let user = pool.call("GetUser", json!({ "AccessToken": token }));
    assert_eq!(attribute(&user, "email"), Some("eve@example.com"));
}

#[test]
fn sign_in_does_not_continue_as_another_user_with_the_same_name() {
    const NEW: &str = "Another-horse2";
    let pool = Pool::new(settings().mfa(Mfa::Optional).pool_member(
        "SmsConfiguration",
        json!({
            "SnsCallerArn": "arn:aws:iam::123456789012:role/sms"
        }),
    ));
    let create = |password: &str| {
        pool.user("ann");
        pool.set_password("ann", password);
        pool.admin_update("ann", &[("phone_number", "+15550001234")]).unwrap();
        let factor = json!({ "Enabled": true, "PreferredMfa": true });
        let input = json!({ "Username": "ann", "SMSMfaSettings": factor });
        pool.call("AdminSetUserMFAPreference", input);
    };
    // The same applies to a sign-in that started before the user existed.
    let parameters = json!({ "USERNAME": "ann", "SRP_A": pair().srp_a() });
    pool.initiate("USER_SRP_AUTH", parameters).unwrap_err();
    create(PASSWORD);
    let srp = pair();
    let parameters = json!({ "USERNAME": "ann", "SRP_A": srp.srp_a() });
    let proof = pool.initiate("USER_SRP_AUTH", parameters).unwrap();
    let challenge = pool.password_sign_in("ann", PASSWORD).unwrap();
    let code = json!({ "SMS_MFA_CODE": pool.code("ann") });
    pool.call("AdminDeleteUser", json!({ "Username": "ann" }));
    create(NEW);
    let refused = pool.respond(&challenge, code).unwrap_err();
    assert_eq!(refused, not_authorized("Invalid session for the user."));
    let refused = pool.prove(srp, &proof, PASSWORD).unwrap_err();
    assert_eq!(refused, not_authorized("Incorrect username or password."));
    let challenge = pool.password_sign_in("ann", NEW).unwrap();
    result(&pool.respond(&challenge, json!({ "SMS_MFA_CODE": pool.code("ann") })).unwrap());
}
