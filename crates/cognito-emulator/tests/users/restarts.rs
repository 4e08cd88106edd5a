//! State files: the changes of users and administrators survive a restart.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use cognito_emulator::{Emulator, EmulatorBuilder, SigningKeys};
use cognito_types::SendHttp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PASSWORD, Pool, not_authorized, pair, result, settings, text, totp};

/// A pool of an emulator with a state file.
struct Stored {
    directory: TempDir,
    pool: Pool,
}

fn builder(directory: &Path) -> EmulatorBuilder {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    builder.state_file(directory.join("pools.state"))
}

impl Stored {
    fn new(settings: cognito_emulator::PoolSettings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let emulator = builder(directory.path()).try_in_process().unwrap();
        let pool = Pool(emulator.create_pool(settings).unwrap());
        Self { directory, pool }
    }

    /// Stops the emulator and starts another one with the file.
    fn restart(self) -> Self {
        let Self { directory, pool } = self;
        let (id, client_id) = (pool.0.id(), pool.0.client_id());
        drop(pool);
        let emulator = builder(directory.path()).try_in_process().unwrap();
        let pool = Pool(emulator.local_pool(id, client_id).unwrap());
        Self { directory, pool }
    }
}

fn enroll(pool: &Pool, username: &str) -> String {
    let token = pool.access_token(username);
    let app = pool.call("AssociateSoftwareToken", json!({ "AccessToken": token }));
    let secret = text(&app["SecretCode"]);
    let code = json!({ "AccessToken": token, "UserCode": totp(&secret, pool) });
    pool.call("VerifySoftwareToken", code);
    let on = json!({ "Enabled": true, "PreferredMfa": true });
    let input = json!({ "AccessToken": token, "SoftwareTokenMfaSettings": on });
    pool.call("SetUserMFAPreference", input);
    secret
}

#[test]
fn open_challenges_continue_after_a_restart() {
    let stored = Stored::new(settings().mfa(cognito_emulator::Mfa::Optional));
    stored.pool.user("alice");
    stored.pool.user("bob");
    let secret = enroll(&stored.pool, "alice");
    let (used, open) = {
        let challenge = || stored.pool.password_sign_in("alice", PASSWORD).unwrap();
        (challenge(), challenge())
    };
    assert_eq!(open["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    stored.pool.advance(60);
    let code = |pool: &Pool| json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&secret, pool) });
    result(&stored.pool.respond(&used, code(&stored.pool)).unwrap());
    let pair = pair();
    let srp = json!({ "USERNAME": "bob", "SRP_A": pair.srp_a() });
    let srp = stored.pool.initiate("USER_SRP_AUTH", srp).unwrap();

    let Stored { pool, directory: _directory } = stored.restart();
    let again = pool.respond(&used, code(&pool)).unwrap_err();
    let once = "Invalid session for the user, session can only be used once.";
    assert_eq!(again, not_authorized(once));
    let replayed = pool.respond(&open, code(&pool)).unwrap_err();
    assert_eq!(replayed.0, "ExpiredCodeException", "the code was used before the restart");
    pool.advance(60);
    result(&pool.respond(&open, code(&pool)).unwrap());
    result(&pool.prove(pair, &srp, PASSWORD).unwrap());
}

#[test]
fn tokens_are_valid_revoked_or_rotated_as_before_a_restart() {
    let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 });
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH"]);
    let settings = settings()
        .client_member("ExplicitAuthFlows", flows)
        .client_member("RefreshTokenRotation", rotation);
    let stored = Stored::new(settings);
    stored.pool.user("alice");
    let [live, revoked, rotated] = [(); 3].map(|()| stored.pool.tokens("alice"));
    let token = |tokens: &Value| json!({ "Token": tokens["RefreshToken"] });
    stored.pool.call("RevokeToken", token(&revoked));
    let refresh = |pool: &Pool, tokens: &Value| {
        let input = json!({ "RefreshToken": tokens["RefreshToken"] });
        pool.try_call("GetTokensFromRefreshToken", input)
    };
    let newer = result(&refresh(&stored.pool, &rotated).unwrap());

    let Stored { pool, directory: _directory } = stored.restart();
    let get_user =
        |tokens: &Value| pool.try_call("GetUser", json!({ "AccessToken": tokens["AccessToken"] }));
    assert_eq!(get_user(&live).unwrap()["Username"], "alice");
    assert_eq!(get_user(&revoked).unwrap_err(), not_authorized("Access Token has been revoked"));
    result(&refresh(&pool, &live).unwrap());
    result(&refresh(&pool, &newer).unwrap());
    assert!(refresh(&pool, &revoked).is_err());
    pool.advance(60);
    assert_eq!(refresh(&pool, &rotated).unwrap_err().0, "RefreshTokenReuseException");
}

#[test]
fn codes_messages_and_the_clock_survive_a_restart() {
    let stored = Stored::new(settings());
    let clock = stored.pool.0.clock();
    clock.freeze();
    clock.advance(Duration::from_secs(86_400));
    stored.pool.sign_up("alice", &[("email", "alice@example.com")]).unwrap();
    let code = stored.pool.code("alice");
    let now = cognito_types::Clock::now(&*clock);

    let Stored { pool, directory: _directory } = stored.restart();
    assert_eq!(cognito_types::Clock::now(&*pool.0.clock()), now);
    assert_eq!(pool.code("alice"), code);
    let confirm = json!({ "Username": "alice", "ConfirmationCode": code });
    pool.call("ConfirmSignUp", confirm);
    pool.tokens("alice");
}

#[test]
fn deletions_survive_a_restart() {
    let stored = Stored::new(settings());
    let pool = &stored.pool;
    pool.user("alice");
    pool.user("bob");
    for group in ["staff", "guests"] {
        pool.call("CreateGroup", json!({ "GroupName": group }));
        for username in ["alice", "bob"] {
            let member = json!({ "Username": username, "GroupName": group });
            pool.call("AdminAddUserToGroup", member);
        }
    }
    let other = pool.call("CreateUserPool", json!({ "PoolName": "other" }));
    let other = json!({ "UserPoolId": other["UserPool"]["Id"] });
    let client = pool.call("CreateUserPoolClient", json!({ "ClientName": "second" }));
    let client = json!({ "ClientId": client["UserPoolClient"]["ClientId"] });
    let stored = stored.restart();
    let pool = &stored.pool;
    pool.call("DeleteUserPool", other.clone());
    pool.call("DeleteUserPoolClient", client.clone());
    pool.call("AdminDeleteUser", json!({ "Username": "alice" }));
    pool.call("DeleteGroup", json!({ "GroupName": "guests" }));

    let Stored { pool, directory: _directory } = stored.restart();
    for (operation, input) in [
        ("DescribeUserPool", other),
        ("DescribeUserPoolClient", client),
        ("AdminGetUser", json!({ "Username": "alice" })),
        ("GetGroup", json!({ "GroupName": "guests" })),
    ] {
        assert!(pool.try_call(operation, input).is_err(), "{operation}");
    }
    let groups = pool.call("AdminListGroupsForUser", json!({ "Username": "bob" }));
    assert_eq!(groups["Groups"].as_array().map(Vec::len), Some(1));
    let users = pool.call("ListUsersInGroup", json!({ "GroupName": "staff" }));
    assert_eq!(users["Users"][0]["Username"], "bob");
    assert_eq!(users["Users"].as_array().map(Vec::len), Some(1));
}

#[test]
fn lockouts_and_hourly_limits_survive_a_restart() {
    let stored = Stored::new(settings());
    stored.pool.user("alice");
    stored.pool.0.clock().freeze();
    for _ in 0..6 {
        let _wrong = stored.pool.password_sign_in("alice", "Wrong-horse1").unwrap_err();
    }
    for _ in 0..5 {
        stored.pool.call("ForgotPassword", json!({ "Username": "alice" }));
    }
    let Stored { pool, directory: _directory } = stored.restart();
    let locked = pool.password_sign_in("alice", PASSWORD).unwrap_err();
    assert_eq!(locked, not_authorized("Password attempts exceeded"));
    let limited = pool.refused("ForgotPassword", json!({ "Username": "alice" }));
    assert_eq!(limited.0, "LimitExceededException");
}

#[test]
fn ids_differ_after_each_restart_with_the_same_seed() {
    let directory = tempfile::tempdir().unwrap();
    let start = || builder(directory.path()).seed(7).try_in_process().unwrap();
    let emulator = start();
    let pool = Pool(emulator.create_pool(settings()).unwrap());
    let (id, client_id) = (pool.0.id(), pool.0.client_id());
    pool.user("alice");
    drop((pool, emulator));

    let (mut made, mut kinds) = (BTreeSet::new(), 0);
    for restart in 0..3 {
        let emulator = start();
        let pool = Pool(emulator.local_pool(id.clone(), client_id.clone()).unwrap());
        let username = format!("user-{restart}");
        let user = pool.call("AdminCreateUser", json!({ "Username": username }));
        let other = emulator.call("CreateUserPool", &json!({ "PoolName": "a" })).unwrap();
        let ids = [
            text(&user["User"]["Attributes"][0]["Value"]),
            text(&pool.tokens("alice")["RefreshToken"]),
            text(&other["UserPool"]["Id"]),
        ];
        kinds = ids.len();
        made.extend(ids);
    }
    assert_eq!(made.len(), 3 * kinds, "{made:?}");
}

#[test]
fn import_job_continues_after_a_restart() {
    let stored = Stored::new(settings());
    stored.pool.0.clock().freeze();
    let pool = &stored.pool;
    let role = "arn:aws:iam::123456789012:role/log";
    let input = json!({ "JobName": "all", "CloudWatchLogsRoleArn": role });
    let job = pool.call("CreateUserImportJob", input)["UserImportJob"].clone();
    let header = pool.call("GetCSVHeader", json!({}))["CSVHeader"].clone();
    let header: Vec<&str> = header.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let line = |number: u32| {
        let value = |column: &&str| match *column {
            "cognito:username" => format!("user-{number}"),
            "email" => format!("user-{number}@example.com"),
            "email_verified" => "true".to_owned(),
            "cognito:mfa_enabled" => "false".to_owned(),
            _ => String::new(),
        };
        header.iter().map(value).collect::<Vec<_>>().join(",")
    };
    let lines: Vec<String> = (0..6000).map(line).collect();
    let request = http::Request::put(text(&job["PreSignedUrl"]))
        .header("x-amz-server-side-encryption", "aws:kms")
        .body(format!("{}\n{}", header.join(","), lines.join("\n")).into())
        .unwrap();
    let sent = pollster::block_on(pool.0.http_client().send(request, 0)).unwrap();
    assert_eq!(sent.status(), 200);

    let stored = stored.restart();
    let named = json!({ "JobId": job["JobId"] });
    stored.pool.call("StartUserImportJob", named.clone());
    stored.pool.0.clock().advance(Duration::from_secs(2));
    let count = |pool: &Pool| {
        let job = pool.call("DescribeUserImportJob", named.clone())["UserImportJob"].clone();
        (text(&job["Status"]), job["ImportedUsers"].as_u64().unwrap())
    };
    assert_eq!(count(&stored.pool), ("InProgress".to_owned(), 5000));
    let Stored { pool, directory: _directory } = stored.restart();
    assert_eq!(count(&pool), ("InProgress".to_owned(), 5000));
    pool.0.clock().advance(Duration::from_secs(2));
    assert_eq!(count(&pool), ("Succeeded".to_owned(), 6000));
}
