//! The program with a real GNOME Keyring, on a session bus of its own. `cargo xtask services` runs it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use tempfile::TempDir;

const PASSWORD: &str = "Correct-horse1";

/// Unlocks the keyring, and creates it the first time.
const UNLOCK: &str =
    "printf password | gnome-keyring-daemon --unlock --components=secrets > /dev/null";

/// Starts the keyring without its password.
const START: &str = "gnome-keyring-daemon --start --components=secrets > /dev/null";

async fn pool() -> LocalPool {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let pool = emulator.create_pool(PoolSettings::default()).unwrap();
    pool.add_user("alice", PASSWORD).unwrap();
    pool
}

fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for name in ["data", "runtime"] {
        let path = home.path().join(name);
        fs::create_dir(&path).unwrap();
        // The directory of sockets must be private: the XDG Base Directory Specification.
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
    }
    home
}

/// Runs a script in a session with a bus, in which `cognito` is the program.
fn run(home: &TempDir, pool: &LocalPool, script: &str) -> Output {
    let script = script.replace("cognito ", concat!(env!("CARGO_BIN_EXE_cognito"), " "));
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", &script]).stdin(Stdio::null()).env("HOME", home.path());
    command.env("XDG_DATA_HOME", home.path().join("data"));
    command.env("XDG_RUNTIME_DIR", home.path().join("runtime"));
    command.env("COGNITO_POOL", pool.id().as_str());
    command.env("COGNITO_CLIENT", pool.client_id().as_str());
    command.env("COGNITO_ENDPOINT_URL", pool.endpoint()).env("COGNITO_PASSWORD", PASSWORD);
    for name in ["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "COGNITO_TOKEN_STORE"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs gnome-keyring and dbus; `cargo xtask services` installs them"]
async fn tokens_are_stored_encrypted_and_read_by_the_next_command() {
    let (pool, home) = (pool().await, home());
    let script = format!(
        "{UNLOCK}; cognito login alice && cognito whoami --fields username,store -o csv && \
         cognito token --refresh > token"
    );
    let output = run(&home, &pool, &script.replace("> token", "> $HOME/token"));
    assert!(output.status.success(), "{}", stderr(&output));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(printed, "username,store\r\nalice,keyring\r\n", "{}", stderr(&output));

    let token = fs::read_to_string(home.path().join("token")).unwrap();
    let sessions = fs::read_dir(home.path().join("data/cognito/keyring-sessions")).unwrap();
    let mut found = 0;
    for file in sessions.flatten() {
        let bytes = fs::read(file.path()).unwrap();
        assert!(!bytes.windows(32).any(|window| token.as_bytes().starts_with(window)));
        found += usize::from(!bytes.is_empty());
    }
    assert!(found > 0, "a session is stored");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs gnome-keyring and dbus; `cargo xtask services` installs them"]
async fn locked_keyring_fails_before_anything_is_sent() {
    let (pool, home) = (pool().await, home());
    let output = run(&home, &pool, &format!("{UNLOCK}; cognito login alice"));
    assert!(output.status.success(), "{}", stderr(&output));
    let before = pool.emulator().requests().len();
    let output = run(&home, &pool, &format!("{START}; cognito login alice"));
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("the system's keyring cannot be used"), "{}", stderr(&output));
    assert_eq!(pool.emulator().requests().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs gnome-keyring and dbus; `cargo xtask services` installs them"]
async fn sign_in_with_another_store_removes_the_tokens_of_the_keyring() {
    let (pool, home) = (pool().await, home());
    let script = format!(
        "{UNLOCK}; cognito login alice && cp $HOME/.local/state/cognito/sessions/*.json $HOME/record \
         && COGNITO_TOKEN_STORE=file cognito login alice \
         && cp $HOME/record $HOME/.local/state/cognito/sessions/*.json && cognito whoami"
    );
    let output = run(&home, &pool, &script);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("no user is signed in"), "{}", stderr(&output));
}
