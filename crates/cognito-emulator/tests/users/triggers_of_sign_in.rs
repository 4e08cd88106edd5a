//! Triggers before and after sign-ins, confirmations and migrations.

use std::sync::{Arc, Mutex, OnceLock};

use cognito_emulator::{LocalPool, MigratedUser, SignUpDecision};
use serde_json::json;

use crate::support::{
    PASSWORD, Pool, attribute, invalid_parameter, not_authorized, refusal, result, settings,
};

/// The events that triggers received, one per line.
type Seen = Arc<Mutex<Vec<String>>>;

fn lines(seen: &Seen) -> Vec<String> {
    std::mem::take(&mut seen.lock().unwrap())
}

fn sign_up(pool: &Pool, username: &str) {
    let email = format!("{username}@example.com");
    let input = json!({
        "Username": username, "Password": PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": email }]
    });
    pool.call("SignUp", input);
}

#[test]
fn post_confirmation_receives_confirmations() {
    let seen = Seen::default();
    let inner = Arc::clone(&seen);
    let settings = settings()
        .pre_sign_up(|sign_up| match sign_up.username.as_str() {
            "auto" => Ok(SignUpDecision::default().confirm()),
            _ => Ok(SignUpDecision::default()),
        })
        .post_confirmation(move |confirmed| {
            let status = confirmed.attributes.get("cognito:user_status").cloned();
            let from = confirmed.client_metadata.get("from").cloned().unwrap_or_default();
            inner.lock().unwrap().push(format!(
                "{} {} {} {from}",
                confirmed.username,
                confirmed.forgot_password,
                status.unwrap_or_default()
            ));
            Ok(())
        });
    let pool = Pool::new(settings);
    sign_up(&pool, "auto");
    assert_eq!(lines(&seen), ["auto false CONFIRMED "]);
    sign_up(&pool, "alice");
    assert!(lines(&seen).is_empty());
    let code = pool.code("alice");
    let wrong = json!({ "Username": "alice", "ConfirmationCode": "x" });
    pool.refused("ConfirmSignUp", wrong);
    assert!(lines(&seen).is_empty(), "no user was confirmed");
    let input = json!({
        "Username": "alice", "ConfirmationCode": code, "ClientMetadata": { "from": "app" }
    });
    pool.call("ConfirmSignUp", input);
    assert_eq!(lines(&seen), ["alice false CONFIRMED app"]);
    sign_up(&pool, "bob");
    pool.call("AdminConfirmSignUp", json!({ "Username": "bob" }));
    assert_eq!(lines(&seen), ["bob false CONFIRMED "]);
    pool.call("ForgotPassword", json!({ "Username": "alice" }));
    let input = json!({
        "Username": "alice", "ConfirmationCode": pool.code("alice"), "Password": "Other-horse1"
    });
    pool.call("ConfirmForgotPassword", input);
    assert_eq!(lines(&seen), ["alice true CONFIRMED "]);
}

#[test]
fn post_confirmation_may_call_the_pool() {
    let pool: Arc<OnceLock<LocalPool>> = Arc::default();
    let inner = Arc::clone(&pool);
    let settings = settings().post_confirmation(move |confirmed| {
        let pool = inner.get().unwrap();
        let input = json!({ "Username": confirmed.username, "GroupName": "members" });
        pool.call("AdminAddUserToGroup", input).map_err(|error| error.to_string())?;
        Err("and yet".to_owned())
    });
    let made = Pool::new(settings);
    pool.set(made.0.clone()).unwrap();
    made.call("CreateGroup", json!({ "GroupName": "members" }));
    sign_up(&made, "alice");
    let code = made.code("alice");
    let refused =
        made.refused("ConfirmSignUp", json!({ "Username": "alice", "ConfirmationCode": code }));
    let message = "PostConfirmation failed with error and yet.";
    assert_eq!(refused, refusal("UserLambdaValidationException", message));
    let user = made.call("AdminGetUser", json!({ "Username": "alice" }));
    assert_eq!(user["UserStatus"], "CONFIRMED", "the change is not undone");
    let groups = made.call("AdminListGroupsForUser", json!({ "Username": "alice" }));
    assert_eq!(groups["Groups"][0]["GroupName"], "members");
}

#[test]
fn triggers_before_and_after_a_sign_in_can_reject_it() {
    let seen = Seen::default();
    let (before, after) = (Arc::clone(&seen), Arc::clone(&seen));
    let client = json!("ENABLED");
    let settings = settings()
        .client_member("PreventUserExistenceErrors", client)
        .pre_authentication(move |attempt| {
            let from = attempt.validation_data.get("from").cloned().unwrap_or_default();
            let (name, unknown) = (&attempt.username, attempt.user_not_found);
            before.lock().unwrap().push(format!("before {name} {unknown} {from}"));
            if name == "mallory" { Err("not you".to_owned()) } else { Ok(()) }
        })
        .post_authentication(move |done| {
            let metadata = done.client_metadata.len();
            after.lock().unwrap().push(format!("after {} {metadata}", done.username));
            if done.username == "trudy" { Err("nor you".to_owned()) } else { Ok(()) }
        });
    let pool = Pool::new(settings);
    for name in ["alice", "mallory", "trudy"] {
        pool.user(name);
    }
    let sign_in = |name: &str| {
        let parameters = json!({ "USERNAME": name, "PASSWORD": PASSWORD });
        pool.try_call(
            "InitiateAuth",
            json!({
                "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters,
                "ClientMetadata": { "from": "app" }
            }),
        )
    };
    result(&sign_in("alice").unwrap());
    assert_eq!(lines(&seen), ["before alice false app", "after alice 0"]);
    let lambda = |message: &str| refusal("UserLambdaValidationException", message);
    let refused = sign_in("mallory").unwrap_err();
    assert_eq!(refused, lambda("PreAuthentication failed with error not you."));
    assert_eq!(lines(&seen), ["before mallory false app"]);
    let refused = sign_in("trudy").unwrap_err();
    assert_eq!(refused, lambda("PostAuthentication failed with error nor you."));
    assert_eq!(lines(&seen), ["before trudy false app", "after trudy 0"]);
    let refused = sign_in("stranger").unwrap_err();
    assert_eq!(refused, not_authorized("Incorrect username or password."));
    assert_eq!(lines(&seen), ["before stranger true app"]);

    result(&pool.srp_sign_in(json!({ "USERNAME": "alice" }), PASSWORD).unwrap());
    assert_eq!(lines(&seen), ["before alice false ", "after alice 0"]);
}

/// Returns a migration trigger with carol and dave, whose password is "old", and dan, who must
/// change it.
fn old_directory() -> Pool {
    Pool::new(settings().user_migration(|asked| {
        let user = || {
            MigratedUser::default()
                .attribute("email", format!("{}@example.com", asked.username))
                .attribute("email_verified", "true")
        };
        match (asked.username.as_str(), asked.password.as_deref()) {
            ("carol", Some("old") | None) => Ok(Some(user())),
            ("dan", Some("old")) => Ok(Some(user().force_change_password())),
            ("eve", _) => Ok(Some(user().attribute("custom:unknown", "x"))),
            ("frank", _) => Err("the directory is closed".to_owned()),
            ("grace", Some("old")) => Ok(Some(user().reset_required())),
            _ => Ok(None),
        }
    }))
}

#[test]
fn users_are_migrated_with_the_password_of_a_sign_in() {
    let pool = old_directory();
    let unknown = refusal("UserNotFoundException", "User does not exist.");
    assert_eq!(pool.password_sign_in("carol", "wrong").unwrap_err(), unknown);
    result(&pool.password_sign_in("carol", "old").unwrap());
    let carol = pool.call("AdminGetUser", json!({ "Username": "carol" }));
    assert_eq!(carol["UserStatus"], "CONFIRMED");
    assert_eq!(attribute(&carol, "email"), Some("carol@example.com"));
    result(&pool.srp_sign_in(json!({ "USERNAME": "carol" }), "old").unwrap());
    let wrong = not_authorized("Incorrect username or password.");
    assert_eq!(pool.password_sign_in("carol", "wrong").unwrap_err(), wrong, "the user exists now");

    let challenge = pool.password_sign_in("dan", "old").unwrap();
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let reset = pool.password_sign_in("grace", "old").unwrap_err();
    assert_eq!(reset.0, "PasswordResetRequiredException");
    let client_id = pool.0.client_id();
    let failed = format!("Exception migrating user in app client {}", client_id.as_str());
    for name in ["eve", "frank"] {
        let refused = pool.password_sign_in(name, "old").unwrap_err();
        assert_eq!(refused, refusal("UserNotFoundException", &failed));
    }
    let srp = pool.srp_sign_in(json!({ "USERNAME": "henry" }), "old").unwrap_err();
    assert_eq!(srp, unknown, "the request has no password");
}

#[test]
fn users_with_forgotten_passwords_are_migrated() {
    let pool = old_directory();
    pool.call("ForgotPassword", json!({ "Username": "carol" }));
    let input = json!({
        "Username": "carol", "ConfirmationCode": pool.code("carol"), "Password": PASSWORD
    });
    pool.call("ConfirmForgotPassword", input);
    result(&pool.password_sign_in("carol", PASSWORD).unwrap());
    let input = json!({ "Username": "nobody" });
    let unknown = refusal("UserNotFoundException", "Username/client id combination not found.");
    assert_eq!(pool.refused("ForgotPassword", input), unknown);
}

#[test]
fn a_custom_sign_in_needs_a_trigger_for_each_step() {
    let half = settings().define_auth_challenge(|_| cognito_emulator::NextStep::CustomChallenge);
    let pool = Pool::new(half);
    pool.user("alice");
    let refused = pool.initiate("CUSTOM_AUTH", json!({ "USERNAME": "alice" })).unwrap_err();
    let message = "Custom auth lambda trigger is not configured for the user pool.";
    assert_eq!(refused, invalid_parameter(message));
}
