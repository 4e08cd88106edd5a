//! AWS credentials that are missing, have expired or are not accepted: the reason, the remedy and exit code 3.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};

use cognito_emulator::{InjectedFault, LocalPool, PoolSettings};
use serde_json::json;

use crate::support::{Home, Ran, emulator, stub};
use crate::users::pool_of;

/// Checks the error of a command as text and as JSON: `hint` is a part of the hint.
#[track_caller]
fn refused(run: impl Fn(&[&str]) -> Ran, code: &str, hint: &str) {
    let text = run(&[]).failed(3, "error: ");
    assert!(text.stdout.is_empty() && text.stderr.contains("\nhint: "), "{text:?}");
    assert!(text.stderr.contains(hint), "{text:?}");
    let ran = run(&["--output", "json"]).failed(3, "");
    let error = ran.error();
    assert_eq!((&error["code"], &error["exit_code"]), (&json!(code), &json!(3)), "{ran:?}");
    assert!(error["hint"].as_str().unwrap().contains(hint), "{ran:?}");
    assert!(ran.stdout.is_empty(), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exceptions_of_credentials_say_the_remedy() {
    let (pool, home) = pool_of(&["alice"]).await;
    let skewed = "Signature expired: 20261129T100000Z is now earlier than 20261129T101000Z";
    let cases = [
        ("ExpiredTokenException", "The security token is expired", "expired_", "aws sso login"),
        ("UnrecognizedClientException", "The token is invalid.", "wrong_", "get-caller-identity"),
        ("SignatureDoesNotMatch", "It does not match", "wrong_", "AWS_SECRET_ACCESS_KEY does not"),
        (
            "InvalidSignatureException",
            "It does not match",
            "wrong_",
            "AWS_SECRET_ACCESS_KEY does not",
        ),
        ("InvalidSignatureException", skewed, "", "set the clock"),
    ];
    for (exception, message, code, hint) in cases {
        let code =
            if code.is_empty() { "clock_skew".to_owned() } else { format!("{code}credentials") };
        for command in [["users", "get", "alice"], ["users", "disable", "alice"]] {
            let operation = if command[1] == "get" { "AdminGetUser" } else { "AdminDisableUser" };
            let fault = || InjectedFault::exception(exception, message);
            (1..=2).for_each(|_| pool.emulator().plan_fault(operation, 1, fault()));
            refused(|more| home.run(&[&command, more].concat()), &code, hint);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_expire_in_a_job_leave_it_to_be_resumed() {
    let (pool, home) = pool_of(&["alice", "bob", "carol"]).await;
    // The name is that of STS, which other endpoints send too.
    let fault = InjectedFault::exception("ExpiredToken", "The security token is expired");
    pool.emulator().plan_fault("AdminDisableUser", 2, fault);
    let names = ["users", "disable", "alice", "bob", "carol", "--yes"];
    let ran = home.run(&names).failed(3, "the AWS credentials have expired");
    let (_, id) = ran.stderr.split_once("cognito job resume ").unwrap();
    let id: String = id.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
    home.run(&["job", "resume", &id]).succeeded();
    let disabled = json!({ "Filter": "status = \"Disabled\"" });
    assert_eq!(pool.call("ListUsers", disabled).unwrap()["Users"].as_array().unwrap().len(), 3);
}

/// A home with the profiles `work` of IAM Identity Center, and `keys` of a program that fails.
pub(crate) fn with_profiles(mut home: Home) -> Home {
    home.unset("AWS_ACCESS_KEY_ID");
    home.unset("AWS_SECRET_ACCESS_KEY");
    home.write("fail.sh", "echo run >> runs.txt; exit 1\n");
    home.write(
        ".aws/config",
        "[profile work]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n\
         region = eu-west-1\n\n\
         [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://example.com/start\n\n\
         [profile role]\nrole_arn = arn:aws:iam::111122223333:role/Admin\nregion = eu-west-1\n\
         source_profile = source\n\n\
         [profile source]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n\n\
         [profile old]\nsso_start_url = https://example.com/start\nsso_region = eu-west-1\n\
         sso_account_id = 111122223333\nsso_role_name = Admin\nregion = eu-west-1\n\n\
         [profile login]\nlogin_session = arn:aws:iam::111122223333:user/Admin\nregion = eu-west-1\n\n\
         [profile exported]\ncredential_process = sh export.sh\nregion = eu-west-1\n\n\
         [profile keys]\ncredential_process = sh fail.sh\nregion = eu-west-1\n",
    );
    home
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_to_iam_identity_center_is_started_again() {
    // The cache of the AWS CLI: the SHA-1 of the session's name.
    const CACHE: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    let (_pool, home) = pool_of(&["alice"]).await;
    let home = with_profiles(home);
    let get =
        |more: &[&str]| home.run(&[&["users", "get", "alice", "--profile", "work"], more].concat());
    refused(get, "expired_credentials", "run `aws sso login`");
    home.write(CACHE, r#"{ "accessToken": "abc", "expiresAt": "2020-01-01T00:00:00Z" }"#);
    refused(get, "expired_credentials", "run `aws sso login`");
    assert!(!get(&["-vv"]).stderr.contains("abc"));
    // A profile without a session, which has never signed in.
    let old =
        |more: &[&str]| home.run(&[&["users", "get", "alice", "--profile", "old"], more].concat());
    refused(old, "expired_credentials", "run `aws sso login`");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_credentials_and_unusable_profiles_say_where_to_look() {
    let (_pool, home) = pool_of(&["alice"]).await;
    let home = with_profiles(home);
    let get = |more: &[&str]| home.run(&[&["users", "get", "alice"], more].concat());
    refused(get, "no_credentials", "AWS_ACCESS_KEY_ID");
    for profile in ["keys", "absent"] {
        let of = |more: &[&str]| get(&[&["--profile", profile], more].concat());
        refused(of, "no_credentials", "`cognito config show`");
    }
    let absent = get(&["--profile", "absent"]).failed(3, "profile `absent` was not defined");
    assert!(!absent.stderr.contains("already taken"), "{absent:?}");
}

/// A home with access keys in variables, and with profiles for contexts and the project, that sends
/// its requests to a stub. Returns the access keys of the requests, too.
fn with_keys_of_profiles() -> (Home, Receiver<String>) {
    let (sender, used) = channel();
    let address = stub(move |head| {
        let (_, key) = head.split_once("credential=").unwrap();
        sender.send(key.split('/').next().unwrap().to_owned()).unwrap();
        (200, r#"{ "Users": [] }"#.to_owned())
    });
    let mut home = Home::new();
    let profile = |name: &str| {
        format!("[profile {name}]\naws_access_key_id = of-{name}\naws_secret_access_key = a\n")
    };
    home.write(".aws/config", &["option", "context", "project", "variable"].map(profile).concat());
    let contexts = "[contexts.prod]\nprofile = \"context\"\n[contexts.other]\n";
    home.write(".config/cognito/config.toml", contexts);
    home.set("COGNITO_POOL", "eu-west-1_Ab12Cd34E");
    home.set("COGNITO_ENDPOINT_URL", &address);
    home.set("AWS_ACCESS_KEY_ID", "of-keys");
    home.set("AWS_SECRET_ACCESS_KEY", "secret");
    (home, used)
}

#[test]
fn profile_that_is_selected_comes_before_access_keys_in_variables() {
    let (mut home, used) = with_keys_of_profiles();
    let key_of = |home: &Home, more: &[&str]| {
        home.run(&[&["users", "list"], more].concat()).succeeded();
        used.recv().unwrap()
    };
    // The AWS CLI: `--profile` comes before access keys in variables, AWS_PROFILE after them.
    assert_eq!(key_of(&home, &["--profile", "option"]), "of-option");
    assert_eq!(key_of(&home, &["--context", "prod"]), "of-context");
    home.set("AWS_PROFILE", "variable");
    assert_eq!(key_of(&home, &[]), "of-keys");
    home.set("COGNITO_PROFILE", "variable");
    assert_eq!(key_of(&home, &[]), "of-variable");
    home.unset("AWS_PROFILE");
    home.unset("COGNITO_PROFILE");
    // Variables come before the project's file and the current context.
    home.set("COGNITO_CONTEXT", "prod");
    assert_eq!(key_of(&home, &[]), "of-keys");
    home.write(".cognito.toml", "profile = \"project\"\n");
    assert_eq!(key_of(&home, &[]), "of-keys");
    home.set("AWS_SECRET_ACCESS_KEY", "");
    assert_eq!(key_of(&home, &[]), "of-project");
}

/// A home without access keys on a machine that provides credentials as a container does. Returns its requests, too.
fn on_machine(mut home: Home) -> (Home, Receiver<()>) {
    let (sender, called) = channel();
    let address = stub(move |_| {
        sender.send(()).unwrap();
        let role = json!({
            "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "secret", "Token": "token",
            "Expiration": "2099-01-01T00:00:00Z",
        });
        (200, role.to_string())
    });
    home.unset("AWS_ACCESS_KEY_ID");
    home.unset("AWS_SECRET_ACCESS_KEY");
    home.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{address}/role"));
    (home, called)
}

#[tokio::test(flavor = "multi_thread")]
async fn selected_profile_that_does_not_exist_is_not_replaced_by_the_role_of_the_machine() {
    let (_pool, home) = pool_of(&["alice"]).await;
    let (home, called) = on_machine(home);
    let get = |profile: &str| home.run(&["users", "get", "alice", "--profile", profile]);
    for profile in ["absent", "default"] {
        get(profile).failed(3, &format!("profile `{profile}` was not defined"));
    }
    let profiles = "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/Admin\n\
                    source_profile = absent\n[profile work]\nregion = eu-west-1\n";
    home.write(".aws/config", profiles);
    for profile in ["absent", "role"] {
        get(profile).failed(3, "profile `absent` was not defined");
    }
    assert!(called.try_recv().is_err(), "the role of the machine was used");
    // The machine provides the credentials of a profile that exists and has none.
    get("work").succeeded();
    called.try_recv().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn web_identity_comes_before_the_role_of_the_machine_unless_a_profile_is_selected() {
    let (_pool, home) = pool_of(&["alice"]).await;
    let (mut home, called) = on_machine(home);
    let (sender, assumed) = channel();
    let sts = stub(move |_| {
        sender.send(()).unwrap();
        let response = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
            <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId>\
            <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
            <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
            </AssumeRoleWithWebIdentityResponse>";
        (200, response.to_owned())
    });
    home.write(".aws/config", "[profile node]\nregion = eu-west-1\n");
    home.write("token", "header.payload.signature");
    home.set("AWS_ENDPOINT_URL_STS", &sts);
    home.set("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/Pod");
    home.set("AWS_WEB_IDENTITY_TOKEN_FILE", &home.path().join("token").display().to_string());
    for (variable, file) in
        [("node", ""), ("absent", "profile = \"node\"\n"), ("", "profile = \"node\"\n")]
    {
        home.set("AWS_PROFILE", variable);
        home.write(".cognito.toml", file);
        home.run(&["users", "get", "alice"]).succeeded();
        assumed.try_recv().unwrap();
        assert!(called.try_recv().is_err(), "the role of the machine was used");
    }
    home.run(&["users", "get", "alice", "--profile", "node"]).succeeded();
    called.try_recv().unwrap();
    assert!(assumed.try_recv().is_err(), "a selected profile was not used");
}

/// Starts a job that fails at its second user, and returns its id.
fn failed_job(pool: &LocalPool, home: &Home, options: &[&str]) -> String {
    let fault = InjectedFault::exception("ExpiredToken", "The security token is expired");
    pool.emulator().plan_fault("AdminDisableUser", 2, fault);
    let command = [&["users", "disable", "alice", "bob", "--yes"], options].concat();
    let ran = home.run(&command).failed(3, "the AWS credentials have expired");
    let (_, id) = ran.stderr.split_once("cognito job resume ").unwrap();
    id.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn resumed_job_uses_the_endpoint_of_a_profile_with_access_keys_in_variables() {
    let (pool, mut home) = pool_of(&["alice", "bob"]).await;
    home.unset("COGNITO_ENDPOINT_URL");
    let profile = |name: &str, address: &str| format!("[{name}]\nendpoint_url = {address}\n");
    let profiles = profile("profile local", pool.endpoint());
    home.write(".aws/config", &(profiles + &profile("default", "http://127.0.0.1:9")));
    home.write(".cognito.toml", "profile = \"local\"\n");
    let id = failed_job(&pool, &home, &[]);
    home.write(".cognito.toml", "");
    home.run(&["job", "resume", &id]).succeeded();
    let disabled = json!({ "Filter": "status = \"Disabled\"" });
    assert_eq!(pool.call("ListUsers", disabled).unwrap()["Users"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn profile_of_the_command_line_replaces_that_of_a_resumed_job() {
    let (pool, mut home) = pool_of(&["alice", "bob"]).await;
    home.write("run.sh", "echo $1 >> runs.txt; exit 1\n");
    let profile = |name: &str| format!("[profile {name}]\ncredential_process = sh run.sh {name}\n");
    home.write(".aws/config", &["option", "variable"].map(profile).concat());
    let id = failed_job(&pool, &home, &[]);
    home.set("COGNITO_PROFILE", "variable");
    let resume = ["job", "resume", &id];
    home.run(&[&resume[..], &["--profile", "option"]].concat()).failed(3, "cannot be loaded");
    assert_eq!(std::fs::read_to_string(home.path().join("runs.txt")).unwrap(), "option\n");
    // The job was started with access keys, and a variable may be for other commands.
    home.run(&resume).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn resumed_job_uses_the_profile_of_its_start_and_not_access_keys_in_variables() {
    let (pool, mut home) = pool_of(&["alice", "bob"]).await;
    home.write(".aws/config", "[profile keys]\ncredential_process = sh keys.sh\n");
    let keys = r#"{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"secret"}"#;
    home.write("keys.sh", &format!("echo '{keys}'\n"));
    let id = failed_job(&pool, &home, &["--profile", "keys"]);
    home.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7ANOTHER");
    home.write("keys.sh", "exit 1\n");
    // The failure is that of the program of the profile, and no user has an outcome because of it.
    home.run(&["job", "resume", &id]).failed(3, "the AWS credentials cannot be loaded");
    home.write("keys.sh", &format!("echo '{keys}'\n"));
    home.run(&["job", "resume", &id]).succeeded();
    let disabled = json!({ "Filter": "status = \"Disabled\"" });
    assert_eq!(pool.call("ListUsers", disabled).unwrap()["Users"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_variable_of_the_region_does_not_replace_that_of_the_profile() {
    let settings = PoolSettings::default().pool_member("PoolName", "shop");
    let pool = emulator().await.create_pool(settings).unwrap();
    pool.call("AdminCreateUser", json!({ "Username": "alice" })).unwrap();
    let mut home = Home::of(&pool).with_credentials();
    home.set("COGNITO_POOL", "shop");
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        home.set(variable, "");
    }
    home.run(&["users", "get", "alice"]).failed(2, "the Region of the user pool is unknown");
    home.write(".aws/config", "[default]\nregion = eu-west-1\n");
    home.run(&["users", "get", "alice"]).succeeded();
    for region in ["eu_west_1", "eu-west-1 ", "EU-WEST-1", "example.com/"] {
        let ran = home.run(&["users", "get", "alice", "--region", region]);
        ran.failed(2, "is not a valid region: it must have the form eu-west-1 (option --region)");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn session_of_aws_login_is_read_by_the_aws_cli() {
    let (_pool, home) = pool_of(&["alice"]).await;
    let home = with_profiles(home);
    let get = |profile: &str, more: &[&str]| {
        home.run(&[&["users", "get", "alice", "--profile", profile], more].concat())
    };
    refused(|more| get("login", more), "no_credentials", "aws configure export-credentials");
    // The output of `aws configure export-credentials --format process`.
    let keys = r#"{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"secret"}"#;
    home.write("export.sh", &format!("echo '{keys}'\n"));
    get("exported", &[]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_load_of_credentials_ends_a_job_without_a_retry() {
    let (_pool, home) = pool_of(&["alice"]).await;
    let home = with_profiles(home);
    let runs = || std::fs::read_to_string(home.path().join("runs.txt")).unwrap_or_default();
    for (command, number) in [("export", 1), ("diff", 2)] {
        home.write("users.jsonl", "{\"username\":\"alice\"}\n");
        let file = if command == "export" { "new.jsonl" } else { "users.jsonl" };
        let arguments = ["users", command, file, "--profile"];
        let ran = home.run(&[&arguments[..], &["keys"]].concat());
        ran.failed(3, "the AWS credentials cannot be loaded");
        assert_eq!(runs().lines().count(), number, "{command}");
        home.run(&[&arguments[..], &["work"]].concat()).failed(3, "run `aws sso login`");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_expire_in_an_export_leave_its_parts() {
    let (pool, home) = pool_of(&["alice", "bob"]).await;
    let fault = || InjectedFault::exception("ExpiredTokenException", "The token is expired");
    for arguments in [["users", "export", "users.jsonl"], ["users", "diff", "users.jsonl"]] {
        pool.emulator().plan_fault("ListUsers", 1, fault());
        let ran = home.run(&arguments).failed(3, "the AWS credentials have expired");
        assert!(
            ran.stderr.contains("; the listed users are kept: run the same command again"),
            "{ran:?}"
        );
        home.run(&arguments).succeeded();
    }
}

/// Starts a stub of STS that refuses each request, and returns its address.
fn refusing_sts(code: &'static str) -> String {
    stub(move |_| {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>refused</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        );
        (403, body)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_behind_a_role_say_the_remedy() {
    let (_pool, home) = pool_of(&["alice"]).await;
    let mut home = with_profiles(home);
    for (exception, code, hint) in [
        ("ExpiredToken", "expired_credentials", "AWS_SESSION_TOKEN"),
        ("InvalidClientTokenId", "wrong_credentials", "the key was deleted"),
        ("SignatureDoesNotMatch", "wrong_credentials", "AWS_SECRET_ACCESS_KEY does not"),
    ] {
        home.set("AWS_ENDPOINT_URL_STS", &refusing_sts(exception));
        let of = |more: &[&str]| {
            home.run(&[&["users", "get", "alice", "--profile", "role"], more].concat())
        };
        refused(of, code, hint);
    }
}

/// Starts a stub of STS that issues credentials of a role after three throttled requests: the AWS
/// SDK sends as many before it returns the error. Returns its address, and its number of requests.
pub(crate) fn throttling_sts() -> (String, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let number = Arc::clone(&requests);
    let address = stub(move |_| match number.fetch_add(1, Ordering::Relaxed) {
        0..3 => {
            let body = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
                <Message>Rate exceeded</Message></Error><RequestId>1</RequestId></ErrorResponse>";
            (400, body.to_owned())
        }
        _ => {
            let body = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                <AssumeRoleResult><Credentials><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId>\
                <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
                <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
                </AssumeRoleResponse>";
            (200, body.to_owned())
        }
    });
    (address, requests)
}

#[tokio::test(flavor = "multi_thread")]
async fn job_continues_after_throttled_requests_for_the_credentials_of_a_role() {
    let (_pool, home) = pool_of(&["alice"]).await;
    let mut home = with_profiles(home);
    home.set("AWS_ENDPOINT_URL_STS", &throttling_sts().0);
    home.run(&["users", "export", "users.jsonl", "--profile", "role"]).succeeded();
    let exported = std::fs::read_to_string(home.path().join("users.jsonl")).unwrap();
    assert_eq!(exported.lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn job_continues_after_failures_of_the_endpoint_for_the_credentials_of_a_container() {
    let (_pool, mut home) = pool_of(&["alice"]).await;
    home.unset("AWS_ACCESS_KEY_ID");
    home.unset("AWS_SECRET_ACCESS_KEY");
    for (status, file, exit) in [(500, "a.jsonl", 0), (429, "b.jsonl", 0), (403, "c.jsonl", 3)] {
        let refused = AtomicUsize::new(0);
        // The AWS SDK repeats a request with the status 500 twice.
        let address = stub(move |_| match refused.fetch_add(1, Ordering::Relaxed) {
            0..3 => (status, String::new()),
            _ => {
                let role = json!({
                    "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "secret",
                    "Token": "token", "Expiration": "2099-01-01T00:00:00Z",
                });
                (200, role.to_string())
            }
        });
        home.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{address}/role"));
        let ran = home.run(&["users", "export", file]);
        assert_eq!(ran.code, exit, "{status} {}", ran.stderr);
        assert_eq!(home.path().join(file).exists(), exit == 0, "{status}");
    }
}
