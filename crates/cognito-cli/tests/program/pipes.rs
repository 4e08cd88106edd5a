//! Output that its reader has closed, and named pipes in place of files.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Home, Ran};
use crate::users::{pool_of, requests, signal, started};
use crate::workers::{QUEUE_WORKER, throttled_queue};

fn with_closed_output(home: &Home, arguments: &[&str]) -> Ran {
    Ran::with_closed_output(&mut home.command(arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn comparison_has_its_exit_code_even_if_the_output_is_closed() {
    let (pool, home) = pool_of(&["alice"]).await;
    home.write("same.jsonl", "{\"username\":\"alice\"}\n");
    home.write("other.jsonl", "{\"username\":\"bob\"}\n");
    let described = home.run(&["pool", "describe", "-o", "json"]).succeeded().stdout;
    home.write("same.json", &described);
    home.write("other.json", &described.replace("\"MinimumLength\": 8", "\"MinimumLength\": 9"));
    for format in ["table", "json", "jsonl", "csv"] {
        for (command, file, exit) in [
            ("users", "same.jsonl", 0),
            ("users", "other.jsonl", 10),
            ("pool", "same.json", 0),
            ("pool", "other.json", 10),
        ] {
            let ran = with_closed_output(&home, &[command, "diff", file, "-o", format]);
            assert_eq!(ran.code, exit, "{command} {file} {format}: {}", ran.stderr);
        }
    }
    assert!(requests(&pool, "ListUsers") > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_lines_of_a_plan_are_a_failure_even_if_the_output_is_closed() {
    let (_pool, home) = pool_of(&["alice"]).await;
    home.write("users.csv", "username\n\"a b\"\n");
    let plan = with_closed_output(&home, &["users", "import", "users.csv", "--dry-run"]);
    plan.failed(2, "the file has 1 rejected line");
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_has_its_exit_code_even_if_the_output_is_closed() {
    let (pool, mut home) = pool_of(&["alice"]).await;
    home.write("users.txt", "alice\nnobody\n");
    throttled_queue(&mut home, "nothing");
    let (_all, worker) = QUEUE_WORKER.split_last().unwrap();
    let ran = with_closed_output(&home, &[worker, &["--from", "users.txt"]].concat());
    ran.failed(6, "1 user failed");
    assert_eq!(requests(&pool, "AdminDisableUser"), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure_and_a_closed_one_is_not() {
    let home = Home::new();
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["users", "--help"],
        &["config", "show"],
        &["completions", "bash"],
    ] {
        assert_eq!(with_closed_output(&home, arguments).code, 0, "{arguments:?}");
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let child = home.command(arguments).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        Ran::from(child.wait_with_output().unwrap()).failed(1, "No space left on device");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_compared_with_a_file_in_utf16() {
    let (_pool, home) = pool_of(&[]).await;
    let described = home.run(&["pool", "describe", "-o", "json"]).succeeded().stdout;
    // Windows PowerShell redirects output to files in UTF-16.
    let units = ['\u{feff}'].into_iter().chain(described.chars()).collect::<String>();
    let bytes: Vec<u8> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(home.path().join("reviewed.json"), bytes).unwrap();
    home.run(&["pool", "diff", "reviewed.json"]).succeeded();
    std::fs::write(home.path().join("reviewed.json"), b"{\"Name\":\"\xff\"}").unwrap();
    home.run(&["pool", "diff", "reviewed.json"]).failed(2, "it is not UTF-8");
}

/// Interrupts a command that waits for a pipe, and checks that it ends.
fn interrupt(mut child: Child) {
    let deadline = Instant::now() + Duration::from_secs(20);
    signal(&child, "-INT");
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ran::from(child.wait_with_output().unwrap()).failed(130, "interrupted");
}

/// Returns the functions of the kernel in which the threads of the program wait, from
/// `/proc/PID/task/TID/wchan`. Without `CONFIG_KALLSYMS`, or the permission, the file is missing or
/// contains `0`.
fn waits(child: &Child) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id()));
    let tasks = tasks.into_iter().flatten();
    let places = tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("wchan")));
    let places = places.filter_map(|place| Some(place.ok()?.trim().to_owned()));
    places.filter(|place| place.len() > 1).collect()
}

/// Waits until a thread of the program opens a pipe and waits for its other end, which Linux calls
/// `wait_for_partner`, or earlier `pipe_wait`. Elsewhere nothing shows it.
fn wait_for_reader_of_pipe(child: &Child) {
    // The threads of an idle runtime sleep.
    if waits(child).is_empty() {
        return std::thread::sleep(Duration::from_millis(500));
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    let is_of_pipe = |place: &String| ["wait_for_partner", "pipe_wait"].contains(&place.as_str());
    while !waits(child).iter().any(is_of_pipe) {
        assert!(Instant::now() < deadline, "the program does not open the pipe");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn command_that_waits_for_a_named_pipe_is_interrupted() {
    let (pool, home) = pool_of(&["alice"]).await;
    let pipe = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = home.command(&["users", "diff", "pipe"]);
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // The pipe can be opened for writing once the program reads it.
    let open = move || std::fs::OpenOptions::new().write(true).open(pipe).unwrap();
    let opened = std::thread::spawn(open);
    let deadline = Instant::now() + Duration::from_secs(20);
    while !opened.is_finished() {
        assert!(Instant::now() < deadline, "the program does not read the pipe");
        std::thread::sleep(Duration::from_millis(10));
    }
    interrupt(child);
    drop(opened.join().unwrap());

    home.write("users.jsonl", "{}\n");
    let import = ["users", "import", "users.jsonl", "--rejected-to", "pipe", "--dry-run"];
    let child = started(&pool, &home, &import, "ListGroups", 1);
    wait_for_reader_of_pipe(&child);
    interrupt(child);
    assert_eq!(requests(&pool, "AdminCreateUser"), 0);
}
