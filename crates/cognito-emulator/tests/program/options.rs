//! Rejected options and files, and the output of `--help`.

use std::fs;

use serde_json::{Value, json};

use crate::support::{end, program, send, serve, write_seed};

#[test]
fn errors_name_the_entry_and_help_lists_the_interface() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.json");
    write_seed(&path, "hunter2");
    let path = path.to_str().unwrap();
    let output = program(&["serve", "--seed-file", path]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    let expected = format!("cognito-emulator: {path}: Pools[0].Users[0] (alice): ");
    assert!(error.starts_with(&expected), "{error}");
    assert!(!error.contains("hunter2") && output.stdout.is_empty());

    let missing = program(&["serve", "--seed-file", "/nowhere/seed.json"]).output().unwrap();
    let error = String::from_utf8(missing.stderr).unwrap();
    assert!(error.starts_with("cognito-emulator: /nowhere/seed.json: "), "{error}");

    let help = program(&["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for word in [
        "--seed-file",
        "--test-interface",
        "--quotas",
        "/_emulator/reset",
        "AdvanceSeconds",
        "Throttled",
    ] {
        assert!(help.contains(word), "{help}");
    }
}

#[test]
fn seed_file_may_be_one_that_windows_powershell_writes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.json");
    let seed = r#"{ "Pools": [{ "Id": "eu-west-1_Example01", "PoolName": "Pool",
        "Users": [{ "Username": "jörg", "Password": "Correct-horse1" }] }] }"#;
    let utf_16 = seed.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    fs::write(&path, [&[0xff, 0xfe], &utf_16[..]].concat()).unwrap();
    let server = serve(&["--seed-file", path.to_str().unwrap()]);
    let user = r#"{ "UserPoolId": "eu-west-1_Example01", "Username": "jörg" }"#;
    let found = send(&server.address, "POST /", "AdminGetUser", user);
    assert_eq!(found["Username"], "jörg");
    end(server);
    fs::write(&path, [0xff, 0x00]).unwrap();
    let rejected = program(&["serve", "--seed-file", path.to_str().unwrap()]).output().unwrap();
    let error = String::from_utf8(rejected.stderr).unwrap();
    assert!(error.contains("neither UTF-8 nor UTF-16"), "{error}");
}

#[test]
fn quotas_are_the_default_or_those_of_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("quotas.json");
    let path = path.to_str().unwrap();
    fs::write(path, r#"{ "UserPoolRead": 0 }"#).unwrap();
    for (quotas, status) in [("default", Value::Null), (path, json!("TooManyRequestsException"))] {
        let program = serve(&["--quotas", quotas]);
        let listed = send(&program.address, "POST /", "ListUserPools", r#"{"MaxResults":1}"#);
        assert_eq!(listed["__type"], status, "{listed}");
        end(program);
    }
    fs::write(path, r#"{ "UserPoolRed": 0 }"#).unwrap();
    let refused = program(&["serve", "--quotas", path]).output().unwrap();
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains(path) && error.contains("UserPoolRed"), "{error}");
}

#[test]
fn options_that_no_client_could_use_are_rejected() {
    for option in [
        ["--public-url", "localhost:4567"],
        ["--endpoint", "localhost:4567"],
        ["--endpoint", "http://"],
        ["--endpoint", "http://user@localhost:4567"],
        ["--endpoint", "http://localhost:4567?pool=1"],
        ["--public-url", "http://localhost:4567/login"],
        ["--public-url", "http://localhost:0"],
        ["--allow-origin", "*"],
        ["--allow-origin", "https://app.example/path"],
        ["--trigger-url", "functions/sign-up"],
        ["--trigger-url", "https://localhost/function"],
        ["--region", ""],
        ["--region", "eu west"],
    ] {
        let refused = program(&["serve", option[0], option[1]]).output().unwrap();
        let error = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{option:?}: {error}");
        assert!(error.contains(option[0]), "{option:?}: {error}");
        assert!(
            !error.contains("Usage:"),
            "{option:?}: the error has the usage of another command: {error}"
        );
    }
}
