//! The terminal session of the guide: its commands are run, with its files and its emulator, and their output is compared.
//! `COGNITO_UPDATE_SNAPSHOTS=1` writes it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::{env, fs};

use regex::Regex;

use crate::pseudo_terminal::Terminal;
use crate::support::{Home, PASSWORD};

const BEGIN: &str = "```console\n";
const END: &str = "```\n";

/// The address of the emulator in the guide.
const GUIDE_ENDPOINT: &str = "http://127.0.0.1:4701";

/// The emulator of the guide on a free port, which ends with the test.
struct GuideEmulator {
    program: Child,
    endpoint: String,
}

impl GuideEmulator {
    /// Runs the command of the guide, which shows the first line of its output.
    fn start(shown: &str, home: &Home) -> Self {
        let (command, output) = shown.split_once('\n').unwrap();
        let command = command.strip_prefix("$ cognito ").unwrap().replace("4701", "0");
        let words: Vec<&str> = command.split(' ').collect();
        let mut program = home.command(&words);
        let mut program = program.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let line = BufReader::new(program.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        let endpoint = line.rsplit(' ').next().unwrap().to_owned();
        let emulator = Self { program, endpoint };
        assert_eq!(emulator.in_guide(&line), output.trim_end());
        emulator
    }

    fn in_guide(&self, text: &str) -> String {
        text.replace(&self.endpoint, GUIDE_ENDPOINT)
    }
}

impl Drop for GuideEmulator {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/program.md")
}

/// Replaces the parts that differ in each run by those of the guide. A terminal writes `\n` as `\r\n`, and so the line
/// ends of CSV as `\r\r\n`.
fn normalized(text: &str, home: &Home, emulator: &GuideEmulator) -> String {
    let text = emulator.in_guide(&text.replace('\r', ""));
    let text = text.replace(&*home.path().to_string_lossy(), "/home/alice");
    let times =
        Regex::new(r"(signed_in_at|expires_at) ( *)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let of_guide = |found: &regex::Captures<'_>| {
        let hour = if &found[1] == "expires_at" { "13" } else { "12" };
        format!("{} {}2026-11-29T{hour}:00:00Z", &found[1], &found[2])
    };
    times.replace_all(&text, of_guide).into_owned()
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

#[test]
fn session_of_the_guide_is_what_the_program_prints() {
    let text = fs::read_to_string(guide()).unwrap();
    let mut files = text.split("```toml\n").skip(1).map(|rest| rest.split(END).next().unwrap());
    let (seed, settings) = (files.next().unwrap(), files.next().unwrap());
    let (start, rest) = text.split_once(BEGIN).unwrap();
    let (serve, rest) = rest.split_once(END).unwrap();
    let (between, rest) = rest.split_once(BEGIN).unwrap();
    let (session, after) = rest.split_once(END).unwrap();

    let mut home = Home::new();
    let program = Path::new(env!("CARGO_BIN_EXE_cognito")).parent().unwrap().display();
    home.set("PATH", &format!("{program}:/usr/bin:/bin"));
    home.write("seed.toml", seed);
    let emulator = GuideEmulator::start(serve, &home);
    home.write(
        ".config/cognito/config.toml",
        &settings.replace(GUIDE_ENDPOINT, &emulator.endpoint),
    );

    let commands = session.lines().filter_map(|line| line.strip_prefix("$ "));
    let printed: String = commands
        .map(|line| {
            let output = normalized(&run(line, &home), &home, &emulator);
            format!("$ {line}\n{output}")
        })
        .collect();
    if env::var_os("COGNITO_UPDATE_SNAPSHOTS").is_some() {
        let before = format!("{start}{BEGIN}{serve}{END}{between}");
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
