//! Contexts, files and the origins of settings.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Home, stub};

const CONTEXTS: &str = r#"
[contexts.dev]
pool = "eu-west-1_Dev"
client = "dev-client"

[contexts.prod]
pool = "eu-west-1_Prod"
output = "json"
"#;

fn home() -> Home {
    let home = Home::new();
    home.write(".config/cognito/config.toml", CONTEXTS);
    home
}

fn value<'a>(settings: &'a Value, name: &str) -> &'a Value {
    settings.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()
}

#[test]
fn settings_are_shown_with_their_origin() {
    let mut home = home();
    home.set("COGNITO_CONTEXT", "dev");
    home.set("AWS_REGION", "eu-west-2");
    let arguments = ["config", "show", "--client", "flag-client", "-o", "json"];
    let shown = home.run(&arguments).succeeded().json();
    assert_eq!(value(&shown, "context")["origin"], "variable COGNITO_CONTEXT");
    assert_eq!(value(&shown, "client")["origin"], "option --client");
    assert_eq!(value(&shown, "region")["origin"], "variable AWS_REGION");
    let origin = value(&shown, "pool")["origin"].as_str().unwrap();
    assert!(origin.starts_with("context dev in ") && origin.ends_with("config.toml"));
    assert!(value(&shown, "domain")["value"].is_null());
}

#[test]
fn context_is_chosen_for_the_next_commands() {
    let home = home();
    let list = home.run(&["context", "list", "-o", "csv", "--fields", "name,in_use"]).succeeded();
    assert_eq!(list.stdout, "name,in_use\r\ndev,false\r\nprod,false\r\n");
    home.run(&["context", "show"]).failed(2, "cognito context use");
    home.run(&["context", "use", "prod", "--dry-run"]).succeeded();
    home.run(&["context", "show"]).failed(2, "there is no current context");
    home.run(&["context", "use", "prod"]).succeeded();
    let shown = home.run(&["context", "show"]).succeeded().json();
    assert_eq!(shown["pool"], "eu-west-1_Prod", "and its output is JSON");
    home.run(&["context", "use", "absent"]).failed(4, "the contexts are dev, prod");
}

#[test]
fn choice_that_cannot_be_read_does_not_select_the_default_context() {
    let home = home();
    home.write(".config/cognito/config.toml", &format!("default_context = \"dev\"\n{CONTEXTS}"));
    let choice = home.path().join(".local/state/cognito/context");
    fs::create_dir_all(choice.parent().unwrap()).unwrap();
    fs::write(&choice, b"pro\xff").unwrap();
    home.run(&["config", "show"]).failed(2, "cognito/context cannot be read");
    home.run(&["context", "use", "prod"]).succeeded();
    assert_eq!(home.run(&["context", "show"]).succeeded().json()["pool"], "eu-west-1_Prod");
    fs::remove_file(&choice).unwrap();
    fs::create_dir(&choice).unwrap();
    home.run(&["config", "show"]).failed(2, "remove the file");
}

#[test]
fn choice_of_a_context_without_precedence_is_a_warning() {
    let mut home = home();
    let choose = |home: &Home| home.run(&["context", "use", "dev"]).succeeded().stderr;
    assert!(choose(&home).contains("the context dev is the current one"));
    home.write(".cognito.toml", "context = \"prod\"\n");
    let warning = choose(&home);
    assert!(warning.contains("the context dev was chosen, but the context prod of project file"));
    home.set("COGNITO_CONTEXT", "prod");
    let warning = choose(&home);
    assert!(warning.contains("but the context prod of variable COGNITO_CONTEXT has precedence"));
    let planned = home.run(&["context", "use", "dev", "--dry-run"]).succeeded().stderr;
    assert!(
        planned.contains("the context dev would be chosen, but the context prod of"),
        "{planned}"
    );
    home.set("COGNITO_CONTEXT", "dev");
    assert!(choose(&home).contains("the context dev is the current one"));
}

#[test]
fn chosen_context_is_replaced_whole_and_is_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    home.run(&["context", "use", "prod"]).succeeded();
    let path = home.path().join(".local/state/cognito/context");
    for path in [&*path, path.parent().unwrap()] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o077, 0);
    }
    // The same file, unless the choice is written to another one.
    let before = home.path().join("before");
    fs::hard_link(&path, &before).unwrap();
    home.run(&["context", "use", "dev"]).succeeded();
    assert_eq!(fs::read_to_string(before).unwrap(), "prod\n");
    assert_eq!(fs::read_to_string(path).unwrap(), "dev\n");
}

#[test]
fn context_that_is_gone_can_be_replaced() {
    let home = home();
    home.run(&["context", "use", "prod"]).succeeded();
    home.write(".config/cognito/config.toml", "[contexts.dev]\npool = \"eu-west-1_Dev\"\n");
    home.run(&["config", "show"]).failed(4, "there is no context `prod`");
    home.run(&["context", "list"]).succeeded();
    home.run(&["context", "use", "dev"]).succeeded();
    home.run(&["config", "show"]).succeeded();
}

#[test]
fn home_without_files_has_no_contexts() {
    let ran = Home::new().run(&["context", "list"]).succeeded();
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("there are no contexts in "));
    Home::new().run(&["whoami"]).failed(2, "the app client is not named");
}

#[test]
fn bad_files_are_named_with_line_and_reason() {
    let home = Home::new();
    home.write(".config/cognito/config.toml", "[contexts.dev]\npool = 1\n");
    let error = home.run(&["config", "show", "--output", "json"]).failed(2, "").error();
    assert_eq!(error["code"], "bad_configuration");
    let message = error["message"].as_str().unwrap();
    assert!(message.ends_with("config.toml, line 2: `pool` must be a string"), "{message}");

    home.write(".config/cognito/config.toml", "");
    fs::write(home.path().join(".cognito.toml"), [0xff, 0xfe]).unwrap();
    home.run(&["config", "show"]).failed(2, ".cognito.toml");
}

#[test]
fn link_to_a_device_in_place_of_a_file_is_rejected() {
    for name in [".cognito.toml", ".config/cognito/config.toml"] {
        let mut home = Home::new();
        home.write(name, "");
        let path = home.path().join(name);
        // All users can write the device, for which a project's file would be ignored.
        home.set("COGNITO_ALLOW_PROJECT_FILE", &path.display().to_string());
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        home.run(&["config", "show"]).failed(2, &format!("{name}: it is not a regular file"));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        home.run(&["config", "show"]).failed(2, &format!("{name}: it is not a regular file"));
    }
}

#[test]
fn output_of_a_setting_must_be_a_format() {
    let mut home = Home::new();
    home.set("COGNITO_OUTPUT", "xml");
    home.run(&["config", "show"]).failed(2, "it must be table, json, jsonl or csv");
}

/// The value and the origin of a setting.
fn shown(home: &Home, options: &[&str], setting: &str) -> (Value, Value) {
    let command = [&["config", "show", "-o", "json"], options].concat();
    let settings = home.run(&command).succeeded().json();
    let row = value(&settings, setting);
    (row["value"].clone(), row["origin"].clone())
}

#[test]
fn profile_that_ignores_endpoints_disables_those_of_variables() {
    let mut home = Home::new();
    let key = "ignore_configured_endpoint_urls";
    let profiles = format!("[default]\n\n[profile aws]\n{key} = True\n[profile bad]\n{key} = 1\n");
    home.write(".aws/config", &profiles);
    home.write(".cognito.toml", "endpoint_url = \"http://localhost:2\"\n");
    home.set("AWS_ENDPOINT_URL", "http://localhost:1");
    let endpoint = |home: &Home, options: &[&str]| shown(home, options, "endpoint_url");
    assert_eq!(endpoint(&home, &[]).0, "http://localhost:1");
    let (value, origin) = endpoint(&home, &["--profile", "aws"]);
    assert_eq!(value, "http://localhost:2");
    assert!(origin.as_str().unwrap().starts_with("project file "), "{origin}");
    home.run(&["config", "show", "--profile", "bad"]).failed(2, "`1` is not a valid ignore_conf");
    home.set("AWS_PROFILE", "aws");
    assert_eq!(endpoint(&home, &[]).0, "http://localhost:2");
    home.set("COGNITO_ENDPOINT_URL", "http://localhost:3");
    assert_eq!(endpoint(&home, &[]).0, "http://localhost:3");
    home.unset("COGNITO_ENDPOINT_URL");
    home.set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false");
    assert_eq!(endpoint(&home, &[]).0, "http://localhost:1");
    home.set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "no");
    home.run(&["config", "show"]).failed(2, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    home.unset("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    home.unset("AWS_ENDPOINT_URL");
    let list = ["users", "list", "--pool", "eu-west-1_Ab12Cd34E", "--profile", "bad"];
    home.run(&list).failed(2, "`1` is not a valid ignore_configured_endpoint_urls");
}

/// An access token of the pool `eu-west-1_Ab12Cd34E`, without a valid signature.
fn token_of_the_pool() -> String {
    let issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E";
    let header = json!({ "alg": "RS256", "kid": "k" });
    let claims = json!({
        "iss": issuer, "token_use": "access", "client_id": "client", "sub": "34c8",
        "username": "alice", "exp": 4_000_000_000_u64, "iat": 1, "auth_time": 1, "jti": "1f0c",
    });
    let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{}.c2lnbmF0dXJl", parts.join("."))
}

/// Plain HTTP is refused to a host that is neither loopback nor named, before anything is sent.
#[test]
fn plain_http_to_another_host_needs_the_variable() {
    let mut home = Home::new().with_credentials();
    home.set("COGNITO_POOL", "eu-west-1_Ab12Cd34E");
    home.set("COGNITO_CLIENT", "client");
    home.set("COGNITO_ENDPOINT_URL", "http://service.invalid:1");
    home.set("COGNITO_TOKEN_STORE", "file");
    home.set("COGNITO_PASSWORD", "Correct-horse1");
    home.set("AWS_ENDPOINT_URL_SQS", "http://service.invalid:1");
    let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/parts";
    let domain = "http://auth.invalid:1";
    let with_domain = ["--domain", domain, "--endpoint-url", "http://127.0.0.1:1"];
    let browser = [&["login", "--browser"], &with_domain[..]].concat();
    let no_browser = [&["login", "--no-browser"], &with_domain[..]].concat();
    let token = token_of_the_pool();
    let commands: [&[&str]; 11] = [
        &["users", "list"],
        &["users", "get", "alice"],
        &["users", "disable", "alice", "--yes"],
        &["pool", "describe"],
        &["quota", "UserRead"],
        &["login", "alice"],
        &["users", "list", "--pool", "name-of-a-pool"],
        &["job", "worker", "--queue", queue, "--yes", "--", "users", "disable", "--all"],
        &browser,
        &no_browser,
        &["verify", &token],
    ];
    for command in commands {
        home.unset("COGNITO_ALLOW_PLAIN_HTTP");
        let ran = home.run(command);
        assert_ne!(ran.code, 0, "{command:?}");
        assert!(ran.stderr.contains("COGNITO_ALLOW_PLAIN_HTTP"), "{command:?} {}", ran.stderr);
        home.set("COGNITO_ALLOW_PLAIN_HTTP", "other, 10.0.0.1");
        assert!(home.run(command).stderr.contains("COGNITO_ALLOW_PLAIN_HTTP"), "{command:?}");
    }
}

#[test]
fn key_set_over_plain_http_is_a_failure_of_the_settings_and_not_of_the_token() {
    let mut home = Home::new();
    home.set("COGNITO_POOL", "eu-west-1_Ab12Cd34E");
    home.set("COGNITO_ENDPOINT_URL", "http://service.invalid:1");
    let ran = home.run(&["verify", &token_of_the_pool(), "-o", "json"]).failed(2, "");
    assert_eq!(ran.error()["code"], "configuration");
}

#[test]
fn invalid_domain_is_named_by_every_command_that_uses_it() {
    let mut home = Home::new();
    home.set("COGNITO_POOL", "eu-west-1_Ab12Cd34E");
    home.set("COGNITO_CLIENT", "client");
    home.set("COGNITO_TOKEN_STORE", "file");
    home.set("COGNITO_REFRESH_TOKEN", "planted");
    let commands: [&[&str]; 4] =
        [&["token"], &["whoami"], &["login", "--browser"], &["login", "--browser", "--dry-run"]];
    for command in commands {
        for domain in ["auth.invalid", "https://user:planted@auth.invalid", "https://a.invalid?x"] {
            home.set("COGNITO_DOMAIN", domain);
            let ran = home.run(command).failed(2, "the domain is invalid; give its URL");
            assert!(!ran.stderr.contains("COGNITO_ALLOW_PLAIN_HTTP"), "{domain} {ran:?}");
            assert!(!ran.stderr.contains("planted"), "{domain} {ran:?}");
        }
        for domain in [
            "http://user:planted@auth.invalid",
            " http://auth.invalid",
            "HTTP://auth.invalid",
            "http:auth.invalid",
        ] {
            home.set("COGNITO_DOMAIN", domain);
            let ran = home.run(command);
            let ran = ran.failed(2, "the address of `auth.invalid` is neither https");
            assert!(ran.stderr.contains("COGNITO_ALLOW_PLAIN_HTTP"), "{domain} {ran:?}");
            assert!(!ran.stderr.contains("planted"), "{domain} {ran:?}");
        }
    }
    for domain in [" https://auth.invalid\n", "https://jörg.invalid"] {
        home.set("COGNITO_DOMAIN", domain);
        home.run(&["login", "--browser", "--dry-run"]).succeeded();
    }
}

/// A proxy receives the requests to a named host, in place of the host.
#[test]
fn plain_http_is_sent_to_a_named_host() {
    let proxy = stub(|head| {
        assert!(head.starts_with("post http://service.invalid:1/"), "{head}");
        (200, r#"{ "Users": [] }"#.to_owned())
    });
    let mut home = Home::new().with_credentials();
    home.set("COGNITO_POOL", "eu-west-1_Ab12Cd34E");
    home.set("COGNITO_ENDPOINT_URL", "http://service.invalid:1");
    home.set("COGNITO_ALLOW_PLAIN_HTTP", "other, service.invalid");
    home.set("HTTP_PROXY", &proxy);
    home.run(&["users", "list"]).succeeded();
}
