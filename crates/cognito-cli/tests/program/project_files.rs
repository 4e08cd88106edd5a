//! The project's file, which may come from another author.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};

use crate::support::{Home, PASSWORD, Ran, pool, stub};

const REFUSED: &str = "no secret is sent to ";

/// An address that is not this machine. No test sends a request there.
const ELSEWHERE: &str = "https://cognito.invalid";

/// Commands that send requests with a secret to the endpoint: a proof of the password, tokens, passwords of users, or
/// the session token of AWS credentials.
const OF_ENDPOINT: &[&str] = &[
    "audit",
    "aws-credentials",
    "clients allow-cli-login",
    "clients describe",
    "clients list",
    "clients update --set AccessTokenValidity=30",
    "devices forget alice key",
    "devices list alice",
    "groups add staff alice",
    "groups create staff",
    "groups delete staff",
    "groups list",
    "groups members staff",
    "groups of alice",
    "groups remove staff alice",
    "job worker --redis redis://127.0.0.1:1 --job a --parts 1 -- users disable --all",
    "job worker --queue http://127.0.0.1:1/queue -- users disable --all",
    "login alice --password-stdin",
    "login alice --choose",
    "login alice --custom",
    "login --browser --domain https://auth.invalid",
    "login --dry-run",
    "mfa reset alice",
    "mfa status alice",
    "pool describe",
    "pool diff eu-west-1_Other1234",
    "pool recover --list",
    "pool update --set DeletionProtection=ACTIVE",
    "quota UserList",
    "token",
    "users confirm alice",
    "users create bob --with-password",
    "users delete alice",
    "users diff users.csv",
    "users disable alice",
    "users disable --all",
    "users enable alice",
    "users export users.jsonl",
    "users get alice",
    "users import users.csv",
    "users list",
    "users password alice",
    "users search alice",
    "users set alice -a name=Alice",
    "users sign-out alice",
    "whoami",
];

/// Commands that send no secret to the endpoint of the settings. `logout` and `job resume` use the
/// addresses of the sign-in and of the start of the job. Here no user is signed in and no job exists,
/// so that `job forget`, `job resume` and `job show` only show that they do not read the endpoint
/// first; `logout` has a session in a test below.
const WITHOUT: &[&str] = &[
    "completions bash",
    "config show",
    "context list",
    "context show",
    "context use dev",
    "explain UserNotFoundException",
    "job forget a",
    "job list",
    "job resume a",
    "job show a",
    "logout",
    "verify garbage",
];

/// Commands that send a secret to the domain of managed login.
const OF_DOMAIN: &[&str] = &[
    "login --browser",
    "login --no-browser",
    "login --browser --dry-run",
    "token",
    "whoami",
    "aws-credentials",
];

/// A home with secrets for each command, and the requests to its proxy, through which each request to another machine
/// would go.
fn home() -> (Home, Receiver<String>) {
    let (sender, requests) = channel();
    let proxy = stub(move |head| {
        sender.send(head.to_owned()).unwrap();
        (502, String::new())
    });
    let mut home = Home::new().with_credentials();
    for (name, value) in [
        ("COGNITO_POOL", "eu-west-1_Ab12Cd34E"),
        ("COGNITO_CLIENT", "1example23456789"),
        ("COGNITO_TOKEN_STORE", "file"),
        ("COGNITO_IDENTITY_POOL", "eu-west-1:1f0c7a5e-3d2b-4c1a-9e8f-0123456789ab"),
        ("COGNITO_NEW_PASSWORD", PASSWORD),
        ("COGNITO_REFRESH_TOKEN", "planted"),
        ("HTTPS_PROXY", &proxy),
        ("HTTP_PROXY", &proxy),
    ] {
        home.set(name, value);
    }
    home.write("users.csv", "username,password\nbob,Correct-horse1\n");
    home.write(".config/cognito/config.toml", "[contexts.dev]\nregion = \"eu-west-1\"\n");
    (home, requests)
}

fn words(command: &str) -> Vec<&str> {
    command.split(' ').collect()
}

/// The commands whose help is a snapshot, without groups of commands.
fn all_commands() -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/help");
    let texts = fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    let usages = texts.filter_map(|path| {
        let text = fs::read_to_string(path).unwrap();
        let is_group = text.lines().any(|line| line == "Commands:");
        let (_, usage) = text.split_once("\nUsage: cognito ").unwrap();
        let name = usage.split_once(" [").map_or(usage, |(name, _)| name).to_owned();
        (!is_group).then_some(name)
    });
    usages.collect()
}

#[test]
fn secrets_are_not_sent_to_an_endpoint_of_a_project() {
    let (home, requests) = home();
    home.write(".cognito.toml", &format!("endpoint_url = \"{ELSEWHERE}\"\n"));
    for command in OF_ENDPOINT {
        let ran = home.run_with(&[&["--yes"], &*words(command)].concat(), PASSWORD);
        assert!(ran.code == 2 && ran.stderr.contains(REFUSED), "{command}: {ran:?}");
        assert!(ran.stderr.contains("set COGNITO_ENDPOINT_URL"), "{command}: {ran:?}");
    }
    for command in WITHOUT {
        let ran = home.run(&words(command));
        assert!(!ran.stderr.contains(REFUSED), "{command}: {ran:?}");
    }
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), [""; 0]);
    for name in all_commands() {
        let has = |command: &&&str| **command == name || command.starts_with(&format!("{name} "));
        let is_listed = OF_ENDPOINT.iter().chain(WITHOUT).find(has).is_some();
        assert!(is_listed, "{name}: add the command to a list");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_a_session_are_not_revoked_at_an_endpoint_of_a_project() {
    let (mut other, requests) = home();
    let pool = pool().await;
    let mut home = Home::signed_in(&pool);
    for name in ["HTTPS_PROXY", "HTTP_PROXY"] {
        home.set(name, &other.take(name));
    }
    let endpoint = home.take("COGNITO_ENDPOINT_URL");
    home.write(".cognito.toml", &format!("endpoint_url = \"{ELSEWHERE}\"\n"));
    home.run(&["logout"]).failed(3, "the session belongs to ");
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), [""; 0]);
    home.set("COGNITO_ENDPOINT_URL", &endpoint);
    home.run(&["logout"]).succeeded();
}

#[test]
fn secrets_are_not_sent_to_a_domain_of_a_project() {
    let (home, requests) = home();
    home.write(".cognito.toml", &format!("domain = \"{ELSEWHERE}\"\n"));
    for command in OF_DOMAIN {
        let ran = home.run(&words(command));
        assert!(ran.code == 2 && ran.stderr.contains(REFUSED), "{command}: {ran:?}");
        assert!(ran.stderr.contains("set COGNITO_DOMAIN"), "{command}: {ran:?}");
    }
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn address_is_trusted_if_the_user_names_it_too() {
    let (mut home, requests) = home();
    home.write(".cognito.toml", &format!("endpoint_url = \"{ELSEWHERE}\"\n"));
    let is_refused = |home: &Home, more: &[&str]| {
        let ran = home.run(&[&["token"], more].concat());
        ran.stderr.contains(REFUSED)
    };
    assert!(is_refused(&home, &[]) && requests.try_recv().is_err());
    assert!(!is_refused(&home, &["--endpoint-url", ELSEWHERE]));
    requests.try_recv().unwrap();
    let hint = home.run(&["token"]).stderr;
    let file = home.path().join(".config/cognito/config.toml");
    let named = format!("your current context (`cognito context use`) in {}", file.display());
    assert!(hint.contains(&named), "{hint}");
    let context =
        |url: &str| format!("default_context = \"a\"\n[contexts.a]\nendpoint_url = \"{url}\"\n");
    home.write(".config/cognito/config.toml", &context("https://other.invalid"));
    assert!(is_refused(&home, &[]));
    home.write(".config/cognito/config.toml", &context(ELSEWHERE));
    assert!(!is_refused(&home, &[]));
    home.write(".config/cognito/config.toml", "");
    home.set("COGNITO_ENDPOINT_URL", ELSEWHERE);
    assert!(!is_refused(&home, &[]));
}

#[tokio::test(flavor = "multi_thread")]
async fn loopback_address_of_a_project_is_trusted() {
    let pool = pool().await;
    let mut home = Home::of(&pool);
    home.unset("COGNITO_ENDPOINT_URL");
    home.write(".cognito.toml", &format!("endpoint_url = \"{}\"\n", pool.endpoint()));
    home.run_with(&["login", "alice", "--password-stdin"], PASSWORD).succeeded();
    home.run(&["token", "--refresh"]).succeeded();
    for trusted in ["http://127.0.0.1:1", "http://localhost:1", "https://[::1]"] {
        home.write(".cognito.toml", &format!("domain = \"{trusted}\"\n"));
        home.run(&words("login --browser --dry-run")).succeeded();
    }
    // Plain glibc sends names below localhost to DNS.
    for elsewhere in ["app.localhost", "localhost.", "app-localhost", "localhost.invalid"] {
        for (line, command) in [
            (format!("endpoint_url = \"http://{elsewhere}:1\"\n"), "login alice --password-stdin"),
            (format!("domain = \"http://{elsewhere}:1\"\n"), "login --no-browser"),
        ] {
            home.write(".cognito.toml", &line);
            home.run(&words(command)).failed(2, REFUSED);
        }
    }
}

const IGNORED: &str = ".cognito.toml is ignored: ";

#[test]
fn file_that_another_user_could_have_written_is_ignored() {
    let mut home = Home::new();
    home.write(".cognito.toml", "region = \"eu-west-1\"\n");
    let path = home.path().join(".cognito.toml");
    let show = |home: &Home| home.run(&["config", "show", "-o", "json"]).succeeded();
    let is_used = |home: &Home| {
        let ran = show(home);
        let is_used = ran.stdout.contains("eu-west-1");
        assert_eq!(is_used, !ran.stderr.contains(IGNORED), "{ran:?}");
        is_used
    };
    for mode in [0o600, 0o644, 0o664] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert!(is_used(&home), "{mode:o}");
    }
    for mode in [0o602, 0o666] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert!(!is_used(&home), "{mode:o}");
        let warning = show(&home).stderr;
        assert!(
            warning.contains("all users can write it; to use it, set COGNITO_ALLOW_PROJECT_FILE")
        );
        assert_eq!(warning.matches(IGNORED).count(), 1, "{warning}");
    }
    assert_eq!(home.run(&["config", "show", "--quiet"]).succeeded().stderr, "");
    home.set("COGNITO_ALLOW_PROJECT_FILE", &home.path().join("other.toml").display().to_string());
    assert!(!is_used(&home));
    home.set("COGNITO_ALLOW_PROJECT_FILE", &path.display().to_string());
    assert!(is_used(&home));
    home.unset("COGNITO_ALLOW_PROJECT_FILE");
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    // Only root can give a file away.
    if chown(&path, Some(65_533), None).is_err() {
        return;
    }
    assert!(!is_used(&home) && show(&home).stderr.contains("it belongs to another user"));
    home.write("mine.toml", "region = \"eu-west-1\"\n");
    fs::remove_file(&path).unwrap();
    symlink(home.path().join("mine.toml"), &path).unwrap();
    assert!(is_used(&home));
    std::os::unix::fs::lchown(&path, Some(65_533), None).unwrap();
    assert!(!is_used(&home));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    chown(&path, Some(65_533), None).unwrap();
    assert!(!is_used(&home), "a directory prevents no command either");
}

#[test]
fn ignored_file_hides_no_file_above_it_and_is_named_if_a_setting_is_missing() {
    let home = Home::new().with_credentials();
    home.write(".cognito.toml", "client = \"1example23456789\"\n");
    home.write("below/.cognito.toml", "pool = \"eu-west-1_Ab12Cd34E\"\n");
    let below = home.path().join("below");
    let run = |arguments: &[&str]| {
        Ran::of(home.command(arguments).current_dir(&below).stdin(Stdio::null()))
    };
    let path = below.join(".cognito.toml");
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    assert!(run(&["config", "show"]).succeeded().stdout.contains("1example23456789"));
    let named = format!("the project file {} was ignored", path.display());
    run(&["users", "list", "--quiet"]).failed(2, &named);
    fs::remove_file(&path).unwrap();
    let ran = run(&["users", "list", "--quiet"]).failed(2, "the user pool is not named");
    assert!(!ran.stderr.contains("was ignored"), "{ran:?}");
}
