//! Files of a program that is killed, and its memory, which a core dump would contain.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use cognito::FileStore;
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
#[cfg(target_os = "linux")]
use cognito_tests::memory;
use cognito_tests::planted::Planted;
use serde_json::json;
use tempfile::TempDir;

use crate::files::{assert_private, files_in};

const CLIENT_SECRET: &str = "planted-client-secret-0123456789";
const PASSWORD: &str = "Planted-password1";
const KILLS: u64 = 8;

/// Returns a pool over TCP that remembers devices, with the user alice.
async fn local_pool() -> LocalPool {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let settings = PoolSettings::default()
        .client_secret(CLIENT_SECRET)
        .pool_member("DeviceConfiguration", json!({ "ChallengeRequiredOnNewDevice": false }));
    let local = emulator.create_pool(settings).unwrap();
    local.add_user("alice", PASSWORD).unwrap();
    local
}

/// Returns the program `keep_session`, whose files are all below the directory, and the secrets
/// that it reads.
fn program(local: &LocalPool, home: &TempDir, end: &str) -> Child {
    let secrets = home.path().join("input");
    fs::write(&secrets, format!("{CLIENT_SECRET}\n{PASSWORD}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_keep_session"));
    command.args([local.emulator().endpoint(), local.id().as_str(), local.client_id().as_str()]);
    command.arg(home.path()).arg(end);
    command.current_dir(home.path()).envs([("TMPDIR", home.path()), ("HOME", home.path())]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// Waits until the program has signed in and has deleted the secrets that it read, and returns its
/// output.
fn signed_in(output: &mut impl BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.strip_prefix("signed in ").unwrap().trim().to_owned()
}

fn output(child: &mut Child) -> BufReader<ChildStdout> {
    BufReader::new(child.stdout.take().unwrap())
}

fn planted() -> Planted {
    let mut planted = Planted::default();
    planted.plant("password", PASSWORD);
    planted.plant("client secret", CLIENT_SECRET);
    planted
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_program_leaves_secrets_only_in_the_files_of_its_store() {
    let local = local_pool().await;
    let home = tempfile::tempdir().unwrap();
    let sessions = home.path().join("sessions");
    for attempt in 0..KILLS {
        let mut child = program(&local, &home, "refresh");
        signed_in(&mut output(&mut child));
        tokio::time::sleep(Duration::from_millis(5 + attempt * 13)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let left = files_in(home.path());
        assert!(left.len() > 1, "nothing was stored");
        for path in &left {
            assert!(path.starts_with(&sessions), "{} was left", path.display());
            assert_private(path);
            planted().assert_absent("a file", &String::from_utf8_lossy(&fs::read(path).unwrap()));
        }
    }
    FileStore::open(&sessions).unwrap();
    assert!(!sessions.join("draft").exists(), "the next program removes drafts");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_has_no_password_after_the_sign_in() {
    let local = local_pool().await;
    let home = tempfile::tempdir().unwrap();
    let mut child = program(&local, &home, "wait");
    let mut output = output(&mut child);
    let kept = signed_in(&mut output);
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "dropped\n");
    let memory = memory::of_process(child.id())
        .expect("reading /proc/PID/mem needs kernel.yama.ptrace_scope 0 or 1");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let mut control = Planted::default();
    control.plant("control", kept);
    assert_eq!(control.kinds_in(&memory), ["control"], "it is not the memory of the program");
    println!("{} MB of memory were searched", memory.len() >> 20);
    assert_eq!(planted().kinds_in(&memory), Vec::<&str>::new());
}
