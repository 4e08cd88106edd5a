//! AWS credentials that are missing, have expired or are not accepted: the reason, the remedy and exit code 3.

use cognito_emulator::InjectedFault;
use serde_json::json;

use crate::support::{Home, Ran, stub};
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
fn with_profiles(mut home: Home) -> Home {
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
    for (profile, hint) in
        [("keys", "`cognito config show`"), ("absent", "pass --profile, or set AWS_PROFILE")]
    {
        let of = |more: &[&str]| get(&[&["--profile", profile], more].concat());
        refused(of, "no_credentials", hint);
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
