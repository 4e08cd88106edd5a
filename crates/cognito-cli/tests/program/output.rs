//! Standard output and standard error.

use std::process::Stdio;

use crate::support::{Home, Ran};

#[test]
fn closed_output_ends_quietly() {
    let home = Home::new();
    for arguments in [&["completions", "bash"][..], &["config", "show"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = home.command(arguments);
        let ran = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
        let ran = Ran::from(ran.spawn().unwrap().wait_with_output().unwrap());
        assert_eq!((ran.code, &*ran.stderr), (0, ""), "{arguments:?}");
    }
}

#[test]
fn full_device_is_a_failure() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let home = Home::new();
    let mut command = home.command(&["config", "show"]);
    let child = command.stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()).spawn();
    Ran::from(child.unwrap().wait_with_output().unwrap()).failed(1, "writing failed");
}

#[test]
fn wrong_command_lines_have_the_code_2_and_are_json_when_asked() {
    let mut home = Home::new();
    home.run(&["tokn"]).failed(2, "a similar subcommand exists: 'token'");
    home.run(&[]).failed(2, "Usage");
    let error = home.run(&["token", "--nothing", "--output=json"]).failed(2, "").error();
    assert_eq!((error["code"].as_str(), error["exit_code"].as_u64()), (Some("usage"), Some(2)));
    let error = home.run(&["-o", "json", "users", "export"]).failed(2, "").error();
    let message = "the following required arguments were not provided: <FILE>";
    assert_eq!((error["message"].as_str(), error["hint"].as_str()), (Some(message), None));
    let error = home.run(&["tokn", "-ojson"]).failed(2, "").error();
    assert_eq!(error["hint"], "a similar subcommand exists: 'token'");
    home.run(&["users", "-ojson"]).failed(2, "'cognito users' requires a subcommand");
    home.set("COGNITO_OUTPUT", "json");
    let error = home.run(&[]).failed(2, "").error();
    assert_eq!(error["message"], "the command is missing");
    home.unset("COGNITO_OUTPUT");
    home.run(&["config", "show", "--fields", "name,nothing"]).failed(2, "its fields are name");
}

#[test]
fn output_is_data_alone() {
    let home = Home::new();
    let ran = home.run(&["config", "show", "-o", "jsonl"]).succeeded();
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    let version = home.run(&["--version"]).succeeded().stdout;
    assert_eq!(version, format!("cognito {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn emulator_is_a_part_of_the_program() {
    let home = Home::new();
    let help = home.run(&["emulator", "serve", "--help"]).succeeded().stdout;
    assert!(help.contains("Usage: cognito emulator serve"), "{help}");
    home.run(&["emulator", "codes", "alice"]).failed(2, "--url");
    let mut command = home.command(&["emulator", "serve", "--port", "0", "--exit-with-stdin"]);
    let ran = Ran::of(command.stdin(Stdio::null())).succeeded();
    assert!(ran.stdout.contains("http://127.0.0.1:"), "{}", ran.stdout);
}

#[test]
fn errors_are_explained() {
    let home = Home::new();
    let ran = home.run(&["explain", "redirect_mismatch"]).succeeded();
    assert!(ran.stdout.contains("http://localhost:8765/callback"));
    let message = "Unable to verify secret hash for client 1abc";
    let ran = home.run(&["explain", message, "-o", "json"]).succeeded();
    assert_eq!(ran.json()["error"], "SECRET_HASH");
    home.run(&["explain", "nonsense"])
        .failed(4, "the errors with an explanation are redirect_mismatch");
}

#[test]
fn help_has_the_exit_codes_of_the_guide() {
    let help = Home::new().run(&["--help"]).succeeded().stdout;
    let (_, listed) = help.split_once("Exit codes:\n").unwrap();
    let listed: Vec<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let guide = include_str!("../../../../docs/program.md");
    let (_, table) = guide.split_once("| exit code | meaning |\n| --- | --- |\n").unwrap();
    let rows = table.lines().map_while(|line| line.strip_prefix("| ")?.split(' ').next());
    assert_eq!(listed, rows.collect::<Vec<_>>());
}
