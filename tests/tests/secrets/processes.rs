//! Files and core dumps of a program that is killed or aborts.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cognito::FileStore;
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
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
    let limit = if end == "abort" { "unlimited" } else { "0" };
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c \"$0\"; exec \"$@\"", limit]);
    command.arg(env!("CARGO_BIN_EXE_keep_session"));
    command.args([local.emulator().endpoint(), local.id().as_str(), local.client_id().as_str()]);
    command.arg(home.path()).arg(end);
    command.current_dir(home.path()).envs([("TMPDIR", home.path()), ("HOME", home.path())]);
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// Waits until the program has signed in and has deleted the secrets that it read, and returns its
/// output.
fn signed_in(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.strip_prefix("signed in ").unwrap().trim().to_owned()
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
        signed_in(&mut child);
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
async fn core_dump_has_no_password_after_the_sign_in() {
    let local = local_pool().await;
    let home = tempfile::tempdir().unwrap();
    let mut child = program(&local, &home, "abort");
    let kept = signed_in(&mut child);
    assert!(!child.wait().unwrap().success());
    let Some(dump) = core_dump(home.path()) else {
        let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
        println!("skipped: no core dump was made; core_pattern is {}", pattern.trim());
        return;
    };
    let mut control = Planted::default();
    control.plant("control", kept);
    assert_eq!(control.kinds_in(&dump), ["control"], "the dump has not the memory of the program");
    println!("{} MB of memory were searched", dump.len() >> 20);
    assert_eq!(planted().kinds_in(&dump), Vec::<&str>::new());
}

/// Returns the core dump in the program's directory, if the system wrote one.
fn core_dump(home: &Path) -> Option<Vec<u8>> {
    let name = |path: &Path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core"))
    };
    let path = files_in(home).into_iter().find(|path| name(path))?;
    fs::read(path).ok()
}
