//! Triggers of custom sign-ins and of sign-ups.

use std::sync::{Arc, Mutex};

use cognito_emulator::{
    ChallengeResult, CustomChallengeParameters, Mfa, NextStep, PoolSettings, SignUpDecision,
};
use serde_json::{Value, json};

use crate::support::{
    PASSWORD, Pool, Refusal, attribute, claims, invalid_parameter, not_authorized, pair, refusal,
    result, settings,
};

/// The events that DefineAuthChallenge received: challenges with their results, and ClientMetadata.
type Seen = Arc<Mutex<Vec<String>>>;

fn line(result: &ChallengeResult) -> String {
    format!("{}:{}", result.name, result.correct)
}

/// Returns triggers that ask for a word up to three times, after SRP if the client starts with it.
fn riddle(seen: &Seen) -> PoolSettings {
    let seen = Arc::clone(seen);
    settings()
        .define_auth_challenge(move |sign_in| {
            let lines: Vec<String> = sign_in.session.iter().map(line).collect();
            let metadata = sign_in.client_metadata.get("from").cloned().unwrap_or_default();
            seen.lock().unwrap().push(format!("{}|{metadata}", lines.join(",")));
            let custom = |step: &&ChallengeResult| step.name == "CUSTOM_CHALLENGE";
            let tries = sign_in.session.iter().filter(custom).count();
            match sign_in.session.last() {
                Some(step) if step.name == "SRP_A" => NextStep::PasswordVerifier,
                Some(step) if step.name == "CUSTOM_CHALLENGE" && step.correct => {
                    NextStep::IssueTokens
                }
                _ if tries == 3 => NextStep::Fail,
                _ => NextStep::CustomChallenge,
            }
        })
        .create_auth_challenge(|sign_in| {
            let word = sign_in.attributes.get("email").cloned().unwrap_or_default();
            let question = format!("try {}", sign_in.session.len());
            CustomChallengeParameters::default().public("question", question).private("word", word)
        })
        .verify_auth_challenge(|given| given.private.get("word") == Some(&given.answer))
}

fn respond(pool: &Pool, challenge: &Value, word: &str) -> Result<Value, Refusal> {
    pool.try_call(
        "RespondToAuthChallenge",
        json!({
            "ChallengeName": challenge["ChallengeName"], "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "alice", "ANSWER": word },
            "ClientMetadata": { "from": "client" }
        }),
    )
}

#[test]
fn triggers_control_a_sign_in() {
    let seen = Seen::default();
    let pool = Pool::new(riddle(&seen));
    pool.user("alice");
    let challenge = pool.initiate("CUSTOM_AUTH", json!({ "USERNAME": "alice" })).unwrap();
    assert_eq!(challenge["ChallengeName"], "CUSTOM_CHALLENGE");
    let parameters = json!({ "USERNAME": "alice", "question": "try 0" });
    assert_eq!(
        challenge["ChallengeParameters"], parameters,
        "private parameters are not in the response"
    );
    let second = respond(&pool, &challenge, "wrong").unwrap();
    assert_eq!(second["ChallengeParameters"]["question"], "try 1");
    let once = not_authorized("Invalid session for the user, session can only be used once.");
    assert_eq!(respond(&pool, &challenge, "alice@example.com").unwrap_err(), once);
    let tokens = result(&respond(&pool, &second, "alice@example.com").unwrap());
    assert_eq!(claims(&tokens["AccessToken"])["username"], "alice");
    let expected = [
        "|",
        "CUSTOM_CHALLENGE:false|client",
        "CUSTOM_CHALLENGE:false,CUSTOM_CHALLENGE:true|client",
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn a_trigger_ends_a_sign_in_that_fails() {
    let pool = Pool::new(riddle(&Seen::default()));
    pool.user("alice");
    let mut challenge = pool.initiate("CUSTOM_AUTH", json!({ "USERNAME": "alice" })).unwrap();
    for _ in 0..2 {
        challenge = respond(&pool, &challenge, "wrong").unwrap();
    }
    let refused = respond(&pool, &challenge, "wrong").unwrap_err();
    assert_eq!(refused, not_authorized("Incorrect username or password."));
    let once = not_authorized("Invalid session for the user, session can only be used once.");
    assert_eq!(respond(&pool, &challenge, "alice@example.com").unwrap_err(), once);
}

#[test]
fn tokens_for_a_hidden_user_are_rejected_like_a_wrong_password() {
    let settings = settings()
        .client_member("PreventUserExistenceErrors", "ENABLED")
        .define_auth_challenge(|_| NextStep::IssueTokens);
    let rejected = Pool::new(settings).initiate("CUSTOM_AUTH", json!({ "USERNAME": "unknown" }));
    assert_eq!(rejected.unwrap_err(), not_authorized("Incorrect username or password."));
}

#[test]
fn srp_comes_first_if_the_client_sends_srp_a() {
    let seen = Seen::default();
    let pool = Pool::new(
        riddle(&seen)
            .mfa(Mfa::Optional)
            .pool_member("EmailMfaConfiguration", json!({ "Subject": "Code" })),
    );
    pool.user("alice");
    pool.call(
        "AdminSetUserMFAPreference",
        json!({
            "Username": "alice", "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true }
        }),
    );
    let pair = pair();
    let parameters =
        json!({ "USERNAME": "alice", "CHALLENGE_NAME": "SRP_A", "SRP_A": pair.srp_a() });
    let challenge = pool.initiate("CUSTOM_AUTH", parameters).unwrap();
    assert_eq!(challenge["ChallengeName"], "PASSWORD_VERIFIER");
    assert!(challenge["Session"].is_string());
    let challenge = pool.prove(pair, &challenge, PASSWORD).unwrap();
    assert_eq!(challenge["ChallengeName"], "EMAIL_OTP", "the factor is requested in between");
    let code = json!({ "EMAIL_OTP_CODE": pool.code("alice") });
    let challenge = pool.respond(&challenge, code).unwrap();
    assert_eq!(challenge["ChallengeName"], "CUSTOM_CHALLENGE");
    result(&respond(&pool, &challenge, "alice@example.com").unwrap());
    let seen = seen.lock().unwrap();
    assert_eq!(seen[1], "SRP_A:true,PASSWORD_VERIFIER:true,EMAIL_OTP:true|");
}

#[test]
fn devices_are_tracked_after_a_password() {
    let tracking = json!({ "ChallengeRequiredOnNewDevice": true });
    let pool = Pool::new(riddle(&Seen::default()).pool_member("DeviceConfiguration", tracking));
    pool.user("alice");
    let challenge = pool.initiate("CUSTOM_AUTH", json!({ "USERNAME": "alice" })).unwrap();
    let tokens = result(&respond(&pool, &challenge, "alice@example.com").unwrap());
    assert!(tokens.get("NewDeviceMetadata").is_none());
}

#[test]
fn without_triggers_there_is_no_custom_sign_in() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let refused = pool.initiate("CUSTOM_AUTH", json!({ "USERNAME": "alice" })).unwrap_err();
    let message = "Custom auth lambda trigger is not configured for the user pool.";
    assert_eq!(refused, invalid_parameter(message));
}

#[test]
fn pre_sign_up_decides_on_sign_ups() {
    let pool = Pool::new(settings().pre_sign_up(|sign_up| {
        let text = |map: &std::collections::BTreeMap<String, String>, name: &str| {
            map.get(name).cloned().unwrap_or_default()
        };
        match text(&sign_up.validation_data, "invitation").as_str() {
            "" => Err(format!("no invitation, {}", text(&sign_up.client_metadata, "name"))),
            "gold" => Ok(SignUpDecision::default().confirm().verify_email()),
            _ => Ok(SignUpDecision::default()),
        }
    }));
    let sign_up = |name: &str, validation: Value| {
        pool.try_call(
            "SignUp",
            json!({
                "Username": name, "Password": PASSWORD, "ClientMetadata": { "name": "sorry" },
                "UserAttributes": [{ "Name": "email", "Value": "a@example.com" }],
                "ValidationData": validation
            }),
        )
    };
    let invited = |value: &str| json!([{ "Name": "invitation", "Value": value }]);
    let refused = sign_up("uninvited", json!([])).unwrap_err();
    let message = "PreSignUp failed with error no invitation, sorry.";
    assert_eq!(refused, refusal("UserLambdaValidationException", message));
    let unknown = refusal("UserNotFoundException", "User does not exist.");
    assert_eq!(pool.refused("AdminGetUser", json!({ "Username": "uninvited" })), unknown);

    let confirmed = sign_up("golden", invited("gold")).unwrap();
    assert_eq!(confirmed["UserConfirmed"], true);
    assert!(confirmed.get("CodeDeliveryDetails").is_none());
    let user = pool.call("AdminGetUser", json!({ "Username": "golden" }));
    assert_eq!(user["UserStatus"], "CONFIRMED");
    assert_eq!(attribute(&user, "email_verified"), Some("true"));
    let input = json!({
        "AuthFlow": "USER_AUTH", "Session": confirmed["Session"],
        "AuthParameters": { "USERNAME": "golden" }
    });
    result(&pool.call("InitiateAuth", input));

    assert_eq!(sign_up("silver", invited("silver")).unwrap()["UserConfirmed"], false);
    let input = json!({ "Username": "admins" });
    assert_eq!(pool.refused("AdminCreateUser", input).0, "UserLambdaValidationException");
}
