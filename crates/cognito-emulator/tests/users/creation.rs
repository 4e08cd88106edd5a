//! Users created by administrators: invitations, temporary passwords, and aliases.

use cognito_emulator::MessageText;
use serde_json::{Value, json};

use crate::support::{
    PASSWORD, Pool, Refusal, attribute, invalid_parameter, not_authorized, refusal, result,
    settings, with,
};

const EMAIL: &str = "alice@example.com";
const DAY: u64 = 86_400;

/// Creates a user with an e-mail address and the members of the request.
fn create(pool: &Pool, username: &str, more: Value) -> Result<Value, Refusal> {
    let mut input = json!({
        "Username": username, "UserAttributes": [{ "Name": "email", "Value": EMAIL }]
    });
    for (name, value) in more.as_object().unwrap() {
        input = with(input, name, value.clone());
    }
    pool.try_call("AdminCreateUser", input)
}

fn by_mail(more: Value) -> Value {
    with(more, "DesiredDeliveryMediums", json!(["EMAIL"]))
}

fn invitations(pool: &Pool) -> usize {
    pool.0.emulator().outbox().len()
}

#[test]
fn new_user_is_invited_and_sets_a_password() {
    let pool = Pool::new(settings());
    let made = create(&pool, "alice", by_mail(json!({}))).unwrap();
    assert_eq!(made["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(made["User"]["Enabled"], true);
    let [invitation] = &pool.0.emulator().outbox()[..] else { panic!("one invitation") };
    assert_eq!(invitation.destination, EMAIL);
    let challenge = pool.password_sign_in("alice", &invitation.code).unwrap();
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let done = pool.respond(&challenge, json!({ "NEW_PASSWORD": PASSWORD })).unwrap();
    assert!(result(&done)["AccessToken"].is_string());
    let taken = create(&pool, "alice", json!({})).unwrap_err();
    assert_eq!(taken, refusal("UsernameExistsException", "User account already exists"));
}

#[test]
fn invitations_are_sent_by_the_requested_media() {
    let pool = Pool::new(settings());
    create(&pool, "nobody", json!({})).unwrap();
    assert_eq!(invitations(&pool), 0, "the user has no telephone number for the text message");
    create(&pool, "silent", by_mail(json!({ "MessageAction": "SUPPRESS" }))).unwrap();
    assert_eq!(invitations(&pool), 0);
    let attributes =
        json!([{ "Name": "email", "Value": EMAIL }, { "Name": "phone_number", "Value": "+1555" }]);
    let input = json!({
        "Username": "both", "UserAttributes": attributes,
        "DesiredDeliveryMediums": ["EMAIL", "SMS"]
    });
    pool.call("AdminCreateUser", input);
    assert_eq!(invitations(&pool), 2);
    let sms = json!({ "DesiredDeliveryMediums": ["SMS"] });
    let refused = create(&pool, "carol", sms).unwrap_err();
    assert_eq!(refused, invalid_parameter("The user has no phone_number."));
    let mediums = json!({ "DesiredDeliveryMediums": ["PIGEON"] });
    let refused = create(&pool, "carol", mediums).unwrap_err();
    let message = "1 validation error detected: Value '[PIGEON]' at 'desiredDeliveryMediums' failed to \
                   satisfy constraint: Member must satisfy constraint: [Member must satisfy enum \
                   value set: [SMS, EMAIL]]";
    assert_eq!(refused, invalid_parameter(message));
    let action = json!({ "MessageAction": "SHOUT" });
    assert_eq!(create(&pool, "carol", action).unwrap_err().0, "InvalidParameterException");
}

#[test]
fn invitation_without_a_placeholder_for_the_password_is_not_sent() {
    let invite = |message: &str| {
        let config = json!({ "InviteMessageTemplate": { "EmailMessage": message } });
        let pool = Pool::new(settings().pool_member("AdminCreateUserConfig", config));
        create(&pool, "alice", by_mail(json!({}))).unwrap();
        invitations(&pool)
    };
    assert_eq!(invite("You are {username}, your password is {####}"), 1);
    assert_eq!(invite("Welcome, {username}"), 0);
}

#[test]
fn custom_message_of_an_invitation_receives_the_user() {
    let pool = Pool::new(settings().custom_message(|message| {
        let address = message.attributes.get("email").cloned().unwrap_or_default();
        Ok(MessageText::default().email("Welcome", format!("{address}: {{####}}")))
    }));
    create(&pool, "alice", by_mail(json!({ "TemporaryPassword": "Temporary-7" }))).unwrap();
    assert_eq!(pool.0.emulator().outbox()[0].text, format!("{EMAIL}: Temporary-7"));
}

#[test]
fn resending_replaces_the_temporary_password() {
    let pool = Pool::new(settings());
    create(&pool, "alice", by_mail(json!({}))).unwrap();
    let first = pool.code("alice");
    pool.advance(8 * DAY);
    let expired = pool.password_sign_in("alice", &first).unwrap_err();
    let message = "Temporary password has expired and must be reset by an administrator.";
    assert_eq!(expired, not_authorized(message));
    let resend = by_mail(json!({ "MessageAction": "RESEND" }));
    let again = create(&pool, "alice", resend.clone()).unwrap();
    assert_eq!(again["User"]["Username"], "alice");
    let second = pool.code("alice");
    assert_ne!(first, second);
    assert_eq!(pool.password_sign_in("alice", &first).unwrap_err().0, "NotAuthorizedException");
    pool.advance(6 * DAY);
    let challenge = pool.password_sign_in("alice", &second).unwrap();
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");

    let own = with(resend.clone(), "TemporaryPassword", "Own-secret-7".into());
    create(&pool, "alice", own).unwrap();
    assert_eq!(pool.code("alice"), "Own-secret-7");

    pool.set_password("alice", PASSWORD);
    let refused = create(&pool, "alice", resend.clone()).unwrap_err();
    let message = "Resend not possible. alice status is not FORCE_CHANGE_PASSWORD";
    assert_eq!(refused, refusal("UnsupportedUserStateException", message));
    let refused = create(&pool, "nobody", resend).unwrap_err();
    assert_eq!(refused, refusal("UserNotFoundException", "User does not exist."));
}

#[test]
fn temporary_passwords_expire_by_the_setting_of_the_pool() {
    let lasts = |settings: cognito_emulator::PoolSettings, days: u64| {
        let pool = Pool::new(settings);
        create(&pool, "alice", by_mail(json!({}))).unwrap();
        let password = pool.code("alice");
        pool.advance(days * DAY - 60);
        assert!(pool.password_sign_in("alice", &password).is_ok(), "{days}");
        pool.advance(60);
        assert!(pool.password_sign_in("alice", &password).is_err(), "{days}");
    };
    let policy = |days: u64| json!({ "PasswordPolicy": { "TemporaryPasswordValidityDays": days } });
    let unused = json!({ "UnusedAccountValidityDays": 90 });
    lasts(settings(), 7);
    lasts(settings().pool_member("Policies", policy(2)), 2);
    lasts(settings().pool_member("AdminCreateUserConfig", unused), 90);
}

#[test]
fn sign_up_is_rejected_if_only_administrators_create_users() {
    let config = json!({ "AllowAdminCreateUserOnly": true });
    let pool = Pool::new(settings().pool_member("AdminCreateUserConfig", config));
    let refused = pool.refused("SignUp", json!({ "Username": "alice", "Password": PASSWORD }));
    assert_eq!(refused, not_authorized("SignUp is not permitted for this user pool"));
    assert!(create(&pool, "alice", json!({})).is_ok());
}

#[test]
fn alias_belongs_to_one_user() {
    let pool = Pool::new(settings().pool_member("AliasAttributes", json!(["email"])));
    let verified = json!([
        { "Name": "email", "Value": EMAIL }, { "Name": "email_verified", "Value": "true" },
    ]);
    let create = |username: &str, force: bool| {
        let input = json!({
            "Username": username, "UserAttributes": verified, "ForceAliasCreation": force,
            "MessageAction": "SUPPRESS"
        });
        pool.try_call("AdminCreateUser", input)
    };
    let user = |name: &str| pool.call("AdminGetUser", json!({ "Username": name }));
    create("alice", false).unwrap();
    assert_eq!(user(EMAIL)["Username"], "alice");
    let message = "An account with the given email already exists.";
    let taken = refusal("AliasExistsException", message);
    assert_eq!(create("bob", false).unwrap_err(), taken);
    create("bob", true).unwrap();
    assert_eq!(user(EMAIL)["Username"], "bob");
    assert_eq!(attribute(&user("alice"), "email"), Some(EMAIL));
    assert_eq!(attribute(&user("alice"), "email_verified"), Some("false"));
    let flag = json!([{ "Name": "email_verified", "Value": "true" }]);
    let input = json!({ "Username": "alice", "UserAttributes": flag });
    assert_eq!(
        pool.refused("AdminUpdateUserAttributes", input),
        taken,
        "the flag alone does not verify"
    );
    let alone = json!([{ "Name": "email_verified", "Value": "true" }]);
    let input = json!({ "Username": "carol", "UserAttributes": alone });
    let refused = pool.refused("AdminCreateUser", input);
    assert_eq!(refused, invalid_parameter("The user has no email."));
}

#[test]
fn force_alias_creation_moves_an_alias_at_confirmation() {
    let pool = Pool::new(settings().pool_member("AliasAttributes", json!(["email"])));
    let mut codes = ["alice", "bob"].into_iter().map(|username| {
        let attributes = json!([{ "Name": "email", "Value": EMAIL }]);
        let input =
            json!({ "Username": username, "Password": PASSWORD, "UserAttributes": attributes });
        pool.call("SignUp", input);
        pool.code(username)
    });
    let [alice, bob] = [(); 2].map(|()| codes.next().unwrap());
    let confirm = |username: &str, code: &str, force: bool| {
        let input =
            json!({ "Username": username, "ConfirmationCode": code, "ForceAliasCreation": force });
        pool.try_call("ConfirmSignUp", input)
    };
    confirm("alice", &alice, false).unwrap();
    assert_eq!(confirm("bob", &bob, false).unwrap_err().0, "AliasExistsException");
    confirm("bob", &bob, true).unwrap();
    let holder = pool.call("AdminGetUser", json!({ "Username": EMAIL }));
    assert_eq!(holder["Username"], "bob");
}

#[test]
fn attributes_in_a_new_password_response_are_validated() {
    let level = json!({
        "Name": "level", "AttributeDataType": "Number",
        "NumberAttributeConstraints": { "MinValue": "1", "MaxValue": "5" }
    });
    let pool = settings().pool_member("Schema", json!([level]));
    let pool = Pool::new(pool.pool_member("AliasAttributes", json!(["preferred_username"])));
    pool.user("bob");
    pool.user("carol");
    let nick = json!([{ "Name": "preferred_username", "Value": "nick" }]);
    let input = json!({ "Username": "bob", "UserAttributes": nick });
    pool.call("AdminUpdateUserAttributes", input);
    create(&pool, "alice", json!({ "TemporaryPassword": PASSWORD })).unwrap();
    let challenge = pool.password_sign_in("alice", PASSWORD).unwrap();
    let give = |name: &str, value: &str| {
        let name = format!("userAttributes.{name}");
        let responses = json!({ "NEW_PASSWORD": "Better-horse2", name: value });
        pool.respond(&challenge, responses).map_err(|(exception, _)| exception)
    };
    for (name, value, exception) in [
        ("custom:level", "9", "InvalidParameterException"),
        ("custom:unknown", "9", "InvalidParameterException"),
        ("phone_number", "555", "InvalidParameterException"),
        ("phone_number_verified", "true", "NotAuthorizedException"),
        ("sub", "of-another", "NotAuthorizedException"),
        ("preferred_username", "nick", "AliasExistsException"),
        ("preferred_username", "carol", "AliasExistsException"),
    ] {
        assert_eq!(give(name, value), Err(exception.to_owned()), "{name}");
    }
    assert!(pool.password_sign_in("alice", PASSWORD).is_ok(), "the password is unchanged");
    assert!(give("custom:level", "5").is_ok());
}

#[test]
fn malformed_addresses_are_rejected() {
    let pool = Pool::new(settings());
    let give = |name: &str, value: &str| {
        let attributes = json!([{ "Name": name, "Value": value }]);
        let username = format!("user-{}", value.len());
        let input = json!({ "Username": username, "UserAttributes": attributes });
        pool.try_call("AdminCreateUser", input).map(drop)
    };
    for wrong in ["alice", "alice@", "@example.com", "ali\u{a0}ce@example.com"] {
        let refused = Err(invalid_parameter("Invalid email address format."));
        assert_eq!(give("email", wrong), refused, "{wrong}");
    }
    for wrong in ["555", "+", "+49 151", "+1234567890123456", "+12a"] {
        let refused = Err(invalid_parameter("Invalid phone number format."));
        assert_eq!(give("phone_number", wrong), refused, "{wrong}");
    }
    assert_eq!(give("email", "a+b@example.com"), Ok(()));
    assert_eq!(give("phone_number", "+4915112345678"), Ok(()));
}
