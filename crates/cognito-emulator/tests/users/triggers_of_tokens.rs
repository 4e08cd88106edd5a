//! PreTokenGeneration: changes of claims, scopes and groups.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use cognito_emulator::{Mfa, TokenChanges, TokenOccasion};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Pool, claims, not_authorized, refusal, result, settings, totp};

#[test]
fn claims_are_added_replaced_and_suppressed() {
    let pool = Pool::new(settings().pre_token_generation(|tokens| {
        let email = tokens.attributes.get("email").cloned().unwrap_or_default();
        Ok(TokenChanges::default()
            .claim("tenant", format!("of {email}"))
            .id_claim("plan", json!({ "seats": 3 }))
            .access_claim("email", email)
            .suppress("email_verified")
            .id_claim("sub", "another-user")
            .access_claim("token_use", "id")
            .suppress("exp")
            .add_scope("orders/read")
            .add_scope("orders/read")
            .suppress_scope("aws.cognito.signin.user.admin")
            .groups(["night"]))
    }));
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let (id, access) = (claims(&tokens["IdToken"]), claims(&tokens["AccessToken"]));
    assert_eq!((&id["tenant"], &access["tenant"]), (&json!("of alice@example.com"), &id["tenant"]));
    assert_eq!(id["plan"], json!({ "seats": 3 }));
    assert!(access.get("plan").is_none());
    assert_eq!(access["email"], "alice@example.com");
    assert!(id.get("email_verified").is_none());
    assert_eq!(id["sub"], access["sub"], "the claims that verify a token are unchanged");
    assert_eq!(access["token_use"], "access");
    assert!(id["exp"].is_u64());
    assert_eq!(access["scope"], "orders/read");
    assert_eq!(
        (&id["cognito:groups"], &access["cognito:groups"]),
        (&json!(["night"]), &json!(["night"]))
    );
}

#[test]
fn groups_are_passed_and_can_be_overridden() {
    let pool = Pool::new(settings().pre_token_generation(|tokens| {
        let (groups, roles) = (tokens.groups.join(","), tokens.roles.join(","));
        let seen = format!("{groups} {roles} {:?} {:?}", tokens.preferred_role, tokens.scopes);
        let none: [&str; 0] = [];
        let changes = TokenChanges::default().id_claim("seen", seen).groups(none);
        Ok(changes.roles(["arn:aws:iam::0:role/b"], Some("arn:aws:iam::0:role/b".to_owned())))
    }));
    pool.user("alice");
    let group = json!({ "GroupName": "staff", "RoleArn": "arn:aws:iam::000000000000:role/staff" });
    pool.call("CreateGroup", group);
    pool.call("AdminAddUserToGroup", json!({ "Username": "alice", "GroupName": "staff" }));
    let tokens = pool.tokens("alice");
    let (id, access) = (claims(&tokens["IdToken"]), claims(&tokens["AccessToken"]));
    let role = "arn:aws:iam::000000000000:role/staff";
    let scopes = r#"["aws.cognito.signin.user.admin"]"#;
    assert_eq!(id["seen"], format!("staff {role} Some(\"{role}\") {scopes}"));
    assert!(id.get("cognito:groups").is_none() && access.get("cognito:groups").is_none());
    assert_eq!(id["cognito:roles"], json!(["arn:aws:iam::0:role/b"]));
    assert_eq!(id["cognito:preferred_role"], "arn:aws:iam::0:role/b");
}

#[test]
fn an_override_replaces_groups_and_roles_as_a_whole() {
    for (changes, [groups, roles, preferred]) in [
        (TokenChanges::default().groups(["night"]), [json!(["night"]), Value::Null, Value::Null]),
        (
            TokenChanges::default().roles(["arn:aws:iam::0:role/b"], None),
            [Value::Null, json!(["arn:aws:iam::0:role/b"]), Value::Null],
        ),
    ] {
        let pool = Pool::new(settings().pre_token_generation(move |_| Ok(changes.clone())));
        pool.user("alice");
        let role = "arn:aws:iam::000000000000:role/staff";
        pool.call("CreateGroup", json!({ "GroupName": "staff", "RoleArn": role }));
        pool.call("AdminAddUserToGroup", json!({ "Username": "alice", "GroupName": "staff" }));
        let tokens = pool.tokens("alice");
        let (id, access) = (claims(&tokens["IdToken"]), claims(&tokens["AccessToken"]));
        assert_eq!((&id["cognito:groups"], &access["cognito:groups"]), (&groups, &groups));
        assert_eq!(id["cognito:roles"], roles);
        assert_eq!(id["cognito:preferred_role"], preferred);
    }
}

#[test]
fn an_address_is_a_structure_in_id_tokens() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let address = json!([{ "Name": "address", "Value": "1 High Street\nYork" }]);
    let input = json!({ "Username": "alice", "UserAttributes": address });
    pool.call("AdminUpdateUserAttributes", input);
    let id = claims(&pool.tokens("alice")["IdToken"]);
    assert_eq!(id["address"], json!({ "formatted": "1 High Street\nYork" }));
}

#[test]
fn event_has_the_occasion_and_a_rejection_issues_no_tokens() {
    let seen: Arc<Mutex<Vec<TokenOccasion>>> = Arc::default();
    let inner = Arc::clone(&seen);
    let pool = Pool::new(settings().pre_token_generation(move |tokens| {
        inner.lock().unwrap().push(tokens.occasion);
        match tokens.client_metadata.get("deny") {
            None => Ok(TokenChanges::default()),
            Some(_) => Err("denied".to_owned()),
        }
    }));
    pool.user("alice");
    let token = pool.tokens("alice")["RefreshToken"].clone();
    let refresh = |metadata| json!({ "RefreshToken": token, "ClientMetadata": metadata });
    result(&pool.call("GetTokensFromRefreshToken", refresh(json!({}))));
    let refused = pool.refused("GetTokensFromRefreshToken", refresh(json!({ "deny": "yes" })));
    let message = "PreTokenGeneration failed with error denied.";
    assert_eq!(refused, refusal("UserLambdaValidationException", message));

    let temporary = json!({ "Username": "bob", "TemporaryPassword": "Temporary-horse1" });
    pool.call("AdminCreateUser", temporary);
    let challenge = pool.password_sign_in("bob", "Temporary-horse1").unwrap();
    result(&pool.respond(&challenge, json!({ "NEW_PASSWORD": PASSWORD })).unwrap());
    let expected = [
        TokenOccasion::Authentication,
        TokenOccasion::RefreshTokens,
        TokenOccasion::RefreshTokens,
        TokenOccasion::NewPasswordChallenge,
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn rejected_tokens_create_no_sign_in_and_rotate_no_refresh_token() {
    let refuses = Arc::new(AtomicBool::new(true));
    let trigger = Arc::clone(&refuses);
    let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 });
    let pool = Pool::new(
        settings()
            .client_member("RefreshTokenRotation", rotation)
            .client_member("ExplicitAuthFlows", json!(["ALLOW_USER_PASSWORD_AUTH"]))
            .pre_token_generation(move |_| match trigger.load(Ordering::Relaxed) {
                true => Err("not now".to_owned()),
                false => Ok(TokenChanges::default()),
            }),
    );
    pool.user("ann");
    let refused = pool.password_sign_in("ann", PASSWORD).unwrap_err();
    assert_eq!(refused.0, "UserLambdaValidationException");
    let sessions = pool.call("AdminListUserSessions", json!({ "Username": "ann" }));
    assert_eq!(sessions["Sessions"], json!([]));
    refuses.store(false, Ordering::Relaxed);
    let input = json!({ "RefreshToken": pool.tokens("ann")["RefreshToken"] });
    refuses.store(true, Ordering::Relaxed);
    let refused = pool.refused("GetTokensFromRefreshToken", input.clone());
    assert_eq!(refused.0, "UserLambdaValidationException");
    refuses.store(false, Ordering::Relaxed);
    pool.call("GetTokensFromRefreshToken", input.clone());
    let reused = pool.refused("GetTokensFromRefreshToken", input);
    assert_eq!(reused.0, "RefreshTokenReuseException");
}

#[test]
fn session_is_used_after_a_response_that_cannot_be_repeated_even_if_a_trigger_rejects_the_tokens() {
    let rejects = Arc::new(AtomicBool::new(false));
    let trigger = Arc::clone(&rejects);
    let settings = settings().mfa(Mfa::Optional).pre_token_generation(move |_| {
        let rejects = trigger.load(Ordering::SeqCst);
        if rejects { Err("not now".to_owned()) } else { Ok(TokenChanges::default()) }
    });
    let pool = Pool::new(settings);
    pool.call("AdminCreateUser", json!({ "Username": "bob", "TemporaryPassword": PASSWORD }));
    pool.user("alice");
    let token = pool.tokens("alice")["AccessToken"].clone();
    let app = pool.call("AssociateSoftwareToken", json!({ "AccessToken": token }));
    let code = || totp(app["SecretCode"].as_str().unwrap(), &pool);
    let verify = json!({ "AccessToken": token, "UserCode": code() });
    pool.call("VerifySoftwareToken", verify);
    let preferred = json!({ "Enabled": true, "PreferredMfa": true });
    let preference = json!({ "AccessToken": token, "SoftwareTokenMfaSettings": preferred });
    pool.call("SetUserMFAPreference", preference);
    pool.advance(30);

    rejects.store(true, Ordering::SeqCst);
    let new_password = || json!({ "NEW_PASSWORD": "Better-horse2" });
    let totp_code = || json!({ "SOFTWARE_TOKEN_MFA_CODE": code() });
    let challenges = [
        (pool.password_sign_in("bob", PASSWORD).unwrap(), new_password()),
        (pool.password_sign_in("alice", PASSWORD).unwrap(), totp_code()),
    ];
    let message = "PreTokenGeneration failed with error not now.";
    let rejected = refusal("UserLambdaValidationException", message);
    let once = not_authorized("Invalid session for the user, session can only be used once.");
    for (challenge, responses) in challenges {
        let respond = || pool.respond(&challenge, responses.clone()).unwrap_err();
        assert_eq!([respond(), respond()], [rejected.clone(), once.clone()]);
    }
    rejects.store(false, Ordering::SeqCst);
    result(&pool.password_sign_in("bob", "Better-horse2").unwrap());
    pool.advance(30);
    let challenge = pool.password_sign_in("alice", PASSWORD).unwrap();
    let wrong = pool.respond(&challenge, json!({ "SOFTWARE_TOKEN_MFA_CODE": "abcdef" }));
    assert_eq!(wrong.unwrap_err().0, "CodeMismatchException");
    result(&pool.respond(&challenge, totp_code()).unwrap());
}
