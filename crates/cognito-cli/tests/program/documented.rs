//! The terminal session of the guide: its commands are run, and their output is compared.
//! `COGNITO_UPDATE_SNAPSHOTS=1` writes it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use cognito_emulator::PoolSettings;
use regex::Regex;

use crate::pseudo_terminal::Terminal;
use crate::support::{Home, PASSWORD, pool_with};

const BEGIN: &str = "```console\n";
const END: &str = "```\n";

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/program.md")
}

/// The parts that differ in each run, as the guide shows them. A terminal writes `\n` as `\r\n`, and so the line ends of CSV
/// as `\r\r\n`.
fn normalized(text: &str, home: &Home, endpoint: &str) -> String {
    let text = text.replace('\r', "").replace(endpoint, "http://localhost:4701");
    let text = text.replace(&*home.path().to_string_lossy(), "/home/alice");
    let times = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    times.replace_all(&text, "2026-11-29T12:00:00Z").into_owned()
}

/// Runs a command in a shell at a terminal, and types the password when it is asked for.
fn run(command: &str, home: &Home) -> String {
    let mut terminal = Terminal::of(home, "/bin/sh", &["-c", command]);
    if command.starts_with("cognito login") {
        terminal.expect("Password: ");
        terminal.type_line(PASSWORD);
    }
    terminal.end().1
}

#[tokio::test(flavor = "multi_thread")]
async fn session_of_the_guide_is_what_the_program_prints() {
    let id = "eu-west-1_Ab12Cd34E".parse().unwrap();
    let pool = pool_with(PoolSettings::default().id(id).client_id("1example23456789")).await;
    let mut home = Home::new();
    let program = Path::new(env!("CARGO_BIN_EXE_cognito")).parent().unwrap().display();
    home.set("PATH", &format!("{program}:/usr/bin:/bin"));

    let text = fs::read_to_string(guide()).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (session, after) = rest.split_once(END).unwrap();
    let file = before.split("```toml\n").nth(1).unwrap().split(END).next().unwrap();
    let file = file.replace("http://localhost:4701", pool.endpoint());
    home.write(".config/cognito/config.toml", &file);

    let commands = session.lines().filter_map(|line| line.strip_prefix("$ "));
    let printed: String = commands
        .map(|line| {
            let output = normalized(&run(line, &home), &home, pool.endpoint());
            format!("$ {line}\n{output}")
        })
        .collect();
    if env::var_os("COGNITO_UPDATE_SNAPSHOTS").is_some() {
        fs::write(guide(), format!("{before}{BEGIN}{printed}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(session, printed, "COGNITO_UPDATE_SNAPSHOTS=1 writes it");
}

#[test]
fn exit_codes_and_settings_of_the_guide_are_complete() {
    let text = fs::read_to_string(guide()).unwrap();
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 10, 75, 130] {
        assert!(text.contains(&format!("\n| {code} | ")), "{code}");
    }
    let shown = Home::new().run(&["config", "show", "-o", "json"]).succeeded().json();
    for setting in shown.as_array().unwrap() {
        let name = setting["name"].as_str().unwrap();
        assert!(text.contains(&format!("| `{name}`")) || name == "context", "{name}");
    }
}
