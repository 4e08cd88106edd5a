//! Sessions encrypted with a key in a real GNOME Keyring, on a separate session bus.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Unlocks the user's keyring, and creates it the first time.
const UNLOCK: &str =
    "printf password | gnome-keyring-daemon --unlock --components=secrets > /dev/null";

/// Starts the keyring locked.
const START: &str = "gnome-keyring-daemon --start --components=secrets > /dev/null";

/// A home directory with a keyring.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        for directory in ["data", "runtime"] {
            fs::create_dir(home.path().join(directory)).unwrap();
        }
        // The directory of sockets must be private (XDG Base Directory Specification).
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(home.path().join("runtime"), mode).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs tasks of the program in a shell, after a preceding command.
    fn run(&self, before: &str, tasks: &[&str]) {
        let program = env!("CARGO_BIN_EXE_keyring_program");
        let home = self.path().display();
        let tasks: Vec<_> = tasks.iter().map(|task| format!("{program} {task} {home}")).collect();
        let script = format!("{before}; {}", tasks.join(" && "));
        self.shell(&["dbus-run-session", "--", "sh", "-c", &script]);
    }

    fn shell(&self, words: &[&str]) {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env("HOME", self.path());
        command.env("XDG_DATA_HOME", self.path().join("data"));
        command.env("XDG_RUNTIME_DIR", self.path().join("runtime"));
        for name in ["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"] {
            command.env_remove(name);
        }
        let output = command.output().expect("dbus-run-session can be run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {said}");
    }
}

#[test]
fn keyring_store_satisfies_the_contract() {
    Home::new().run(UNLOCK, &["contract"]);
}

#[test]
fn session_continues_in_another_program() {
    Home::new().run(UNLOCK, &["sessions", "store", "load"]);
}

#[test]
fn files_are_encrypted_and_bound_to_the_name_of_the_session() {
    Home::new().run(UNLOCK, &["sealed"]);
}

#[test]
fn two_programs_that_start_together_use_one_key() {
    let home = Home::new();
    let program = env!("CARGO_BIN_EXE_keyring_program");
    let count = format!("{program} count {}", home.path().display());
    home.run(&format!("{UNLOCK}; {count} & {count} && wait $!"), &["counted"]);
}

#[test]
fn locked_keyring_is_not_a_missing_session() {
    let home = Home::new();
    home.run(UNLOCK, &["store", "load"]);
    home.run(START, &["locked"]);
    home.run(UNLOCK, &["load"]);
}

#[test]
fn missing_keyring_is_an_error_unless_the_store_is_empty() {
    let home = Home::new();
    let program = env!("CARGO_BIN_EXE_keyring_program");
    let directory = home.path().display().to_string();
    home.shell(&[program, "nothing", &directory]);
    home.run(UNLOCK, &["store"]);
    home.shell(&[program, "unavailable", &directory]);
    home.run(UNLOCK, &["load"]);
}

#[test]
fn sessions_without_their_key_are_unreadable_until_a_sign_in() {
    Home::new().run(UNLOCK, &["lose-key"]);
}

#[test]
fn programs_with_a_replaced_key_read_the_sessions_of_each_other() {
    Home::new().run(UNLOCK, &["change-key"]);
}

#[test]
fn session_with_a_new_name_uses_the_key_in_the_keyring() {
    Home::new().run(UNLOCK, &["new-key"]);
}
