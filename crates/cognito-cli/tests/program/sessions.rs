//! Sign-in, tokens and sign-out.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use cognito_emulator::{IdentityPoolSettings, InjectedFault, LocalPool, PoolSettings};
use serde_json::json;

use crate::support::{Home, PASSWORD, emulator, pool, pool_with, unreachable};

#[tokio::test(flavor = "multi_thread")]
async fn session_is_stored_shown_used_and_ended() {
    let pool = pool().await;
    let home = Home::of(&pool);
    let login = home.run_with(&["login", "alice", "--password-stdin"], PASSWORD).succeeded();
    assert_eq!(login.stdout, "");
    assert!(login.stderr.contains("signed in as alice; the tokens are stored in: file"));

    let whoami = home.run(&["whoami", "--output", "json"]).succeeded().json();
    assert_eq!(whoami["username"], "alice");
    assert_eq!(whoami["store"], "file");
    assert_eq!(whoami["pool"], pool.id().as_str());
    assert!(whoami["store_path"].as_str().unwrap().starts_with(&*home.path().to_string_lossy()));

    let token = home.run(&["token"]).succeeded().stdout;
    let claims = home.run_with(&["verify", "-o", "json"], &token).succeeded().json();
    assert_eq!((&claims["username"], &claims["token_use"]), (&json!("alice"), &json!("access")));

    home.run(&["logout"]).succeeded();
    let failed = home.run(&["whoami", "--output", "json"]).failed(3, "no user is signed in");
    assert_eq!(failed.error()["code"], "not_signed_in");
    assert_eq!(failed.error()["exit_code"], 3);
    home.run(&["logout"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn password_of_a_line_with_crlf_is_accepted() {
    let pool = pool().await;
    let input = format!("{PASSWORD}\r\n");
    Home::of(&pool).run_with(&["login", "alice", "--password-stdin"], &input).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn password_comes_from_a_variable() {
    let pool = pool().await;
    let mut home = Home::of(&pool);
    home.set("COGNITO_PASSWORD", PASSWORD);
    let login = home.run(&["login", "alice", "--output", "json"]).succeeded().json();
    assert_eq!(login["username"], "alice");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_password_is_a_failure_that_does_not_say_which() {
    let pool = pool().await;
    let home = Home::of(&pool);
    for name in ["alice", "nobody"] {
        let ran = home.run_with(&["login", name, "--password-stdin", "-o", "json"], "Wrong-horse1");
        let error = ran.failed(1, "wrong user name or password").error();
        assert_eq!(error["code"], "bad_credentials");
    }
    home.run(&["whoami"]).failed(3, "cognito login");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_nothing_is_sent_and_two_ways_out_are_named() {
    let pool = pool().await;
    let mut home = Home::of(&pool);
    home.unset("COGNITO_TOKEN_STORE");
    let before = pool.emulator().requests().len();
    let ran = home.run_with(&["login", "alice", "--password-stdin"], PASSWORD);
    let ran = ran.failed(1, "the system's keyring cannot be used");
    assert!(ran.stderr.contains("Secret Service") && ran.stderr.contains("COGNITO_TOKEN_STORE"));
    assert_eq!(pool.emulator().requests().len(), before);
    assert!(!home.path().join(".local/share/cognito/sessions").exists(), "no silent file");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_session_are_private() {
    let pool = pool().await;
    let home = Home::signed_in(&pool);
    let mut files = Vec::new();
    let mut open = vec![home.path().join(".local")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            match entry.path().is_dir() {
                true => open.push(entry.path()),
                false => files.push(entry.path()),
            }
        }
    }
    assert!(files.len() >= 3, "session, record and keys: {files:?}");
    for file in files {
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backend_of_the_sign_in_is_remembered() {
    let pool = pool().await;
    let mut home = Home::signed_in(&pool);
    home.unset("COGNITO_TOKEN_STORE");
    let whoami = home.run(&["whoami", "-o", "json"]).succeeded().json();
    assert_eq!(whoami["store"], "file");
    home.set("COGNITO_TOKEN_STORE", "keyring");
    home.run(&["whoami"]).failed(3, "the last sign-in stored the tokens in: file");
    home.set("COGNITO_TOKEN_STORE", "cookie");
    home.run(&["whoami"]).failed(2, "it must be keyring, file or none");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_printed_instead_of_stored_and_read_from_a_variable() {
    let pool = pool().await;
    let mut home = Home::of(&pool);
    home.set("COGNITO_TOKEN_STORE", "none");
    let arguments = ["login", "alice", "--password-stdin", "--output", "json"];
    let tokens = home.run_with(&arguments, PASSWORD).succeeded().json();
    assert_eq!(tokens["username"], "alice");
    assert!(!home.path().join(".local/share/cognito").exists());
    home.run(&["token"]).failed(3, "no user is signed in");

    home.set("COGNITO_REFRESH_TOKEN", tokens["refresh_token"].as_str().unwrap());
    let token = home.run(&["token"]).succeeded().stdout;
    assert_ne!(token.trim(), tokens["access_token"].as_str().unwrap());
    home.set("COGNITO_REFRESH_TOKEN", "garbage");
    home.run(&["token"]).failed(3, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn token_is_printed_for_curl_and_refreshed_when_asked() {
    let pool = pool().await;
    let home = Home::signed_in(&pool);
    let token = home.run(&["token"]).succeeded().stdout;
    let header = home.run(&["token", "--header"]).succeeded().stdout;
    assert_eq!(header, format!("Authorization: Bearer {token}"));
    assert_eq!(home.run(&["token"]).succeeded().stdout, token, "it is still valid");
    let ran = home.run(&["token", "--refresh", "-vv"]).succeeded();
    let refreshed = ran.stdout;
    assert_ne!(refreshed, token);
    assert!(ran.stderr.contains("GetTokensFromRefreshToken"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(refreshed.trim()), "{}", ran.stderr);
    assert_eq!(home.run(&["token"]).succeeded().stdout, refreshed, "it was stored");
    let id = home.run(&["token", "--id"]).succeeded().stdout;
    let claims = home.run(&["verify", id.trim(), "-o", "json"]).succeeded().json();
    assert_eq!(claims["token_use"], "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoami_sends_no_request_while_the_tokens_are_valid() {
    let pool = pool().await;
    let home = Home::signed_in(&pool);
    let _port = unreachable(&pool).await;
    let whoami = home.run(&["whoami", "--fields", "username", "-o", "csv"]).succeeded();
    assert_eq!(whoami.stdout, "username\r\nalice\r\n");
    home.run(&["token"]).succeeded();
    home.run(&["token", "--refresh"]).failed(1, "check the network");
    home.run(&["logout"]).failed(1, "pass --local");
    home.run(&["logout", "--local"]).succeeded();
    home.run(&["whoami"]).failed(3, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn session_that_the_service_ended_asks_for_another_sign_in() {
    let pool = pool().await;
    let home = Home::signed_in(&pool);
    pool.call("AdminUserGlobalSignOut", json!({ "Username": "alice" })).unwrap();
    let ran = home.run(&["token", "--refresh", "-o", "json"]);
    assert_eq!(ran.failed(3, "cognito login").error()["exit_code"], 3);
    home.run(&["logout"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn session_is_not_sent_to_another_endpoint() {
    let (pool, other) = (pool().await, emulator().await);
    let home = Home::signed_in(&pool);
    // Such as the file of a project that was cloned.
    let mut home = home;
    home.unset("COGNITO_ENDPOINT_URL");
    home.write(".cognito.toml", &format!("endpoint_url = \"{}\"\n", other.endpoint()));
    home.run(&["token", "--refresh"]).failed(3, "the session belongs to ");
    assert!(other.requests().is_empty());
}

/// Returns whether the service accepts an access token.
fn is_accepted(pool: &LocalPool, token: &str) -> bool {
    pool.call("GetUser", json!({ "AccessToken": token.trim() })).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_revokes_the_stored_session_also_with_a_refresh_token_in_a_variable() {
    let pool = pool().await;
    let mut home = Home::signed_in(&pool);
    let stored = home.run(&["token"]).succeeded().stdout;
    let machine = sign_in_of_a_machine(&pool);
    home.set("COGNITO_REFRESH_TOKEN", machine["refresh_token"].as_str().unwrap());
    assert!(is_accepted(&pool, &stored));
    home.run(&["logout"]).succeeded();
    assert!(!is_accepted(&pool, &stored));
    home.run(&["token"]).succeeded();
    home.unset("COGNITO_REFRESH_TOKEN");
    home.run(&["whoami"]).failed(3, "no user is signed in");
}

/// Returns the tokens of a sign-in that stores none.
fn sign_in_of_a_machine(pool: &LocalPool) -> serde_json::Value {
    let mut home = Home::of(pool);
    home.set("COGNITO_TOKEN_STORE", "none");
    home.run_with(&["login", "alice", "--password-stdin", "-o", "json"], PASSWORD)
        .succeeded()
        .json()
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_at_another_endpoint_fails_and_keeps_the_session() {
    let pool = pool().await;
    let mut home = Home::signed_in(&pool);
    let token = home.run(&["token"]).succeeded().stdout;
    let endpoint = pool.endpoint().to_owned();
    home.set("COGNITO_ENDPOINT_URL", &endpoint.replace("127.0.0.1", "localhost"));
    let failed = home.run(&["logout"]).failed(3, "the session belongs to ");
    assert!(failed.stderr.contains("pass --local"), "{}", failed.stderr);
    home.set("COGNITO_ENDPOINT_URL", "https://user:planted@proxy.invalid");
    for command in ["logout", "whoami", "token"] {
        let ran = home.run(&[command, "-v"]).failed(3, "name https://[redacted]@proxy.invalid");
        assert!(!ran.stderr.contains("planted"), "{command} {ran:?}");
    }
    assert!(is_accepted(&pool, &token));
    home.set("COGNITO_ENDPOINT_URL", &endpoint);
    home.run(&["whoami"]).succeeded();
    home.run(&["logout"]).succeeded();
    assert!(!is_accepted(&pool, &token));
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_uses_the_store_of_the_sign_in() {
    let pool = pool().await;
    for arguments in [&["logout", "--local"][..], &["logout"]] {
        let mut home = Home::signed_in(&pool);
        let token = home.run(&["token"]).succeeded().stdout;
        let record = record_path(&pool);
        let text = fs::read_to_string(home.path().join(&record)).unwrap();
        home.set("COGNITO_TOKEN_STORE", "none");
        home.run(arguments).succeeded();
        assert_eq!(is_accepted(&pool, &token), arguments.contains(&"--local"));
        // With the record back, only the store decides.
        home.write(&record, &text);
        home.set("COGNITO_TOKEN_STORE", "file");
        home.run(&["whoami"]).failed(3, "no user is signed in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_of_a_sign_in_sends_and_stores_nothing() {
    let pool = pool().await;
    let mut home = Home::of(&pool);
    let before = pool.emulator().requests().len();
    let ran = home.run_with(&["login", "alice", "--password-stdin", "--dry-run"], PASSWORD);
    assert!(ran.succeeded().stderr.contains("alice would be signed in"));
    home.set("COGNITO_TOKEN_STORE", "none");
    let ran = home.run(&["login", "--dry-run"]).succeeded();
    assert!(ran.stderr.contains("a user would be signed in; the tokens would be printed"));
    home.run(&["login", "--browser", "--dry-run"]).failed(2, "the domain of managed login");
    assert_eq!(pool.emulator().requests().len(), before);
    assert!(!home.path().join(".local/share").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_app_client_has_a_session_of_its_own() {
    let pool = pool().await;
    let home = Home::signed_in(&pool);
    let client = pool.call("CreateUserPoolClient", json!({ "ClientName": "other" })).unwrap();
    let id = client["UserPoolClient"]["ClientId"].as_str().unwrap();
    home.run(&["whoami", "--client", id]).failed(3, "no user is signed in");
    home.run(&["whoami", "--client", "../x"]).failed(2, "it must be the id of an app client");
    home.run(&["whoami"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn app_client_with_a_secret_says_where_to_set_it() {
    let pool = pool_with(PoolSettings::default().client_secret("very-secret")).await;
    let mut home = Home::of(&pool);
    let arguments = ["login", "alice", "--password-stdin"];
    home.run_with(&arguments, PASSWORD).failed(1, "set COGNITO_CLIENT_SECRET");
    home.set("COGNITO_CLIENT_SECRET", "very-secret");
    home.run_with(&arguments, PASSWORD).succeeded();
    home.run(&["token", "--refresh"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn throttled_sign_in_has_a_code_of_its_own() {
    let pool = pool().await;
    for attempt in 1..=20 {
        pool.emulator().plan_fault("InitiateAuth", attempt, InjectedFault::Throttled);
    }
    let ran = Home::of(&pool).run_with(&["login", "alice", "--password-stdin"], PASSWORD);
    ran.failed(5, "too high");
}

#[tokio::test(flavor = "multi_thread")]
async fn identity_pool_gives_aws_credentials_to_other_programs() {
    let pool = pool().await;
    let role = "arn:aws:iam::123456789012:role/user";
    let settings = IdentityPoolSettings::default().user_pool(&pool).authenticated_role(role);
    let identities = pool.emulator().create_identity_pool(settings).unwrap();
    let home = Home::signed_in(&pool);
    let id = identities.id();
    let arguments = ["aws-credentials", "--identity-pool", id.as_str()];
    let credentials = home.run(&arguments).succeeded().json();
    assert_eq!(credentials["Version"], 1);
    let key = credentials["AccessKeyId"].as_str().unwrap();
    assert!(pool.emulator().issued_credentials(key).is_some());
    home.run(&["aws-credentials"]).failed(2, "--identity-pool");
    home.run(&["aws-credentials", "--identity-pool", "x"]).failed(2, "a UUID");
}

/// Returns the path of the record of a sign-in, in a home.
fn record_path(pool: &LocalPool) -> String {
    format!(".local/state/cognito/sessions/{}.{}.json", pool.id(), pool.client_id())
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_are_named_and_replaced_by_a_sign_in() {
    let pool = pool().await;
    let home = Home::signed_in(&pool);
    home.write(&record_path(&pool), "{");
    home.run(&["whoami"]).failed(3, "is damaged");
    home.run_with(&["login", "alice", "--password-stdin"], PASSWORD).succeeded();
    home.run(&["whoami"]).succeeded();

    let store = home.path().join(".local/share/cognito/sessions");
    for entry in fs::read_dir(store).unwrap().flatten() {
        if entry.path().extension().is_some() {
            fs::write(entry.path(), "something else").unwrap();
        }
    }
    home.run(&["whoami"]).failed(3, "cognito login");
    home.run_with(&["login", "alice", "--password-stdin"], PASSWORD).succeeded();
    home.run(&["whoami"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_whose_tokens_cannot_be_stored_names_the_file_and_the_reason() {
    let pool = pool().await;
    let home = Home::signed_in(&pool);
    // A directory in the place of the file that replaces the session fails as a full disk does.
    home.write(".local/share/cognito/sessions/draft/file", "");
    let ran = home.run_with(&["login", "alice", "--password-stdin"], PASSWORD);
    let ran = ran.failed(1, "error: the token store failed: cannot use ");
    assert!(ran.stderr.contains("sessions/draft (Is a directory"), "{ran:?}");
}
