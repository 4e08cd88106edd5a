//! User names: rejected formats, and names in case-insensitive pools.

use std::sync::{Arc, Mutex};

use cognito_emulator::PoolSettings;
use serde_json::json;

use crate::support::{
    PASSWORD, Pool, claims, invalid_parameter, pair, refusal, result, settings, text, with,
};

const EMAIL: [(&str, &str); 1] = [("email", "Ann@Example.com")];

fn without_case() -> PoolSettings {
    settings().pool_member("UsernameConfiguration", json!({ "CaseSensitive": false }))
}

#[test]
fn name_that_looks_like_an_alias_is_refused() {
    let pool = |alias: &str| Pool::new(settings().pool_member("AliasAttributes", json!([alias])));
    for by_administrator in [false, true] {
        let create = |pool: &Pool, name: &str| match by_administrator {
            true => pool.admin_create(name, &[]),
            false => pool.sign_up(name, &[]),
        };
        let (email, phone) = (pool("email"), pool("phone_number"));
        let message = "Username cannot be of email format, since user pool is configured for \
                       email alias.";
        assert_eq!(create(&email, "a@b.io").unwrap_err(), invalid_parameter(message));
        create(&email, "+15550001234").unwrap();
        let message = "Username cannot be of phone number format, since user pool is configured \
                       for phone number alias.";
        assert_eq!(create(&phone, "+15550001234").unwrap_err(), invalid_parameter(message));
        create(&phone, "a@b.io").unwrap();
        create(&phone, "15550001234").unwrap();
    }
}

#[test]
fn preferred_name_of_an_unconfirmed_user_is_not_an_alias() {
    let pool = Pool::new(settings().pool_member("AliasAttributes", json!(["preferred_username"])));
    let nick = [("preferred_username", "nick")];
    let message = "Preferred username cannot be provided for unconfirmed account, since user pool \
                   is configured for preferred username alias.";
    assert_eq!(pool.sign_up("ann", &nick).unwrap_err(), invalid_parameter(message));
    pool.sign_up("ann", &EMAIL).unwrap();
    assert_eq!(pool.admin_update("ann", &nick).unwrap_err(), invalid_parameter(message));
    let input = json!({ "Username": "ann", "ConfirmationCode": pool.code("ann") });
    pool.call("ConfirmSignUp", input);
    pool.admin_update("ann", &nick).unwrap();
    assert_eq!(pool.read("nick")["Username"], "ann");
    Pool::new(settings()).sign_up("ann", &nick).unwrap();
}

#[test]
fn name_is_returned_in_lower_case() {
    let pool = Pool::new(without_case());
    pool.sign_up("AnnLee", &EMAIL).unwrap();
    let code = pool.code("ANNLEE");
    pool.call("ConfirmSignUp", json!({ "Username": "annLee", "ConfirmationCode": code }));
    let made = pool.admin_create("BobLee", &[]).unwrap();
    assert_eq!(made["User"]["Username"], "boblee");
    assert_eq!(pool.read("AnnLee")["Username"], "annlee");
    assert_eq!(pool.value("annlee", "email").as_deref(), Some("Ann@Example.com"));
    let taken = refusal("UsernameExistsException", "User already exists");
    assert_eq!(pool.sign_up("ANNLEE", &EMAIL).unwrap_err(), taken);
    for filter in [r#"username = "annlee""#, r#"username = "AnnLee""#, r#"username ^= "aNN""#] {
        let page = pool.call("ListUsers", json!({ "Filter": filter }));
        assert_eq!(page["Users"][0]["Username"], "annlee", "{filter}");
    }
    let tokens = pool.tokens("AnnLee");
    assert_eq!(claims(&tokens["AccessToken"])["username"], "annlee");
    assert_eq!(claims(&tokens["IdToken"])["cognito:username"], "annlee");
    let user = pool.call("GetUser", json!({ "AccessToken": tokens["AccessToken"] }));
    assert_eq!(user["Username"], "annlee");
    let messages = pool.0.emulator().outbox();
    assert!(messages.iter().all(|message| message.username == "annlee"));
}

#[test]
fn challenge_response_accepts_the_name_in_any_case() {
    let pool = Pool::new(without_case());
    pool.admin_create("AnnLee", &EMAIL).unwrap();
    pool.set_password("AnnLee", PASSWORD);
    let srp = pair();
    let parameters = json!({ "USERNAME": "AnnLee", "SRP_A": srp.srp_a() });
    let challenge = pool.initiate("USER_SRP_AUTH", parameters).unwrap();
    let parameters = &challenge["ChallengeParameters"];
    assert_eq!(parameters["USER_ID_FOR_SRP"], "annlee");
    let id = pool.0.id();
    let identity = cognito_srp::Identity::user(id.pool_name(), "annlee");
    let claim = with(pool.claim(srp, identity, &challenge, PASSWORD), "USERNAME", "AnnLee".into());
    result(&pool.respond(&challenge, claim).unwrap());

    let choice = pool.initiate("USER_AUTH", json!({ "USERNAME": "AnnLee" })).unwrap();
    let password = json!({ "USERNAME": "ANNLEE", "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
    result(&pool.respond(&choice, password).unwrap());
}

#[test]
fn triggers_receive_names_in_lower_case() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let [a, b, c, d] = [(); 4].map(|()| Arc::clone(&seen));
    let pool = Pool::new(
        without_case()
            .client_member("PreventUserExistenceErrors", "ENABLED")
            .pre_sign_up(move |event| {
                a.lock().unwrap().push(event.username.clone());
                Ok(cognito_emulator::SignUpDecision::default().confirm())
            })
            .post_confirmation(move |event| {
                b.lock().unwrap().push(event.username.clone());
                Ok(())
            })
            .pre_authentication(move |event| {
                c.lock().unwrap().push(event.username.clone());
                Ok(())
            })
            .user_migration(move |event| {
                d.lock().unwrap().push(event.username.clone());
                Ok(None)
            }),
    );
    pool.sign_up("AnnLee", &EMAIL).unwrap();
    pool.tokens("AnnLEE");
    pool.password_sign_in("AnnLees", PASSWORD).unwrap_err();
    let expected = ["annlee", "annlee", "annlee", "annlees", "annlees"];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn unknown_user_is_the_same_in_any_case() {
    let pool = Pool::new(without_case().client_member("PreventUserExistenceErrors", "ENABLED"));
    let forgot = |name: &str| pool.call("ForgotPassword", json!({ "Username": name }));
    assert_eq!(forgot("Nobody"), forgot("nobody"));
    let salt = |name: &str| {
        let parameters = json!({ "USERNAME": name, "SRP_A": pair().srp_a() });
        let challenge = pool.initiate("USER_SRP_AUTH", parameters).unwrap();
        let parameters = &challenge["ChallengeParameters"];
        (text(&parameters["SALT"]), text(&parameters["USER_ID_FOR_SRP"]))
    };
    assert_eq!(salt("Nobody"), salt("nobody"));
}

#[test]
fn names_are_case_sensitive_if_the_pool_is() {
    let pool = Pool::new(settings());
    pool.admin_create("AnnLee", &[]).unwrap();
    pool.admin_create("annlee", &[]).unwrap();
    assert_eq!(pool.read("AnnLee")["Username"], "AnnLee");
    assert_eq!(
        pool.refused("AdminGetUser", json!({ "Username": "ANNLEE" })).0,
        "UserNotFoundException"
    );
}

#[test]
fn user_name_must_be_an_address_in_pools_with_username_attributes() {
    for (names, message) in [
        (json!(["email"]), "Username should be an email."),
        (json!(["phone_number"]), "Username should be a phone number."),
        (json!(["email", "phone_number"]), "Username should be either an email or a phone number."),
    ] {
        let pool = Pool::new(settings().pool_member("UsernameAttributes", names));
        for name in ["ann", "ann@", "@example.com", "+", "5550001234"] {
            assert_eq!(pool.sign_up(name, &[]).unwrap_err(), invalid_parameter(message), "{name}");
            assert_eq!(pool.admin_create(name, &[]).unwrap_err(), invalid_parameter(message));
        }
    }
}

#[test]
fn administrators_can_name_a_user_in_any_case() {
    let pool = Pool::new(without_case());
    pool.admin_create("AnnLee", &[EMAIL[0], ("email_verified", "true")]).unwrap();
    pool.set_password("annlee", PASSWORD);
    pool.call("CreateGroup", json!({ "GroupName": "Staff" }));
    let (user, member) = ("ANNLEE", json!({ "Username": "ANNLee", "GroupName": "Staff" }));
    pool.call("AdminAddUserToGroup", member.clone());
    let users = pool.call("ListUsersInGroup", json!({ "GroupName": "Staff" }));
    assert_eq!(users["Users"][0]["Username"], "annlee");
    let groups = pool.call("AdminListGroupsForUser", json!({ "Username": user }));
    assert_eq!(groups["Groups"][0]["GroupName"], "Staff");
    assert_eq!(claims(&pool.tokens(user)["IdToken"])["cognito:groups"], json!(["Staff"]));
    let sessions = pool.call("AdminListUserSessions", json!({ "Username": user }));
    assert_eq!(sessions["Sessions"].as_array().unwrap().len(), 1);
    for operation in [
        "AdminListDevices",
        "AdminGetUserAuthFactors",
        "AdminUserGlobalSignOut",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminResetUserPassword",
    ] {
        pool.call(operation, json!({ "Username": user }));
    }
    assert_eq!(pool.read("annlee")["UserStatus"], "RESET_REQUIRED");
    pool.call("AdminRemoveUserFromGroup", member);
    pool.call("AdminDeleteUser", json!({ "Username": user }));
    pool.admin_create("annLEE", &[]).unwrap();
}

#[test]
fn name_that_is_too_long_in_lower_case_is_rejected() {
    let pool = Pool::new(without_case());
    // The small letter has two characters.
    let (short, long) = ("\u{130}".repeat(64), "\u{130}".repeat(65));
    for (name, is_accepted) in [(&short, true), (&long, false)] {
        let created = [pool.sign_up(name, &EMAIL), pool.admin_create(name, &[])];
        let [signed_up, by_administrator] = created.map(|created| created.map_err(|error| error.0));
        match is_accepted {
            true => assert_eq!(by_administrator.unwrap_err(), "UsernameExistsException"),
            false => assert_eq!(by_administrator.unwrap_err(), "InvalidParameterException"),
        }
        assert_eq!(signed_up.is_ok(), is_accepted);
    }
    let stored = pool.read(&short)["Username"].clone();
    assert_eq!(pool.read(stored.as_str().unwrap())["Username"], stored);
}
